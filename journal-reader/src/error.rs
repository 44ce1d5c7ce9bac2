//! What can go wrong: errors that stop a call, and events, which tell of a loss that reading survives.

use crate::FileKey;
use std::{fmt, io, path::PathBuf};

/// A property of a journal file that this reader does not implement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Flag {
    /// Payloads may be compressed with XZ (systemd before 246).
    Xz,
    /// Payloads may be compressed with LZ4 (systemd before 246).
    Lz4,
    /// Incompatible flags that were unknown when this was written, as the header holds them.
    Unknown(u32),
}

impl fmt::Display for Flag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Flag::Xz => f.write_str("XZ compression"),
            Flag::Lz4 => f.write_str("LZ4 compression"),
            Flag::Unknown(bits) => write!(f, "unknown incompatible flags {bits:#x}"),
        }
    }
}

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file needs what this reader does not implement: read the whole journal with libsystemd, from the same cursor.
    #[error("{} uses {flag}, which the native reader does not read (use libsystemd)", path.display())]
    Unsupported { path: PathBuf, flag: Flag },
    /// A folder that was asked for by name cannot be listed.
    #[error("cannot read the journal in {}: {source}", path.display())]
    Place { path: PathBuf, source: io::Error },
    /// The kernel gave no inotify instance and nothing else can be done without one.
    #[error("cannot watch the journal: {0}")]
    Watch(io::Error),
    /// A text is no match.
    #[error(
        "{text:?} is no match: write FIELD=value, the field in capitals, digits and underscores"
    )]
    Match { text: String },
}

/// Why a data object's payload could not be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PayloadError {
    #[error("its file was let go")]
    FileGone,
    #[error("data object at {offset:#x} is damaged: {reason}")]
    Damaged { offset: u64, reason: &'static str },
    #[error("data object at {offset:#x} holds {size} bytes, more than the limit of {limit}")]
    TooLarge { offset: u64, size: u64, limit: u64 },
}

/// Why a file is not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SkipReason {
    #[error("{0}")]
    Io(io::Error),
    /// journald has not finished writing the header; the file is looked at again.
    #[error("its header is not complete yet")]
    NotReady,
    #[error("it is not a journal file: {0}")]
    NotAJournal(&'static str),
    #[error("it uses {0}")]
    Unsupported(Flag),
}

/// What happened besides entries. Taken with [`Journal::take_events`](crate::Journal::take_events).
#[derive(Debug)]
#[non_exhaustive]
pub enum Event {
    /// A file is now read.
    FileOpened { path: PathBuf, file: FileKey },
    /// A file is not read; it is tried again when it changes.
    FileSkipped { path: PathBuf, reason: SkipReason },
    /// A file is gone from its folder, so its mapping was released. `unread` entries of it had not been given out.
    FileGone {
        path: PathBuf,
        file: FileKey,
        unread: u64,
    },
    /// A file became shorter while it was read; what was cut off reads as damaged.
    FileTruncated { path: PathBuf, file: FileKey },
    /// Entries are damaged and were passed over; the first of them at `offset`.
    EntriesSkipped {
        path: PathBuf,
        file: FileKey,
        count: u64,
        offset: u64,
        reason: &'static str,
    },
    /// Entries turned up behind the place up to which reading had come, and were not given out, as in libsystemd.
    EntriesBehind {
        path: PathBuf,
        file: FileKey,
        count: u64,
    },
}
