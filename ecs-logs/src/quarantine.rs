//! Events that CloudWatch refuses for good, in a small file: one JSON object a line, the newest kept.

use crate::route::StreamKey;
use anyhow::Context;
use serde::Serialize;
use serde_json::value::RawValue;
use std::{
    fs::{self, OpenOptions},
    io::Write,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

#[derive(Clone, Debug, Default)]
pub struct Quarantine {
    path: Option<PathBuf>,
}

#[derive(Serialize)]
struct Kept<'a> {
    group: &'a str,
    stream: &'a str,
    reason: &'a str,
    event: &'a RawValue,
}

/// Beyond this a new file begins; one old one stays beside it.
const MAX_BYTES: u64 = 1 << 20;

impl Quarantine {
    /// Beside the checkpoint.
    pub fn beside(checkpoint: &Path) -> Quarantine {
        let mut name = checkpoint.as_os_str().to_owned();
        name.push(".quarantine");
        Quarantine {
            path: Some(name.into()),
        }
    }

    /// Appends an event as it stood in the request.
    ///
    /// # Errors
    /// When the file cannot be written; the event is then only counted.
    pub fn keep(&self, key: &StreamKey, event: &[u8], reason: &str) -> anyhow::Result<()> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let kept = Kept {
            group: &key.group,
            stream: &key.stream,
            reason,
            event: serde_json::from_slice(event).context("an event of ours is no JSON")?,
        };
        let mut line = serde_json::to_vec(&kept)?;
        line.push(b'\n');
        let write = || -> std::io::Result<()> {
            if fs::metadata(path).is_ok_and(|file| file.len() + line.len() as u64 > MAX_BYTES) {
                let mut old = path.as_os_str().to_owned();
                old.push(".old");
                fs::rename(path, PathBuf::from(old))?;
            }
            OpenOptions::new()
                .create(true)
                .append(true)
                .mode(0o600)
                .open(path)?
                .write_all(&line)
        };
        write().with_context(|| format!("cannot keep a refused event in {}", path.display()))
    }
}
