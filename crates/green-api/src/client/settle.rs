//! Finding out what became of a send that is in doubt.
//!
//! See [`Settle`] and the rules in [never twice](crate::guides::never_twice).

// A number from outside must not meet an operator that can overflow.
#![deny(clippy::arithmetic_side_effects)]

mod clock;
mod trace;

use std::collections::HashSet;
use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::time::{Duration, SystemTime};

use green_api_types::__private::Entry as _;
use green_api_types::operation::Operation;
use serde_json::Value;

use self::clock::{Bounds, Clock, Moment, OLDER, later};
use self::trace::{Match, Trace};
use crate::client::request::{Account as _, Call};
use crate::types::{JournalMessage, QueuedMessage, YesNo};
use crate::{ChatId, Error, ErrorKind, Instance, MessageId, Request, RequestParts};

/// How late a message may show up in a journal, by the documentation, and a little more.
const JOURNAL_DELAY: Duration = Duration::from_secs(125);
/// How many messages of the chat are read: first what the server gives unasked, then as many as may be needed.
const COUNTS: [i64; 2] = [100, 1000];
/// The setting without which the journal has no messages that the API sent.
const SETTING: &str = "outgoingAPIMessageWebhook";

/// A look for a send that is in doubt; [`Instance::settle`] makes one, and awaiting it looks.
///
/// It reads the settings, the sending queue and the journal of the chat, and changes nothing. It never takes another send for this one: texts can
/// repeat, so what it finds counts only if it is clear that nothing else can be it. [`known`](Self::known) makes that clear.
#[derive(Clone, Debug)]
#[must_use = "nothing is looked up until it is awaited"]
pub struct Settle {
    instance: Instance,
    send: Result<Send, String>,
    since: SystemTime,
    known: Option<HashSet<MessageId>>,
    journaled_since: Option<SystemTime>,
    absent_since: Option<SystemTime>,
    wait: bool,
    now: Option<SystemTime>,
}

#[derive(Clone, Debug)]
struct Send {
    operation: &'static Operation,
    trace: Option<Trace>,
    /// How long after it was awaited the server may still take it.
    taken_within: Duration,
}

/// The outcome of a send that was in doubt.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "what is unknown must not be sent again"]
pub enum Settled {
    /// The server took it, under this id: it waits in the queue or has left it. Do not send it again.
    Sent(MessageId),
    /// The server never took it, provided that [`Settle::journaled_since`] is true. Sending it again is safe.
    NotSent,
    /// Nobody can tell yet, or ever. Do not send it again without asking a person.
    Unknown {
        /// The reason, and what would make it known.
        reason: Doubt,
        /// The time from which looking again can tell more; `None` if only a change, or a person, can.
        until: Option<SystemTime>,
    },
}

/// The reason the outcome of a send is unknown. `Display` says what would make it known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Doubt {
    /// The journal has no messages that the API sends, since this setting is off, and the queue has it not or not any more.
    SettingOff(&'static str),
    /// It is not there, but this setting, which is on now, may have been off when it was sent; the journal would lack it then. Only
    /// [`Settle::journaled_since`] can say that it was on.
    SettingUnproven(&'static str),
    /// It is not there, but it may show up yet. Give this time to [`Settle::absent_since`] when you look again.
    TooEarly {
        /// When it was first seen not to be in the queue.
        absent_since: Option<SystemTime>,
    },
    /// These messages are equal to it, and it is not clear which, if any, is the one. Name those that are other sends with [`Settle::known`].
    Ambiguous(Vec<MessageId>),
    /// The queue or the journal has something that cannot be read, and that may be it.
    Unreadable,
    /// So much was written in the chat that the journal does not reach back to the send.
    TooManyMessages,
    /// The operation leaves nothing in the queue or the journal that it could be known by.
    NotTraceable,
}

impl fmt::Display for Doubt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SettingOff(setting) => write!(
                f,
                "the journal does not have what the API sends, since the setting `{setting}` is off; look at the phone, and switch it on for later sends"
            ),
            Self::SettingUnproven(setting) => write!(
                f,
                "it is not there, and the setting `{setting}` is on now, but may have been off when it was sent; if it was on, say since when with `journaled_since`, otherwise look at the phone"
            ),
            Self::TooEarly { .. } => {
                f.write_str("it is not there yet, but may still show up; look again at the time given")
            }
            Self::Ambiguous(ids) => write!(
                f,
                "{} equal message(s) may be it; name the ids of other sends with `known`, even if there are none",
                ids.len()
            ),
            Self::Unreadable => f.write_str(
                "the queue or the journal has something that cannot be read and may be it; look at the phone",
            ),
            Self::TooManyMessages => f.write_str(
                "too much was written in the chat since; look at the phone",
            ),
            Self::NotTraceable => f.write_str(
                "what this operation sends cannot be told apart in the queue and the journal; look at the phone",
            ),
        }
    }
}

