//! Who is calling, and where.

use std::collections::HashSet;
use std::env;
use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use green_api_types::models::{ApiToken, InstanceId, ParseInstanceIdError};
use green_api_types::operation;
use url::{Host, Url};

/// Everything that makes an instance reachable: its two hosts, its number and its secret token.
///
/// ```
/// use green_api::Credentials;
///
/// let credentials = Credentials::new("https://7103.api.greenapi.com/", "7103000001", "0123456789abcdef")?;
/// assert_eq!(credentials.media_url(), "https://7103.media.greenapi.com");
/// assert!(!format!("{credentials:?}").contains("0123456789abcdef"));
/// # Ok::<(), green_api::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    api: BaseUrl,
    media: BaseUrl,
    id: InstanceId,
    token: ApiToken,
}

/// The variables that [`Credentials::from_env`] reads.
pub(crate) mod variables {
    pub const URL: &str = "GREEN_API_URL";
    pub const MEDIA_URL: &str = "GREEN_API_MEDIA_URL";
    pub const ID_INSTANCE: &str = "GREEN_API_ID_INSTANCE";
    pub const TOKEN_INSTANCE: &str = "GREEN_API_TOKEN_INSTANCE";
    pub const PARTNER_TOKEN: &str = "GREEN_API_PARTNER_TOKEN";
}

/// A variable's text.
fn read(name: &'static str) -> Result<String, ConfigError> {
    match env::var(name) {
        Ok(value) if !value.trim().is_empty() => Ok(value),
        Ok(_) | Err(env::VarError::NotPresent) => Err(ConfigError::MissingVariable(name)),
        Err(env::VarError::NotUnicode(_)) => {
            Err(ConfigError::Variable(name, Box::new(ConfigError::NotText)))
        }
    }
}

/// A variable's value.
fn parse<T: FromStr<Err: Into<ConfigError>>>(
    name: &'static str,
    text: &str,
) -> Result<T, ConfigError> {
    text.parse()
        .map_err(|error: T::Err| ConfigError::Variable(name, Box::new(error.into())))
}

fn parse_token(name: &'static str, text: &str) -> Result<ApiToken, ConfigError> {
    text.parse()
        .map_err(|error| ConfigError::Variable(name, Box::new(ConfigError::InvalidToken(error))))
}

impl Credentials {
    /// Makes credentials of the three values that the console shows: `apiUrl`, `idInstance` and `apiTokenInstance`.
    ///
    /// The media host is the one that belongs to the API host: `https://7103.api.greenapi.com` has `https://7103.media.greenapi.com`; any other
    /// host is its own media host.
    ///
    /// # Errors
    ///
    /// A value that cannot be right, and `http://` to any host but this machine.
    pub fn new(url: &str, id: &str, token: &str) -> Result<Self, ConfigError> {
        let api: BaseUrl = url.parse()?;
        Ok(Self {
            media: api.media(),
            api,
            id: id.parse()?,
            token: token.parse().map_err(ConfigError::InvalidToken)?,
        })
    }

    /// Reads `GREEN_API_URL`, `GREEN_API_ID_INSTANCE` and `GREEN_API_TOKEN_INSTANCE`, and `GREEN_API_MEDIA_URL` if it is set.
    ///
    /// # Errors
    ///
    /// A variable that is missing or cannot be right; the error names it.
    pub fn from_env() -> Result<Self, ConfigError> {
        let (url, id, token) = (
            read(variables::URL)?,
            read(variables::ID_INSTANCE)?,
            read(variables::TOKEN_INSTANCE)?,
        );
        let api: BaseUrl = parse(variables::URL, &url)?;
        let media = match read(variables::MEDIA_URL) {
            Ok(url) => parse(variables::MEDIA_URL, &url)?,
            Err(ConfigError::MissingVariable(_)) => api.media(),
            Err(error) => return Err(error),
        };
        Ok(Self {
            api,
            media,
            id: parse(variables::ID_INSTANCE, &id)?,
            token: parse_token(variables::TOKEN_INSTANCE, &token)?,
        })
    }

