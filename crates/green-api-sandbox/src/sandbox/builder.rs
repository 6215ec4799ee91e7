use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use serde::Serialize;
use serde_json::{Map, Value};
use tokio::net::TcpListener;
use tokio::runtime::Handle;

use super::{Sandbox, StartError};
use crate::api::bundle::Bundle;
use crate::api::state::{Api, Options as ApiOptions};
use crate::api::{server, webhooks};
use crate::control::{self, PartnerToken};
use crate::kit::clock::{Clock, FURTHEST};
use crate::kit::connection::{Accepting, Reset};
use crate::kit::guard::Guard;
use crate::kit::ids;
use crate::world::account::Account;
use crate::world::core::Core;
use crate::world::faults::FaultList;
use crate::world::files::Files;
use crate::world::instances::{INSTANCE_IDS, IdInstance};
use crate::world::journal::MAX_JOURNAL_DELAY;
use crate::world::quota::Plan;
use crate::world::{Options, World};

const OUTSIDE_TOKIO: &str = "it needs a Tokio runtime, and is awaited outside of one; await it in `#[tokio::main]`, `Runtime::block_on` or a task of the runtime";

/// The instance of a sandbox whose builder added none.
const DEFAULT_INSTANCE: u64 = 1_101_000_001;

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
/// assert_eq!(sandbox.instance().id_instance().get(), 7103000001);
/// # Ok(()) }
/// ```
#[derive(Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct Builder {
    listen: SocketAddr,
    public_url: Option<String>,
    seed: Option<u64>,
    clock: Clock,
    instances: Vec<NewInstance>,
    origins: Vec<String>,
    remote_webhooks: bool,
    partner_token: Option<String>,
    options: Options,
    api_options: ApiOptions,
    pub(crate) bundle: Option<Arc<Bundle>>,
}

/// An instance that is to be there from the start.
#[derive(Clone, Default)]
struct NewInstance {
    id: Option<u64>,
    token: Option<String>,
    settings: Map<String, Value>,
    phone: Option<String>,
}

