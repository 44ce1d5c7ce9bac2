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

/// Settings from the text of a configuration file, which may be anything. For fuzzing; the command line reads files.
///
/// # Errors
/// The message that the command line would print.
#[doc(hidden)]
pub fn read_config(text: &[u8]) -> Result<Config, String> {
    let mut config = Config::default();
    config::decode::apply(&mut config, config::yaml::parse(text)?)?;
    Ok(config)
}
