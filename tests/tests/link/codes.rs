//! Codes that are typed, late, refused or expired.

use std::time::Duration;

use futures_util::StreamExt;
use green_api::types::StateInstance;
use green_api::{ErrorKind, LinkError, LinkStep};
use green_api_sandbox::Fault;
use green_api_tests::clocks::fly;

use crate::world::{World, assert_a_second_apart, code_of};

#[tokio::test]
async fn the_code_is_typed_and_the_account_is_linked() {
    let world = World::new().await;
    world.phone.type_code_when_issued(Duration::from_secs(40));
    let (linked, took) = world.end(world.link()).await;
    let linked = linked.unwrap();
    assert_eq!(
        (linked.wid(), linked.state()),
        ("447700900123@c.us", &StateInstance::Authorized)
    );
    assert!((40..60).contains(&took.as_secs()), "{took:?}");
    assert_eq!(
        (world.calls("getAuthorizationCode"), world.calls("logout")),
        (1, 0)
    );
    // The documented rate, with one to spare.
    let times = world.requests("getStateInstance");
    assert!(times.len() > 15, "{times:?}");
    assert_a_second_apart(&times);
    assert!(
        times.iter().all(|request| request.status == Some(200)),
        "{times:?}"
    );
}

#[tokio::test]
async fn the_steps_are_seen_in_order() {
    let world = World::new().await;
    let (steps, end) = world
        .steps(world.link(), |step| {
            if let LinkStep::Code { code, attempt } = step {
                assert_eq!((code.as_str().len(), *attempt), (8, 1));
                assert!(
                    code.expires_in() > Duration::from_secs(148),
                    "{:?}",
                    code.expires_in()
                );
            }
            if let LinkStep::Waiting { expires_in, .. } = step
                && *expires_in < Duration::from_secs(120)
                && !world.phone.is_linked()
            {
                // Nobody remembers a code better than the sandbox: it types it itself.
                world.phone.type_code_when_issued(Duration::ZERO);
            }
        })
        .await;
    assert_eq!(steps, ["ready", "asking", "code", "waiting", "linked"]);
    assert_eq!(end.unwrap().wid(), "447700900123@c.us");
}

#[tokio::test]
async fn steps_first_and_the_end_afterwards() {
    let world = World::new().await;
    let mut link = world.link();
    let linked = fly(&world.sandbox, async {
        loop {
            let step = link.next().await.unwrap().unwrap();
            if let Some(code) = code_of(&step) {
                // As a person does, with the dash that is shown.
                world.phone.type_code(&code.to_string()).unwrap();
                break link.await;
            }
        }
    });
    assert_eq!(linked.await.unwrap().wid(), "447700900123@c.us");
    assert_eq!(world.calls("getAuthorizationCode"), 1);
}

#[tokio::test]
async fn an_answer_may_take_half_a_minute() {
    let world = World::new().await;
    world.sandbox.faults().add(
        Fault::on("getAuthorizationCode")
            .times(1)
            .delay(Duration::from_secs(30)),
    );
    world.phone.type_code_when_issued(Duration::from_secs(45));
    let (linked, took) = world.end(world.link()).await;
    assert_eq!(linked.unwrap().wid(), "447700900123@c.us");
    assert!(took >= Duration::from_secs(45), "{took:?}");
    assert_eq!(world.calls("getAuthorizationCode"), 1);
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_not_asked_for_again() {
    let world = World::new().await;
    world
        .sandbox
        .faults()
        .add(Fault::on("getAuthorizationCode").delay(Duration::from_secs(90)));
    let (linked, took) = world.end(world.link().ask_again(3)).await;
    let Err(LinkError::Failed(error)) = linked else {
        panic!("{linked:?}")
    };
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::TimedOut, green_api::Delivery::MaybeSent)
    );
    assert!((70..80).contains(&took.as_secs()), "{took:?}");
    assert_eq!(world.calls("getAuthorizationCode"), 1);
}

#[tokio::test]
async fn no_code_is_issued() {
    // Without consent one call, with consent one more.
    for (consent, calls) in [(0, 1), (1, 2)] {
        let world = World::new().await;
        world.sandbox.instance().refuse_codes(true);
        let (linked, _) = world.end(world.link().ask_again(consent)).await;
        let Err(LinkError::NotIssued(error)) = linked else {
            panic!("{linked:?}")
        };
        assert_eq!(error.kind(), ErrorKind::Declined);
        assert_eq!(world.calls("getAuthorizationCode"), calls);
    }
}

#[tokio::test]
async fn the_code_expires() {
    let world = World::new().await;
    let (linked, took) = world.end(world.link()).await;
    assert!(matches!(linked, Err(LinkError::Expired)), "{linked:?}");
    assert!((150..180).contains(&took.as_secs()), "{took:?}");
    assert_eq!(world.calls("getAuthorizationCode"), 1);
}

#[tokio::test]
async fn a_second_code_is_asked_for_with_consent_only() {
    let world = World::new().await;
    let mut codes = Vec::new();
    let (mut steps, end) = world
        .steps(world.link().ask_again(1), |step| {
            if let LinkStep::Code { code, attempt } = step {
                codes.push((code.as_str().to_owned(), *attempt));
                if *attempt == 2 {
                    world.phone.type_code(code.as_str()).unwrap();
                }
            }
        })
        .await;
    // The second code may be typed before anybody has looked.
    steps.retain(|step| *step != "waiting");
    assert_eq!(
        steps,
        [
            "ready", "asking", "code", "ready", "asking", "code", "linked"
        ]
    );
    assert!(end.is_ok(), "{end:?}");
    assert_eq!(
        (codes[0].1, codes[1].1, world.calls("getAuthorizationCode")),
        (1, 2, 2)
    );
    assert_ne!(codes[0].0, codes[1].0);
}
