//! The language's own functions: logic, comparison, `len`, `index`, `slice`, printing and escaping.

use super::format::{self, MAX_TEXT};
use super::function::{Function, Outcome, Type, any, too_long};
use super::literal::is_printable;
use super::value::{Basic, IntType, Val};

pub(super) fn lookup(name: &str) -> Option<Function> {
    use Type::{Any, Str};
    match name {
        // `and` and `or` are evaluated by the caller, argument by argument.
        "and" | "or" => Function::variadic(&[Any], Any, |args| Ok(any(args, 0).clone())),
        "not" => Function::fixed(&[Any], |args| Ok((!any(args, 0).truth()).into())),
        "eq" => Function::variadic(&[Any], Any, equal),
        "ne" => Function::fixed(&[Any, Any], |args| negate(equal(args)?)),
        "lt" => Function::fixed(&[Any, Any], less),
        "le" => Function::fixed(&[Any, Any], less_or_equal),
        "gt" => Function::fixed(&[Any, Any], |args| negate(less_or_equal(args)?)),
        "ge" => Function::fixed(&[Any, Any], |args| negate(less(args)?)),
        "len" => Function::fixed(&[Any], length),
        "index" => Function::variadic(&[Any], Any, index),
        "slice" => Function::variadic(&[Any], Any, slice),
        "print" => Function::variadic(&[], Any, |args| Ok(format::sprint(args).into())),
        "println" => Function::variadic(&[], Any, |args| Ok(format::sprintln(args).into())),
        "printf" => Function::variadic(&[Str], Any, printf),
        "html" => Function::variadic(&[], Any, |args| escaped(args, html)),
        "js" => Function::variadic(&[], Any, |args| escaped(args, js)),
        "urlquery" => Function::variadic(&[], Any, |args| escaped(args, query)),
        "call" => Function::variadic(&[Any], Any, |args| match any(args, 0) {
            Val::Nil => Err("call of nil".into()),
            value => Err(format!("non-function of type {}", value.type_name()).into()),
        }),
        _ => None,
    }
}

fn negate(value: Val) -> Outcome {
    Ok((!value.truth()).into())
}

/// Whether the first equals any of the others.
fn equal(args: &[Val]) -> Outcome {
    let Some((first, others)) = args.split_first().filter(|(_, others)| !others.is_empty()) else {
        return Err("missing argument for comparison".into());
    };
    for other in others {
        let same = match (first.basic(), other.basic()) {
            (a, b) if a != b => {
                if !matches!(first, Val::Nil) && !matches!(other, Val::Nil) {
                    return Err("incompatible types for comparison".into());
                }
                false
            }
            (Some(_), _) => first.order(other).is_some_and(|order| order.is_eq()),
            (None, _) => incomparable(first, other)?,
        };
        if same {
            return Ok(true.into());
        }
    }
    Ok(false.into())
}

/// Lists and maps equal nothing but nil, and that they do not equal.
fn incomparable(first: &Val, other: &Val) -> Result<bool, std::borrow::Cow<'static, str>> {
    match (first, other) {
        (Val::Nil, Val::Nil) => Ok(true),
        (Val::Nil, _) | (_, Val::Nil) => Ok(false),
        (Val::Struct(a), Val::Struct(b)) => Ok(std::rc::Rc::ptr_eq(a, b)),
        _ => Err(format!(
            "non-comparable types {}: {}, {}: {}",
            format::sprintf("%s", std::slice::from_ref(first)),
            first.type_name(),
            other.type_name(),
            format::text(other)
        )
        .into()),
    }
}

fn less(args: &[Val]) -> Outcome {
    let (first, other) = (any(args, 0), any(args, 1));
    match (first.basic(), other.basic()) {
        (Some(Basic::Bool) | None, _) | (_, None) => Err("invalid type for comparison".into()),
        (a, b) if a != b => Err("incompatible types for comparison".into()),
        _ => Ok(first.order(other).is_some_and(|order| order.is_lt()).into()),
    }
}

fn less_or_equal(args: &[Val]) -> Outcome {
    let lower = less(args)?;
    if lower.truth() {
        Ok(lower)
    } else {
        equal(args)
    }
}

fn length(args: &[Val]) -> Outcome {
    let value = any(args, 0);
    match value.len() {
        Some(length) => Ok(Val::int(i64::try_from(length).unwrap_or(i64::MAX))),
        None if matches!(value, Val::Nil) => Err("len of nil pointer".into()),
        None => Err(format!("len of type {}", value.type_name()).into()),
    }
}

