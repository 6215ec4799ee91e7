//! An instance: one WhatsApp account behind GREEN-API.

use std::sync::Arc;

use green_api_types::operation::{Host, Operation};
use serde_json::Value;

use crate::client::generated::dispatch;
use crate::client::request::{self, Account, ByName};
use crate::{
    Answer, Client, ConfigError, Credentials, Error, InstanceId, Link, Notifications,
    PartnerCredentials, PhoneNumber,
};

/// One instance, with a method for every operation of the API.
///
/// Cheap to clone. Every method returns a request, which is sent when it is awaited and can be given options before:
///
/// ```no_run
/// use std::time::Duration;
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let instance = green_api::Instance::from_env()?;
/// let settings = instance.get_settings().timeout(Duration::from_secs(10)).await?;
/// instance.set_settings().state_webhook(true).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Instance {
    client: Client,
    credentials: Arc<Credentials>,
}

impl Instance {
    /// An instance with a connection pool of its own; see [`Client`] to share one.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Tls`].
    pub fn new(credentials: Credentials) -> Result<Self, ConfigError> {
        Ok(Client::new()?.instance(credentials))
    }

    /// The instance that `GREEN_API_URL`, `GREEN_API_ID_INSTANCE` and `GREEN_API_TOKEN_INSTANCE` describe.
    ///
    /// # Errors
    ///
    /// As for [`Credentials::from_env`].
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::new(Credentials::from_env()?)
    }

    /// The instance's number.
    #[must_use]
    pub fn id(&self) -> InstanceId {
        self.credentials.id()
    }

    /// What it is reached with.
    #[must_use]
    pub fn credentials(&self) -> &Credentials {
        &self.credentials
    }

    /// Links the WhatsApp account of that number: the documented procedure as one call. See [`Link`].
    pub fn link(&self, phone: PhoneNumber) -> Link {
        Link::new(self.clone(), phone)
    }

    /// Links a WhatsApp account by QR codes that the phone scans: the documented procedure as one call. See [`Link`].
    ///
    /// Its steps have a [`LinkStep::Qr`](crate::LinkStep::Qr) every 20 seconds. It ends with [`LinkError::Expired`](crate::LinkError::Expired) when
    /// nobody has scanned one for 5 minutes, or for the time that [`Link::timeout`] gives.
    pub fn link_by_qr(&self) -> Link {
        Link::by_qr(self.clone())
    }

    /// Receives notifications by long polling, one after the other, none lost. See [`Notifications`].
    pub fn notifications(&self) -> Notifications {
        Notifications::new(self.clone())
    }

    /// Calls any operation by its documented name, with its input under the documented names, and returns the whole answer as it came.
    ///
    /// ```no_run
    /// # async fn example(instance: green_api::Instance) -> Result<(), green_api::Error> {
    /// let answer = instance.call("setSettings", serde_json::json!({"stateWebhook": "yes"})).await?;
    /// println!("{}", answer.raw());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// As for the operation's own method. A name that does not exist, or a value of the wrong kind, is
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), and nothing is sent.
    pub async fn call(&self, operation: &str, input: Value) -> Result<Answer, Error> {
        request::call(self, operation, input).await
    }
}

impl Account for Instance {
    fn client(&self) -> &Client {
        &self.client
    }

    fn host(&self, operation: &Operation) -> &str {
        match operation.host {
            Host::Api => self.credentials.api_url(),
            Host::Media => self.credentials.media_url(),
        }
    }

    fn token(&self) -> &str {
        self.credentials.token().expose()
    }

    fn name(&self) -> String {
        format!("instance {}", self.credentials.id())
    }

    fn operation(id: &str) -> Option<ByName<Self>> {
        dispatch::instance(id)
    }
}

/// A partner's account, which creates, lists and deletes instances.
#[derive(Clone, Debug)]
pub struct Partner {
    client: Client,
    credentials: Arc<PartnerCredentials>,
}

impl Partner {
    /// A partner's account with a connection pool of its own; see [`Client`] to share one.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Tls`].
    pub fn new(credentials: PartnerCredentials) -> Result<Self, ConfigError> {
        Ok(Client::new()?.partner(credentials))
    }

    /// The partner's account that `GREEN_API_URL` and `GREEN_API_PARTNER_TOKEN` describe.
    ///
    /// # Errors
    ///
    /// As for [`PartnerCredentials::from_env`].
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::new(PartnerCredentials::from_env()?)
    }

    /// What it is reached with.
    #[must_use]
    pub fn credentials(&self) -> &PartnerCredentials {
        &self.credentials
    }

    /// Calls any of the partner's operations by its documented name; see [`Instance::call`].
    ///
    /// # Errors
    ///
    /// As for [`Instance::call`].
    pub async fn call(&self, operation: &str, input: Value) -> Result<Answer, Error> {
        request::call(self, operation, input).await
    }
}

impl Account for Partner {
    fn client(&self) -> &Client {
        &self.client
    }

    fn host(&self, _: &Operation) -> &str {
        self.credentials.api_url()
    }

    fn token(&self) -> &str {
        self.credentials.token().expose()
    }

    fn name(&self) -> String {
        "the partner's account".to_owned()
    }

    fn operation(id: &str) -> Option<ByName<Self>> {
        dispatch::partner(id)
    }
}

impl Client {
    /// Returns an instance that uses this pool.
    #[must_use]
    pub fn instance(&self, credentials: Credentials) -> Instance {
        Instance {
            client: self.clone(),
            credentials: Arc::new(credentials),
        }
    }

    /// Returns a partner's account that uses this pool.
    #[must_use]
    pub fn partner(&self, credentials: PartnerCredentials) -> Partner {
        Partner {
            client: self.clone(),
            credentials: Arc::new(credentials),
        }
    }
}
