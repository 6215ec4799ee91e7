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

use green_api::webhook::{Authorization, WebhookToken};
use green_api::{DeadLetter, Instance, Trouble};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use self::dead_letters::DeadLetters;
use self::handling::Handling;
use self::interrupts::Interrupts;
use super::{OnInterrupt, Task};
use crate::account::Account;
use crate::args::ListenArgs;
use crate::failure::{Failure, Stop};
use crate::terminal::{Event, Terminal};

/// How many notifications are remembered to leave out what the server repeats.
const REMEMBERED: usize = 10_000;

/// The secret of the webhook address.
const WEBHOOK_TOKEN: &str = "GREEN_API_WEBHOOK_TOKEN";

/// What is received, and what becomes of it.
struct Listen {
    source: Source,
    exec: Option<String>,
    attempts: u32,
    dead_letters: Option<DeadLetters>,
    deduplicate: Option<usize>,
    limit: Option<u64>,
}

/// How notifications come.
enum Source {
    /// They are asked for.
    Polling(Instance),
    /// They are posted here.
    Webhook(SocketAddr, Authorization),
}

pub(crate) fn prepare(
    args: ListenArgs,
    profile: Option<&str>,
    output: &mut Terminal,
) -> Result<Task, Failure> {
    let source = match args.webhook {
        Some(address) => Source::Webhook(address, authorization(args.without_authorization)?),
        None => Source::Polling(Instance::find(profile, output)?),
    };
    let dead_letters = args.dead_letter.map(DeadLetters::open).transpose()?;
    let limit = if args.once { Some(1) } else { args.limit };
    let ListenArgs {
        exec,
        attempts,
        deduplicate,
        ..
    } = args;
    let listen = Listen {
        source,
        exec,
        attempts,
        dead_letters,
        deduplicate: deduplicate.then_some(REMEMBERED),
        limit,
    };
    let task = Task::new(async move |output: &mut Terminal| run(listen, output).await);
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
async fn run(listen: Listen, output: &mut Terminal) -> Result<(), Stop> {
    let Listen {
        source,
        exec,
        attempts,
        dead_letters,
        deduplicate,
        limit,
    } = listen;
    let (reports, told) = reports(dead_letters);
    let mut handling = Handling {
        exec,
        limit,
        handled: 0,
        interrupts: Interrupts::start(),
        told,
    };
    match source {
        Source::Polling(instance) => {
            let notifications = instance
                .notifications()
                .attempts(attempts)
                .until(handling.interrupts.first());
            let notifications = match deduplicate {
                Some(capacity) => notifications.deduplicate(capacity),
                None => notifications,
            };
            let notifications = notifications
                .on_trouble(reports.trouble())
                .dead_letter(reports.dead_letter());
            polling::run(&instance, notifications, &mut handling, output).await
        }
        Source::Webhook(address, authorization) => {
            let endpoint = green_api::Webhook::builder(authorization).attempts(attempts);
            let endpoint = match deduplicate {
                Some(capacity) => endpoint.deduplicate(capacity),
                None => endpoint,
            };
            let endpoint = endpoint
                .on_trouble(reports.trouble())
                .dead_letter(reports.dead_letter());
            webhook::run(address, endpoint, &mut handling, output).await
        }
    }
}

/// What there is to say beside the notifications.
struct Report {
    message: String,
    wait_seconds: f64,
}

/// Where the callbacks of both sources lead.
struct Reports {
    tell: UnboundedSender<Report>,
    dead_letters: std::sync::Arc<Option<DeadLetters>>,
}

fn reports(dead_letters: Option<DeadLetters>) -> (Reports, UnboundedReceiver<Report>) {
    let (tell, told) = unbounded_channel();
    (
        Reports {
            tell,
            dead_letters: dead_letters.into(),
        },
        told,
    )
}

impl Reports {
    fn trouble(&self) -> impl Fn(&Trouble<'_>) + Send + Sync + 'static {
        let tell = self.tell.clone();
        // Nobody listens any more when the command ends.
        move |trouble| {
            drop(tell.send(Report {
                message: trouble.to_string(),
                wait_seconds: trouble.wait().as_secs_f64(),
            }))
        }
    }

    fn dead_letter(
        &self,
    ) -> impl Fn(DeadLetter) -> std::future::Ready<std::io::Result<()>> + Send + Sync + 'static
    {
        let (tell, dead_letters) = (self.tell.clone(), self.dead_letters.clone());
        move |letter| {
            let taken = dead_letters
                .as_ref()
                .as_ref()
                .map_or(Ok(()), |letters| letters.append(&letter));
            if taken.is_ok() {
                drop(tell.send(Report {
                    message: dead_letters::summary(&letter),
                    wait_seconds: 0.0,
                }));
            }
            std::future::ready(taken)
        }
    }
}

impl Report {
    fn show(&self, output: &mut Terminal) -> Result<(), Stop> {
        output.event(&Event::Trouble {
            message: &self.message,
            wait_seconds: self.wait_seconds,
        })?;
        output.warn(&self.message);
        Ok(())
    }
}
