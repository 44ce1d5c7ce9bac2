//! Values for a `.tfvars` file: every input with its default, for filling in. Section visibility plays no part.

use crate::config::Config;
use crate::model::{Input, Module, Value};
use crate::text;
use crate::value::write_json_string;

use super::RenderError;

/// `name = value` lines, aligned in runs; a list, a map or a described input stands alone.
pub(super) fn hcl(module: &Module, config: &Config) -> Result<String, RenderError> {
    let described = config.settings.description;
    let mut out = String::new();
    let mut run: Vec<&Input> = Vec::new();
    for input in &module.inputs {
        if breaks_run(input, described) {
            write_run(&mut out, &mut run);
            alone(&mut out, input, described);
        } else {
            run.push(input);
        }
    }
    write_run(&mut out, &mut run);
    Ok(text::cleanup(out).trim_end_matches(['\n', '\r']).to_owned())
}

fn breaks_run(input: &Input, described: bool) -> bool {
    let filled = match &input.default {
        Value::List(items) => !items.is_empty(),
        Value::Map(items) => !items.is_empty(),
        _ => false,
    };
    filled || (described && !input.description.is_empty())
}

fn write_run(out: &mut String, run: &mut Vec<&Input>) {
    // Go pads by characters.
    let width = run
        .iter()
        .map(|input| input.name.chars().count())
        .max()
        .unwrap_or(0);
    for input in run.drain(..) {
        out.push_str(&format!("{:width$} = {}\n", input.name, value(input)));
    }
}

fn alone(out: &mut String, input: &Input, described: bool) {
    let described = described && !input.description.is_empty();
    if described {
        out.push('\n');
        for line in input.description.split('\n') {
            out.push_str(&format!("# {line}\n"));
        }
    }
    out.push_str(&format!("{} = {}\n", input.name, value(input)));
    if described {
        out.push('\n');
    }
}

fn value(input: &Input) -> String {
    match input.value_text() {
        text if text.is_empty() => "\"\"".into(),
        text => text,
    }
}

/// One object in the order of the inputs; a required one is null.
pub(super) fn json(module: &Module, _config: &Config) -> Result<String, RenderError> {
    if module.inputs.is_empty() {
        return Ok("{}".into());
    }
    let mut out = String::from("{");
    for (index, input) in module.inputs.iter().enumerate() {
        out.push_str(if index > 0 { ",\n  " } else { "\n  " });
        write_json_string(&mut out, &input.name, false);
        out.push_str(": ");
        input.default.write_json(&mut out, 1, false);
    }
    out.push_str("\n}");
    Ok(out)
}
