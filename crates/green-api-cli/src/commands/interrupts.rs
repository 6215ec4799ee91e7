//! Ctrl-C, SIGTERM, SIGHUP and the like: the first one ends the command after the current notification, the second one at once.

use tokio::sync::watch::Sender;

use crate::signals::Signals;

/// Counts the interrupts.
pub(crate) struct Interrupts(Sender<Seen>);

#[derive(Default)]
struct Seen {
    interrupts: u32,
    is_failing: bool,
}

impl Interrupts {
    /// Starts to count interrupts, which from then on no longer end the process.
    pub(crate) fn start() -> Self {
        let seen = Sender::new(Seen::default());
        let counted = seen.clone();
        let mut signals = Signals::new();
        tokio::spawn(async move {
            loop {
                signals.next().await;
                counted.send_modify(|seen| seen.interrupts += 1);
            }
        });
        Self(seen)
    }

    /// Ends the command as the first interrupt does, since something failed. An interrupt that follows is not the second.
    pub(crate) fn fail(&self) {
        self.0.send_modify(|seen| seen.is_failing = true);
    }

    pub(crate) fn first(&self) -> impl Future<Output = ()> + Send + 'static {
        self.reaches(|seen| seen.is_failing || seen.interrupts >= 1)
    }

    pub(crate) fn second(&self) -> impl Future<Output = ()> + Send + 'static {
        self.reaches(|seen| seen.interrupts >= 2)
    }

    /// Tells whether there has been an interrupt.
    pub(crate) fn any(&self) -> bool {
        self.0.borrow().interrupts > 0
    }

    fn reaches(&self, wanted: fn(&Seen) -> bool) -> impl Future<Output = ()> + Send + 'static {
        let mut seen = self.0.subscribe();
        async move {
            // The channel closes with the runtime.
            if seen.wait_for(wanted).await.is_err() {
                std::future::pending().await
            }
        }
    }
}
