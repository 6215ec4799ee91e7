//! Errors, answers and notifications to test a program of your own with, without a server.
//!
//! Put a trait of yours between your program and [`Instance`](crate::Instance), and a fake behind it. What the fake returns is made here, and is what the
//! real methods return: the same reading of an answer, and only the errors that there can be.
//!
//! ```
//! # #[cfg(feature = "client")] {
//! use green_api::types::SentMessage;
//! use green_api::{Accepted, ChatId, Delivery, Error, ErrorKind, Instance, endpoints, operations, testing};
//!
//! trait Sender {
//!     fn send(&self, chat: ChatId, text: &str) -> impl Future<Output = Result<Accepted<SentMessage>, Error>> + Send;
//! }
//!
//! impl Sender for Instance {
//!     async fn send(&self, chat: ChatId, text: &str) -> Result<Accepted<SentMessage>, Error> {
//!         self.send_message(chat, text).await
//!     }
//! }
//!
//! /// Takes every other message.
//! struct Moody(std::sync::atomic::AtomicU32);
//!
//! impl Sender for Moody {
//!     async fn send(&self, _: ChatId, _: &str) -> Result<Accepted<SentMessage>, Error> {
//!         match self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % 2 {
//!             0 => testing::answered::<endpoints::SendMessage>(r#"{"idMessage": "BAE5F4886F6F2D05"}"#),
//!             _ => Err(testing::error(&operations::SEND_MESSAGE, ErrorKind::TimedOut).delivery(Delivery::MaybeSent).build()),
//!         }
//!     }
//! }
//! # }
//! ```
//!
//! A handler is tested with the notifications that it is to be given:
//!
//! ```
//! use green_api::testing;
//!
//! let received = testing::text("Where is my parcel?").chat(&"447700900145@c.us".parse()?).build();
//! assert_eq!(received.notification.text(), Some("Where is my parcel?"));
//! # Ok::<(), green_api::ParseChatIdError>(())
//! ```

#[cfg(feature = "client")]
mod answer;
#[cfg(feature = "client")]
mod error;
mod notification;

#[cfg(feature = "client")]
pub use answer::{answer, answered};
#[cfg(feature = "client")]
pub use error::{ErrorBuilder, error};
pub use notification::{NotificationBuilder, image, state, status, text};
