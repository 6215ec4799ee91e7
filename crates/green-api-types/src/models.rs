//! Types that are written by hand because they know something: how they are typed, shown, or kept secret.

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
pub use phone_number::{ParsePhoneNumberError, PhoneNumber};
pub use poll_voter::PollVoter;
pub use secret::{ApiToken, ParseApiTokenError, SecretString};
pub use unix_time::UnixTime;
