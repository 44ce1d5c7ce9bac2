//! What markdown and asciidoc share: which resources are shown, code values, and the order of sections.

use super::Rendered;
use crate::config::{Config, Section};
use crate::model::{Mode, Module, Resource};
use crate::text::cleanup;

/// Resources and data sources, each when its section is shown.
pub fn visible_resources<'m>(module: &'m Module, config: &Config) -> Vec<&'m Resource> {
    let shown = |resource: &&Resource| match resource.mode {
        Mode::Managed => config.shows(Section::Resources),
        Mode::Data => config.shows(Section::DataSources),
    };
    module.resources.iter().filter(shown).collect()
}

/// Whether there is a resources section at all.
pub(super) fn shows_resources(config: &Config) -> bool {
    config.shows(Section::Resources) || config.shows(Section::DataSources)
}

/// A type or value as code: fenced when it has several lines, and whether it was.
pub(super) fn fenced(code: &str, language: &str) -> (String, bool) {
    if code.contains('\n') {
        (format!("\n\n```{language}\n{code}\n```\n"), true)
    } else {
        (format!("`{code}`"), false)
    }
}

/// The sections, cleaned one by one, and all of them in the usual order.
pub(super) fn assemble(raw: Rendered) -> Rendered {
    let order = [
        &raw.header,
        &raw.requirements,
        &raw.providers,
        &raw.modules,
        &raw.resources,
        &raw.inputs,
        &raw.outputs,
        &raw.footer,
    ];
    Rendered {
        content: cleanup(&order.map(String::as_str).concat()),
        header: cleanup(&raw.header),
        footer: cleanup(&raw.footer),
        inputs: cleanup(&raw.inputs),
        modules: cleanup(&raw.modules),
        outputs: cleanup(&raw.outputs),
        providers: cleanup(&raw.providers),
        requirements: cleanup(&raw.requirements),
        resources: cleanup(&raw.resources),
    }
}
