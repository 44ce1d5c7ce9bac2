//! The agent as a process, on real journals, against cloudwatch-local and moto: what arrives, and what happens under fault.
//! Tests that need root are ignored here and run by `tests/run/live`, those that take minutes by `tests/run/torture`.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod checkpoint;
mod clocks;
mod compressed;
mod crash;
mod credentials;
mod delivery;
mod events;
mod files;
mod gaps;
mod host;
mod live;
mod long;
mod running;
mod scene;
mod service;
mod streams;
mod table;
mod watchdog;