impl Send {
    fn of(parts: RequestParts, instance: &Instance) -> Result<Self, String> {
        let operation = parts.operation;
        if !operation.sends() {
            return Err(format!("`{}` sends nothing to look for", operation.id));
        }
        let mut input = parts.input;
        if let (Some(file), Value::Object(input)) = (parts.file, &mut input) {
            input.insert("file".to_owned(), file.file_name().into());
        }
        let policy = parts.retry.as_ref().unwrap_or(instance.client().retry());
        // The last attempt may start as late as the policy lets it, and the server may take that one as long as its time limit lasts, whatever
        // became of the connection.
        let limit = operation.timeout.max(parts.timeout.unwrap_or_default());
        Ok(Self {
            operation,
            trace: Trace::of(input),
            taken_within: policy.remaining(Duration::ZERO).saturating_add(limit),
        })
    }
}

/// A send that [`Instance::settle`] can look for: a [`Request`] that sends, [its parts](RequestParts), or their operation and input alone.
pub trait InDoubt {
    /// Returns the parts.
    #[doc(hidden)]
    fn parts(&self) -> Result<RequestParts, String>;
}

impl<O: Call<Account = Instance>> InDoubt for Request<O> {
    fn parts(&self) -> Result<RequestParts, String> {
        self.to_parts().map_err(|error| error.to_string())
    }
}

impl InDoubt for RequestParts {
    fn parts(&self) -> Result<RequestParts, String> {
        Ok(self.clone())
    }
}

impl InDoubt for (&'static Operation, Value) {
    fn parts(&self) -> Result<RequestParts, String> {
        Ok(RequestParts::new(self.0, self.1.clone()))
    }
}

impl Instance {
    /// Finds out what became of a send that ended with [`Delivery::MaybeSent`](crate::Delivery::MaybeSent), or that was accepted without an id.
    ///
    /// `since` is the time just before the request was awaited. An attempt may start later by the [deadline](crate::RetryPolicy::deadline) of its retry
    /// policy; where the request does not say which that was, it is the policy of this instance's client. The rules, and what has to be on in the settings, are in
    /// [never twice](crate::guides::never_twice).
    ///
    /// ```no_run
    /// use std::time::SystemTime;
    /// use green_api::{Delivery, Settled};
    ///
    /// # async fn example(instance: green_api::Instance, chat: green_api::ChatId, journaled_since: SystemTime) -> Result<(), green_api::Error> {
    /// let request = instance.send_message(chat, "Order 4711 is on its way");
    /// let since = SystemTime::now();
    /// let delivery = match request.clone().await {
    ///     Ok(sent) => sent.delivery(),
    ///     Err(error) => error.delivery(),
    /// };
    /// if delivery == Delivery::MaybeSent {
    ///     // No other send has the same text, so none is known.
    ///     let settle = instance.settle(&request, since).known([]);
    ///     match settle.journaled_since(journaled_since).wait().await? {
    ///         Settled::Sent(id) => println!("sent as {id}"),
    ///         Settled::NotSent => println!("not sent: it can be sent again"),
    ///         Settled::Unknown { reason, until } => println!("{reason} ({until:?})"),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// When something could not be read, which can be tried again; [`ErrorKind::InvalidInput`] for an operation that does not send.
    pub fn settle(&self, request: &impl InDoubt, since: SystemTime) -> Settle {
        let send = request.parts().and_then(|parts| Send::of(parts, self));
        Settle {
            instance: self.clone(),
            send,
            since,
            known: None,
            journaled_since: None,
            absent_since: None,
            wait: false,
            now: None,
        }
    }
}

