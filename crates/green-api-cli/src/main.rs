//! The `green-api` command.
#![forbid(unsafe_code)]

use std::process::ExitCode;

fn main() -> ExitCode {
    green_api_cli::main()
}
