//! TOML as BurntSushi's encoder writes it: scalars before tables, two spaces a level, strings on one line.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::model::{Module, Value};

use super::RenderError;
use super::fields::{Field, Fields, fields};

/// The module as a document. A list that holds null cannot be written: an error, as in the original.
pub(super) fn render(module: &Module, config: &Config) -> Result<String, RenderError> {
    let mut out = String::new();
    table(&mut out, &[], &fields(module, config))?;
    Ok(out.trim_end_matches('\n').to_owned())
}

type Written = Result<(), RenderError>;

/// Fields of a struct: what fits a line first, then what is a table.
fn table(out: &mut String, path: &[&str], fields: &Fields) -> Written {
    for (name, field) in fields {
        match field {
            Field::Text(text) => pair(out, path, name, &quoted(text)),
            Field::Maybe(text) => pair(out, path, name, &quoted(text)),
            // Go leaves a false `sensitive` out.
            Field::Flag(false) if *name == "sensitive" => {}
            Field::Flag(flag) => pair(out, path, name, if *flag { "true" } else { "false" }),
            Field::Value(value) => {
                if !is_table(value)? {
                    pair(out, path, name, &inline(value)?);
                }
            }
            Field::Items(_, items) if items.is_empty() => pair(out, path, name, "[]"),
            Field::Items(..) => {}
        }
    }
    for (name, field) in fields {
        let path = [path, &[*name]].concat();
        match field {
            Field::Items(_, items) => {
                for item in items {
                    heading(out, &path, true);
                    table(out, &path, item)?;
                }
            }
            Field::Value(value) if is_table(value)? => sub_table(out, &path, value)?,
            _ => {}
        }
    }
    Ok(())
}

/// A value that is a table of its own, a list of tables, or null: an empty table.
fn sub_table(out: &mut String, path: &[&str], value: &Value) -> Written {
    match value {
        Value::Map(items) => {
            heading(out, path, false);
            map(out, path, items)
        }
        Value::List(items) => {
            for item in items {
                heading(out, path, true);
                if let Value::Map(items) = item {
                    map(out, path, items)?;
                }
            }
            Ok(())
        }
        _ => {
            heading(out, path, false);
            Ok(())
        }
    }
}

fn map(out: &mut String, path: &[&str], items: &BTreeMap<String, Value>) -> Written {
    // A null in a map is left out.
    let items = || items.iter().filter(|(_, item)| **item != Value::Null);
    for (key, item) in items() {
        if !is_table(item)? {
            pair(out, path, key, &inline(item)?);
        }
    }
    for (key, item) in items() {
        if is_table(item)? {
            sub_table(out, &[path, &[key]].concat(), item)?;
        }
    }
    Ok(())
}

fn heading(out: &mut String, path: &[&str], array: bool) {
    if (array || path.len() == 1) && !out.is_empty() {
        out.push('\n');
    }
    out.extend(std::iter::repeat_n("  ", path.len().saturating_sub(1)));
    let keys: Vec<String> = path.iter().map(|part| key(part)).collect();
    let name = keys.join(".");
    out.push_str(&match array {
        true => format!("[[{name}]]\n"),
        false => format!("[{name}]\n"),
    });
}

fn pair(out: &mut String, path: &[&str], name: &str, value: &str) {
    out.extend(std::iter::repeat_n("  ", path.len()));
    out.push_str(&format!("{} = {value}\n", key(name)));
}

/// Whether the value takes a heading. Null does: the original's null is an empty struct.
fn is_table(value: &Value) -> Result<bool, RenderError> {
    match value {
        Value::Null | Value::Map(_) => Ok(true),
        Value::List(items) => {
            if items.contains(&Value::Null) {
                return Err(nil_element());
            }
            let maps = items.iter().all(|item| matches!(item, Value::Map(_)));
            // Lists inside are looked at for nulls, too.
            for item in items {
                if let Value::List(_) = item {
                    is_table(item)?;
                }
            }
            Ok(maps && !items.is_empty())
        }
        _ => Ok(false),
    }
}

fn nil_element() -> RenderError {
    RenderError::Failed("toml: cannot encode array with nil element".into())
}

fn inline(value: &Value) -> Result<String, RenderError> {
    Ok(match value {
        Value::Null => return Err(nil_element()),
        Value::Bool(flag) => flag.to_string(),
        Value::Number(number) => float(number.to_general()),
        Value::String(text) => quoted(text),
        Value::List(items) => {
            let items: Result<Vec<String>, _> = items.iter().map(inline).collect();
            format!("[{}]", items?.join(", "))
        }
        Value::Map(items) => {
            let mut pairs = Vec::new();
            for (name, item) in items.iter().filter(|(_, item)| **item != Value::Null) {
                pairs.push(format!("{} = {}", key(name), inline(item)?));
            }
            format!("{{{}}}", pairs.join(", "))
        }
    })
}

/// A float always shows that it is one.
fn float(text: String) -> String {
    match text.contains(['.', 'e']) {
        true => text,
        false => text + ".0",
    }
}

fn key(name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    match !name.is_empty() && name.chars().all(bare) {
        true => name.to_owned(),
        false => quoted(name),
    }
}

fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            '\0'..='\u{1f}' | '\u{7f}' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
