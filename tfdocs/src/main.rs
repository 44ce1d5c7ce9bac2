//! Terraform module to documentation.

use std::process::ExitCode;

/// Of the program alone: who uses the library keeps an allocator of their own.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tfdocs::cli::main()
}