fn index(args: &[Val]) -> Outcome {
    let mut item = any(args, 0).clone();
    if matches!(item, Val::Nil) {
        return Err("index of untyped nil".into());
    }
    for key in args.iter().skip(1) {
        item = match item.base() {
            Val::List(list) => {
                let at = position(key, list.items.len(), false)?;
                list.items.get(at).cloned().unwrap_or_default()
            }
            Val::Str(text) => {
                let at = position(key, text.len(), false)?;
                let byte = text.as_bytes().get(at).copied().unwrap_or_default();
                Val::Int(byte.into(), IntType::Uint8)
            }
            Val::Map(map) => {
                let found = match key {
                    Val::Str(key) => map.items.borrow().get(key.as_ref()).cloned(),
                    Val::Nil => return Err("value is nil; should be of type string".into()),
                    key => {
                        return Err(format!(
                            "value has type {}; should be string",
                            key.type_name()
                        )
                        .into());
                    }
                };
                found.unwrap_or_else(|| {
                    if map.element == "string" {
                        "".into()
                    } else {
                        Val::Nil
                    }
                })
            }
            Val::Nil => return Err("index of nil pointer".into()),
            other => {
                return Err(format!("can't index item of type {}", other.type_name()).into());
            }
        };
    }
    Ok(item)
}

fn position(key: &Val, length: usize, end: bool) -> Result<usize, std::borrow::Cow<'static, str>> {
    let Val::Int(at, _) = key.base() else {
        return Err(match key {
            Val::Nil => "cannot index slice/array with nil".into(),
            key => format!("cannot index slice/array with type {}", key.type_name()).into(),
        });
    };
    usize::try_from(*at)
        .ok()
        .filter(|&place| place < length || (end && place == length))
        .ok_or_else(|| format!("index out of range: {at}").into())
}

fn slice(args: &[Val]) -> Outcome {
    let item = any(args, 0);
    let length = match item.base() {
        Val::Nil => return Err("slice of untyped nil".into()),
        Val::Str(text) => text.len(),
        Val::List(list) => list.items.len(),
        other => return Err(format!("can't slice item of type {}", other.type_name()).into()),
    };
    if args.len() > 3 {
        return Err("too many slice indexes".into());
    }
    let from = args
        .get(1)
        .map_or(Ok(0), |key| position(key, length, true))?;
    let to = args
        .get(2)
        .map_or(Ok(length), |key| position(key, length, true))?;
    if from > to {
        return Err(format!("invalid slice index: {from} > {to}").into());
    }
    match item.base() {
        Val::Str(text) => {
            let bytes = text.as_bytes().get(from..to).unwrap_or_default();
            Ok(String::from_utf8_lossy(bytes).into_owned().into())
        }
        Val::List(list) => Ok(Val::typed_list(
            list.element,
            list.items.get(from..to).unwrap_or_default().to_vec(),
        )),
        _ => Ok(Val::Nil),
    }
}

fn printf(args: &[Val]) -> Outcome {
    let format = super::function::text(args, 0);
    Ok(format::sprintf(format, args.get(1..).unwrap_or_default()).into())
}

/// One string as it is, several values as `print` has them, through an escape.
fn escaped(args: &[Val], escape: fn(&mut String, char)) -> Outcome {
    let text = format::sprint(args);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        escape(&mut out, c);
        if out.len() > MAX_TEXT {
            return Err(too_long());
        }
    }
    Ok(out.into())
}

fn html(out: &mut String, c: char) {
    match c {
        '"' => out.push_str("&#34;"),
        '\'' => out.push_str("&#39;"),
        '&' => out.push_str("&amp;"),
        '<' => out.push_str("&lt;"),
        '>' => out.push_str("&gt;"),
        '\0' => out.push('\u{fffd}'),
        c => out.push(c),
    }
}

fn js(out: &mut String, c: char) {
    match c {
        '\\' => out.push_str("\\\\"),
        '\'' => out.push_str("\\'"),
        '"' => out.push_str("\\\""),
        '<' | '>' | '&' | '=' | '\0'..='\u{1f}' => {
            out.push_str(&format!("\\u{:04X}", u32::from(c)));
        }
        c if c.is_ascii() || is_printable(c) => out.push(c),
        c => out.push_str(&format!("\\u{:04X}", u32::from(c))),
    }
}

fn query(out: &mut String, c: char) {
    match c {
        'A'..='Z' | 'a'..='z' | '0'..='9' | '-' | '_' | '.' | '~' => out.push(c),
        ' ' => out.push('+'),
        c => {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                out.push_str(&format!("%{byte:02X}"));
            }
        }
    }
}
