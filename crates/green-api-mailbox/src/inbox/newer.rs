//! Telling a handler that more was written meanwhile.

use std::future::{Future, pending};
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

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
        let (store, handled) = (self.store.clone(), Arc::clone(&self.handled));
        async move {
            if handled.chat.is_empty() {
                return pending().await;
            }
            loop {
                let mut woken = pin!(store.woken(Side::Inbox).notified());
                woken.as_mut().enable();
                match is_behind(&store, &handled).await {
                    Ok(true) => return,
                    Ok(false) => {}
                    Err(error) => tracing::debug!(%error, "no look for newer messages"),
                }
                tokio::select! {
                    () = async { tokio::join!(woken, sleep(REST)); } => {}
                    () = sleep(LOOK) => {}
                }
            }
        }
    }
}

async fn is_behind(store: &Store, handled: &Handled) -> Result<bool, Error> {
    let sql = store.sql().get(
        "SELECT id FROM {p}inbox WHERE instance = $1 AND chat = $2 AND state = 0 AND id > $3 AND kind = 'incomingMessageReceived' LIMIT 1",
    );
    let values = args![handled.instance, &handled.chat, handled.id];
    let mut reader = store.reader().await?;
    Ok(reader.conn().row(&sql, &values).await?.is_some())
}
