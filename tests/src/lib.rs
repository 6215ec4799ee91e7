//! What the contract tests share.
//!
//! The tests hold two descriptions against the crates: the bundle `spec/openapi.json`, from which the code was generated, and
//! `documented/operations.json`, which was made from the documentation alone. A mistake in the bundle would be in the code as well; only the
//! second list can show it.

#![forbid(unsafe_code)]

pub mod answers;
pub mod clocks;
pub mod leaks;
pub mod mock;
pub mod requests;
pub mod sinks;
pub mod sockets;
pub mod spec;

use std::time::Duration;

use green_api::{Client, Credentials, Error, Instance, RetryPolicy};
use serde_json::{Map, Value};

/// The instance of the examples in the bundle.
pub const ID_INSTANCE: &str = "7103000001";
/// The token of the examples in the bundle: where an error body repeats it, it repeats this one.
pub const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef01";
/// How often a policy of [`patient`] sends a request that may be repeated.
pub const ATTEMPTS: u32 = 3;

/// Repeats without making a test wait.
#[must_use]
pub fn patient() -> RetryPolicy {
    RetryPolicy::default().attempts(ATTEMPTS).backoff(Duration::from_millis(1), Duration::from_millis(1))
}

/// The instance of the examples, reached at these addresses through a client of its own.
#[must_use]
pub fn instance_at(api: &str, media: &str, token: &str, policy: RetryPolicy) -> Instance {
    instance_of(&Client::builder().retry(policy).build().expect("TLS can be set up"), api, media, token)
}

/// The same through this client, which takes much less time.
#[must_use]
pub fn instance_of(client: &Client, api: &str, media: &str, token: &str) -> Instance {
    let credentials = Credentials::new(api, ID_INSTANCE, token).and_then(|credentials| credentials.with_media_url(media));
    client.instance(credentials.expect("the address is one of this machine"))
}

/// Calls an operation for whoever it is called for, and gives the answer as it came and as the types read it.
///
/// # Errors
///
/// As for the operation.
pub async fn call(instance: &Instance, operation: &spec::Operation<'_>, arguments: Map<String, Value>) -> Result<(Value, Value), Error> {
    instance.call_and_decode(operation.id, Value::Object(arguments)).await
}

/// Runs one test case that waits for something.
pub fn run<T>(case: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime can be had").block_on(case)
}
