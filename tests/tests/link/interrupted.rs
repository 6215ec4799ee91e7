//! What comes between: a server that is away, a token that is replaced, a link that is dropped, a time limit.

use std::time::Duration;

use futures_util::StreamExt;
use green_api::{ErrorKind, LinkError};
use green_api_sandbox::Fault;
use green_api_tests::clocks::fly;

use crate::world::{World, code_of};

#[tokio::test]
async fn the_server_may_be_away_while_a_code_waits() {
    let world = World::new().await;
    world.phone.type_code_when_issued(Duration::from_secs(30));
    let (steps, end) = world
        .steps(world.link(), |step| {
            if code_of(step).is_some() {
                let faults = world.sandbox.faults();
                faults.add(Fault::on("getStateInstance").times(2).status(502).html());
                faults.add(Fault::on("getStateInstance").times(1).drop_connection());
                faults.add(Fault::on("getStateInstance").times(1).status(429));
            }
        })
        .await;
    assert_eq!(
        steps,
        [
            "ready",
            "asking",
            "code",
            "waiting without a state",
            "waiting",
            "linked"
        ]
    );
    assert!(end.is_ok(), "{end:?}");
    assert_eq!(world.calls("getAuthorizationCode"), 1);
}

#[tokio::test]
async fn a_token_that_is_replaced_while_a_code_waits_ends_it() {
    let world = World::new().await;
    let mut link = world.link();
    let end = fly(&world.sandbox, async {
        loop {
            match link.next().await.expect("it ends with an error") {
                Ok(step) if code_of(&step).is_some() => {
                    drop(world.instance.update_api_token().await.unwrap())
                }
                Ok(_) => {}
                Err(error) => break error,
            }
        }
    })
    .await;
    let LinkError::Failed(error) = end else {
        panic!("{end:?}")
    };
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
}

#[tokio::test]
async fn a_link_that_is_dropped_asks_for_nothing_more() {
    let world = World::new().await;
    let mut link = world.link();
    fly(&world.sandbox, async {
        while code_of(&link.next().await.unwrap().unwrap()).is_none() {}
        drop(link);
        let before = world.sandbox.requests().len();
        tokio::time::sleep(Duration::from_secs(200)).await;
        assert_eq!(world.sandbox.requests().len(), before);
    })
    .await;
}

#[tokio::test]
async fn a_link_has_a_time_limit_of_its_own_when_told() {
    let world = World::new().await;
    let (linked, took) = world
        .end(world.link().timeout(Duration::from_secs(30)))
        .await;
    assert!(matches!(linked, Err(LinkError::TimedOut)), "{linked:?}");
    assert!((30..33).contains(&took.as_secs()), "{took:?}");
}
