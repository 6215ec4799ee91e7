use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::queue::{Notification, Queue, Release};
use crate::reply::Reply;
use crate::world::{Core, Event, World};

/// Something that goes wrong with the calls of one operation, or with notifications of one kind.
///
/// A fault [on an operation](Fault::on) answers in its place, and it is not carried out; only [`delay`](Fault::delay) and
/// [`truncate`](Fault::truncate) let it happen and spoil the answer. A fault [on notifications](Fault::on_notification) changes what
/// is queued. Without [`times`](Fault::times) it lasts.
///
/// ```
/// use std::time::Duration;
/// use green_api_sandbox::Fault;
///
/// let twice_bad_gateway = Fault::on("getStateInstance").times(2).status(502).html();
/// let slow = Fault::on("getAuthorizationCode").delay(Duration::from_secs(30));
/// let gone = Fault::on("setSettings").times(1).drop_connection();
/// let delivered_before_sent = Fault::on_notification("outgoingMessageStatus").times(1).out_of_order();
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[must_use = "a fault does nothing until it is added to `Sandbox::faults`"]
pub struct Fault {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notification: Option<String>,
    /// How many calls or notifications it still hits; without it, all.
    #[serde(rename = "times", default, skip_serializing_if = "Option::is_none")]
    left: Option<u32>,
    #[serde(
        rename = "delaySeconds",
        default,
        skip_serializing_if = "Duration::is_zero",
        with = "seconds"
    )]
    pub(crate) delay: Duration,
    #[serde(rename = "answer", default)]
    pub(crate) outcome: Outcome,
}

/// What a fault does to the answer. As JSON, this is what the control over HTTP takes and lists.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum Outcome {
    /// Nothing: the operation is carried out and answered, the notification queued.
    #[default]
    Usual,
    /// A status with an empty body.
    Status { status: u16 },
    /// An error page of the web server in front of the API.
    Html {
        #[serde(default = "bad_gateway")]
        status: u16,
    },
    /// Any text as if it were JSON.
    Body {
        #[serde(default = "ok")]
        status: u16,
        text: String,
    },
    /// `getAuthorizationCode` gives out no code.
    StatusFalse,
    /// Bytes that are no text.
    Garbage,
    /// A JSON string of so many bytes.
    Huge { bytes: usize },
    /// The answer promises its full length, and the connection ends in the middle.
    Truncate,
    /// The connection ends without an answer.
    DropConnection,
    /// The connection is reset.
    Reset,
    /// The connection stays open, and nothing comes.
    NoAnswer,
    /// The notification is queued twice.
    Duplicate,
    /// The notification is queued after the next one of its kind.
    OutOfOrder,
    /// The notification is not queued.
    Lose,
}

const fn bad_gateway() -> u16 {
    502
}

const fn ok() -> u16 {
    200
}

impl Outcome {
    /// Whether it happens to operations, and whether to notifications.
    fn happens_to(&self) -> (bool, bool) {
        match self {
            Self::Usual => (true, true),
            Self::Duplicate | Self::OutOfOrder | Self::Lose => (false, true),
            _ => (true, false),
        }
    }

    /// The status that was asked for so far.
    fn status(&self) -> Option<u16> {
        match *self {
            Self::Status { status } | Self::Html { status } | Self::Body { status, .. } => {
                Some(status)
            }
            _ => None,
        }
    }

    /// The answer that is sent in place of the operation's; `None` when the operation is carried out or there is none.
    pub(crate) fn instead(&self) -> Option<Reply> {
        Some(match self {
            Self::Usual | Self::Truncate | Self::DropConnection | Self::Reset | Self::NoAnswer => {
                return None;
            }
            Self::Duplicate | Self::OutOfOrder | Self::Lose => return None,
            Self::Status { status } => Reply::new(*status, None, ""),
            Self::Html { status } => Reply::html(*status),
            Self::Body { status, text } => Reply::json_text(text).with_status(*status),
            Self::StatusFalse => Reply::json_text(crate::operations::NO_CODE),
            Self::Garbage => Reply::new(
                200,
                Some("application/json"),
                vec![0xff, 0x00, 0x7b, 0xfe, 0x22, 0x80],
            ),
            Self::Huge { bytes } => {
                Reply::json_text(format!("\"{}\"", "x".repeat(bytes.saturating_sub(2))))
            }
        })
    }
}

/// A duration as a number of seconds.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de};

    /// Nobody waits longer for an answer, and far longer times end beyond what a clock can show.
    const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

    pub(super) fn serialize<S: Serializer>(
        duration: &Duration,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(duration.as_secs_f64())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Duration, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        let delay = Duration::try_from_secs_f64(seconds)
            .ok()
            .filter(|delay| *delay <= LONGEST);
        delay.ok_or_else(|| {
            de::Error::custom(
                "delaySeconds must be a number of seconds, such as 0.5, and no more than a day",
            )
        })
    }
}

