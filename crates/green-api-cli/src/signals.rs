//! Ctrl-C, SIGTERM and SIGHUP.

#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};

/// What interrupted the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interrupt {
    /// A person, with Ctrl-C.
    CtrlC,
    /// Another program, or the end of the terminal.
    Ended,
}

/// The signals, which no longer end the process once this has been made.
#[cfg(unix)]
pub(crate) struct Signals(Option<[tokio::signal::unix::Signal; 3]>);

#[cfg(unix)]
impl Signals {
    pub(crate) fn new() -> Self {
        let streams = || {
            Ok::<_, std::io::Error>([
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
                // Closing the terminal must not leave a command of `listen --exec` behind alone.
                signal(SignalKind::hangup())?,
            ])
        };
        Self(streams().ok())
    }

    /// Waits for a signal; returns `None` if signals cannot be received.
    pub(crate) async fn next(&mut self) -> Option<Interrupt> {
        let [interrupt, terminate, hangup] = self.0.as_mut()?;
        tokio::select! {
            one = interrupt.recv() => one.map(|()| Interrupt::CtrlC),
            one = terminate.recv() => one.map(|()| Interrupt::Ended),
            one = hangup.recv() => one.map(|()| Interrupt::Ended),
        }
    }
}

#[cfg(not(unix))]
pub(crate) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(crate) fn new() -> Self {
        Self
    }

    pub(crate) async fn next(&mut self) -> Option<Interrupt> {
        let pressed = tokio::signal::ctrl_c().await;
        pressed.ok().map(|()| Interrupt::CtrlC)
    }
}
