//! What becomes of one notification, whichever way it came.

use green_api::RawJson;
use green_api::types::Notification;
use tokio::sync::mpsc::UnboundedReceiver;

use super::exec::{self, ExecError};
use super::interrupts::Interrupts;
use super::{Report, shown};
use crate::failure::Stop;
use crate::terminal::{Event, Part, Terminal};

/// A notification as it came.
pub(super) struct Arrived<'a> {
    pub notification: &'a Notification,
    pub raw: &'a RawJson,
    /// The server's number for it; one that was posted has none.
    pub receipt_id: Option<i64>,
    pub attempt: u32,
}

/// What is done with notifications.
pub(super) struct Handling {
    pub exec: Option<String>,
    pub limit: Option<u64>,
    pub handled: u64,
    pub interrupts: Interrupts,
    pub told: UnboundedReceiver<Report>,
}

impl Handling {
    /// Prints it or runs the command. What it gives decides whether the notification comes again.
    pub(super) async fn handle(
        &self,
        arrived: Arrived<'_>,
        output: &mut Terminal,
    ) -> Result<Result<(), ExecError>, Stop> {
        let Arrived {
            notification,
            raw,
            receipt_id,
            attempt,
        } = arrived;
        let Some(command) = &self.exec else {
            output.event(&Event::Notification {
                receipt_id,
                attempt,
                notification: Part(raw.as_str()),
            })?;
            output.result(&shown::line(notification, &raw.to_value()))?;
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

    /// Says what has been told so far.
    pub(super) fn report(&mut self, output: &mut Terminal) -> Result<(), Stop> {
        while let Ok(told) = self.told.try_recv() {
            told.show(output)?;
        }
        Ok(())
    }
}
