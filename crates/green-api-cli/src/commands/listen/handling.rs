//! What becomes of one notification, whichever way it came.

use green_api::Received;
use tokio::sync::mpsc::UnboundedReceiver;

use super::exec::{self, ExecError};
use super::interrupts::Interrupts;
use super::{Report, shown};
use crate::failure::Stop;
use crate::terminal::{Event, Part, Terminal};

/// What is done with notifications.
pub(super) struct Handling {
    pub exec: Option<String>,
    pub limit: Option<u64>,
    pub handled: u64,
    pub interrupts: Interrupts,
    pub reports: UnboundedReceiver<Report>,
}

impl Handling {
    /// Prints it or runs the command. The result decides whether the notification comes again. One that was posted has no receipt.
    pub(super) async fn handle(
        &self,
        received: &Received,
        receipt_id: Option<i64>,
        terminal: &mut Terminal,
    ) -> Result<Result<(), ExecError>, Stop> {
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
            // Asked twice, nothing is waited for; the notification comes again.
            () = self.interrupts.second() => Err(Stop::Interrupted),
        }
    }

    /// Counts one that was handled, and says whether it was the last.
    pub(super) fn is_enough(&mut self) -> bool {
        self.handled += 1;
        self.limit.is_some_and(|limit| self.handled >= limit)
    }

    /// Shows the reports so far.
    pub(super) fn report(&mut self, terminal: &mut Terminal) -> Result<(), Stop> {
        while let Ok(report) = self.reports.try_recv() {
            report.show(terminal)?;
        }
        Ok(())
    }
}
