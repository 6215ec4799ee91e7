//! Runs a parsed command to its end.

use crate::args::Cli;
use crate::commands::{self, OnInterrupt, Task};
use crate::failure::{Exit, Failure, Stop};
use crate::logging;
use crate::signals::Signals;
use crate::terminal::Terminal;

pub(crate) fn run(cli: Cli, terminal: &mut Terminal) -> Result<(), Stop> {
    logging::start(cli.general.verbose).map_err(Failure::input)?;
    match commands::prepare(cli.command, cli.general.profile.as_deref(), terminal)? {
        Some(task) => to_the_end(task, terminal),
        None => Ok(()),
    }
}

fn to_the_end(task: Task, terminal: &mut Terminal) -> Result<(), Stop> {
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
        // Made before any output that somebody may wait for.
        let mut signals = Signals::new();
        tokio::select! {
            biased;
            interrupt = signals.next(), if !matches!(on_interrupt, OnInterrupt::Handled) => match on_interrupt {
                OnInterrupt::End => Ok(()),
                _ => Err(commands::interrupted(interrupt)),
            },
            end = task.run(terminal) => end,
        }
    });
    // A lookup of a name cannot be stopped, and would be waited for.
    runtime.shutdown_background();
    commands::end_dropped();
    end
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::*;
    use crate::terminal::Style;

    const LONG: Duration = Duration::from_secs(20);

    /// Runs a command that waits for something that cannot be stopped, as for the lookup of a name at a slow server.
    fn run(meanwhile: impl Fn() + 'static) -> Result<(), Stop> {
        let task = Task::new(async move |_: &mut Terminal| {
            let lookup = tokio::task::spawn_blocking(|| std::thread::sleep(LONG));
            meanwhile();
            match tokio::time::timeout(Duration::from_millis(300), lookup).await {
                Ok(_) => Ok(()),
                Err(_) => Err(Stop::Negative),
            }
        });
        let style = Style {
            json: false,
            out_terminal: false,
            err_terminal: false,
            err_colour: false,
        };
        let (mut terminal, _, _) = Terminal::captured(style);
        let start = Instant::now();
        let end = to_the_end(task, &mut terminal);
        assert!(start.elapsed() < LONG / 2, "{:?}", start.elapsed());
        end
    }

    #[test]
    fn the_time_limit_does_not_wait_for_the_lookup_of_a_name() {
        assert!(matches!(run(|| ()), Err(Stop::Negative)));
    }

    #[cfg(unix)]
    #[test]
    fn sigterm_does_not_wait_for_the_lookup_of_a_name() {
        use rustix::process::{Signal, getpid, kill_process};

        let end = run(|| kill_process(getpid(), Signal::TERM).unwrap());
        assert!(matches!(end, Err(Stop::Interrupted)), "{end:?}");
    }
}
