//! The text of header and footer, from a file of the module.

use std::path::Path;

use super::source::{Source, header_comment};
use crate::config::{Config, Section};
use crate::os::describe;
use crate::path::join;

/// The text of a visible section. What is among the module's files is not read again.
///
/// # Errors
/// The original's message: a format that is not read, a file that is not there.
pub(super) fn read(
    dir: &Path,
    from: &str,
    section: Section,
    config: &Config,
    sources: &[Source],
) -> Result<String, String> {
    if !config.shows(section) {
        return Ok(String::new());
    }
    let extension = from
        .rfind('.')
        .and_then(|dot| from.get(dot..))
        .unwrap_or_default();
    if !matches!(extension, ".adoc" | ".md" | ".tf" | ".tofu" | ".txt") {
        let name = section.name();
        return Err(format!(
            "only .adoc, .md, .tf, .tofu and .txt formats are supported to read {name} from"
        ));
    }
    let path = join(&dir.to_string_lossy(), from);
    let native = extension == ".tf" || extension == ".tofu";
    if native && let Some(source) = sources.iter().find(|source| *source.path == *path) {
        return header_comment(&source.bytes);
    }
    match std::fs::metadata(&path) {
        Ok(kind) if kind.is_dir() => return Ok(String::new()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            if section == Section::Header && from == "main.tf" {
                return Ok(String::new());
            }
            return Err(format!("stat {path}: {}", describe(&error)));
        }
        _ => {}
    }
    let bytes =
        std::fs::read(&path).map_err(|error| format!("open {path}: {}", describe(&error)))?;
    if native {
        header_comment(&bytes)
    } else {
        Ok(crate::bytes::decode(&bytes))
    }
}
