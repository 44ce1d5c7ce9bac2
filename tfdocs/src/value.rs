//! A default or an output value, and its text as Go's encoding/json writes it.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A JSON value. Maps are ordered by the bytes of their keys, as terraform-docs prints them.
#[derive(Debug, Clone, Default, PartialEq)]
pub enum Value {
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    String(String),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
}

/// A number as a float, as terraform-docs holds it, and its own digits where they are to be kept (compat off).
#[derive(Debug, Clone, PartialEq)]
pub struct Number {
    pub float: f64,
    pub exact: Option<Box<str>>,
}

impl From<f64> for Number {
    fn from(float: f64) -> Self {
        Number { float, exact: None }
    }
}

impl Number {
    /// As Go's encoding/json: no exponent from 1e-6 up to 1e21.
    pub fn to_json(&self) -> String {
        self.exact
            .as_ref()
            .map_or_else(|| json_float(self.float), |exact| exact.to_string())
    }

    /// As Go's `%g` and `strconv.FormatFloat(f, 'g', -1, 64)`: an exponent below 1e-4 and from 1e6 on.
    pub fn to_general(&self) -> String {
        self.exact
            .as_ref()
            .map_or_else(|| general_float(self.float), |exact| exact.to_string())
    }
}

impl Value {
    /// The value as terraform-docs has it: numbers are floats and nothing else. One beyond all floats, of which the
    /// original dies, keeps its digits.
    pub fn with_floats(mut self) -> Value {
        self.drop_digits();
        self
    }

    fn drop_digits(&mut self) {
        match self {
            Value::Number(number) if number.float.is_finite() => number.exact = None,
            Value::List(items) => items.iter_mut().for_each(Value::drop_digits),
            Value::Map(items) => items.values_mut().for_each(Value::drop_digits),
            _ => {}
        }
    }

    /// JSON with an indent of two spaces; `escape_html` writes `<`, `>` and `&` as `\u00xx`.
    pub fn to_json(&self, escape_html: bool) -> String {
        let mut out = String::new();
        self.write_json(&mut out, 0, escape_html);
        out
    }

    /// Appends the JSON text; lines after the first are indented by `depth` levels.
    pub fn write_json(&self, out: &mut String, depth: usize, escape_html: bool) {
        match self {
            Value::Null => out.push_str("null"),
            Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Value::Number(number) => out.push_str(&number.to_json()),
            Value::String(text) => write_json_string(out, text, escape_html),
            Value::List(items) if items.is_empty() => out.push_str("[]"),
            Value::List(items) => {
                out.push('[');
                for (index, item) in items.iter().enumerate() {
                    separate(out, index, depth + 1);
                    item.write_json(out, depth + 1, escape_html);
                }
                newline(out, depth);
                out.push(']');
            }
            Value::Map(items) if items.is_empty() => out.push_str("{}"),
            Value::Map(items) => {
                out.push('{');
                for (index, (key, item)) in items.iter().enumerate() {
                    separate(out, index, depth + 1);
                    write_json_string(out, key, escape_html);
                    out.push_str(": ");
                    item.write_json(out, depth + 1, escape_html);
                }
                newline(out, depth);
                out.push('}');
            }
        }
    }
}

fn separate(out: &mut String, index: usize, depth: usize) {
    if index > 0 {
        out.push(',');
    }
    newline(out, depth);
}

fn newline(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}

/// Appends a quoted string as Go's encoding/json does: `\b \f \n \r \t`, other controls and U+2028/9 as `\uXXXX`.
pub fn write_json_string(out: &mut String, text: &str, escape_html: bool) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '<' | '>' | '&' if escape_html => escape_unit(out, c),
            '\0'..='\u{1f}' | '\u{2028}' | '\u{2029}' => escape_unit(out, c),
            c if crate::bytes::stands_for_byte(c) => out.push_str("\\ufffd"),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn escape_unit(out: &mut String, c: char) {
    out.push_str(&format!("\\u{:04x}", u32::from(c)));
}

/// A float as Go's encoding/json prints it.
fn json_float(float: f64) -> String {
    let size = float.abs();
    if size == 0.0 || (1e-6..1e21).contains(&size) {
        return format!("{float}");
    }
    let text = exponent_form(float);
    // encoding/json writes e-7 where strconv writes e-07.
    match text.split_once("e-0") {
        Some((digits, power)) => format!("{digits}e-{power}"),
        None => text,
    }
}

/// A float as `strconv.FormatFloat(float, 'g', -1, 64)` prints it.
fn general_float(float: f64) -> String {
    let text = exponent_form(float);
    let power: i32 = text
        .rsplit_once('e')
        .and_then(|(_, power)| power.parse().ok())
        .unwrap_or(0);
    if (-4..6).contains(&power) || float == 0.0 {
        format!("{float}")
    } else {
        text
    }
}

/// Shortest digits with an exponent of a sign and at least two digits.
fn exponent_form(float: f64) -> String {
    let text = format!("{float:e}");
    let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
    let (sign, power) = power
        .strip_prefix('-')
        .map_or(('+', power), |power| ('-', power));
    format!("{digits}e{sign}{power:0>2}")
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Number(number) => match integer(number) {
                Some(whole) => serializer.serialize_i64(whole),
                None => serializer.serialize_f64(number.float),
            },
            Value::String(text) => serializer.serialize_str(text),
            Value::List(items) => items.serialize(serializer),
            Value::Map(items) => items.serialize(serializer),
        }
    }
}

/// The number as an integer where the float holds it exactly.
fn integer(number: &Number) -> Option<i64> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let whole = number.float.fract() == 0.0 && number.float.abs() <= EXACT;
    #[expect(clippy::cast_possible_truncation, reason = "whole and within 2^53")]
    whole.then_some(number.float as i64)
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        serde_json::Value::deserialize(deserializer).map(Value::from)
    }
}

impl From<serde_json::Value> for Value {
    fn from(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Bool(value),
            serde_json::Value::Number(number) => {
                Value::Number(number.as_f64().unwrap_or(f64::NAN).into())
            }
            serde_json::Value::String(text) => Value::String(text),
            serde_json::Value::Array(items) => {
                Value::List(items.into_iter().map(Value::from).collect())
            }
            serde_json::Value::Object(items) => {
                Value::Map(items.into_iter().map(|(k, v)| (k, v.into())).collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_print_as_go_prints_them() {
        let cases = [
            (0.0, "0", "0"),
            (-0.0, "-0", "-0"),
            (42.0, "42", "42"),
            (1_000_000.0, "1000000", "1e+06"),
            (123_456.0, "123456", "123456"),
            (123_456_789.0, "123456789", "1.23456789e+08"),
            (1.5, "1.5", "1.5"),
            (1e21, "1e+21", "1e+21"),
            (1e20, "100000000000000000000", "1e+20"),
            (1e-7, "1e-7", "1e-07"),
            (0.000_01, "0.00001", "1e-05"),
            (0.000_1, "0.0001", "0.0001"),
            (1.25e300, "1.25e+300", "1.25e+300"),
        ];
        for (float, json, general) in cases {
            assert_eq!(Number::from(float).to_json(), json);
            assert_eq!(
                Number::from(float).to_general(),
                general,
                "{float} in general form"
            );
        }
    }
}
