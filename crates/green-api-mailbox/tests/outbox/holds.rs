use std::future::IntoFuture as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use green_api::types::PollOption;
use green_api::{ChatId, Received};
use green_api_mailbox::{Hold, OutboxEvent, OutboxState};
use green_api_sandbox::{Fault, State};
use serde_json::json;
use tokio::time::sleep;

use crate::world::{FRIEND, IDS, OTHER, Place, World, emptied, worker};

/// Works until the first instance was held and its messages are sent, and returns what was told of it.
async fn held_and_resumed(world: &World, better: impl AsyncFn()) -> Vec<String> {
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    let chat: ChatId = FRIEND.parse().unwrap();
    let key = fastrand::u64(..);
    for (number, instance) in world.instances.iter().enumerate() {
        let request = instance.send_message(&chat, format!("{number} {key}"));
        world
            .outbox
            .put(format!("{number} {key}"), request)
            .await
            .unwrap();
    }
    let work = world
        .work()
        .quota_every(Duration::from_secs(3600))
        .on_event(move |event| {
            let mut told = telling.lock().unwrap();
            match event {
                OutboxEvent::Held {
                    instance, reason, ..
                } if instance.get() as u64 == IDS[0] => told.push(reason.as_str().to_owned()),
                OutboxEvent::Resumed { instance } if instance.get() as u64 == IDS[0] => {
                    told.push("resumed".to_owned())
                }
                _ => {}
            }
        });
    let rest = async {
        let other = format!("1 {key}");
        let goes_on = async || world.outbox.get(&other).await.unwrap().state() == OutboxState::Sent;
        let is_held = async || world.outbox.stats().await.unwrap().held == 1;
        for _ in 0..3_000 {
            if goes_on().await && is_held().await {
                break;
            }
            sleep(Duration::from_millis(10)).await;
        }
        let entry = world.outbox.get(&format!("0 {key}")).await.unwrap();
        assert_eq!(
            entry.state(),
            OutboxState::Queued,
            "{entry:?} {:?}",
            told.lock().unwrap()
        );
        assert!(goes_on().await && is_held().await);
        better().await;
    };
    tokio::join!(emptied(work), rest);
    let entry = world.outbox.get(&format!("0 {key}")).await.unwrap();
    assert_eq!((entry.state(), entry.attempts()), (OutboxState::Sent, 1));
    sleep(Duration::from_millis(1)).await;
    let told = told.lock().unwrap();
    told.clone()
}

#[tokio::test]
async fn what_waits_for_an_instance_that_nobody_works_for_is_told_once() {
    for place in Place::all() {
        let world = World::new(place).await;
        let chat: ChatId = FRIEND.parse().unwrap();
        for (number, instance) in [0, 1, 1].into_iter().enumerate() {
            let request = world.instances[instance].send_message(&chat, format!("{number}"));
            world
                .outbox
                .put(format!("{number}"), request)
                .await
                .unwrap();
        }
        let told = Arc::new(Mutex::new(Vec::new()));
        let telling = Arc::clone(&told);
        let work = worker(&world.outbox, &world.instances[..1]).on_event(move |event| {
            if let OutboxEvent::Unattended { instance, entries } = event {
                let told = (instance.get() as u64, *entries);
                telling.lock().unwrap().push(told);
            }
        });
        emptied(work).await;
        assert_eq!(*told.lock().unwrap(), [(IDS[1], 2)]);
        assert_eq!(world.outbox.stats().await.unwrap().queued, 2);
        // Whoever has a worker is not told of.
        let told = Arc::new(Mutex::new(0));
        let telling = Arc::clone(&told);
        let slow = Fault::on("sendMessage")
            .carried_out()
            .delay(Duration::from_millis(300));
        world.sandbox.faults().add(slow);
        let other = emptied(worker(&world.outbox, &world.instances[1..]));
        let work = worker(&world.outbox, &world.instances[..1])
            .on_event(move |event| {
                *telling.lock().unwrap() +=
                    u32::from(matches!(event, OutboxEvent::Unattended { .. }));
            })
            .until(sleep(Duration::from_millis(400)));
        let (_, worked) = tokio::join!(other, work.into_future());
        worked.unwrap();
        assert_eq!(*told.lock().unwrap(), 0);
    }
}

#[tokio::test]
async fn a_bad_state_holds_the_instance_until_it_is_good() {
    for place in Place::all() {
        let world = World::new(place).await;
        let behind = world.sandbox.instance();
        for (state, reason) in [
            (State::Suspended, "suspended"),
            (State::YellowCard, "suspended"),
            (State::NotAuthorized, "notAuthorized"),
            (State::Starting, "starting"),
        ] {
            behind.set_state(state);
            let told = held_and_resumed(&world, async || {
                behind.set_state(State::Authorized);
                if state == State::NotAuthorized {
                    behind.link(&world.sandbox.phone(crate::world::PHONES[0]));
                }
            })
            .await;
            assert_eq!(told, [reason, "resumed"]);
        }
    }
}

