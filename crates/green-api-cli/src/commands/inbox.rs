//! `green-api inbox`.

use std::sync::Arc;

use green_api::{Instance, Received};
use green_api_mailbox::{Commit, Inbox, InboxEntry};
use tokio::sync::mpsc::unbounded_channel;

use super::interrupts::Interrupts;
use super::mailbox::{attended, counted, open, seconds, time};
use super::metrics::Metrics;
use super::plan::Given;
use super::reports::{Report, problems};
use super::{OnInterrupt, Task, exec};
use crate::account::Account;
use crate::args::{InboxCommand, ParkedArgs, ReplayArgs, RunInboxArgs, StoreArgs};
use crate::failure::{Failure, Stop};
use crate::terminal::{Event, Part, Terminal};
use crate::text::{one_line, table};

pub(crate) fn prepare(
    command: InboxCommand,
    profile: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Task, Failure> {
    Ok(match command {
        InboxCommand::Run(args) => run(args, profile, terminal)?,
        InboxCommand::Parked(args) => {
            Task::new(async move |terminal: &mut Terminal| parked(&args, terminal).await)
        }
        InboxCommand::Replay(args) => {
            Task::new(async move |terminal: &mut Terminal| replay(&args, terminal).await)
        }
        InboxCommand::Stats(args) => {
            Task::new(async move |terminal: &mut Terminal| stats(&args, terminal).await)
        }
    })
}

fn run(
    args: RunInboxArgs,
    profile: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Task, Failure> {
    // Before there is a client: it describes what it records.
    let metrics = args.metrics.map(Metrics::bind).transpose()?;
    let instance = (!args.without_receiving)
        .then(|| Instance::find(profile, terminal))
        .transpose()?;
    let task = Task::new(async move |terminal: &mut Terminal| {
        let inbox = open(&args.store, terminal).await?.inbox();
        let counted = inbox.clone();
        let count = move || {
            let inbox = counted.clone();
            // What was counted last stays where the store does not answer.
            async move { drop(inbox.stats().await) }
        };
        let _metrics = metrics
            .map(|metrics| metrics.serve(terminal, count))
            .transpose()?;
        let interrupts = Interrupts::start();
        let (report, reports) = unbounded_channel();
        let parked = report.clone();
        let command: Arc<str> = args.exec.into();
        let handler = move |received: Received, _: Commit| {
            let command = Arc::clone(&command);
            async move { exec::run(&command, received.raw().as_str()).await }
        };
        let work = inbox
            .work(args.at_once.get(), handler)
            .attempts(args.attempts)
            .given(args.until_empty.then_some(()), |work, ()| {
                work.until_empty()
            })
            .until(interrupts.first())
            // Sending fails only while the command is ending.
            .on_parked(move |entry| drop(parked.send(Report::from(entry))));
        let first = interrupts.first();
        let both = async {
            let mut received = Ok(());
            let receiving = async {
                if let Some(instance) = &instance {
                    received = receive(&inbox, instance, first, report).await;
                }
                if received.is_err() {
                    // Commands that run are finished before it is told.
                    interrupts.fail();
                }
                Ok(())
            };
            let work = async { Ok::<(), Stop>(work.await?) };
            tokio::try_join!(work, receiving)?;
            received
        };
        attended(both, reports, &interrupts, |report| report.show(terminal)).await
    });
    Ok(task.on_interrupt(OnInterrupt::Handled))
}

async fn receive(
    inbox: &Inbox,
    instance: &Instance,
    stop: impl Future<Output = ()> + Send + 'static,
    report: tokio::sync::mpsc::UnboundedSender<Report>,
) -> Result<(), Stop> {
    let receiving = inbox.receive(instance).until(stop);
    Ok(receiving.options(problems(report)).await?)
}

async fn parked(args: &ParkedArgs, terminal: &mut Terminal) -> Result<(), Stop> {
    let inbox = open(&args.store, terminal).await?.inbox();
    let entries = inbox.parked(args.limit.get(), None).await?;
    for entry in &entries {
        let raw = entry.raw().map(String::from_utf8_lossy);
        terminal.event(&Event::Parked {
            key: entry.key(),
            id_instance: entry.instance().map(green_api::InstanceId::get),
            chat_id: entry.chat(),
            kind: entry.kind(),
            attempts: entry.attempts(),
            problem: entry.problem(),
            received_at: seconds(entry.received_at()),
            notification: raw.as_deref().map(Part),
        })?;
    }
    let rows: Vec<[String; 5]> = entries.iter().map(row).collect();
    if rows.is_empty() {
        terminal.note("Nothing to show.");
        return Ok(());
    }
    Ok(terminal.result(&table(&rows))?)
}

fn row(entry: &InboxEntry) -> [String; 5] {
    [
        one_line(entry.key()),
        time(entry.received_at()),
        one_line(entry.kind()),
        one_line(entry.chat().unwrap_or_default()),
        one_line(entry.problem().unwrap_or_default()),
    ]
}

async fn replay(args: &ReplayArgs, terminal: &mut Terminal) -> Result<(), Stop> {
    let inbox = open(&args.store, terminal).await?.inbox();
    let count = match &args.key {
        Some(key) => inbox.replay(key).await.map(|()| 1)?,
        None => inbox.replay_all().await?,
    };
    let event = Event::Replayed { count };
    terminal.event(&event).map_err(Stop::done)?;
    terminal.note(&format!("{count} to be handled again."));
    Ok(())
}

async fn stats(args: &StoreArgs, terminal: &mut Terminal) -> Result<(), Stop> {
    let inbox = open(args, terminal).await?.inbox();
    let stats = inbox.stats().await?;
    terminal.event(&Event::InboxStats {
        waiting: stats.waiting,
        chats: stats.chats,
        parked: stats.parked,
        done: stats.done,
        oldest_seconds: stats.oldest.map(|age| age.as_secs()),
    })?;
    let counts = [
        ("waiting", stats.waiting),
        ("chats", stats.chats),
        ("parked", stats.parked),
        ("done", stats.done),
    ];
    Ok(terminal.result(&counted(&counts, stats.oldest))?)
}

impl From<&InboxEntry> for Report {
    fn from(entry: &InboxEntry) -> Self {
        let key = one_line(entry.key());
        Self::Trouble {
            message: format!(
                "{key} was given up on after {} attempt(s); to handle it again, run: green-api inbox replay '{key}'",
                entry.attempts()
            ),
            wait_seconds: 0.0,
        }
    }
}
