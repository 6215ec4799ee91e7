//! The server and the relay are killed in turn, in the middle of what they do.

use std::collections::HashSet;
use std::env;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use green_api_mailbox::Relay;

use crate::server::Server;
use crate::world::{instance, message, options, sandbox, stored, until};

/// What the relay's process is told by: the addresses of the API and of NATS.
const API: &str = "GREEN_API_TEST_RELAY_API";
const NATS: &str = "GREEN_API_TEST_RELAY_NATS";

struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        // SIGKILL on Unix; it is gone when this returns.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start_relay(api: &str, nats: &str) -> Killed {
    let child = Command::new(env::current_exe().expect("this is a program"))
        .args(["--exact", "killed::relay_of_a_process", "--ignored"])
        .env(API, api)
        .env(NATS, nats)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    Killed(child.expect("it can be started again"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it is the process that the tests here kill"]
async fn relay_of_a_process() {
    let (Ok(api), Ok(nats)) = (env::var(API), env::var(NATS)) else {
        return;
    };
    let relay = Relay::jetstream(&nats, options()).await.unwrap();
    let relaying = relay
        .run(&instance(&api))
        .backoff(Duration::from_millis(10), Duration::from_millis(200));
    relaying.await.unwrap();
}

async fn kill_in_turn(number: usize) {
    let Some(mut server) = Server::started() else {
        return;
    };
    let sandbox = sandbox().await;
    let behind = sandbox.instance();
    for number in 0..number {
        behind.notify(&message(number));
    }
    let started = Instant::now();
    let mut chance = fastrand::Rng::with_seed(number as u64);
    let pause = |chance: &mut fastrand::Rng, milliseconds| {
        tokio::time::sleep(Duration::from_micros(chance.u64(milliseconds) * 1_000))
    };
    let mut relay = Some(start_relay(&sandbox.url(), &server.url()));
    let (mut relays, mut servers) = (0, 0);
    while behind.pending_notifications() > 0 {
        let before = behind.pending_notifications();
        until("something is relayed", async || {
            behind.pending_notifications() < before || before == 0
        })
        .await;
        pause(&mut chance, 300..1_200).await;
        if behind.pending_notifications() == 0 {
            break;
        }
        if chance.bool() {
            server.kill();
            pause(&mut chance, 0..100).await;
            server.start();
            servers += 1;
        } else {
            drop(relay.take());
            relay = Some(start_relay(&sandbox.url(), &server.url()));
            relays += 1;
        }
    }
    drop(relay);
    let time = started.elapsed();

    let stored = stored(&server.context().await).await;
    let numbers: Vec<_> = stored.iter().map(|stored| stored.number()).collect();
    let once: HashSet<_> = stored.iter().map(|stored| stored.key()).collect();
    assert_eq!(once.len(), stored.len(), "some were stored twice");
    assert_eq!(numbers, (0..number).collect::<Vec<_>>());
    println!("{number} notifications in {time:.1?}; {relays} relays and {servers} servers killed");
    assert!(relays + servers > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_are_stored_once() {
    kill_in_turn(1_000).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes three minutes"]
async fn ten_thousand_are_stored_once() {
    kill_in_turn(10_000).await;
}
