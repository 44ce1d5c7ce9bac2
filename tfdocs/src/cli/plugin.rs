//! Formats of other programs: `tfdocs-format-NAME` gets the module's JSON on stdin and prints the text.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// The program for a formatter's name, in the first plugin directory there is.
pub(super) fn find(name: &str) -> Option<PathBuf> {
    if name.is_empty() || name.contains(['/', '\0']) {
        return None;
    }
    let program = dir()?.join(format!("tfdocs-format-{name}"));
    program.is_file().then_some(program)
}

fn dir() -> Option<PathBuf> {
    if let Some(dir) = std::env::var_os("TFDOCS_PLUGIN_DIR") {
        return Some(PathBuf::from(dir));
    }
    let here = PathBuf::from(".tfdocs.d/plugins");
    if here.is_dir() {
        return Some(here);
    }
    Some(PathBuf::from(std::env::var_os("HOME")?).join(here))
}

/// Runs a plugin.
///
/// # Errors
/// When it cannot be started, fails, or prints what is not UTF-8.
pub(super) fn execute(program: &PathBuf, json: &str) -> Result<String, String> {
    let shown = program.display();
    let failed = |error: std::io::Error| format!("plugin {shown}: {}", crate::os::describe(&error));
    let program = std::fs::canonicalize(program).map_err(failed)?;
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let mut stdin = child.stdin.take();
    let done = std::thread::scope(|scope| {
        // A plugin may stop reading before the end.
        let writer =
            scope.spawn(move || stdin.as_mut().map(|stdin| stdin.write_all(json.as_bytes())));
        let done = child.wait_with_output();
        drop(writer.join());
        done
    });
    let done = done.map_err(failed)?;
    if !done.status.success() {
        return Err(format!("plugin {shown}: {}", done.status));
    }
    String::from_utf8(done.stdout).map_err(|_| format!("plugin {shown}: its output is not UTF-8"))
}
