//! The whole answer to a call.

use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use green_api_client::AccountName;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::ResponseRecord;
use crate::{Delivery, Error, ErrorKind, MessageId};

/// The answer to a call, as it came. Calls by name return it, and so does [`Request::answer`](crate::Request::answer).
///
/// ```no_run
/// use green_api::types::Settings;
///
/// # async fn example(instance: green_api::Instance) -> Result<(), green_api::Error> {
/// let answer = instance.call("getSettings", serde_json::json!({})).await?;
/// println!("{}", answer.raw());
/// let settings: Settings = answer.read()?;
/// # Ok(())
/// # }
/// ```
pub struct Answer {
    operation: Cow<'static, str>,
    account: Option<AccountName>,
    raw: Value,
    decoded: Result<Value, Error>,
    /// Of the messages, if it is the answer to a send.
    ids: Option<Vec<MessageId>>,
    date: Option<SystemTime>,
}

impl Answer {
    /// Returns an error for what is not JSON, unless the operation is accepted with its status.
    pub(crate) fn new(
        operation: impl Into<Cow<'static, str>>,
        account: Option<AccountName>,
        is_accepted: bool,
        decoded: Result<Value, Error>,
        response: &ResponseRecord,
    ) -> Result<Self, Error> {
        let body = response.body.trim_ascii();
        let json = match body {
            _ if response.too_long || response.incomplete => None,
            b"" => Some(Value::Null),
            body => serde_json::from_slice(body).ok(),
        };
        let (raw, decoded) = match (json, decoded) {
            (Some(raw), decoded) => (raw, decoded),
            (None, Err(error)) if is_accepted => {
                let text = String::from_utf8_lossy(&response.body);
                (Value::String(text.into_owned()), Err(error))
            }
            (None, decoded) => {
                let known = decoded?;
                (known.clone(), Ok(known))
            }
        };
        Ok(Self {
            operation: operation.into(),
            account,
            raw,
            decoded,
            ids: None,
            date: response.date(),
        })
    }

    /// Sets the ids of the messages in the answer to a send. What cannot be read has none.
    pub(crate) fn with_ids(mut self, ids: Vec<MessageId>) -> Self {
        self.ids = Some(if self.decoded.is_ok() {
            ids
        } else {
            Vec::new()
        });
        self
    }

    /// Returns the body. From operations that send, which are accepted with their status, and from unlisted ones, a body that
    /// is not JSON is a string.
    #[must_use]
    pub fn raw(&self) -> &Value {
        &self.raw
    }

    /// Returns the body.
    #[must_use]
    pub fn into_raw(self) -> Value {
        self.raw
    }

    /// Returns the ids of the messages that the operation sent: one, unless several were forwarded; none if the answer does not have them or the
    /// operation does not send.
    #[must_use]
    pub fn ids(&self) -> &[MessageId] {
        self.ids.as_deref().unwrap_or_default()
    }

    /// Returns what became of the request: [`Delivery::MaybeSent`] for a send without an id, as [`Accepted::delivery`](crate::Accepted::delivery)
    /// has it, and for an unlisted operation whose answer is not JSON; [`Delivery::Accepted`] for everything else.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        match (&self.ids, &self.decoded) {
            (Some(ids), _) if ids.is_empty() => Delivery::MaybeSent,
            (_, Err(error)) => error.delivery(),
            _ => Delivery::Accepted,
        }
    }

    /// Returns the server's time when it answered, in whole seconds, if it said so.
    pub(crate) fn date(&self) -> Option<SystemTime> {
        self.date
    }

    /// Reads the body as a type, such as one of [`types`](crate::types).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnexpectedAnswer`], with [`Delivery::Accepted`], if the body has another shape.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        T::deserialize(&self.raw).map_err(|_| {
            // serde's reason may quote a message.
            let message = "it cannot be read as the type that was asked for";
            Error::new(
                self.operation.as_ref(),
                ErrorKind::UnexpectedAnswer,
                Delivery::Accepted,
            )
            .with_account(self.account)
            .with_status(Some(200))
            .with_message(Some(message.to_owned()))
        })
    }

    /// Returns what this version knows of the answer: the body as the operation's own type reads it, as JSON again.
    ///
    /// # Errors
    ///
    /// The error that the operation's own method returns for a body that its type cannot read.
    pub fn into_known(self) -> Result<Value, Error> {
        self.decoded
    }
}

impl fmt::Debug for Answer {
    // The body can hold messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("operation", &self.operation)
            .field("delivery", &self.delivery())
            .field("unreadable", &self.decoded.as_ref().err())
            .finish_non_exhaustive()
    }
}
