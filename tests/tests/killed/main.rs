//! A program that handles notifications is killed (SIGKILL) at random moments and started again, by both doors: every notification is handled at
//! least once and in order, and of those that were handled before a kill at most one is handled again after it.
//!
//! The ordinary run has 600 notifications. 10,000 of them: `cargo test -p green-api-tests --test killed -- --ignored --nocapture`.

#[cfg(unix)]
mod supervisor;
#[cfg(unix)]
mod worker;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    use green_api_tests::run;
    use libtest_mimic::{Arguments, Trial};

    if let Some(orders) = worker::Orders::from_env() {
        return run(worker::work(orders));
    }
    let doors = [worker::Door::Polling, worker::Door::Webhook];
    let trial = |door: worker::Door, number: usize| {
        Trial::test(format!("{door:?}_{number}"), move || {
            run(supervisor::supervise(door, number))
        })
    };
    let short = doors.map(|door| trial(door, 600));
    let long = doors.map(|door| trial(door, 10_000).with_ignored_flag(true));
    libtest_mimic::run(
        &Arguments::from_args(),
        short.into_iter().chain(long).collect(),
    )
    .exit_code()
}

/// Handing a listening socket to another process is done the way of Unix here.
#[cfg(not(unix))]
fn main() {}
