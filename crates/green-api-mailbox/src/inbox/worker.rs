//! Handing what is in the inbox to a handler.

mod first;

use std::collections::HashMap;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::FutureExt as _;
use green_api::{InstanceId, Received, Verdict};
use tokio::time::sleep;
use tracing::Instrument as _;

use self::first::{Head, finish, first, is_parked, leave, write};
use super::telemetry::{Handling, Outcome};
use super::{Inbox, InboxEntry, due, pruning};
use crate::commit;
use crate::error::{brief, within_tokio};
use crate::instances::Claims;
use crate::store::lanes::{Lease, Side, Waiting};
use crate::store::{Store, milliseconds};
use crate::work::{Desk, Manner, Step, work};
use crate::{BoxError, Commit, Error, Instances};

/// How often one is tried, unless set: with the waits of the default back-off about an hour.
const ATTEMPTS: u32 = 20;
const BACKOFF: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(5 * 60));

/// How often an entry is handled again as a document was changed, before that counts as an attempt: it may be the handler's mistake.
const CONFLICTS: u32 = 100;

type Handled = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;
type Handler = Box<dyn Fn(Received, Commit) -> Handled + Send + Sync>;
type OnParked = Box<dyn Fn(&InboxEntry) + Send + Sync>;

impl Inbox {
    /// Hands what is in the inbox to `handler`, that of up to `limit` chats at once. It runs until [`until`](InboxWork::until) says, and waits when there is
    /// nothing. While several instances have work, each gets at most half of `limit`, and at least one chat, so that none holds up all others.
    ///
    /// The handler gets the notification with the number of the attempt, and a [`Commit`] for what it wants to be written. When it returns `Ok`, that
    /// and the end of the notification are written in one transaction. When it returns an error or panics, nothing is, and the notification is
    /// tried again; a [`HandlerError`](green_api::HandlerError) says more.
    ///
    /// The handler may run again although it has returned `Ok`: when the process is killed or the database is lost before the commit. What it did
    /// elsewhere, such as a call of another service, may then happen twice; what it put into its `Commit` happens once.
    ///
    /// ```
    /// use green_api::{BoxError, Received};
    /// use green_api_mailbox::{Commit, Store};
    ///
    /// # #[tokio::main]
    /// # async fn main() -> Result<(), BoxError> {
    /// let inbox = Store::in_memory().await?.inbox();
    /// let received: Received = serde_json::from_str(
    ///     r#"{"typeWebhook": "stateInstanceChanged", "instanceData": {"idInstance": 7103000001}, "timestamp": 1, "stateInstance": "authorized"}"#,
    /// )?;
    /// assert!(inbox.put(&received).await?);
    /// assert!(!inbox.put(&received).await?); // it is there already
    ///
    /// let handle = async |received: Received, _: Commit| {
    ///     println!("{}, attempt {}", received.notification.kind(), received.attempt());
    ///     Ok::<_, BoxError>(())
    /// };
    /// inbox.work(16, move |received, commit| handle(received, commit)).until_empty().await?;
    /// assert_eq!(inbox.stats().await?.done, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn work<H, F, E>(&self, limit: usize, handler: H) -> InboxWork
    where
        H: Fn(Received, Commit) -> F + Send + Sync + 'static,
        F: Future<Output = Result<(), E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let handler = move |received, commit| -> Handled {
            let handled = handler(received, commit);
            Box::pin(async move { handled.await.map_err(Into::into) })
        };
        InboxWork {
            store: self.store.clone(),
            manner: Manner {
                limit,
                ..Manner::default()
            },
            handling: Handlers {
                handler: Box::new(handler),
                on_parked: None,
                attempts: ATTEMPTS,
                backoff: BACKOFF,
                conflicts: Mutex::default(),
            },
            claims: Claims::All,
            dues: None,
            before_due: None,
            stop: Box::pin(std::future::pending()),
        }
    }
}

