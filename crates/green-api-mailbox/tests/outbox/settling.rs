use std::future::IntoFuture as _;
use std::time::Duration;

use green_api::ChatId;
use green_api_mailbox::{Error, Journal, OutboxState};
use green_api_sandbox::Fault;

use crate::world::{FRIEND, OTHER, Place, World, age, emptied, sandbox};

/// The ways in which an answer is lost, or says nothing.
fn lost() -> [fn(Fault) -> Fault; 6] {
    [
        Fault::drop_connection,
        Fault::reset_connection,
        |fault| fault.status(502).html(),
        |fault| fault.status(500).body("{}"),
        Fault::truncate,
        Fault::garbage,
    ]
}

async fn state(world: &World, key: &str) -> OutboxState {
    world.outbox.get(key).await.unwrap().state()
}

/// Works for a moment.
async fn for_a_moment(world: &World) {
    let end = tokio::time::sleep(Duration::from_millis(400));
    world.work().until(end).await.unwrap();
}

#[tokio::test]
async fn what_was_taken_is_found_and_what_was_not_is_sent_again() {
    for place in Place::lasting() {
        let world = World::new(place).await;
        for (number, lose) in lost().into_iter().enumerate() {
            // The last two come with an answer, so there is one.
            let ways = if number < 4 {
                &[true, false][..]
            } else {
                &[true]
            };
            for carried_out in ways.iter().copied() {
                let fault = Fault::on("sendMessage").times(1);
                let fault = if carried_out {
                    fault.carried_out()
                } else {
                    fault
                };
                world.sandbox.faults().add(lose(fault));
                let (key, text) = (
                    format!("{number}{carried_out}"),
                    format!("{number} {carried_out}"),
                );
                world.outbox.put(&key, world.text(&text)).await.unwrap();
                // The chat waits for it.
                let next = format!("after {key}");
                world.outbox.put(&next, world.text(&next)).await.unwrap();
                for_a_moment(&world).await;
                if carried_out {
                    assert_eq!(state(&world, &key).await, OutboxState::Sent, "{key}");
                } else {
                    assert_eq!(state(&world, &key).await, OutboxState::Doubtful, "{key}");
                    assert_eq!(state(&world, &next).await, OutboxState::Queued);
                    // Known to be absent only when it was looked for after the time in which it could have been taken, twice.
                    age(&world.place, &world.sandbox).await;
                    for_a_moment(&world).await;
                    age(&world.place, &world.sandbox).await;
                    emptied(world.work()).await;
                }
                assert_eq!(state(&world, &key).await, OutboxState::Sent, "{key}");
                assert_eq!(state(&world, &next).await, OutboxState::Sent, "{key}");
            }
        }
        let arrived = world.arrived(FRIEND);
        assert_eq!(arrived.len(), 20, "{arrived:?}");
        assert!(
            crate::world::counted(&arrived)
                .values()
                .all(|count| *count == 1),
            "{arrived:?}"
        );
    }
}

#[tokio::test]
async fn equal_texts_are_told_apart() {
    for place in Place::lasting() {
        let world = World::new(place).await;
        for number in 0..6 {
            if number % 2 == 1 {
                let fault = Fault::on("sendMessage").times(1).drop_connection();
                world.sandbox.faults().add(if number == 3 {
                    fault
                } else {
                    fault.carried_out()
                });
            }
            // Spaces make no difference in a journal.
            let text = if number < 3 {
                "Your  table is ready"
            } else {
                "Your table is ready"
            };
            world
                .outbox
                .put(format!("k{number}"), world.text(text))
                .await
                .unwrap();
            for_a_moment(&world).await;
            if number == 3 {
                age(&world.place, &world.sandbox).await;
                for_a_moment(&world).await;
                age(&world.place, &world.sandbox).await;
                for_a_moment(&world).await;
            }
            assert_eq!(
                state(&world, &format!("k{number}")).await,
                OutboxState::Sent,
                "{number}"
            );
        }
        assert_eq!(world.arrived(FRIEND).len(), 6);
    }
}

#[tokio::test]
async fn without_the_setting_a_person_decides() {
    for place in Place::lasting() {
        let world = World::with(place, sandbox(false)).await;
        world
            .sandbox
            .faults()
            .add(Fault::on("sendMessage").times(1).drop_connection());
        world.outbox.put("a", world.text("One")).await.unwrap();
        world.outbox.put("b", world.text("Two")).await.unwrap();
        emptied(world.work()).await;
        let entry = world.outbox.get("a").await.unwrap();
        assert_eq!(entry.state(), OutboxState::Parked);
        assert!(entry.is_in_doubt());
        assert!(
            entry
                .problem()
                .unwrap()
                .contains("outgoingAPIMessageWebhook")
        );
        assert_eq!(world.outbox.stats().await.unwrap().parked, 1);
        let error = world.outbox.retry("a").await.unwrap_err();
        assert!(matches!(error, Error::State { .. }), "{error}");
        world.outbox.retry_in_doubt("a").await.unwrap();
        emptied(world.work()).await;
        assert_eq!(world.arrived(FRIEND), ["Two", "One"]);
    }
}