impl Builder {
    pub(super) fn new() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            public_url: None,
            seed: None,
            clock: Clock::real(),
            instances: Vec::new(),
            origins: Vec::new(),
            remote_webhooks: false,
            partner_token: None,
            options: Options {
                restart_time: Duration::from_secs(3),
                link_time: Duration::from_secs(2),
                creation_time: Duration::from_secs(5),
                plan: Plan::Business,
                webhook_retry: Duration::from_secs(60),
                delivery_time: Duration::from_millis(100),
                sending_delay: None,
                journal_delay: Duration::from_secs(30),
            },
            api_options: ApiOptions {
                delay: Duration::ZERO,
                rate_limits: true,
            },
            bundle: None,
        }
    }

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

    /// Sets the seed of everything random: the same seed gives the same tokens, codes and ids in the same order. Default: tokens are
    /// different in every sandbox, so that nobody can guess them; everything else is drawn as with the seed 0.
    pub fn seed(self, seed: u64) -> Self {
        Self {
            seed: Some(seed),
            ..self
        }
    }

    /// Lets pages of an origin such as `http://localhost:3000` use the sandbox, and read its answers; `null` is the origin of files, `*`
    /// stands for every origin. Default: requests of browsers on behalf of pages other than the sandbox's own are refused with 403.
    /// Other programs are not concerned, because they name no origin.
    pub fn allow_origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// Sets whether notifications may be posted to a `webhookUrl` on another machine. Default: no; an attempt is listed as failed.
    pub fn remote_webhooks(self, allowed: bool) -> Self {
        Self {
            remote_webhooks: allowed,
            ..self
        }
    }

    /// Sets the clock. Default: [`Clock::real`].
    pub fn clock(self, clock: Clock) -> Self {
        Self { clock, ..self }
    }

    /// Adds an instance with this token. Default: one instance, 1101000001, with a random token, or the one that the seed gives.
    ///
    /// # Panics
    ///
    /// Panics if the number is not from 1 to 9007199254740990.
    pub fn instance(
        mut self,
        id_instance: impl IdInstance,
        api_token_instance: impl Into<String>,
    ) -> Self {
        let id_instance = id_instance.number();
        assert!(
            INSTANCE_IDS.contains(&id_instance),
            "an instance cannot have the number {id_instance}"
        );
        // What was said about the default instance before is about this one.
        if self.instances.last().is_none_or(|last| last.id.is_some()) {
            self.instances.push(NewInstance::default());
        }
        let instance = self.last_instance();
        instance.id = Some(id_instance);
        instance.token = Some(api_token_instance.into());
        self
    }

    /// Changes settings of the instance that was added last, or of the default one: what `setSettings` would do, without the restart.
    ///
    /// ```
    /// # use green_api_sandbox::{Sandbox, State};
    /// # use serde_json::json;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), green_api_sandbox::StartError> {
    /// let sandbox = Sandbox::builder()
    ///     .instance(1101000001, "shop")
    ///     .settings(json!({ "incomingWebhook": "yes" }))
    ///     .linked_to("447700900123")
    ///     .instance(1101000002, "courier")
    ///     .start()
    ///     .await?;
    /// assert_eq!(sandbox.instances()[0].state(), State::Authorized);
    /// assert_eq!(sandbox.instances()[1].state(), State::NotAuthorized);
    /// # Ok(()) }
    /// ```
    ///
    /// # Panics
    ///
    /// Panics if a setting does not exist or cannot have this value: a test would pass for the wrong reason.
    pub fn settings(mut self, settings: impl Serialize) -> Self {
        let settings = serde_json::to_value(settings).unwrap_or_default();
        let bundle = self.bundle.clone().unwrap_or_else(Bundle::embedded);
        let complaint = bundle
            .route("POST", "/waInstance1/setSettings/token")
            .and_then(|route| route.operation.body_complaint(&settings));
        if let Some(complaint) = complaint {
            panic!("the settings cannot be set: {complaint}");
        }
        let known = Account::new(0, String::new(), UNIX_EPOCH).settings;
        for (name, value) in settings.as_object().into_iter().flatten() {
            assert!(known.contains_key(name), "there is no setting `{name}`");
            let instance = self.last_instance();
            instance.settings.insert(name.clone(), value.clone());
        }
        self
    }

    /// Links the instance that was added last, or the default one, to the phone with this number.
    pub fn linked_to(mut self, number: &str) -> Self {
        self.last_instance().phone = Some(ids::digits(number));
        self
    }

    /// Returns the instance that was added last, or begins one.
    fn last_instance(&mut self) -> &mut NewInstance {
        if self.instances.is_empty() {
            self.instances.push(NewInstance::default());
        }
        let last = self.instances.len() - 1;
        &mut self.instances[last]
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
        self.options.creation_time = creation_time.min(FURTHEST);
        self
    }

    /// Sets a delay for every answer; the operation itself still happens at once. Default: none.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.api_options.delay = delay.min(FURTHEST);
        self
    }

    /// Sets how long an instance is `starting` after `reboot` and `setSettings`. Default: 3 seconds; the real server takes up to 5 minutes.
    pub fn restart_time(mut self, restart_time: Duration) -> Self {
        self.options.restart_time = restart_time.min(FURTHEST);
        self
    }

    /// Sets how long it takes from the right code to the state `authorized`. Default: 2 seconds; the real server takes 3 to 30.
    pub fn link_time(mut self, link_time: Duration) -> Self {
        self.options.link_time = link_time.min(FURTHEST);
        self
    }

    /// Sets whether the documented rates are enforced and sent in headers. Default: yes.
    pub fn rate_limits(mut self, enforced: bool) -> Self {
        self.api_options.rate_limits = enforced;
        self
    }

    /// Sets how long a message takes from WhatsApp to a recipient who can be reached. Default: 0.1 seconds.
    pub fn delivery_time(mut self, delivery_time: Duration) -> Self {
        self.options.delivery_time = delivery_time.min(FURTHEST);
        self
    }

    /// Sets the least time between two messages that leave the sending queue of an instance. Default: the setting `delaySendMessagesMilliseconds`,
    /// which is half a second at least; without it a test need not wait.
    pub fn sending_delay(mut self, sending_delay: Duration) -> Self {
        self.options.sending_delay = Some(sending_delay.min(FURTHEST));
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
        self.options.webhook_retry = pause.min(FURTHEST);
        self
    }

    /// Starts the sandbox, on the Tokio runtime that this is called on.
    ///
    /// # Errors
    ///
    /// Returns an error if the address cannot be listened on, as outside of a Tokio runtime.
    pub async fn start(mut self) -> Result<Sandbox, StartError> {
        let address = self.listen;
        let listening = async {
            // What listens could only panic.
            Handle::try_current().map_err(|_| io::Error::other(OUTSIDE_TOKIO))?;
            let listener = TcpListener::bind(address).await?;
            let address = listener.local_addr()?;
            Ok((listener, address))
        };
        let (listener, address) = listening
            .await
            .map_err(|source| StartError::Listen { address, source })?;

        self.last_instance();
        let mut rng = fastrand::Rng::with_seed(self.seed.unwrap_or_default());
        let token_seed = self.seed.unwrap_or_else(unpredictable);
        let mut token_rng = fastrand::Rng::with_seed(token_seed);
        let now = self.clock.now();
        let account = |new: &NewInstance| {
            let id = new.id.unwrap_or(DEFAULT_INSTANCE);
            let token = new.token.clone();
            let token = token.unwrap_or_else(|| {
                // The codes that follow are those that this seed has always given.
                ids::token(&mut rng);
                ids::token(&mut token_rng)
            });
            Account::new(id, token, now)
        };
        let accounts: Vec<Account> = self.instances.iter().map(account).collect();
        let first_instance = accounts[0].id;
        // Drawn apart, so that it changes nothing about the other tokens of a seed.
        let partner_token = self.partner_token.unwrap_or_else(|| {
            let mut rng = fastrand::Rng::with_seed(!token_seed);
            format!("gac.{}", ids::token(&mut rng))
        });
        let bundle = self.bundle.unwrap_or_else(Bundle::embedded);
        let url = self
            .public_url
            .unwrap_or_else(|| format!("http://{}", reachable(address)));
        let faults = FaultList::new(bundle.names());
        let files = Files::new(url.clone());
        let rngs = [rng, token_rng];
        let accounts = accounts.into_iter();
        let mut world = World::new(now, accounts, faults, files, rngs, self.options);
        for new in self.instances {
            let id = new.id.unwrap_or(DEFAULT_INSTANCE);
            if let Some(phone) = &new.phone {
                world.link(id, phone);
            }
            world.account(id).settings.extend(new.settings);
        }
        let core = Arc::new(Core::new(self.clock, world));
        let api = Arc::new(Api::new(
            Arc::clone(&core),
            bundle,
            partner_token,
            self.api_options,
        ));

        tokio::spawn(webhooks::run(Arc::clone(&core), self.remote_webhooks));
        let guard = Guard::new(address, &url, self.origins);
        let partner_token = PartnerToken(api.partner_token.as_str().into());
        let router = control::router(Arc::clone(&core), guard.clone(), partner_token)
            .merge(server::router(Arc::clone(&api), guard));
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
            url: url.into(),
            first_instance,
            accepting,
        })
    }
}

/// Returns a number that nobody can guess, from where the standard library has its own.
fn unpredictable() -> u64 {
    RandomState::new().hash_one(())
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
        let instances = self.instances.iter();
        let instances: Vec<_> = instances.map(|new| new.id).collect();
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
