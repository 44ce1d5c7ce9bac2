//! JSON as Go's encoding/json indents it.

use crate::config::Config;
use crate::model::Module;
use crate::value::write_json_string;

use super::RenderError;
use super::fields::{Field, Fields, fields};

/// The module as one object; `escape` writes `<`, `>` and `&` as `\u00xx`.
pub(super) fn render(module: &Module, config: &Config) -> Result<String, RenderError> {
    let mut out = String::new();
    object(&mut out, &fields(module, config), 0, config.settings.escape);
    Ok(out)
}

fn object(out: &mut String, fields: &Fields, depth: usize, escape: bool) {
    out.push('{');
    for (index, (name, field)) in fields.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        line(out, depth + 1);
        write_json_string(out, name, escape);
        out.push_str(": ");
        match field {
            Field::Text(text) => write_json_string(out, text, escape),
            Field::Maybe(text) if text.is_empty() => out.push_str("null"),
            Field::Maybe(text) => write_json_string(out, text, escape),
            Field::Flag(flag) => out.push_str(if *flag { "true" } else { "false" }),
            Field::Value(value) => value.write_json(out, depth + 1, escape),
            Field::Items(_, items) => list(out, items, depth + 1, escape),
        }
    }
    line(out, depth);
    out.push('}');
}

fn list(out: &mut String, items: &[Fields], depth: usize, escape: bool) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        line(out, depth + 1);
        object(out, item, depth + 1, escape);
    }
    if !items.is_empty() {
        line(out, depth);
    }
    out.push(']');
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    out.extend(std::iter::repeat_n("  ", depth));
}
