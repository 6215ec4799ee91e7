//! What is on the agenda and in the memory, which nobody can see from outside.

use std::time::{Duration, UNIX_EPOCH};

use serde_json::Value;

use super::World;
use super::agenda::Event;
use super::core::Core;
use super::messages::{Content, Peer};
use super::outbox::{Load, Queued};
use super::state::State;
use super::webhooks::WebhookOutcome;
use crate::Sandbox;
use crate::kit::clock::Clock;

const FRIEND: &str = "447700900145";

async fn sandbox() -> Sandbox {
    let sandbox = Sandbox::builder()
        .instance(1, "one")
        .clock(Clock::manual())
        .start()
        .await
        .unwrap();
    sandbox.instance().link(&sandbox.phone("447700900123"));
    sandbox
}

/// Puts a text into the sending queue that is typed for so many seconds.
fn enqueue(core: &Core, typing: u64) {
    core.with(|world| {
        let queued = Queued {
            ids: vec![world.new_message_id()],
            peer: Peer::parse(FRIEND),
            load: Load::Message {
                content: Content::from("Hello"),
                quoted: None,
            },
            typing: Duration::from_secs(typing),
            since: world.now,
            kind: "sendMessage".to_owned(),
            body: Value::Null,
        };
        world.enqueue(1, queued);
    });
}

fn count(world: &World, fits: impl Fn(&Event) -> bool) -> usize {
    world.agenda.count(fits)
}

#[tokio::test]
async fn however_many_messages_wait_there_is_one_wake_up() {
    let sandbox = sandbox().await;
    let core = &sandbox.instance().core;
    let wake_ups = || core.with(|world| count(world, |event| matches!(event, Event::Sending(_))));
    for _ in 0..20 {
        enqueue(core, 10);
    }
    assert_eq!(wake_ups(), 1);
    for sent in 1..=20 {
        sandbox.clock().advance(Duration::from_millis(if sent == 1 {
            10_000
        } else {
            10_500
        }));
        assert_eq!(wake_ups(), usize::from(sent < 20));
        assert_eq!(sandbox.phone("447700900123").messages(FRIEND).len(), sent);
    }
}

#[tokio::test]
async fn a_queue_that_was_emptied_wakes_up_in_time_for_what_comes_next() {
    let sandbox = sandbox().await;
    let core = &sandbox.instance().core;
    let sent = || sandbox.phone("447700900123").messages(FRIEND).len();
    let clear = || core.with(|world| world.accounts.get_mut(&1).unwrap().outbox.clear());
    // The one that is forgotten would have left later, then earlier than the next one, then at the same time.
    for (forgotten, next) in [(10, 5), (5, 10), (10, 10)] {
        let before = sent();
        enqueue(core, forgotten);
        clear();
        enqueue(core, next);
        sandbox.clock().advance(Duration::from_secs(next - 1));
        assert_eq!(sent(), before);
        sandbox.clock().advance(Duration::from_secs(1));
        assert_eq!(sent(), before + 1);
        sandbox.clock().advance(Duration::from_secs(60));
        assert_eq!(sent(), before + 1);
    }
}

#[tokio::test]
async fn what_cannot_be_sent_for_a_day_makes_way_though_nobody_looks() {
    let sandbox = sandbox().await;
    sandbox.instance().set_state(State::NotAuthorized);
    let core = &sandbox.instance().core;
    for _ in 0..10 {
        enqueue(core, 0);
        sandbox.clock().advance(Duration::from_secs(12 * 60 * 60));
    }
    // To somebody in the past, nothing is old.
    let kept = core.with(|world| {
        world
            .accounts
            .get_mut(&1)
            .map(|account| account.outbox.waiting(UNIX_EPOCH).len())
    });
    assert_eq!(kept, Some(2));
}

#[tokio::test]
async fn only_a_failed_post_is_tried_again() {
    let sandbox = sandbox().await;
    let core = &sandbox.instance().core;
    let wake_ups = || core.with(|world| count(world, |event| matches!(event, Event::WebhookDue)));
    core.with(|world| world.posted(1, 1, WebhookOutcome::Accepted));
    assert_eq!(wake_ups(), 0);
    core.with(|world| world.posted(1, 1, WebhookOutcome::Refused(500)));
    assert_eq!(wake_ups(), 1);
}
