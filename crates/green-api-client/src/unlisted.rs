//! Operations that the description does not have.

#![expect(
    clippy::result_large_err,
    reason = "it is what the generated methods return"
)]

use std::time::Duration;

use progenitor_client::Error;
use reqwest::{Method, Request};
use serde_json::{Map, Value};

use crate::extra::{Extra, set_json};
use crate::generated::client::Client;
use crate::hooks::unusable;
use crate::response_future::ResponseFuture;

/// Time limit of an attempt, unless the context has one: that of most operations.
const TIMEOUT: Duration = Duration::from_secs(70);

impl Client {
    /// Sends a request to an operation that the description does not have. With GET and DELETE the input is the query, with all others the JSON
    /// body. Any answer with 2xx is good.
    ///
    /// # Errors
    ///
    /// As for the operations that the description has.
    pub fn unlisted<'a>(
        &'a self,
        name: &'a str,
        verb: Method,
        path: &[String],
        input: Option<Map<String, Value>>,
    ) -> ResponseFuture<'a, Value> {
        let request = || {
            let mut url = self.base()?.into_owned();
            url.path_segments_mut()
                .map_err(unusable)?
                .pop_if_empty()
                .extend(path);
            let in_query = matches!(verb, Method::GET | Method::DELETE);
            let mut request = Request::new(verb, url);
            match input {
                Some(input) if in_query => Extra::from(input).add_to(&mut request),
                Some(input) => set_json(&mut request, &input),
                None => Ok(()),
            }
            .map_err(Error::InvalidRequest)?;
            Ok(request)
        };
        ResponseFuture::new(self.execute(name, TIMEOUT, request()), |reply| {
            if reply.response.status().is_success() {
                reply.decode()
            } else {
                Err(reply.unexpected())
            }
        })
    }
}
