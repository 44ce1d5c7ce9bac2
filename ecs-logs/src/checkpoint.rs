//! What a restart goes on from, in a file: written aside, synced, renamed, so that a crash leaves the old one or the new one.
//! A file that cannot be understood is set aside and never stops the agent.

use crate::{
    accepted::{self, AcceptedLog},
    core::progress::{Point, Range},
    cursor::Cursor,
    ledger::Ledger,
    route::StreamKey,
};
use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File, OpenOptions},
    io::{ErrorKind, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

/// How far delivery has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checkpoint {
    /// Every entry up to and with this is accepted or given up; nothing when that is none.
    pub resume: Option<Cursor>,
    /// Accepted behind it.
    pub accepted: Vec<(StreamKey, Vec<Range>)>,
    /// Streams that were not accepted; reading goes on without them.
    pub parked: Vec<Parked>,
    pub ledger: Ledger,
}

/// A stream whose entries wait in the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parked {
    pub key: StreamKey,
    /// Its entries up to and with this are accepted.
    pub from: Cursor,
    pub accepted: Vec<Range>,
    pub reason: String,
}

/// What was found at the start.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    Checkpoint(Box<Checkpoint>),
    /// There is none: a first start.
    Nothing,
    /// One that cannot be used was moved here.
    SetAside {
        to: PathBuf,
        reason: String,
    },
}

/// The first word of the file, and the version of what follows.
const MAGIC: &str = "ecs-logs-checkpoint";
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Stored {
    resume: Option<String>,
    accepted: Vec<StoredRanges>,
    parked: Vec<StoredParked>,
    #[serde(default)]
    ledger: Ledger,
}

#[derive(Serialize, Deserialize)]
struct StoredRanges {
    group: String,
    stream: String,
    ranges: Vec<StoredRange>,
}

#[derive(Serialize, Deserialize)]
struct StoredParked {
    group: String,
    stream: String,
    from: String,
    reason: String,
    ranges: Vec<StoredRange>,
}

/// Behind `from`, up to and with `to`; `exact` says which of both may be sought.
#[derive(Serialize, Deserialize)]
pub(crate) struct StoredRange {
    from: String,
    to: String,
    exact: (bool, bool),
}

pub(crate) fn stored_range(range: &Range) -> StoredRange {
    StoredRange {
        from: range.from.cursor.to_string(),
        to: range.to.cursor.to_string(),
        exact: (range.from.exact, range.to.exact),
    }
}

pub(crate) fn range_of(stored: &StoredRange) -> anyhow::Result<Range> {
    Ok(Range {
        from: Point {
            cursor: stored.from.parse()?,
            exact: stored.exact.0,
        },
        to: Point {
            cursor: stored.to.parse()?,
            exact: stored.exact.1,
        },
    })
}

/// The file's text: a line that names it, its version and a checksum, and a line of JSON.
pub fn encode(checkpoint: &Checkpoint) -> String {
    let ranges = |ranges: &[Range]| ranges.iter().map(stored_range).collect();
    let stored = Stored {
        resume: checkpoint.resume.map(|cursor| cursor.to_string()),
        accepted: checkpoint
            .accepted
            .iter()
            .map(|(key, accepted)| StoredRanges {
                group: key.group.to_string(),
                stream: key.stream.to_string(),
                ranges: ranges(accepted),
            })
            .collect(),
        parked: checkpoint
            .parked
            .iter()
            .map(|parked| StoredParked {
                group: parked.key.group.to_string(),
                stream: parked.key.stream.to_string(),
                from: parked.from.to_string(),
                reason: parked.reason.clone(),
                ranges: ranges(&parked.accepted),
            })
            .collect(),
        ledger: checkpoint.ledger.clone(),
    };
    let json = serde_json::to_string(&stored).expect("strings and lists always become JSON");
    format!(
        "{MAGIC} {VERSION} {:016x}\n{json}\n",
        checksum(json.as_bytes())
    )
}

