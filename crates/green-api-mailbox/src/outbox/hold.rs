//! Instances that send nothing for now.

use std::collections::HashSet;
use std::fmt;
use std::time::{Duration, SystemTime};

use green_api::types::{QuotaStatus, QuotaUse, StateInstance};
use green_api::{Error as CallError, ErrorKind, InstanceId};

use super::OutboxState;
use crate::Error;
use crate::store::conn::{Conn, args};
use crate::store::{Store, milliseconds, time_of};

/// How long an instance rests after a refusal for its rate that says no time.
const RATE: Duration = Duration::from_secs(5);

/// An event in the outbox while workers run; see [`OutboxWork::on_event`](crate::OutboxWork::on_event).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum OutboxEvent {
    /// A message has another state.
    Changed {
        /// Its key.
        key: String,
        /// The state it has now.
        state: OutboxState,
    },
    /// An instance sends nothing for now; other instances go on.
    Held {
        /// The instance.
        instance: InstanceId,
        /// The reason.
        reason: Hold,
        /// The time at which it tries again; `None` if it resumes once its state, which is checked regularly, is good again.
        until: Option<SystemTime>,
    },
    /// Messages wait for an instance that this worker does not send for, and no other worker is seen to. It is told once for each instance.
    Unattended {
        /// The instance. A worker needs its handle, or the messages have to be [cancelled](crate::Outbox::cancel).
        instance: InstanceId,
        /// How many messages wait.
        entries: u64,
    },
    /// An instance that was held sends again.
    Resumed {
        /// The instance.
        instance: InstanceId,
    },
}

/// The reason an instance sends nothing for now. `Display` says what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Hold {
    /// The account is not linked.
    NotAuthorized,
    /// The token is wrong, or not allowed to send.
    Unauthorized,
    /// The instance starts.
    Starting,
    /// It was not paid for.
    Expired,
    /// It was deleted.
    Deleted,
    /// WhatsApp has suspended the account, given it a yellow card or banned it.
    Suspended,
    /// A quota of the tariff is used up, other than the one of chats.
    Quota,
    /// Requests came too fast.
    RateLimited,
    /// The server cannot be reached.
    Unreachable,
}

const ALL: [Hold; 9] = [
    Hold::NotAuthorized,
    Hold::Unauthorized,
    Hold::Starting,
    Hold::Expired,
    Hold::Deleted,
    Hold::Suspended,
    Hold::Quota,
    Hold::RateLimited,
    Hold::Unreachable,
];

impl Hold {
    /// Returns the name, in camel case as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NotAuthorized => "notAuthorized",
            Self::Unauthorized => "unauthorized",
            Self::Starting => "starting",
            Self::Expired => "expired",
            Self::Deleted => "deleted",
            Self::Suspended => "suspended",
            Self::Quota => "quota",
            Self::RateLimited => "rateLimited",
            Self::Unreachable => "unreachable",
        }
    }

    pub(super) fn of(name: &str) -> Option<Self> {
        ALL.into_iter().find(|hold| hold.as_str() == name)
    }

    /// Says why an error holds up all that the instance has to send.
    pub(super) fn of_error(error: &CallError) -> Option<Self> {
        Some(match error.kind() {
            ErrorKind::Unauthorized | ErrorKind::Forbidden => Self::Unauthorized,
            ErrorKind::NotAuthorized => Self::NotAuthorized,
            ErrorKind::Starting => Self::Starting,
            ErrorKind::Expired => Self::Expired,
            ErrorKind::Deleted => Self::Deleted,
            ErrorKind::QuotaExceeded => Self::Quota,
            ErrorKind::RateLimited => Self::RateLimited,
            ErrorKind::Connect
            | ErrorKind::Dns
            | ErrorKind::CertificateName
            | ErrorKind::CertificateExpired
            | ErrorKind::CertificateUntrusted
            | ErrorKind::Tls
            | ErrorKind::Proxy => Self::Unreachable,
            // Without an effect: it did not get as far as a connection.
            ErrorKind::TimedOut if !error.delivery().may_have_effect() => Self::Unreachable,
            _ => return None,
        })
    }

    /// Says why a state holds up the instance, unless it is a good one.
    pub(super) fn of_state(state: &StateInstance) -> Option<Self> {
        match state {
            StateInstance::NotAuthorized | StateInstance::PendingCode => Some(Self::NotAuthorized),
            StateInstance::Starting => Some(Self::Starting),
            StateInstance::Suspended | StateInstance::YellowCard | StateInstance::Blocked => {
                Some(Self::Suspended)
            }
            _ => None,
        }
    }

    /// Returns how long it lasts; `None` for as long as the state is bad.
    pub(super) fn lasts(
        self,
        error: &CallError,
        failures: u32,
        quota: Duration,
    ) -> Option<Duration> {
        match self {
            Self::Quota => Some(quota),
            Self::RateLimited => Some(error.retry_after().unwrap_or(RATE)),
            Self::Unreachable => {
                let longest = Duration::from_secs(60);
                let wait = Duration::from_secs(1).saturating_mul(1 << failures.min(6));
                // Between a half and the whole, so that programs do not come back all at once.
                Some(wait.min(longest).mul_f64(0.5 + fastrand::f64() / 2.0))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotAuthorized => "the account is not linked: link it again",
            Self::Unauthorized => "the token is wrong or not allowed to send: replace it",
            Self::Starting => "the instance is starting",
            Self::Expired => "the instance has expired: pay for it",
            Self::Deleted => "the instance was deleted: use another one",
            Self::Suspended => {
                "WhatsApp has restricted the account: wait, and write less to strangers"
            }
            Self::Quota => {
                "a quota of the tariff is used up: change the tariff, or wait for the next month"
            }
            Self::RateLimited => "requests came too fast",
            Self::Unreachable => "the server cannot be reached",
        })
    }
}

