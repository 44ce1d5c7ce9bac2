//! The configuration of a run: defaults, then the file, then the flags.

use super::COMPATIBLE_VERSION;
use super::flags::Values;
use crate::config::decode::{apply, unknown_keys};
use crate::config::lookup::{self, Found};
use crate::config::{Config, version};

/// The configuration of the main module, and warnings that only compat off tells.
pub(super) struct Settled {
    pub(super) config: Config,
    pub(super) warnings: Vec<String>,
}

/// Lays the configuration file of the module and the flags over the defaults. None when the bare command has no file.
///
/// # Errors
/// The original's messages about files, values and the `version` constraint.
pub(super) fn settle(
    formatter: &str,
    values: &Values,
    dir: &str,
) -> Result<Option<Settled>, String> {
    let named = values
        .get("config")
        .and_then(|values| values.last())
        .map(String::as_str);
    let found = lookup::find(named, dir)?;
    if found.is_none() && formatter.is_empty() {
        return Ok(None);
    }
    let found = found.unwrap_or_default();
    let mut config = over(&Config::default(), &found, formatter, values)?;
    let mut warnings = Vec::new();
    for (key, nearest) in unknown_keys(&found.items) {
        let file = found.path.display();
        let hint = nearest.map_or_else(String::new, |nearest| {
            format!(" (did you mean {nearest:?}?)")
        });
        warnings.push(format!("{file}: unknown key {key:?}{hint}"));
    }
    if let Err(error) = check_version(&config) {
        if config.settings.compat {
            return Err(error);
        }
        warnings.push(error);
    }
    if let Some(file) = named {
        config.file = file.to_owned();
    }
    config.module_root = dir.to_owned();
    Ok(Some(Settled { config, warnings }))
}

/// A submodule's own file over the configuration of the main module, with the flags on top again.
///
/// # Errors
/// As `settle`, but the `version` constraint of a submodule means nothing.
pub(super) fn submodule(
    base: &Config,
    found: &Found,
    formatter: &str,
    values: &Values,
) -> Result<Config, String> {
    over(base, found, formatter, values)
}

fn over(base: &Config, found: &Found, formatter: &str, values: &Values) -> Result<Config, String> {
    let mut config = base.clone();
    let has = |key: &str| {
        found
            .items
            .iter()
            .any(|(known, _)| known.to_lowercase().starts_with(key))
    };
    if has("sections") {
        config.sections = crate::config::Sections::default();
    }
    apply(&mut config, found.items.clone())?;
    apply_flags(&mut config, values);
    if !formatter.is_empty() {
        config.formatter = formatter.to_owned();
    }
    Ok(config)
}

fn check_version(config: &Config) -> Result<(), String> {
    let constraints = &config.version;
    if constraints.is_empty() {
        return Ok(());
    }
    let shown = match version::satisfies(COMPATIBLE_VERSION, constraints) {
        Some(true) => return Ok(()),
        Some(false) => constraints
            .split(',')
            .map(str::trim)
            .collect::<Vec<_>>()
            .join(","),
        None => String::new(),
    };
    Err(format!(
        "current version: {COMPATIBLE_VERSION}, constraints: '{shown}'"
    ))
}

/// A flag that is given wins over the file, always.
fn apply_flags(config: &mut Config, values: &Values) {
    if values.contains_key("show") || values.contains_key("hide") {
        config.sections = crate::config::Sections::default();
    }
    for (name, given) in values {
        let text = given.last().cloned().unwrap_or_default();
        let on = text == "true";
        let settings = &mut config.settings;
        match *name {
            "footer-from" => config.footer_from = text,
            "header-from" => config.header_from = text,
            "hide" => config.sections.hide = given.clone(),
            "show" => config.sections.show = given.clone(),
            "output-check" => config.output.check = on,
            "output-file" => config.output.file = text,
            "output-mode" => config.output.mode = text,
            "output-template" => config.output.template = text,
            "output-values" => config.output_values.enabled = on,
            "output-values-from" => config.output_values.from = text,
            "recursive" => config.recursive.enabled = on,
            "recursive-exclude" => config.recursive.exclude = given.clone(),
            "recursive-include-main" => config.recursive.include_main = on,
            "recursive-path" => config.recursive.path = text,
            "sort" => config.sort.enabled = on,
            "sort-by" => config.sort.by = text,
            "lockfile" => settings.lockfile = on,
            "read-comments" => settings.read_comments = on,
            "anchor" => settings.anchor = on,
            "atx-closed" => settings.atx_closed = on,
            "color" => settings.color = on,
            "compat" => settings.compat = on,
            "default" => settings.default = on,
            "description" => settings.description = on,
            "escape" => settings.escape = on,
            "hide-empty" => settings.hide_empty = on,
            "html" => settings.html = on,
            "indent" => settings.indent = text.parse().unwrap_or(settings.indent),
            "required" => settings.required = on,
            "sensitive" => settings.sensitive = on,
            "type" => settings.type_ = on,
            _ => {}
        }
    }
}