#[tokio::test]
async fn the_setting_is_switched_on_if_that_is_wanted() {
    for place in Place::lasting() {
        let world = World::with(place, sandbox(false)).await;
        let end = tokio::time::sleep(Duration::from_millis(300));
        world
            .work()
            .journal(Journal::SwitchOn)
            .until(end)
            .await
            .unwrap();
        let settings = world.instance().get_settings().await.unwrap();
        assert_eq!(
            settings.outgoing_api_message_webhook,
            Some(green_api::types::YesNo::Yes)
        );
        // Five minutes later it is in effect.
        age(&world.place, &world.sandbox).await;
        world
            .sandbox
            .faults()
            .add(Fault::on("sendMessage").times(1).drop_connection());
        world.outbox.put("a", world.text("One")).await.unwrap();
        for_a_moment(&world).await;
        assert_eq!(state(&world, "a").await, OutboxState::Doubtful);
    }
}

#[tokio::test]
async fn a_setting_that_nobody_looked_at_proves_nothing() {
    for (journal, minutes, proven) in [
        (Journal::AsIs, 1, true),
        (Journal::LongOn, 1, true),
        (Journal::AsIs, 12, false),
        (Journal::LongOn, 12, false),
    ] {
        for place in Place::lasting() {
            let world = World::new(place).await;
            let for_a_moment = async || {
                let end = tokio::time::sleep(Duration::from_millis(400));
                world.work().journal(journal).until(end).await.unwrap();
            };
            for_a_moment().await;
            age(&world.place, &world.sandbox).await;
            let lost = Fault::on("sendMessage").times(1).drop_connection();
            world.sandbox.faults().add(lost);
            world.outbox.put("a", world.text("One")).await.unwrap();
            for_a_moment().await;
            assert_eq!(state(&world, "a").await, OutboxState::Doubtful);
            // Meanwhile no worker runs.
            let gone = minutes * 60_000;
            let pass = format!("UPDATE {{p}}instance SET looked_at = looked_at - {gone}");
            world.place.sql(&pass).await;
            for _ in 0..2 {
                age(&world.place, &world.sandbox).await;
                for_a_moment().await;
            }
            let expected = match proven {
                true => OutboxState::Sent,
                false => OutboxState::Parked,
            };
            assert_eq!(state(&world, "a").await, expected, "{journal:?} {minutes}");
        }
    }
}

#[tokio::test]
async fn what_was_seen_off_counts_five_minutes_after_it_is_on() {
    for journal in [Journal::AsIs, Journal::LongOn, Journal::SwitchOn] {
        for place in Place::lasting() {
            let world = World::with(place, sandbox(false)).await;
            let end = tokio::time::sleep(Duration::from_millis(600));
            let switching = async {
                tokio::time::sleep(Duration::from_millis(200)).await;
                let set = world.instance().set_settings();
                set.outgoing_api_message_webhook(true).await.unwrap();
            };
            let work = world.work().journal(journal).until(end).into_future();
            let (worked, ()) = tokio::join!(work, switching);
            worked.unwrap();
            // Another one does not know better.
            for_a_moment(&world).await;
            let lead =
                "SELECT journaled_since - looked_at FROM {p}instance WHERE instance = 7103000001";
            let lead = world.place.sql(lead).await.unwrap();
            assert!((295_000..=300_000).contains(&lead), "{journal:?} {lead}");
        }
    }
}

#[tokio::test]
async fn what_leaves_no_trace_is_parked() {
    for place in Place::lasting() {
        let world = World::new(place).await;
        world.sandbox.faults().add(
            Fault::on("sendTextStatus")
                .times(1)
                .carried_out()
                .drop_connection(),
        );
        let request = world.instance().send_text_status("Open today");
        world.outbox.put("a", request).await.unwrap();
        emptied(world.work()).await;
        let entry = world.outbox.get("a").await.unwrap();
        assert_eq!((entry.state(), entry.chat()), (OutboxState::Parked, None));
    }
}

#[tokio::test]
async fn a_doubt_holds_up_its_chat_only() {
    for place in Place::lasting() {
        let world = World::new(place).await;
        world
            .sandbox
            .faults()
            .add(Fault::on("sendMessage").times(1).drop_connection());
        world.outbox.put("a", world.text("One")).await.unwrap();
        for_a_moment(&world).await;
        let other: ChatId = OTHER.parse().unwrap();
        world.outbox.put("b", world.text("Two")).await.unwrap();
        world
            .outbox
            .put("c", world.instance().send_message(&other, "Three"))
            .await
            .unwrap();
        for_a_moment(&world).await;
        let states = [
            state(&world, "a").await,
            state(&world, "b").await,
            state(&world, "c").await,
        ];
        assert_eq!(
            states,
            [
                OutboxState::Doubtful,
                OutboxState::Queued,
                OutboxState::Sent
            ]
        );
    }
}

