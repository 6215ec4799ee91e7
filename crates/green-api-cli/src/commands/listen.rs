//! `green-api listen`.

mod dead_letters;
mod exec;
mod handling;
mod interrupts;
mod polling;
mod shown;
mod webhook;

use std::env;
use std::net::SocketAddr;
use std::time::Duration;

use green_api::webhook::{Authorization, WebhookToken};
use green_api::{DeadLetter, Instance, Notifications, ProblemKind, ReceiveOptions, ReceiveProblem};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use self::dead_letters::DeadLetters;
use self::handling::Handling;
use self::interrupts::Interrupts;
use super::metrics::Metrics;
use super::plan::Given;
use super::{OnInterrupt, Task};
use crate::account::{Account, warning};
use crate::args::ListenArgs;
use crate::failure::{Failure, Stop};
use crate::terminal::{Event, Terminal};
use crate::text::one_line;

/// The number of handled notifications that `--deduplicate` remembers.
const REMEMBERED: usize = 10_000;

/// The variable with the webhook endpoint's token.
const WEBHOOK_TOKEN: &str = "GREEN_API_WEBHOOK_TOKEN";

/// Where notifications come from.
enum Source {
    /// Long polling.
    Polling(Instance),
    /// An HTTP endpoint.
    Webhook(SocketAddr, Authorization, Option<Watched>),
}

/// An instance whose silence is reported when it lasts for so long.
type Watched = (Instance, Duration);

pub(crate) fn prepare(
    args: ListenArgs,
    profile: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Task, Failure> {
    // Before there is a client: it describes what it records.
    let metrics = args.metrics.map(Metrics::bind).transpose()?;
    let source = match args.webhook {
        Some(address) => {
            let authorization = authorization(args.without_authorization)?;
            // Whether the instance is linked has to be asked.
            let watched = |limit| Ok::<_, Failure>((Instance::find(profile, terminal)?, limit));
            let watched = args.silence.map(watched).transpose()?;
            Source::Webhook(address, authorization, watched)
        }
        None => Source::Polling(Instance::find(profile, terminal)?),
    };
    if let Some(path) = &args.dead_letter
        && let Some(warning) = warning(path, "messages")
    {
        terminal.warn(&warning);
    }
    let given_up = match args.dead_letter {
        Some(path) => GivenUp::Written(DeadLetters::open(path)?),
        None if args.drop => GivenUp::Dropped,
        None => GivenUp::Kept,
    };
    let limit = if args.once { Some(1) } else { args.limit };
    let (options, reports) = reporting(given_up);
    let remembered = args.deduplicate.then_some(REMEMBERED);
    let options = options
        .retry_for(args.retry_for)
        .given(args.attempts, ReceiveOptions::attempts)
        .given(remembered, |options, count| options.deduplicate(count));
    let task = Task::new(async move |terminal: &mut Terminal| {
        let _metrics = metrics
            .map(|metrics| metrics.serve(terminal, || {}))
            .transpose()?;
        let mut handling = Handling {
            exec: args.exec,
            limit,
            handled: 0,
            interrupts: Interrupts::start(),
            reports,
        };
        match source {
            Source::Polling(instance) => {
                let notifications = instance
                    .notifications()
                    .options(options)
                    .given(args.silence, Notifications::silence)
                    .until(handling.interrupts.first());
                polling::run(&instance, notifications, &mut handling, terminal).await
            }
            Source::Webhook(address, authorization, watched) => {
                let endpoint = green_api::Webhook::builder(authorization).options(options);
                webhook::run(address, endpoint, watched, &mut handling, terminal).await
            }
        }
    });
    Ok(task.on_interrupt(OnInterrupt::Handled))
}

/// Returns who may post notifications. Accepting them from anybody must be explicit.
fn authorization(anybody: bool) -> Result<Authorization, Failure> {
    let token = env::var(WEBHOOK_TOKEN)
        .ok()
        .filter(|token| !token.is_empty());
    match (token, anybody) {
        (Some(_), true) => Err(Failure::input(format!(
            "--without-authorization conflicts with {WEBHOOK_TOKEN}; omit one of them"
        ))),
        (Some(token), false) => {
            let token: WebhookToken = token
                .parse()
                .map_err(|error| Failure::configuration(format!("{WEBHOOK_TOKEN}: {error}")))?;
            Ok(token.into())
        }
        (None, true) => Ok(Authorization::none()),
        (None, false) => Err(Failure::configuration(format!(
            "{WEBHOOK_TOKEN} is not set; set it to the instance's webhookUrlToken, or pass --without-authorization to accept \
             notifications from anybody"
        ))),
    }
}

/// What becomes of notifications that are given up on.
enum GivenUp {
    /// They stay in the queue.
    Kept,
    Dropped,
    Written(DeadLetters),
}

/// What the receiver reports beside the notifications.
enum Report {
    Trouble { message: String, wait_seconds: f64 },
    Recovered { message: String },
}

/// Returns options that report problems and dead letters, and the receiver of the reports.
fn reporting(given_up: GivenUp) -> (ReceiveOptions, UnboundedReceiver<Report>) {
    let (report, reports) = unbounded_channel();
    let problems = report.clone();
    // Sending fails only while the command is ending.
    let options = ReceiveOptions::new()
        .on_problem(move |problem: &ReceiveProblem<'_>| drop(problems.send(Report::from(problem))));
    let letters = match given_up {
        GivenUp::Kept => return (options, reports),
        GivenUp::Dropped => None,
        GivenUp::Written(letters) => Some(letters),
    };
    let options = options.dead_letter(move |letter: DeadLetter| {
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
    });
    (options, reports)
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
    fn show(&self, terminal: &mut Terminal) -> Result<(), Stop> {
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
