//! Terraform modules to documentation: load, sort, render, inject. Nothing but `load` and the command line touches files.

pub mod config;
pub mod model;
pub mod render;
pub mod text;
pub mod value;

pub use config::Config;
pub use model::Module;
pub use render::{Format, render};
