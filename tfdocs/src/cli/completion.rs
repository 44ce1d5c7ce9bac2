//! Completion scripts and the manual page.

/// The completion script of a shell.
pub(super) fn script(shell: &str) -> String {
    format!("# no completion for {shell} yet\n")
}

/// The manual page.
pub(super) fn man() -> String {
    String::new()
}
