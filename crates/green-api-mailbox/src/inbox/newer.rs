//! Telling a handler that more was written meanwhile.

use std::future::{Future, pending};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream;
use futures_util::StreamExt as _;
use futures_util::stream::unfold;
use tokio::time::sleep;

use super::InboxEntry;
use crate::commit::Handled;
use crate::store::Store;
use crate::store::conn::args;
use crate::store::lanes::Side;
use crate::{Commit, Error};

/// How often to look for what other processes put in.
const LOOK: Duration = Duration::from_millis(500);
/// How long after a look another one is worth it, however much comes in other chats.
const REST: Duration = Duration::from_millis(20);

impl Commit {
    /// Waits until another `incomingMessageReceived` of the same chat is in the inbox, behind the one that is being handled: to give up long work that
    /// nobody needs any more. It never completes if none comes.
    ///
    /// What other processes put in is seen within 500 milliseconds.
    pub fn newer_message(&self) -> impl Future<Output = ()> + Send + 'static + use<> {
        let newer = self.newer_messages();
        async move { drop(pin!(newer).next().await) }
    }

    /// Returns each `incomingMessageReceived` of the same chat that is in the inbox behind the one that is being handled, oldest first, and then those that
    /// are put in: to look whether one of them makes long work useless. It never ends.
    ///
    /// What other processes put in is seen within 500 milliseconds.
    pub fn newer_messages(&self) -> impl Stream<Item = InboxEntry> + Send + 'static + use<> {
        let chat = (self.store.clone(), Arc::clone(&self.handled));
        unfold((chat, self.handled.id), async |(chat, last)| {
            let entry = next_behind(&chat.0, &chat.1, last).await;
            let last = entry.id();
            Some((entry, (chat, last)))
        })
    }
}

/// Waits for the first one of the chat behind `last`.
async fn next_behind(store: &Store, handled: &Handled, last: i64) -> InboxEntry {
    if handled.chat.is_empty() {
        return pending().await;
    }
    loop {
        let mut woken = pin!(store.woken(Side::Inbox).notified());
        woken.as_mut().enable();
        match find_behind(store, handled, last).await {
            Ok(Some(entry)) => return entry,
            Ok(None) => {}
            Err(error) => tracing::debug!(%error, "no look for newer messages"),
        }
        tokio::select! {
            () = async { tokio::join!(woken, sleep(REST)); } => {}
            () = sleep(LOOK) => {}
        }
    }
}

async fn find_behind(
    store: &Store,
    handled: &Handled,
    last: i64,
) -> Result<Option<InboxEntry>, Error> {
    let sql = store.sql().get(
        "SELECT key FROM {p}inbox WHERE instance = $1 AND chat = $2 AND state = 0 AND id > $3 AND kind = 'incomingMessageReceived' ORDER BY id LIMIT 1",
    );
    let values = args![handled.instance, &handled.chat, last];
    let mut reader = store.reader().await?;
    let Some(row) = reader.conn().row(&sql, &values).await? else {
        return Ok(None);
    };
    let key = row.text(0)?;
    drop(reader);
    store.inbox().get(&key).await.map(Some)
}