#[tokio::test]
async fn an_instance_that_does_not_answer_delays_no_other() {
    for place in Place::all() {
        let world = World::new(place).await;
        let is_held = async |expected| {
            for _ in 0..500 {
                if (world.outbox.stats().await.unwrap().held == 1) == expected {
                    return;
                }
                sleep(Duration::from_millis(10)).await;
            }
            panic!("it is not looked at");
        };
        let changes = async {
            sleep(Duration::from_millis(200)).await;
            let hangs = Fault::on("getStateInstance").delay(Duration::from_secs(60));
            world.sandbox.faults().add(hangs.instance(IDS[1]));
            sleep(Duration::from_millis(300)).await;
            let behind = world.sandbox.instance();
            behind.set_state(State::Suspended);
            is_held(true).await;
            behind.set_state(State::Authorized);
            is_held(false).await;
        };
        tokio::select! {
            worked = world.work() => worked.unwrap(),
            () = changes => {}
        }
    }
}

#[tokio::test]
async fn an_error_holds_the_instance() {
    for place in Place::all() {
        let world = World::new(place).await;
        for (status, reason) in [(401, "unauthorized"), (403, "unauthorized")] {
            let id = IDS[0];
            world
                .sandbox
                .faults()
                .add(Fault::on("sendMessage").instance(id).status(status));
            world
                .sandbox
                .faults()
                .add(Fault::on("getStateInstance").instance(id).status(status));
            let told = held_and_resumed(&world, async || world.sandbox.faults().clear()).await;
            assert_eq!(told, [reason, "resumed"]);
        }
        let fault = Fault::on("sendMessage").instance(IDS[0]).status(466).body(
            json!({"invokeStatus": {"method": "sendmessage", "status": "QUOTE_EXCEEDED", "used": 10, "total": 10}}).to_string(),
        );
        world.sandbox.faults().add(fault);
        let id = world.instance().id();
        let told = held_and_resumed(&world, async || {
            world.sandbox.faults().clear();
            let others = [Hold::Unauthorized, Hold::Expired];
            assert!(!world.outbox.resume_from(id, &others).await.unwrap());
            let reasons = [Hold::Expired, Hold::Quota];
            assert!(world.outbox.resume_from(id, &reasons).await.unwrap());
            assert!(!world.outbox.resume(id).await.unwrap());
        })
        .await;
        assert_eq!(told, ["quota", "resumed"]);
    }
}

#[tokio::test]
async fn an_operation_that_is_forbidden_holds_up_nothing() {
    for place in Place::all() {
        let world = World::new(place).await;
        for operation in ["sendPoll", "checkWhatsapp"] {
            world.sandbox.faults().add(Fault::on(operation).status(403));
        }
        let chat: ChatId = FRIEND.parse().unwrap();
        let options = ["Yes", "No"].map(PollOption::new);
        let poll = world.instance().send_poll(&chat, "Well?", options);
        world.outbox.put("a", poll).await.unwrap();
        world.outbox.put("b", world.text("Two")).await.unwrap();
        let held = Arc::new(Mutex::new(Vec::new()));
        let holding = Arc::clone(&held);
        let work = world.work().check_numbers(Duration::from_secs(3600));
        let work = work.on_event(move |event| {
            if let OutboxEvent::Held { reason, .. } = event {
                holding.lock().unwrap().push(*reason);
            }
        });
        emptied(work).await;
        assert_eq!(*held.lock().unwrap(), []);
        let entry = world.outbox.get("a").await.unwrap();
        assert_eq!(entry.state(), OutboxState::Refused);
        assert!(entry.problem().unwrap().contains("403"));
        assert_eq!(world.arrived(FRIEND), ["Two"]);
    }
}

#[tokio::test]
async fn what_comes_too_fast_rests() {
    for place in Place::all() {
        let world = World::new(place).await;
        let fault = Fault::on("sendMessage").status(429).times(1);
        world.sandbox.faults().add(fault);
        let told = Arc::new(Mutex::new(Vec::new()));
        let telling = Arc::clone(&told);
        world.outbox.put("a", world.text("One")).await.unwrap();
        let work = world.work().on_event(move |event| {
            if let OutboxEvent::Held { reason, until, .. } = event {
                telling.lock().unwrap().push((*reason, until.is_some()));
            }
        });
        emptied(work).await;
        assert_eq!(*told.lock().unwrap(), [(Hold::RateLimited, true)]);
        let entry = world.outbox.get("a").await.unwrap();
        assert_eq!((entry.state(), entry.attempts()), (OutboxState::Sent, 1));
    }
}

