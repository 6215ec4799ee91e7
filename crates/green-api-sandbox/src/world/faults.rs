//! Faults, by the names of operations and of notifications.

mod list;
mod seconds;

use std::ops::Range;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::instances::IdInstance;
use crate::kit::clock::FURTHEST;

pub(crate) use self::list::{Effect, FaultList, Names};

/// Something that goes wrong with the calls of one operation, or with notifications of one kind.
///
/// A fault [on an operation](Fault::on) answers in its place, and it is not carried out; [`carried_out`](Fault::carried_out) lets it happen
/// and spoils the answer only, as [`delay`](Fault::delay) and [`truncate`](Fault::truncate) do by themselves. A fault
/// [on notifications](Fault::on_notification) changes what is queued. Without [`times`](Fault::times) it lasts.
///
/// ```
/// use std::time::Duration;
/// use green_api_sandbox::Fault;
///
/// let twice_bad_gateway = Fault::on("getStateInstance").times(2).status(502).html();
/// let slow = Fault::on("getAuthorizationCode").delay(Duration::from_secs(30));
/// let gone = Fault::on("setSettings").times(1).drop_connection();
/// let sent_and_answer_lost = Fault::on("sendMessage").times(1).carried_out().drop_connection();
/// let now_and_then = Fault::on("sendMessage").one_in(10).carried_out().status(502).html();
/// let delivered_before_sent = Fault::on_notification("outgoingMessageStatus").times(1).out_of_order();
/// ```
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(
    description = "Something that goes wrong with the calls of one operation, or with notifications of one kind."
)]
#[must_use = "a fault does nothing until it is added to `Sandbox::faults`"]
pub struct Fault {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    operation: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    notification: Option<String>,
    /// How many calls or notifications it still hits; without it, all.
    #[serde(rename = "times", default, skip_serializing_if = "Option::is_none")]
    #[schema(format = "uint32", maximum = 4_294_967_295_u32)]
    left: Option<u32>,
    /// The only instance that it happens to; without it, all.
    #[serde(
        rename = "idInstance",
        default,
        skip_serializing_if = "Option::is_none"
    )]
    #[schema(minimum = 1)]
    instance: Option<u64>,
    /// Of how many calls or notifications it hits one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    one_in: Option<u32>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    carried_out: bool,
    #[serde(
        rename = "delaySeconds",
        default,
        skip_serializing_if = "Duration::is_zero",
        with = "seconds"
    )]
    #[schema(value_type = f64, minimum = 0, maximum = 86400)]
    delay: Duration,
    #[serde(rename = "answer", default)]
    outcome: Outcome,
}

/// The effect of a fault.
#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = FaultAnswer)]
pub(crate) enum Outcome {
    /// No effect: the operation is carried out and answered, the notification queued.
    #[default]
    Usual,
    /// A status with an empty body, or 466 with that of the quota.
    Status {
        #[schema(minimum = 200, maximum = 999)]
        status: u16,
    },
    /// An error page of the web server in front of the API.
    Html {
        #[serde(default = "bad_gateway")]
        #[schema(minimum = 200, maximum = 999)]
        status: u16,
    },
    /// Any text as if it were JSON.
    Body {
        #[serde(default = "ok")]
        #[schema(minimum = 200, maximum = 999)]
        status: u16,
        text: String,
    },
    /// `getAuthorizationCode` gives out no code.
    StatusFalse,
    /// Bytes that are not text.
    Garbage,
    /// A JSON string of so many bytes.
    Huge {
        #[schema(maximum = 100_000_000)]
        bytes: usize,
    },
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
    /// The message is queued twice: first as WhatsApp's marker and then with its content.
    MarkerFirst,
}

const fn bad_gateway() -> u16 {
    502
}

const fn ok() -> u16 {
    200
}

impl Outcome {
    /// Returns whether it can happen to operations, and whether to notifications.
    fn happens_to(&self) -> (bool, bool) {
        match self {
            Self::Usual => (true, true),
            Self::Duplicate | Self::OutOfOrder | Self::Lose | Self::MarkerFirst => (false, true),
            _ => (true, false),
        }
    }

    /// Returns the HTTP status that was set so far.
    fn status(&self) -> Option<u16> {
        match *self {
            Self::Status { status } | Self::Html { status } | Self::Body { status, .. } => {
                Some(status)
            }
            _ => None,
        }
    }
}

impl Fault {
    /// Returns a fault of the operation with this `operationId`, such as `getStateInstance`.
    pub fn on(operation: impl Into<String>) -> Self {
        Self::new(Some(operation.into()), None)
    }

    /// Returns a fault of the notifications with this `typeWebhook`, such as `outgoingMessageStatus`, of any instance, received or posted.
    pub fn on_notification(type_webhook: impl Into<String>) -> Self {
        Self::new(None, Some(type_webhook.into()))
    }

    fn new(operation: Option<String>, notification: Option<String>) -> Self {
        Self {
            operation,
            notification,
            left: None,
            instance: None,
            one_in: None,
            carried_out: false,
            delay: Duration::ZERO,
            outcome: Outcome::Usual,
        }
    }

    /// Limits the fault to the next `times` calls, or notifications. A fault that was used up is gone, and makes way for the one that was
    /// added after it. Default: it stays, and hides those after it, until the faults are cleared.
    pub fn times(self, times: u32) -> Self {
        Self {
            left: Some(times),
            ..self
        }
    }

    /// Limits the fault to one instance, by its number. Default: it happens to every instance.
    pub fn instance(self, id_instance: impl IdInstance) -> Self {
        Self {
            instance: Some(id_instance.number()),
            ..self
        }
    }

