use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use green_api::{ChatId, Received};
use green_api_mailbox::{OutboxEvent, OutboxState, Put, Store};
use green_api_sandbox::Fault;
use serde_json::json;

use crate::world::{FRIEND, OTHER, Place, World, emptied, worker};

fn status(id: &str, status: &str) -> Received {
    let json = json!({
        "typeWebhook": "outgoingMessageStatus",
        "instanceData": {"idInstance": 7_103_000_001_u64, "wid": "447700900123@c.us", "typeInstance": "whatsapp"},
        "timestamp": 1_767_225_600,
        "idMessage": id, "chatId": format!("{FRIEND}@c.us"), "status": status, "sendByApi": true,
    });
    serde_json::from_value(json).unwrap()
}

#[tokio::test]
async fn chats_go_side_by_side_and_each_in_order() {
    for place in Place::all() {
        let world = World::new(place).await;
        for number in 0..40 {
            let chat: ChatId = format!("4477009001{:02}", number % 4).parse().unwrap();
            let request = world.instance().send_message(chat, format!("{number:02}"));
            world
                .outbox
                .put(format!("k{number}"), request)
                .await
                .unwrap();
        }
        emptied(world.work()).await;
        for lane in 0..4 {
            let expected: Vec<String> = (0..40)
                .filter(|number| number % 4 == lane)
                .map(|number| format!("{number:02}"))
                .collect();
            assert_eq!(world.arrived(&format!("4477009001{lane:02}")), expected);
        }
    }
}

#[tokio::test]
async fn what_a_late_clock_wrote_is_kept_as_long() {
    let Some(place) = Place::postgres() else {
        return;
    };
    let world = World::new(place).await;
    let late = Store::builder().clock(|| {
        let since = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
        i64::try_from(since.as_millis()).unwrap() - 100 * 24 * 60 * 60 * 1000
    });
    let outbox = world.place.open_as(late).await.outbox();
    for key in ["taken back", "sent", "read", "refused"] {
        outbox.put(key, world.text(key)).await.unwrap();
    }
    outbox.cancel("taken back").await.unwrap();
    let refused = Fault::on("sendMessage").status(400).times(1);
    world.sandbox.faults().add(refused);
    emptied(worker(&outbox, &world.instances)).await;
    let id = outbox.get("read").await.unwrap();
    let id = id.message_id().unwrap().as_str().to_owned();
    outbox.observe(&status(&id, "read")).await.unwrap();
    outbox.observe(&status("unknown", "read")).await.unwrap();
    let moment = tokio::time::sleep(Duration::from_millis(300));
    world.work().until(moment).await.unwrap();
    let kept = "SELECT (SELECT COUNT(*) FROM {p}outbox WHERE input IS NOT NULL) + (SELECT COUNT(*) FROM {p}status)";
    assert_eq!(world.place.sql(kept).await, Some(5));
}

#[tokio::test]
async fn two_workers_share_an_outbox() {
    for place in Place::all() {
        let world = World::new(place).await;
        for number in 0..60 {
            let chat: ChatId = format!("4477009001{:02}", number % 6).parse().unwrap();
            world
                .outbox
                .put(
                    format!("k{number}"),
                    world.instance().send_message(chat, format!("{number:02}")),
                )
                .await
                .unwrap();
        }
        tokio::join!(
            emptied(world.work().limit(2)),
            emptied(world.work().limit(2))
        );
        let arrived: usize = (0..6)
            .map(|lane| world.arrived(&format!("4477009001{lane:02}")).len())
            .sum();
        assert_eq!(arrived, 60);
    }
}

