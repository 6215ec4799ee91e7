//! Runs a parsed command to its end.

use crate::args::Cli;
use crate::commands::{self, OnInterrupt};
use crate::failure::{Exit, Failure, Stop};
use crate::logging;
use crate::terminal::Terminal;

pub(crate) fn run(cli: Cli, terminal: &mut Terminal) -> Result<(), Stop> {
    logging::start(cli.general.verbose).map_err(Failure::input)?;
    let Some(task) = commands::prepare(cli.command, cli.general.profile.as_deref(), terminal)?
    else {
        return Ok(());
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| {
            Failure::new(
                Exit::Unexpected,
                "runtime",
                format!("cannot start the async runtime: {error}"),
            )
        })?;
    let on_interrupt = task.on_interrupt;
    let end = runtime.block_on(async {
        tokio::select! {
            // Polled first, so that the handler is installed before any output that somebody may wait for.
            biased;
            Ok(()) = tokio::signal::ctrl_c(), if !matches!(on_interrupt, OnInterrupt::Handled) => match on_interrupt {
                OnInterrupt::End => Ok(()),
                _ => Err(commands::interrupted()),
            },
            end = task.run(terminal) => end,
        }
    });
    // A lookup of a name cannot be stopped, and would be waited for.
    runtime.shutdown_background();
    end
}
