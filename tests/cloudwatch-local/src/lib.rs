//! A strict, fast, in-memory CloudWatch Logs over HTTP: AWS's limits, errors and signatures, scripted faults, and a ledger
//! that tells which lines were lost, duplicated or reordered.
//!
//! ```text
//! connection ─head→ faults ─body→ gunzip → scan → faults → signature → rules → store, ledger → answer
//! ```
//! ```
//! use cloudwatch_local::{Config, Effect, Fault, Server};
//!
//! let server = Server::local(Config::default()).expect("a free port");
//! let fault = Fault { count: Some(3), ..Fault::on("PutLogEvents", Effect::error("ThrottlingException")) };
//! server.faults().add(fault, server.steady());
//! println!("endpoint: {}", server.url());
//! assert_eq!(server.ledger().report().lost, 0);
//! ```

mod admin;
mod api;
mod connection;
mod counters;
mod error;
mod faults;
mod http;
mod ledger;
mod names;
mod pattern;
mod put;
pub mod rules;
mod scan;
mod server;
mod service;
mod sigv4;
mod store;

pub use admin::state;
pub use counters::Counters;
pub use error::ApiError;
pub use faults::{Effect, Fault, Faults, Listed, When};
pub use ledger::{Ledger, Report, WriterReport};
pub use server::Server;
pub use service::{Config, QUOTAS, Service};
pub use sigv4::Credentials;
pub use store::{Event, Group, Store, Stream};
