//! The form for terminals: a line an item, in colours.

use crate::config::{Config, Section};
use crate::model::Module;

use super::RenderError;
use super::markdown::output_value;
use super::markup::{address, visible_resources};

/// The visible sections one after the other, without line ends at the end.
pub(super) fn render(module: &Module, config: &Config) -> Result<String, RenderError> {
    let paint = Paint {
        on: config.settings.color,
    };
    let mut out = String::new();
    if config.shows(Section::Header) {
        edge(&mut out, &module.header, paint);
    }
    if config.shows(Section::Requirements) {
        for item in &module.requirements {
            let name = paint.item(&format!("requirement.{}", item.name));
            line(&mut out, &name, &item.version);
        }
        out.push_str("\n\n");
    }
    if config.shows(Section::Providers) {
        for item in &module.providers {
            let name = paint.item(&format!("provider.{}", item.full_name()));
            line(&mut out, &name, &item.version);
        }
        out.push_str("\n\n");
    }
    if config.shows(Section::Modules) {
        for item in &module.modules {
            let name = paint.item(&format!("module.{}", item.name));
            out.push_str(&format!("{name} ({})\n", item.full_name()));
        }
        out.push_str("\n\n");
    }
    if config.shows(Section::Resources) || config.shows(Section::DataSources) {
        resources(&mut out, module, config, paint);
    }
    if config.shows(Section::Inputs) {
        inputs(&mut out, module, paint);
    }
    if config.shows(Section::Outputs) {
        outputs(&mut out, module, config, paint);
    }
    if config.shows(Section::Footer) {
        edge(&mut out, &module.footer, paint);
    }
    Ok(out.trim_end_matches('\n').to_owned())
}

/// Cyan for items, grey for texts, or neither.
#[derive(Clone, Copy)]
struct Paint {
    on: bool,
}

impl Paint {
    fn item(self, text: &str) -> String {
        self.with(text, "\u{1b}[36m")
    }

    fn text(self, text: &str) -> String {
        self.with(text, "\u{1b}[90m")
    }

    fn with(self, text: &str, colour: &str) -> String {
        match self.on {
            true => format!("{colour}{text}\u{1b}[0m"),
            false => text.to_owned(),
        }
    }
}

fn edge(out: &mut String, text: &str, paint: Paint) {
    if !text.is_empty() {
        out.push_str(&paint.text(text));
        out.push('\n');
    }
    out.push_str("\n\n");
}

/// `NAME (VALUE)`, or the name alone.
fn line(out: &mut String, name: &str, value: &str) {
    out.push_str(name);
    if !value.is_empty() {
        out.push_str(&format!(" ({value})"));
    }
    out.push('\n');
}

fn resources(out: &mut String, module: &Module, config: &Config, paint: Paint) {
    let all = visible_resources(module, config);
    for item in &all {
        let (kind, label) = match item.mode {
            crate::model::Mode::Managed => ("resource", "resource"),
            crate::model::Mode::Data => ("data", "data source"),
        };
        let (spec, url) = address(item, config);
        let name = paint.item(&format!("{kind}.{spec} ({label})"));
        line(out, &name, url.as_deref().unwrap_or_default());
    }
    out.push_str(if all.is_empty() { "\n" } else { "\n\n" });
}

/// A description loses one line end; none is `n/a`.
fn description(text: &str, paint: Paint) -> String {
    let text = text.strip_suffix('\n').unwrap_or(text);
    paint.text(if text.is_empty() { "n/a" } else { text })
}

fn inputs(out: &mut String, module: &Module, paint: Paint) {
    for item in &module.inputs {
        let value = match item.value_text() {
            text if text.is_empty() => "required".into(),
            text => text,
        };
        let name = paint.item(&format!("input.{}", item.name));
        line(out, &name, &value);
        out.push_str(&description(&item.description, paint));
        out.push_str("\n\n");
    }
    out.push('\n');
}

fn outputs(out: &mut String, module: &Module, config: &Config, paint: Paint) {
    for item in &module.outputs {
        let name = paint.item(&format!("output.{}", item.name));
        match config.output_values.enabled {
            true => out.push_str(&format!("{name} ({})\n", output_value(item))),
            false => out.push_str(&format!("{name}\n")),
        }
        out.push_str(&description(&item.description, paint));
        out.push_str("\n\n");
    }
}
