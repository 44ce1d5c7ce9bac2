//! The agent's command: parse, build the real parts, run, exit code.

use ecs_logs::{log, run};
use std::process::ExitCode;

fn main() -> ExitCode {
    match run::from_args(std::env::args().skip(1)) {
        Ok(code) => code,
        Err(error) => {
            log::error(format_args!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