impl Settle {
    /// Names the ids of all other sends to this chat with the same content, of the last day and since; an empty list if there was none.
    ///
    /// Without it an equal message is never taken for it: an older one may have waited in the queue until now, and a journal has the time of the
    /// latest change of a message, not of its sending. The answer is then [`Doubt::Ambiguous`].
    pub fn known(mut self, ids: impl IntoIterator<Item = MessageId>) -> Self {
        self.known.get_or_insert_default().extend(ids);
        self
    }

    /// Says since when the setting `outgoingAPIMessageWebhook` has been on, without a break and in effect, which is up to five minutes after it
    /// was switched on.
    ///
    /// Without it, or with a time after the send, the answer is never [`Settled::NotSent`]: a journal lacks what was sent while the setting was
    /// off, and nothing tells when it was switched on.
    pub fn journaled_since(mut self, time: SystemTime) -> Self {
        self.journaled_since = Some(time);
        self
    }

    /// Sets since when it is known not to be in the queue, from [`Doubt::TooEarly`] of an earlier look.
    pub fn absent_since(mut self, time: SystemTime) -> Self {
        self.absent_since = Some(time);
        self
    }

    /// Waits until it can be known, rather than answering [`Doubt::TooEarly`]: about two minutes longer than the request may take, with all its attempts.
    pub fn wait(mut self) -> Self {
        self.wait = true;
        self
    }

    /// Sets what time it is now, for stores whose clock tests move.
    #[doc(hidden)]
    pub fn at(mut self, now: SystemTime) -> Self {
        self.now = Some(now);
        self
    }

    async fn run(mut self) -> Result<Settled, Error> {
        let send = self.send.clone();
        let send = send.map_err(|message| Error::invalid("settle", message))?;
        let Some(trace) = &send.trace else {
            return Ok(unknown(Doubt::NotTraceable));
        };
        let clock = Clock::start(self.now);
        loop {
            let settled = match self.look(&send, trace, &clock).await {
                Err(error) if is_unreadable(&error) => unknown(Doubt::Unreadable),
                settled => settled?,
            };
            let Settled::Unknown {
                reason: Doubt::TooEarly { absent_since },
                until: Some(until),
            } = &settled
            else {
                return Ok(settled);
            };
            if !self.wait {
                return Ok(settled);
            }
            self.absent_since = *absent_since;
            let wait = until.duration_since(clock.now());
            tokio::time::sleep(wait.unwrap_or_default().max(Duration::from_secs(1))).await;
        }
    }

    async fn look(&self, send: &Send, trace: &Trace, clock: &Clock) -> Result<Settled, Error> {
        let journaled = self
            .instance
            .get_settings()
            .await?
            .outgoing_api_message_webhook
            == Some(YesNo::Yes);
        // It goes from the queue to the journal, so the queue is read first: what is in neither has not slipped through.
        let answer = self.instance.show_messages_queue().answer().await?;
        let queue: Vec<QueuedMessage> = answer.read()?;
        let queue_read = Moment::new(clock.now(), answer.date());
        let begun = queue_read.there(self.since);
        let mut found = Found::default();
        for entry in &queue {
            self.count_queued(trace, send.operation, entry, &mut found);
        }
        let history = self.history(&trace.chat, begun.earliest).await?;
        let too_many = history.is_none();
        for (entry, is_whole) in history.iter().flatten() {
            self.count_sent(trace, entry, *is_whole, begun, &mut found);
        }
        Ok(
            match (
                found.sure.as_slice(),
                found.perhaps.is_empty(),
                found.unreadable,
            ) {
                ([id], true, false) => Settled::Sent(id.clone()),
                ([], true, true) => unknown(Doubt::Unreadable),
                ([], true, false) if too_many => unknown(Doubt::TooManyMessages),
                ([], true, false) if !journaled => unknown(Doubt::SettingOff(SETTING)),
                ([], true, false) => {
                    self.absent(later(begun.latest, send.taken_within), queue_read)
                }
                _ => {
                    found.perhaps.extend(found.sure);
                    unknown(Doubt::Ambiguous(found.perhaps))
                }
            },
        )
    }

