//! Long polling.

use futures_util::StreamExt;
use green_api::{Instance, Notifications};
use serde_json::Value;

use super::handling::Handling;
use crate::failure::Stop;
use crate::terminal::Terminal;

/// Receives until `--limit` or an interrupt. A second interrupt drops whatever is in progress; the current notification is delivered again.
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
        // Nothing has been received yet.
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
                let id = Some(receipt.id());
                match handling.handle(&received, id, terminal).await? {
                    Ok(()) => {
                        let deleted = receipt.ack().await;
                        if handling.is_enough() {
                            handling.report(terminal)?;
                            return deleted.map_err(Stop::from);
                        }
                        // Otherwise, polling retries a failed deletion.
                    }
                    Err(error) => receipt.nack_because(error),
                }
            }
            // The stream ends after an error that retrying cannot fix; others were reported.
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

/// Returns a warning if all notifications are switched off, as in a new instance: a person would wait in vain.
async fn advice(instance: &Instance, terminal: &Terminal) -> Option<&'static str> {
    if terminal.style().json {
        return None;
    }
    // Errors are reported when receiving runs into them.
    let settings = serde_json::to_value(instance.get_settings().await.ok()?).ok()?;
    let switches: Vec<&Value> = settings
        .as_object()?
        .iter()
        .filter(|(name, _)| name.ends_with("Webhook"))
        .map(|(_, value)| value)
        .collect();
    let all_off = !switches.is_empty() && switches.iter().all(|value| **value != "yes");
    all_off.then_some("all notifications of the instance are switched off; to switch some on, run: green-api settings set incomingWebhook=yes")
}
