//! Sprig's functions on lists. A list handed on is always a new one.

use super::super::function::{Function, MAX_ITEMS, Outcome, Type, any, int, too_many};
use super::super::value::Val;
use super::convert::{is_empty, strings, strval, to_int};

pub(super) fn lookup(name: &str) -> Option<Function> {
    use Type::{Any, Int};
    match name
        .strip_prefix("must")
        .map_or_else(|| name.to_owned(), uncapitalized)
        .as_str()
    {
        "list" | "tuple" => Function::variadic(&[], Any, |args| Ok(Val::list(args.to_vec()))),
        "append" | "push" => Function::fixed(&[Any, Any], |args| {
            let mut items = items(args, 0, "Cannot push on type")?.to_vec();
            items.push(any(args, 1).clone());
            Ok(Val::list(items))
        }),
        "prepend" => Function::fixed(&[Any, Any], |args| {
            let mut items = items(args, 0, "Cannot prepend on type")?.to_vec();
            items.insert(0, any(args, 1).clone());
            Ok(Val::list(items))
        }),
        "first" => Function::fixed(&[Any], |args| {
            let items = items(args, 0, "Cannot find first on type")?;
            Ok(items.first().cloned().unwrap_or_default())
        }),
        "last" => Function::fixed(&[Any], |args| {
            let items = items(args, 0, "Cannot find last on type")?;
            Ok(items.last().cloned().unwrap_or_default())
        }),
        "rest" => Function::fixed(&[Any], |args| {
            let items = items(args, 0, "Cannot find rest on type")?;
            Ok(Val::list(items.iter().skip(1).cloned().collect()))
        }),
        "initial" => Function::fixed(&[Any], |args| {
            let items = items(args, 0, "Cannot find initial on type")?;
            let kept = items.len().saturating_sub(1);
            Ok(Val::list(items.iter().take(kept).cloned().collect()))
        }),
        "reverse" => Function::fixed(&[Any], |args| {
            let items = items(args, 0, "Cannot find reverse on type")?;
            Ok(Val::list(items.iter().rev().cloned().collect()))
        }),
        "compact" => Function::fixed(&[Any], |args| {
            let items = items(args, 0, "Cannot compact on type")?;
            let kept = items.iter().filter(|item| !is_empty(item));
            Ok(Val::list(kept.cloned().collect()))
        }),
        "uniq" => Function::fixed(&[Any], |args| {
            let items = items(args, 0, "Cannot find uniq on type")?;
            let mut kept: Vec<Val> = Vec::new();
            let mut budget = BUDGET;
            for item in items {
                if !holds(&kept, item, &mut budget) {
                    kept.push(item.clone());
                }
            }
            Ok(Val::list(kept))
        }),
        "without" => Function::variadic(&[Any], Any, |args| {
            let items = items(args, 0, "Cannot find without on type")?;
            let omitted = args.get(1..).unwrap_or_default();
            let mut budget = BUDGET;
            let kept = items
                .iter()
                .filter(|item| !holds(omitted, item, &mut budget));
            Ok(Val::list(kept.cloned().collect()))
        }),
        "has" => Function::fixed(&[Any, Any], |args| {
            if matches!(any(args, 1), Val::Nil) {
                return Ok(false.into());
            }
            let items = items(args, 1, "Cannot find has on type")?;
            Ok(holds(items, any(args, 0), &mut { BUDGET }).into())
        }),
        "slice" => Function::variadic(&[Any], Any, slice),
        "chunk" => Function::fixed(&[Int, Any], |args| {
            let items = items(args, 1, "Cannot chunk type")?;
            let size = usize::try_from(int(args, 0)).unwrap_or(0);
            if size == 0 {
                return Err("runtime error: makeslice: len out of range".into());
            }
            let chunks = items.chunks(size).map(|chunk| Val::list(chunk.to_vec()));
            Ok(Val::typed_list("[]interface {}", chunks.collect()))
        }),
        "concat" => Function::variadic(&[], Any, |args| {
            let mut joined = Vec::new();
            for (index, list) in args.iter().enumerate() {
                let Some(items) = list.items() else {
                    let kind = any(args, index).kind();
                    return Err(format!("Cannot concat type {kind} as list").into());
                };
                if joined.len() + items.len() > MAX_ITEMS {
                    return Err(too_many());
                }
                joined.extend_from_slice(items);
            }
            Ok(Val::list(joined))
        }),
        "sortAlpha" => Function::fixed(&[Any], |args| {
            let value = any(args, 0);
            if value.items().is_none() {
                return Ok(Val::strings([strval(value)]));
            }
            let mut texts = strings(value);
            texts.sort();
            Ok(Val::strings(texts))
        }),
        _ => None,
    }
}

/// Comparisons one call may make before it takes values for different.
const BUDGET: usize = 10_000_000;

fn uncapitalized(name: &str) -> String {
    let mut chars = name.chars();
    chars
        .next()
        .map(|first| first.to_ascii_lowercase())
        .into_iter()
        .chain(chars)
        .collect()
}

fn items<'a>(
    args: &'a [Val],
    index: usize,
    complaint: &str,
) -> Result<&'a [Val], std::borrow::Cow<'static, str>> {
    let value = any(args, index);
    match value {
        Val::Nil => Err("runtime error: invalid memory address or nil pointer dereference".into()),
        value => value
            .items()
            .ok_or_else(|| format!("{complaint} {}", value.kind()).into()),
    }
}

fn holds(items: &[Val], wanted: &Val, budget: &mut usize) -> bool {
    items.iter().any(|item| wanted.deep_equal(item, budget))
}

fn slice(args: &[Val]) -> Outcome {
    let items = items(args, 0, "list should be type of slice or array but")?;
    if items.is_empty() {
        return Ok(Val::Nil);
    }
    let place = |index: usize, otherwise: usize| match args.get(index) {
        Some(value) => usize::try_from(to_int(value)).ok(),
        None => Some(otherwise),
    };
    let range = place(1, 0).zip(place(2, items.len()));
    match range.and_then(|(from, to)| items.get(from..to)) {
        Some(part) => {
            let element = match any(args, 0).base() {
                Val::List(list) => list.element,
                _ => "interface {}",
            };
            Ok(Val::typed_list(element, part.to_vec()))
        }
        None => Err("reflect.Value.Slice: slice index out of bounds".into()),
    }
}
