use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::api::bundle::Bundle;
use crate::api::state::{Api, Options as ApiOptions};
use crate::api::{server, webhooks};
use crate::control::{self, Hosts};
use crate::handles::faults::Faults;
use crate::handles::instance::Instance;
use crate::handles::phone::Phone;
use crate::kit::clock::Clock;
use crate::kit::connection::{Accepting, Reset};
use crate::kit::ids;
use crate::kit::requests::Request;
use crate::world::account::Account;
use crate::world::core::Core;
use crate::world::faults::FaultList;
use crate::world::files::Files;
use crate::world::instances::INSTANCE_IDS;
use crate::world::journal::MAX_JOURNAL_DELAY;
use crate::world::quota::Plan;
use crate::world::{Options, World};

/// The instance of a sandbox whose builder added none.
const DEFAULT_INSTANCE: u64 = 1_101_000_001;

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
    url: String,
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

/// Builds a [`Sandbox`].
///
/// ```
/// use std::time::Duration;
/// use green_api_sandbox::{Clock, Sandbox};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), green_api_sandbox::StartError> {
/// let sandbox = Sandbox::builder()
///     .instance(7103000001, "0123456789abcdef0123456789abcdef0123456789abcdef01")
///     .clock(Clock::manual())
///     .restart_time(Duration::from_secs(300))
///     .start()
///     .await?;
/// assert_eq!(sandbox.instance().id_instance(), 7103000001);
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct Builder {
    listen: SocketAddr,
    public_url: Option<String>,
    seed: u64,
    clock: Clock,
    instances: Vec<(u64, String)>,
    partner_token: Option<String>,
    options: Options,
    api_options: ApiOptions,
    pub(crate) bundle: Option<Arc<Bundle>>,
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
        Builder {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_url: None,
            seed: 0,
            clock: Clock::real(),
            instances: Vec::new(),
            partner_token: None,
            options: Options {
                restart_time: Duration::from_secs(3),
                link_time: Duration::from_secs(2),
                creation_time: Duration::from_secs(5),
                plan: Plan::Business,
                webhook_retry: Duration::from_secs(60),
                delivery_time: Duration::from_millis(100),
                journal_delay: Duration::from_secs(30),
            },
            api_options: ApiOptions {
                delay: Duration::ZERO,
                rate_limits: true,
            },
            bundle: None,
        }
    }

    /// Returns the API host, without a slash at the end: `http://127.0.0.1:49152`. It is the media host as well, and serves files.
    pub fn url(&self) -> String {
        self.url.clone()
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
            .field("url", &self.url())
            .field("instances", &self.instances())
            .field("clock", self.clock())
            .finish_non_exhaustive()
    }
}

impl Builder {
    /// Sets the address to listen on. Default: a free port of `127.0.0.1`.
    pub fn listen(self, address: SocketAddr) -> Self {
        Self {
            listen: address,
            ..self
        }
    }

    /// Sets the URL by which clients know the sandbox, if it differs from the address it listens on: behind a proxy, or in a container.
    /// The addresses of files begin with it, and the control over HTTP accepts its host. Default: the address it listens on, or
    /// `127.0.0.1` if it listens on all of them.
    pub fn public_url(self, url: impl Into<String>) -> Self {
        let url: String = url.into();
        Self {
            public_url: Some(url.trim_end_matches('/').to_owned()),
            ..self
        }
    }

    /// Sets the seed of everything random: the same seed gives the same tokens and codes in the same order. Default: 0.
    pub fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Sets the clock. Default: [`Clock::real`].
    pub fn clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Adds an instance with this token. Default: one instance, 1101000001, with a token drawn by the seed.
    ///
    /// # Panics
    ///
    /// Panics if the number is not from 1 to 9007199254740990.
    pub fn instance(mut self, id_instance: u64, api_token_instance: impl Into<String>) -> Self {
        assert!(
            INSTANCE_IDS.contains(&id_instance),
            "an instance cannot have the number {id_instance}"
        );
        self.instances
            .push((id_instance, api_token_instance.into()));
        self
    }

    /// Sets the partner's token. Default: one that is drawn by the seed.
    pub fn partner_token(mut self, partner_token: impl Into<String>) -> Self {
        self.partner_token = Some(partner_token.into());
        self
    }

    /// Sets the tariff of all instances, which decides what is refused with 466. Default: [`Plan::Business`], where nothing is counted.
    pub fn plan(mut self, plan: Plan) -> Self {
        self.options.plan = plan;
        self
    }

    /// Sets how long a new instance of `createInstance` answers `null` to `getStateInstance`. Default: 5 seconds; the real server takes
    /// about 2 minutes.
    pub fn creation_time(mut self, creation_time: Duration) -> Self {
        self.options.creation_time = creation_time;
        self
    }

