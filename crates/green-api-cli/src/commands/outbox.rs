//! `green-api outbox`.

use std::io;
use std::time::SystemTime;

use green_api::{Call, Instance, MessageId, Request, Upload, UploadSource};
use green_api_mailbox::{Error, OutboxEntry, OutboxEvent, OutboxState};
use tokio::sync::mpsc::unbounded_channel;

use super::input::content;
use super::interrupts::Interrupts;
use super::mailbox::{attended, counted, open, seconds, time};
use super::metrics::Metrics;
use super::plan::Given;
use super::reports::Report;
use super::send::{Message, compose};
use super::{OnInterrupt, Task};
use crate::account::Account;
use crate::args::{
    AddArgs, EntryState, KeyArgs, LimitArgs, ListArgs, OutboxCommand, RetryArgs, RunOutboxArgs,
    StoreArgs,
};
use crate::failure::{Failure, Stop};
use crate::terminal::{Event, Terminal};
use crate::text::{one_line, table};

pub(crate) fn prepare(
    command: OutboxCommand,
    profile: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Task, Stop> {
    Ok(match command {
        OutboxCommand::Add(args) => add(args, profile, terminal)?,
        OutboxCommand::Run(args) => run(args, profile, terminal)?,
        OutboxCommand::List(args) => {
            Task::new(async move |terminal: &mut Terminal| list(&args, terminal).await)
        }
        OutboxCommand::Show(args) => {
            Task::new(async move |terminal: &mut Terminal| show(&args, terminal).await)
        }
        OutboxCommand::Retry(args) => {
            Task::new(async move |terminal: &mut Terminal| retry(&args, terminal).await)
        }
        OutboxCommand::Cancel(args) => {
            Task::new(async move |terminal: &mut Terminal| cancel(&args, terminal).await)
        }
        OutboxCommand::Stats(args) => {
            Task::new(async move |terminal: &mut Terminal| stats(&args, terminal).await)
        }
    })
}

/// The largest file whose content is kept, in bytes.
const SMALL: u64 = 16 * 1024 * 1024;

/// Puts a message into the outbox.
struct Kept {
    instance: Instance,
    key: String,
    not_before: Option<SystemTime>,
    not_after: Option<SystemTime>,
    priority: i64,
    store: StoreArgs,
    /// Whether it has a file of which the path alone is kept.
    is_path: bool,
}

impl Message for Kept {
    type Output = Result<Task, Failure>;

    fn request<O: Call<Account = Instance>>(
        self,
        request: impl FnOnce(&Instance) -> Request<O> + 'static,
        limit: LimitArgs,
    ) -> Self::Output {
        if limit.timeout.is_some() {
            return Err(Failure::input(
                "--timeout is for messages that are sent at once; --not-after says until when this one may be sent",
            ));
        }
        Ok(Task::new(async move |terminal: &mut Terminal| {
            let outbox = open(&self.store, terminal).await?.outbox();
            let put = outbox
                .put(&*self.key, request(&self.instance))
                .priority(self.priority)
                .given(self.not_before, |put, time| put.not_before(time))
                .given(self.not_after, |put, time| put.not_after(time))
                .await?;
            let entry = outbox.get(&self.key).await?;
            terminal.event(&event(&entry)).map_err(Stop::done)?;
            if put.is_new() {
                terminal.note("In the outbox; it is sent by: green-api outbox run");
                if self.is_path {
                    terminal.note(
                        "The file is read when it is sent: do not change or move it until then.",
                    );
                }
                return Ok(());
            }
            was_there(&entry)?;
            let state = entry.state();
            terminal.note(&format!("The outbox has it already: it is {state}."));
            Ok(())
        }))
    }

    fn upload<O: Call<Account = Instance>>(
        self,
        file: Upload,
        request: impl FnOnce(&Instance, Upload) -> Request<O> + 'static,
        limit: LimitArgs,
    ) -> Self::Output {
        let is_small = file.length().is_some_and(|length| length <= SMALL);
        let (file, is_path) = match file.source() {
            UploadSource::Path(path) if is_small => (
                Upload::from_bytes(content(path, limit)?)
                    .named(file.file_name())
                    .of_type(file.content_type()),
                false,
            ),
            source => (file.clone(), matches!(source, UploadSource::Path(_))),
        };
        let kept = Self { is_path, ..self };
        kept.request(move |instance: &Instance| request(instance, file), limit)
    }
}

/// Fails where the message that is there under the key is not sent: whoever adds it again would wait in vain.
fn was_there(entry: &OutboxEntry) -> Result<(), Failure> {
    use OutboxState as S;
    let again = match entry.state() {
        state if state.is_open() => return Ok(()),
        S::Sent | S::Delivered | S::Read => return Ok(()),
        S::Cancelled => "choose another key",
        _ if entry.is_in_doubt() => {
            "look at the phone, and if it is not there, run: green-api outbox retry --not-sent"
        }
        _ => "choose another key, or run: green-api outbox retry",
    };
    Err(Failure::from(Error::State {
        key: one_line(entry.key()),
        state: entry.state().to_string(),
        reason: format!("it is not sent; {again}"),
    }))
}

fn add(args: AddArgs, profile: Option<&str>, terminal: &mut Terminal) -> Result<Task, Stop> {
    let kept = Kept {
        instance: Instance::find(profile, terminal)?,
        key: args.key,
        not_before: args.not_before.and_then(AddArgs::at),
        not_after: args.not_after.and_then(AddArgs::at),
        priority: args.priority,
        store: args.store,
        is_path: false,
    };
    Ok(compose(args.message, kept)??)
}

fn run(
    args: RunOutboxArgs,
    profile: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Task, Failure> {
    // Before there is a client: it describes what it records.
    let metrics = args.metrics.map(Metrics::bind).transpose()?;
    let instance = Instance::find(profile, terminal)?;
    let task = Task::new(async move |terminal: &mut Terminal| {
        let outbox = open(&args.store, terminal).await?.outbox();
        let counted = outbox.clone();
        let count = move || {
            let outbox = counted.clone();
            // What was counted last stays where the store does not answer.
            async move { drop(outbox.stats().await) }
        };
        let _metrics = metrics
            .map(|metrics| metrics.serve(terminal, count))
            .transpose()?;
        let interrupts = Interrupts::start();
        let (told, reports) = unbounded_channel();
        let work = outbox
            .work([instance])
            .limit(args.at_once.get())
            .given(args.until_empty.then_some(()), |work, ()| {
                work.until_empty()
            })
            .until(interrupts.first())
            // Sending fails only while the command is ending.
            .on_event(move |event| drop(told.send(event.clone())));
        let show = |event: &OutboxEvent| tell(event, terminal);
        attended(work.into_future(), reports, &interrupts, show).await
    });
    Ok(task.on_interrupt(OnInterrupt::Handled))
}

/// Shows what happens while messages are sent.
fn tell(event: &OutboxEvent, terminal: &mut Terminal) -> Result<(), Stop> {
    match event {
        OutboxEvent::Changed { key, state } => {
            let state = state.as_str();
            terminal.event(&Event::EntryChanged { key, state })?;
            Ok(terminal.result(&format!("{} {state}", one_line(key)))?)
        }
        OutboxEvent::Held {
            instance,
            reason,
            until,
        } => {
            let wait = until.and_then(|until| until.duration_since(SystemTime::now()).ok());
            let until = until.map(|until| format!(", until {}", time(until)));
            Report::Trouble {
                message: format!(
                    "instance {instance} sends nothing{}: {reason}",
                    until.unwrap_or_default()
                ),
                wait_seconds: wait.unwrap_or_default().as_secs_f64(),
            }
            .show(terminal)
        }
        OutboxEvent::Unattended { instance, entries } => Report::Trouble {
            message: format!(
                "entries of instance {instance} wait ({entries}), and nobody sends for it: run `green-api outbox run` with its credentials, or cancel them"
            ),
            wait_seconds: 0.0,
        }
        .show(terminal),
        OutboxEvent::Resumed { instance } => Report::Recovered {
            message: format!("instance {instance} sends again"),
        }
        .show(terminal),
        _ => Ok(()),
    }
}

async fn list(args: &ListArgs, terminal: &mut Terminal) -> Result<(), Stop> {
    let outbox = open(&args.store, terminal).await?.outbox();
    let entries = outbox
        .list(args.state.map(state), args.limit.get(), None)
        .await?;
    for entry in &entries {
        terminal.event(&event(entry))?;
    }
    if entries.is_empty() {
        terminal.note("Nothing to show.");
        return Ok(());
    }
    let rows: Vec<[String; 5]> = entries.iter().map(row).collect();
    Ok(terminal.result(&table(&rows))?)
}

async fn show(args: &KeyArgs, terminal: &mut Terminal) -> Result<(), Stop> {
    let outbox = open(&args.store, terminal).await?.outbox();
    Ok(present(&outbox.get(&args.key).await?, terminal)?)
}

async fn retry(args: &RetryArgs, terminal: &mut Terminal) -> Result<(), Stop> {
    let outbox = open(&args.store, terminal).await?.outbox();
    if args.not_sent {
        outbox.retry_in_doubt(&args.key).await?;
    } else {
        outbox.retry(&args.key).await?;
    }
    present(&outbox.get(&args.key).await?, terminal).map_err(Stop::done)
}

async fn cancel(args: &KeyArgs, terminal: &mut Terminal) -> Result<(), Stop> {
    let outbox = open(&args.store, terminal).await?.outbox();
    outbox.cancel(&args.key).await?;
    present(&outbox.get(&args.key).await?, terminal).map_err(Stop::done)
}

fn present(entry: &OutboxEntry, terminal: &mut Terminal) -> io::Result<()> {
    terminal.event(&event(entry))?;
    terminal.result(&table(&[row(entry)]))
}

async fn stats(args: &StoreArgs, terminal: &mut Terminal) -> Result<(), Stop> {
    let outbox = open(args, terminal).await?.outbox();
    let stats = outbox.stats().await?;
    let oldest = stats.oldest.map(|time| time.elapsed().unwrap_or_default());
    terminal.event(&Event::OutboxStats {
        queued: stats.queued,
        sending: stats.sending,
        doubtful: stats.doubtful,
        parked: stats.parked,
        held_instances: stats.held,
        oldest_seconds: oldest.map(|age| age.as_secs()),
    })?;
    let counts = [
        ("queued", stats.queued),
        ("sending", stats.sending),
        ("doubtful", stats.doubtful),
        ("parked", stats.parked),
        ("held instances", stats.held),
    ];
    Ok(terminal.result(&counted(&counts, oldest))?)
}

fn event(entry: &OutboxEntry) -> Event<'_> {
    Event::Entry {
        key: entry.key(),
        id_instance: entry.instance().get(),
        chat_id: entry.chat(),
        operation: entry.operation(),
        state: entry.state().as_str(),
        in_doubt: entry.is_in_doubt(),
        attempts: entry.attempts(),
        id_message: entry.message_id().map(MessageId::as_str),
        problem: entry.problem(),
        created_at: seconds(entry.created()),
        changed_at: seconds(entry.changed()),
    }
}

fn row(entry: &OutboxEntry) -> [String; 5] {
    let what = entry.message_id().map(MessageId::as_str);
    [
        one_line(entry.key()),
        time(entry.changed()),
        entry.state().as_str().to_owned(),
        one_line(entry.chat().unwrap_or_default()),
        one_line(entry.problem().or(what).unwrap_or_default()),
    ]
}

fn state(state: EntryState) -> OutboxState {
    match state {
        EntryState::Queued => OutboxState::Queued,
        EntryState::Sending => OutboxState::Sending,
        EntryState::Doubtful => OutboxState::Doubtful,
        EntryState::Sent => OutboxState::Sent,
        EntryState::Delivered => OutboxState::Delivered,
        EntryState::Read => OutboxState::Read,
        EntryState::Failed => OutboxState::Failed,
        EntryState::NoAccount => OutboxState::NoAccount,
        EntryState::Refused => OutboxState::Refused,
        EntryState::Parked => OutboxState::Parked,
        EntryState::Cancelled => OutboxState::Cancelled,
        EntryState::Expired => OutboxState::Expired,
    }
}
