//! What is told beside the notifications: problems, and what was given up on.

use std::path::PathBuf;

use green_api::{DeadLetter, ProblemKind, ReceiveOptions, ReceiveProblem};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::dead_letters::DeadLetters;
use crate::account::warning;
use crate::failure::{Failure, Stop};
use crate::terminal::{Event, Terminal};
use crate::text::one_line;

/// What becomes of notifications that are given up on.
pub(super) enum GivenUp {
    /// They stay in the queue.
    Kept,
    Dropped,
    Written(DeadLetters),
}

impl GivenUp {
    pub(super) fn of(
        dead_letter: Option<PathBuf>,
        drop: bool,
        terminal: &mut Terminal,
    ) -> Result<Self, Failure> {
        if let Some(path) = &dead_letter
            && let Some(warning) = warning(path, "messages")
        {
            terminal.warn(&warning);
        }
        Ok(match dead_letter {
            Some(path) => Self::Written(DeadLetters::open(path)?),
            None if drop => Self::Dropped,
            None => Self::Kept,
        })
    }
}

/// What the receiver reports beside the notifications.
pub(super) enum Report {
    Trouble { message: String, wait_seconds: f64 },
    Recovered { message: String },
}

/// Returns options that report problems and dead letters, and the receiver of the reports.
pub(super) fn reporting(given_up: GivenUp) -> (ReceiveOptions, UnboundedReceiver<Report>) {
    let (report, reports) = unbounded_channel();
    (options(given_up, report), reports)
}

/// Returns options that report problems.
pub(super) fn problems(report: UnboundedSender<Report>) -> ReceiveOptions {
    // Sending fails only while the command is ending.
    ReceiveOptions::new()
        .on_problem(move |problem: &ReceiveProblem<'_>| drop(report.send(Report::from(problem))))
}

/// Returns options that report problems and dead letters.
pub(super) fn options(given_up: GivenUp, report: UnboundedSender<Report>) -> ReceiveOptions {
    let options = problems(report.clone());
    let letters = match given_up {
        GivenUp::Kept => return options,
        GivenUp::Dropped => None,
        GivenUp::Written(letters) => Some(letters),
    };
    options.dead_letter(move |letter: DeadLetter| {
        let kept = letters
            .as_ref()
            .map_or(Ok(()), |letters| letters.append(&letter));
        if kept.is_ok() {
            drop(report.send(Report::Trouble {
                message: one_line(&letter.to_string()),
                wait_seconds: 0.0,
            }));
        }
        std::future::ready(kept)
    })
}

impl From<&ReceiveProblem<'_>> for Report {
    fn from(problem: &ReceiveProblem<'_>) -> Self {
        let mut message = problem.to_string();
        match problem.kind {
            ProblemKind::Recovered { .. } => return Self::Recovered { message },
            ProblemKind::Blocked { .. } => {
                message += "; here: --dead-letter FILE, or --drop";
            }
            _ => {}
        }
        let wait_seconds = problem.wait.as_secs_f64();
        Self::Trouble {
            message,
            wait_seconds,
        }
    }
}

impl Report {
    pub(super) fn show(&self, terminal: &mut Terminal) -> Result<(), Stop> {
        match self {
            Self::Trouble {
                message,
                wait_seconds,
            } => {
                terminal.event(&Event::Trouble {
                    message,
                    wait_seconds: *wait_seconds,
                })?;
                terminal.warn(message);
            }
            Self::Recovered { message } => {
                terminal.event(&Event::Recovered { message })?;
                terminal.note(message);
            }
        }
        Ok(())
    }
}
