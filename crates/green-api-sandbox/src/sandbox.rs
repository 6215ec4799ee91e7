use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use thiserror::Error;
use tokio::task::JoinHandle;

pub use self::builder::Builder;
use crate::api::state::Api;
use crate::handles::credentials::Credentials;
use crate::handles::faults::Faults;
use crate::handles::instance::Instance;
use crate::handles::phone::Phone;
use crate::kit::clock::Clock;
use crate::kit::ids;
use crate::kit::requests::Request;
use crate::world::World;
use crate::world::core::Core;

mod builder;

/// A running sandbox. It stops when it is dropped.
///
/// ```
/// use green_api_sandbox::Sandbox;
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), green_api_sandbox::StartError> {
/// let sandbox = Sandbox::start().await?;
/// let instance = sandbox.instance();
/// println!("{}/waInstance{}/getStateInstance/…", sandbox.url(), instance.id_instance());
/// # Ok(()) }
/// ```
#[must_use = "the sandbox stops when it is dropped"]
pub struct Sandbox {
    api: Arc<Api>,
    core: Arc<Core>,
    url: Arc<str>,
    first_instance: u64,
    accepting: JoinHandle<()>,
}

/// The sandbox could not be started.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be listened on.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
}

impl Sandbox {
    /// Starts a sandbox with one instance, not linked, on a free port of the loopback interface.
    ///
    /// # Errors
    ///
    /// Returns an error if no port is free.
    pub async fn start() -> Result<Self, StartError> {
        Self::builder().start().await
    }

    /// Returns a builder for a sandbox with other settings.
    pub fn builder() -> Builder {
        Builder::new()
    }

    /// Returns the API host, without a slash at the end: `http://127.0.0.1:49152`. It is the media host as well, and serves files.
    pub fn url(&self) -> String {
        self.url.to_string()
    }

    /// Returns the first instance.
    pub fn instance(&self) -> Instance {
        self.handle(self.first_instance)
    }

    /// Returns all instances, by number, including those that a partner has created. Deleted ones are left out.
    pub fn instances(&self) -> Vec<Instance> {
        let ids: Vec<u64> = self.core.with(|world| {
            world
                .accounts
                .values()
                .filter(|account| account.contract.deleted.is_none())
                .map(|account| account.id)
                .collect()
        });
        ids.into_iter().map(|id| self.handle(id)).collect()
    }

    /// Returns what a client needs to call an instance, which is counted from 0 in the order of [`instances`](Sandbox::instances).
    ///
    /// With the crate `green-api`, `sandbox.credentials(0).pass_to(green_api::Credentials::new)?` returns the credentials of its client.
    ///
    /// # Panics
    ///
    /// Panics if there are not so many instances.
    pub fn credentials(&self, index: usize) -> Credentials {
        let instances = self.instances();
        let Some(instance) = instances.get(index) else {
            panic!(
                "there is no instance {index}: there are {}",
                instances.len()
            );
        };
        instance.credentials()
    }

    /// Returns the token of the partner, to whom all instances belong. `createInstance`, `getInstances` and `deleteInstanceAccount`
    /// take it.
    pub fn partner_token(&self) -> String {
        self.api.partner_token.clone()
    }

    /// Returns a simulated phone. Only the digits of the number count, and two phones with the same number are the same one.
    pub fn phone(&self, number: &str) -> Phone {
        Phone {
            core: Arc::clone(&self.core),
            number: ids::digits(number),
        }
    }

    /// Returns the clock that everything here runs by.
    pub fn clock(&self) -> &Clock {
        &self.core.clock
    }

    /// Returns the faults, to add some or to remove them.
    pub fn faults(&self) -> Faults<'_> {
        Faults { core: &self.core }
    }

    /// Returns the requests that have arrived, oldest first; the latest 10,000 of them.
    pub fn requests(&self) -> Vec<Request> {
        self.core.with(|world| world.requests.entries())
    }

    /// Returns how many requests were answered since the start, by operation and HTTP status. The operation is `unknown` where no route matched.
    pub fn answered(&self) -> BTreeMap<(String, u16), u64> {
        self.core.with(|world| world.requests.counts())
    }

    /// Waits until an operation has been called so many times, as [`requests`](Sandbox::requests) counts them.
    ///
    /// A test with a [manual clock](Clock::manual) waits for the request it is about, and then advances the clock:
    ///
    /// ```
    /// use std::time::Duration;
    /// use green_api_sandbox::{Clock, Sandbox};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::builder().clock(Clock::manual()).start().await?;
    /// let (id, token) = (sandbox.instance().id_instance(), sandbox.instance().api_token_instance());
    /// let address = format!("{}/waInstance{id}/receiveNotification/{token}?receiveTimeout=60", sandbox.url());
    ///
    /// let notification = tokio::spawn(async { reqwest::get(address).await?.text().await });
    /// sandbox.wait_for_calls("receiveNotification", 1).await;
    /// sandbox.clock().advance(Duration::from_secs(60));
    /// assert_eq!(notification.await??, "null");
    /// # Ok(()) }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if the operation does not exist: such a wait would never end.
    pub async fn wait_for_calls(&self, operation: &str, times: usize) {
        assert!(
            self.api.bundle.has(operation),
            "there is no operation `{operation}`"
        );
        let called = |world: &mut World| (world.requests.count(operation) >= times).then_some(());
        self.core.wait_for(None, called).await;
    }

    fn handle(&self, id: u64) -> Instance {
        Instance {
            core: Arc::clone(&self.core),
            id,
            url: Arc::clone(&self.url),
        }
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        // Ends what is being answered and every idle connection; nothing is accepted any more.
        self.core.closed.send_replace(true);
        self.accepting.abort();
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("url", &self.url)
            .field("instances", &self.instances())
            .field("clock", self.clock())
            .finish_non_exhaustive()
    }
}
