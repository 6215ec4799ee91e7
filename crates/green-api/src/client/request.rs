//! A request: an operation, its input, and the account it is called for.

mod accepted;
mod answer;
mod arguments;
mod by_name;
pub(crate) mod classify;
mod duration;
mod limits;
mod parts;
mod properties;
mod send;
mod unlisted;
mod words;

use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use green_api_client::{AccountName, Extra, ResponseFuture};
// The generated client, under a name of its own beside the pool of connections.
pub(crate) use green_api_client::{Client as Transport, Error as TransportError, ResponseRecord};
use green_api_types::endpoint::Endpoint;
use green_api_types::operation::{Body, Operation};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::accepted::Accepted;
pub use self::answer::Answer;
pub(crate) use self::by_name::{ByName, by_name, parts, ready};
pub(crate) use self::duration::{whole_milliseconds, whole_minutes, whole_seconds};
pub use self::parts::RequestParts;
pub use self::send::Answered;
pub(crate) use self::send::{accepted, deliver, returned, within_tokio};
pub use self::unlisted::{ParseVerbError, UnlistedRequest, Verb};
use crate::client::credentials::BaseUrl;
use crate::{Client, Error, InstanceId, Pace, RetryPolicy, Upload};

/// A request: await it to send it, or set options first.
///
/// Every method of [`Instance`](crate::Instance) and [`Partner`](crate::Partner) returns one. What an operation can be given
/// besides its required input is set by methods on the request of that operation.
///
/// ```no_run
/// use std::time::Duration;
/// use green_api::Request;
/// use green_api::endpoints::SendMessage;
///
/// # async fn example(instance: green_api::Instance, chat: green_api::ChatId) -> Result<(), green_api::Error> {
/// let request: Request<SendMessage> = instance.send_message(chat, "Hello").link_preview(false);
/// request.timeout(Duration::from_secs(10)).await?;
/// # Ok(())
/// # }
/// ```
///
/// A request is not a future but becomes one when it is awaited. What takes futures, such as `tokio::spawn` and `join!`, takes its
/// [`into_future`](IntoFuture::into_future):
///
/// ```no_run
/// # async fn example(instance: green_api::Instance, chat: green_api::ChatId) -> Result<(), green_api::Error> {
/// let sending = tokio::spawn(instance.send_message(chat, "Hello").into_future());
/// # Ok(())
/// # }
/// ```
///
/// Requests, downloads and links need a Tokio runtime; outside of one they fail with [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput).
///
/// # Panics
///
/// Awaiting it panics, in Tokio's words, in a runtime that was built without its drivers for time and I/O (`enable_all`): Tokio does not tell
/// beforehand.
#[derive(Clone, Debug)]
#[must_use = "a request is sent when it is awaited"]
pub struct Request<O: Call> {
    pub(crate) input: O::Input,
    account: O::Account,
    options: Options,
}

/// How a request is sent, whatever its operation.
#[derive(Clone, Debug, Default)]
struct Options {
    timeout: Option<Duration>,
    retry: Option<RetryPolicy>,
    extra: Extra,
    /// What is wrong with a field that was added.
    refused: Option<String>,
}

impl Options {
    fn add_extra(&mut self, operation: &Operation, name: String, value: Value) {
        match refused_extra(operation, &name, &value) {
            Some(message) => {
                self.refused.get_or_insert(message);
            }
            None => self.extra.insert(name, value),
        }
    }
}

/// An operation that can be called. Implemented by the types in [`endpoints`](crate::endpoints), and by nothing else.
pub trait Call: Endpoint + Sized + 'static {
    /// The input that the caller gives, under its documented names.
    type Input: Serialize + DeserializeOwned + Clone + fmt::Debug + Send + Sync + 'static;
    /// The account that it is called for: [`Instance`](crate::Instance) or [`Partner`](crate::Partner).
    type Account: Account;
    /// The value that awaiting the request returns.
    type Output: Send;

    /// Sends it once.
    #[doc(hidden)]
    fn send<'a>(
        input: &'a Self::Input,
        to: &'a Self::Account,
        via: &'a Transport,
    ) -> Sent<'a, Self>;

    /// Returns what the caller wants of the answer.
    #[doc(hidden)]
    fn output(answered: Answered<Self>) -> Result<Self::Output, Error>;

    /// The documented name of the file, if it sends one.
    #[doc(hidden)]
    const FILE: Option<&'static str> = None;

    /// Returns the file in the input.
    #[doc(hidden)]
    fn file(_: &mut Self::Input) -> Option<&mut Upload> {
        None
    }
}