    /// Limits the fault to about one in so many calls or notifications, drawn by the sandbox's [seed](crate::Builder::seed). Only those
    /// that it hits count as [`times`](Fault::times).
    pub fn one_in(self, number: u32) -> Self {
        Self {
            one_in: Some(number),
            ..self
        }
    }

    /// Carries the operation out before its answer goes wrong: a message is sent, and its sender does not learn of it.
    ///
    /// ```
    /// # use green_api_sandbox::{Fault, Sandbox, State};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), green_api_sandbox::StartError> {
    /// let sandbox = Sandbox::start().await?;
    /// sandbox.instance().set_state(State::Authorized);
    /// sandbox.faults().add(Fault::on("sendMessage").times(1).carried_out().drop_connection());
    /// # Ok(()) }
    /// ```
    pub fn carried_out(self) -> Self {
        Self {
            carried_out: true,
            ..self
        }
    }

    /// Delays the answer by this time, by the sandbox's clock. What was asked for happens at once all the same. A notification is queued
    /// that much later.
    pub fn delay(self, delay: Duration) -> Self {
        Self {
            delay: delay.min(FURTHEST),
            ..self
        }
    }

    /// Answers with this HTTP status and an empty body; with 466, the body says which quota of the free plan is used up: that of
    /// `checkWhatsapp`, or that of the chats for an operation that sends.
    ///
    /// # Panics
    ///
    /// Panics when an answer cannot have this status: it must be from 200 to 999.
    pub fn status(self, status: u16) -> Self {
        assert!(
            STATUSES.contains(&status),
            "an answer cannot have the status {status}"
        );
        self.with(Outcome::Status { status })
    }

    /// Answers with the error page of a web server in front of the API, with the status given before, or else 502.
    pub fn html(self) -> Self {
        let status = self.outcome.status().unwrap_or(bad_gateway());
        self.with(Outcome::Html { status })
    }

    /// Answers with this text as if it were JSON, with the status given before, or else 200.
    pub fn body(self, text: impl Into<String>) -> Self {
        let status = self.outcome.status().unwrap_or(ok());
        self.with(Outcome::Body {
            status,
            text: text.into(),
        })
    }

    /// Answers 200 with `{"status":false,"code":""}`, the way in which `getAuthorizationCode` fails.
    pub fn status_false(self) -> Self {
        self.with(Outcome::StatusFalse)
    }

    /// Answers 200 with a body that is neither JSON nor text.
    pub fn garbage(self) -> Self {
        self.with(Outcome::Garbage)
    }

    /// Answers 200 with a JSON string of this many bytes.
    pub fn huge(self, bytes: usize) -> Self {
        self.with(Outcome::Huge { bytes })
    }

    /// Ends the connection in the middle of the answer. The operation is carried out.
    pub fn truncate(self) -> Self {
        self.with(Outcome::Truncate)
    }

    /// Ends the connection without an answer.
    pub fn drop_connection(self) -> Self {
        self.with(Outcome::DropConnection)
    }

    /// Resets the connection without an answer: what a client sees when something between it and the server has crashed.
    pub fn reset_connection(self) -> Self {
        self.with(Outcome::Reset)
    }

    /// Keeps the connection open without ever answering. The operation is not carried out; with a long [`delay`](Fault::delay) it is.
    pub fn no_answer(self) -> Self {
        self.with(Outcome::NoAnswer)
    }

    /// Queues the notification twice, with two receipts, as the real server does at times. With a [`delay`](Fault::delay) it is the
    /// second one that comes late.
    pub fn duplicate(self) -> Self {
        self.with(Outcome::Duplicate)
    }

    /// Queues the notification after the next one of its kind: `delivered` before `sent`, say. Until that comes, it waits.
    pub fn out_of_order(self) -> Self {
        self.with(Outcome::OutOfOrder)
    }

    /// Drops the notification.
    pub fn lose(self) -> Self {
        self.with(Outcome::Lose)
    }

    /// Queues a message that comes in as the marker `{{SWE003}}` first, which WhatsApp shows while it has no key for the content, and then
    /// with its content and under the same id. With a [`delay`](Fault::delay) it is the content that comes late.
    pub fn marker_first(self) -> Self {
        self.with(Outcome::MarkerFirst)
    }

    fn with(self, outcome: Outcome) -> Self {
        Self { outcome, ..self }
    }

    /// Returns why this fault could never happen. The library's own functions panic in these cases.
    fn complaint(&self, names: &Names) -> Option<String> {
        let (to_operations, to_notifications) = self.outcome.happens_to();
        match (&self.operation, &self.notification) {
            (None, None) | (Some(_), Some(_)) => {
                return Some("a fault needs either an `operation` or a `notification`".to_owned());
            }
            (Some(operation), None) if !names.operations.contains(operation) => {
                return Some(format!("there is no operation `{operation}`"));
            }
            (None, Some(kind)) if !names.notifications.contains(kind) => {
                return Some(format!("there is no notification `{kind}`"));
            }
            (Some(_), None) if !to_operations => {
                return Some("this happens to notifications only".to_owned());
            }
            (None, Some(_)) if !to_notifications || self.carried_out => {
                return Some("this happens to operations only".to_owned());
            }
            (None, Some(kind))
                if matches!(self.outcome, Outcome::MarkerFirst) && kind != INCOMING =>
            {
                return Some(format!("this happens to `{INCOMING}` only"));
            }
            _ => {}
        }
        match self.outcome {
            _ if self.one_in == Some(0) => Some("oneIn must be 1 or more".to_owned()),
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

/// The statuses that an answer can have. After one below 200, HTTP expects another answer.
const STATUSES: Range<u16> = 200..1000;
/// The largest answer that can be asked for over HTTP.
const MOST_BYTES: usize = 100_000_000;
/// The notifications of messages that come in.
const INCOMING: &str = "incomingMessageReceived";
