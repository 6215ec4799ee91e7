//! Who calls: an instance, which is one WhatsApp account behind GREEN-API, or a partner.

use std::fmt;
use std::sync::Arc;

use green_api_client::AccountName;
use green_api_types::operation::Operation;
use serde_json::Value;

use crate::client::credentials::{BaseUrl, Shared};
use crate::client::generated::dispatch;
use crate::client::request::{self, Account, ByName};
use crate::{
    Answer, ApiToken, Client, ConfigError, Credentials, Error, InstanceId, Pace,
    PartnerCredentials, RequestParts, UnlistedRequest, Verb,
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
#[derive(Clone)]
pub struct Instance {
    client: Client,
    /// What a request under way is sent with.
    credentials: Arc<Credentials>,
    shared: Arc<Shared>,
    /// In place of the client's.
    pace: Option<Arc<Pace>>,
}

impl Instance {
    /// Makes an instance with a connection pool of its own; see [`Client`] to share one.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Tls`].
    pub fn new(credentials: Credentials) -> Result<Self, ConfigError> {
        Ok(Client::new()?.instance(credentials))
    }

    /// Makes the instance that `GREEN_API_URL`, `GREEN_API_ID_INSTANCE` and `GREEN_API_TOKEN_INSTANCE` describe.
    ///
    /// # Errors
    ///
    /// As for [`Credentials::from_env`].
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::new(Credentials::from_env()?)
    }

    /// Sets how fast requests leave through this value and its clones, instead of the pace of the [`Client`].
    #[must_use]
    pub fn with_pace(mut self, pace: Pace) -> Self {
        self.pace = Some(Arc::new(pace));
        self
    }

    /// Returns in how long the next message may leave, if the pace has a time between messages.
    #[doc(hidden)]
    #[must_use]
    pub fn until_next_message(&self) -> Option<std::time::Duration> {
        let (instance, pace) = Account::pace(self);
        let pacer = self.client.pacer();
        let until = || pacer.until_next_message(instance);
        pace.spaces_messages().then(until)
    }

    /// Returns the instance's number.
    #[must_use]
    pub fn id(&self) -> InstanceId {
        self.credentials.id()
    }

    /// Returns what it is reached with, with the token as it is now.
    #[must_use]
    pub fn credentials(&self) -> Arc<Credentials> {
        self.shared.current()
    }

    /// Replaces the token here and in all clones of this instance: those that poll, link or wait keep what they know and go on with the new one. The
    /// server is not told; see [`renew_token`](Self::renew_token).
    ///
    /// A request that is refused because it left with the token before is sent again with the new one, once.
    ///
    /// ```
    /// # fn example(instance: &green_api::Instance, copied: &str) -> Result<(), green_api::ParseApiTokenError> {
    /// instance.replace_token(copied.parse()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn replace_token(&self, token: ApiToken) {
        self.shared.replace_token(token);
    }

    /// Asks the server for a new token with [`update_api_token`](Self::update_api_token), and goes on with it here and in all clones of this instance.
    /// Returns the token, to be kept for the next start of the program.
    ///
    /// Requests that the server refuses between its change and its answer wait for the new token and are sent again, so that polling does not end.
    ///
    /// # Errors
    ///
    /// As for [`update_api_token`](Self::update_api_token). After [`Delivery::MaybeSent`](crate::Delivery::MaybeSent) the token may have changed:
    /// copy it from the console and give it to [`replace_token`](Self::replace_token).
    pub async fn renew_token(&self) -> Result<ApiToken, Error> {
        let _renewing = self.shared.renew().await;
        // An instance of its own, which does not wait for itself.
        let token = self
            .client
            .instance(Credentials::clone(&self.credentials()))
            .update_api_token()
            .await?;
        self.replace_token(token.clone());
        Ok(token)
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
    /// As for the operation's own method. A name that does not exist, an unknown argument, or a value of the wrong kind, is
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), and nothing is sent.
    pub async fn call(&self, operation: &str, input: Value) -> Result<Answer, Error> {
        self.call_parts(request::parts(operation, input, false)?)
            .await
    }

    /// Calls an operation by its documented name, and also sends arguments, and fields inside of them, that this version does not know.
    ///
    /// What is known is checked as [`call`](Self::call) does. Unknown arguments go where [`Request::extra`](crate::Request::extra) says.
    ///
    /// # Errors
    ///
    /// As for [`call`](Self::call).
    pub async fn call_unchecked(&self, operation: &str, input: Value) -> Result<Answer, Error> {
        self.call_parts(request::parts(operation, input, true)?)
            .await
    }

    /// Checks an input as [`call`](Self::call) does, and returns the request in parts, to be stored and sent later.
    ///
    /// ```
    /// # fn example(instance: &green_api::Instance) -> Result<(), green_api::Error> {
    /// let input = serde_json::json!({"chatId": "+44 7700 900145", "message": "Hello"});
    /// let parts = instance.parts("sendMessage", input)?;
    /// assert_eq!(parts.input["chatId"], "447700900145@c.us");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) for what [`call`](Self::call) would refuse before anything leaves.
    pub fn parts(&self, operation: &str, input: Value) -> Result<RequestParts, Error> {
        request::ready(self, request::parts(operation, input, false)?)?.into_parts()
    }

    /// Sends a request that was taken apart by [`Request::into_parts`](crate::Request::into_parts), or put together by hand, and returns the whole
    /// answer as it came.
    ///
    /// # Errors
    ///
    /// As for [`call`](Self::call); [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput) if there is a file and the operation takes none.
    pub async fn call_parts(&self, parts: RequestParts) -> Result<Answer, Error> {
        request::ready(self, parts)?.call().await
    }

    /// Returns a request to an operation that the server has and this version has not.
    ///
    /// It goes to the same host as all others, with the credentials in the path. The token is kept secret and
    /// [`Error::delivery`] told as for all operations. It is never repeated by itself, and any answer with 2xx means that it was accepted.
    ///
    /// ```no_run
    /// use green_api::Verb;
    ///
    /// # async fn example(instance: green_api::Instance) -> Result<(), green_api::Error> {
    /// let input = serde_json::json!({"name": "Teapot"});
    /// let answer = instance.call_unlisted("newerThanThisVersion", Verb::Post, input).await?;
    /// println!("{}", answer.raw());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Sending is refused, as [`ErrorKind::InvalidInput`](crate::ErrorKind::InvalidInput), if the name is listed or has anything but letters and
    /// digits, or if the input is neither an object nor `null`.
    pub fn call_unlisted(&self, name: &str, verb: Verb, input: Value) -> UnlistedRequest<Self> {
        UnlistedRequest::new(self, name, verb, input)
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance")
            .field("client", &self.client)
            .field("credentials", &self.credentials())
            .finish()
    }
}

