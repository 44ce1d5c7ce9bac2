//! Which modules a run documents: the main one, and with recursion those below it.

use std::path::Path;

use super::flags::Values;
use super::settle::submodule;
use crate::config::Config;
use crate::config::lookup::{DEFAULT_NAME, Found, find, read_yaml};
use crate::os::describe;
use crate::path::join;

/// The configurations to run, each with its module's directory, in order.
///
/// # Errors
/// A recursive path that is not there, a submodule's configuration that cannot be read.
pub(super) fn modules(
    config: &Config,
    formatter: &str,
    values: &Values,
) -> Result<Vec<Config>, String> {
    let recursive = &config.recursive;
    let mut modules = Vec::new();
    if !recursive.enabled || recursive.include_main {
        modules.push(config.clone());
    }
    if recursive.enabled && !recursive.path.is_empty() {
        let top = join(&config.module_root, &recursive.path);
        std::fs::metadata(&top).map_err(|error| format!("stat {top}: {}", describe(&error)))?;
        let mut found = Vec::new();
        walk(&top, &recursive.exclude, &mut found);
        for dir in found {
            let mut own = match own_file(&dir, values)? {
                Some(file) => submodule(config, &file, formatter, values)?,
                None => config.clone(),
            };
            own.recursive = config.recursive.clone();
            own.module_root = dir;
            modules.push(own);
        }
    }
    Ok(modules)
}

/// A submodule's own configuration: only a file of the very name.
fn own_file(dir: &str, values: &Values) -> Result<Option<Found>, String> {
    let name = values
        .get("config")
        .and_then(|values| values.last())
        .map_or(DEFAULT_NAME, String::as_str);
    let path = join(dir, name);
    if !Path::new(&path).is_file() {
        return Ok(None);
    }
    if name == DEFAULT_NAME {
        read_yaml(Path::new(&path)).map(Some)
    } else {
        find(Some(&path), dir)
    }
}

/// Directories below `dir` that hold Terraform files, in lexical order; hidden and excluded ones with all below left out.
fn walk(dir: &str, exclude: &[String], found: &mut Vec<String>) {
    let Ok(entries) = std::fs::read_dir(dir) else {
        return;
    };
    // The kind comes with the entry: links are not followed.
    let mut names: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| !name.starts_with('.') && !exclude.contains(name))
        .collect();
    names.sort_unstable();
    for name in names {
        let path = join(dir, &name);
        if has_terraform(&path) {
            found.push(path.clone());
        }
        walk(&path, exclude, found);
    }
}

fn has_terraform(dir: &str) -> bool {
    let Ok(mut entries) = std::fs::read_dir(dir) else {
        return false;
    };
    entries.any(|entry| {
        entry.is_ok_and(|entry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            (name.ends_with(".tf") || name.ends_with(".tf.json"))
                && !entry.file_type().is_ok_and(|kind| kind.is_dir())
        })
    })
}