/// Returns whether it is the number of chats that is used up, so that those which were written to can be written to again.
pub(super) fn is_of_chats(error: &CallError) -> bool {
    use QuotaStatus::{CorrespondentsQuotaExceeded, CorrespondentsQuoteExceeded, QuoteExceeded};
    let status = |quota: &Option<QuotaUse>| quota.as_ref().and_then(|quota| quota.status.clone());
    if error.kind() == ErrorKind::QuotaExceeded && error.status() == Some(400) {
        // The older form, which says it in words.
        return true;
    }
    let Some(quota) = error.quota() else {
        return false;
    };
    let chats = status(&quota.correspondents_status);
    matches!(
        chats,
        Some(CorrespondentsQuoteExceeded | CorrespondentsQuotaExceeded)
    ) && status(&quota.invoke_status) != Some(QuoteExceeded)
}

/// What keeps an instance from sending at this time, and until when if it ends by itself.
pub(super) async fn held(
    store: &Store,
    conn: &mut Conn<'_>,
    instance: i64,
) -> Result<Option<(Hold, Option<SystemTime>)>, Error> {
    let now = store.now();
    let sql = store.sql().get(
        "SELECT held, held_until - {now} FROM {p}instance WHERE instance = $2 AND held IS NOT NULL AND (held_until IS NULL OR held_until > {now})",
    );
    let Some(row) = conn.row(&sql, &args![now, instance]).await? else {
        return Ok(None);
    };
    let hold = Hold::of(&row.text(0)?).unwrap_or(Hold::Unreachable);
    let left = row.maybe_int(1)?;
    Ok(Some((
        hold,
        left.map(|left| time_of(now.saturating_add(left))),
    )))
}

/// Returns all that are held, or were until not long ago.
pub(super) async fn all(store: &Store) -> Result<HashSet<i64>, Error> {
    let sql = store
        .sql()
        .get("SELECT instance FROM {p}instance WHERE held IS NOT NULL");
    let mut reader = store.reader().await?;
    let rows = reader.conn().rows(&sql, &[]).await?;
    rows.iter().map(|row| row.int(0)).collect()
}

/// Holds an instance. A rest does not shorten what lasts until its state is good again.
pub(super) async fn hold(
    store: &Store,
    conn: &mut Conn<'_>,
    (instance, reason, lasts): (i64, Hold, Option<Duration>),
) -> Result<Option<SystemTime>, Error> {
    let (now, lasts) = (store.now(), lasts.map(milliseconds));
    let sql = store.sql().get(
        "INSERT INTO {p}instance (instance, held, held_until, held_since) VALUES ($2, $3, {now} + $4, {now})
        ON CONFLICT (instance) DO UPDATE SET held = EXCLUDED.held, held_until = EXCLUDED.held_until, held_since = EXCLUDED.held_since
        WHERE {p}instance.held IS NULL OR {p}instance.held_until IS NOT NULL",
    );
    let values = args![now, instance, reason.as_str(), lasts];
    conn.run(&sql, &values).await?;
    Ok(lasts.map(|lasts| time_of(now.saturating_add(lasts))))
}

/// Lets an instance send again, and says whether it was held. A good state does not end what lasts for a time.
pub(super) async fn release(
    store: &Store,
    conn: &mut Conn<'_>,
    instance: i64,
    by_state: bool,
) -> Result<bool, Error> {
    let sql = store.sql().get(
        "UPDATE {p}instance SET held = NULL, held_until = NULL, held_since = NULL
        WHERE instance = $1 AND held IS NOT NULL AND ($2 = 0 OR held_until IS NULL OR held = 'unreachable')",
    );
    Ok(conn
        .run(&sql, &args![instance, i64::from(by_state)])
        .await?
        > 0)
}