impl Fault {
    /// A fault of the operation with this `operationId`, such as `getStateInstance`.
    pub fn on(operation: impl Into<String>) -> Self {
        let operation = Some(operation.into());
        Self {
            operation,
            notification: None,
            left: None,
            delay: Duration::ZERO,
            outcome: Outcome::Usual,
        }
    }

    /// A fault of the notifications with this `typeWebhook`, such as `outgoingMessageStatus`, of whatever instance, received or posted.
    pub fn on_notification(type_webhook: impl Into<String>) -> Self {
        let notification = Some(type_webhook.into());
        Self {
            operation: None,
            notification,
            left: None,
            delay: Duration::ZERO,
            outcome: Outcome::Usual,
        }
    }

    /// Only the next `times` calls, or notifications, are hit. A fault that was used up is gone, and makes way for the one that was
    /// added after it.
    pub fn times(self, times: u32) -> Self {
        Self {
            left: Some(times),
            ..self
        }
    }

    /// The call is not answered before this time has passed, by the sandbox's clock. What was asked for happens at once all the same.
    /// A notification is queued that much later.
    pub fn delay(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// This HTTP status with an empty body.
    ///
    /// # Panics
    ///
    /// When an answer cannot have this status: there are 200 to 999.
    pub fn status(self, status: u16) -> Self {
        assert!(
            STATUSES.contains(&status),
            "an answer cannot have the status {status}"
        );
        self.with(Outcome::Status { status })
    }

    /// The error page of a web server in front of the API, with the status given before, or else 502.
    pub fn html(self) -> Self {
        let status = self.outcome.status().unwrap_or(bad_gateway());
        self.with(Outcome::Html { status })
    }

    /// This text as if it were JSON, with the status given before, or else 200.
    pub fn body(self, text: impl Into<String>) -> Self {
        let status = self.outcome.status().unwrap_or(ok());
        self.with(Outcome::Body {
            status,
            text: text.into(),
        })
    }

    /// 200 with `{"status":false,"code":""}`, the way in which `getAuthorizationCode` fails.
    pub fn status_false(self) -> Self {
        self.with(Outcome::StatusFalse)
    }

    /// 200 with a body that is neither JSON nor text.
    pub fn garbage(self) -> Self {
        self.with(Outcome::Garbage)
    }

    /// 200 with a JSON string of so many bytes.
    pub fn huge(self, bytes: usize) -> Self {
        self.with(Outcome::Huge { bytes })
    }

    /// The operation is carried out, and the connection ends in the middle of its answer.
    pub fn truncate(self) -> Self {
        self.with(Outcome::Truncate)
    }

    /// The connection ends without an answer.
    pub fn drop_connection(self) -> Self {
        self.with(Outcome::DropConnection)
    }

    /// The connection is reset, without an answer: what a client sees when something between it and the server has crashed.
    pub fn reset_connection(self) -> Self {
        self.with(Outcome::Reset)
    }

    /// The connection stays open, and nothing ever comes. The operation is not carried out; with a long [`delay`](Fault::delay) it is.
    pub fn no_answer(self) -> Self {
        self.with(Outcome::NoAnswer)
    }

    /// The notification is queued twice, with two receipts, as the real server does at times. With a [`delay`](Fault::delay) it is the
    /// second one that comes late.
    pub fn duplicate(self) -> Self {
        self.with(Outcome::Duplicate)
    }

    /// The notification is queued after the next one of its kind: `delivered` before `sent`, say. Until that comes, it waits.
    pub fn out_of_order(self) -> Self {
        self.with(Outcome::OutOfOrder)
    }

    /// The notification is never queued.
    pub fn lose(self) -> Self {
        self.with(Outcome::Lose)
    }

    fn with(self, outcome: Outcome) -> Self {
        Self { outcome, ..self }
    }

    /// Why this fault cannot be. The library's own functions panic in these cases.
    pub(crate) fn complaint(&self, core: &Core) -> Option<String> {
        let (to_operations, to_notifications) = self.outcome.happens_to();
        match (&self.operation, &self.notification) {
            (None, None) | (Some(_), Some(_)) => {
                return Some("a fault needs either an `operation` or a `notification`".to_owned());
            }
            (Some(operation), None) if !core.bundle.has(operation) => {
                return Some(format!("there is no operation `{operation}`"));
            }
            (None, Some(kind)) if !core.bundle.has_notification(kind) => {
                return Some(format!("there is no notification `{kind}`"));
            }
            (Some(_), None) if !to_operations => {
                return Some("this happens to notifications only".to_owned());
            }
            (None, Some(_)) if !to_notifications => {
                return Some("this happens to operations only".to_owned());
            }
            _ => {}
        }
        match self.outcome {
            Outcome::Huge { bytes } if bytes > MOST_BYTES => {
                Some(format!("bytes must not be more than {MOST_BYTES}"))
            }
            _ => {
                let status = self
                    .outcome
                    .status()
                    .filter(|status| !STATUSES.contains(status))?;
                Some(format!("an answer cannot have the status {status}"))
            }
        }
    }
}

/// What an answer can have; below 200 another one follows.
const STATUSES: Range<u16> = 200..1000;
/// The largest answer that can be asked for over HTTP.
const MOST_BYTES: usize = 100_000_000;

/// The faults of a sandbox, from [`Sandbox::faults`](crate::Sandbox::faults).
pub struct Faults<'s> {
    pub(crate) core: &'s Arc<Core>,
}

