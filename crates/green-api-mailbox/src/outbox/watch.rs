//! Watching what becomes of a message.

use std::pin::pin;
use std::time::Duration;

use futures_core::Stream;
use futures_util::stream;
use tokio::time::sleep;

use super::{Outbox, OutboxState};
use crate::Error;

/// How often the store is asked for what other processes did.
const POLL: Duration = Duration::from_millis(250);

impl Outbox {
    /// Returns the states of a message, beginning with the present one, each as it comes, until nothing more will become of it by itself. One that
    /// lasts shorter than a quarter of a second may be left out.
    ///
    /// It can wait for ever for [`Read`](OutboxState::Read), since people can turn off that it is seen what they read: take what you need.
    ///
    /// ```no_run
    /// use futures_util::TryStreamExt as _;
    ///
    /// # async fn example(outbox: green_api_mailbox::Outbox) -> Result<(), green_api_mailbox::Error> {
    /// let mut states = std::pin::pin!(outbox.watch("order-4711-shipped"));
    /// while let Some(state) = states.try_next().await? {
    ///     println!("{state}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The stream ends after an error, such as [`Error::Unknown`]; an outage of the store is waited out.
    pub fn watch(
        &self,
        key: &str,
    ) -> impl Stream<Item = Result<OutboxState, Error>> + Send + use<> {
        let (outbox, key) = (self.clone(), key.to_owned());
        stream::unfold(Some((outbox, key, None)), |watched| async {
            let (outbox, key, last) = watched?;
            match outbox.next_state(&key, last).await {
                Ok(Some(state)) => Some((Ok(state), Some((outbox, key, Some(state))))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
    }

    async fn next_state(
        &self,
        key: &str,
        last: Option<OutboxState>,
    ) -> Result<Option<OutboxState>, Error> {
        if last.is_some_and(OutboxState::is_final) {
            return Ok(None);
        }
        loop {
            let mut changed = pin!(self.store().changes().notified());
            changed.as_mut().enable();
            match self.get(key).await.map(|entry| entry.state()) {
                Ok(state) if Some(state) != last => return Ok(Some(state)),
                Err(error) if !error.is_transient() => return Err(error),
                _ => {}
            }
            tokio::select! {
                () = changed => {}
                () = sleep(POLL) => {}
            }
        }
    }
}
