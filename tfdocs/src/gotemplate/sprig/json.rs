//! JSON in and out of templates, as Go's encoding/json writes and reads it.

use std::collections::BTreeMap;

use super::super::format::MAX_TEXT;
use super::super::function::{Function, Outcome, Type, any, text, too_long};
use super::super::value::Val;
use crate::value::{Number, write_json_string};

pub(super) fn lookup(name: &str) -> Option<Function> {
    use Type::{Any, Str};
    match name {
        "toJson" | "mustToJson" => Function::fixed(&[Any], |args| written(args, false, true)),
        "toPrettyJson" | "mustToPrettyJson" => {
            Function::fixed(&[Any], |args| written(args, true, true))
        }
        "toRawJson" | "mustToRawJson" => {
            Function::fixed(&[Any], |args| written(args, false, false))
        }
        "fromJson" => Function::fixed(&[Str], |args| Ok(read(text(args, 0)).unwrap_or_default())),
        "mustFromJson" => Function::fixed(&[Str], |args| read(text(args, 0))),
        _ => None,
    }
}

fn written(args: &[Val], pretty: bool, escape: bool) -> Outcome {
    let mut writer = Writer {
        out: String::new(),
        pretty,
        escape,
    };
    writer.value(any(args, 0), 0)?;
    Ok(writer.out.into())
}

struct Writer {
    out: String,
    pretty: bool,
    escape: bool,
}

impl Writer {
    fn value(&mut self, value: &Val, depth: usize) -> Result<(), std::borrow::Cow<'static, str>> {
        if depth > 200 || self.out.len() > MAX_TEXT {
            return Err(if depth > 200 {
                "json: nested more than 200 deep".into()
            } else {
                too_long()
            });
        }
        match value.base() {
            Val::Nil | Val::Named(_) => self.out.push_str("null"),
            Val::Bool(flag) => self.out.push_str(if *flag { "true" } else { "false" }),
            Val::Int(number, _) => self.out.push_str(&number.to_string()),
            Val::Float(number) if !number.is_finite() => {
                return Err(format!("json: unsupported value: {number}").into());
            }
            Val::Float(number) => self.out.push_str(&Number::from(*number).to_json()),
            Val::Str(text) => write_json_string(&mut self.out, text, self.escape),
            Val::List(list) => {
                self.all('[', ']', depth, list.items.len(), |writer, index| {
                    let item = list.items.get(index).unwrap_or(&Val::Nil);
                    writer.value(item, depth + 1)
                })?;
            }
            Val::Map(map) => {
                let items = map.items.borrow();
                let entries: Vec<(&str, &Val)> = items
                    .iter()
                    .map(|(key, value)| (key.as_str(), value))
                    .collect();
                self.object(&entries, depth)?;
            }
            // A default that is nil is an empty struct, and null.
            Val::Struct(value) if value.fields.is_empty() => self.out.push_str("null"),
            Val::Struct(value) => {
                let fields = value.fields.iter();
                let entries: Vec<(&str, &Val)> = fields
                    .filter_map(|field| Some((field.json?, &field.value)))
                    .collect();
                self.object(&entries, depth)?;
            }
        }
        Ok(())
    }

    fn object(
        &mut self,
        entries: &[(&str, &Val)],
        depth: usize,
    ) -> Result<(), std::borrow::Cow<'static, str>> {
        self.all('{', '}', depth, entries.len(), |writer, index| {
            let Some((key, value)) = entries.get(index) else {
                return Ok(());
            };
            write_json_string(&mut writer.out, key, writer.escape);
            writer.out.push_str(if writer.pretty { ": " } else { ":" });
            writer.value(value, depth + 1)
        })
    }

    fn all(
        &mut self,
        open: char,
        close: char,
        depth: usize,
        count: usize,
        write: impl Fn(&mut Self, usize) -> Result<(), std::borrow::Cow<'static, str>>,
    ) -> Result<(), std::borrow::Cow<'static, str>> {
        self.out.push(open);
        for index in 0..count {
            if index > 0 {
                self.out.push(',');
            }
            self.line(depth + 1);
            write(self, index)?;
        }
        if count > 0 {
            self.line(depth);
        }
        self.out.push(close);
        Ok(())
    }

    fn line(&mut self, depth: usize) {
        if self.pretty {
            self.out.push('\n');
            self.out.extend(std::iter::repeat_n("  ", depth));
        }
    }
}

fn read(text: &str) -> Outcome {
    serde_json::from_str(text)
        .map(from_json)
        .map_err(|error| match error.is_eof() {
            true => "unexpected end of JSON input".into(),
            false => error.to_string().into(),
        })
}

fn from_json(json: serde_json::Value) -> Val {
    match json {
        serde_json::Value::Null => Val::Nil,
        serde_json::Value::Bool(flag) => flag.into(),
        serde_json::Value::Number(number) => Val::Float(number.as_f64().unwrap_or(f64::NAN)),
        serde_json::Value::String(text) => text.into(),
        serde_json::Value::Array(items) => Val::list(items.into_iter().map(from_json).collect()),
        serde_json::Value::Object(items) => {
            let items = items
                .into_iter()
                .map(|(key, value)| (key, from_json(value)));
            Val::map(items.collect::<BTreeMap<_, _>>())
        }
    }
}
