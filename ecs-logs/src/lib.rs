//! journal ─Source→ entries ─Router, Encoder→ (stream, event) ─Batcher→ Batch ─Sender→ CloudWatch Logs

pub mod cli;
pub mod command;
pub mod config;
pub mod doctor;

pub mod cursor;
pub mod entry;
pub mod identity;
pub mod intern;
pub mod ledger;
pub mod source;
pub mod status;
pub mod verify;

mod hash;
mod names;
pub mod route;
pub mod template;

pub mod lines;
pub mod multiline;
pub mod partial;

mod decode;
mod envelope;
mod escape;
pub mod event;
mod forms;
mod json;
mod scan;
mod split;
mod timestamp;
mod tree;

pub mod accepted;
pub mod as_service;
pub mod checkpoint;
pub mod core;
pub mod destination;
pub mod log;
pub mod memory;
pub mod metrics;
pub mod metrics_server;
pub mod pipeline;
pub mod prove;
pub mod quarantine;
pub mod run;
pub mod service;
pub mod time;
