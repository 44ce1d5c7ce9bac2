//! The generated text to its file: injected, replaced or compared. Written aside and renamed, only when it changed.

use std::borrow::Cow;
use std::io::{self, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::bytes::encode;
use crate::config::Config;
use crate::diff::unified;
use crate::inject::{Markers, inject};
use crate::os::describe;
use crate::path::join;
use crate::render::{RenderError, wrap};

pub(super) enum Failure {
    Error(String),
    /// The original dies of a panic: exit 2.
    Panic(String),
    /// `--output-check` found a difference.
    Stale {
        error: String,
        diff: String,
    },
}

/// Puts the content of a module where its configuration says. What is said on standard output before a failure stays.
///
/// # Errors
/// See `Failure`.
pub(super) fn write(
    content: String,
    config: &Config,
    diff: bool,
    stdout: &mut String,
) -> Result<(), Failure> {
    let output = &config.output;
    if output.file.is_empty() {
        // Of one module it is all there is: no need of a copy.
        if stdout.is_empty() {
            *stdout = content;
        } else {
            stdout.push_str(&content);
        }
        stdout.push('\n');
        return Ok(());
    }
    let path = if output.file.starts_with('/') {
        output.file.clone()
    } else {
        join(&config.module_root, &output.file)
    };
    let existing = std::fs::read(&path);
    let text = generated(&content, config, existing.as_deref().unwrap_or_default())?;
    if output.check {
        let existing = existing.map_err(|error| opening(&path, &error))?;
        if existing != text {
            let difference = if diff {
                unified(
                    &path,
                    &String::from_utf8_lossy(&existing),
                    &String::from_utf8_lossy(&text),
                )
            } else {
                String::new()
            };
            return Err(Failure::Stale {
                error: format!("{path} is out of date"),
                diff: difference,
            });
        }
        stdout.push_str(&format!("{path} is up to date\n"));
        return Ok(());
    }
    // The original says so before it writes.
    stdout.push_str(&format!("{path} updated successfully\n"));
    match existing {
        Ok(existing) if existing == text => Ok(()),
        _ => replace(Path::new(&path), &text).map_err(|error| opening(&path, &error)),
    }
}

fn opening(path: &str, error: &io::Error) -> Failure {
    Failure::Error(format!("open {path}: {}", describe(error)))
}

/// The whole new text of the file. Bytes that are not UTF-8 outside the markers stay as they are.
fn generated(content: &str, config: &Config, existing: &[u8]) -> Result<Vec<u8>, Failure> {
    if config.settings.compat {
        return merged(content, config, existing);
    }
    // A file of Windows' line ends keeps them, in the new part, too; any other gets plain ones.
    let windows = has_windows_lines(existing);
    let content = content.replace("\r\n", "\n");
    let existing = if windows {
        Cow::Owned(without_returns(existing))
    } else {
        Cow::Borrowed(existing)
    };
    let mut text = merged(&content, config, &existing)?;
    // A text file ends with a line end; the original's does not.
    if !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    if windows {
        let plain = without_returns(&text);
        text = Vec::with_capacity(plain.len() + plain.len() / 16);
        for line in plain.split_inclusive(|byte| *byte == b'\n') {
            match line.strip_suffix(b"\n") {
                Some(bare) => text.extend([bare, b"\r\n"].concat()),
                None => text.extend(line),
            }
        }
    }
    Ok(text)
}

/// Whether every line ends as Windows has it, and there is one.
fn has_windows_lines(bytes: &[u8]) -> bool {
    let mut ends = memchr::memchr_iter(b'\n', bytes).peekable();
    ends.peek().is_some() && ends.all(|at| at > 0 && bytes.get(at - 1) == Some(&b'\r'))
}

/// The text with plain line ends; a return that ends no line stays.
fn without_returns(bytes: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for line in bytes.split_inclusive(|byte| *byte == b'\n') {
        match line.strip_suffix(b"\r\n") {
            Some(bare) => out.extend([bare, b"\n"].concat()),
            None => out.extend(line),
        }
    }
    out
}

fn merged(content: &str, config: &Config, existing: &[u8]) -> Result<Vec<u8>, Failure> {
    let output = &config.output;
    let replace = output.mode == "replace";
    if output.template.is_empty() {
        return if replace {
            Ok(encode(content).into_owned())
        } else {
            Err(Failure::Error("template is missing".into()))
        };
    }
    let wrapped = wrap(&output.template, content).map_err(|error| match error {
        RenderError::Failed(text) => Failure::Error(text),
        RenderError::Panicked(text) => Failure::Panic(text),
    })?;
    if replace {
        return Ok(encode(&wrapped).into_owned());
    }
    let fail = |error: crate::inject::InjectError| Failure::Error(error.to_string());
    let markers = Markers::of(&output.template);
    if let Ok(text) = std::str::from_utf8(existing) {
        let code = code(text, config);
        return inject(text, &wrapped, &markers, &code)
            .map(|text| encode(&text).into_owned())
            .map_err(fail);
    }
    // One character a byte, and back.
    let latin: String = existing.iter().map(|byte| char::from(*byte)).collect();
    let widen =
        |text: &str| -> String { encode(text).iter().map(|byte| char::from(*byte)).collect() };
    let markers = Markers {
        begin: widen(&markers.begin),
        end: widen(&markers.end),
    };
    let text = inject(&latin, &widen(&wrapped), &markers, &[]).map_err(fail)?;
    Ok(text
        .chars()
        .filter_map(|c| u8::try_from(u32::from(c)).ok())
        .collect())
}

/// Parts of a README in which markers are left alone: none as the original has it.
fn code(text: &str, config: &Config) -> Vec<Range<usize>> {
    if config.settings.compat {
        Vec::new()
    } else {
        crate::readme::code_ranges(text)
    }
}

/// Writes a file as a whole or not at all. Links are followed, the mode is kept.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mode = match std::fs::metadata(&target) {
        Ok(known) if known.is_dir() => return Err(io::ErrorKind::IsADirectory.into()),
        Ok(known) => {
            // What may not be written is not replaced either.
            std::fs::OpenOptions::new().write(true).open(&target)?;
            if !known.is_file() {
                return std::fs::write(&target, bytes);
            }
            Some(known.permissions())
        }
        Err(_) => None,
    };
    let aside = aside(&target);
    let written = (|| {
        let mut file = std::fs::OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&aside)?;
        file.write_all(bytes)?;
        if let Some(mode) = mode {
            file.set_permissions(mode)?;
        }
        drop(file);
        std::fs::rename(&aside, &target)
    })();
    if written.is_err() && aside.exists() {
        std::fs::remove_file(&aside)?;
    }
    written
}

fn aside(target: &Path) -> PathBuf {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    target.with_file_name(format!(".{name}.tfdocs-{}", std::process::id()))
}
