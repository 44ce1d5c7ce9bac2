//! From one type to another, as HCL converts: what a value is as a string, a number, a bool.

use unicode_normalization::UnicodeNormalization as _;

use crate::value::{Number, Value};

/// What HCL calls the type of a value.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "dynamic",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::List(_) => "tuple",
        Value::Map(_) => "object",
    }
}

/// Terraform's strings are in normal form C.
pub(crate) fn composed(text: String) -> String {
    if text.is_ascii() {
        text
    } else {
        text.nfc().collect()
    }
}

/// Numbers and bools become their text; null stays null; lists and maps have none.
pub(super) fn to_string(value: &Value) -> Result<Option<String>, &'static str> {
    match value {
        Value::Null => Ok(None),
        Value::String(text) => Ok(Some(text.clone())),
        Value::Bool(value) => Ok(Some(value.to_string())),
        Value::Number(number) => Ok(Some(number_text(number))),
        other => Err(kind(other)),
    }
}

/// A number in a string: all its digits, no exponent.
fn number_text(number: &Number) -> String {
    match &number.exact {
        Some(digits) if !digits.contains(['e', 'E']) => match digits.split_once('.') {
            Some((whole, fraction)) if fraction.bytes().all(|b| b == b'0') => {
                strip_zeros(whole).to_owned()
            }
            Some((whole, fraction)) => {
                format!("{}.{}", strip_zeros(whole), fraction.trim_end_matches('0'))
            }
            None => strip_zeros(digits).to_owned(),
        },
        _ => format!("{}", number.float),
    }
}

fn strip_zeros(digits: &str) -> &str {
    match digits.trim_start_matches('0') {
        "" => "0",
        rest => rest,
    }
}

pub(super) fn to_number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => {
            let plain = text
                .bytes()
                .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
            text.parse::<f64>().ok().filter(|_| plain).map(Number::from)
        }
        _ => None,
    }
}

pub(super) fn to_bool(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(value) => Some(*value),
        Value::String(text) => match text.as_str() {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}
