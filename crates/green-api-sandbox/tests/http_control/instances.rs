//! Instances: their states, numbers and credentials.

use green_api_sandbox::Sandbox;
use serde_json::json;

use crate::common::{setup, setup_with};

#[tokio::test]
async fn states_are_set_codes_refused_and_notifications_queued() {
    let setup = setup().await;
    let path = "instances/1101000001/state";
    let to = |state: &str| json!({ "stateInstance": state });
    setup.acts(path, to("yellowCard")).await;
    assert_eq!(setup.state().await, "yellowCard");
    let answer = setup.act(path, to("asleep")).await;
    assert_eq!(answer.status, 400);
    assert!(
        answer.json()["message"]
            .as_str()
            .unwrap()
            .contains("there is no state `asleep`"),
        "{}",
        answer.text
    );
    assert_eq!(
        setup.complaint("instances/5/state", to("blocked")).await,
        (404, "notFound".to_owned())
    );

    setup.acts(path, to("notAuthorized")).await;
    setup
        .acts(
            "instances/1101000001/refuse-codes",
            json!({ "refuse": true }),
        )
        .await;
    assert_eq!(setup.look("instances").await[0]["refusesCodes"], true);
    let refused = setup.ask_for_code().await;
    assert_eq!(refused.json()["status"], false);

    let receipt = setup
        .act(
            "instances/1101000001/notifications",
            json!({ "typeWebhook": "new", "x": 1 }),
        )
        .await;
    assert_eq!(receipt.json(), json!({ "receiptId": 1 }));
    assert_eq!(
        setup.get("receiveNotification").await.json()["body"],
        json!({ "typeWebhook": "new", "x": 1 })
    );
}

#[tokio::test]
async fn instances_are_added_and_credentials_copied() {
    let setup = setup().await;
    let answer = setup.act("instances", json!({})).await;
    assert_eq!(answer.status, 201);
    let credentials = answer.json();
    let (url, id, token) = (
        setup.sandbox.url(),
        credentials["idInstance"].as_u64().unwrap(),
        credentials["apiTokenInstance"].as_str().unwrap(),
    );
    assert_eq!(
        (credentials["apiUrl"].as_str().unwrap(), id),
        (url.as_str(), 1_101_000_002)
    );
    let state = reqwest::get(format!("{url}/waInstance{id}/getStateInstance/{token}"))
        .await
        .unwrap();
    assert_eq!(
        state.text().await.unwrap(),
        r#"{"stateInstance":"notAuthorized"}"#
    );
    assert_eq!(
        setup.look(&format!("instances/{id}/credentials")).await,
        credentials
    );

    assert_eq!(
        setup
            .complaint("instances", json!({ "idInstance": id }))
            .await,
        (409, "taken".to_owned())
    );
    assert_eq!(
        setup
            .complaint("instances", json!({ "apiTokenInstance": "a/b" }))
            .await
            .0,
        400
    );
}

#[tokio::test]
async fn instances_have_numbers_that_json_can_hold() {
    const LAST: u64 = 9_007_199_254_740_990;
    let setup = setup_with(Sandbox::builder().instance(1, "one").instance(3, "three")).await;
    for id in [0, LAST + 1, u64::MAX] {
        assert_eq!(
            setup
                .complaint("instances", json!({ "idInstance": id }))
                .await,
            (400, "badRequest".to_owned()),
            "{id}"
        );
    }
    setup.acts("instances", json!({ "idInstance": LAST })).await;
    let mut added = Vec::new();
    for _ in 0..2 {
        added.push(
            setup.act("instances", json!({})).await.json()["idInstance"]
                .as_u64()
                .unwrap(),
        );
    }
    assert_eq!(
        added,
        [2, 4],
        "what is free, as nothing comes after the last"
    );
}

#[test]
#[should_panic(expected = "an instance cannot have the number 0")]
fn the_library_refuses_other_numbers_as_well() {
    let _ = Sandbox::builder().instance(0, "none");
}
