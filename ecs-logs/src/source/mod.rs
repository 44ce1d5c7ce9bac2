//! Where entries come from. A source reads and seeks; what to do with entries is the core's.

pub mod choose;
mod guard;
pub mod journald;
pub mod native;
pub mod place;
pub mod stdin;
mod wanted;

use crate::{cursor::Cursor, entry::Entry, intern::Interner};
use std::{os::fd::BorrowedFd, time::Duration};

/// What a read found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Read {
    /// `entry` holds the next entry.
    Entry,
    /// Nothing more for now; `wait` tells when to look again.
    End,
    /// Nothing more will come: standard input is closed.
    Finished,
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
    #[error("{0}")]
    BadEntry(String),
    /// So many cannot be read, or came too late to be put in order.
    #[error("{why}")]
    Skipped { entries: u64, why: String },
    /// Their file was deleted while up to so many were unread.
    #[error("{why}")]
    Deleted { entries: u64, why: String },
    /// Nothing can be read.
    #[error("{0:#}")]
    Fatal(anyhow::Error),
}

/// Entries in order, from one place.
pub trait Source {
    /// Reads the next entry into `entry`, which is reset first.
    fn next(&mut self, entry: &mut Entry, names: &mut Interner) -> Result<Read, SourceError>;

    /// The cursor of the entry read last, also when its file is gone by now. Dearer than reading, so asked for seldom.
    fn cursor(&mut self) -> Result<Cursor, SourceError>;

    fn seek(&mut self, to: &Seek) -> Result<Landed, SourceError>;

    /// A descriptor that turns readable when there may be more, and how long to wait at most.
    fn wait(&self) -> (Option<BorrowedFd<'_>>, Duration);

    /// Called when the wait is over, for whichever reason, so that new files are seen and deleted ones let go.
    fn process(&mut self) -> Result<(), SourceError>;

    /// Whether an entry can be found again by its cursor. Where not, there is no checkpoint.
    fn has_cursors(&self) -> bool {
        true
    }

    /// The oldest entry that is still there, microseconds since 1970: what is unread and older than that is lost.
    fn oldest_realtime(&mut self) -> Option<u64> {
        None
    }

    /// Entries with container fields that no match lets pass, one for each tag that is new since the last call; not in order,
    /// and not among those of [`Source::next`]. So that who logs from an unexpected unit is told.
    fn strangers(&mut self, _names: &mut Interner, _each: &mut dyn FnMut(&Entry, &Interner)) {}
}
