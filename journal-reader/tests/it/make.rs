//! Journal files made by systemd-journal-remote from entries of our own.
#![allow(clippy::unwrap_used, reason = "a failure ends the test")]

use crate::export::{self, Plan};
use std::{
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

const REMOTE: &str = "/lib/systemd/systemd-journal-remote";

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Form {
    pub(crate) compact: bool,
    pub(crate) keyed_hash: bool,
    pub(crate) compress: bool,
}

pub(crate) const COMPACT: Form = Form {
    compact: true,
    keyed_hash: true,
    compress: true,
};

pub(crate) const FORMS: [Form; 4] = [
    COMPACT,
    Form {
        compact: false,
        ..COMPACT
    },
    Form {
        compact: false,
        keyed_hash: false,
        ..COMPACT
    },
    Form {
        compress: false,
        ..COMPACT
    },
];

/// Whether files can be made here; says so when not.
pub(crate) fn can_make() -> bool {
    let there = Path::new(REMOTE).exists();
    if !there {
        stack_tests::skip("no systemd-journal-remote (apt-get install systemd-journal-remote)");
    }
    there
}

pub(crate) fn remote(form: Form) -> Command {
    let bit = |on: bool| if on { "1" } else { "0" };
    let mut command = Command::new(REMOTE);
    command
        .env("SYSTEMD_JOURNAL_COMPACT", bit(form.compact))
        .env("SYSTEMD_JOURNAL_KEYED_HASH", bit(form.keyed_hash))
        .arg(if form.compress {
            "--compress=yes"
        } else {
            "--compress=no"
        });
    command
}

/// One file of entries.
pub(crate) fn file(folder: &Path, name: &str, form: Form, plan: Plan) -> PathBuf {
    let path = folder.join(name);
    feed(remote(form).arg("-o").arg(&path).arg("-"), plan);
    assert!(path.exists(), "systemd-journal-remote made no {name}");
    path
}

/// Runs a writer on the entries of `plan`.
pub(crate) fn feed(command: &mut Command, plan: Plan) {
    let mut child = command
        .stdin(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut bytes = Vec::new();
    export::write(plan, &mut bytes).unwrap();
    child.stdin.take().unwrap().write_all(&bytes).unwrap();
    assert!(child.wait().unwrap().success(), "{command:?} failed");
}
