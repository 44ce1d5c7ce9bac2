//! What the tests of several parts share: skipping aloud.

/// Says why a test does not run here. With `CI=1` a skip is a failure, because nobody would see it.
///
/// # Panics
/// When `CI` is `1` or `true`.
pub fn skip(reason: &str) {
    let ci = std::env::var("CI").unwrap_or_default();
    assert!(
        ci != "1" && ci != "true",
        "SKIPPED in CI, where nothing may be: {reason}"
    );
    eprintln!("SKIPPED: {reason}");
}