/// Handles what is in the inbox; [`Inbox::work`] creates it, and awaiting it does it.
#[must_use = "nothing is handled until it is awaited"]
pub struct InboxWork {
    store: Store,
    manner: Manner,
    handling: Handlers,
    claims: Claims,
    dues: Option<Claims>,
    before_due: Option<due::Before>,
    stop: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl InboxWork {
    /// Handles what came for these instances alone (default: for all). The set may change meanwhile.
    pub fn instances(mut self, instances: &Instances) -> Self {
        self.claims = Claims::Of(instances.clone());
        self
    }

    /// Puts in what is [due](crate::DOCUMENT_DUE) of these instances alone (default: of those that it works on). The set may change meanwhile, such as
    /// by an instance that is added once everything has been received that waited at the server: so what came in time is handled first.
    pub fn due_documents_of(mut self, instances: &Instances) -> Self {
        self.dues = Some(Claims::Of(instances.clone()));
        self
    }

    /// Awaits this before it puts in what has become [due](crate::DOCUMENT_DUE) of an instance, and then puts in what was due when it was called, such as
    /// once it is known that everything has been received that was said until then. It is called once at a time for each instance, and
    /// [`until_empty`](Self::until_empty) does not wait for it.
    pub fn before_due_documents<F, R>(mut self, before: F) -> Self
    where
        F: Fn(InstanceId) -> R + Send + Sync + 'static,
        R: Future<Output = ()> + Send + 'static,
    {
        self.before_due = Some(Box::new(move |id| Box::pin(before(id))));
        self
    }

    /// Sets how long a chat is kept from others after its worker has died (default: 30 seconds, at least 10 milliseconds). A worker that lives renews
    /// it, so a handler may take longer.
    pub fn lease(mut self, time: Duration) -> Self {
        self.manner.lease = time;
        self
    }

    /// Sets how often to look for what other processes have put in (default: every 500 milliseconds, at most every 10). What this process puts in is seen
    /// at once.
    pub fn poll(mut self, time: Duration) -> Self {
        self.manner.poll = time;
        self
    }

    /// Sets after how many attempts a notification is parked (default: 20, which takes about an hour). An attempt that ended with the process counts;
    /// one that asked for [`HandlerError::later`](green_api::HandlerError::later) does not.
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.handling.attempts = attempts.max(1);
        self
    }

    /// Sets how long a chat waits after a failure, at first and at most (default: 1 second and 5 minutes). The wait doubles each time, and is drawn
    /// between its half and its whole.
    pub fn backoff(mut self, base: Duration, cap: Duration) -> Self {
        self.handling.backoff = (base, cap);
        self
    }

    /// Ends when `stop` completes; the notifications in hand are finished first.
    pub fn until(mut self, stop: impl Future<Output = ()> + Send + 'static) -> Self {
        self.stop = Box::pin(stop);
        self
    }

    /// Ends when nothing waits any more, neither here nor in the hands of another process.
    pub fn until_empty(mut self) -> Self {
        self.manner.until_empty = true;
        self
    }

    /// Calls `callback` for each notification that was given up on. A panic of it is logged and changes nothing else.
    pub fn on_parked(mut self, callback: impl Fn(&InboxEntry) + Send + Sync + 'static) -> Self {
        self.handling.on_parked = Some(Box::new(callback));
        self
    }
}

impl IntoFuture for InboxWork {
    type Output = Result<(), Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            within_tokio()?;
            let desk = Arc::new(self.handling);
            let dues = self.dues.unwrap_or_else(|| self.claims.clone());
            // Before it is found that nothing waits.
            if self.manner.until_empty
                && self.before_due.is_none()
                && let Err(error) = due::put_in(&self.store, &dues).await
            {
                tracing::debug!(%error, "what is due was not put into the inbox");
            }
            let working = work(&self.store, desk, self.claims, self.manner, self.stop);
            tokio::select! {
                ended = working => ended,
                never = pruning::now_and_then(&self.store) => match never {},
                never = due::as_it_comes(&self.store, &dues, self.before_due) => match never {},
            }
        })
    }
}

impl fmt::Debug for InboxWork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InboxWork")
            .field("manner", &self.manner)
            .field("attempts", &self.handling.attempts)
            .field("backoff", &self.handling.backoff)
            .finish_non_exhaustive()
    }
}

struct Handlers {
    handler: Handler,
    on_parked: Option<OnParked>,
    attempts: u32,
    backoff: (Duration, Duration),
    /// How often in a row the commits of entries in hand have failed as a document was changed.
    conflicts: Mutex<HashMap<i64, u32>>,
}

impl Desk for Handlers {
    const SIDE: Side = Side::Inbox;

    async fn step(&self, store: &Store, lease: &Lease) -> Result<Step, Error> {
        let Some(head) = first(store, lease).await? else {
            let mut tx = store.begin().await?;
            store.fence(&mut tx.conn(), lease).await?;
            let step = leave(store, &mut tx.conn(), lease).await?;
            tx.commit().await?;
            return Ok(step);
        };
        if head.abandoned && self.is_spent(&head) {
            let problem = "the process ended each time while it was being handled";
            return self.park(store, lease, head, problem.to_owned()).await;
        }
        let Some(received) = head.entry.received() else {
            let problem = "it cannot be read".to_owned();
            return self.park(store, lease, head, problem).await;
        };
        let handling = Handling::begin(&received, head.entry.received_at());
        let commit = commit::Handled {
            key: head.entry.key().to_owned(),
            instance: lease.instance,
            chat: lease.chat.clone(),
            id: head.entry.id(),
        };
        let commit = Commit::new(store, commit);
        let handled = self
            .call(received, commit.clone())
            .instrument(handling.span().clone())
            .await;
        let effects = commit.close();
        let error = match handled {
            Ok(()) => match finish(store, lease, &head.entry, effects).await? {
                Ok(step) => {
                    self.conflicts().remove(&head.entry.id());
                    handling.ended(Outcome::Handled);
                    return Ok(step);
                }
                Err(error) => error,
            },
            Err(error) => error,
        };
        if self.begins_again(&head, &error).await {
            handling.ended(Outcome::Repeated);
            return Ok(Step::More);
        }
        self.failed(store, lease, head, error, handling).await
    }
}

