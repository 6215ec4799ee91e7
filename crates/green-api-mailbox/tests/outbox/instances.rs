//! A worker whose instances change.

use std::future::IntoFuture as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use green_api::ChatId;
use green_api_mailbox::{Instances, Journal, OutboxEvent, OutboxState};
use green_api_sandbox::{Fault, State};
use tokio::sync::oneshot;
use tokio::time::sleep;

use crate::world::{FRIEND, OTHER, World, places};

async fn put(world: &World, which: usize, phone: &str, text: &str) {
    let chat: ChatId = phone.parse().unwrap();
    let request = world.instances[which].send_message(chat, text);
    world.outbox.put(text, request).await.unwrap();
}

async fn until(world: &World, key: &str, state: OutboxState) {
    let begun = Instant::now();
    loop {
        let entry = world.outbox.get(key).await.unwrap();
        if entry.state() == state {
            return;
        }
        let late = begun.elapsed() > Duration::from_secs(20);
        assert!(!late, "{key} is not {state}: {entry:?}");
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn instances_come_and_go() {
    for place in places() {
        let world = World::new(place).await;
        let set = Instances::new();
        world.outbox.work_on(&set).until_empty().await.unwrap();
        put(&world, 0, FRIEND, "a").await;
        put(&world, 1, OTHER, "b").await;
        let told = Arc::new(Mutex::new(Vec::new()));
        let (telling, (stop, stopped)) = (Arc::clone(&told), oneshot::channel::<()>());
        let work = world
            .outbox
            .work_on(&set)
            .poll(Duration::from_millis(20))
            .look_every(Duration::from_millis(100))
            .journal(Journal::LongOn)
            .on_event(move |event| {
                if let OutboxEvent::Held { instance, .. } = event {
                    telling.lock().unwrap().push(*instance);
                }
            })
            .until(async { drop(stopped.await) });
        let work = tokio::spawn(work.into_future());
        sleep(Duration::from_millis(100)).await;
        let stats = world.outbox.stats().await.unwrap();
        assert_eq!(stats.queued, 2);
        set.add(world.instances[0].clone());
        until(&world, "a", OutboxState::Sent).await;

        // One that is suspended is looked at before anything is sent for it.
        let second = world.sandbox.instances().remove(1);
        second.set_state(State::Suspended);
        set.add(world.instances[1].clone());
        while told.lock().unwrap().is_empty() {
            sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(*told.lock().unwrap(), [world.instances[1].id()]);
        sleep(Duration::from_millis(100)).await;
        until(&world, "b", OutboxState::Queued).await;
        second.set_state(State::Authorized);
        until(&world, "b", OutboxState::Sent).await;

        // What is in hand is finished, and the next in the chat stays.
        let slow = Fault::on("sendMessage").carried_out();
        let slow = slow.delay(Duration::from_millis(500));
        world.sandbox.faults().add(slow);
        put(&world, 0, FRIEND, "c").await;
        put(&world, 0, FRIEND, "d").await;
        until(&world, "c", OutboxState::Sending).await;
        set.remove(world.instances[0].id());
        until(&world, "c", OutboxState::Sent).await;
        put(&world, 1, OTHER, "e").await;
        until(&world, "e", OutboxState::Sent).await;
        until(&world, "d", OutboxState::Queued).await;
        set.add(world.instances[0].clone());
        until(&world, "d", OutboxState::Sent).await;
        stop.send(()).unwrap();
        work.await.unwrap().unwrap();
        let mut arrived = [world.arrived(FRIEND), world.arrived(OTHER)].concat();
        arrived.sort();
        assert_eq!(arrived, ["a", "b", "c", "d", "e"]);
    }
}
