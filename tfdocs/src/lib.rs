//! Terraform modules to documentation: load, sort, render, inject. Nothing but `load` and the command line touches files.

mod bytes;
pub mod cli;
pub mod config;
pub mod diagnostic;
mod diff;
pub mod gotemplate;
pub mod inject;
mod load;
pub mod model;
mod os;
mod path;
mod readme;
pub mod render;
mod sort;
pub mod text;
pub mod value;

pub use config::Config;
pub use diagnostic::Diagnostic;
pub use load::load;
pub use model::Module;
pub use render::{Format, render};

/// The number of documented blocks that the structural scanner finds, none when a file needs the parser.
/// For measuring; `load` is what reads modules.
#[doc(hidden)]
pub fn scan_blocks(source: &[u8]) -> Option<usize> {
    load::hcl::scan::scan(source).map(|outline| outline.blocks.len())
}
