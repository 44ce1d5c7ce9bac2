//! The agent's command: parse, do what is asked, exit code.

use ecs_logs::command;
use std::process::ExitCode;

fn main() -> ExitCode {
    give_back_freed_bodies();
    let lossy = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
    let arguments: Vec<String> = std::env::args_os().skip(1).map(lossy).collect();
    let environment = std::env::vars_os().map(|(name, value)| (lossy(name), lossy(value)));
    command::execute(&arguments, environment.collect())
}

/// Request bodies are large and short-lived. glibc raises its threshold for mapping blocks by the blocks that it sees freed,
/// and keeps them all in its heap from then on: twice the memory, for no less work.
#[cfg(target_env = "gnu")]
#[expect(unsafe_code, reason = "mallopt(3) is C's")]
fn give_back_freed_bodies() {
    const MAPPED_FROM: libc::c_int = 128 * 1024;
    // SAFETY: it sets a number in the allocator, before any other thread is there. Should it refuse, nothing is changed.
    unsafe { libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED_FROM) };
}

#[cfg(not(target_env = "gnu"))]
fn give_back_freed_bodies() {}
