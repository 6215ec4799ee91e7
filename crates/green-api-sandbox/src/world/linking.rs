//! How an instance gets linked to a phone: by a code or a QR code, and unlinked there.

use std::time::Duration;

use thiserror::Error;

use super::World;
use super::account::{Account, IssuedCode};
use super::agenda::Event;
use super::state::State;
use crate::kit::ids;

/// How long a code can be typed.
const CODE_LIFETIME: Duration = Duration::from_secs(150);

/// The reason why a phone does not link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PhoneError {
    /// No code waits to be typed on this phone: none was asked for, or it was used, or what asked for it has been restarted.
    #[error("no code is waiting to be typed on this phone")]
    NoCode,
    /// There is a code for this phone, but it is another one. A newer code makes the one before void.
    #[error("the code is wrong")]
    WrongCode,
    /// The code is older than 150 seconds.
    #[error("the code has expired")]
    Expired,
    /// No instance shows the QR code that was scanned. Each is shown for 20 seconds.
    #[error("no instance shows this QR code now; each is shown for 20 seconds")]
    UnknownQr,
}

impl World {
    /// Issues a code, which makes the one before void; `None` if the instance does not get one.
    pub(crate) fn issue_code(&mut self, id: u64, phone: &str) -> Option<String> {
        let code = ids::code(&mut self.rng);
        let account = self.accounts.get_mut(&id)?;
        if account.refuses_codes || account.state() != State::NotAuthorized {
            return None;
        }
        account.code = Some(IssuedCode {
            text: code.clone(),
            phone: phone.to_owned(),
            expires: self.now + CODE_LIFETIME,
        });
        if let Some(after) = self.typing_phones.get(phone).copied() {
            self.type_later(phone, code.clone(), after);
        }
        Some(code)
    }

    /// Makes a phone type every code, including one that waits already.
    pub(crate) fn type_codes(&mut self, phone: &str, after: Duration) {
        self.typing_phones.insert(phone.to_owned(), after);
        let waiting = self.codes_for(phone).map(|(_, code)| code.text.clone());
        for code in waiting.collect::<Vec<_>>() {
            self.type_later(phone, code, after);
        }
    }

    fn type_later(&mut self, phone: &str, code: String, after: Duration) {
        let phone = phone.to_owned();
        self.schedule(after, Event::Typed { phone, code });
    }

    /// Types a code on a phone, ignoring dashes, spaces and case. The right code is used up, and the account is linked a moment later.
    pub(crate) fn type_code(&mut self, phone: &str, code: &str) -> Result<(), PhoneError> {
        let now = self.now;
        let code: String = code
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|letter| letter.to_ascii_uppercase())
            .collect();
        let matching = self
            .codes_for(phone)
            .find(|(_, issued)| issued.text == code)
            .map(|(id, issued)| (id, issued.expires <= now));
        let id = match matching {
            Some((_, true)) => return Err(PhoneError::Expired),
            Some((id, false)) => id,
            None if self.codes_for(phone).next().is_some() => return Err(PhoneError::WrongCode),
            None => return Err(PhoneError::NoCode),
        };
        self.link_soon(id, phone);
        Ok(())
    }

    /// Scans a QR code with a phone. If an instance shows it now, the account is linked a moment later.
    pub(crate) fn scan_qr(&mut self, phone: &str, content: &str) -> Result<(), PhoneError> {
        let now = self.now;
        let shows = |account: &&Account| account.qr(now).is_some_and(|shown| shown == content);
        let id = self
            .accounts
            .values()
            .find(shows)
            .map(|account| account.id)
            .ok_or(PhoneError::UnknownQr)?;
        self.link_soon(id, phone);
        Ok(())
    }

    fn link_soon(&mut self, id: u64, phone: &str) {
        let linked = self.now + self.options.link_time;
        let account = self.account(id);
        account.code = None;
        account.linking = Some((phone.to_owned(), linked));
        self.schedule(self.options.link_time, Event::Linked(id));
    }

    fn codes_for(&self, phone: &str) -> impl Iterator<Item = (u64, &IssuedCode)> {
        let codes = self
            .accounts
            .values()
            .filter_map(|account| Some((account.id, account.code.as_ref()?)));
        codes.filter(move |(_, code)| code.phone == phone)
    }

    /// Removes every linked device from a phone.
    pub(crate) fn unlink(&mut self, phone: &str) {
        let now = self.now;
        self.changed = true;
        for account in self.accounts.values_mut() {
            if account.phone.as_deref() == Some(phone) {
                account.enter(State::NotAuthorized, now);
            }
        }
    }
}