/// The future of one attempt of the generated client.
pub type Sent<'a, O> = ResponseFuture<'a, <O as Endpoint>::Answer>;

/// An account that operations are called for.
pub trait Account: Clone + fmt::Debug + Send + Sync + 'static {
    fn client(&self) -> &Client;
    fn host(&self, operation: &Operation) -> &BaseUrl;
    /// Returns whose turns its requests wait for, and how fast.
    fn pace(&self) -> (Option<InstanceId>, &Pace);
    /// Returns the secret token, which must not show in errors.
    fn token(&self) -> &str;
    /// Returns the name of the account in logs.
    fn name(&self) -> AccountName;
    /// Returns the segments of the path of one of its operations, credentials included.
    fn path(&self, operation: &str) -> Vec<String>;
    /// Finds one of its operations.
    fn operation(id: &str) -> Option<ByName<Self>>;
    /// Returns the account as it is now, and stays so while a request is under way.
    fn current(&self) -> Self {
        self.clone()
    }
    /// Returns the account with the token that has replaced its own, if one has.
    fn renewed(&self) -> impl Future<Output = Option<Self>> + Send {
        std::future::ready(None)
    }
}

/// The input of an operation that takes none.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct NoInput {}

impl<O: Call> Request<O> {
    pub(crate) fn new(account: &O::Account, input: O::Input) -> Self {
        Self {
            input,
            account: account.clone(),
            options: Options::default(),
        }
    }

    /// Returns the account that it is sent for.
    #[must_use]
    pub fn account(&self) -> &O::Account {
        &self.account
    }

    /// Sets the time limit of each attempt, instead of the operation's own.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.options.timeout = Some(timeout);
        self
    }

    /// Overrides the client's retry policy for this request. Operations that are unsafe to repeat are never retried, whatever the policy.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.options.retry = Some(policy);
        self
    }

    /// Sets a field that the server has and this version has not. It is sent as it is, beside the known ones: in the JSON body, as a part of
    /// a form, or in the query of an operation without a body.
    ///
    /// ```no_run
    /// # async fn example(instance: green_api::Instance) -> Result<(), green_api::Error> {
    /// instance.set_settings().extra("newerThanThisVersion", "yes").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Sending is refused, as [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), if the operation has an argument of that name, if the
    /// body is a file alone, or if the value is not a text, a number or a switch outside JSON.
    pub fn extra(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.options
            .add_extra(O::OPERATION, name.into(), value.into());
        self
    }

    /// Sends the request and returns the whole answer as it came.
    ///
    /// # Errors
    ///
    /// As for the operation's own method, except that JSON of another shape than documented is an [`Answer`], unless the operation answers nothing.
    pub async fn answer(mut self) -> Result<Answer, Error> {
        deliver(&mut self).await?.whole()
    }
}

/// Says why a field cannot be sent beside the known ones, if so.
fn refused_extra(operation: &Operation, name: &str, value: &Value) -> Option<String> {
    let plain = !matches!(value, Value::Null | Value::Array(_) | Value::Object(_));
    if by_name::is_argument(operation, name) {
        Some(format!(
            "`{name}` is an argument of the operation; set it as such, not as an extra field"
        ))
    } else if name.is_empty() {
        Some("an extra field needs a name".to_owned())
    } else {
        match operation.body {
            Body::Raw => Some("the body is the file alone, without a place for extra fields".to_owned()),
            Body::None if !plain => Some("an extra field of this operation is in the query, so it must be a text, a number or a switch".to_owned()),
            Body::Multipart if !plain => Some("an extra field of this operation is a part of a form, so it must be a text, a number or a switch".to_owned()),
            Body::None | Body::Multipart | Body::Json => None,
        }
    }
}

fn input_error<T>(operation: &Operation, result: serde_json::Result<T>) -> Result<T, Error> {
    result.map_err(|error| Error::invalid(operation.id, error.to_string()))
}

impl<O: Call> IntoFuture for Request<O> {
    type Output = Result<O::Output, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(mut self) -> Self::IntoFuture {
        Box::pin(async move { O::output(deliver(&mut self).await?) })
    }
}
