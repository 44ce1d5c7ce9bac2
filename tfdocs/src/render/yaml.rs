//! YAML as yaml.v3 writes it with an indent of two: the choice of a string's style, and its natural order of keys.

use std::cmp::Ordering;

use crate::config::Config;
use crate::model::{Module, Value};

use super::RenderError;
use super::fields::{Field, Fields, fields};
use super::yaml_scalar::{Scalar, binary, scalar};

/// The module as a mapping.
pub(super) fn render(module: &Module, config: &Config) -> Result<String, RenderError> {
    let mut out = String::new();
    mapping(&mut out, &fields(module, config), 0);
    if out.ends_with('\n') {
        out.pop();
    }
    Ok(out)
}

fn mapping(out: &mut String, fields: &Fields, column: usize) {
    for (index, (name, field)) in fields.iter().enumerate() {
        if index > 0 {
            indent(out, column);
        }
        out.push_str(name);
        out.push(':');
        match field {
            Field::Text(text) => text_after(out, text, column),
            Field::Maybe(text) if text.is_empty() => out.push_str(" null\n"),
            Field::Maybe(text) => text_after(out, text, column),
            Field::Flag(flag) => out.push_str(if *flag { " true\n" } else { " false\n" }),
            // A quirk of the original's own string type.
            Field::Value(Value::String(text)) if text == "\"\"" => out.push_str(" null\n"),
            Field::Value(value) => value_after(out, value, column),
            Field::Items(_, items) if items.is_empty() => out.push_str(" []\n"),
            Field::Items(_, items) => {
                out.push('\n');
                for item in items {
                    indent(out, column + 2);
                    out.push_str("- ");
                    mapping(out, item, column + 4);
                }
            }
        }
    }
}

fn indent(out: &mut String, column: usize) {
    out.extend(std::iter::repeat_n(' ', column));
}

/// A string after `key:` or `-`; a literal block goes two columns beyond `column`.
fn text_after(out: &mut String, text: &str, column: usize) {
    out.push(' ');
    let binary = binary(text);
    if binary.is_some() {
        out.push_str("!!binary ");
    }
    let text = binary.as_deref().unwrap_or(text);
    match scalar(text, false, column + 2) {
        Scalar::Inline(line) => {
            out.push_str(&line);
            out.push('\n');
        }
        Scalar::Literal(hints) => {
            out.push('|');
            out.push_str(&hints);
            // A line end that the text begins with ends this line.
            if !text.starts_with('\n') {
                out.push('\n');
            }
            for line in text.split_inclusive('\n') {
                if line != "\n" {
                    indent(out, column + 2);
                }
                out.push_str(line);
            }
            if !out.ends_with('\n') {
                out.push('\n');
            }
        }
    }
}

/// A value after `key:`; its children stand two columns beyond `column`.
fn value_after(out: &mut String, value: &Value, column: usize) {
    match value {
        Value::List(items) if !items.is_empty() => {
            out.push('\n');
            indent(out, column + 2);
            list(out, items, column + 2);
        }
        Value::Map(items) if !items.is_empty() => {
            out.push('\n');
            indent(out, column + 2);
            map(out, value, column + 2);
        }
        value => leaf(out, value, column),
    }
}

fn leaf(out: &mut String, value: &Value, column: usize) {
    match value {
        Value::Null => out.push_str(" null\n"),
        Value::Bool(flag) => out.push_str(if *flag { " true\n" } else { " false\n" }),
        Value::Number(number) => out.push_str(&format!(" {}\n", number.to_general())),
        Value::String(text) => text_after(out, text, column),
        Value::List(_) => out.push_str(" []\n"),
        Value::Map(_) => out.push_str(" {}\n"),
    }
}

/// Items from where the line stands, which is at `column`.
fn list(out: &mut String, items: &[Value], column: usize) {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            indent(out, column);
        }
        out.push('-');
        match item {
            Value::List(inner) if !inner.is_empty() => {
                out.push(' ');
                list(out, inner, column + 2);
            }
            Value::Map(inner) if !inner.is_empty() => {
                out.push(' ');
                map(out, item, column + 2);
            }
            item => leaf(out, item, column),
        }
    }
}

/// Entries from where the line stands, which is at `column`.
fn map(out: &mut String, value: &Value, column: usize) {
    let Value::Map(items) = value else {
        return;
    };
    let mut entries: Vec<(&String, &Value)> = items.iter().collect();
    entries.sort_by(|(a, _), (b, _)| natural(a, b));
    for (index, (key, item)) in entries.into_iter().enumerate() {
        if index > 0 {
            indent(out, column);
        }
        match scalar(key, true, column + 2) {
            Scalar::Inline(line) => out.push_str(&line),
            Scalar::Literal(_) => out.push_str(key),
        }
        out.push(':');
        value_after(out, item, column);
    }
}

/// Numbers in keys by size, letters after all else, unless a digit stands before.
fn natural(a: &str, b: &str) -> Ordering {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut digits = false;
    for (at, (x, y)) in a.iter().zip(&b).enumerate() {
        if x == y {
            digits = x.is_numeric();
            continue;
        }
        return match (x.is_alphabetic(), y.is_alphabetic()) {
            (true, true) => x.cmp(y),
            (true, false) => {
                if digits {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
            (false, true) => {
                if digits {
                    Ordering::Greater
                } else {
                    Ordering::Less
                }
            }
            (false, false) => by_number(&a, &b, at),
        };
    }
    a.len().cmp(&b.len())
}

fn by_number(a: &[char], b: &[char], at: usize) -> Ordering {
    // Digits before that are not all zeros make a zero here count.
    let zero = a.get(at) == Some(&'0') || b.get(at) == Some(&'0');
    let before = a.iter().take(at).rev().take_while(|c| c.is_ascii_digit());
    let start = i64::from(zero && before.into_iter().any(|c| *c != '0'));
    let number = |text: &[char]| {
        let run = text.iter().skip(at).take_while(|c| c.is_ascii_digit());
        run.fold((start, 0usize), |(value, count), digit| {
            let digit = i64::from(digit.to_digit(10).unwrap_or(0));
            (value.wrapping_mul(10).wrapping_add(digit), count + 1)
        })
    };
    number(a)
        .cmp(&number(b))
        .then_with(|| a.get(at).cmp(&b.get(at)))
}