    /// Sets a delay for every answer; the operation itself still happens at once. Default: none.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.api_options.delay = delay;
        self
    }

    /// Sets how long an instance is `starting` after `reboot` and `setSettings`. Default: 3 seconds; the real server takes up to 5 minutes.
    pub fn restart_time(mut self, restart_time: Duration) -> Self {
        self.options.restart_time = restart_time;
        self
    }

    /// Sets how long it takes from the right code to the state `authorized`. Default: 2 seconds; the real server takes 3 to 30.
    pub fn link_time(mut self, link_time: Duration) -> Self {
        self.options.link_time = link_time;
        self
    }

    /// Sets whether the documented rates are enforced and sent in headers. Default: yes.
    pub fn rate_limits(mut self, enforced: bool) -> Self {
        self.api_options.rate_limits = enforced;
        self
    }

    /// Sets how long a message takes from WhatsApp to a recipient who can be reached. Default: 0.1 seconds.
    pub fn delivery_time(mut self, delivery_time: Duration) -> Self {
        self.options.delivery_time = delivery_time;
        self
    }

    /// Sets how late the journals have what happens: `getChatHistory`, `getMessage`, and the last messages and calls. Default: 30 seconds;
    /// the real server takes up to 2 minutes.
    ///
    /// # Panics
    ///
    /// Panics if it is more than 120 seconds, which is more than is documented.
    pub fn journal_delay(mut self, delay: Duration) -> Self {
        assert!(
            delay <= MAX_JOURNAL_DELAY,
            "the journals are no more than {} seconds late",
            MAX_JOURNAL_DELAY.as_secs()
        );
        self.options.journal_delay = delay;
        self
    }

    /// Sets how long a notification waits before it is posted again to a `webhookUrl` that did not answer 200. Default: a minute.
    pub fn webhook_retry(mut self, pause: Duration) -> Self {
        self.options.webhook_retry = pause;
        self
    }

    /// Starts the sandbox, on the Tokio runtime that this is called on.
    ///
    /// # Errors
    ///
    /// Returns an error if the address cannot be listened on.
    pub async fn start(mut self) -> Result<Sandbox, StartError> {
        let address = self.listen;
        let listening = async {
            let listener = TcpListener::bind(address).await?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        };
        let (listener, address) = listening
            .await
            .map_err(|source| StartError::Listen { address, source })?;

        let mut rng = fastrand::Rng::with_seed(self.seed);
        if self.instances.is_empty() {
            let token = ids::token(&mut rng);
            self.instances.push((DEFAULT_INSTANCE, token));
        }
        let first_instance = self.instances[0].0;
        let now = self.clock.now();
        let accounts = self.instances.into_iter();
        let accounts = accounts.map(|(id, token)| Account::new(id, token, now));
        // Drawn apart, so that it changes nothing about the tokens and codes of a seed.
        let partner_token = self.partner_token.unwrap_or_else(|| {
            let mut rng = fastrand::Rng::with_seed(!self.seed);
            format!("gac.{}", ids::token(&mut rng))
        });
        let bundle = self.bundle.unwrap_or_else(Bundle::embedded);
        let url = self
            .public_url
            .unwrap_or_else(|| format!("http://{}", reachable(address)));
        let faults = FaultList::new(bundle.names());
        let files = Files::new(url.clone());
        let world = World::new(now, accounts, faults, files, rng, self.options);
        let core = Arc::new(Core::new(self.clock, world));
        let api = Arc::new(Api::new(
            Arc::clone(&core),
            bundle,
            partner_token,
            self.api_options,
        ));

        tokio::spawn(webhooks::run(Arc::clone(&core)));
        let router = control::router(Arc::clone(&core), Hosts::new(address, &url))
            .merge(server::router(Arc::clone(&api)));
        let mut closed = core.closed.subscribe();
        let serving = axum::serve(
            Accepting(listener),
            router.into_make_service_with_connect_info::<Reset>(),
        )
        .with_graceful_shutdown(async move {
            let _ = closed.wait_for(|closed| *closed).await;
        });
        let accepting = tokio::spawn(async move {
            // It serves until it is told to stop; there is nothing that could fail.
            let _ = serving.await;
        });
        Ok(Sandbox {
            api,
            core,
            url,
            first_instance,
            accepting,
        })
    }
}

/// Returns the address that a client on this machine connects to.
fn reachable(listening: SocketAddr) -> SocketAddr {
    let ip = match listening.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listening.port())
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instances: Vec<u64> = self.instances.iter().map(|(id, _)| *id).collect();
        f.debug_struct("Builder")
            .field("listen", &self.listen)
            .field("seed", &self.seed)
            .field("clock", &self.clock)
            .field("instances", &instances)
            .field("options", &self.options)
            .field("api_options", &self.api_options)
            .finish_non_exhaustive()
    }
}
