//! Ctrl-C, SIGTERM, SIGHUP and the like: the first one ends the command after the current notification, the second one at once.

use tokio::sync::watch::{self, Receiver};

use crate::signals::Signals;

/// Counts the interrupts.
pub(crate) struct Interrupts(Receiver<u32>);

impl Interrupts {
    /// Starts to count interrupts, which from then on no longer end the process.
    pub(crate) fn start() -> Self {
        let (count, counted) = watch::channel(0);
        let mut signals = Signals::new();
        tokio::spawn(async move {
            loop {
                signals.next().await;
                count.send_modify(|count| *count += 1);
            }
        });
        Self(counted)
    }

    pub(crate) fn first(&self) -> impl Future<Output = ()> + Send + 'static {
        self.reaches(1)
    }

    pub(crate) fn second(&self) -> impl Future<Output = ()> + Send + 'static {
        self.reaches(2)
    }

    /// Tells whether there has been an interrupt.
    pub(crate) fn any(&self) -> bool {
        *self.0.borrow() > 0
    }

    fn reaches(&self, wanted: u32) -> impl Future<Output = ()> + Send + 'static {
        let mut counted = self.0.clone();
        async move {
            // The channel closes with the runtime.
            if counted.wait_for(|count| *count >= wanted).await.is_err() {
                std::future::pending().await
            }
        }
    }
}
