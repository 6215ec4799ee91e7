//! Ctrl-C, SIGTERM, SIGHUP and whatever else another program may end the command with.

/// What interrupted the command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Interrupt {
    /// A person, with Ctrl-C.
    CtrlC,
    /// Another program, or the end of the terminal.
    #[cfg_attr(not(unix), allow(dead_code, reason = "only Ctrl-C is received"))]
    Ended,
}

#[cfg(unix)]
pub(crate) use self::unix::{Signals, fail_large_writes};

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::future::poll_fn;
    use std::process::{Command, Stdio};
    use std::task::Poll;

    use rustix::process::Signal;
    use tokio::signal::unix::{self, SignalKind, signal};

    use super::Interrupt;

    /// None of these must leave a command of `listen --exec` behind alone.
    const SIGNALS: [(Signal, Interrupt); 10] = [
        (Signal::INT, Interrupt::CtrlC),
        (Signal::TERM, Interrupt::Ended),
        (Signal::HUP, Interrupt::Ended),
        (Signal::QUIT, Interrupt::Ended),
        (Signal::USR1, Interrupt::Ended),
        (Signal::USR2, Interrupt::Ended),
        (Signal::ALARM, Interrupt::Ended),
        (Signal::VTALARM, Interrupt::Ended),
        (Signal::PROF, Interrupt::Ended),
        (Signal::XCPU, Interrupt::Ended),
    ];

    /// The same for signals of Linux alone, among them the real-time ones that the C library leaves to programs.
    #[cfg(target_os = "linux")]
    fn more() -> impl Iterator<Item = i32> {
        let named = [Signal::IO, Signal::POWER, Signal::STKFLT];
        named.map(Signal::as_raw).into_iter().chain(34..=64)
    }
    #[cfg(not(target_os = "linux"))]
    fn more() -> impl Iterator<Item = i32> {
        std::iter::empty()
    }

    /// Has writes beyond the largest allowed size of a file fail, instead of ending the process without a word.
    pub(crate) fn fail_large_writes() {
        let kind = Signal::XFSZ.as_raw();
        if ignored_by_proc().is_some_and(|ignored| ignored & mask(kind) != 0) {
            return;
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build();
        if let Ok(runtime) = runtime {
            let _context = runtime.enter();
            // The handler stays when the stream is dropped.
            drop(signal(SignalKind::from_raw(kind)));
        }
    }

    /// The signals, which no longer end the process once this has been made.
    pub(crate) struct Signals(Vec<(unix::Signal, Interrupt)>);

    impl Signals {
        pub(crate) fn new() -> Self {
            let ignored = ignored_by_proc().unwrap_or_else(ignored_by_a_child);
            let named = SIGNALS.map(|(kind, interrupt)| (kind.as_raw(), interrupt));
            let more = more().map(|kind| (kind, Interrupt::Ended));
            let signals = named
                .into_iter()
                .chain(more)
                .filter(|(kind, _)| ignored & mask(*kind) == 0)
                .filter_map(|(kind, interrupt)| {
                    Some((signal(SignalKind::from_raw(kind)).ok()?, interrupt))
                });
            Self(signals.collect())
        }

        /// Waits for a signal.
        pub(crate) async fn next(&mut self) -> Interrupt {
            poll_fn(|context| {
                let mut signals = self.0.iter_mut();
                let received = signals.find_map(|(signal, interrupt)| {
                    let is_received = signal.poll_recv(context).is_ready();
                    is_received.then_some(*interrupt)
                });
                received.map_or(Poll::Pending, Poll::Ready)
            })
            .await
        }
    }

    /// Returns the signals that whoever started the command has it ignore, as `nohup` does, and a script that starts it with `&`.
    fn ignored_by_proc() -> Option<u64> {
        let status = fs::read_to_string("/proc/self/status").ok()?;
        let mut lines = status.lines();
        let digits = lines.find_map(|line| line.strip_prefix("SigIgn:"))?;
        u64::from_str_radix(digits.trim(), 16).ok()
    }

    /// The same without `/proc`, as on macOS: a child inherits what is ignored, and survives it. Reading it directly needs unsafe code.
    fn ignored_by_a_child() -> u64 {
        let survives = |kind: &Signal| {
            let status = Command::new("sh")
                .args(["-c", &format!("kill -{} $$", kind.as_raw())])
                .stdin(Stdio::null())
                .stderr(Stdio::null())
                .status();
            status.is_ok_and(|status| status.success())
        };
        let ignored = [Signal::INT, Signal::HUP].into_iter().filter(survives);
        ignored.map(|kind| mask(kind.as_raw())).sum()
    }

    fn mask(kind: i32) -> u64 {
        1 << (kind - 1)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn both_ways_find_the_same() {
            let both = mask(Signal::INT.as_raw()) | mask(Signal::HUP.as_raw());
            let ignored = ignored_by_proc().map(|ignored| ignored & both);
            assert!(ignored.is_none_or(|ignored| ignored == ignored_by_a_child()));
        }
    }
}

/// There is no such limit.
#[cfg(not(unix))]
pub(crate) fn fail_large_writes() {}

#[cfg(not(unix))]
pub(crate) struct Signals;

#[cfg(not(unix))]
impl Signals {
    pub(crate) fn new() -> Self {
        Self
    }

    /// Waits for Ctrl-C.
    pub(crate) async fn next(&mut self) -> Interrupt {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Interrupt::CtrlC
    }
}
