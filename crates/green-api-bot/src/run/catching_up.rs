//! Time-outs wait until what was said in time has been received.

use std::convert::Infallible;
use std::time::Duration;

use green_api::{Instance, Outlook};
use green_api_mailbox::Instances;
use tokio::sync::watch;
use tokio::time::sleep;

/// How old the server's count of notifications that wait may be.
pub(crate) const COUNT_AGE: Duration = Duration::from_secs(10);
/// How long to wait where nothing can be counted.
const GRACE: Duration = Duration::from_secs(2 * 60);
/// How long to wait for a queue that is never empty, or cannot be counted.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// When everything has been received that had come before a start or an outage.
#[derive(Clone, Copy)]
pub(super) enum CaughtUp {
    /// When nothing waits at the server, whose count may be so old.
    NothingWaits(Duration),
    /// At once: it is asked whenever something is due.
    AtOnce,
    /// After a time: what a broker has, the server does not count.
    #[cfg(feature = "nats")]
    Grace,
}

impl CaughtUp {
    /// Lets the time-outs of an instance come once it has caught up, and holds them back from the beginning of each outage.
    pub(super) async fn keep(
        self,
        those: &Instances,
        instance: &Instance,
        mut is_out: watch::Receiver<bool>,
    ) -> Infallible {
        let caught_up = async || match self {
            Self::NothingWaits(age) => nothing_waits(instance, age).await,
            Self::AtOnce => {}
            #[cfg(feature = "nats")]
            Self::Grace => sleep(GRACE).await,
        };
        // The sender outlives this, so nothing here fails.
        loop {
            // Until the next poll succeeds, who knows what is said.
            let _ = is_out.wait_for(|is_out| !is_out).await;
            tokio::select! {
                () = caught_up() => {}
                _ = is_out.changed() => continue,
            }
            those.add(instance.clone());
            let _ = is_out.changed().await;
            those.remove(instance.id());
        }
    }
}

/// Completes when everything has been received that had come before this was called.
pub(super) async fn nothing_waits(instance: &Instance, age: Duration) {
    let mut waited = Duration::ZERO;
    while waited < LONGEST {
        // Before that, a count may be one of before.
        sleep(age).await;
        match instance.get_webhooks_count().await {
            Ok(waiting) if waiting.count == 0 => return,
            Err(error) if error.kind().outlook() == Outlook::NeedsAction => {
                return sleep(GRACE).await;
            }
            // An outage of everything begins this anew, so this is one of the count alone.
            Ok(_) | Err(_) => waited = waited.saturating_add(age),
        }
    }
    tracing::warn!(
        instance = instance.id().get(),
        "notifications may still wait at the server, but dialogues are held back no longer: one may time out although somebody answered in time"
    );
}
