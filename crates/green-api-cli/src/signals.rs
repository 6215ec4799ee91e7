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
pub(crate) use self::unix::Signals;

#[cfg(unix)]
mod unix {
    use std::fs;
    use std::future::poll_fn;
    use std::process::{Command, Stdio};
    use std::task::Poll;

    use rustix::process::Signal;
    use tokio::signal::unix::{self, SignalKind, signal};

    use super::Interrupt;

    /// Any of these must not leave a command of `listen --exec` behind alone.
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

    /// The signals, which no longer end the process once this has been made.
    pub(crate) struct Signals(Vec<(unix::Signal, Interrupt)>);

    impl Signals {
        pub(crate) fn new() -> Self {
            let ignored = ignored();
            let signals = SIGNALS
                .into_iter()
                .filter(|(kind, _)| ignored & mask(*kind) == 0)
                .filter_map(|(kind, interrupt)| {
                    let stream = signal(SignalKind::from_raw(kind.as_raw()));
                    Some((stream.ok()?, interrupt))
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
    fn ignored() -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status
            .lines()
            .find_map(|line| line.strip_prefix("SigIgn:"))
            .and_then(|digits| u64::from_str_radix(digits.trim(), 16).ok());
        ignored.unwrap_or_else(ignored_by_a_child)
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
        ignored.map(mask).sum()
    }

    fn mask(kind: Signal) -> u64 {
        1 << (kind.as_raw() - 1)
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn both_ways_find_the_same() {
            let both = mask(Signal::INT) | mask(Signal::HUP);
            assert_eq!(ignored() & both, ignored_by_a_child());
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

    /// Waits for Ctrl-C.
    pub(crate) async fn next(&mut self) -> Interrupt {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
        Interrupt::CtrlC
    }
}
