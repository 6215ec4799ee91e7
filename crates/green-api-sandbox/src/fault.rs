use std::fmt;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::reply::Reply;
use crate::world::{Core, World};

/// Something that goes wrong with the calls of one operation.
///
/// A fault answers in place of the operation, which is then not carried out; only [`delay`](Fault::delay) and
/// [`truncate`](Fault::truncate) let it happen and spoil the answer. Without [`times`](Fault::times) it lasts.
///
/// ```
/// use std::time::Duration;
/// use green_api_sandbox::Fault;
///
/// let twice_bad_gateway = Fault::on("getStateInstance").times(2).status(502).html();
/// let slow = Fault::on("getAuthorizationCode").delay(Duration::from_secs(30));
/// let gone = Fault::on("setSettings").times(1).drop_connection();
/// ```
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[must_use = "a fault does nothing until it is added to `Sandbox::faults`"]
pub struct Fault {
    operation: String,
    /// How many calls it still hits; without it, all.
    #[serde(rename = "times", default, skip_serializing_if = "Option::is_none")]
    left: Option<u32>,
    #[serde(rename = "delaySeconds", default, skip_serializing_if = "Duration::is_zero", with = "seconds")]
    pub(crate) delay: Duration,
    #[serde(rename = "answer", default)]
    pub(crate) outcome: Outcome,
}

/// What a fault does to the answer. As JSON, this is what the control over HTTP takes and lists.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", deny_unknown_fields)]
pub(crate) enum Outcome {
    /// Nothing: the operation is carried out and answered.
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
}

const fn bad_gateway() -> u16 {
    502
}

const fn ok() -> u16 {
    200
}

impl Outcome {
    /// The status that was asked for so far.
    fn status(&self) -> Option<u16> {
        match *self {
            Self::Status { status } | Self::Html { status } | Self::Body { status, .. } => Some(status),
            _ => None,
        }
    }

    /// The answer that is sent in place of the operation's; `None` when the operation is carried out or there is none.
    pub(crate) fn instead(&self) -> Option<Reply> {
        Some(match self {
            Self::Usual | Self::Truncate | Self::DropConnection => return None,
            Self::Status { status } => Reply::new(*status, None, ""),
            Self::Html { status } => Reply::html(*status),
            Self::Body { status, text } => Reply::json_text(text).with_status(*status),
            Self::StatusFalse => Reply::json_text(crate::operations::NO_CODE),
            Self::Garbage => Reply::new(200, Some("application/json"), vec![0xff, 0x00, 0x7b, 0xfe, 0x22, 0x80]),
            Self::Huge { bytes } => Reply::json_text(format!("\"{}\"", "x".repeat(bytes.saturating_sub(2)))),
        })
    }
}

/// A duration as a number of seconds.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(duration.as_secs_f64())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        let seconds = f64::deserialize(deserializer)?;
        Duration::try_from_secs_f64(seconds).map_err(|_| de::Error::custom("delaySeconds must be a number of seconds, such as 0.5"))
    }
}

impl Fault {
    /// A fault of the operation with this `operationId`, such as `getStateInstance`.
    pub fn on(operation: impl Into<String>) -> Self {
        Self { operation: operation.into(), left: None, delay: Duration::ZERO, outcome: Outcome::Usual }
    }

    /// Only the next `times` calls are hit. A fault that was used up makes way for the one that was added after it.
    pub fn times(self, times: u32) -> Self {
        Self { left: Some(times), ..self }
    }

    /// The call is not answered before this time has passed, by the sandbox's clock. What was asked for happens at once all the same.
    pub fn delay(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// This HTTP status with an empty body.
    ///
    /// # Panics
    ///
    /// When an answer cannot have this status: there are 200 to 999.
    pub fn status(self, status: u16) -> Self {
        assert!(STATUSES.contains(&status), "an answer cannot have the status {status}");
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
        self.with(Outcome::Body { status, text: text.into() })
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

    fn with(self, outcome: Outcome) -> Self {
        Self { outcome, ..self }
    }

    /// Why this fault cannot be, when it came as JSON. The library's own functions panic in these cases.
    pub(crate) fn complaint(&self, core: &Core) -> Option<String> {
        if !core.bundle.has(&self.operation) {
            return Some(format!("there is no operation `{}`", self.operation));
        }
        match self.outcome {
            Outcome::Huge { bytes } if bytes > MOST_BYTES => Some(format!("bytes must not be more than {MOST_BYTES}")),
            _ => {
                let status = self.outcome.status().filter(|status| !STATUSES.contains(status))?;
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
    /// Adds a fault. Of several on one operation the oldest that is not used up counts.
    ///
    /// # Panics
    ///
    /// When there is no such operation: a misspelt fault would never strike, and a test would pass for the wrong reason.
    pub fn add(&self, fault: Fault) -> &Self {
        self.core.expect_operation(&fault.operation);
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
        self.core.with(|world| f.debug_list().entries(&world.faults).finish())
    }
}

impl World {
    pub(crate) fn add_fault(&mut self, fault: Fault) {
        self.faults.push(fault);
        self.stirred = true;
    }

    pub(crate) fn clear_faults(&mut self) {
        self.faults.clear();
        self.stirred = true;
    }

    /// The fault that hits this call, if any.
    pub(crate) fn strike(&mut self, operation: &str) -> Option<Fault> {
        let fault = self.faults.iter_mut().find(|fault| fault.operation == operation && fault.left != Some(0))?;
        if let Some(left) = &mut fault.left {
            *left -= 1;
        }
        Some(fault.clone())
    }
}
