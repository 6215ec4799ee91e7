#[path = "../../examples/never_twice.rs"]
#[expect(dead_code, reason = "a program has a `main`")]
mod program;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use green_api_bot::{BoxError, Store};

use self::program::Payments;
use crate::support::{ALICE, BOB, Tested, in_time, troubled};

/// Charges a key once. Its answer to the first request is lost, and the one to the second comes late.
#[derive(Clone, Default)]
struct Fake {
    charged: Arc<Mutex<BTreeMap<String, u64>>>,
    requests: Arc<Mutex<u32>>,
}

impl Payments for Fake {
    async fn charge(&self, key: &str, pence: u64) -> Result<String, BoxError> {
        let receipt = {
            let mut charged = self.charged.lock().unwrap();
            charged.entry(key.to_owned()).or_insert(pence);
            format!("{} pence", charged[key])
        };
        let request = {
            let mut requests = self.requests.lock().unwrap();
            *requests += 1;
            *requests
        };
        match request {
            1 => Err("the connection was lost".into()),
            2 => std::future::pending().await,
            _ => Ok(receipt),
        }
    }
}

#[tokio::test]
async fn nobody_is_charged_twice_through_faults_and_a_kill() -> Tested {
    let fake = Fake::default();
    let bot = program::bot(Store::in_memory().await?, fake.clone());
    let backoff = Duration::from_millis(10);
    let mut test = troubled(bot.backoff(backoff, backoff)).await?;
    let (alice, bob) = (test.phone(ALICE), test.phone(BOB));
    alice.says("/topup 20");
    while *fake.requests.lock().unwrap() < 2 {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    test.kill().await;
    bob.says("/topup five");
    bob.says("/topup 5");
    test.restart();
    in_time(&test, async {
        alice.expect("Topped up by £20. Receipt: 2000 pence").await;
        bob.expect("Such as: /topup 20").await;
        bob.expect("Receipt: 500 pence").await;
        alice.expect_nothing().await;
        bob.expect_nothing().await;
    })
    .await;
    let charged: Vec<u64> = fake.charged.lock().unwrap().values().copied().collect();
    assert_eq!(charged.iter().sum::<u64>(), 2_500);
    assert_eq!(charged.len(), 2);
    Ok(())
}
