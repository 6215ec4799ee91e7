//! A desk that answers customers is killed (SIGKILL) while many of them write at once: every message is handled, in order within a chat, its effects
//! happen once, and it takes not much longer than the busiest chat alone.
//!
//! The ordinary run has handlers of some ten milliseconds. Those of 1 to 3 seconds: `cargo test -p green-api-mailbox --test desk -- --ignored --nocapture`.

#![allow(clippy::unwrap_used)]

#[cfg(unix)]
mod supervisor;
#[cfg(unix)]
mod worker;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    use libtest_mimic::{Arguments, Trial};
    use supervisor::{Desk, supervise};

    if let Some(orders) = worker::Orders::from_env() {
        return worker::work(orders);
    }
    let trial = |name: &str, desk: Desk, is_long: bool| {
        Trial::test(name, move || supervise(&desk)).with_ignored_flag(is_long)
    };
    let trials = vec![
        trial("one_after_the_other", Desk::short(true), false),
        trial("two_at_once", Desk::short(false), false),
        trial("one_after_the_other_long", Desk::long(true), true),
        trial("two_at_once_long", Desk::long(false), true),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Killing is done the way of Unix here.
#[cfg(not(unix))]
fn main() {}