impl Handlers {
    /// Calls the handler. A panic of it, before there is a future or within, is a failure.
    async fn call(&self, received: Received, commit: Commit) -> Result<(), BoxError> {
        // What it panicked with could repeat the message.
        let panicked = |_| BoxError::from("the handler panicked");
        let begin = AssertUnwindSafe(|| (self.handler)(received, commit));
        let handled = catch_unwind(begin).map_err(panicked)?;
        let handled = AssertUnwindSafe(handled).catch_unwind();
        handled.await.map_err(panicked)?
    }

    /// Returns whether it is to be handled again at once, as somebody else changed a document meanwhile.
    async fn begins_again(&self, head: &Head, error: &BoxError) -> bool {
        let id = head.entry.id();
        let conflicts = match error.downcast_ref::<Error>() {
            Some(Error::Changed { .. }) => {
                let mut all = self.conflicts();
                let own = all.entry(id).or_default();
                *own = own.saturating_add(1);
                *own
            }
            _ => CONFLICTS,
        };
        if conflicts >= CONFLICTS {
            self.conflicts().remove(&id);
            return false;
        }
        // Those that get in each other's way come back at different times.
        let wait = Duration::from_millis(10).saturating_mul(conflicts.min(10));
        sleep(wait.mul_f64(fastrand::f64())).await;
        true
    }

    fn conflicts(&self) -> MutexGuard<'_, HashMap<i64, u32>> {
        self.conflicts
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn is_spent(&self, head: &Head) -> bool {
        head.entry.attempts().saturating_sub(head.uncounted) >= self.attempts
    }

    async fn failed(
        &self,
        store: &Store,
        lease: &Lease,
        mut head: Head,
        error: BoxError,
        handling: Handling,
    ) -> Result<Step, Error> {
        let (verdict, error) = Verdict::of(error);
        let attempts = head.entry.attempts().saturating_add(1);
        head.entry.failed(attempts, brief(&error));
        if verdict == Verdict::Later {
            head.uncounted = head.uncounted.saturating_add(1);
        }
        let spent = verdict == Verdict::Failed && self.is_spent(&head);
        if spent || verdict == Verdict::Hopeless {
            handling.ended(Outcome::Parked);
            return self.park(store, lease, head, brief(&error)).await;
        }
        let wait = self.wait(attempts);
        tracing::warn!(
            instance = lease.instance,
            attempt = attempts,
            wait_ms = wait.as_millis(),
            "a notification was not handled"
        );
        let mut tx = store.begin().await?;
        let mut conn = tx.conn();
        store.fence(&mut conn, lease).await?;
        if !write(store, &mut conn, &head).await? {
            return Ok(Step::More);
        }
        let waiting = Some(Waiting {
            after: milliseconds(wait),
            priority: 0,
        });
        store
            .leave_lane(&mut conn, lease, waiting, i64::from(attempts), false)
            .await?;
        tx.commit().await?;
        Ok(Step::Left)
    }

    /// Draws how long to wait after so many attempts.
    fn wait(&self, attempts: u32) -> Duration {
        let (base, cap) = self.backoff;
        let doubled = 2_u32.saturating_pow(attempts.saturating_sub(1));
        let whole = base.saturating_mul(doubled).min(cap);
        whole.mul_f64(0.5 + fastrand::f64() / 2.0)
    }

    /// Parks what is given up on, and goes on with the chat.
    async fn park(
        &self,
        store: &Store,
        lease: &Lease,
        mut head: Head,
        problem: String,
    ) -> Result<Step, Error> {
        let attempts = head.entry.attempts();
        head.entry.failed(attempts, problem);
        head.entry.park(store.now());
        let mut tx = store.begin().await?;
        let mut conn = tx.conn();
        store.fence(&mut conn, lease).await?;
        if !write(store, &mut conn, &head).await? {
            return Ok(Step::More);
        }
        let step = leave(store, &mut conn, lease).await?;
        if let Err(error) = tx.commit().await {
            // Its answer can be lost, and nobody else tells of it.
            if !is_parked(store, &head.entry).await {
                return Err(error);
            }
        }
        // The error of a handler can hold messages.
        tracing::error!(
            instance = lease.instance,
            kind = super::telemetry::known(head.entry.kind()),
            attempts,
            "a notification was given up on and parked"
        );
        if let Some(tell) = &self.on_parked
            && catch_unwind(AssertUnwindSafe(|| tell(&head.entry))).is_err()
        {
            tracing::error!("the on_parked callback panicked");
        }
        Ok(step)
    }
}
