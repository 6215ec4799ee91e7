use std::future::IntoFuture as _;
use std::time::Duration;

use green_api::{ChatId, Instance, Pace};
use green_api_mailbox::OutboxState;
use tokio::sync::oneshot;
use tokio::time::sleep;

use crate::world::{FRIEND, Place, World, worker};

const GAP: Duration = Duration::from_millis(150);

#[tokio::test]
async fn what_is_urgent_is_the_next_of_an_instance_whose_messages_are_spaced() {
    for place in Place::lasting() {
        let world = World::new(place).await;
        let pace = || Pace::off().between_messages(GAP..=GAP);
        let instances = world.instances.iter().cloned();
        let instances: Vec<Instance> = instances.map(|one| one.with_pace(pace())).collect();
        let to = |phone: &str, text: &str| {
            let chat: ChatId = phone.parse().unwrap();
            instances[0].send_message(chat, text)
        };
        for number in 0..8 {
            let (first, second) = (format!("{number}a"), format!("{number}b"));
            let phone = format!("44770090020{number}");
            world.outbox.put(first, to(&phone, "News")).await.unwrap();
            world.outbox.put(second, to(&phone, "More")).await.unwrap();
        }
        let (stop, stopped) = oneshot::channel::<()>();
        let work = worker(&world.outbox, &instances).until(async { drop(stopped.await) });
        let working = tokio::spawn(work.into_future());
        let count = async |state: OutboxState| {
            let all = world.outbox.list(Some(state), 100, None).await.unwrap();
            all.len()
        };
        // What only waits for its turn is not in doubt when the program is killed.
        let pass = async || {
            assert!(count(OutboxState::Sending).await <= 1, "several at once");
            sleep(Duration::from_millis(5)).await;
        };
        while count(OutboxState::Sent).await < 3 {
            pass().await;
        }
        let code = to(FRIEND, "Your code is 4711");
        world.outbox.put("code", code).priority(1).await.unwrap();
        let before = count(OutboxState::Sent).await;
        while world.outbox.get("code").await.unwrap().state() != OutboxState::Sent {
            pass().await;
        }
        // One may have been under way, and one have come with it.
        let between = count(OutboxState::Sent).await - before;
        assert!(between <= 3, "{between} before it");
        // Each chat has had one before any has had two.
        while count(OutboxState::Sent).await < 9 {
            pass().await;
        }
        drop(stop);
        working.await.unwrap().unwrap();
        let entries = world.outbox.list(Some(OutboxState::Sent), 100, None).await;
        let seconds = entries.unwrap().into_iter();
        let seconds = seconds.filter(|entry| entry.key().ends_with('b')).count();
        assert!(seconds <= 1, "{seconds} chats were sent to twice");
    }
}
