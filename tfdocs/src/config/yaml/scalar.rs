//! What a scalar is to yaml.v3: null, a bool, a number or text.

use super::Node;

/// The value of a scalar, by its tag and its text.
pub(super) fn scalar(text: &str, plain: bool, tag: Option<&str>) -> Node {
    match tag {
        Some("tag:yaml.org,2002:str" | "!") => return Node::Text(text.to_owned()),
        None if !plain => return Node::Text(text.to_owned()),
        _ => {}
    }
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Node::Null,
        "true" | "True" | "TRUE" => return Node::Bool(true),
        "false" | "False" | "FALSE" => return Node::Bool(false),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => {
            return Node::Float(f64::INFINITY);
        }
        "-.inf" | "-.Inf" | "-.INF" => return Node::Float(f64::NEG_INFINITY),
        ".nan" | ".NaN" | ".NAN" => return Node::Float(f64::NAN),
        _ => {}
    }
    let number_like =
        text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.'));
    if number_like {
        let digits = text.replace('_', "");
        if let Ok(value) = crate::cli::flags::parse_int(&digits) {
            return Node::Int(value);
        }
        let float_like = digits
            .bytes()
            .all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'+' | b'e' | b'E'));
        if float_like && let Ok(value) = digits.parse::<f64>() {
            return Node::Float(value);
        }
    }
    Node::Text(text.to_owned())
}
