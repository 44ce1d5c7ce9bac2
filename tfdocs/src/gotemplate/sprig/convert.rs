//! Defaults, conversions and what sprig tells about a value's type.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::super::format;
use super::super::function::{Function, Outcome, Type, any, text};
use super::super::literal;
use super::super::value::{IntType, List, Map, Val};

pub(super) fn lookup(name: &str) -> Option<Function> {
    use Type::{Any, Bool, Str};
    match name {
        "default" => Function::variadic(&[Any], Any, |args| {
            let given = any(args, 1);
            Ok(if is_empty(given) { any(args, 0) } else { given }.clone())
        }),
        "empty" => Function::fixed(&[Any], |args| Ok(is_empty(any(args, 0)).into())),
        "coalesce" => Function::variadic(&[], Any, |args| {
            Ok(args
                .iter()
                .find(|v| !is_empty(v))
                .cloned()
                .unwrap_or_default())
        }),
        "all" => Function::variadic(&[], Any, |args| Ok((!args.iter().any(is_empty)).into())),
        "any" => Function::variadic(&[], Any, |args| Ok((!args.iter().all(is_empty)).into())),
        "ternary" => Function::fixed(&[Any, Any, Bool], |args| {
            Ok(any(args, if any(args, 2).truth() { 0 } else { 1 }).clone())
        }),
        "toString" => Function::fixed(&[Any], |args| Ok(strval(any(args, 0)).into())),
        "toStrings" => Function::fixed(&[Any], |args| Ok(Val::strings(strings(any(args, 0))))),
        "int" => Function::fixed(&[Any], |args| Ok(Val::int(to_int(any(args, 0))))),
        "int64" => Function::fixed(&[Any], |args| {
            Ok(Val::Int(to_int(any(args, 0)), IntType::Int64))
        }),
        "float64" => Function::fixed(&[Any], |args| Ok(Val::Float(to_float(any(args, 0))))),
        "atoi" => Function::fixed(&[Str], |args| {
            Ok(Val::int(text(args, 0).parse().unwrap_or_default()))
        }),
        "toDecimal" => Function::fixed(&[Any], |args| {
            let number = i64::from_str_radix(&format::text(any(args, 0)), 8);
            Ok(Val::Int(number.unwrap_or_default(), IntType::Int64))
        }),
        "typeOf" => Function::fixed(&[Any], |args| Ok(any(args, 0).type_name().as_ref().into())),
        "typeIs" => Function::fixed(&[Str, Any], |args| {
            Ok((any(args, 1).type_name() == text(args, 0)).into())
        }),
        "typeIsLike" => Function::fixed(&[Str, Any], |args| {
            let name = any(args, 1).type_name();
            Ok((name.trim_start_matches('*') == text(args, 0).trim_start_matches('*')).into())
        }),
        "kindOf" => Function::fixed(&[Any], |args| Ok(any(args, 0).kind().into())),
        "kindIs" => Function::fixed(&[Str, Any], |args| {
            Ok((any(args, 1).kind() == text(args, 0)).into())
        }),
        "deepEqual" => Function::fixed(&[Any, Any], |args| {
            Ok(any(args, 0).deep_equal(any(args, 1), &mut 1_000_000).into())
        }),
        "deepCopy" | "mustDeepCopy" => Function::fixed(&[Any], |args| copy(any(args, 0), &mut 0)),
        "fail" => Function::fixed(&[Str], |args| Err(text(args, 0).to_owned().into())),
        "hello" => Function::fixed(&[], |_| Ok("Hello!".into())),
        "env" => Function::fixed(&[Str], |args| {
            Ok(std::env::var(text(args, 0)).unwrap_or_default().into())
        }),
        "expandenv" => Function::fixed(&[Str], |args| Ok(expand(text(args, 0)).into())),
        _ => None,
    }
}

/// What sprig takes for empty: zero, no text, no elements, nil.
pub(super) fn is_empty(value: &Val) -> bool {
    match value.base() {
        Val::Struct(_) | Val::Named(_) => false,
        value => !value.truth(),
    }
}

/// A value's text: a string as it is, others as `%v`.
pub(super) fn strval(value: &Val) -> String {
    format::text(value)
}

/// The elements of a list as texts, nil left out; any other value alone.
pub(super) fn strings(value: &Val) -> Vec<String> {
    match (value.items(), value) {
        (Some(items), _) => items
            .iter()
            .filter(|item| !matches!(item, Val::Nil))
            .map(strval)
            .collect(),
        (None, Val::Nil) => Vec::new(),
        (None, value) => vec![strval(value)],
    }
}

/// As the cast library: text with a base prefix counts, a fraction of zeros too, all else is 0.
pub(super) fn to_int(value: &Val) -> i64 {
    match value {
        Val::Bool(flag) => i64::from(*flag),
        Val::Int(number, _) => *number,
        #[expect(clippy::cast_possible_truncation, reason = "Go's conversion truncates")]
        Val::Float(number) => *number as i64,
        Val::Str(text) => {
            let whole = match text.split_once('.') {
                Some((whole, zeros)) if !zeros.is_empty() && zeros.bytes().all(|b| b == b'0') => {
                    whole
                }
                _ => text,
            };
            literal::parse_int(whole).unwrap_or_default()
        }
        _ => 0,
    }
}

pub(super) fn to_float(value: &Val) -> f64 {
    match value {
        Val::Bool(flag) => f64::from(u8::from(*flag)),
        Val::Int(number, _) => *number as f64,
        Val::Float(number) => *number,
        Val::Str(text) => text.parse().unwrap_or_default(),
        _ => 0.0,
    }
}

fn copy(value: &Val, count: &mut usize) -> Outcome {
    *count += 1;
    if *count > 100_000 {
        return Err("value is too large or too deep to copy".into());
    }
    Ok(match value {
        Val::List(list) => {
            let items: Result<_, _> = list.items.iter().map(|item| copy(item, count)).collect();
            let (element, items) = (list.element, items?);
            Val::List(Rc::new(List { element, items }))
        }
        Val::Map(map) => {
            let mut items = BTreeMap::new();
            for (key, item) in map.items.borrow().iter() {
                items.insert(key.clone(), copy(item, count)?);
            }
            let (element, items) = (map.element, RefCell::new(items));
            Val::Map(Rc::new(Map { element, items }))
        }
        value => value.clone(),
    })
}

/// `$NAME` and `${NAME}` replaced from the environment.
fn expand(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let braced = after
            .strip_prefix('{')
            .and_then(|inner| inner.split_once('}'));
        let (name, next) = braced.unwrap_or_else(|| {
            let end = after
                .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                .unwrap_or(after.len());
            after.split_at(end)
        });
        if name.is_empty() && braced.is_none() {
            out.push('$');
        }
        out.push_str(&std::env::var(name).unwrap_or_default());
        rest = next;
    }
    out.push_str(rest);
    out
}
