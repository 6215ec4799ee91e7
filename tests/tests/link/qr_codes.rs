//! QR codes in place of a code that is typed.

use std::time::Duration;

use green_api::{LinkError, LinkStep};
use green_api_sandbox::Fault;
use green_api_tests::ID_INSTANCE;

use crate::world::{World, assert_a_second_apart};

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
    let times = world.requests("qr");
    assert_a_second_apart(&times);
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
        if let LinkError::NotIssued(error) = error {
            assert_eq!(error.account(), Some(&*format!("instance {ID_INSTANCE}")));
        }
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
