//! Instances in every state when the linking begins.

use std::time::Duration;

use green_api::LinkError;
use green_api::types::StateInstance;
use green_api_sandbox::State;
use green_api_tests::clocks::fly;

use crate::world::{World, code_of};

#[tokio::test]
async fn the_account_is_banned() {
    let world = World::new().await;
    world.sandbox.instance().set_state(State::Blocked);
    let (steps, end) = world.steps(world.link(), |_| {}).await;
    assert!(matches!(end, Err(LinkError::Blocked)), "{end:?}");
    assert_eq!(
        (steps, world.calls("getAuthorizationCode")),
        (vec!["another state"], 0)
    );

    let world = World::new().await;
    let (steps, end) = world
        .steps(world.link(), |step| {
            if code_of(step).is_some() {
                world.sandbox.instance().set_state(State::Blocked);
            }
        })
        .await;
    assert!(matches!(end, Err(LinkError::Blocked)), "{end:?}");
    assert_eq!(
        (steps, world.calls("getAuthorizationCode")),
        (vec!["ready", "asking", "code"], 1)
    );
}

#[tokio::test]
async fn an_account_that_is_linked_stays_linked() {
    for state in [State::Authorized, State::YellowCard, State::Suspended] {
        let world = World::new().await;
        world.sandbox.instance().set_state(state);
        let (linked, _) = world.end(world.link()).await;
        assert!(
            matches!(linked, Err(LinkError::AlreadyLinked)),
            "{linked:?}"
        );
        assert_eq!(
            (world.calls("getAuthorizationCode"), world.calls("logout")),
            (0, 0)
        );
        assert_eq!(world.sandbox.instance().state(), state);
    }
}

#[tokio::test]
async fn an_account_that_is_linked_is_replaced_when_asked() {
    let world = World::new().await;
    world.sandbox.instance().set_state(State::Authorized);
    world.phone.type_code_when_issued(Duration::from_secs(5));
    let (steps, end) = world.steps(world.link().logout_first(true), |_| {}).await;
    assert_eq!(
        steps,
        [
            "another state",
            "logging out",
            "ready",
            "asking",
            "code",
            "waiting",
            "linked"
        ]
    );
    assert_eq!(end.unwrap().wid(), "447700900123@c.us");
    assert_eq!(
        (world.calls("logout"), world.calls("getAuthorizationCode")),
        (1, 1)
    );
}

#[tokio::test]
async fn an_instance_that_starts_is_waited_for() {
    let world = World::new().await;
    world.phone.type_code_when_issued(Duration::from_secs(5));
    fly(&world.sandbox, async {
        world.instance.reboot().await.unwrap()
    })
    .await;
    let (steps, end) = world.steps(world.link(), |_| {}).await;
    assert_eq!(
        steps,
        ["starting", "ready", "asking", "code", "waiting", "linked"]
    );
    assert!(end.is_ok(), "{end:?}");
}

#[tokio::test]
async fn an_instance_that_never_starts_is_given_up() {
    let world = World::new().await;
    world.sandbox.instance().set_state(State::Starting);
    let (linked, took) = world.end(world.link()).await;
    assert!(
        matches!(
            linked,
            Err(LinkError::NotReady(Some(StateInstance::Starting)))
        ),
        "{linked:?}"
    );
    assert!((300..310).contains(&took.as_secs()), "{took:?}");
    assert_eq!(world.calls("getAuthorizationCode"), 0);
}

#[tokio::test]
async fn an_instance_that_is_being_created_is_waited_for() {
    let world = World::new().await;
    world.sandbox.instance().creating(Duration::from_secs(120));
    world.phone.type_code_when_issued(Duration::from_secs(5));
    let (steps, end) = world.steps(world.link(), |_| {}).await;
    assert_eq!(
        steps,
        [
            "being created",
            "ready",
            "asking",
            "code",
            "waiting",
            "linked"
        ]
    );
    assert!(end.is_ok(), "{end:?}");
}
