//! The linking procedure against the sandbox, with the phone, the minutes and the misfortunes of real life. Time flies: no test waits.

use std::time::Duration;

use futures_util::StreamExt;
use green_api::types::StateInstance;
use green_api::{
    AuthorizationCode, ErrorKind, Instance, Link, LinkError, LinkStep, Linked, RetryPolicy,
};
use green_api_sandbox::{Clock, Fault, Phone, Sandbox, State};
use green_api_tests::clocks::fly;
use green_api_tests::{ID_INSTANCE, TOKEN, instance_at};
use tokio::time::Instant;

const PHONE: &str = "447700900123";

/// An instance that is not linked, and a phone.
struct World {
    sandbox: Sandbox,
    instance: Instance,
    phone: Phone,
}

impl World {
    async fn new() -> Self {
        let id = ID_INSTANCE.parse().unwrap();
        let sandbox = Sandbox::builder()
            .clock(Clock::manual())
            .instance(id, TOKEN)
            .start()
            .await
            .unwrap();
        let instance = instance_at(&sandbox.url(), &sandbox.url(), TOKEN, RetryPolicy::never());
        let phone = sandbox.phone(PHONE);
        Self {
            sandbox,
            instance,
            phone,
        }
    }

    fn link(&self) -> Link {
        self.instance.link(PHONE.parse().unwrap())
    }

    /// How often an operation was called.
    fn calls(&self, operation: &str) -> usize {
        self.sandbox
            .requests()
            .iter()
            .filter(|request| request.operation.as_deref() == Some(operation))
            .count()
    }

    /// The end of a link, and how long it took.
    async fn end(&self, link: Link) -> (Result<Linked, LinkError>, Duration) {
        fly(&self.sandbox, async {
            let start = Instant::now();
            (link.await, start.elapsed())
        })
        .await
    }

    /// All steps of a link and its end, with something done at each step.
    async fn steps(
        &self,
        mut link: Link,
        mut at: impl FnMut(&LinkStep),
    ) -> (Vec<&'static str>, Result<Linked, LinkError>) {
        fly(&self.sandbox, async {
            let (mut names, mut end) = (Vec::new(), None);
            while let Some(step) = link.next().await {
                assert!(end.is_none(), "there was a step after the end");
                match step {
                    Ok(step) => {
                        at(&step);
                        names.push(name(&step));
                        if let LinkStep::Linked(account) = step {
                            end = Some(Ok(account));
                        }
                    }
                    Err(error) => end = Some(Err(error)),
                }
            }
            // Looking at it many times is one step for a reader of the test.
            names.dedup();
            (names, end.expect("every link ends"))
        })
        .await
    }
}

fn name(step: &LinkStep) -> &'static str {
    match step {
        LinkStep::State(None) => "being created",
        LinkStep::State(Some(StateInstance::Starting)) => "starting",
        LinkStep::State(Some(StateInstance::NotAuthorized)) => "ready",
        LinkStep::State(_) => "another state",
        LinkStep::LoggingOut => "logging out",
        LinkStep::RequestingCode => "asking",
        LinkStep::Code { .. } => "code",
        LinkStep::Qr { .. } => "qr",
        LinkStep::Waiting { state: None, .. } => "waiting without a state",
        LinkStep::Waiting { .. } => "waiting",
        LinkStep::Linked(_) => "linked",
        _ => "a step that this test does not know",
    }
}

/// The code, at the step that shows it.
fn code_of(step: &LinkStep) -> Option<&AuthorizationCode> {
    if let LinkStep::Code { code, .. } = step {
        Some(code)
    } else {
        None
    }
}

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
    let times: Vec<_> = world
        .sandbox
        .requests()
        .into_iter()
        .filter(|request| request.operation.as_deref() == Some("getStateInstance"))
        .collect();
    assert!(times.len() > 15, "{times:?}");
    assert!(
        times
            .windows(2)
            .all(|pair| pair[1].at.duration_since(pair[0].at).unwrap() >= Duration::from_secs(1)),
        "{times:?}"
    );
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

/// The number of a QR code, at the step that shows it.
fn qr_of(step: &LinkStep) -> Option<u32> {
    let LinkStep::Qr { image, attempt } = step else {
        return None;
    };
    assert!(image.png().starts_with(b"\x89PNG"));
    assert_eq!(
        format!("{image:?}"),
        format!("QrImage {{ bytes: {}, .. }}", image.png().len())
    );
    Some(*attempt)
}

#[tokio::test]
async fn the_third_qr_code_is_scanned() {
    let world = World::new().await;
    let (steps, end) = world
        .steps(world.instance.link_by_qr(), |step| {
            if qr_of(step) == Some(3) {
                world
                    .phone
                    .scan_qr(&world.sandbox.instance().qr().unwrap())
                    .unwrap();
            }
        })
        .await;
    assert_eq!(steps, ["ready", "qr", "linked"]);
    assert_eq!(end.unwrap().wid(), "447700900123@c.us");
    assert_eq!(world.calls("getAuthorizationCode"), 0);
    // Not even half the documented rate of three a second.
    let times: Vec<_> = world
        .sandbox
        .requests()
        .into_iter()
        .filter(|request| request.operation.as_deref() == Some("qr"))
        .collect();
    assert!(
        times
            .windows(2)
            .all(|pair| pair[1].at.duration_since(pair[0].at).unwrap() >= Duration::from_secs(1)),
        "{times:?}"
    );
}

#[tokio::test]
async fn a_qr_code_that_nobody_scans_ends_after_five_minutes() {
    let world = World::new().await;
    let (linked, took) = world.end(world.instance.link_by_qr()).await;
    assert!(matches!(linked, Err(LinkError::Expired)), "{linked:?}");
    assert!((300..320).contains(&took.as_secs()), "{took:?}");
    let (linked, took) = world
        .end(
            world
                .instance
                .link_by_qr()
                .timeout(Duration::from_secs(600)),
        )
        .await;
    assert!(matches!(linked, Err(LinkError::TimedOut)), "{linked:?}");
    assert!((600..620).contains(&took.as_secs()), "{took:?}");
}

#[tokio::test]
async fn what_is_no_qr_code_is_told() {
    let cases = [
        (r#"{"type":"passkeyRequired"}"#, "passkey"),
        (r#"{"type":"PassKeyRequire","message":"x"}"#, "passkey"),
        (r#"{"type":"qrCode","message":"%"}"#, "it is no picture"),
        (
            r#"{"type":"error","message":"QR code is not available"}"#,
            "QR code is not available",
        ),
    ];
    for (body, words) in cases {
        let world = World::new().await;
        world
            .sandbox
            .faults()
            .add(Fault::on("qr").times(1_000).body(body));
        let (linked, _) = world.end(world.instance.link_by_qr()).await;
        let error = linked.unwrap_err();
        assert!(error.to_string().contains(words), "{error}");
    }
}

#[tokio::test]
async fn a_linked_account_stays_with_qr_codes_too() {
    let world = World::new().await;
    world.sandbox.instance().link(&world.phone);
    let (linked, _) = world.end(world.instance.link_by_qr()).await;
    assert!(
        matches!(linked, Err(LinkError::AlreadyLinked)),
        "{linked:?}"
    );
    assert_eq!(world.calls("qr"), 0);
}