#[tokio::test]
async fn a_callback_that_panics_keeps_no_chat() {
    for place in Place::all() {
        let world = World::new(place).await;
        for text in ["One", "Two", "Three"] {
            world.outbox.put(text, world.text(text)).await.unwrap();
        }
        let told = Arc::new(AtomicUsize::new(0));
        let telling = Arc::clone(&told);
        let work = world.work().on_event(move |_| {
            telling.fetch_add(1, Ordering::Relaxed);
            panic!("a callback");
        });
        emptied(work).await;
        assert_eq!(world.arrived(FRIEND), ["One", "Two", "Three"]);
        assert_eq!(told.load(Ordering::Relaxed), 3);
    }
}

#[tokio::test]
async fn statuses_move_a_message_forward_only() {
    use OutboxState::{Delivered, Failed, Read, Sent};
    for place in Place::all() {
        let world = World::new(place).await;
        let outbox = &world.outbox;
        outbox.put("a", world.text("One")).await.unwrap();
        emptied(world.work()).await;
        let id = outbox.get("a").await.unwrap().message_id().unwrap().clone();
        let state = async || outbox.get("a").await.unwrap().state();
        for (name, expected) in [
            ("sent", Sent),
            ("delivered", Delivered),
            ("failed", Delivered),
            ("read", Read),
            ("delivered", Read),
            ("sent", Read),
        ] {
            outbox.observe(&status(id.as_str(), name)).await.unwrap();
            assert_eq!(state().await, expected, "{name}");
        }
        outbox.put("b", world.text("Two")).await.unwrap();
        emptied(world.work()).await;
        let id = outbox.get("b").await.unwrap().message_id().unwrap().clone();
        outbox
            .observe(&status(id.as_str(), "notInGroup"))
            .await
            .unwrap();
        let entry = outbox.get("b").await.unwrap();
        assert_eq!(entry.state(), Failed);
        assert!(entry.problem().unwrap().contains("notInGroup"));
        outbox.retry("b").await.unwrap();
        emptied(world.work()).await;
        assert_eq!(outbox.get("b").await.unwrap().state(), Sent);
    }
}

#[tokio::test]
async fn a_status_may_come_before_the_answer() {
    for place in Place::all() {
        let world = World::new(place).await;
        let outbox = &world.outbox;
        // The answer takes its time, and the id is known from elsewhere.
        world.sandbox.faults().add(
            Fault::on("sendMessage")
                .carried_out()
                .delay(Duration::from_millis(500))
                .times(1),
        );
        outbox.put("a", world.text("One")).await.unwrap();
        let early = async {
            let id = loop {
                tokio::time::sleep(Duration::from_millis(20)).await;
                let sent = world
                    .sandbox
                    .phone(crate::world::PHONES[0])
                    .messages(FRIEND);
                if let Some(message) = sent.first() {
                    break message.id.clone();
                }
            };
            outbox.observe(&status(&id, "delivered")).await.unwrap();
            outbox.observe(&status(&id, "read")).await.unwrap();
            outbox.observe(&status(&id, "delivered")).await.unwrap();
        };
        tokio::join!(emptied(world.work()), early);
        assert_eq!(outbox.get("a").await.unwrap().state(), OutboxState::Read);
    }
}

#[tokio::test]
async fn a_watch_goes_on_to_the_end() {
    for place in Place::all() {
        let world = World::new(place).await;
        let outbox = &world.outbox;
        outbox.put("a", world.text("One")).await.unwrap();
        let states: Vec<OutboxState> = {
            let watching = outbox.watch("a").try_collect();
            let rest = async {
                tokio::time::sleep(Duration::from_millis(300)).await;
                emptied(world.work()).await;
                let id = outbox.get("a").await.unwrap().message_id().unwrap().clone();
                tokio::time::sleep(Duration::from_millis(300)).await;
                outbox.observe(&status(id.as_str(), "read")).await.unwrap();
            };
            tokio::join!(watching, rest).0.unwrap()
        };
        assert_eq!(states.first(), Some(&OutboxState::Queued));
        assert_eq!(states.last(), Some(&OutboxState::Read));
        assert!(states.contains(&OutboxState::Sent), "{states:?}");
        assert!(outbox.watch("none").try_collect::<Vec<_>>().await.is_err());
    }
}

