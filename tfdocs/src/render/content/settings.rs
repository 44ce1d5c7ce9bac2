//! `.Config` of a content template.

use super::data::{field, object};
use crate::config::{Config, OUTPUT_TEMPLATE, Section};
use crate::gotemplate::Val;
use crate::inject::Markers;

/// `.Config`, with the names of the original's struct.
pub(super) fn settings(config: &Config) -> Val {
    let strings = |list: &[String]| Val::strings(list.iter().map(String::as_str));
    let group = |type_name, fields: Vec<(&'static str, Val)>| {
        let fields = fields
            .into_iter()
            .map(|(name, value)| field(name, None, value));
        object(type_name, fields.collect(), Vec::new())
    };
    let settings = &config.settings;
    let sections: Vec<(&'static str, Val)> = [
        ("DataSources", Section::DataSources),
        ("Header", Section::Header),
        ("Footer", Section::Footer),
        ("Inputs", Section::Inputs),
        ("ModuleCalls", Section::Modules),
        ("Outputs", Section::Outputs),
        ("Providers", Section::Providers),
        ("Requirements", Section::Requirements),
        ("Resources", Section::Resources),
    ]
    .into_iter()
    .map(|(name, section)| (name, config.shows(section).into()))
    .collect();
    // Known only when the template was looked at, and it is looked at only for a file it is injected into.
    let looked_at = !config.output.file.is_empty() && config.output.mode != "replace";
    let template = match looked_at {
        true => &config.output.template,
        false => OUTPUT_TEMPLATE,
    };
    let markers = Markers::of(template);
    let mut shown = vec![
        ("Show", strings(&config.sections.show)),
        ("Hide", strings(&config.sections.hide)),
    ];
    shown.extend(sections);
    group(
        "*print.Config",
        vec![
            ("File", Val::str(&config.file)),
            ("Formatter", Val::str(&config.formatter)),
            ("Version", Val::str(&config.version)),
            ("HeaderFrom", Val::str(&config.header_from)),
            ("FooterFrom", Val::str(&config.footer_from)),
            (
                "Recursive",
                group(
                    "print.recursive",
                    vec![
                        ("Enabled", config.recursive.enabled.into()),
                        ("Path", Val::str(&config.recursive.path)),
                        ("IncludeMain", config.recursive.include_main.into()),
                        ("Exclude", strings(&config.recursive.exclude)),
                    ],
                ),
            ),
            ("Content", Val::str(&config.content)),
            ("Sections", group("print.sections", shown)),
            (
                "Output",
                group(
                    "print.output",
                    vec![
                        ("File", Val::str(&config.output.file)),
                        ("Mode", Val::str(&config.output.mode)),
                        ("Template", Val::str(&config.output.template)),
                        ("Check", config.output.check.into()),
                        ("BeginComment", Val::str(&markers.begin)),
                        ("EndComment", Val::str(&markers.end)),
                    ],
                ),
            ),
            (
                "OutputValues",
                group(
                    "print.outputvalues",
                    vec![
                        ("Enabled", config.output_values.enabled.into()),
                        ("From", Val::str(&config.output_values.from)),
                    ],
                ),
            ),
            (
                "Sort",
                group(
                    "print.sort",
                    vec![
                        ("Enabled", config.sort.enabled.into()),
                        ("By", Val::str(&config.sort.by)),
                    ],
                ),
            ),
            (
                "Settings",
                group(
                    "print.settings",
                    vec![
                        ("Anchor", settings.anchor.into()),
                        ("AtxClosed", settings.atx_closed.into()),
                        ("Color", settings.color.into()),
                        ("Default", settings.default.into()),
                        ("Description", settings.description.into()),
                        ("Escape", settings.escape.into()),
                        ("HideEmpty", settings.hide_empty.into()),
                        ("HTML", settings.html.into()),
                        ("Indent", Val::int(settings.indent)),
                        ("LockFile", settings.lockfile.into()),
                        ("ReadComments", settings.read_comments.into()),
                        ("Required", settings.required.into()),
                        ("Sensitive", settings.sensitive.into()),
                        ("Type", settings.type_.into()),
                    ],
                ),
            ),
            ("ModuleRoot", Val::str(&config.module_root)),
        ],
    )
}
