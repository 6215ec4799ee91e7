//! The connection pool that instances share.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::SecretString;
use crate::{ConfigError, RetryPolicy, telemetry};

/// A connection pool. One is enough for a whole program: clones and instances share it.
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
    http: reqwest::Client,
    /// For this machine, which no proxy can reach and where requests may be unencrypted. Made when it is needed: reading the certificates takes a while.
    direct: OnceLock<reqwest::Client>,
    settings: ClientBuilder,
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
        if !is_loopback {
            return &self.0.http;
        }
        self.0.direct.get_or_init(|| {
            let settings = self.0.settings.http().ok();
            let made = settings.and_then(|settings| settings.no_proxy().build().ok());
            // What could be set up once can be again.
            made.unwrap_or_else(|| self.0.http.clone())
        })
    }

    pub(crate) fn retry(&self) -> &RetryPolicy {
        &self.0.settings.retry
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("retry", self.retry())
            .finish_non_exhaustive()
    }
}

/// Settings of a [`Client`].
#[derive(Clone, Default)]
#[must_use = "nothing is built until `build`"]
pub struct ClientBuilder {
    retry: RetryPolicy,
    connect_timeout: Option<Duration>,
    user_agent: Option<String>,
    /// It may have a password.
    proxy: Option<SecretString>,
    root_certificates: Vec<Vec<u8>>,
    max_idle_connections: Option<usize>,
    idle_timeout: Option<Duration>,
}

impl ClientBuilder {
    /// Sets when and how failed requests are repeated; see [`RetryPolicy`].
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.retry = policy;
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

    /// Sets how many unused connections to one host are kept (default: no limit).
    pub fn max_idle_connections(mut self, connections: usize) -> Self {
        self.max_idle_connections = Some(connections);
        self
    }

    /// Sets how long an unused connection is kept (default: 90 seconds).
    pub fn idle_timeout(mut self, timeout: Duration) -> Self {
        self.idle_timeout = Some(timeout);
        self
    }

    /// Builds the pool. Connects to nothing yet.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Tls`], [`ConfigError::InvalidProxy`] and [`ConfigError::InvalidCertificate`].
    pub fn build(self) -> Result<Client, ConfigError> {
        telemetry::describe();
        let tls = |error: reqwest::Error| ConfigError::Tls(error.without_url().into());
        Ok(Client(Arc::new(Inner {
            http: self.http()?.build().map_err(tls)?,
            direct: OnceLock::new(),
            settings: self,
        })))
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
            builder = builder.pool_idle_timeout(timeout);
        }
        if let Some(url) = &self.proxy {
            let proxy = reqwest::Proxy::all(url.expose());
            builder = builder.proxy(proxy.map_err(|_| ConfigError::InvalidProxy)?);
        }
        for pem in &self.root_certificates {
            builder =
                green_api_client::trusting(builder, pem).ok_or(ConfigError::InvalidCertificate)?;
        }
        Ok(builder)
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("retry", &self.retry)
            .field("connect_timeout", &self.connect_timeout)
            .field("user_agent", &self.user_agent)
            .field("proxy", &self.proxy)
            .field("root_certificates", &self.root_certificates.len())
            .field("max_idle_connections", &self.max_idle_connections)
            .field("idle_timeout", &self.idle_timeout)
            .finish()
    }
}
