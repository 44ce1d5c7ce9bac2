//! What a reviewer would have to look for by hand: licences, sources, documents that name what is no longer there.

use serde_json::Value;
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::Command,
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ stands in the repository")
        .to_owned()
}

fn read(name: &str) -> String {
    let path = root().join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The texts in double quotes after `key` up to the closing bracket, in `deny.toml`.
fn quoted_list(text: &str, key: &str) -> BTreeSet<String> {
    let after = text
        .split_once(key)
        .unwrap_or_else(|| panic!("deny.toml has no {key:?}"))
        .1;
    let list = after.split_once(']').expect("a list is closed").0;
    list.split('"')
        .skip(1)
        .step_by(2)
        .map(str::to_owned)
        .collect()
}

fn tracked_files() -> Vec<String> {
    let output = Command::new("git")
        .args(["ls-files", "-z"])
        .current_dir(root())
        .output()
        .expect("git runs");
    assert!(output.status.success(), "git ls-files failed");
    String::from_utf8_lossy(&output.stdout)
        .split('\0')
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_dependency_has_an_allowed_licence_and_comes_from_the_registry() {
    let deny = read("deny.toml");
    let allowed = quoted_list(&deny, "allow = [");
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--filter-platform",
            "x86_64-unknown-linux-gnu",
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    assert!(
        output.status.success(),
        "cargo metadata: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let metadata: Value =
        serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let mut wrong = Vec::new();
    for package in metadata["packages"].as_array().expect("packages") {
        let name = package["name"].as_str().expect("a name");
        let source = package["source"].as_str();
        if source.is_some_and(|source| !source.starts_with("registry+")) {
            wrong.push(format!(
                "{name} comes from {source:?}, not from the registry"
            ));
        }
        // A crate with a licence file only is named in deny.toml with what that file says.
        let by_file = format!("crate = \"{name}\", allow = [\"MIT\"]");
        let by_file = if deny.contains(&by_file) { "MIT" } else { "" };
        let licence = package["license"].as_str().unwrap_or(by_file);
        // "A OR B" needs one of them, "A AND B" and the old "A/B" are read the strict and the lax way round.
        let fine = licence
            .replace('/', " OR ")
            .replace(['(', ')'], "")
            .split(" OR ")
            .any(|choice| {
                choice.split(" AND ").all(|one| {
                    allowed.contains(one.trim())
                        || deny
                            .contains(&format!("crate = \"{name}\", allow = [\"{}\"]", one.trim()))
                })
            });
        if !fine {
            wrong.push(format!(
                "{name} is under {licence:?}: allow it in deny.toml with a reason, or drop it"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_workspace_dependency_says_why_it_is_there() {
    let manifest = read("Cargo.toml");
    let section = manifest
        .split_once("[workspace.dependencies]")
        .expect("a section of dependencies")
        .1;
    let section = section
        .split_once("\n[")
        .map_or(section, |(section, _)| section);
    let silent: Vec<&str> = section
        .lines()
        .filter(|line| line.contains(" = {") && !line.contains("path = ") && !line.contains(" # "))
        .filter(|line| !line.contains("default-features = false") || !line.contains('#'))
        .collect();
    assert!(silent.is_empty(), "without a reason: {silent:#?}");
}

#[test]
fn every_make_target_is_listed_by_help() {
    let makefile = read("Makefile");
    let silent: Vec<&str> = makefile
        .lines()
        .filter_map(|line| line.split_once(':'))
        .filter(|(name, _)| {
            !name.is_empty()
                && name
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        })
        .filter(|(_, rest)| !rest.contains("##") && !rest.starts_with('='))
        .map(|(name, _)| name)
        .collect();
    assert!(silent.is_empty(), "targets without `## text`: {silent:?}");
}

#[test]
fn what_the_documents_name_is_there() {
    let mut missing = Vec::new();
    for document in ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"] {
        for name in read(document).split('`').skip(1).step_by(2) {
            let looks_like_a_path = name.contains('/')
                && !name.starts_with(['/', '-', '<', '.', '~', '$'])
                && name
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"/._-".contains(&b));
            let first = name.split('/').next().unwrap_or("");
            if looks_like_a_path && root().join(first).is_dir() && !root().join(name).exists() {
                missing.push(format!("{document} names {name}"));
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}

#[test]
fn the_documents_name_every_part() {
    let architecture = read("ARCHITECTURE.md");
    let parts: BTreeSet<String> = tracked_files()
        .iter()
        .filter_map(|file| file.split_once('/').map(|(folder, _)| folder.to_owned()))
        .filter(|folder| !folder.starts_with('.'))
        .collect();
    let silent: Vec<&String> = parts
        .iter()
        .filter(|part| !architecture.contains(&format!("`{part}/")))
        .collect();
    assert!(
        silent.is_empty(),
        "ARCHITECTURE.md does not mention {silent:?}"
    );
    let version = env!("CARGO_PKG_VERSION");
    assert!(
        read("CHANGELOG.md").contains(version),
        "CHANGELOG.md has no section for {version}"
    );
}

#[test]
fn no_file_is_large_or_unfinished() {
    // Spelled apart, lest this file finds itself.
    let marks = [
        concat!("FIX", "ME"),
        concat!("TO", "DO:"),
        concat!("XX", "X:"),
    ];
    let mut wrong = Vec::new();
    for file in tracked_files() {
        let path = root().join(&file);
        let Ok(bytes) = std::fs::read(&path) else {
            continue;
        };
        if bytes.len() > 512 * 1024 {
            wrong.push(format!(
                "{file} has {} bytes, more than 512 KiB",
                bytes.len()
            ));
        }
        let text = String::from_utf8_lossy(&bytes);
        for mark in marks {
            if text.contains(mark) {
                wrong.push(format!(
                    "{file} holds {mark}: do it, or say in a document that it is not done"
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
