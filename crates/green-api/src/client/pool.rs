//! The connection pool that instances share.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use green_api_client::LONGEST_WAIT;

#[cfg(feature = "http2")]
use super::connections::{Connections, Place, STREAMS};
use super::credentials::{BaseUrl, Hosts};
use super::pace::Pacer;
use crate::SecretString;
use crate::client::attempt::{Attempt, OnAttempt};
use crate::{ConfigError, Pace, RetryPolicy, telemetry};

/// A connection pool. One is enough for a whole program: clones and instances share it.
///
/// A call that waits has a connection of its own, which takes about 30 kB. A program that polls for hundreds of instances can have the feature `http2`:
/// where the server speaks HTTP/2, a hundred calls share a connection, and one takes about 18 kB.
///
/// ```
/// use green_api::{Client, Credentials};
///
/// let client = Client::new()?;
/// let sales = client.instance(Credentials::new("https://7103.api.greenapi.com", "7103000001", "0123456789abcdef")?);
/// let support = client.instance(Credentials::new("https://7105.api.greenapi.com", "7105000002", "fedcba9876543210")?);
/// # Ok::<(), green_api::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    http: Pool,
    /// For this machine, which no proxy can reach and where requests may be unencrypted. Made when it is needed: reading the certificates takes a while.
    direct: OnceLock<Pool>,
    /// For hosts that keep files, if those must not be reached in the same way.
    elsewhere: OnceLock<Client>,
    settings: ClientBuilder,
    pacer: Pacer,
    hosts: Hosts,
}

struct Pool {
    http: reqwest::Client,
    #[cfg(feature = "http2")]
    connections: Connections,
}

impl Pool {
    fn new(http: reqwest::Client) -> Self {
        Self {
            http,
            #[cfg(feature = "http2")]
            connections: Connections::default(),
        }
    }
}

/// What a call goes through. By HTTP/2 it has a place there while it is under way.
pub(crate) struct Route<'a> {
    pub(crate) http: Cow<'a, reqwest::Client>,
    #[cfg(feature = "http2")]
    _place: Place<'a>,
}

impl Client {
    /// Makes a pool with the default settings.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Tls`].
    pub fn new() -> Result<Self, ConfigError> {
        Self::builder().build()
    }

    /// Returns a builder of a pool with settings of your own.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Returns what reaches this machine, or every other one.
    pub(crate) fn http(&self, is_loopback: bool) -> &reqwest::Client {
        &self.pool(is_loopback).http
    }

    /// Returns what a call to this host goes through.
    pub(crate) fn route(&self, host: &BaseUrl) -> Route<'_> {
        let pool = self.pool(host.is_loopback());
        #[cfg(feature = "http2")]
        {
            let streams = self.0.settings.http2_streams.unwrap_or(STREAMS);
            let place = pool.connections.place(host.url(), streams);
            let another = place.pool(|| self.0.settings.reaching(host.is_loopback()));
            Route {
                http: another.map_or(Cow::Borrowed(&pool.http), Cow::Owned),
                _place: place,
            }
        }
        #[cfg(not(feature = "http2"))]
        Route {
            http: Cow::Borrowed(&pool.http),
        }
    }

    fn pool(&self, is_loopback: bool) -> &Pool {
        if !is_loopback {
            return &self.0.http;
        }
        self.0.direct.get_or_init(|| {
            let made = self.0.settings.reaching(true);
            // What could be set up once can be again.
            Pool::new(made.unwrap_or_else(|| self.0.http.http.clone()))
        })
    }

    pub(crate) fn on_attempt(&self) -> Option<&OnAttempt> {
        self.0.settings.on_attempt.as_ref()
    }

    /// Returns what reaches hosts that keep files: the program does not identify itself there, and they may speak HTTP/1.1 alone.
    pub(crate) fn elsewhere(&self) -> &Self {
        if !self.0.settings.is_for_gateways() {
            return self;
        }
        self.0.elsewhere.get_or_init(|| {
            let mut settings = self.0.settings.clone();
            settings.for_any_host();
            // What could be set up with more can be with less.
            settings.build().unwrap_or_else(|_| self.clone())
        })
    }

    pub(crate) fn retry(&self) -> &RetryPolicy {
        &self.0.settings.retry
    }

    pub(crate) fn pace(&self) -> &Pace {
        &self.0.settings.pace
    }

    pub(crate) fn hosts(&self) -> &Hosts {
        &self.0.hosts
    }

    pub(crate) fn pacer(&self) -> &Pacer {
        &self.0.pacer
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("retry", self.retry())
            .field("pace", self.pace())
            .finish_non_exhaustive()
    }
}