    /// Says what it means that it is neither in the queue nor in the journal.
    fn absent(&self, taken_by: SystemTime, queue_read: Moment) -> Settled {
        let absent_since = [self.absent_since, Some(queue_read.there)]
            .into_iter()
            .flatten()
            .find(|time| *time >= taken_by);
        let until = later(absent_since.unwrap_or(taken_by), JOURNAL_DELAY);
        if absent_since.is_some() && until <= queue_read.there {
            return match self.journaled_since {
                Some(time) if time <= self.since => Settled::NotSent,
                _ => unknown(Doubt::SettingUnproven(SETTING)),
            };
        }
        Settled::Unknown {
            reason: Doubt::TooEarly { absent_since },
            until: Some(queue_read.here(match absent_since {
                Some(_) => until,
                None => taken_by,
            })),
        }
    }

    /// Returns the chat's messages, back to before the send, each with whether all of it could be read; or `None` if they do not reach back so
    /// far.
    async fn history(
        &self,
        chat: &ChatId,
        since: SystemTime,
    ) -> Result<Option<Vec<(JournalMessage, bool)>>, Error> {
        for count in COUNTS {
            let request = self.instance.get_chat_history(chat.clone()).count(count);
            let answer = request.answer().await?;
            let history: Vec<JournalMessage> = answer.read()?;
            let all = i64::try_from(history.len()).is_ok_and(|length| length < count);
            if all || history.iter().any(|entry| is_before(entry, since)) {
                let raw = answer.raw().as_array().into_iter().flatten();
                let is_whole = raw.map(|entry| JournalMessage::fitting(entry).is_ok());
                return Ok(Some(history.into_iter().zip(is_whole).collect()));
            }
        }
        Ok(None)
    }

    fn is_known(&self, id: Option<&MessageId>) -> bool {
        self.known
            .as_ref()
            .zip(id)
            .is_some_and(|(known, id)| known.contains(id))
    }

    fn count_queued(
        &self,
        trace: &Trace,
        operation: &Operation,
        entry: &QueuedMessage,
        found: &mut Found,
    ) {
        let id = entry.id_message();
        if !self.is_known(id) {
            // An equal one may have waited before.
            found.count(trace.in_queue(operation, entry), id, self.known.is_some());
        }
    }

    fn count_sent(
        &self,
        trace: &Trace,
        entry: &JournalMessage,
        is_whole: bool,
        begun: Bounds,
        found: &mut Found,
    ) {
        let id = entry.id_message();
        if self.is_known(id) || is_before(entry, begun.earliest) {
            return;
        }
        // An equal one of before may have waited in the queue until now.
        found.count(trace.in_journal(entry, is_whole), id, self.known.is_some());
    }
}

impl IntoFuture for Settle {
    type Output = Result<Settled, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + std::marker::Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// What may be it.
#[derive(Default)]
struct Found {
    sure: Vec<MessageId>,
    perhaps: Vec<MessageId>,
    unreadable: bool,
}

impl Found {
    fn count(&mut self, matches: Match, id: Option<&MessageId>, clear: bool) {
        let list = match (matches, id) {
            (Match::No, _) => return,
            (Match::Yes, Some(_)) if clear => &mut self.sure,
            (Match::Yes, Some(_)) => &mut self.perhaps,
            (Match::Yes | Match::Perhaps, _) => {
                self.unreadable = true;
                return;
            }
        };
        // On its way from the queue to the journal it can be in both.
        list.extend(id.filter(|id| !list.contains(id)).cloned());
    }
}

fn unknown(reason: Doubt) -> Settled {
    Settled::Unknown {
        reason,
        until: None,
    }
}

/// Whether it is so old that it cannot be a send that began at this time or later, whatever the clocks say.
fn is_before(entry: &JournalMessage, since: SystemTime) -> bool {
    let earliest = since.checked_sub(OLDER);
    entry
        .timestamp
        .zip(earliest)
        .is_some_and(|(time, earliest)| time.to_system_time() < earliest)
}

fn is_unreadable(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::UnexpectedAnswer | ErrorKind::AnswerTooLong
    )
}
