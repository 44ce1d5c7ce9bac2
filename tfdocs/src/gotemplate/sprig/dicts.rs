//! Sprig's functions on dictionaries. `set`, `unset` and the merges change the one they are given.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::super::function::{Function, Outcome, Type, any, text};
use super::super::value::{Map, Val};
use super::convert::{is_empty, strval};

pub(super) fn lookup(name: &str) -> Option<Function> {
    use Type::{Any, Map, Str};
    match name {
        "dict" => Function::variadic(&[], Any, |args| {
            let mut items = BTreeMap::new();
            for pair in args.chunks(2) {
                let value = pair.get(1).cloned().unwrap_or_else(|| "".into());
                items.insert(pair.first().map(strval).unwrap_or_default(), value);
            }
            Ok(Val::map(items))
        }),
        "get" => Function::fixed(&[Map, Str], |args| {
            let found = map(args, 0).and_then(|map| map.items.borrow().get(text(args, 1)).cloned());
            Ok(found.unwrap_or_else(|| "".into()))
        }),
        "set" => Function::fixed(&[Map, Str, Any], |args| {
            let Some(map) = map(args, 0) else {
                return Err("assignment to entry in nil map".into());
            };
            map.items
                .borrow_mut()
                .insert(text(args, 1).to_owned(), any(args, 2).clone());
            Ok(any(args, 0).clone())
        }),
        "unset" => Function::fixed(&[Map, Str], |args| {
            if let Some(map) = map(args, 0) {
                map.items.borrow_mut().remove(text(args, 1));
            }
            Ok(any(args, 0).clone())
        }),
        "hasKey" => Function::fixed(&[Map, Str], |args| {
            let map = map(args, 0);
            Ok(map
                .is_some_and(|map| map.items.borrow().contains_key(text(args, 1)))
                .into())
        }),
        "pluck" => Function::variadic(&[Str], Map, |args| {
            let maps = args.iter().skip(1).filter_map(as_map);
            let found = maps.filter_map(|map| map.items.borrow().get(text(args, 0)).cloned());
            Ok(Val::list(found.collect()))
        }),
        "keys" => Function::variadic(&[], Map, |args| {
            let maps = args.iter().filter_map(as_map);
            let keys = maps.flat_map(|map| map.items.borrow().keys().cloned().collect::<Vec<_>>());
            Ok(Val::strings(keys))
        }),
        "values" => Function::fixed(&[Map], |args| {
            let values = map(args, 0).map(|map| map.items.borrow().values().cloned().collect());
            Ok(Val::list(values.unwrap_or_default()))
        }),
        "pick" => Function::variadic(&[Map], Str, |args| {
            Ok(filtered(args, |key, named| named.contains(&key)))
        }),
        "omit" => Function::variadic(&[Map], Str, |args| {
            Ok(filtered(args, |key, named| !named.contains(&key)))
        }),
        "merge" | "mustMerge" => Function::variadic(&[Map], Map, |args| merge(args, false)),
        "mergeOverwrite" | "mustMergeOverwrite" => {
            Function::variadic(&[Map], Map, |args| merge(args, true))
        }
        "dig" => Function::variadic(&[], Any, dig),
        _ => None,
    }
}

fn as_map(value: &Val) -> Option<&Rc<Map>> {
    match value.base() {
        Val::Map(map) => Some(map),
        _ => None,
    }
}

fn map(args: &[Val], index: usize) -> Option<&Rc<Map>> {
    args.get(index).and_then(as_map)
}

fn filtered(args: &[Val], keep: impl Fn(&str, &[&str]) -> bool) -> Val {
    let named: Vec<&str> = args.iter().skip(1).filter_map(Val::text).collect();
    let items = map(args, 0).map(|map| {
        let items = map.items.borrow();
        let kept = items.iter().filter(|(key, _)| keep(key, &named));
        kept.map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    });
    Val::map(items.unwrap_or_default())
}

/// Puts the entries of the later dictionaries into the first, where it has none, or over what it has.
fn merge(args: &[Val], overwrite: bool) -> Outcome {
    let Some(target) = map(args, 0) else {
        return Err("assignment to entry in nil map".into());
    };
    for source in args.iter().skip(1).filter_map(as_map) {
        merge_into(target, source, overwrite, 0)?;
    }
    Ok(any(args, 0).clone())
}

fn merge_into(
    target: &Rc<Map>,
    source: &Rc<Map>,
    overwrite: bool,
    depth: usize,
) -> Result<(), std::borrow::Cow<'static, str>> {
    if depth > 100 {
        return Err("dictionaries are nested more than 100 deep".into());
    }
    if Rc::ptr_eq(target, source) {
        return Ok(());
    }
    let entries = source.items.borrow().clone();
    for (key, value) in entries {
        let known = target.items.borrow().get(&key).cloned();
        match (known.as_ref().and_then(as_map), as_map(&value)) {
            (Some(inner), Some(new)) => merge_into(inner, new, overwrite, depth + 1)?,
            _ => {
                let replace = match &known {
                    None => true,
                    Some(old) => is_empty(old) || (overwrite && !is_empty(&value)),
                };
                if replace {
                    target.items.borrow_mut().insert(key, value);
                }
            }
        }
    }
    Ok(())
}

/// `dig "a" "b" DEFAULT DICT`: the value at a path of keys.
fn dig(args: &[Val]) -> Outcome {
    let [keys @ .., default, dict] = args else {
        return Err("dig needs at least three arguments".into());
    };
    if keys.is_empty() {
        return Err("dig needs at least three arguments".into());
    }
    let mut at = dict.clone();
    for key in keys {
        let Val::Str(key) = key else {
            return Err(conversion(key, "string"));
        };
        let Val::Map(map) = &at else {
            return Err(conversion(&at, "map[string]interface {}"));
        };
        let Some(next) = map.items.borrow().get(key.as_ref()).cloned() else {
            return Ok(default.clone());
        };
        at = next;
    }
    Ok(at)
}

fn conversion(value: &Val, wanted: &str) -> std::borrow::Cow<'static, str> {
    let found = match value {
        Val::Nil => "nil".into(),
        value => value.type_name(),
    };
    format!("interface conversion: interface {{}} is {found}, not {wanted}").into()
}
