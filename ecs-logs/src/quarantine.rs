//! Events that CloudWatch refuses for good, in a small file: one JSON object a line, the newest kept.

use crate::route::StreamKey;
use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::{
    fs::{self, OpenOptions},
    io::{ErrorKind, Write},
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

/// What a look into the file found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub path: PathBuf,
    /// In the file; an old one beside it may hold more.
    pub events: u64,
    /// Of the last of them.
    pub group: String,
    pub stream: String,
    pub reason: String,
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

    /// Says what is kept; nothing when no event was refused.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn look(&self) -> anyhow::Result<Option<Found>> {
        let Some(path) = &self.path else {
            return Ok(None);
        };
        let text = match fs::read(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.with_context(|| format!("cannot read {}", path.display()))?,
        };
        // A line that a crash tore, or somebody wrote, tells nothing.
        let lines = text.split(|&byte| byte == b'\n');
        let known: Vec<Last> = lines
            .filter_map(|line| serde_json::from_slice(line).ok())
            .collect();
        let events = known.len() as u64;
        Ok(known.into_iter().next_back().map(|last| Found {
            path: path.clone(),
            events,
            group: last.group,
            stream: last.stream,
            reason: last.reason,
        }))
    }
}

/// The part of a line that is told.
#[derive(Deserialize)]
struct Last {
    group: String,
    stream: String,
    reason: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_is_found_past_torn_lines() {
        let folder = tempfile::tempdir().unwrap();
        let quarantine = Quarantine::beside(&folder.path().join("checkpoint"));
        assert_eq!(quarantine.look().unwrap(), None);
        for reason in ["too odd", "odder"] {
            let key = StreamKey {
                group: "g".into(),
                stream: "s".into(),
            };
            let event = br#"{"timestamp":1,"message":"x"}"#;
            quarantine.keep(&key, event, reason).unwrap();
        }
        let path = folder.path().join("checkpoint.quarantine");
        let mut text = fs::read(&path).unwrap();
        text.extend_from_slice(b"{\"group\":\"g\",\xff");
        fs::write(&path, text).unwrap();
        let expected = Found {
            path,
            events: 2,
            group: "g".into(),
            stream: "s".into(),
            reason: "odder".into(),
        };
        assert_eq!(quarantine.look().unwrap(), Some(expected));
    }
}
