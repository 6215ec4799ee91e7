//! Handling one notification, whether polled or posted.

use std::io;

use green_api::Received;
use tokio::sync::mpsc::UnboundedReceiver;

use super::shown;
use crate::commands::exec;
use crate::commands::interrupts::Interrupts;
use crate::commands::reports::Report;
use crate::failure::Stop;
use crate::terminal::{Event, Part, Terminal};

/// Prints notifications or runs the command for them.
pub(super) struct Handling {
    pub exec: Option<String>,
    pub limit: Option<u64>,
    pub handled: u64,
    pub interrupts: Interrupts,
    pub reports: UnboundedReceiver<Report>,
}

impl Handling {
    /// Handles a notification. If the inner result is an error, it is delivered again. Posted notifications have no receipt.
    pub(super) async fn handle(
        &self,
        received: &Received,
        receipt_id: Option<i64>,
        terminal: &mut Terminal,
    ) -> Result<io::Result<()>, Stop> {
        let raw = received.raw();
        let Some(command) = &self.exec else {
            terminal.event(&Event::Notification {
                receipt_id,
                attempt: received.attempt(),
                notification: Part(raw.as_str()),
            })?;
            terminal.result(&shown::line(&received.notification, &raw.to_value()))?;
            return Ok(Ok(()));
        };
        tokio::select! {
            ran = exec::run(command, raw.as_str()) => Ok(ran),
            // The notification is delivered again.
            () = self.interrupts.second() => Err(Stop::Interrupted),
        }
    }

    /// Counts a handled notification, and tells whether `--limit` is reached.
    pub(super) fn is_enough(&mut self) -> bool {
        self.handled += 1;
        self.limit.is_some_and(|limit| self.handled >= limit)
    }

    /// Shows the pending reports.
    pub(super) fn report(&mut self, terminal: &mut Terminal) -> Result<(), Stop> {
        while let Ok(report) = self.reports.try_recv() {
            report.show(terminal)?;
        }
        Ok(())
    }
}
