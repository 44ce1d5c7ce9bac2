//! Reads systemd journal files natively: regular and COMPACT ones, with either hash, sealed or not, with ZSTD payloads,
//! while journald writes, rotates and vacuums them.
//!
//! ```no_run
//! use journal_reader::{Journal, Options, Scratch};
//!
//! let mut journal = Journal::open(Options::default())?;
//! let mut scratch = Scratch::new();
//! loop {
//!     while let Some(entry) = journal.next() {
//!         for data in entry.items() {
//!             let Ok(payload) = entry.payload(data, &mut scratch) else {
//!                 continue; // a damaged field; the others are still good
//!             };
//!             let (name, value) = payload.split();
//!             println!("{} {}", name.escape_ascii(), value.escape_ascii());
//!         }
//!         println!("{}\n", entry.cursor());
//!     }
//!     journal.wait(std::time::Duration::from_secs(1))?;
//! }
//! # #[allow(unreachable_code)]
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Nothing that stands in a file makes it panic, loop or read out of bounds; damage is passed over and told by
//! [`Event`]s. Files are mapped; the first one installs a SIGBUS handler that serves these mappings only and passes all
//! other faults on, so that a file that is truncated beneath us reads as damaged and the process lives.

mod cache;
mod chain;
mod cursor;
mod error;
mod file;
mod hash;
mod journal;
mod layout;
mod map;
mod matches;
mod options;
mod payload;
mod places;
mod reader;
mod scratch;
mod sparse;
mod values;

pub use cache::{FileCache, OffsetCache};
pub use cursor::{Cursor, CursorError};
pub use error::{Error, Event, Flag, PayloadError, SkipReason};
pub use file::{DataRef, FileKey};
pub use journal::{EntryRef, Journal};
pub use matches::Matches;
pub use options::{Landed, Namespace, Options, Place, Seek, Unsupported};
pub use payload::{Payload, Taken};
pub use scratch::Scratch;
pub use values::{FirstUse, ValueWatch};
