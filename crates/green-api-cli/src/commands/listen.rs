//! `green-api listen`.

mod dead_letters;
mod exec;
mod handling;
mod interrupts;
mod polling;
mod server;
mod shown;
mod webhook;

use std::env;
use std::net::SocketAddr;

use green_api::webhook::{Authorization, WebhookToken};
use green_api::{DeadLetter, Instance, ProblemKind, ReceiveOptions, ReceiveProblem};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use self::dead_letters::DeadLetters;
use self::handling::Handling;
use self::interrupts::Interrupts;
use super::{OnInterrupt, Task};
use crate::account::Account;
use crate::args::ListenArgs;
use crate::failure::{Failure, Stop};
use crate::terminal::{Event, Terminal};
use crate::text::one_line;

/// How many notifications are remembered to leave out what the server repeats.
const REMEMBERED: usize = 10_000;

/// The secret of the webhook address.
const WEBHOOK_TOKEN: &str = "GREEN_API_WEBHOOK_TOKEN";

/// What is received, and what becomes of it.
struct Listen {
    source: Source,
    options: ReceiveOptions,
    reports: UnboundedReceiver<Report>,
    exec: Option<String>,
    limit: Option<u64>,
}

/// Where notifications come from.
enum Source {
    /// They are asked for.
    Polling(Instance),
    /// They are posted here.
    Webhook(SocketAddr, Authorization),
}

pub(crate) fn prepare(
    args: ListenArgs,
    profile: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Task, Failure> {
    let source = match args.webhook {
        Some(address) => Source::Webhook(address, authorization(args.without_authorization)?),
        None => Source::Polling(Instance::find(profile, terminal)?),
    };
    let given_up = match args.dead_letter {
        Some(path) => GivenUp::Written(DeadLetters::open(path, terminal)?),
        None if args.drop => GivenUp::Dropped,
        None => GivenUp::Kept,
    };
    let limit = if args.once { Some(1) } else { args.limit };
    let (options, reports) = reporting(given_up);
    let mut options = options.retry_for(args.retry_for);
    if let Some(attempts) = args.attempts {
        options = options.attempts(attempts);
    }
    if args.deduplicate {
        options = options.deduplicate(REMEMBERED);
    }
    let listen = Listen {
        source,
        options,
        reports,
        exec: args.exec,
        limit,
    };
    let task = Task::new(async move |terminal: &mut Terminal| run(listen, terminal).await);
    Ok(task.on_interrupt(OnInterrupt::Own))
}

/// Who may post notifications. That anybody may has to be said.
fn authorization(anybody: bool) -> Result<Authorization, Failure> {
    let token = env::var(WEBHOOK_TOKEN)
        .ok()
        .filter(|token| !token.is_empty());
    match (token, anybody) {
        (Some(_), true) => Err(Failure::input(format!(
            "--without-authorization and {WEBHOOK_TOKEN} contradict each other; leave out one of them"
        ))),
        (Some(token), false) => {
            let token: WebhookToken = token
                .parse()
                .map_err(|error| Failure::configuration(format!("{WEBHOOK_TOKEN}: {error}")))?;
            Ok(token.into())
        }
        (None, true) => Ok(Authorization::none()),
        (None, false) => Err(Failure::configuration(format!(
            "{WEBHOOK_TOKEN} is not set; it is the instance's webhookUrlToken, without which anybody could post notifications; \
             if that is meant, say --without-authorization"
        ))),
    }
}

/// Receives until there is nothing more to do or somebody interrupts it; the notification in hand is finished first.
async fn run(listen: Listen, terminal: &mut Terminal) -> Result<(), Stop> {
    let Listen {
        source,
        options,
        reports,
        exec,
        limit,
    } = listen;
    let mut handling = Handling {
        exec,
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
                .until(handling.interrupts.first());
            polling::run(&instance, notifications, &mut handling, terminal).await
        }
        Source::Webhook(address, authorization) => {
            let endpoint = green_api::Webhook::builder(authorization).options(options);
            webhook::run(address, endpoint, &mut handling, terminal).await
        }
    }
}

/// What becomes of notifications that are given up on.
enum GivenUp {
    /// They stay in the queue.
    Kept,
    Dropped,
    Written(DeadLetters),
}

/// What there is to say beside the notifications.
enum Report {
    Trouble { message: String, wait_seconds: f64 },
    Recovered { message: String },
}

/// Options that report problems and dead letters, and where the reports come out.
fn reporting(given_up: GivenUp) -> (ReceiveOptions, UnboundedReceiver<Report>) {
    let (report, reports) = unbounded_channel();
    let problems = report.clone();
    // Nobody listens any more when the command ends.
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
