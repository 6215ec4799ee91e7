//! A request taken apart, to be stored and sent later.

use std::fmt;
use std::time::Duration;

use green_api_types::operation::Operation;
use serde_json::Value;

use super::arguments::{arguments, with_extra};
use super::{Call, Request, input_error, limits};
use crate::{Error, RetryPolicy, Upload};

/// A request without its type and its account: what a store keeps of a [`Request`], from [`Request::into_parts`].
///
/// [`Instance::call_parts`](crate::Instance::call_parts) and [`Partner::call_parts`](crate::Partner::call_parts) send it.
///
/// ```no_run
/// use green_api::RequestParts;
/// use green_api::operation::Operation;
///
/// # async fn example(instance: green_api::Instance, chat: green_api::ChatId) -> Result<(), Box<dyn std::error::Error>> {
/// let parts = instance.send_message(chat, "Hello").into_parts()?;
/// let stored = (parts.operation.id, parts.input.to_string());
///
/// // Later, perhaps in another process.
/// let operation = Operation::find(stored.0).ok_or("an operation of another version")?;
/// let parts = RequestParts::new(operation, serde_json::from_str(&stored.1)?);
/// let answer = instance.call_parts(parts).await?;
/// println!("{:?}", answer.ids());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct RequestParts {
    /// The operation.
    pub operation: &'static Operation,
    /// The input under the documented names, with the fields of [`Request::extra`] and without the file.
    pub input: Value,
    /// The file, if the operation sends one. It takes the place of one that the input has.
    pub file: Option<Upload>,
    /// The time limit of each attempt; `None` for the operation's own.
    pub timeout: Option<Duration>,
    /// The retry policy; `None` for the client's.
    pub retry: Option<RetryPolicy>,
    /// Whether the input has fields that this version does not know. They are refused otherwise, as by [`Instance::call`](crate::Instance::call).
    pub has_extra: bool,
}

impl RequestParts {
    /// Makes a request without a file, a time limit and a retry policy of its own, whose fields are all known.
    #[must_use]
    pub fn new(operation: &'static Operation, input: Value) -> Self {
        Self {
            operation,
            input,
            file: None,
            timeout: None,
            retry: None,
            has_extra: false,
        }
    }
}

impl fmt::Debug for RequestParts {
    // The input can be a message, and so can the name of a file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields = self.input.as_object().into_iter().flatten();
        let names: Vec<&String> = fields.map(|(name, _)| name).collect();
        f.debug_struct("RequestParts")
            .field("operation", &self.operation.id)
            .field("input", &names)
            .field("has_file", &self.file.is_some())
            .field("timeout", &self.timeout)
            .field("retry", &self.retry)
            .field("has_extra", &self.has_extra)
            .finish()
    }
}

impl<O: Call> Request<O> {
    /// Returns the parts, and leaves the request.
    pub(crate) fn to_parts(&self) -> Result<RequestParts, Error> {
        let request = Self {
            input: self.input.clone(),
            account: self.account.clone(),
            options: self.options.clone(),
        };
        request.into_parts()
    }

    /// Returns the request without its type and its account, to be stored and sent later by [`Instance::call_parts`](crate::Instance::call_parts)
    /// or [`Partner::call_parts`](crate::Partner::call_parts).
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for what sending would refuse before anything leaves: an input beyond a
    /// documented limit, or an extra field that cannot be sent.
    pub fn into_parts(mut self) -> Result<RequestParts, Error> {
        let operation = O::OPERATION;
        if let Some(message) = self.options.refused {
            return Err(Error::invalid(operation.id, message));
        }
        let all = |_: &str| true;
        let input = input_error(operation, arguments(&self.input, &all))?;
        let input = with_extra(input, &self.options.extra, &all);
        if let Some(broken) = limits::broken(operation, &input) {
            return Err(Error::invalid(operation.id, broken));
        }
        let mut input = input.into_map();
        if let Some(name) = O::FILE {
            input.remove(name);
        }
        Ok(RequestParts {
            operation,
            input: Value::Object(input),
            file: O::file(&mut self.input).cloned(),
            timeout: self.options.timeout,
            retry: self.options.retry,
            has_extra: !self.options.extra.fields().is_empty(),
        })
    }
}
