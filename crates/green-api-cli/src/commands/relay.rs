//! `green-api relay`.

use std::future::{IntoFuture as _, ready};

use green_api::Instance;
use green_api_mailbox::{JetStreamEvent, JetStreamOptions, Relay};
use tokio::sync::mpsc::unbounded_channel;

use super::interrupts::Interrupts;
use super::mailbox::attended;
use super::metrics::Metrics;
use super::reports::{GivenUp, Report, options};
use super::{OnInterrupt, Task};
use crate::account::Account;
use crate::args::RelayArgs;
use crate::failure::Failure;
use crate::terminal::Terminal;

pub(crate) fn prepare(
    args: RelayArgs,
    profile: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Task, Failure> {
    // Before there is a client: it describes what it records.
    let metrics = args.metrics.map(Metrics::bind).transpose()?;
    let instance = Instance::find(profile, terminal)?;
    let given_up = GivenUp::of(args.dead_letter, args.drop, terminal)?;
    let task = Task::new(async move |terminal: &mut Terminal| {
        let _metrics = metrics
            .map(|metrics| metrics.serve(terminal, || ready(())))
            .transpose()?;
        let (report, reports) = unbounded_channel();
        let events = report.clone();
        let stream = JetStreamOptions::new()
            .stream(args.stream)
            // Sending fails only while the command is ending.
            .on_event(move |event| drop(events.send(Report::from(event))));
        let relay = Relay::jetstream(&args.nats, stream)
            .await
            .map_err(|error| Failure::configuration(format!("--nats: {error}")))?
            .options(options(given_up, report));
        let interrupts = Interrupts::start();
        let relaying = relay.run(&instance).until(interrupts.first());
        let relaying = relaying.into_future();
        attended(relaying, reports, &interrupts, |report| {
            report.show(terminal)
        })
        .await
    });
    Ok(task.on_interrupt(OnInterrupt::Handled))
}

impl From<&JetStreamEvent> for Report {
    fn from(event: &JetStreamEvent) -> Self {
        let message = event.to_string();
        match event {
            JetStreamEvent::Connected | JetStreamEvent::Created { .. } => {
                Self::Recovered { message }
            }
            _ => Self::Trouble {
                message,
                wait_seconds: 0.0,
            },
        }
    }
}
