use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use green_api_types::models::InstanceId;

use super::credentials::Credentials;
use super::phone::Phone;
use crate::kit::clock::FURTHEST;
use crate::world::World;
use crate::world::account::Account;
use crate::world::core::Core;
use crate::world::state::State;
use crate::world::webhooks::WebhookDelivery;

/// An instance in the sandbox, and what its provider, unlike its clients, can do with it.
///
/// ```
/// # use green_api_sandbox::{Sandbox, State};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), green_api_sandbox::StartError> {
/// let sandbox = Sandbox::start().await?;
/// sandbox.instance().set_state(State::Blocked);
/// assert_eq!(sandbox.instance().state(), State::Blocked);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Instance {
    pub(crate) core: Arc<Core>,
    pub(crate) id: u64,
    /// The address of the sandbox.
    pub(crate) url: Arc<str>,
}

impl Instance {
    /// Returns the number of the instance, `idInstance`.
    pub fn id_instance(&self) -> InstanceId {
        let id = InstanceId::try_from(self.id.cast_signed());
        id.expect("the numbers of instances are in `INSTANCE_IDS`")
    }

    /// Returns the token that is valid now, `apiTokenInstance`. `updateApiToken` replaces it.
    pub fn api_token_instance(&self) -> String {
        self.with(|account| account.token.clone())
    }

    /// Returns what a client needs to call the instance.
    pub fn credentials(&self) -> Credentials {
        Credentials {
            api_url: self.url.to_string(),
            id_instance: self.id_instance(),
            api_token_instance: self.api_token_instance(),
        }
    }

    /// Returns the state as `getStateInstance` reports it.
    pub fn state(&self) -> State {
        self.with(|account| account.state())
    }

    /// Puts the instance into a state at once and, if `stateWebhook` is on, announces it.
    ///
    /// [`NotAuthorized`](State::NotAuthorized) unlinks the phone; a state that needs a linked account links a phone that
    /// belongs to nobody if none is linked. [`Starting`](State::Starting) lasts until another state is set.
    pub fn set_state(&self, state: State) {
        self.core.with(|world| world.put_in_state(self.id, state));
    }

    /// Links the instance to a phone at once, as if its code had been typed there, and, if `stateWebhook` is on, announces it.
    ///
    /// ```
    /// # use green_api_sandbox::{Sandbox, State};
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), green_api_sandbox::StartError> {
    /// let sandbox = Sandbox::start().await?;
    /// sandbox.instance().link(&sandbox.phone("447700900123"));
    /// assert_eq!(sandbox.instance().state(), State::Authorized);
    /// # Ok(()) }
    /// ```
    pub fn link(&self, phone: &Phone) {
        self.core.with(|world| world.link(self.id, phone.number()));
    }

    /// Returns the number of the linked phone, digits only; `None` if none is linked.
    pub fn phone_number(&self) -> Option<String> {
        self.with(|account| account.phone.clone())
    }

    /// Returns the content of the QR code that the operation `qr` shows now, for [`Phone::scan_qr`](crate::Phone::scan_qr); it changes
    /// every 20 seconds. `None` unless the state is `notAuthorized`.
    pub fn qr(&self) -> Option<String> {
        self.core
            .with(|world| world.accounts[&self.id].qr(world.now))
    }

    /// Sets whether `getAuthorizationCode` fails with `{"status":false,"code":""}` from now on, whatever the state.
    pub fn refuse_codes(&self, refuse: bool) {
        self.core.with(|world| world.refuse_codes(self.id, refuse));
    }

    /// Keeps the instance in creation for another `duration`: until then `getStateInstance` answers `null`, and whatever needs the
    /// instance is refused as in [`Starting`](State::Starting).
    pub fn creating(&self, duration: Duration) {
        self.core.with(|world| {
            let until = world.now + duration.min(FURTHEST);
            world.account(self.id).creating_until = Some(until);
        });
    }

    /// Returns whether the partner has deleted the instance. From then on every operation is refused with `Instance is deleted`.
    pub fn is_deleted(&self) -> bool {
        self.with(|account| account.contract.deleted.is_some())
    }

    /// Sets whether the subscription of the instance has expired. While it has, every operation is refused with
    /// `Instance account is expired. Renew your instance from personal area`.
    pub fn expire(&self, expired: bool) {
        self.core.with(|world| {
            let now = world.now;
            world.account(self.id).contract.expired = expired.then_some(now);
        });
    }

    /// Queues a notification as it is, whatever the settings say, and returns its receipt.
    ///
    /// ```
    /// # use green_api_sandbox::Sandbox;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), green_api_sandbox::StartError> {
    /// let sandbox = Sandbox::start().await?;
    /// let receipt_id = sandbox.instance().notify(&serde_json::json!({ "typeWebhook": "somethingNew" }));
    /// assert_eq!(receipt_id, 1);
    /// # Ok(()) }
    /// ```
    pub fn notify(&self, body: &serde_json::Value) -> u64 {
        self.notify_raw(body.to_string())
    }

    /// Queues bytes as if they were a notification, JSON or not, to test how a client copes with them. Returns the receipt.
    ///
    /// `receiveNotification` gives them within its envelope, a `webhookUrl` gets them as they are.
    pub fn notify_raw(&self, body: impl Into<Vec<u8>>) -> u64 {
        self.core.with(|world| world.notify(self.id, body))
    }

    /// Returns the number of notifications that wait to be received, or to be posted to the `webhookUrl`.
    pub fn pending_notifications(&self) -> usize {
        self.core.with(|world| {
            let now = world.now;
            world.account(self.id).queue.len(now)
        })
    }

    /// Returns the attempts to post notifications to the `webhookUrl`, oldest first; the latest 1,000 of them.
    pub fn webhook_deliveries(&self) -> Vec<WebhookDelivery> {
        self.with(|account| account.webhooks.deliveries())
    }

    /// Waits until `number` attempts have been made to post a notification to the `webhookUrl`.
    ///
    /// A test with a [manual clock](crate::Clock::manual) waits for a failure, and then advances the clock by the minute after which the
    /// notification is posted again.
    pub async fn wait_for_webhook_deliveries(&self, number: usize) {
        let enough = |world: &mut World| {
            let attempts = world.account(self.id).webhooks.count();
            (attempts >= number).then_some(())
        };
        self.core.wait_for(None, enough).await;
    }

    fn with<T>(&self, act: impl FnOnce(&mut Account) -> T) -> T {
        self.core.with(|world| act(world.account(self.id)))
    }
}

impl fmt::Debug for Instance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Instance")
            .field("id_instance", &self.id)
            .field("api_token_instance", &"***")
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}
