//! A directory to a `Module`. Never stops at the first mistake: what can be read is there, the rest are diagnostics.

mod files;
pub(crate) mod hcl;
mod hcl1;
mod items;
mod json;
mod json_syntax;
mod legacy;
mod lockfile;
mod native;
mod outputs;
mod raw;
mod section;
pub(crate) mod source;

use std::path::Path;

use crate::config::{Config, Section};
use crate::diagnostic::{Diagnostic, Severity};
use crate::model::Module;
use raw::Raw;

/// Reads the module in `dir`. Sections that are hidden are not read; with an error among the diagnostics the
/// original prints nothing.
///
/// ```
/// let dir = tempfile::tempdir().unwrap();
/// std::fs::write(dir.path().join("main.tf"), "variable \"name\" {}\n").unwrap();
/// let (module, diagnostics) = tfdocs::load(dir.path(), &tfdocs::Config::default());
/// assert!(diagnostics.is_empty());
/// assert_eq!(module.inputs[0].name, "name");
/// ```
pub fn load(dir: &Path, config: &Config) -> (Module, Vec<Diagnostic>) {
    let (sources, raw, mut diagnostics) = read(dir, config.settings.compat);
    if diagnostics
        .iter()
        .any(|diagnostic| diagnostic.severity == Severity::Error)
        && config.settings.compat
    {
        return (Module::default(), diagnostics);
    }
    let mut module = Module::default();
    let mut text = |section: Section, from: &str| {
        let read = section::read(dir, from, section, config, &sources);
        read.unwrap_or_else(|error| {
            diagnostics.push(Diagnostic::error(error));
            String::new()
        })
    };
    module.header = text(Section::Header, &config.header_from);
    module.footer = text(Section::Footer, &config.footer_from);
    let values = match outputs::read(config) {
        Ok(values) => values,
        Err(error) => {
            diagnostics.push(Diagnostic::error(error));
            None
        }
    };
    items::fill(&mut module, raw, &sources, values, dir, config);
    crate::sort::sort(&mut module, &config.sort);
    (module, diagnostics)
}

/// All files of the directory into one raw module.
fn read(dir: &Path, compat: bool) -> (Vec<source::Source>, Raw, Vec<Diagnostic>) {
    let mut raw = Raw {
        notes_aliases: !compat,
        ..Raw::default()
    };
    let (sources, mut diagnostics) = files::read(dir, compat);
    let unreadable = !diagnostics.is_empty();
    for source in &sources {
        let name = source.path.rsplit('/').next().unwrap_or_default();
        raw.merging = !compat && files::is_override(name);
        let problems = native::read(source, &mut raw);
        diagnostics.extend(
            problems
                .into_iter()
                .map(|problem| source.diagnostic(problem)),
        );
    }
    if !diagnostics.is_empty()
        && !unreadable
        && let Some(legacy) = legacy::read(&sources)
    {
        // The original takes it without a word.
        (raw, diagnostics) = (legacy, Vec::new());
    }
    for resource in raw.managed.values().chain(raw.data.values()) {
        if !raw.requirements.contains_key(&resource.provider) {
            raw.requirements
                .insert(resource.provider.clone(), raw::Requirement::default());
        }
    }
    (sources, raw, diagnostics)
}
