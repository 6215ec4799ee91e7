//! How fast it is: `cargo test --release -p green-api-mailbox --test inbox -- figures --ignored --nocapture`.

use std::time::Instant;

use green_api::BoxError;
use green_api_mailbox::Inbox;

use crate::stores::{Place, message};

/// How many are put in and handled.
const NUMBER: usize = 500;
const ROUNDS: usize = 6;
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

/// Adds a million that were handled long ago.
async fn grow_old(place: &Place) {
    let numbers = match place.is_postgres() {
        true => "SELECT n FROM generate_series(1, 1000000) AS s (n)",
        false => {
            "WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 1000000) SELECT n FROM s"
        }
    };
    let entries = format!(
        "INSERT INTO {{p}}inbox (key, instance, chat, kind, state, received, changed)
        SELECT 'old/' || n, 7103000001, '4477009' || (n % 50000) || '@c.us', 'incomingMessageReceived', 2, n, 4102444800000
        FROM ({numbers}) AS old WHERE true"
    );
    place.sql(&entries).await;
    let lanes = "INSERT INTO {p}lane (side, instance, chat, done)
        SELECT 0, instance, chat, COUNT(*) FROM {p}inbox WHERE key LIKE 'old/%' GROUP BY instance, chat ON CONFLICT DO NOTHING";
    place.sql(lanes).await;
    if place.is_postgres() {
        // It does so by itself as they come.
        for table in ["inbox", "lane"] {
            place.sql(&format!("VACUUM ANALYZE {{p}}{table}")).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it takes some minutes"]
async fn a_million_old_ones_cost_nothing() {
    let memory = rates(&Place::Memory.open().await.inbox(), 0).await;
    println!("in memory: {memory:.0?} a second, put in and handled");
    for places in Place::lasting().into_iter().zip(Place::lasting()) {
        let places = [places.0, places.1];
        let inboxes = [
            places[0].open().await.inbox(),
            places[1].open().await.inbox(),
        ];
        grow_old(&places[1]).await;
        // Side by side, and the best of each, since others work on this machine.
        let mut best = [[0.0_f64; 2]; 2];
        for round in 0..ROUNDS {
            for (inbox, best) in inboxes.iter().zip(&mut best) {
                let rates = rates(inbox, round * NUMBER).await;
                *best = [best[0].max(rates[0]), best[1].max(rates[1])];
            }
        }
        let [new, old] = best;
        let begun = Instant::now();
        let stats = inboxes[1].stats().await.unwrap();
        println!(
            "{}: {new:.0?} a second, put in and handled, and {old:.0?} beside a million old ones; counted in {:.0?}: {stats:?}",
            if places[0].is_postgres() {
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
