//! Codes that are typed and QR codes that are scanned.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::json;

use crate::common::{PHONE, setup};

#[tokio::test]
async fn a_code_is_typed_and_the_instance_linked() {
    let setup = setup().await;
    let code = setup.code().await;
    let state = setup.look("state").await;
    assert_eq!(
        state["instances"][0]["code"],
        json!({ "phoneNumber": PHONE, "expiresAt": "2026-01-01T00:02:30.000Z" })
    );
    assert_eq!(
        state["phones"],
        json!([{ "number": PHONE, "name": "+447700900123", "online": true, "linkedTo": [], "linkingTo": [] }])
    );

    let path = format!("phones/{PHONE}/type-code");
    assert_eq!(
        setup
            .complaint("phones/15550100001/type-code", json!({ "code": code }))
            .await,
        (409, "noCode".to_owned())
    );
    assert_eq!(
        setup.complaint(&path, json!({ "code": "AAAA-AAAA" })).await,
        (409, "wrongCode".to_owned())
    );
    setup
        .acts(&path, json!({ "code": code.to_lowercase() }))
        .await;
    assert_eq!(
        setup.look("state").await["phones"][1]["linkingTo"],
        json!([1_101_000_001])
    );
    setup.acts("clock/advance", json!({ "seconds": 2 })).await;

    let state = setup.look("state").await;
    assert_eq!(
        state["clock"],
        json!({ "now": "2026-01-01T00:00:02.000Z", "manual": true })
    );
    assert_eq!(state["instances"][0]["stateInstance"], "authorized");
    assert_eq!(state["phones"][1]["linkedTo"], json!([1_101_000_001]));

    setup
        .acts(&format!("phones/{PHONE}/unlink"), json!({}))
        .await;
    assert_eq!(
        setup.look("instances").await[0]["stateInstance"],
        "notAuthorized"
    );
}

#[tokio::test]
async fn an_expired_code_is_said_to_be_that() {
    let setup = setup().await;
    let code = setup.code().await;
    setup.advance(150);
    assert_eq!(
        setup
            .complaint(
                &format!("phones/{PHONE}/type-code"),
                json!({ "code": code })
            )
            .await,
        (409, "expired".to_owned())
    );
}

#[tokio::test]
async fn a_qr_code_is_scanned_while_it_is_shown() {
    let setup = setup().await;
    let path = format!("phones/{PHONE}/scan-qr");
    let picture = setup
        .control(Method::GET, "instances/1101000001/qr")
        .send()
        .await
        .unwrap();
    assert_eq!(picture.headers()[CONTENT_TYPE], "image/png");
    assert!(picture.bytes().await.unwrap().starts_with(b"\x89PNG"));

    let content = setup.sandbox.instance().qr().unwrap();
    setup.advance(20);
    assert_eq!(
        setup.complaint(&path, json!({ "content": content })).await,
        (409, "unknownQr".to_owned())
    );
    setup
        .acts(
            &path,
            json!({ "content": setup.sandbox.instance().qr().unwrap() }),
        )
        .await;
    setup.advance(2);
    assert_eq!(setup.state().await, "authorized");
    assert_eq!(
        setup
            .complaint(&path, json!({ "idInstance": 1_101_000_001 }))
            .await,
        (409, "unknownQr".to_owned())
    );
    assert_eq!(setup.complaint(&path, json!({})).await.0, 400);
}
