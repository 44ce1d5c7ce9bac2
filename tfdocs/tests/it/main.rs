//! The program as a user runs it: our own golden cases, bad input, properties, and the original's recorded answers.

mod bad_input;
mod compat;
mod conformance;
mod golden;
mod output;
mod property;

use std::path::Path;
use std::process::Command;

/// What a run of the program came to.
struct Run {
    code: i32,
    stdout: String,
    stderr: String,
}

/// Runs the program in a directory, with no configuration but what is in it.
fn tfdocs(dir: &Path, args: &[&str]) -> Run {
    let done = Command::new(env!("CARGO_BIN_EXE_tfdocs"))
        .args(args)
        .current_dir(dir)
        .env("HOME", dir)
        .env_remove("TFDOCS_PLUGIN_DIR")
        .output()
        .expect("the program can be started");
    Run {
        code: done.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&done.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&done.stderr).into_owned(),
    }
}

/// A directory with these files.
fn module(files: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().expect("a parent")).expect("directories");
        std::fs::write(path, text).expect("a file");
    }
    dir
}
