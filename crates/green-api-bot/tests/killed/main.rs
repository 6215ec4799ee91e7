//! The demo bot is killed (SIGKILL) while customers order, and the server loses answers in every way: each dialogue is completed, and each answer
//! comes once.
//!
//! The ordinary run has 10 customers. 50 of them: `cargo test -p green-api-bot --test killed -- --ignored --nocapture`.

#[cfg(unix)]
mod customer;
#[cfg(unix)]
#[path = "../../examples/demo.rs"]
#[expect(dead_code, reason = "the test has another `main`")]
mod demo;
#[cfg(unix)]
mod supervisor;
#[cfg(unix)]
mod worker;

#[cfg(unix)]
fn main() -> std::process::ExitCode {
    use libtest_mimic::{Arguments, Trial};

    if let Some(orders) = worker::Orders::from_env() {
        return worker::work(&orders);
    }
    let trial = |customers: usize, kills: usize| {
        Trial::test(format!("{customers}_customers"), move || {
            supervisor::supervise(customers, kills)
        })
    };
    let trials = vec![trial(10, 2), trial(50, 3).with_ignored_flag(true)];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Killing is done the way of Unix here.
#[cfg(not(unix))]
fn main() {}