impl Account for Instance {
    fn client(&self) -> &Client {
        &self.client
    }

    fn host(&self, operation: &Operation) -> &BaseUrl {
        self.credentials.host(operation.host)
    }

    fn pace(&self) -> (Option<InstanceId>, &Pace) {
        let pace = self.pace.as_deref().unwrap_or(self.client.pace());
        (Some(self.id()), pace)
    }

    fn token(&self) -> &str {
        self.credentials.token().expose()
    }

    fn name(&self) -> AccountName {
        AccountName::Instance(self.id())
    }

    fn path(&self, operation: &str) -> Vec<String> {
        let instance = format!("waInstance{}", self.credentials.id());
        vec![instance, operation.to_owned(), self.token().to_owned()]
    }

    fn operation(id: &str) -> Option<ByName<Self>> {
        dispatch::instance(id)
    }

    fn current(&self) -> Self {
        Self {
            credentials: self.shared.current(),
            ..self.clone()
        }
    }

    async fn renewed(&self) -> Option<Self> {
        let credentials = self.shared.renewed(&self.credentials).await?;
        Some(Self {
            credentials,
            ..self.clone()
        })
    }
}

/// A partner's account, which creates, lists and deletes instances.
#[derive(Clone, Debug)]
pub struct Partner {
    client: Client,
    credentials: Arc<PartnerCredentials>,
}

impl Partner {
    /// Makes a partner's account with a connection pool of its own; see [`Client`] to share one.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Tls`].
    pub fn new(credentials: PartnerCredentials) -> Result<Self, ConfigError> {
        Ok(Client::new()?.partner(credentials))
    }

    /// Makes the partner's account that `GREEN_API_URL` and `GREEN_API_PARTNER_TOKEN` describe.
    ///
    /// # Errors
    ///
    /// As for [`PartnerCredentials::from_env`].
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::new(PartnerCredentials::from_env()?)
    }

    /// Returns what it is reached with.
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
        self.call_parts(request::parts(operation, input, false)?)
            .await
    }

    /// Calls any of the partner's operations, and also sends arguments that this version does not know; see [`Instance::call_unchecked`].
    ///
    /// # Errors
    ///
    /// As for [`Instance::call`].
    pub async fn call_unchecked(&self, operation: &str, input: Value) -> Result<Answer, Error> {
        self.call_parts(request::parts(operation, input, true)?)
            .await
    }

    /// Sends a request that was taken apart; see [`Instance::call_parts`].
    ///
    /// # Errors
    ///
    /// As for [`Instance::call_parts`].
    pub async fn call_parts(&self, parts: RequestParts) -> Result<Answer, Error> {
        request::ready(self, parts)?.call().await
    }

    /// Returns a request to an operation that the server has and this version has not; see [`Instance::call_unlisted`].
    pub fn call_unlisted(&self, name: &str, verb: Verb, input: Value) -> UnlistedRequest<Self> {
        UnlistedRequest::new(self, name, verb, input)
    }
}

impl Account for Partner {
    fn client(&self) -> &Client {
        &self.client
    }

    fn host(&self, _: &Operation) -> &BaseUrl {
        self.credentials.api()
    }

    fn pace(&self) -> (Option<InstanceId>, &Pace) {
        (None, self.client.pace())
    }

    fn token(&self) -> &str {
        self.credentials.token().expose()
    }

    fn name(&self) -> AccountName {
        AccountName::Partner
    }

    fn path(&self, operation: &str) -> Vec<String> {
        let parts = ["partner", operation, self.token()];
        parts.map(str::to_owned).to_vec()
    }

    fn operation(id: &str) -> Option<ByName<Self>> {
        dispatch::partner(id)
    }
}

impl Client {
    /// Returns an instance that uses this pool.
    #[must_use]
    pub fn instance(&self, mut credentials: Credentials) -> Instance {
        credentials.share(self.hosts());
        let credentials = Arc::new(credentials);
        Instance {
            client: self.clone(),
            shared: Arc::new(Shared::new(Arc::clone(&credentials))),
            credentials,
            pace: None,
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