#[tokio::test]
async fn a_doubt_that_cannot_be_looked_for_holds_no_instance() {
    for place in Place::lasting() {
        let world = World::new(place).await;
        for status in [403, 466] {
            let lost = Fault::on("sendMessage").times(1).drop_connection();
            world.sandbox.faults().add(lost);
            let journal = Fault::on("getChatHistory").status(status);
            world.sandbox.faults().add(journal);
            let (key, next) = (format!("{status}"), format!("next {status}"));
            world.outbox.put(&key, world.text(&key)).await.unwrap();
            for_a_moment(&world).await;
            let other: ChatId = OTHER.parse().unwrap();
            let text = world.instance().send_message(&other, &next);
            world.outbox.put(&next, text).await.unwrap();
            for_a_moment(&world).await;
            assert_eq!(state(&world, &key).await, OutboxState::Doubtful);
            assert_eq!(state(&world, &next).await, OutboxState::Sent);
            assert_eq!(world.outbox.stats().await.unwrap().held, 0);
            // In the end a person decides.
            let age = "UPDATE {p}outbox SET sending_since = sending_since - 2000000, look_at = 0 WHERE state = 2";
            world.place.sql(age).await;
            emptied(world.work()).await;
            let entry = world.outbox.get(&key).await.unwrap();
            assert!(entry.is_in_doubt(), "{entry:?}");
            world.sandbox.faults().clear();
        }
    }
}

#[tokio::test]
async fn a_doubt_that_cannot_be_read_is_parked() {
    for place in Place::lasting() {
        let world = World::new(place).await;
        for (number, damage) in [
            "state = 1, operation = 'fromTheFuture'",
            "state = 2, operation = 'fromTheFuture'",
            "state = 2, input = file_bytes",
        ]
        .into_iter()
        .enumerate()
        {
            let (key, next) = (format!("{number}"), format!("next {number}"));
            world.outbox.put(&key, world.text(&key)).await.unwrap();
            world.outbox.put(&next, world.text(&next)).await.unwrap();
            let damage =
                format!("UPDATE {{p}}outbox SET sending_since = 1, {damage} WHERE key = '{key}'");
            world.place.sql(&damage).await;
            emptied(world.work()).await;
            let entry = world.outbox.get(&key).await.unwrap();
            assert_eq!(
                (entry.state(), entry.is_in_doubt()),
                (OutboxState::Parked, true)
            );
            assert_eq!(state(&world, &next).await, OutboxState::Sent);
        }
    }
}

#[tokio::test]
async fn after_one_that_nobody_knows_of_an_equal_one_is_not_taken_for_it() {
    for place in Place::lasting() {
        let world = World::with(place, sandbox(false)).await;
        let lost = Fault::on("sendMessage").times(1).carried_out();
        world.sandbox.faults().add(lost.drop_connection());
        // Out of the queue, and not in the journal.
        let settings = Fault::on("showMessagesQueue").body("[]");
        world.sandbox.faults().add(settings);
        world.outbox.put("a", world.text("One")).await.unwrap();
        emptied(world.work()).await;
        assert_eq!(state(&world, "a").await, OutboxState::Parked);
        world.sandbox.faults().clear();
        let set = world.instance().set_settings();
        set.outgoing_api_message_webhook(true).await.unwrap();
        // Not carried out: only the first one is there.
        let lost = Fault::on("sendMessage").times(1).drop_connection();
        world.sandbox.faults().add(lost);
        world.outbox.put("b", world.text("One")).await.unwrap();
        for_a_moment(&world).await;
        age(&world.place, &world.sandbox).await;
        for_a_moment(&world).await;
        age(&world.place, &world.sandbox).await;
        for_a_moment(&world).await;
        let state = state(&world, "b").await;
        assert_ne!(state, OutboxState::Doubtful);
        let arrived = world.arrived(FRIEND).len();
        // Parked, or proven not to be the other one and sent again; never taken for it.
        let came = match state {
            OutboxState::Parked => 1,
            _ => 2,
        };
        assert_eq!((arrived, state.is_open()), (came, false));
    }
}

#[tokio::test]
async fn what_is_lost_again_and_again_is_parked() {
    for place in Place::lasting() {
        let world = World::new(place).await;
        world
            .sandbox
            .faults()
            .add(Fault::on("sendMessage").drop_connection());
        world.outbox.put("a", world.text("One")).await.unwrap();
        for _ in 0..5 {
            let moment = tokio::time::sleep(Duration::from_millis(200));
            world.work().attempts(2).until(moment).await.unwrap();
            age(&world.place, &world.sandbox).await;
        }
        let entry = world.outbox.get("a").await.unwrap();
        assert_eq!(
            (entry.state(), entry.is_in_doubt()),
            (OutboxState::Parked, false)
        );
        assert_eq!(entry.problem(), Some("it was tried 2 times"));
        world.sandbox.faults().clear();
        world.outbox.retry("a").await.unwrap();
        emptied(world.work()).await;
        assert_eq!(world.arrived(FRIEND), ["One"]);
    }
}
