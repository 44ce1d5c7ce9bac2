//! What a restart must know of losses: the numbers that containers have reached, gaps that may still close, marks that streams
//! owe their readers, what journald said of lines that it dropped, and whom a loss may have hit. Part of the checkpoint, so that
//! no loss is forgotten or counted twice.

use serde::{Deserialize, Serialize};

/// An older checkpoint has none of it, and a part that is missing is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Ledger {
    /// Everything that was read is delivered, but for parked streams.
    pub clean: bool,
    /// A hash of CONTAINER_LOG_EPOCH, and the CONTAINER_LOG_ORDINAL that comes next.
    pub ordinals: Vec<(u64, u64)>,
    pub gaps: Vec<OpenGap>,
    pub marks: Vec<OwedMark>,
    pub causes: Vec<KnownCause>,
    /// Receive times of the last "Suppressed" entries that were counted, microseconds since 1970.
    pub told: Vec<u64>,
    pub heard: Vec<Heard>,
}

/// A stream with entries among the last that were read, or one that does not show yet what it has lost: a restart may find that
/// it lost some, and it may never speak again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    pub group: String,
    pub stream: String,
    /// Of which its entries were.
    pub units: Vec<String>,
    /// Its entries have Docker's numbers.
    pub numbered: bool,
    /// It does not tell of all that was deleted.
    pub suspect: bool,
}

/// Numbers that are missing in a container, for a reason that is not known yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenGap {
    pub group: String,
    pub stream: String,
    pub epoch: u64,
    /// The first that is missing, and the first that is not.
    pub from: u64,
    pub to: u64,
    pub unit: String,
    pub at_usec: u64,
}

/// A line of ours that a stream does not have yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwedMark {
    pub group: String,
    pub stream: String,
    /// As [`Loss::name`](crate::core::Loss::name) says it.
    pub loss: String,
    pub lines: u64,
    pub up_to: bool,
    /// Where it belongs; nothing for the time at which it is written.
    pub at_usec: Option<u64>,
    /// Numbers may say better until this cause ends.
    #[serde(default)]
    pub cause: Option<u64>,
}

/// Lines that were counted as lost, and that no gap was found for yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownCause {
    pub id: u64,
    pub loss: String,
    /// Nothing when it may have been any.
    pub unit: Option<String>,
    pub lines: u64,
    /// So many may have been of streams that no gap tells of.
    pub unmarked: u64,
    /// Where it belongs, microseconds since 1970.
    #[serde(default)]
    pub at_usec: u64,
}
