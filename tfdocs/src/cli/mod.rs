//! The command line: arguments to a run, its result to streams and an exit code.

pub mod commands;
mod completion;
pub mod flags;
mod help;
mod modules;
mod plugin;
mod run;
mod settle;
mod write;

use std::io::Write as _;
use std::process::ExitCode;

use crate::diagnostic::Diagnostic;

/// The version of terraform-docs whose behaviour this is; `version:` constraints are compared with it.
pub const COMPATIBLE_VERSION: &str = "0.24.0";

/// Runs the program on the arguments of the process.
pub fn main() -> ExitCode {
    let args: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|arg| arg.to_string_lossy().into_owned())
        .collect();
    let outcome = run::run(&args);
    // A closed pipe is no reason to fail louder.
    let written = std::io::stdout()
        .lock()
        .write_all(&crate::bytes::encode(&outcome.stdout));
    let told = std::io::stderr()
        .lock()
        .write_all(&crate::bytes::encode(&outcome.stderr));
    ExitCode::from(if written.is_err() || told.is_err() {
        1
    } else {
        outcome.code
    })
}

/// What a run prints and how it ends.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    pub code: u8,
}

impl Outcome {
    fn text(stdout: String) -> Self {
        Outcome {
            stdout,
            ..Outcome::default()
        }
    }

    fn error(error: &str) -> Self {
        Outcome::default().fail(error)
    }

    fn fail(mut self, error: &str) -> Self {
        self.stderr += &format!("Error: {error}\n");
        self.code = 1;
        self
    }

    /// Tells the places of diagnostics after the original's line.
    fn explain(&mut self, diagnostics: &[Diagnostic]) {
        for diagnostic in diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.place.is_some())
        {
            self.stderr += &format!("\n{diagnostic}\n");
        }
    }
}
