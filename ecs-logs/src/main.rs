//! The agent's command: parse, do what is asked, exit code.

use ecs_logs::{command, memory};
use std::process::ExitCode;

fn main() -> ExitCode {
    memory::give_back_freed_bodies();
    let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    let arguments: Vec<String> = std::env::args_os().skip(1).map(lossy).collect();
    let environment = std::env::vars_os().map(|(name, value)| (lossy(name), lossy(value)));
    command::execute(&arguments, environment.collect())
}
