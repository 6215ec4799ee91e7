//! Signals by which the process is asked to end.

use std::future::Future;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use tokio::sync::oneshot;

use crate::Error;

/// Runs, and tells it to end at the first signal. The second one does not wait for that: the leases of what is in hand end by themselves.
pub(crate) async fn until_asked_to_end<Running>(
    run: impl FnOnce(BoxFuture<'static, ()>) -> Running,
) -> Result<(), Error>
where
    Running: Future<Output = Result<(), Error>>,
{
    let (end, ending) = oneshot::channel::<()>();
    let asking = async {
        let mut signals = Signals::new();
        signals.next().await;
        tracing::info!(
            "asked to end: what is in hand is finished first; a second signal ends it at once"
        );
        drop(end);
        signals.next().await;
        tracing::warn!("asked to end again: what is in hand is left to the next process");
    };
    tokio::select! {
        ended = run(ending.map(drop).boxed()) => ended,
        () = asking => Ok(()),
    }
}

#[cfg(unix)]
use self::unix::Signals;

#[cfg(unix)]
mod unix {
    use std::future::poll_fn;
    use std::task::Poll;

    use tokio::signal::unix::{Signal, SignalKind, signal};

    /// The signals, which no longer end the process once this has been made.
    pub(super) struct Signals(Vec<Signal>);

    impl Signals {
        pub(super) fn new() -> Self {
            let mut kinds = vec![SignalKind::interrupt(), SignalKind::terminate()];
            if !ignores_hangup() {
                kinds.push(SignalKind::hangup());
            }
            Self(
                kinds
                    .into_iter()
                    .filter_map(|kind| signal(kind).ok())
                    .collect(),
            )
        }

        /// Waits for a signal.
        pub(super) async fn next(&mut self) {
            poll_fn(|context| {
                let mut signals = self.0.iter_mut();
                match signals.any(|signal| signal.poll_recv(context).is_ready()) {
                    true => Poll::Ready(()),
                    false => Poll::Pending,
                }
            })
            .await;
        }
    }

    /// Whether whoever started the process has it ignore SIGHUP, as `nohup` does. Where there is no `/proc` it is left as it is.
    fn ignores_hangup() -> bool {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let ignored = ignored.and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok());
        ignored.is_none_or(|ignored| ignored & 1 == 1)
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Self {
        Self
    }

    /// Waits for Ctrl-C.
    async fn next(&mut self) {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
