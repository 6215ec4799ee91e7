//! The inbox: notifications, from the door until they are handled.
//!
//! See [`Inbox`].

mod doors;
mod due;
mod entry;
#[cfg(feature = "metrics")]
mod metrics;
mod newer;
mod pruning;
mod putting;
mod telemetry;
#[cfg(not(feature = "metrics"))]
mod without_metrics;
mod worker;

use std::fmt;

pub use self::doors::{InboxEndpoint, Receive};
pub use self::due::DOCUMENT_DUE;
pub use self::entry::{InboxEntry, InboxState, InboxStats};
#[cfg(not(feature = "metrics"))]
use self::without_metrics as metrics;
pub use self::worker::InboxWork;
use crate::store::Store;

/// Notifications, each kept from the moment it comes until a handler has dealt with it; [`Store::inbox`] returns it. Clones share the store.
///
/// Doors put notifications in: [`receive`](Self::receive) by long polling, [`endpoint`](Self::endpoint) from a webhook, [`put`](Self::put) from
/// anywhere else. A notification is deleted at the server, or answered 200, after it was written here. [`work`](Self::work) hands them to a handler.
/// Door and worker may be in one process or in several.
///
/// ```no_run
/// use green_api::{Instance, Received};
/// use green_api_mailbox::{BoxError, Commit, Store};
///
/// async fn handle(received: Received, commit: Commit) -> Result<(), BoxError> {
///     println!("{}", received.notification.kind());
///     Ok(())
/// }
///
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// let instance = Instance::from_env()?;
/// let inbox = Store::sqlite("mailbox.db").await?.inbox();
/// tokio::try_join!(inbox.receive(&instance).into_future(), inbox.work(16, handle).into_future())?;
/// # Ok(())
/// # }
/// ```
///
/// # Once
///
/// A notification that the server delivers again is put in once, by its
/// [`deduplication_key`](green_api::types::Notification::deduplication_key); one without a key, such as a state of the instance, by its bytes. Keys are
/// known for as long as [`keep_keys`](crate::StoreBuilder::keep_keys) says, even when the entry is done or was [discarded](Self::discard).
///
/// # Order
///
/// The notifications of a chat are handled in the order in which they were put in, one at a time over all processes that share the store; those of
/// different chats at once. Those without a chat, such as states, have a lane of their own for each instance. One person may write as `…@c.us` and as
/// `…@lid`: these are two chats.
///
/// # What cannot be handled
///
/// A notification whose handler fails holds up its chat alone. It is tried again with increasing delays, and parked after the
/// [`attempts`](InboxWork::attempts) that are set, or at once when the handler says that it is
/// [hopeless](green_api::HandlerError::hopeless). Then the chat goes on. What was parked stays until somebody [replays](Self::replay) or
/// [discards](Self::discard) it. What cannot be read at all is parked when it comes.
#[derive(Clone)]
pub struct Inbox {
    store: Store,
}

impl Store {
    /// Returns the inbox that is kept here.
    #[must_use]
    pub fn inbox(&self) -> Inbox {
        telemetry::describe();
        Inbox {
            store: self.clone(),
        }
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Inbox").field(&self.store).finish()
    }
}
