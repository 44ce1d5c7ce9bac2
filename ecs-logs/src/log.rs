//! The agent's own log: few, structured lines to standard error. Under systemd with the level as journald reads it.
//! They are entries of the agent's own unit, which no default route ships: no line begets another.

use std::{
    fmt,
    sync::atomic::{AtomicU8, Ordering},
};

/// How much is said; the numbers are syslog's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Error = 3,
    Warning = 4,
    Info = 6,
    Debug = 7,
}

static MOST: AtomicU8 = AtomicU8::new(Level::Info as u8);

/// Says nothing less important than `level` from now on.
pub fn set_level(level: Level) {
    MOST.store(level as u8, Ordering::Relaxed);
}

/// One line, now.
pub fn log(level: Level, message: &impl fmt::Display) {
    if level as u8 > MOST.load(Ordering::Relaxed) {
        return;
    }
    let name = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Info => "info",
        Level::Debug => "debug",
    };
    // journald sets this for what it reads itself, and takes a level in front of the line.
    let prefix = match std::env::var_os("JOURNAL_STREAM") {
        Some(_) => format!("<{}>", level as u8),
        None => String::new(),
    };
    let message = message.to_string().replace('\n', " ");
    eprintln!("{prefix}ecs-logs: {name}: {message}");
}

pub fn error(message: impl fmt::Display) {
    log(Level::Error, &message);
}

pub fn warn(message: impl fmt::Display) {
    log(Level::Warning, &message);
}

pub fn info(message: impl fmt::Display) {
    log(Level::Info, &message);
}

pub fn debug(message: impl fmt::Display) {
    log(Level::Debug, &message);
}
