//! What the core has to say to the one who runs the agent.

use super::{Class, Loss};
use crate::{log::Level, route::StreamKey};
use std::fmt;

/// What an operator should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    Refused(String),
    /// Requests fail for a reason that is not one stream's.
    Trouble {
        class: Class,
        message: String,
    },
    Recovered {
        failures: u32,
    },
    Created {
        what: String,
    },
    Faulty {
        key: StreamKey,
        message: String,
    },
    Parked {
        key: StreamKey,
        message: String,
    },
    Replaying {
        streams: usize,
    },
    Unparked {
        key: StreamKey,
    },
    /// The events are taken, what was said of their service is not.
    EntityRefused {
        key: StreamKey,
        reason: String,
    },
    Lost {
        key: Option<StreamKey>,
        loss: Loss,
        lines: u64,
    },
    NotSaved,
}

impl Notice {
    /// Error means that lines were lost, warning that somebody should look, info that all is well.
    pub fn level(&self) -> Level {
        match self {
            Notice::Lost { .. } => Level::Error,
            Notice::Refused(_)
            | Notice::Trouble { .. }
            | Notice::Faulty { .. }
            | Notice::Parked { .. }
            | Notice::EntityRefused { .. }
            | Notice::NotSaved => Level::Warning,
            Notice::Recovered { .. }
            | Notice::Created { .. }
            | Notice::Replaying { .. }
            | Notice::Unparked { .. } => Level::Info,
        }
    }
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Notice::Refused(message) => f.write_str(message),
            Notice::Trouble { class, message } => {
                write!(f, "cannot deliver ({class}), will retry: {message}")
            }
            Notice::Recovered { failures } => {
                write!(f, "delivering again after {failures} failed requests")
            }
            Notice::Created { what } => write!(f, "created {what}"),
            Notice::Faulty { key, message } => {
                write!(f, "{key} is not accepted, will retry: {message}")
            }
            Notice::Parked { key, message } => write!(
                f,
                "parked {key}, whose entries stay in the journal and are sent when it is accepted again: {message}"
            ),
            Notice::Replaying { streams } => {
                write!(f, "reading the journal again for {streams} parked streams")
            }
            Notice::EntityRefused { key, reason } => write!(
                f,
                "{key} is sent without its entity from now on, which CloudWatch refuses: {reason} (--entity=false sends none)"
            ),
            Notice::Unparked { key } => write!(f, "{key} is accepted again and complete"),
            Notice::Lost {
                key: Some(key),
                loss,
                lines,
            } => write!(f, "{lines} lines of {key} given up: {loss}"),
            Notice::Lost {
                key: None,
                loss,
                lines,
            } => write!(f, "{lines} lines given up: {loss}"),
            Notice::NotSaved => write!(
                f,
                "the checkpoint could not be written: after a crash now, lines since the last one would come twice"
            ),
        }
    }
}
