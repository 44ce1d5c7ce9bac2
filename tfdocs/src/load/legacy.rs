//! The original's second attempt: the whole directory in the old syntax. It counts only when all of it is valid.

use std::collections::BTreeMap;

use super::hcl1::{Item, Node, filter, parse};
use super::raw::{Raw, RawModuleCall, RawOutput, RawResource, RawVariable, default_provider};
use super::source::Source;
use crate::model::Mode;
use crate::value::{Number, Value};

/// The module as the old reader has it; none when anything is wrong.
pub(super) fn read(sources: &[Source]) -> Option<Raw> {
    let mut raw = Raw::default();
    for source in sources {
        let (items, json) = parse(&source.bytes)?;
        file(source, &items, json, &mut raw)?;
    }
    Some(raw)
}

fn file(source: &Source, items: &[Item], json: bool, raw: &mut Raw) -> Option<()> {
    for item in filter(items, "terraform") {
        // Whoever has this block writes the new syntax.
        let named = item
            .keys
            .first()
            .is_some_and(|key| key.text.eq_ignore_ascii_case("required_providers"));
        if named
            || members(&item.value)
                .is_some_and(|items| !filter(items, "required_providers").is_empty())
        {
            return None;
        }
        if item.keys.is_empty() {
            let version = text(&item.value, "required_version")?;
            raw.core
                .extend(Some(version).filter(|version| !version.is_empty()));
        } else if item
            .keys
            .first()
            .is_some_and(|key| key.text.eq_ignore_ascii_case("required_version"))
        {
            // A label of this name: its block is no string.
            raw.core.push(scalar_text(&item.value)?);
        }
    }
    for item in blocks(items, "variable", 1, json)? {
        let variable = variable(&item, source)?;
        if raw.variables.insert(label(&item, 0), variable).is_some() {
            return None;
        }
    }
    for item in blocks(items, "output", 1, json)? {
        let output = RawOutput {
            description: text(&item.value, "description")?,
            position: source.position(item.at),
        };
        if raw.outputs.insert(label(&item, 0), output).is_some() {
            return None;
        }
    }
    for (name, mode) in [("resource", Mode::Managed), ("data", Mode::Data)] {
        for item in blocks(items, name, 2, json)? {
            let given = text(&item.value, "provider")?;
            let (provider, alias) = given.split_once('.').unwrap_or((&given, ""));
            let type_name = label(&item, 0);
            let provider = if provider.is_empty() {
                default_provider(&type_name)
            } else {
                provider
            };
            let resource = RawResource {
                provider: provider.to_owned(),
                alias: alias.to_owned(),
                position: source.position(item.at),
            };
            if raw
                .resources(mode)
                .insert((type_name, label(&item, 1)), resource)
                .is_some()
            {
                return None;
            }
        }
    }
    for item in blocks(items, "module", 1, json)? {
        let call = RawModuleCall {
            source: text(&item.value, "source")?,
            version: text(&item.value, "version")?,
            position: source.position(item.at),
        };
        raw.call(label(&item, 0), call);
    }
    for item in blocks(items, "provider", 1, json)? {
        let version = text(&item.value, "version")?;
        let requirement = raw.requirements.entry(label(&item, 0)).or_default();
        requirement
            .versions
            .extend(Some(version).filter(|version| !version.is_empty()));
    }
    Some(())
}

fn label(item: &Item, at: usize) -> String {
    item.keys
        .get(at)
        .map(|key| key.text.clone())
        .unwrap_or_default()
}

/// Blocks of a kind that have labels at all; none when one has not as many as it should.
fn blocks(items: &[Item], kind: &str, labels: usize, json: bool) -> Option<Vec<Item>> {
    let found: Vec<Item> = filter(items, kind)
        .into_iter()
        .filter(|item| !item.keys.is_empty())
        .collect();
    found
        .into_iter()
        .map(|item| with_labels(item, labels, json))
        .collect()
}

