//! Types that are written by hand because they know something: how they are typed, shown, or kept secret.

/// Describes a type in JSON Schema under its own name.
macro_rules! schema {
    ($name:ident, $schema:tt) => {
        #[cfg(feature = "schemars")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!($schema)
            }
        }
    };
}

mod authorization_code;
mod chat_id;
mod instance_id;
mod message_id;
mod phone_number;
mod poll_voter;
mod secret;
mod unix_time;

pub use authorization_code::AuthorizationCode;
pub use chat_id::{ChatId, ChatKind, IntoChatId, ParseChatIdError};
pub use instance_id::{InstanceId, ParseInstanceIdError};
pub use message_id::MessageId;
#[doc(hidden)]
pub use phone_number::is_invisible;
pub use phone_number::{ParsePhoneNumberError, PhoneNumber};
pub use poll_voter::PollVoter;
pub use secret::{ApiToken, ParseApiTokenError, SecretString};
pub use unix_time::UnixTime;
