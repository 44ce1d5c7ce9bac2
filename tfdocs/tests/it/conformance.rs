//! The original's golden files and recorded runs, which lie outside the repository: `CONFORMANCE` names the folder,
//! `../shared/conformance` beside the repository without it.

use std::path::PathBuf;
use std::process::Command;

/// Runs that differ on purpose, a line each: name, tab, reason.
const DIFFERENT: &str = include_str!("../differences.txt");

fn folder() -> Option<PathBuf> {
    let given = std::env::var_os("CONFORMANCE").map(PathBuf::from);
    let folder = given.unwrap_or_else(|| {
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/conformance")
    });
    if folder.join("golden.py").is_file() {
        return Some(folder);
    }
    stack_tests::skip(&format!(
        "no conformance data in {} (set CONFORMANCE)",
        folder.display()
    ));
    None
}

/// The names behind `mark` in a script's output.
fn failed(script: PathBuf, mark: &str) -> Vec<String> {
    let done = Command::new("python3")
        .arg(script)
        .args(["--bin", env!("CARGO_BIN_EXE_tfdocs")])
        .output();
    let done = done.expect("python3 can be started");
    let text = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(
        text.contains(" passed, "),
        "{text}{}",
        String::from_utf8_lossy(&done.stderr)
    );
    text.lines()
        .filter_map(|line| line.strip_prefix(mark))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_golden_file_of_the_original_comes_out_the_same() {
    if let Some(folder) = folder() {
        assert_eq!(
            failed(folder.join("golden.py"), "FAIL "),
            Vec::<String>::new()
        );
    }
}

#[test]
fn every_recorded_run_comes_out_the_same_but_for_known_ones() {
    if let Some(folder) = folder() {
        let known: Vec<&str> = DIFFERENT
            .lines()
            .filter_map(|line| line.split('\t').next())
            .filter(|name| !name.is_empty())
            .collect();
        assert_eq!(
            failed(folder.join("recorded/recorded.py"), "FAILED "),
            known
        );
    }
}
