use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::world::World;
use crate::world::core::Core;
use crate::world::linking::PhoneError;

/// A simulated phone with WhatsApp on it, from [`Sandbox::phone`](crate::Sandbox::phone).
///
/// ```
/// # use green_api_sandbox::{PhoneError, Sandbox};
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), green_api_sandbox::StartError> {
/// let sandbox = Sandbox::start().await?;
/// let phone = sandbox.phone("447700900123");
/// // No instance has asked for a code for this number.
/// assert_eq!(phone.type_code("GAPI-2018"), Err(PhoneError::NoCode));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct Phone {
    pub(crate) core: Arc<Core>,
    pub(crate) number: String,
}

impl Phone {
    /// Calls `act` with the world and the number of this phone.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut World, &str) -> T) -> T {
        self.core.with(|world| act(world, &self.number))
    }

    /// Returns the number, digits only.
    pub fn number(&self) -> &str {
        &self.number
    }

    /// Types a code under *Linked devices → Link a device → Link with phone number instead*.
    ///
    /// Dashes, spaces and the case of letters do not matter. When the code is right, the instance that asked for it is linked a
    /// moment later: see [`Builder::link_time`](crate::Builder::link_time).
    ///
    /// # Errors
    ///
    /// Returns an error if no code waits for this phone, or if the code is wrong or has expired.
    pub fn type_code(&self, code: &str) -> Result<(), PhoneError> {
        self.with(|world, number| world.type_code(number, code))
    }

    /// Scans a QR code under *Linked devices → Link a device*: `content` is the text in the picture of the operation `qr`.
    ///
    /// The instance that shows it is linked a moment later: see [`Builder::link_time`](crate::Builder::link_time).
    ///
    /// ```
    /// # use green_api_sandbox::{Clock, PhoneError, Sandbox, State};
    /// # use std::time::Duration;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let sandbox = Sandbox::builder().clock(Clock::manual()).start().await?;
    /// let shown = sandbox.instance().qr().unwrap_or_default();
    /// sandbox.clock().advance(Duration::from_secs(20));
    /// assert_eq!(sandbox.phone("447700900123").scan_qr(&shown), Err(PhoneError::UnknownQr));
    ///
    /// let shown = sandbox.instance().qr().unwrap_or_default();
    /// sandbox.phone("447700900123").scan_qr(&shown)?;
    /// sandbox.clock().advance(Duration::from_secs(2));
    /// assert_eq!(sandbox.instance().state(), State::Authorized);
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if no instance shows this code now.
    pub fn scan_qr(&self, content: &str) -> Result<(), PhoneError> {
        self.with(|world, number| world.scan_qr(number, content))
    }

    /// Types every code from now on, `after` it was issued, by the sandbox's clock. A code that waits already is typed `after` now.
    ///
    /// A later call changes the time for the codes that come then.
    pub fn type_code_when_issued(&self, after: Duration) {
        self.with(|world, number| world.type_codes(number, after));
    }

    /// Stops typing codes by itself. One that has been issued already is still typed.
    pub fn stop_typing(&self) {
        self.with(|world, number| world.typing_phones.remove(number));
    }

    /// Returns whether an instance is linked to this phone.
    pub fn is_linked(&self) -> bool {
        self.with(|world, number| {
            let mut accounts = world.accounts.values();
            accounts.any(|account| account.phone.as_deref() == Some(number))
        })
    }

    /// Logs out every linked device on the phone, so that their instances are `notAuthorized`.
    pub fn unlink(&self) {
        self.with(|world, number| world.unlink(number));
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Phone")
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}