    /// Sets the media host, instead of the one that belongs to the API host.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn with_media_url(mut self, url: &str) -> Result<Self, ConfigError> {
        self.media = url.parse()?;
        Ok(self)
    }

    /// Sets the token. Those of an [`Instance`](crate::Instance) in use are changed by its [`replace_token`](crate::Instance::replace_token).
    #[must_use]
    pub fn with_token(mut self, token: ApiToken) -> Self {
        self.token = token;
        self
    }

    /// Returns the API host's address, without a slash at the end.
    #[must_use]
    pub fn api_url(&self) -> &str {
        self.api.as_str()
    }

    /// Returns the media host's address, without a slash at the end.
    #[must_use]
    pub fn media_url(&self) -> &str {
        self.media.as_str()
    }

    /// Has what it can in common with others of the same client.
    pub(crate) fn share(&mut self, hosts: &Hosts) {
        hosts.share(&mut self.api.url);
        hosts.share(&mut self.media.url);
    }

    pub(crate) fn host(&self, host: operation::Host) -> &BaseUrl {
        match host {
            operation::Host::Api => &self.api,
            operation::Host::Media => &self.media,
        }
    }

    /// Returns the instance's number.
    #[must_use]
    pub fn id(&self) -> InstanceId {
        self.id
    }

    /// Returns the instance's token.
    #[must_use]
    pub fn token(&self) -> &ApiToken {
        &self.token
    }
}

/// The hosts of a client's instances, which are few even where those are many.
#[derive(Default)]
pub(crate) struct Hosts(Mutex<HashSet<Arc<Url>>>);

impl Hosts {
    fn share(&self, url: &mut Arc<Url>) {
        let mut hosts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = hosts.get(url) {
            *url = Arc::clone(known);
        } else if hosts.len() < MAX_HOSTS {
            hosts.insert(Arc::clone(url));
        }
    }
}

/// The credentials that an instance and its clones share, so that a new token reaches all of them.
pub(crate) struct Shared {
    current: RwLock<Arc<Credentials>>,
    /// Held while the server replaces the token: whoever is refused meanwhile waits for the new one.
    renewing: tokio::sync::Mutex<()>,
}

impl Shared {
    pub(crate) fn new(credentials: Arc<Credentials>) -> Self {
        Self {
            current: RwLock::new(credentials),
            renewing: tokio::sync::Mutex::new(()),
        }
    }

    pub(crate) fn current(&self) -> Arc<Credentials> {
        Arc::clone(&self.current.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn replace_token(&self, token: ApiToken) {
        let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(Credentials::clone(&current).with_token(token));
    }

    /// Keeps the token as it is until the guard is dropped, as far as [`renewed`](Self::renewed) sees.
    pub(crate) async fn renew(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.renewing.lock().await
    }

    /// Returns the credentials once the token is not being replaced, if they are others than `seen`.
    pub(crate) async fn renewed(&self, seen: &Credentials) -> Option<Arc<Credentials>> {
        drop(self.renewing.lock().await);
        let current = self.current();
        (current.token != seen.token).then_some(current)
    }
}

/// The address and the token of a partner's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartnerCredentials {
    api: BaseUrl,
    token: ApiToken,
}

impl PartnerCredentials {
    /// Makes credentials of the partner API's address and the partner's token.
    ///
    /// # Errors
    ///
    /// As for [`Credentials::new`].
    pub fn new(url: &str, token: &str) -> Result<Self, ConfigError> {
        Ok(Self {
            api: url.parse()?,
            token: token.parse().map_err(ConfigError::InvalidToken)?,
        })
    }

    /// Reads `GREEN_API_URL` and `GREEN_API_PARTNER_TOKEN`.
    ///
    /// # Errors
    ///
    /// A variable that is missing or cannot be right; the error names it.
    pub fn from_env() -> Result<Self, ConfigError> {
        let (url, token) = (read(variables::URL)?, read(variables::PARTNER_TOKEN)?);
        Ok(Self {
            api: parse(variables::URL, &url)?,
            token: parse_token(variables::PARTNER_TOKEN, &token)?,
        })
    }

