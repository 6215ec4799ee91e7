//! How fast it is: `cargo test --release -p green-api-mailbox --test inbox -- figures --ignored --nocapture`.

use std::time::Instant;

use green_api::BoxError;
use green_api_mailbox::Inbox;

use crate::stores::{Place, message};

/// How many are put in and handled.
const NUMBER: usize = 2_000;
const ROUNDS: usize = 4;
/// In how many chats.
const CHATS: usize = 100;
/// How many times as long it may take beside a million old ones.
const SLOWER: f64 = 1.2;

/// Returns how many are put in and how many are handled in a second.
async fn rates(inbox: &Inbox, first: usize) -> [f64; 2] {
    #[expect(clippy::cast_precision_loss, reason = "it is small")]
    let rate = |begun: Instant| NUMBER as f64 / begun.elapsed().as_secs_f64();
    let begun = Instant::now();
    for number in first..first + NUMBER {
        inbox.put(&message(number % CHATS, number)).await.unwrap();
    }
    let put = rate(begun);
    let begun = Instant::now();
    let handle = async |_, _| Ok::<_, BoxError>(());
    inbox.work(16, handle).until_empty().await.unwrap();
    [put, rate(begun)]
}

/// Returns the best of some rounds: others work on this machine.
async fn best(inbox: &Inbox, rounds_before: usize) -> [f64; 2] {
    let mut best = [0.0_f64; 2];
    for round in rounds_before..rounds_before + ROUNDS {
        let rates = rates(inbox, round * NUMBER).await;
        best = [best[0].max(rates[0]), best[1].max(rates[1])];
    }
    best
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it takes a minute or two"]
async fn a_million_old_ones_cost_nothing() {
    let memory = best(&Place::Memory.open().await.inbox(), 0).await;
    println!("in memory: {memory:.0?} a second, put in and handled");
    for place in Place::lasting() {
        let inbox = place.open().await.inbox();
        let new = best(&inbox, 0).await;
        let numbers = match place.is_postgres() {
            true => "SELECT n FROM generate_series(1, 1000000) AS s (n)",
            false => {
                "WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 1000000) SELECT n FROM s"
            }
        };
        place
            .sql(&format!(
                "INSERT INTO {{p}}inbox (key, instance, chat, kind, state, received, changed)
                SELECT 'old/' || n, 7103000001, '4477009' || (n % 50000) || '@c.us', 'incomingMessageReceived', 2, n, 4102444800000
                FROM ({numbers}) AS old WHERE true"
            ))
            .await;
        place
            .sql(
                "INSERT INTO {p}lane (side, instance, chat, done)
                SELECT 0, instance, chat, COUNT(*) FROM {p}inbox WHERE key LIKE 'old/%' GROUP BY instance, chat ON CONFLICT DO NOTHING",
            )
            .await;
        let old = best(&inbox, ROUNDS).await;
        let begun = Instant::now();
        let stats = inbox.stats().await.unwrap();
        println!(
            "{}: new {new:.0?}, with a million old ones {old:.0?} a second, put in and handled; counted in {:.0?}: {stats:?}",
            if place.is_postgres() {
                "PostgreSQL"
            } else {
                "a file"
            },
            begun.elapsed(),
        );
        for (new, old) in new.iter().zip(old) {
            assert!(old * SLOWER > *new, "{new} and {old}");
        }
    }
}