impl Faults<'_> {
    /// Adds a fault. Of several on one operation, or on one kind of notification, the oldest counts.
    ///
    /// # Panics
    ///
    /// When there is no such operation or notification, or when what is to happen cannot happen to it: such a fault would never strike,
    /// and a test would pass for the wrong reason.
    pub fn add(&self, fault: Fault) -> &Self {
        if let Some(complaint) = fault.complaint(self.core) {
            panic!("{complaint}");
        }
        self.core.with(|world| world.add_fault(fault));
        self
    }

    /// Removes all faults.
    pub fn clear(&self) {
        self.core.with(World::clear_faults);
    }
}

impl fmt::Debug for Faults<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core
            .with(|world| f.debug_list().entries(&world.faults).finish())
    }
}

impl World {
    /// Adds a fault, unless it is to strike no call at all.
    pub(crate) fn add_fault(&mut self, fault: Fault) {
        if fault.left != Some(0) {
            self.faults.push(fault);
        }
        self.stirred = true;
    }

    pub(crate) fn clear_faults(&mut self) {
        self.faults.clear();
        self.stirred = true;
    }

    /// The fault that hits this call, if any.
    pub(crate) fn strike(&mut self, operation: &str) -> Option<Fault> {
        self.strike_where(|fault| fault.operation.as_deref() == Some(operation))
    }

    /// The oldest fault that fits strikes, and is gone when that was the last time.
    fn strike_where(&mut self, fits: impl Fn(&Fault) -> bool) -> Option<Fault> {
        let place = self.faults.iter().position(fits)?;
        let fault = &mut self.faults[place];
        fault.left = fault.left.map(|left| left - 1);
        if fault.left == Some(0) {
            return Some(self.faults.remove(place));
        }
        Some(fault.clone())
    }

    /// Takes what was queued into its place, as far as faults let it.
    pub(crate) fn file_notifications(&mut self) {
        let mut fresh = Vec::new();
        for account in self.accounts.values_mut() {
            fresh.extend(
                account
                    .queue
                    .take_fresh()
                    .into_iter()
                    .map(|entry| (account.id, entry)),
            );
        }
        for (id, entry) in fresh {
            let kind = kind_of(&entry.1);
            // What was held back comes after this one, so this one must not be held back as well.
            let is_awaited = self
                .accounts
                .get(&id)
                .is_some_and(|account| account.queue.holds_back(&kind));
            let fits = |fault: &Fault| {
                fault.notification.as_ref() == Some(&kind)
                    && !(is_awaited && matches!(fault.outcome, Outcome::OutOfOrder))
            };
            let (delay, outcome) = self
                .strike_where(fits)
                .map_or((Duration::ZERO, Outcome::Usual), |fault| {
                    (fault.delay, fault.outcome)
                });
            let due = self.now + delay;
            if !delay.is_zero() {
                self.schedule(delay, Event::NotificationDue(id));
            }
            let Some(Account { queue, .. }) = self.accounts.get_mut(&id) else {
                continue;
            };
            let file_or_wait = |queue: &mut Queue, entry| match delay.is_zero() {
                true => queue.file(entry),
                false => queue.hold_back(Release::At(due), entry),
            };
            match outcome {
                Outcome::Lose => continue,
                Outcome::OutOfOrder => {
                    queue.hold_back(Release::After(kind), entry);
                    continue;
                }
                Outcome::Duplicate => {
                    let copy = queue.copy(&entry);
                    queue.file(entry);
                    file_or_wait(queue, copy);
                }
                _ => file_or_wait(queue, entry),
            }
            queue.release(|release| matches!(release, Release::After(awaited) if *awaited == kind));
        }
    }
}

/// The `typeWebhook` of a notification; empty when it has none.
fn kind_of(notification: &Notification) -> String {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Kind {
        type_webhook: String,
    }
    serde_json::from_slice::<Kind>(&notification.body)
        .map(|kind| kind.type_webhook)
        .unwrap_or_default()
}
