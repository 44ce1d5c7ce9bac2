//! XML as Go's encoding/xml indents it: no declaration, no self-closing elements.

use crate::config::Config;
use crate::model::{Module, Value};

use super::RenderError;
use super::fields::{Field, Fields, fields};

/// The module as an element.
pub(super) fn render(module: &Module, config: &Config) -> Result<String, RenderError> {
    let mut writer = Writer {
        out: String::new(),
        depth: 0,
    };
    writer.element("module", |writer| writer.fields(&fields(module, config)));
    Ok(writer.out.split_off(1))
}

struct Writer {
    out: String,
    depth: usize,
}

impl Writer {
    fn open(&mut self, name: &str) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n("  ", self.depth));
        self.out.push_str(&format!("<{name}>"));
    }

    /// An element with what `body` writes into it; without any, both tags in one line.
    fn element(&mut self, name: &str, body: impl FnOnce(&mut Self)) {
        // Go has a name of its own for a key that is none.
        let name = if name.is_empty() { "xmlmapentry" } else { name };
        self.open(name);
        let before = self.out.len();
        self.depth += 1;
        body(self);
        self.depth -= 1;
        if self.out.len() > before {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n("  ", self.depth));
        }
        self.out.push_str(&format!("</{name}>"));
    }

    fn text(&mut self, name: &str, text: &str) {
        let name = if name.is_empty() { "xmlmapentry" } else { name };
        self.open(name);
        escape(&mut self.out, text);
        self.out.push_str(&format!("</{name}>"));
    }

    fn nil(&mut self, name: &str) {
        self.open(&format!("{name} xsi:nil=\"true\""));
        self.out.push_str(&format!("</{name}>"));
    }

    fn fields(&mut self, fields: &Fields) {
        for (name, field) in fields {
            match field {
                Field::Text(text) => self.text(name, text),
                Field::Maybe(text) if text.is_empty() => self.nil(name),
                Field::Maybe(text) => self.text(name, text),
                Field::Flag(flag) => self.text(name, if *flag { "true" } else { "false" }),
                Field::Value(value) => self.value(name, value),
                Field::Items(one, items) => self.element(name, |writer| {
                    for item in items {
                        writer.element(one, |writer| writer.fields(item));
                    }
                }),
            }
        }
    }

    fn value(&mut self, name: &str, value: &Value) {
        match value {
            // Inside of a map the original panics on a null.
            Value::Null => self.nil(name),
            Value::Bool(flag) => self.text(name, if *flag { "true" } else { "false" }),
            Value::Number(number) => self.text(name, &number.to_general()),
            Value::String(text) => self.text(name, text),
            Value::List(items) => self.element(name, |writer| {
                for item in items {
                    match item {
                        // What is nested in a list is lost in the original, too.
                        Value::Null | Value::List(_) | Value::Map(_) => writer.text("item", ""),
                        item => writer.value("item", item),
                    }
                }
            }),
            Value::Map(items) => self.element(name, |writer| {
                for (key, item) in items {
                    writer.value(key, item);
                }
            }),
        }
    }
}

fn escape(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '"' => out.push_str("&#34;"),
            '\'' => out.push_str("&#39;"),
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\t' => out.push_str("&#x9;"),
            '\n' => out.push_str("&#xA;"),
            c if crate::bytes::stands_for_byte(c) => out.push('\u{fffd}'),
            '\r' => out.push_str("&#xD;"),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
}
