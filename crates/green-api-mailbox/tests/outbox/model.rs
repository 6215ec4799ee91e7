//! Random operations against a simple model.

use std::collections::BTreeMap;
use std::time::Duration;

use std::future::IntoFuture as _;

use fastrand::Rng;
use green_api::{ChatId, Received};
use green_api_mailbox::{Error, OutboxState};
use green_api_sandbox::Fault;
use serde_json::json;
use tokio::time::sleep;

use crate::common::crashed;
use crate::crashes::dying;
use crate::world::{IDS, Place, World, age, arrived, emptied, worker};

/// How many runs there are of each kind of store, and how many operations each has.
const RUNS: u64 = 4;
const OPERATIONS: usize = 30;

const CHATS: [&str; 3] = ["447700900150", "447700900151", "447700900152"];

/// What the model knows of a message.
#[derive(Debug)]
struct Known {
    chat: usize,
    text: String,
    /// How far it got at least.
    state: OutboxState,
    /// How often it has to come: once more for each time that a person asked for it after a failure.
    times: usize,
}

struct Run {
    world: World,
    chance: Rng,
    known: BTreeMap<String, Known>,
}

impl Run {
    /// Puts a new message in, or one that is there.
    async fn put(&mut self) {
        let number = self.chance.usize(0..self.known.len() + 3);
        let key = format!("k{number}");
        let (chat, text) = match self.known.get(&key) {
            Some(known) => (known.chat, known.text.clone()),
            // Some are equal.
            None => (
                self.chance.usize(..CHATS.len()),
                format!("text {}", self.chance.usize(..6)),
            ),
        };
        let put = self.world.outbox.put(&key, self.request(chat, &text));
        let put = put.await.unwrap();
        assert_eq!(put.is_new(), !self.known.contains_key(&key));
        if put.is_new() {
            let state = OutboxState::Queued;
            let known = Known {
                chat,
                text,
                state,
                times: 1,
            };
            self.known.insert(key.clone(), known);
        }
        let conflict = self
            .world
            .outbox
            .put(&key, self.request(chat, "another text"));
        assert!(matches!(conflict.await, Err(Error::Conflict { .. })));
    }

    fn request(
        &self,
        chat: usize,
        text: &str,
    ) -> green_api::Request<green_api::endpoints::SendMessage> {
        let chat: ChatId = CHATS[chat].parse().unwrap();
        self.world.instance().send_message(chat, text)
    }

    fn some_key(&mut self) -> Option<String> {
        let keys: Vec<&String> = self.known.keys().collect();
        self.chance.choice(keys).cloned()
    }

    /// Makes the server lose an answer, or break off.
    fn fault(&mut self) {
        let fault = Fault::on("sendMessage").times(1);
        let fault = match self.chance.usize(..6) {
            0 => fault.carried_out().drop_connection(),
            1 => fault.drop_connection(),
            2 => fault.carried_out().status(502).html(),
            3 => fault.status(504).html(),
            4 => fault.garbage(),
            _ => fault.status(429),
        };
        self.world.sandbox.faults().add(fault);
    }

    /// Works for a moment, perhaps until a statement or an await at which the program ends.
    async fn work(&mut self) {
        let moment = sleep(Duration::from_millis(self.chance.u64(5..120)));
        if self.chance.bool() {
            self.world.work().until(moment).await.unwrap();
            return;
        }
        if self.chance.bool() {
            let polls = self.chance.usize(1..80);
            // In one step and in the others: what it does at once is dropped with it.
            crashed(self.world.work().until(moment).into_future(), polls).await;
            self.world.place.sql("UPDATE {p}lane SET until = 0").await;
            return;
        }
        let (builder, dead, _) = dying(self.chance.i64(5..60));
        let store = self.world.place.open_as(builder).await;
        let outbox = store.outbox();
        let work = worker(&outbox, &self.world.instances);
        tokio::select! {
            _ = work.into_future() => {}
            () = dead.notified() => {}
            () = moment => {}
        }
        store.close().await;
        self.world.place.sql("UPDATE {p}lane SET until = 0").await;
    }