    /// Returns the address, without a slash at the end.
    #[must_use]
    pub fn api_url(&self) -> &str {
        self.api.as_str()
    }

    pub(crate) fn api(&self) -> &BaseUrl {
        &self.api
    }

    /// Returns the partner's token.
    #[must_use]
    pub fn token(&self) -> &ApiToken {
        &self.token
    }
}

/// An address that requests can be sent to: https, or http to this machine; no slash at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    url: Arc<Url>,
    is_loopback: bool,
}

/// How many hosts of a client are shared.
const MAX_HOSTS: usize = 1_000;

/// Put before an address to say that the token may travel unencrypted.
const PLAIN: &str = "plain+";

impl FromStr for BaseUrl {
    type Err = ConfigError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        let (plain_allowed, text) = match text.strip_prefix(PLAIN) {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        let url = Url::parse(text).map_err(|_| ConfigError::InvalidUrl("it is no address"))?;
        if url.host().is_none() {
            return Err(ConfigError::InvalidUrl("it has no host"));
        }
        match url.scheme() {
            "https" => {}
            "http" if is_loopback(&url) || plain_allowed => {}
            "http" => {
                return Err(ConfigError::PlainHttp(
                    url.host_str().unwrap_or_default().to_owned(),
                ));
            }
            _ => {
                return Err(ConfigError::InvalidUrl(
                    "it begins neither with https:// nor with http://",
                ));
            }
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(ConfigError::InvalidUrl("it has a user name or a password"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(ConfigError::InvalidUrl("it has a query or a fragment"));
        }
        if url.path().contains("/waInstance") {
            return Err(ConfigError::InvalidUrl(
                "it is the address of a method; leave out everything from /waInstance on",
            ));
        }
        Ok(Self {
            is_loopback: is_loopback(&url),
            url: Arc::new(url),
        })
    }
}

/// Returns `true` if an address leads to this machine.
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

impl BaseUrl {
    pub(crate) fn as_str(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    pub(crate) fn url(&self) -> &Arc<Url> {
        &self.url
    }

    /// Returns `true` if it leads to this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        self.is_loopback
    }

    /// The media host that belongs to this API host.
    fn media(&self) -> Self {
        for domain in ["greenapi.com", "green-api.com"] {
            let api = format!("api.{domain}");
            if let Some(at) = self.as_str().find(&api)
                && matches!(self.as_str()[..at].chars().last(), Some('/' | '.'))
                && let media = self.as_str().replacen(&api, &format!("media.{domain}"), 1)
                && let Ok(media) = format!("{PLAIN}{media}").parse()
            {
                return media;
            }
        }
        self.clone()
    }
}

/// An invalid or missing credential or client setting. Never repeats a secret.
#[derive(Debug)]
#[non_exhaustive]
pub enum ConfigError {
    /// An environment variable is not set, or is empty.
    MissingVariable(&'static str),
    /// An environment variable has an invalid value.
    Variable(&'static str, Box<ConfigError>),
    /// The value is not text.
    NotText,
    /// The address is invalid.
    InvalidUrl(&'static str),
    /// The address begins with `http://` and leads away from this machine, so that the token would travel unencrypted.
    PlainHttp(String),
    /// The number of the instance is invalid.
    InvalidId(ParseInstanceIdError),
    /// The token is invalid.
    InvalidToken(green_api_types::models::ParseApiTokenError),
    /// The address of the proxy is invalid.
    InvalidProxy,
    /// The certificates to trust contain none as PEM.
    InvalidCertificate,
    /// The identity of this program is not a certificate and its private key, both as PEM.
    InvalidIdentity,
    /// TLS could not be set up.
    Tls(Box<dyn std::error::Error + Send + Sync>),
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingVariable(name) => {
                let field = match *name {
                    variables::URL => "apiUrl",
                    variables::ID_INSTANCE => "idInstance",
                    variables::TOKEN_INSTANCE => "apiTokenInstance",
                    variables::PARTNER_TOKEN => "the partner token",
                    _ => "the value",
                };
                write!(f, "{name} is not set; copy {field} from the console at console.green-api.com")
            }
            Self::Variable(name, error) => write!(f, "{name}: {error}"),
            Self::NotText => f.write_str("the value is not text"),
            Self::InvalidUrl(reason) => write!(f, "the address cannot be used: {reason}; write it like https://7103.api.greenapi.com"),
            Self::PlainHttp(host) => {
                write!(f, "http:// to {host} would send the token unencrypted; use https://, or {PLAIN}http:// if you mean it")
            }
            Self::InvalidId(error) => error.fmt(f),
            Self::InvalidToken(error) => write!(f, "{error}; copy apiTokenInstance from the console"),
            Self::InvalidProxy => f.write_str("the address of the proxy cannot be used; write it like http://user:password@proxy.example.com:3128"),
            Self::InvalidCertificate => f.write_str("the root certificates are not PEM; a file of them begins with -----BEGIN CERTIFICATE-----"),
            Self::InvalidIdentity => f.write_str(
                "the client's certificate and key cannot be used; give the certificate chain as PEM and its private key as PEM, not encrypted",
            ),
            Self::Tls(_) => {
                f.write_str("TLS could not be set up; choose one of the features rustls, rustls-no-provider (and install a provider) and native-tls")
            }
        }
    }
}

impl From<ParseInstanceIdError> for ConfigError {
    fn from(error: ParseInstanceIdError) -> Self {
        Self::InvalidId(error)
    }
}

impl std::error::Error for ConfigError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Tls(error) => Some(error.as_ref()),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Result<String, String> {
        text.parse::<BaseUrl>()
            .map(|url| url.as_str().to_owned())
            .map_err(|error| error.to_string())
    }

    #[test]
    fn addresses_lose_the_slash_and_keep_the_path() {
        assert_eq!(
            url("https://api.green-api.com/").unwrap(),
            "https://api.green-api.com"
        );
        assert_eq!(
            url(" https://3100.api.green-api.com/v3/ ").unwrap(),
            "https://3100.api.green-api.com/v3"
        );
        assert_eq!(
            url("http://127.0.0.1:8080").unwrap(),
            "http://127.0.0.1:8080"
        );
        assert_eq!(url("http://[::1]:8080").unwrap(), "http://[::1]:8080");
        assert_eq!(url("http://localhost:1").unwrap(), "http://localhost:1");
        assert_eq!(
            url("plain+http://proxy.example").unwrap(),
            "http://proxy.example"
        );
    }

    #[test]
    fn addresses_that_would_leak_or_fail_are_refused() {
        let token = "c0ffee";
        for (bad, reason) in [
            ("http://api.green-api.com", "unencrypted"),
            ("http://127.0.0.1.example.com", "unencrypted"),
            ("ftp://api.green-api.com", "neither"),
            ("api.green-api.com", "no address"),
            ("", "no address"),
            ("https://", "no address"),
            ("https://user:c0ffee@api.green-api.com", "user name"),
            (
                "https://api.green-api.com/waInstance1/getSettings/c0ffee",
                "address of a method",
            ),
            ("https://api.green-api.com/?token=c0ffee", "query"),
        ] {
            let error = url(bad).unwrap_err();
            assert!(error.contains(reason), "{bad}: {error}");
            assert!(!error.contains(token), "{error}");
        }
    }

    #[test]
    fn the_media_host_belongs_to_the_api_host() {
        for (api, media) in [
            ("https://api.green-api.com", "https://media.green-api.com"),
            (
                "https://7103.api.greenapi.com",
                "https://7103.media.greenapi.com",
            ),
            ("http://127.0.0.1:5000", "http://127.0.0.1:5000"),
            (
                "https://myapi.greenapi.com.example",
                "https://myapi.greenapi.com.example",
            ),
        ] {
            assert_eq!(api.parse::<BaseUrl>().unwrap().media().as_str(), media);
        }
    }
}
