//! `green-api listen`.

mod dead_letters;
mod exec;
mod interrupts;
mod shown;

use std::io::Write;

use futures_util::StreamExt;
use green_api::types::Notification;
use green_api::{Instance, Notifications, Received};
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use self::dead_letters::DeadLetters;
use self::interrupts::Interrupts;
use crate::args::ListenArgs;
use crate::credentials;
use crate::failure::{Failure, Stop};
use crate::output::{Event, Output};

/// How many notifications are remembered to leave out what the server repeats.
const REMEMBERED: usize = 10_000;

/// What is received, and what becomes of it.
pub(crate) struct Listen {
    instance: Instance,
    exec: Option<String>,
    attempts: u32,
    dead_letters: Option<DeadLetters>,
    deduplicate: bool,
    limit: Option<u64>,
}

/// What the loop has to say beside the notifications.
struct Told {
    message: String,
    wait_seconds: f64,
}

pub(crate) fn prepare<O: Write, E: Write>(args: ListenArgs, profile: Option<&str>, output: &mut Output<O, E>) -> Result<Listen, Failure> {
    let dead_letters = args.dead_letter.map(DeadLetters::open).transpose()?;
    let limit = if args.once { Some(1) } else { args.limit };
    let ListenArgs { exec, attempts, deduplicate, .. } = args;
    Ok(Listen { instance: credentials::instance(profile, output)?, exec, attempts, dead_letters, deduplicate, limit })
}

/// Receives until there is nothing more to do or somebody interrupts it; the notification in hand is finished first.
pub(crate) async fn run<O: Write, E: Write>(listen: Listen, output: &mut Output<O, E>) -> Result<(), Stop> {
    let Listen { instance, exec, attempts, dead_letters, deduplicate, limit } = listen;
    output.hide(instance.credentials().token());
    let interrupts = Interrupts::start();
    if let Some(advice) = advice(&instance, output).await {
        output.warn(advice);
    }
    let (tell, mut told) = unbounded_channel();
    let notifications = instance.notifications().attempts(attempts).until(interrupts.first());
    let notifications = if deduplicate { notifications.deduplicate(REMEMBERED) } else { notifications };
    let mut notifications = with_reports(notifications, tell, dead_letters);
    let (mut handled, mut failure) = (0, None);
    loop {
        let item = tokio::select! {
            biased;
            Some(told) = told.recv() => {
                report(&told, output)?;
                continue;
            }
            item = notifications.next() => item,
        };
        match item {
            Some(Ok(received)) => {
                failure = None;
                // The loop deletes later what cannot be deleted now, as long as it goes on.
                if let Some(deleted) = handle(received, exec.as_deref(), &interrupts, output).await? {
                    handled += 1;
                    if limit.is_some_and(|limit| handled >= limit) {
                        return deleted.map_err(Stop::from);
                    }
                }
            }
            // It ends after an error that waiting does not mend; the others were told.
            Some(Err(error)) => failure = Some(error),
            None => break,
        }
    }
    report_all(&mut told, output)?;
    match failure {
        Some(error) if !interrupts.any() => Err(error.into()),
        _ => Ok(()),
    }
}

fn with_reports(notifications: Notifications, tell: UnboundedSender<Told>, dead_letters: Option<DeadLetters>) -> Notifications {
    let given_up = tell.clone();
    // Nobody listens any more when the command ends.
    notifications
        .on_trouble(move |trouble| {
            let _ = tell.send(Told { message: trouble.to_string(), wait_seconds: trouble.wait().as_secs_f64() });
        })
        .dead_letter(move |letter| {
            let taken = dead_letters.as_ref().map_or(Ok(()), |letters| letters.append(&letter));
            if taken.is_ok() {
                let _ = given_up.send(Told { message: dead_letters::summary(&letter), wait_seconds: 0.0 });
            }
            std::future::ready(taken)
        })
}

/// What becomes of one notification: the end of its deletion if it was handled.
async fn handle<O: Write, E: Write>(
    received: Received,
    exec: Option<&str>,
    interrupts: &Interrupts,
    output: &mut Output<O, E>,
) -> Result<Option<Result<(), green_api::Error>>, Stop> {
    let Received { notification, receipt, .. } = received;
    let body = body(&notification);
    match exec {
        None => {
            output.event(&Event::Notification { receipt_id: receipt.id(), attempt: receipt.attempt(), notification: &body })?;
            output.result(&shown::line(&notification))?;
        }
        Some(command) => {
            let ran = tokio::select! {
                ran = exec::run(command, &body) => ran,
                // Asked twice, nothing is waited for; the notification comes again.
                () = interrupts.second() => return Err(Stop::Interrupted),
            };
            if let Err(error) = ran {
                receipt.nack_because(error);
                return Ok(None);
            }
        }
    }
    Ok(Some(receipt.ack().await))
}

/// The notification as JSON. A notification is a tree of texts and numbers, which always is.
fn body(notification: &Notification) -> Value {
    serde_json::to_value(notification).unwrap_or_default()
}

fn report<O: Write, E: Write>(told: &Told, output: &mut Output<O, E>) -> Result<(), Stop> {
    output.event(&Event::Trouble { message: &told.message, wait_seconds: told.wait_seconds })?;
    output.warn(&told.message);
    Ok(())
}

fn report_all<O: Write, E: Write>(told: &mut UnboundedReceiver<Told>, output: &mut Output<O, E>) -> Result<(), Stop> {
    while let Ok(told) = told.try_recv() {
        report(&told, output)?;
    }
    Ok(())
}

/// Instances are created with everything switched off, and a person would wait for nothing.
async fn advice<O: Write, E: Write>(instance: &Instance, output: &Output<O, E>) -> Option<&'static str> {
    if output.style().json {
        return None;
    }
    // Whatever is wrong, receiving will say it.
    let settings = serde_json::to_value(instance.get_settings().await.ok()?).ok()?;
    let switches = settings.as_object()?.iter().filter(|(name, _)| name.ends_with("Webhook"));
    let all_off = switches.clone().count() > 0 && switches.clone().all(|(_, value)| value != "yes");
    all_off.then_some("the instance sends no notifications; switch some on, such as: green-api settings set incomingWebhook=yes")
}
