//! A program that sends orders is killed (SIGKILL) at random moments and started again, while the server loses answers in every way: each order
//! leads to one message.
//!
//! The ordinary run has 300 orders, and 150 on PostgreSQL. 5,000 of them: `cargo test -p green-api-mailbox --test notifier -- --ignored --nocapture`.

#![allow(clippy::unwrap_used)]

#[cfg(all(unix, feature = "sqlite"))]
#[path = "../common/mod.rs"]
mod common;
#[cfg(all(unix, feature = "sqlite"))]
mod supervisor;
#[cfg(all(unix, feature = "sqlite"))]
mod worker;

#[cfg(all(unix, feature = "sqlite"))]
fn main() -> std::process::ExitCode {
    use common::Place;
    use libtest_mimic::{Arguments, Trial};

    let run =
        |future: std::pin::Pin<Box<dyn Future<Output = Result<(), libtest_mimic::Failed>>>>| {
            let runtime = tokio::runtime::Builder::new_multi_thread()
                .enable_all()
                .build();
            runtime.expect("there are threads").block_on(future)
        };
    if let Some(orders) = worker::Orders::from_env() {
        let worked = run(Box::pin(worker::work(orders)));
        return std::process::ExitCode::from(u8::from(worked.is_err()));
    }
    let trial = move |name: &str, number: usize, journaled: bool| {
        Trial::test(format!("{name}_{number}"), move || {
            let supervised = supervisor::supervise(Place::file(), number, journaled);
            run(Box::pin(supervised))
        })
    };
    let shared = move || match Place::postgres() {
        Some(place) => run(Box::pin(supervisor::supervise(place, 150, true))),
        None => Ok(()),
    };
    let trials = vec![
        Trial::test("every_fault_is_seen", supervisor::every_fault_is_seen),
        Trial::test("on_postgres_150", shared),
        trial("with_the_journal", 300, true),
        trial("without_the_journal", 300, false),
        trial("with_the_journal", 5_000, true).with_ignored_flag(true),
        trial("without_the_journal", 5_000, false).with_ignored_flag(true),
    ];
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

#[cfg(not(all(unix, feature = "sqlite")))]
fn main() {}
