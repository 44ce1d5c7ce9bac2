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

/// A resource's address and its page, if there is one. A type that names a provider's family (`google_x` of
/// `google-beta`) keeps its own name with compat off, where the original puts the provider before it.
pub(super) fn address(resource: &Resource, config: &Config) -> (String, Option<String>) {
    let family = resource.provider_name.split('-').next().unwrap_or_default();
    let own = resource
        .type_name
        .strip_prefix(family)
        .and_then(|rest| rest.strip_prefix('_'))
        .filter(|_| family != resource.provider_name && !config.settings.compat);
    match own {
        None if config.settings.compat => (resource.spec(), resource.url()),
        None => (resource.spec(), page(resource)),
        Some(short) => {
            let named = Resource {
                type_name: short.to_owned(),
                ..resource.clone()
            };
            let spec = format!("{}.{}", resource.type_name, resource.name);
            (spec, page(&named))
        }
    }
}

/// The page of a resource, also where its provider's source names a public registry.
fn page(resource: &Resource) -> Option<String> {
    let source = resource.provider_source.as_str();
    if let Some(public) = source.strip_prefix("registry.terraform.io/") {
        let provider_source = public.to_owned();
        return Resource {
            provider_source,
            ..resource.clone()
        }
        .url();
    }
    let Some(open) = source.strip_prefix("registry.opentofu.org/") else {
        return resource.url();
    };
    let kind = match resource.mode {
        Mode::Managed => "resources",
        Mode::Data => "datasources",
    };
    let (version, name) = (resource.version.as_str(), &resource.type_name);
    let mark = if version.starts_with(|c: char| c.is_ascii_digit()) {
        "v"
    } else {
        ""
    };
    Some(format!(
        "https://search.opentofu.org/provider/{open}/{mark}{version}/docs/{kind}/{name}"
    ))
}

/// Whether inputs say that they are sensitive: with compat off, `settings.sensitive`, and one that is.
pub(super) fn tells_sensitive(module: &Module, config: &Config) -> bool {
    let settings = &config.settings;
    !settings.compat && settings.sensitive && module.inputs.iter().any(|input| input.sensitive)
}

/// Whether there is a resources section at all.
pub(super) fn shows_resources(config: &Config) -> bool {
    config.shows(Section::Resources) || config.shows(Section::DataSources)
}

/// A type or value as code: fenced when it has several lines, and whether it was.
pub(super) fn fenced(code: &str, language: &str) -> (String, bool) {
    if code.contains('\n') {
        let parts = ["\n\n```", language, "\n", code, "\n```\n"];
        (parts.concat(), true)
    } else {
        (["`", code, "`"].concat(), false)
    }
}

/// All sections in the usual order, and for a content template also each by itself, cleaned.
pub(super) fn assemble(raw: Rendered, config: &Config) -> Rendered {
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
    let content = cleanup(order.map(String::as_str).concat());
    if config.content.is_empty() {
        return Rendered {
            content,
            ..Rendered::default()
        };
    }
    Rendered {
        content,
        header: cleanup(raw.header),
        footer: cleanup(raw.footer),
        inputs: cleanup(raw.inputs),
        modules: cleanup(raw.modules),
        outputs: cleanup(raw.outputs),
        providers: cleanup(raw.providers),
        requirements: cleanup(raw.requirements),
        resources: cleanup(raw.resources),
    }
}

/// With compat off, the empty lines go that a hidden first section leaves behind.
pub(super) fn without_stray_lines(mut rendered: Rendered, config: &Config) -> Rendered {
    if !config.settings.compat {
        let kept = rendered.content.trim_start_matches('\n').len();
        let cut = rendered.content.len() - kept;
        rendered.content.drain(..cut);
    }
    rendered
}

/// A description for a cell: with compat off, without the language of a fence, which would be code's first line.
pub(super) fn cell_text<'t>(text: &'t str, config: &Config) -> std::borrow::Cow<'t, str> {
    if config.settings.compat || !text.contains("```") {
        return text.into();
    }
    let lines: Vec<&str> = text
        .split('\n')
        .map(|line| match line.trim_start().strip_prefix("```") {
            Some(word) if !word.contains('`') => "```",
            _ => line,
        })
        .collect();
    lines.join("\n").into()
}
