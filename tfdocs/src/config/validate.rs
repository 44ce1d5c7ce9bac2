//! What a configuration must satisfy before a module is looked at, in the original's order and words.

use super::{Config, OutputFile, Sections, Sort};

/// What stands in an output template for the generated text.
pub(crate) const CONTENT: &str = "{{ .Content }}";

const SECTIONS: [&str; 10] = [
    "all",
    "data-sources",
    "footer",
    "header",
    "inputs",
    "modules",
    "outputs",
    "providers",
    "requirements",
    "resources",
];

/// Checks a configuration; `\n` in an inject template become line ends.
///
/// # Errors
/// The original's message for the first thing that is wrong.
pub(crate) fn validate(config: &mut Config) -> Result<(), String> {
    if config.formatter.is_empty() {
        return Err("value of 'formatter' can't be empty".into());
    }
    if config.header_from.is_empty() {
        return Err("value of '--header-from' can't be empty".into());
    }
    if config.footer_from == config.header_from {
        // The missing quote is the original's.
        return Err("value of '--footer-from' can't equal value of '--header-from".into());
    }
    if config.recursive.enabled && config.recursive.path.is_empty() {
        return Err("value of '--recursive-path' can't be empty".into());
    }
    sections(&config.sections)?;
    output(&mut config.output)?;
    if config.output_values.enabled && config.output_values.from.is_empty() {
        return Err("value of '--output-values-from' is missing".into());
    }
    sort(&config.sort)
}

fn sections(sections: &Sections) -> Result<(), String> {
    let Sections { show, hide } = sections;
    if !show.is_empty() && !hide.is_empty() {
        return Err("'--show' and '--hide' can't be used together".into());
    }
    match show
        .iter()
        .chain(hide)
        .find(|name| !SECTIONS.contains(&name.as_str()))
    {
        Some(name) => Err(format!("'{name}' is not a valid section")),
        None => Ok(()),
    }
}

fn output(output: &mut OutputFile) -> Result<(), String> {
    let of = |what: &str| Err(format!("value of '--output-template' {what}"));
    let replace = output.mode == "replace";
    if output.file.is_empty() {
        return Ok(());
    }
    if output.mode.is_empty() {
        return Err("value of '--output-mode' can't be empty".into());
    }
    if output.template.is_empty() {
        return if replace {
            Ok(())
        } else {
            of("can't be empty")
        };
    }
    if !output.template.contains(CONTENT) {
        return of("doesn't have '{{ .Content }}' (note that spaces inside '{{ }}' are mandatory)");
    }
    if replace {
        return Ok(());
    }
    output.template = output.template.replace("\\n", "\n");
    let lines: Vec<&str> = output.template.split('\n').collect();
    match lines.as_slice() {
        [first, .., _] if lines.len() >= 3 && !is_comment(first) => of("is missing begin comment"),
        [_, .., last] if lines.len() >= 3 && !is_comment(last) => of("is missing end comment"),
        _ if lines.len() < 3 => {
            of("should contain at least 3 lines (begin comment, {{ .Content }}, and end comment)")
        }
        _ => Ok(()),
    }
}

/// A line that neither markdown nor asciidoc shows.
fn is_comment(line: &str) -> bool {
    const PAIRS: [(&str, &str); 6] = [
        ("<!--", "-->"),
        ("[]: # (", ")"),
        ("[]: # \"", "\""),
        ("[]: # '", "'"),
        ("[//]: # (", ")"),
        ("[comment]: # (", ")"),
    ];
    line.starts_with("//")
        || PAIRS
            .iter()
            .any(|(open, close)| line.starts_with(open) && line.ends_with(close))
}

fn sort(sort: &Sort) -> Result<(), String> {
    match sort.by.as_str() {
        "name" | "required" | "type" => Ok(()),
        by => Err(format!("'{by}' is not a valid sort type")),
    }
}
