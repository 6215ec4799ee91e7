use std::fmt;
use std::sync::Arc;
use std::time::Duration;

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
#[derive(Clone, Debug)]
#[must_use = "a fault does nothing until it is added to `Sandbox::faults`"]
pub struct Fault {
    operation: String,
    left: Option<u32>,
    pub(crate) delay: Duration,
    pub(crate) outcome: Outcome,
}

/// What a fault does to the answer.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// Nothing: the operation is carried out and answered.
    Untouched,
    /// Another answer is sent.
    Instead(Reply),
    /// The answer promises its full length, and the connection ends in the middle.
    Truncated,
    /// The connection ends without an answer.
    Dropped,
}

impl Fault {
    /// A fault of the operation with this `operationId`, such as `getStateInstance`.
    pub fn on(operation: impl Into<String>) -> Self {
        Self { operation: operation.into(), left: None, delay: Duration::ZERO, outcome: Outcome::Untouched }
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
        assert!((200..1000).contains(&status), "an answer cannot have the status {status}");
        self.instead(Reply::new(status, None, ""))
    }

    /// The error page of a web server in front of the API, with the status given before, or else 502.
    pub fn html(self) -> Self {
        let status = if let Outcome::Instead(reply) = &self.outcome { reply.status } else { 502 };
        self.instead(Reply::html(status))
    }

    /// This text as if it were JSON, with the status given before, or else 200.
    pub fn body(self, text: impl Into<String>) -> Self {
        let status = if let Outcome::Instead(reply) = &self.outcome { reply.status } else { 200 };
        self.instead(Reply::json_text(text).with_status(status))
    }

    /// 200 with `{"status":false,"code":""}`, the way in which `getAuthorizationCode` fails.
    pub fn status_false(self) -> Self {
        self.instead(Reply::json_text(crate::operations::NO_CODE))
    }

    /// 200 with a body that is neither JSON nor text.
    pub fn garbage(self) -> Self {
        self.instead(Reply::new(200, Some("application/json"), vec![0xff, 0x00, 0x7b, 0xfe, 0x22, 0x80]))
    }

    /// 200 with a JSON string of so many bytes.
    pub fn huge(self, bytes: usize) -> Self {
        self.body(format!("\"{}\"", "x".repeat(bytes.saturating_sub(2))))
    }

    /// The operation is carried out, and the connection ends in the middle of its answer.
    pub fn truncate(self) -> Self {
        Self { outcome: Outcome::Truncated, ..self }
    }

    /// The connection ends without an answer.
    pub fn drop_connection(self) -> Self {
        Self { outcome: Outcome::Dropped, ..self }
    }

    fn instead(self, reply: Reply) -> Self {
        Self { outcome: Outcome::Instead(reply), ..self }
    }
}

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
        self.core.with(|world| world.faults.push(fault));
        self
    }

    /// Removes all faults.
    pub fn clear(&self) {
        self.core.with(|world| world.faults.clear());
    }
}

impl fmt::Debug for Faults<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.core.with(|world| f.debug_list().entries(&world.faults).finish())
    }
}

impl World {
    /// The fault that hits this call, if any.
    pub(crate) fn strike(&mut self, operation: &str) -> Option<Fault> {
        let fault = self.faults.iter_mut().find(|fault| fault.operation == operation && fault.left != Some(0))?;
        if let Some(left) = &mut fault.left {
            *left -= 1;
        }
        Some(fault.clone())
    }
}
