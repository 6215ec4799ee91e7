//! Types that are written by hand because they know something: how they are typed, shown, or kept secret.

mod authorization_code;
mod phone_number;
mod secret;

pub use authorization_code::AuthorizationCode;
pub use phone_number::{ParsePhoneNumberError, PhoneNumber};
pub use secret::{ApiToken, ParseApiTokenError, SecretString};
