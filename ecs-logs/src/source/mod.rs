//! Where entries come from. A source reads and seeks; what to do with entries is the core's.

use crate::{cursor::Cursor, entry::Entry, intern::Interner};
use std::{os::fd::BorrowedFd, time::Duration};

/// What a read found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// `entry` holds the next entry.
    Entry,
    /// Nothing more for now; `wait` tells when to look again.
    End,
}

/// Where to begin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seek {
    /// Before the oldest entry.
    Head,
    /// Behind the newest entry.
    Tail,
    /// Before the first entry of the running boot.
    Boot,
    /// Before the first entry at or after this time, microseconds since 1970.
    Realtime(u64),
    /// Behind this entry.
    After(Cursor),
}

/// Where a seek ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landed {
    /// Where it was told to.
    There,
    /// The entry of the cursor is gone (vacuumed, or lost in a crash): reading goes on with the nearest later one.
    Gone,
}

/// Why a source could not go on.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// This entry cannot be read (corrupt, torn); reading goes on behind it.
    #[error("a journal entry cannot be read: {0}")]
    BadEntry(String),
    /// Nothing can be read.
    #[error("{0:#}")]
    Fatal(anyhow::Error),
}

/// Entries in order, from one place.
pub trait Source {
    /// Reads the next entry into `entry`, which is reset first.
    fn next(&mut self, entry: &mut Entry, names: &mut Interner) -> Result<Read, SourceError>;

    /// The cursor of the entry read last. Dearer than reading, so asked for seldom.
    fn cursor(&mut self) -> Result<Cursor, SourceError>;

    fn seek(&mut self, to: &Seek) -> Result<Landed, SourceError>;

    /// A descriptor that turns readable when there may be more, and how long to wait at most.
    fn wait(&self) -> (Option<BorrowedFd<'_>>, Duration);

    /// Called after the descriptor turned readable, and now and then while reading, so that deleted files are let go.
    fn process(&mut self) -> Result<(), SourceError>;
}
