//! What a program can add to an attempt.

use std::fmt;
use std::sync::Arc;

use green_api_types::models::InstanceId;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT,
    HOST, HeaderMap, HeaderName, HeaderValue, RANGE, TE, TRAILER, TRANSFER_ENCODING, UPGRADE,
};

/// The headers that decide how a request is sent and its answer is read.
const OWN: [HeaderName; 13] = [
    ACCEPT,
    ACCEPT_ENCODING,
    CONNECTION,
    CONTENT_ENCODING,
    CONTENT_LENGTH,
    CONTENT_TYPE,
    EXPECT,
    HOST,
    RANGE,
    TE,
    TRAILER,
    TRANSFER_ENCODING,
    UPGRADE,
];

pub(crate) type OnAttempt = Arc<dyn Fn(&mut Attempt<'_>) + Send + Sync>;

/// An attempt that is about to be sent, passed to the callback of [`ClientBuilder::on_attempt`](crate::ClientBuilder::on_attempt).
pub struct Attempt<'a> {
    operation: &'a str,
    instance: Option<InstanceId>,
    number: u32,
    headers: HeaderMap,
    /// What is wrong with a header.
    refused: Option<String>,
}

impl<'a> Attempt<'a> {
    pub(crate) fn new(operation: &'a str, instance: Option<InstanceId>, number: u32) -> Self {
        Self {
            operation,
            instance,
            number,
            headers: HeaderMap::new(),
            refused: None,
        }
    }

    /// Returns the headers that were added, or says what is wrong with one.
    pub(crate) fn into_headers(self) -> Result<HeaderMap, String> {
        self.refused.map_or(Ok(self.headers), Err)
    }

    /// Returns the documented name of the operation.
    #[must_use]
    pub fn operation(&self) -> &str {
        self.operation
    }

    /// Returns the instance that is called for; `None` in a partner's call.
    #[must_use]
    pub fn instance(&self) -> Option<InstanceId> {
        self.instance
    }

    /// Returns which attempt of the call it is, counted from 1.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Sets a header. The value shows in no `Debug` and no log.
    ///
    /// The call fails with [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), and this attempt is not sent, if the name or the value cannot
    /// stand in a header, or if the header is one that decides how the request is sent and its answer is read, such as `Content-Type`.
    pub fn header(&mut self, name: &str, value: &str) -> &mut Self {
        match checked(name, value) {
            Ok((name, value)) => {
                self.headers.insert(name, value);
            }
            Err(message) => self.refused = self.refused.take().or(Some(message)),
        }
        self
    }
}

fn checked(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), String> {
    let Ok(name) = name.parse::<HeaderName>() else {
        return Err("a header that `on_attempt` adds has a name that cannot be one".to_owned());
    };
    if OWN.contains(&name) {
        return Err(format!(
            "the header `{name}` is set by this crate, so `on_attempt` cannot add it"
        ));
    }
    let Ok(mut value) = value.parse::<HeaderValue>() else {
        return Err(format!(
            "the header `{name}` that `on_attempt` adds has a value that cannot stand in one"
        ));
    };
    value.set_sensitive(true);
    Ok((name, value))
}

impl fmt::Debug for Attempt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("operation", &self.operation)
            .field("instance", &self.instance)
            .field("number", &self.number)
            .field("headers", &self.headers)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_cannot_be_are_refused_without_their_values() {
        for (name, value, reason) in [
            ("two words", "c0ffee", "name"),
            ("", "c0ffee", "name"),
            ("x-gateway", "c0ffee\r\nx: y", "value"),
            (
                "Content-Type",
                "c0ffee",
                "`content-type` is set by this crate",
            ),
            ("HOST", "c0ffee", "`host` is set by this crate"),
        ] {
            let mut attempt = Attempt::new("getSettings", None, 1);
            attempt.header(name, value).header("x-good", "c0ffee");
            assert!(!format!("{attempt:?}").contains("c0ffee"), "{attempt:?}");
            let message = attempt.into_headers().unwrap_err();
            assert!(message.contains(reason), "{message}");
            assert!(!message.contains("c0ffee"), "{message}");
        }
    }
}