/// Reads what [`encode`] wrote; any other bytes are an error that says what is wrong with them.
pub fn decode(bytes: &[u8]) -> anyhow::Result<Checkpoint> {
    let text = std::str::from_utf8(bytes).context("it is not text")?;
    if !text.starts_with(MAGIC) {
        bail!("it does not begin with {MAGIC:?}");
    }
    let (head, json) = text.split_once('\n').context("it has no second line")?;
    let json = json.strip_suffix('\n').context("its end is missing")?;
    let mut words = head.split(' ').skip(1);
    let version = words.next().unwrap_or_default();
    if version != VERSION.to_string() {
        bail!("it is of version {version:?}, and this ecs-logs knows version {VERSION}");
    }
    let sum = format!("{:016x}", checksum(json.as_bytes()));
    if words.next() != Some(&sum) || words.next().is_some() {
        bail!("its checksum is not that of its content");
    }
    let stored: Stored = serde_json::from_str(json).context("its content is not as expected")?;
    let ranges = |stored: Vec<StoredRange>| -> anyhow::Result<Vec<Range>> {
        stored.iter().map(range_of).collect()
    };
    let key = |group: String, stream: String| StreamKey {
        group: group.into(),
        stream: stream.into(),
    };
    let mut checkpoint = Checkpoint {
        resume: stored.resume.map(|cursor| cursor.parse()).transpose()?,
        ledger: stored.ledger,
        ..Checkpoint::default()
    };
    for accepted in stored.accepted {
        checkpoint.accepted.push((
            key(accepted.group, accepted.stream),
            ranges(accepted.ranges)?,
        ));
    }
    for parked in stored.parked {
        checkpoint.parked.push(Parked {
            key: key(parked.group, parked.stream),
            from: parked.from.parse()?,
            accepted: ranges(parked.ranges)?,
            reason: parked.reason,
        });
    }
    Ok(checkpoint)
}

/// FNV-1a: finds torn and flipped bytes; it is no protection against malice, and need not be.
pub fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The checkpoint's file, and the lock that keeps a second agent from it.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    _lock: File,
}

impl Store {
    /// Takes the lock; makes the folder if it is missing.
    ///
    /// # Errors
    /// When the folder cannot be made or written, or when another agent has the lock.
    pub fn open(path: &Path) -> anyhow::Result<Store> {
        let folder = folder_of(path);
        fs::create_dir_all(folder).with_context(|| {
            format!(
                "cannot make {} for the checkpoint (choose another place with --checkpoint)",
                folder.display()
            )
        })?;
        let lock_path = beside(path, "lock");
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&lock_path)
            .with_context(|| {
                format!(
                    "cannot open the lock {} (choose another place with --checkpoint)",
                    lock_path.display()
                )
            })?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => bail!(
                "another ecs-logs uses the checkpoint {} (stop it, or give this one another with --checkpoint)",
                path.display()
            ),
            Err(fs::TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("cannot lock {}", lock_path.display()));
            }
        }
        Ok(Store {
            path: path.to_owned(),
            _lock: lock,
        })
    }

    /// Reads the checkpoint. What cannot be understood is kept beside it under a name of its own.
    ///
    /// # Errors
    /// When the file is there and cannot be read or moved: starting without it would send everything again.
    pub fn load(&self) -> anyhow::Result<Found> {
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                accepted::discard(&self.path);
                return Ok(Found::Nothing);
            }
            Err(error) => {
                return Err(error).with_context(|| {
                    format!("cannot read the checkpoint {}", self.path.display())
                });
            }
        };
        match decode(&bytes) {
            Ok(mut checkpoint) => {
                accepted::merge(&self.path, &mut checkpoint);
                Ok(Found::Checkpoint(Box::new(checkpoint)))
            }
            Err(error) => {
                accepted::discard(&self.path);
                let to = (0..)
                    .map(|n| beside(&self.path, &format!("unusable-{n}")))
                    .find(|path| !path.exists());
                let to = to.expect("numbers do not end");
                fs::rename(&self.path, &to).with_context(|| {
                    format!(
                        "the checkpoint {} cannot be used ({error:#}), nor moved to {}",
                        self.path.display(),
                        to.display()
                    )
                })?;
                Ok(Found::SetAside {
                    to,
                    reason: format!("{error:#}"),
                })
            }
        }
    }

    /// What is accepted between two checkpoints goes there.
    ///
    /// # Errors
    /// When its files cannot be made.
    pub fn accepted_log(&self) -> anyhow::Result<AcceptedLog> {
        AcceptedLog::open(&self.path)
            .with_context(|| format!("cannot write beside the checkpoint {}", self.path.display()))
    }

    /// Writes the checkpoint so that it is there whole, or not at all, whatever happens meanwhile.
    ///
    /// # Errors
    /// When the disk is full or fails; the old checkpoint is then still there.
    pub fn save(&self, checkpoint: &Checkpoint) -> anyhow::Result<()> {
        let aside = beside(&self.path, "new");
        let write = || -> std::io::Result<()> {
            let mut file = OpenOptions::new()
                .create(true)
                .write(true)
                .truncate(true)
                .mode(0o600)
                .open(&aside)?;
            file.write_all(encode(checkpoint).as_bytes())?;
            file.sync_all()?;
            fs::rename(&aside, &self.path)?;
            File::open(folder_of(&self.path))?.sync_all()
        };
        write().with_context(|| format!("cannot write the checkpoint {}", self.path.display()))
    }
}

fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

pub(crate) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(suffix);
    name.into()
}

#[cfg(test)]
#[path = "checkpoint_tests.rs"]
mod tests;
