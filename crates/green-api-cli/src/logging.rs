//! Logs, to standard error.

use std::env;
use std::io;

use tracing_subscriber::EnvFilter;

/// Logs what `-v` or else `RUST_LOG` asks for, and nothing unless asked.
pub(crate) fn start(verbose: u8) -> Result<(), String> {
    let filter = match verbose {
        0 => match env::var(EnvFilter::DEFAULT_ENV) {
            Ok(wanted) if !wanted.trim().is_empty() => EnvFilter::try_new(&wanted)
                .map_err(|error| format!("{}: {error}", EnvFilter::DEFAULT_ENV))?,
            _ => return Ok(()),
        },
        1 => EnvFilter::new("green_api=debug,green_api_client=debug"),
        _ => EnvFilter::new("trace"),
    };
    // What cannot be logged is no reason to stop; unless told so, it would be announced on the same closed stream, with a panic.
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .log_internal_errors(false)
        .init();
    Ok(())
}
