//! Logging to standard error.

use std::env;
use std::io;

use tracing_subscriber::EnvFilter;

/// What is logged unasked: that work waits for its store, which nothing else tells.
const UNASKED: &str = "green_api_mailbox::work=info";

/// Starts logging as `-v` or else `RUST_LOG` asks for.
pub(crate) fn start(verbose: u8) -> Result<(), String> {
    let filter = match verbose {
        0 => match env::var(EnvFilter::DEFAULT_ENV) {
            Ok(wanted) if !wanted.trim().is_empty() => EnvFilter::try_new(&wanted)
                .map_err(|error| format!("{}: {error}", EnvFilter::DEFAULT_ENV))?,
            _ => EnvFilter::new(UNASKED),
        },
        1 => EnvFilter::new("green_api=debug,green_api_client=debug"),
        // This crate logs what it receives, which is what people write.
        _ => EnvFilter::new("trace,rmcp=info"),
    };
    // By default, a line that cannot be logged is reported to the same closed stream, which panics.
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .log_internal_errors(false)
        .init();
    Ok(())
}
