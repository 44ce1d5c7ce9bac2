//! Threads and descriptors around the core: one thread reads and owns it, one sends, one writes the checkpoint. They carry;
//! what to do is the core's to say. Batches move between them, never single events.

mod queue;
mod reader;
mod saver;
mod sender;
mod signals;
mod wake;

pub use queue::socket_of as journald_socket;
pub use reader::{Opener, Reloaded, Run, Summary};
pub use signals::block as block_signals;

use crate::{
    checkpoint::Checkpoint,
    core::{Answer, BatchId, Input, Payload},
    route::{StreamId, StreamKey},
    status::Status,
};
use bytes::Bytes;
use std::sync::Arc;

/// For the sender.
#[derive(Debug)]
enum Request {
    Put {
        batch: BatchId,
        key: StreamKey,
        body: Payload,
    },
    CreateGroup {
        group: Arc<str>,
    },
    CreateStream {
        stream: StreamId,
        key: StreamKey,
    },
    /// Says that it turns.
    Turn,
}

/// For the saver.
#[derive(Debug)]
enum Write {
    Checkpoint(Box<Checkpoint>),
    Quarantine {
        key: StreamKey,
        event: Bytes,
        reason: String,
    },
    Status(Box<Status>),
}

/// From both, for the reader.
#[derive(Debug)]
enum Reply {
    Put {
        batch: BatchId,
        answer: Answer,
    },
    Group {
        group: Arc<str>,
        answer: Answer,
    },
    Stream {
        stream: StreamId,
        answer: Answer,
    },
    Saved(Result<(), String>),
    /// The sender is alive, whatever CloudWatch does.
    Turned,
    /// The destination cannot be reached at all: a mistake in the configuration.
    Unusable(String),
}

impl Reply {
    fn into_input(self) -> Option<Input<'static>> {
        Some(match self {
            Reply::Put { batch, answer } => Input::Put { batch, answer },
            Reply::Group { group, answer } => Input::GroupCreated { group, answer },
            Reply::Stream { stream, answer } => Input::StreamCreated { stream, answer },
            Reply::Saved(result) => Input::Saved { ok: result.is_ok() },
            Reply::Turned | Reply::Unusable(_) => return None,
        })
    }
}
