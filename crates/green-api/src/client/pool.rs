//! The connection pool that instances share.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::{ConfigError, RetryPolicy};

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
        let made = self.0.direct.get_or_init(|| {
            let settings = self.0.settings.http();
            // What could be set up once can be again.
            settings
                .no_proxy()
                .build()
                .unwrap_or_else(|_| self.0.http.clone())
        });
        made
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
#[derive(Clone, Debug, Default)]
#[must_use = "nothing is built until `build`"]
pub struct ClientBuilder {
    retry: RetryPolicy,
    connect_timeout: Option<Duration>,
    user_agent: Option<String>,
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

    /// Builds the pool. Connects to nothing yet.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Tls`].
    pub fn build(self) -> Result<Client, ConfigError> {
        let tls = |error: reqwest::Error| ConfigError::Tls(error.without_url().into());
        Ok(Client(Arc::new(Inner {
            http: self.http().build().map_err(tls)?,
            direct: OnceLock::new(),
            settings: self,
        })))
    }

    fn http(&self) -> reqwest::ClientBuilder {
        let mut builder = green_api_client::http_client_builder();
        if let Some(timeout) = self.connect_timeout {
            builder = builder.connect_timeout(timeout);
        }
        if let Some(name) = &self.user_agent {
            builder = builder.user_agent(name);
        }
        builder
    }
}
