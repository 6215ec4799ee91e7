//! Asking for notifications.

use futures_util::StreamExt;
use green_api::{Instance, Notifications};
use serde_json::Value;

use super::handling::Handling;
use crate::failure::Stop;
use crate::terminal::Terminal;

/// Until there is nothing more to do, or somebody interrupts it twice: then whatever it waits for is dropped, and the notification in hand comes again.
pub(super) async fn run(
    instance: &Instance,
    notifications: Notifications,
    handling: &mut Handling,
    terminal: &mut Terminal,
) -> Result<(), Stop> {
    let second = handling.interrupts.second();
    tokio::select! {
        biased;
        ended = receive(instance, notifications, handling, terminal) => ended,
        () = second => Err(Stop::Interrupted),
    }
}

async fn receive(
    instance: &Instance,
    mut notifications: Notifications,
    handling: &mut Handling,
    terminal: &mut Terminal,
) -> Result<(), Stop> {
    let advice = tokio::select! {
        biased;
        // Nothing is in hand yet.
        () = handling.interrupts.first() => return Ok(()),
        advice = advice(instance, terminal) => advice,
    };
    if let Some(advice) = advice {
        terminal.warn(advice);
    }
    let mut failure = None;
    loop {
        let item = tokio::select! {
            biased;
            Some(report) = handling.reports.recv() => {
                report.show(terminal)?;
                continue;
            }
            item = notifications.next() => item,
        };
        match item {
            Some(Ok((received, receipt))) => {
                failure = None;
                match handling
                    .handle(&received, Some(receipt.id()), terminal)
                    .await?
                {
                    Ok(()) => {
                        let deleted = receipt.ack().await;
                        if handling.is_enough() {
                            handling.report(terminal)?;
                            return deleted.map_err(Stop::from);
                        }
                        // The loop deletes later what could not be deleted now, as long as it goes on.
                    }
                    Err(error) => receipt.nack_because(error),
                }
            }
            // It ends after an error that waiting does not mend; the others were told.
            Some(Err(error)) => failure = Some(error),
            None => break,
        }
    }
    handling.report(terminal)?;
    match failure {
        Some(error) if !handling.interrupts.any() => Err(error.into()),
        _ => Ok(()),
    }
}

/// Instances are created with everything switched off, and a person would wait for nothing.
async fn advice(instance: &Instance, terminal: &Terminal) -> Option<&'static str> {
    if terminal.style().json {
        return None;
    }
    // Whatever is wrong, receiving will say it.
    let settings = serde_json::to_value(instance.get_settings().await.ok()?).ok()?;
    let switches: Vec<&Value> = settings
        .as_object()?
        .iter()
        .filter(|(name, _)| name.ends_with("Webhook"))
        .map(|(_, value)| value)
        .collect();
    let all_off = !switches.is_empty() && switches.iter().all(|value| **value != "yes");
    all_off.then_some("the instance sends no notifications; switch some on, such as: green-api settings set incomingWebhook=yes")
}
