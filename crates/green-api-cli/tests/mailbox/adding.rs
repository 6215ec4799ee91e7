//! What is added again.

use green_api_sandbox::Fault;

use crate::{Desk, FRIEND};

#[tokio::test]
async fn a_key_whose_message_is_not_sent_is_refused() {
    let desk = Desk::new().await;
    let add = |key: &'static str| {
        [
            "outbox", "add", "--key", key, "text", "--to", FRIEND, "Hello",
        ]
    };
    for key in ["cancelled", "refused", "sent"] {
        assert_eq!(desk.run(&add(key)).await.code, 0);
    }
    assert_eq!(desk.run(&["outbox", "cancel", "cancelled"]).await.code, 0);
    let refused = Fault::on("sendMessage")
        .status(400)
        .body(r#"{"message":"no"}"#);
    desk.sandbox.faults().add(refused.times(1));
    assert_eq!(desk.run(&["outbox", "run", "--until-empty"]).await.code, 0);
    for (key, code, retry) in [
        ("cancelled", 8, false),
        ("refused", 8, true),
        ("sent", 0, false),
    ] {
        let ran = desk.run(&add(key)).await;
        assert_eq!(ran.code, code, "{}", ran.show());
        assert!(ran.err.contains(&format!("is {key}")), "{}", ran.show());
        assert_eq!(ran.err.contains("another key"), code != 0, "{}", ran.show());
        assert_eq!(ran.err.contains("outbox retry"), retry, "{}", ran.show());
    }
}
