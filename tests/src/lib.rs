//! What the tests of several parts share: skipping aloud, container logs as data, journals, processes that are watched.

pub mod data;
pub mod journal;
pub mod live;
pub mod process;

pub mod journald;

use std::io::Write as _;

/// Says why a test does not run here, and remembers it in the file that `STACK_SKIPS` names, for the summary at the end.
///
/// # Panics
/// When `CI` is `1` or `true`: there a skip is a failure, because nobody would see it.
pub fn skip(reason: &str) {
    eprintln!("SKIPPED: {reason}");
    if let Some(list) = std::env::var_os("STACK_SKIPS") {
        let file = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .open(&list);
        file.and_then(|mut file| writeln!(file, "{reason}"))
            .unwrap_or_else(|error| {
                panic!(
                    "the list of skips {} cannot be written: {error}",
                    list.display()
                )
            });
    }
    let ci = std::env::var("CI").unwrap_or_default();
    assert!(
        ci != "1" && ci != "true",
        "skipped in CI, where nothing may be: {reason}"
    );
}
