//! Terraform module to documentation.

use std::process::ExitCode;

fn main() -> ExitCode {
    tfdocs::cli::main()
}