/// JSON's further keys go back into the value, an object each.
fn with_labels(mut item: Item, labels: usize, json: bool) -> Option<Item> {
    if json && item.keys.len() > labels {
        for key in item.keys.split_off(labels).into_iter().rev() {
            item.value = Node::Object(vec![Item {
                at: key.at,
                keys: vec![key],
                value: item.value,
            }]);
        }
    }
    (item.keys.len() == labels).then_some(item)
}

fn members(node: &Node) -> Option<&[Item]> {
    match node {
        Node::Object(items) => Some(items),
        _ => None,
    }
}

/// A string argument of a block, empty when it has none; no value when it is of another type.
fn text(node: &Node, name: &str) -> Option<String> {
    let found = filter(members(node)?, name);
    match found.iter().rev().find(|item| item.keys.is_empty()) {
        Some(item) => scalar_text(&item.value),
        None => Some(String::new()),
    }
}

fn scalar_text(node: &Node) -> Option<String> {
    match node {
        Node::Text(text) | Node::Number(text) => Some(text.clone()),
        _ => None,
    }
}

fn variable(item: &Item, source: &Source) -> Option<RawVariable> {
    let default = default(&filter(members(&item.value)?, "default"));
    Some(RawVariable {
        type_text: text(&item.value, "type")?,
        description: text(&item.value, "description")?,
        sensitive: false,
        required: matches!(default, Value::Null),
        default,
        position: source.position(item.at),
    })
}

/// The default that all arguments and blocks of this name make together. A block is a list of maps, one for each of
/// its members; further blocks make that list longer, and in the end all maps are laid over each other.
fn default(found: &[Item]) -> Value {
    let maps = |items: &[Item]| -> Vec<Value> {
        let each = items.iter().map(|item| map(std::slice::from_ref(item)));
        each.collect()
    };
    // Blocks with labels come first.
    let labelled: Vec<Item> = found
        .iter()
        .filter(|item| !item.keys.is_empty())
        .cloned()
        .collect();
    let mut blocks = (!labelled.is_empty()).then(|| maps(&labelled));
    let mut argument = None;
    for item in found.iter().filter(|item| item.keys.is_empty()) {
        match &item.value {
            Node::Object(items) => blocks.get_or_insert_default().extend(maps(items)),
            node => argument = Some(value(node, false)),
        }
    }
    match (argument, blocks) {
        (Some(value), _) => value,
        (None, Some(blocks)) => merged(blocks),
        (None, None) => Value::Null,
    }
}

fn merged(maps: Vec<Value>) -> Value {
    let mut out = BTreeMap::new();
    for item in maps {
        if let Value::Map(map) = item {
            out.extend(map);
        }
    }
    Value::Map(out)
}

/// A value of no declared type: an object is a list of one map, but in a list it is the map itself.
fn value(node: &Node, in_list: bool) -> Value {
    match node {
        Node::Bool(value) => Value::Bool(*value),
        Node::Number(text) => Value::Number(Number {
            float: text.parse().unwrap_or(f64::NAN),
            exact: Some(text.as_str().into()),
        }),
        Node::Float(float) => Value::Number(Number::from(*float)),
        Node::Text(text) => Value::String(text.clone()),
        Node::List(items) => Value::List(items.iter().map(|item| value(item, true)).collect()),
        Node::Object(items) => {
            let map = map(items);
            if in_list { map } else { Value::List(vec![map]) }
        }
    }
}

fn map(items: &[Item]) -> Value {
    let mut out: BTreeMap<String, Value> = BTreeMap::new();
    for item in items {
        let Some((first, rest)) = item.keys.split_first() else {
            continue;
        };
        let below = if rest.is_empty() {
            value(&item.value, false)
        } else {
            let inner = Item {
                keys: rest.to_vec(),
                value: item.value.clone(),
                at: item.at,
            };
            Value::List(vec![map(&[inner])])
        };
        match (out.get_mut(&first.text), below) {
            // Blocks of the same name are one list.
            (Some(Value::List(known)), Value::List(more))
                if matches!(item.value, Node::Object(_)) =>
            {
                known.extend(more)
            }
            (_, below) => {
                out.insert(first.text.clone(), below);
            }
        }
    }
    Value::Map(out)
}
