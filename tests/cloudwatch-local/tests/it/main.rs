//! The server from outside: AWS's own clients, moto beside it, and every scripted fault.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod clients;
mod faults;
