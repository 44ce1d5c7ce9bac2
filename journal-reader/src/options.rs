//! What to read, and where to begin.

use crate::{Cursor, Matches};
use std::path::PathBuf;

/// What a journal is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The host's journal: `/var/log/journal` and `/run/log/journal`, whichever there is, now or later.
    Host,
    /// A folder as `journalctl --directory` takes it: journal files in it, and in its subfolders named by machine id.
    Folder(PathBuf),
    /// One file.
    File(PathBuf),
}

/// Which journal namespaces to read (`LogNamespace=` in systemd.exec(5)).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Namespace {
    #[default]
    Default,
    Named(String),
    All,
}

/// What to do about a file that this reader does not implement.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unsupported {
    /// [`Error::Unsupported`](crate::Error::Unsupported), so that the caller can change to libsystemd.
    #[default]
    Fail,
    /// Leave it out, with an [`Event::FileSkipped`](crate::Event::FileSkipped).
    Skip,
}

/// How to open a journal.
#[derive(Clone, Debug)]
pub struct Options {
    pub places: Vec<Place>,
    pub namespace: Namespace,
    /// Only this machine's folders, by its id (/etc/machine-id); all machines' when nothing is said.
    pub machine: Option<u128>,
    pub matches: Matches,
    pub unsupported: Unsupported,
    /// Watch for new entries and files. Without it a journal is read as it was when it was opened.
    pub follow: bool,
}

impl Default for Options {
    /// The host's journal, all entries, followed.
    fn default() -> Options {
        Options {
            places: vec![Place::Host],
            namespace: Namespace::Default,
            machine: None,
            matches: Matches::new(),
            unsupported: Unsupported::Fail,
            follow: true,
        }
    }
}

impl Options {
    /// Reads from `place` alone.
    pub fn at(place: Place) -> Options {
        Options {
            places: vec![place],
            ..Options::default()
        }
    }
}

/// Where reading begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Seek {
    /// Before the oldest entry.
    Head,
    /// Behind the newest entry.
    Tail,
    /// Before the first entry of this boot; the head when it has none.
    Boot(u128),
    /// Before the first entry at or after this time, microseconds since 1970.
    Realtime(u64),
    /// Before this entry.
    Cursor(Cursor),
    /// Behind this entry.
    After(Cursor),
}

/// Where a seek ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landed {
    /// Where it was told to.
    There,
    /// The entry or boot is not in the journal: reading goes on with the nearest later entry, by sequence number where
    /// the journal still counts in the cursor's series, else by time.
    Gone,
}