#[tokio::test]
async fn notifications_hold_and_resume() {
    for place in Place::all() {
        let world = World::new(place).await;
        let state = |state: &str| -> Received {
            let json = json!({
                "typeWebhook": "stateInstanceChanged", "timestamp": 1_767_225_600, "stateInstance": state,
                "instanceData": {"idInstance": IDS[0], "wid": "447700900123@c.us", "typeInstance": "whatsapp"},
            });
            serde_json::from_value(json).unwrap()
        };
        world.outbox.observe(&state("suspended")).await.unwrap();
        assert_eq!(world.outbox.stats().await.unwrap().held, 1);
        world.outbox.observe(&state("authorized")).await.unwrap();
        assert_eq!(world.outbox.stats().await.unwrap().held, 0);
    }
}

#[tokio::test]
async fn what_the_server_refuses_does_not_hold_up_the_chat() {
    for place in Place::all() {
        let world = World::new(place).await;
        world.sandbox.faults().add(
            Fault::on("sendMessage")
                .status(400)
                .body(r#"{"message":"Validation failed"}"#)
                .times(1),
        );
        world.outbox.put("a", world.text("One")).await.unwrap();
        world.outbox.put("b", world.text("Two")).await.unwrap();
        emptied(world.work()).await;
        let entry = world.outbox.get("a").await.unwrap();
        assert_eq!(entry.state(), OutboxState::Refused);
        assert!(!format!("{entry:?}").contains(entry.problem().unwrap()));
        assert_eq!(world.arrived(FRIEND), ["Two"]);
        world.outbox.retry("a").await.unwrap();
        emptied(world.work()).await;
        assert_eq!(world.arrived(FRIEND), ["Two", "One"]);
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_waited_for() {
    for place in Place::all() {
        let world = World::new(place).await;
        let nowhere = crate::world::instances("http://127.0.0.1:9");
        world.outbox.put("a", world.text("One")).await.unwrap();
        let end = sleep(Duration::from_millis(300));
        crate::world::worker(&world.outbox, &nowhere)
            .until(end)
            .await
            .unwrap();
        let entry = world.outbox.get("a").await.unwrap();
        assert_eq!((entry.state(), entry.attempts()), (OutboxState::Queued, 0));
        emptied(world.work()).await;
        assert_eq!(world.arrived(FRIEND), ["One"]);
    }
}

#[tokio::test]
async fn many_failures_at_once_are_one() {
    for place in Place::lasting() {
        let world = World::new(place).await;
        let nowhere = crate::world::instances("http://127.0.0.1:9");
        for number in 0..16 {
            let chat: ChatId = format!("4477009001{number:02}").parse().unwrap();
            let request = world.instance().send_message(chat, "One");
            world
                .outbox
                .put(format!("{number}"), request)
                .await
                .unwrap();
        }
        crate::world::worker(&world.outbox, &nowhere)
            .until(sleep(Duration::from_millis(300)))
            .await
            .unwrap();
        let longest = "SELECT MAX(held_until - held_since) FROM {p}instance";
        let longest = world.place.sql(longest).await.unwrap();
        assert!((0..=1_000).contains(&longest), "{longest}");
        // The next failure after it has ended doubles it.
        world
            .place
            .sql("UPDATE {p}instance SET held_until = 0")
            .await;
        emptied(world.work()).await;
    }
}

#[tokio::test]
async fn what_expires_meanwhile_is_told() {
    for place in Place::all() {
        let world = World::new(place).await;
        world.sandbox.instance().set_state(State::Suspended);
        let soon = world.store.time() + Duration::from_millis(300);
        let put = world.outbox.put("a", world.text("One")).not_after(soon);
        put.await.unwrap();
        let told = Arc::new(Mutex::new(Vec::new()));
        let telling = Arc::clone(&told);
        let work = world.work().on_event(move |event| {
            if let OutboxEvent::Changed { key, state } = event {
                telling.lock().unwrap().push((key.clone(), *state));
            }
        });
        let expired = async {
            while world.outbox.get("a").await.unwrap().state() != OutboxState::Expired {
                sleep(Duration::from_millis(5)).await;
            }
            sleep(Duration::from_millis(50)).await;
        };
        tokio::select! {
            worked = work => worked.unwrap(),
            () = expired => {}
        }
        let expected = [("a".to_owned(), OutboxState::Expired)];
        assert_eq!(*told.lock().unwrap(), expected);
    }
}

#[tokio::test]
async fn one_chat_too_many_holds_up_no_other() {
    let send = || Fault::on("sendMessage");
    let older = "You have used up the chat limit on your tariff. Upgrade it";
    let older = json!({"statusCode": 400, "message": older}).to_string();
    for fault in [None, Some(send().status(400).body(older))] {
        one_chat_too_many(fault).await;
    }
}

async fn one_chat_too_many(other_fault: Option<Fault>) {
    for place in Place::all() {
        let world = World::new(place).await;
        let quota = json!({
            "invokeStatus": {"method": "sendmessage", "status": "QUOTE_ALLOWED", "used": 67, "total": 0},
            "correspondentsStatus": {"method": "correspondents", "status": "CORRESPONDENTS_QUOTE_EXCEEDED", "used": 3, "total": 3},
        });
        let fault = Fault::on("sendMessage").status(466).body(quota.to_string());
        let fault = other_fault.clone().unwrap_or(fault);
        world.sandbox.faults().add(fault.times(1));
        world.outbox.put("a", world.text("One")).await.unwrap();
        let refused = Arc::new(Mutex::new(false));
        let told = Arc::clone(&refused);
        let work = world.work().quota_every(Duration::from_secs(3_600));
        let work = work.on_event(move |event| match event {
            OutboxEvent::Changed { state, .. } if *state == OutboxState::Queued => {
                *told.lock().unwrap() = true;
            }
            OutboxEvent::Held { .. } => panic!("it is held"),
            _ => {}
        });
        let later = async {
            while !*refused.lock().unwrap() {
                sleep(Duration::from_millis(5)).await;
            }
            let other: ChatId = OTHER.parse().unwrap();
            let request = world.instance().send_message(other, "Two");
            world.outbox.put("b", request).await.unwrap();
            while world.outbox.get("b").await.unwrap().state() != OutboxState::Sent {
                sleep(Duration::from_millis(5)).await;
            }
            assert_eq!(world.outbox.stats().await.unwrap().held, 0);
            let entry = world.outbox.get("a").await.unwrap();
            assert_eq!((entry.state(), entry.attempts()), (OutboxState::Queued, 0));
            let problem = entry.problem().unwrap();
            assert!(problem.contains("no more chats"), "{problem}");
            // A person has changed the tariff.
            let id = world.instance().id();
            assert!(!world.outbox.resume(id).await.unwrap());
        };
        tokio::join!(emptied(work), later);
        assert_eq!(world.arrived(FRIEND), ["One"]);
    }
}

/// What was on its way says nothing, and a look at the state tells nothing else.
#[tokio::test]
async fn a_quota_is_told_once_with_its_end() {
    let world = World::new(Place::Memory).await;
    let faults = world.sandbox.faults();
    let send = || Fault::on("sendMessage").times(1);
    faults.add(send().delay(Duration::from_millis(400)));
    let put = async |key: &str, phone: &str| {
        let chat: ChatId = phone.parse().unwrap();
        let request = world.instance().send_message(chat, "Hello");
        world.outbox.put(key, request).await.unwrap();
    };
    put("0", FRIEND).await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let telling = Arc::clone(&told);
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let work = world
        .work()
        .quota_every(Duration::from_secs(3600))
        .on_event(move |event| match event {
            OutboxEvent::Held { reason, until, .. } => {
                let held = (Some(*reason), until.is_some());
                telling.lock().unwrap().push(held);
            }
            OutboxEvent::Resumed { .. } => telling.lock().unwrap().push((None, false)),
            _ => {}
        })
        .until(async { drop(stopped.await) });
    let working = tokio::spawn(work.into_future());
    let sends = || {
        let requests = world.sandbox.requests();
        let sends = requests
            .iter()
            .filter(|request| request.operation.as_deref() == Some("sendMessage"));
        sends.count()
    };
    while sends() < 1 {
        sleep(Duration::from_millis(5)).await;
    }
    let quota = json!({"invokeStatus": {"method": "sendmessage", "status": "QUOTE_EXCEEDED", "used": 10, "total": 10}});
    faults.add(send().status(466).body(quota.to_string()));
    put("1", OTHER).await;
    while sends() < 2 || world.outbox.get("0").await.unwrap().state() != OutboxState::Sent {
        sleep(Duration::from_millis(5)).await;
    }
    // Long enough for some looks.
    sleep(Duration::from_millis(500)).await;
    drop(stop);
    working.await.unwrap().unwrap();
    assert_eq!(*told.lock().unwrap(), [(Some(Hold::Quota), true)]);
}
