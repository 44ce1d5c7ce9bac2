//! Which files of a directory belong to a module, in what order, and their contents.

use std::path::Path;

use super::source::Source;
use crate::diagnostic::Diagnostic;
use crate::path::join;

/// Extensions that the original takes for Terraform's; Packer's two are among them by accident.
const EXTENSIONS: [&str; 5] = [".tf", ".tofu", ".tf.json", ".pkr.hcl", ".pkr.json"];

/// The module's files, overrides last, each group in the order of names.
pub(super) fn read(dir: &Path, compat: bool) -> (Vec<Source>, Vec<Diagnostic>) {
    let shown = dir.to_string_lossy();
    let Some(mut names) = names(dir) else {
        let text = format!(
            "Failed to read module directory: Module directory {shown} does not exist or cannot be read."
        );
        return (Vec::new(), vec![Diagnostic::error(text)]);
    };
    if !compat {
        shadow(&mut names);
    }
    names.sort_unstable();
    names.sort_by_key(|name| is_override(name));
    let mut diagnostics = Vec::new();
    let mut sources = Vec::with_capacity(names.len());
    for name in names {
        let path = join(&shown, &name);
        match std::fs::read(&path) {
            Ok(bytes) if u32::try_from(bytes.len()).is_ok() => {
                sources.push(Source::new(&path, bytes))
            }
            _ => diagnostics.push(Diagnostic::error(format!(
                "Failed to read file: The configuration file {path:?} could not be read."
            ))),
        }
    }
    (sources, diagnostics)
}

fn names(dir: &Path) -> Option<Vec<String>> {
    if dir.as_os_str().is_empty() {
        return None;
    }
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir).ok()? {
        let entry = entry.ok()?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if extension(&name).is_some()
            && !is_ignored(&name)
            && !entry.file_type().is_ok_and(|kind| kind.is_dir())
        {
            names.push(name);
        }
    }
    Some(names)
}

fn extension(name: &str) -> Option<&'static str> {
    EXTENSIONS
        .into_iter()
        .find(|extension| name.ends_with(extension))
}

/// Hidden files and what editors leave behind.
fn is_ignored(name: &str) -> bool {
    name.starts_with('.') || name.ends_with('~') || (name.starts_with('#') && name.ends_with('#'))
}

/// OpenTofu ignores `x.tf` where there is `x.tofu`.
fn shadow(names: &mut Vec<String>) {
    let tofu: Vec<String> = names
        .iter()
        .filter_map(|name| name.strip_suffix(".tofu"))
        .map(|base| format!("{base}.tf"))
        .collect();
    names.retain(|name| !tofu.contains(name));
}

pub(super) fn is_override(name: &str) -> bool {
    let base = extension(name)
        .and_then(|extension| name.strip_suffix(extension))
        .unwrap_or(name);
    base == "override" || base.ends_with("_override")
}
