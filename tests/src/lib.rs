//! What the contract tests share.
//!
//! The tests hold two descriptions against the crates: the bundle `spec/openapi.json`, from which the code was generated, and
//! `documented/operations.json`, which was made from the documentation alone. A mistake in the bundle would be in the code as well; only the
//! second list can show it.

#![forbid(unsafe_code)]

pub mod answers;
pub mod clocks;
pub mod corpus;
pub mod leaks;
pub mod mock;
pub mod requests;
pub mod schemas;
pub mod sinks;
pub mod sockets;
pub mod spec;
pub mod tls;

use std::time::Duration;

use green_api::{
    Client, Credentials, Error, Instance, Pace, Partner, PartnerCredentials, RetryPolicy,
};
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
    RetryPolicy::default()
        .attempts(ATTEMPTS)
        .backoff(Duration::from_millis(1), Duration::from_millis(1))
}

/// Makes a client with this policy, as fast as the server takes it. Making one takes a while: keep it.
#[must_use]
pub fn client(policy: RetryPolicy) -> Client {
    Client::builder()
        .retry(policy)
        .pace(Pace::off())
        .build()
        .expect("TLS can be set up")
}

/// Makes the instance of the examples, reached at these addresses.
#[must_use]
pub fn instance_at(api: &str, media: &str, token: &str, policy: RetryPolicy) -> Instance {
    Caller::new(&client(policy), api, media, token).instance
}

/// Whoever operations are called for: the instance of the examples, and the partner's account.
#[derive(Clone, Debug)]
pub struct Caller {
    instance: Instance,
    partner: Partner,
}

impl Caller {
    /// Makes both with the same token, reached at these addresses.
    #[must_use]
    pub fn new(client: &Client, api: &str, media: &str, token: &str) -> Self {
        let credentials = Credentials::new(api, ID_INSTANCE, token)
            .and_then(|credentials| credentials.with_media_url(media));
        let instance = client.instance(credentials.expect("the address is one of this machine"));
        let partner = client.partner(
            PartnerCredentials::new(api, token).expect("the address is one of this machine"),
        );
        Self { instance, partner }
    }

    /// Calls an operation for whom it is called for, and gives the answer as it came and as the types read it.
    ///
    /// # Errors
    ///
    /// As for the operation.
    pub async fn call(
        &self,
        operation: &spec::Operation<'_>,
        arguments: Map<String, Value>,
    ) -> Result<(Value, Value), Error> {
        let arguments = Value::Object(arguments);
        let answer = if operation.is_partners() {
            self.partner.call(operation.id, arguments).await?
        } else {
            self.instance.call(operation.id, arguments).await?
        };
        let raw = answer.raw().clone();
        match answer.into_known() {
            // What sends is accepted, whatever the answer says.
            Err(_) if operation.sends() => Ok((raw.clone(), raw)),
            known => known.map(|known| (raw, known)),
        }
    }
}

/// Runs one test case that waits for something.
pub fn run<T>(case: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime can be had")
        .block_on(case)
}
