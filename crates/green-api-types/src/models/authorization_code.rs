//! The code that links a phone.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
// Tests advance Tokio's clock.
#[cfg(not(feature = "tokio"))]
use std::time::Instant;
#[cfg(feature = "tokio")]
use tokio::time::Instant;

/// The code that a person types on the phone, under *Linked devices*, *Link with phone number instead*.
///
/// Shown as WhatsApp asks for it, `XXXX-XXXX`; [`as_str`](Self::as_str) gives it as the server sent it. Whoever knows it within its
/// lifetime can link the account, so `Debug` does not show it.
///
/// ```
/// use green_api_types::models::AuthorizationCode;
///
/// let code = AuthorizationCode::from("GAPI2018");
/// assert_eq!(code.to_string(), "GAPI-2018");
/// assert_eq!(code.as_str(), "GAPI2018");
/// assert!(!format!("{code:?}").contains("2018"));
/// ```
#[derive(Clone)]
pub struct AuthorizationCode {
    code: String,
    issued: Instant,
}

impl AuthorizationCode {
    /// The approximate lifetime of a code: the documentation says 2.5 minutes.
    pub const LIFETIME: Duration = Duration::from_secs(150);

    /// Returns the code as the server sent it, without a dash.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.code
    }

    /// Returns `true` if the server sent an empty code, which means that none was issued.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.code.is_empty()
    }

    /// Returns how much longer the code can be typed; zero once it has expired.
    #[must_use]
    pub fn expires_in(&self) -> Duration {
        Self::LIFETIME.saturating_sub(self.issued.elapsed())
    }

    /// Returns `true` if the code can no longer be typed.
    #[must_use]
    pub fn is_expired(&self) -> bool {
        self.expires_in().is_zero()
    }
}

impl<T: Into<String>> From<T> for AuthorizationCode {
    /// A code that was issued just now.
    fn from(code: T) -> Self {
        Self {
            code: code.into(),
            issued: Instant::now(),
        }
    }
}

impl PartialEq for AuthorizationCode {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for AuthorizationCode {}

impl fmt::Display for AuthorizationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.code.len(), self.code.is_ascii()) {
            (8, true) => write!(f, "{}-{}", &self.code[..4], &self.code[4..]),
            // Some other form than today's: as it came.
            _ => f.write_str(&self.code),
        }
    }
}

impl fmt::Debug for AuthorizationCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationCode")
            .field("code", &"***")
            .field("expires_in", &self.expires_in())
            .finish()
    }
}

impl Serialize for AuthorizationCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.code)
    }
}

impl<'de> Deserialize<'de> for AuthorizationCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

schema!(AuthorizationCode, { "type": "string" });

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "tokio")]
    #[tokio::test(start_paused = true)]
    async fn expires_after_two_and_a_half_minutes() {
        let code = AuthorizationCode::from("GAPI2018");
        tokio::time::advance(Duration::from_secs(149)).await;
        assert_eq!(code.expires_in(), Duration::from_secs(1));
        assert!(!code.is_expired());
        tokio::time::advance(Duration::from_secs(2)).await;
        assert!(code.is_expired());
        assert_eq!(code.expires_in(), Duration::ZERO);
    }

    #[test]
    fn a_code_of_another_form_is_shown_as_it_came() {
        assert_eq!(AuthorizationCode::from("123456").to_string(), "123456");
        assert_eq!(AuthorizationCode::from("ÄÖÜ1234").to_string(), "ÄÖÜ1234");
    }
}