/// Settings of a [`Client`].
#[derive(Clone, Default)]
#[must_use = "nothing is built until `build`"]
pub struct ClientBuilder {
    retry: RetryPolicy,
    pace: Pace,
    connect_timeout: Option<Duration>,
    user_agent: Option<String>,
    /// It may have a password.
    proxy: Option<SecretString>,
    root_certificates: Vec<Vec<u8>>,
    #[cfg(any(
        feature = "rustls",
        feature = "rustls-no-provider",
        feature = "native-tls"
    ))]
    identity: Option<(Vec<u8>, SecretString)>,
    #[cfg(feature = "http2")]
    http2_prior_knowledge: bool,
    #[cfg(feature = "http2")]
    http2_streams: Option<usize>,
    on_attempt: Option<OnAttempt>,
    max_idle_connections: Option<usize>,
    idle_timeout: Option<Duration>,
}

impl ClientBuilder {
    /// Sets when and how failed requests are repeated; see [`RetryPolicy`].
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
        self
    }

    /// Sets how fast requests leave, instead of the [documented rates](Pace); [`Instance::with_pace`](crate::Instance::with_pace) sets it for one
    /// instance.
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// Sets how long a connection may take to be made (default: 10 seconds).
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = Some(timeout);
        self
    }

    /// Sets what the program calls itself to the server (default: `green-api-rs/` and the version).
    pub fn user_agent(mut self, name: impl Into<String>) -> Self {
        self.user_agent = Some(name.into());
        self
    }

    /// Sets the proxy that everything goes through but what leads to this machine, such as `http://user:password@proxy.example.com:3128`, instead
    /// of the one that `HTTPS_PROXY` and the like name.
    pub fn proxy(mut self, url: impl Into<SecretString>) -> Self {
        self.proxy = Some(url.into());
        self
    }

    /// Trusts these certificate authorities as well as those of the platform: one or more certificates as PEM. For a proxy or a gateway of one's
    /// own that ends TLS.
    pub fn root_certificates(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.root_certificates.push(pem.into());
        self
    }

    /// Sets the certificate by which this program identifies itself to a proxy or a gateway of one's own that asks for one: the certificate chain as PEM,
    /// and its private key as PEM.
    #[cfg(any(
        feature = "rustls",
        feature = "rustls-no-provider",
        feature = "native-tls"
    ))]
    pub fn client_identity(
        mut self,
        certificates: impl Into<Vec<u8>>,
        key: impl Into<SecretString>,
    ) -> Self {
        self.identity = Some((certificates.into(), key.into()));
        self
    }

    /// Speaks HTTP/2 from the first byte, to hosts that are known to speak it without TLS, such as a sandbox or a gateway of one's own (default: with
    /// TLS the two sides agree on HTTP/2 or HTTP/1.1, without it HTTP/1.1 is spoken).
    #[cfg(feature = "http2")]
    pub fn http2_prior_knowledge(mut self) -> Self {
        self.http2_prior_knowledge = true;
        self
    }

    /// Sets how many calls share a connection by HTTP/2 (default: 100, which servers are asked to allow at least). The next call gets another
    /// connection, so that a message does not wait for long polls to end. Zero is read as one.
    #[cfg(feature = "http2")]
    pub fn http2_streams(mut self, calls: usize) -> Self {
        self.http2_streams = Some(calls.max(1));
        self
    }

    /// Calls `callback` before every attempt, which can add headers to it, such as that of a trace, within the span of the attempt. Addresses that
    /// files are downloaded from are other hosts, and get none.
    ///
    /// ```
    /// use green_api::{Attempt, Client};
    ///
    /// let client = Client::builder()
    ///     .on_attempt(|attempt: &mut Attempt<'_>| {
    ///         attempt.header("X-Attempt", &attempt.number().to_string());
    ///     })
    ///     .build()?;
    /// # Ok::<(), green_api::ConfigError>(())
    /// ```
    pub fn on_attempt(
        mut self,
        callback: impl Fn(&mut Attempt<'_>) + Send + Sync + 'static,
    ) -> Self {
        self.on_attempt = Some(Arc::new(callback));
        self
    }

    /// Sets how many unused connections to one host are kept (default: no limit).
    pub fn max_idle_connections(mut self, connections: usize) -> Self {
        self.max_idle_connections = Some(connections);
        self
    }

    /// Sets how long an unused connection is kept, at most a day (default: 90 seconds).
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = Some(timeout);
        self
    }

    /// Builds the pool. Connects to nothing yet.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Tls`], [`ConfigError::InvalidProxy`], [`ConfigError::InvalidCertificate`] and [`ConfigError::InvalidIdentity`].
    pub fn build(self) -> Result<Client, ConfigError> {
        telemetry::describe();
        let tls = |error: reqwest::Error| match self.identifies() {
            // Only now a key is held against its certificate.
            true => ConfigError::InvalidIdentity,
            false => ConfigError::Tls(error.without_url().into()),
        };
        Ok(Client(Arc::new(Inner {
            http: Pool::new(self.http()?.build().map_err(tls)?),
            direct: OnceLock::new(),
            elsewhere: OnceLock::new(),
            settings: self,
            pacer: Pacer::default(),
            hosts: Hosts::default(),
        })))
    }

    fn identifies(&self) -> bool {
        #[cfg(any(
            feature = "rustls",
            feature = "rustls-no-provider",
            feature = "native-tls"
        ))]
        return self.identity.is_some();
        #[cfg(not(any(
            feature = "rustls",
            feature = "rustls-no-provider",
            feature = "native-tls"
        )))]
        false
    }

    /// Whether hosts that are not GREEN-API's could not be reached in the same way.
    fn is_for_gateways(&self) -> bool {
        #[cfg(feature = "http2")]
        if self.http2_prior_knowledge {
            return true;
        }
        self.identifies()
    }

    fn for_any_host(&mut self) {
        #[cfg(any(
            feature = "rustls",
            feature = "rustls-no-provider",
            feature = "native-tls"
        ))]
        {
            self.identity = None;
        }
        #[cfg(feature = "http2")]
        {
            self.http2_prior_knowledge = false;
        }
    }

    /// Returns what reaches this machine, or every other one, if it can be set up.
    fn reaching(&self, is_loopback: bool) -> Option<reqwest::Client> {
        let http = self.http().ok()?;
        let http = match is_loopback {
            true => http.no_proxy(),
            false => http,
        };
        http.build().ok()
    }

    fn http(&self) -> Result<reqwest::ClientBuilder, ConfigError> {
        let mut builder = green_api_client::http_client_builder();
        if let Some(timeout) = self.connect_timeout {
            builder = builder.connect_timeout(timeout);
        }
        if let Some(name) = &self.user_agent {
            builder = builder.user_agent(name);
        }
        if let Some(connections) = self.max_idle_connections {
            builder = builder.pool_max_idle_per_host(connections);
        }
        if let Some(timeout) = self.idle_timeout {
            // It is added to a point in time, which a task of the pool panics at if it does not fit.
            builder = builder.pool_idle_timeout(timeout.min(LONGEST_WAIT));
        }
        if let Some(url) = &self.proxy {
            let proxy = reqwest::Proxy::all(url.expose());
            builder = builder.proxy(proxy.map_err(|_| ConfigError::InvalidProxy)?);
        }
        for pem in &self.root_certificates {
            builder =
                green_api_client::trusting(builder, pem).ok_or(ConfigError::InvalidCertificate)?;
        }
        #[cfg(any(
            feature = "rustls",
            feature = "rustls-no-provider",
            feature = "native-tls"
        ))]
        if let Some((certificates, key)) = &self.identity {
            builder = green_api_client::identifying(builder, certificates, key.expose().as_bytes())
                .ok_or(ConfigError::InvalidIdentity)?;
        }
        #[cfg(feature = "http2")]
        if self.http2_prior_knowledge {
            builder = builder.http2_prior_knowledge();
        }
        Ok(builder)
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("retry", &self.retry)
            .field("pace", &self.pace)
            .field("connect_timeout", &self.connect_timeout)
            .field("user_agent", &self.user_agent)
            .field("proxy", &self.proxy)
            .field("root_certificates", &self.root_certificates.len())
            .field("on_attempt", &self.on_attempt.is_some())
            .field("max_idle_connections", &self.max_idle_connections)
            .field("idle_timeout", &self.idle_timeout)
            .finish_non_exhaustive()
    }
}