    /// Tells a status of a message that was sent, late or out of order.
    async fn status(&mut self) {
        let Some(key) = self.some_key() else { return };
        let entry = self.world.outbox.get(&key).await.unwrap();
        let Some(id) = entry.message_id() else { return };
        let name = ["sent", "delivered", "read", "failed"][self.chance.usize(..4)];
        let json = json!({
            "typeWebhook": "outgoingMessageStatus", "timestamp": 1_767_225_600, "idMessage": id, "status": name, "sendByApi": true,
            "instanceData": {"idInstance": IDS[0], "wid": "447700900123@c.us", "typeInstance": "whatsapp"},
            "chatId": format!("{}@c.us", CHATS[0]),
        });
        let received: Received = serde_json::from_value(json).unwrap();
        self.world.outbox.observe(&received).await.unwrap();
    }

    async fn cancel(&mut self) {
        let Some(key) = self.some_key() else { return };
        let before = self.world.outbox.get(&key).await.unwrap().state();
        let cancelled = self.world.outbox.cancel(&key).await.is_ok();
        let is_queued = before == OutboxState::Queued;
        assert_eq!(cancelled, is_queued || before == OutboxState::Cancelled);
        if let Some(known) = self.known.get_mut(&key).filter(|_| is_queued) {
            known.state = OutboxState::Cancelled;
            // One that failed before has come already.
            known.times -= 1;
        }
    }

    async fn retry(&mut self) {
        let Some(key) = self.some_key() else { return };
        let before = self.world.outbox.get(&key).await.unwrap().state();
        let again = self.world.outbox.retry(&key).await.is_ok();
        assert_eq!(again, before == OutboxState::Failed, "{before}");
        if let Some(known) = self.known.get_mut(&key).filter(|_| again) {
            (known.state, known.times) = (OutboxState::Queued, known.times + 1);
        }
    }

    /// Whatever happened: no state goes back.
    async fn check(&mut self) {
        for (key, known) in &mut self.known {
            let state = self.world.outbox.get(key).await.unwrap().state();
            let rank = |state| match state {
                OutboxState::Queued | OutboxState::Sending | OutboxState::Doubtful => 0,
                OutboxState::Sent => 1,
                OutboxState::Failed => 2,
                OutboxState::Delivered => 3,
                OutboxState::Read => 4,
                OutboxState::Cancelled => 5,
                other => panic!("{key} is {other}"),
            };
            assert!(
                rank(state) >= rank(known.state),
                "{key}: {state} after {known:?}"
            );
            known.state = state;
        }
    }

    async fn end(mut self) {
        self.world.sandbox.faults().clear();
        for _ in 0..3 {
            age(&self.world.place, &self.world.sandbox).await;
            self.world
                .work()
                .until(sleep(Duration::from_millis(200)))
                .await
                .unwrap();
        }
        age(&self.world.place, &self.world.sandbox).await;
        emptied(self.world.work()).await;
        self.check().await;
        for (chat, phone) in CHATS.into_iter().enumerate() {
            let mut expected = Vec::new();
            for known in self.known.values().filter(|known| known.chat == chat) {
                expected.extend(std::iter::repeat_n(known.text.clone(), known.times));
            }
            let mut came = arrived(&self.world.sandbox, phone);
            expected.sort();
            came.sort();
            assert_eq!(came, expected);
        }
    }
}

async fn run(place: Place, seed: u64) {
    let mut run = Run {
        world: World::new(place).await,
        chance: Rng::with_seed(seed),
        known: BTreeMap::new(),
    };
    for _ in 0..OPERATIONS {
        match run.chance.usize(..12) {
            0..=3 => run.put().await,
            4 | 5 => run.fault(),
            6 | 7 => run.work().await,
            8 => run.status().await,
            9 => run.cancel().await,
            10 => run.retry().await,
            _ => {
                age(&run.world.place, &run.world.sandbox).await;
            }
        }
        run.check().await;
        if run.chance.u8(..) < 20 {
            run.world.store.close().await;
            run.world.store = run.world.place.open().await;
            run.world.outbox = run.world.store.outbox();
        }
    }
    run.end().await;
}

#[tokio::test]
async fn random_operations_follow_the_model() {
    let first = std::env::var("GREEN_API_TEST_SEED").ok();
    let first = first.and_then(|seed| seed.parse().ok()).unwrap_or(1);
    for seed in first..first + RUNS {
        for place in Place::lasting() {
            println!("seed {seed}");
            run(place, seed).await;
        }
    }
}