#[tokio::test]
async fn numbers_without_whatsapp_are_not_written_to() {
    for place in Place::all() {
        let world = World::new(place).await;
        world.sandbox.phone(OTHER).set_whatsapp(false);
        let other: ChatId = OTHER.parse().unwrap();
        world
            .outbox
            .put("a", world.instance().send_message(&other, "One"))
            .await
            .unwrap();
        world.outbox.put("b", world.text("Two")).await.unwrap();
        world.outbox.put("c", world.text("Three")).await.unwrap();
        let hour = Duration::from_secs(3600);
        emptied(world.work().check_numbers(hour)).await;
        assert_eq!(
            world.outbox.get("a").await.unwrap().state(),
            OutboxState::NoAccount
        );
        assert_eq!(world.arrived(FRIEND), ["Two", "Three"]);
        assert_eq!(checks(&world), 2);
    }
}

#[tokio::test]
async fn what_cannot_be_checked_or_remembered_is_sent() {
    for place in Place::all() {
        let world = World::new(place).await;
        // Remembered for no time at all.
        world.outbox.put("a", world.text("One")).await.unwrap();
        world.outbox.put("b", world.text("Two")).await.unwrap();
        emptied(world.work().check_numbers(Duration::ZERO)).await;
        assert_eq!(checks(&world), 2);
        // Nothing that could be asked about.
        let mut parts = world.text("Three").into_parts().unwrap();
        parts.input["chatId"] = json!("abc@c.us");
        let put = world.outbox.put_parts("c", world.instance().id(), parts);
        put.await.unwrap();
        emptied(world.work().check_numbers(Duration::ZERO)).await;
        assert_eq!(checks(&world), 2);
        let state = world.outbox.get("c").await.unwrap().state();
        assert!(!state.is_open(), "{state:?}");
        // An answer that cannot be read, and never will be.
        let fault = Fault::on("checkWhatsapp").body(r#"{"existsWhatsapp": "perhaps"}"#);
        world.sandbox.faults().add(fault);
        world.outbox.put("d", world.text("Four")).await.unwrap();
        let held = Arc::new(AtomicUsize::new(0));
        let holds = Arc::clone(&held);
        let work = world.work().on_event(move |event| {
            let is_held = matches!(event, OutboxEvent::Held { .. });
            holds.fetch_add(usize::from(is_held), Ordering::Relaxed);
        });
        emptied(work.check_numbers(Duration::ZERO)).await;
        assert_eq!(held.load(Ordering::Relaxed), 0);
        assert_eq!(world.arrived(FRIEND), ["One", "Two", "Four"]);
    }
}

/// How often it was asked whether a number has WhatsApp.
fn checks(world: &World) -> u64 {
    let answered = world.sandbox.answered();
    let checks = answered
        .iter()
        .filter(|((name, _), _)| name == "checkWhatsapp");
    checks.map(|(_, count)| *count).sum()
}

#[tokio::test]
async fn a_worker_ends_gracefully() {
    for place in Place::all() {
        let world = World::new(place).await;
        world.sandbox.faults().add(
            Fault::on("sendMessage")
                .carried_out()
                .delay(Duration::from_millis(400)),
        );
        for number in 0..3 {
            world
                .outbox
                .put(format!("k{number}"), world.text(&number.to_string()))
                .await
                .unwrap();
        }
        let until = tokio::time::sleep(Duration::from_millis(200));
        world.work().until(until).await.unwrap();
        let states: Vec<OutboxState> = world
            .outbox
            .list(None, 9, None)
            .await
            .unwrap()
            .iter()
            .map(|entry| entry.state())
            .collect();
        assert_eq!(
            states,
            [OutboxState::Sent, OutboxState::Queued, OutboxState::Queued]
        );
        let put: Put = world.outbox.put("k1", world.text("1")).await.unwrap();
        assert!(!put.is_new());
    }
}
