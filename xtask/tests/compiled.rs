//! The golden files are compiled here, so that they are known to be Rust, and used, so that they are known to work.

#![allow(unexpected_cfgs)]

// Generated code reaches the client crate by this name.
extern crate self as golden_client;

use serde_json::json;

pub use green_api_client::{CallContext, multipart};
pub use green_api_types::{
    drift, endpoint, endpoint_types, entry, lenient, models, open_enum, operation, switch,
    tagged_union,
};

#[rustfmt::skip]
#[allow(clippy::all, dead_code)]
#[path = "golden/client/mod.rs"]
mod golden_methods;
#[rustfmt::skip]
#[allow(clippy::all, dead_code)]
#[path = "golden/types/mod.rs"]
mod golden_types;
#[allow(
    missing_docs,
    clippy::cast_possible_wrap,
    reason = "stands in for the crate for programs"
)]
mod runtime;
#[rustfmt::skip]
#[allow(clippy::all, dead_code, unused_mut, unused_variables, unused_imports)]
#[path = "golden/sdk/mod.rs"]
mod sdk;

pub use golden_methods::client::{Client, Error as LowError, ResponseValue};
pub use golden_types::{endpoints, operations, types};
pub use runtime::{Accepted, Error, Instance, Partner, ResponseFuture};

/// Where generated requests look for what they need.
pub mod client {
    pub use crate::runtime::request;
}

#[test]
fn types_are_tolerant() {
    let made: types::MakeThingResponse = serde_json::from_value(json!({
        "made": "true", "used": "3", "price": "1.5", "at": {"low": 5, "high": 0, "unsigned": true}, "new": 1
    }))
    .unwrap();
    assert_eq!(
        (made.made, made.used, made.price, made.at),
        (true, Some(3), Some(1.5), Some(5))
    );
    let colour: types::Colour = serde_json::from_value(json!("blue")).unwrap();
    assert_eq!(colour, types::Colour::Unknown("blue".to_owned()));
    assert!(types::YesNo::from(true).is_on());

    let next: types::NumberedThing =
        serde_json::from_value(json!({"number": 1, "thing": {"kind": "square", "side": 2}}))
            .unwrap();
    assert!(matches!(&next.thing, types::Thing::Square(square) if square.side == 2));
    let next: types::NumberedThing =
        serde_json::from_value(json!({"number": 1, "thing": {"kind": "cube"}})).unwrap();
    assert_eq!(
        serde_json::to_value(&next).unwrap(),
        json!({"number": 1, "thing": {"kind": "cube"}})
    );
    assert_eq!(next.thing.colour(), None);
    let thing: types::Thing =
        serde_json::from_value(json!({"kind": "square", "side": 2, "colour": "red"})).unwrap();
    assert_eq!(thing.colour(), Some(&types::Colour::Red));
}

#[test]
fn what_is_unknown_is_found() {
    let next = json!({"number": "1", "weight": null, "thing": {"kind": "circle", "radius": 2, "colour": "blue", "447700900123": {}}});
    let drift = drift::Drift::of_value::<types::NumberedThing>(&next);
    let found: Vec<String> = drift
        .findings()
        .iter()
        .map(|finding| finding.path())
        .collect();
    assert_eq!(
        found,
        ["$.thing.colour", "$.thing['447700900123']", "$.weight"]
    );
    let drift =
        drift::Drift::of::<types::NullableNextThing>(r#"{"number": 1, "thing": {"kind": "cube"}}"#);
    assert!(
        drift
            .to_string()
            .ends_with("does not know\n- $.thing.kind: the kind cube"),
        "{drift}"
    );
    assert!(drift::Drift::of::<types::NullableNextThing>("null").is_empty());
}

#[tokio::test]
async fn requests_go_out_as_described() {
    let server = httpmock::MockServer::start_async().await;
    let mock = server.mock(|when, then| {
        let body = json!({"chatId": "447700900123@c.us", "parts": [{"name": "a"}], "loud": "yes", "wait": 1500});
        when.method("POST").path("/waInstance7/makeThing/token").json_body(body);
        then.status(200).json_body(json!({"made": true, "idMessage": "ABC"}));
    });
    let instance = Instance::new(&server.base_url(), "7".parse().unwrap(), "token");
    let part = serde_json::from_value(json!({"name": "a"})).unwrap();
    let id = instance
        .make_thing("447700900123@c.us".parse().unwrap(), [part])
        .loud(true)
        .wait(std::time::Duration::from_millis(1500))
        .await
        .unwrap();
    assert_eq!(id.as_str(), "ABC");
    mock.assert();
}

#[tokio::test]
async fn what_stands_inside_requests_is_built_from_what_it_needs() {
    let server = httpmock::MockServer::start_async().await;
    let mock = server.mock(|when, then| {
        let body = json!({"labels": [{"text": "a"}, {"text": "b"}], "wrapping": {"colour": "red", "note": "With care"}});
        when.method("POST").path("/waInstance7/sendThing/token").json_body(body);
        then.status(200).json_body(json!({"idMessage": "ABC", "weight": 3}));
    });
    let wrapping = types::Wrapping::new("red").note("With care");
    let sent = Instance::new(&server.base_url(), "7".parse().unwrap(), "token")
        .send_thing(["a", "b"])
        .wrapping(wrapping)
        .await
        .unwrap();
    mock.assert();
    assert_eq!(
        [
            operations::SEND_THING.sends(),
            operations::MAKE_THING.sends()
        ],
        [true, false]
    );
    // What has no field is kept, and sent on.
    assert_eq!(sent.0.extra["weight"], 3);
    assert_eq!(
        serde_json::to_value(&sent.0).unwrap(),
        json!({"idMessage": "ABC", "weight": 3})
    );
}

#[tokio::test]
async fn forms_and_raw_bytes_go_to_the_media_host() {
    let server = httpmock::MockServer::start_async().await;
    let form = server.mock(|when, then| {
        when.method("POST")
            .path("/waInstance7/postForm/token")
            .body_includes("447700900123@c.us")
            .body_includes("abc");
        then.status(200).json_body(json!({"name": "form"}));
    });
    let raw = server.mock(|when, then| {
        when.method("POST")
            .path("/waInstance7/sendRaw/token")
            .header("content-type", "text/plain")
            .header("ga-filename", "a.txt")
            .body("abc");
        then.status(200).json_body(json!({"name": "raw"}));
    });
    let instance = Instance::new(&server.base_url(), "7".parse().unwrap(), "token");
    assert_eq!(
        instance
            .post_form("447700900123@c.us".parse().unwrap(), "abc")
            .await
            .unwrap()
            .name
            .as_deref(),
        Some("form")
    );
    let file = multipart::Upload::from_bytes("abc")
        .named("a.txt")
        .of_type("text/plain");
    assert_eq!(
        instance.send_raw(file).await.unwrap().name.as_deref(),
        Some("raw")
    );
    form.assert();
    raw.assert();
    assert_eq!(operations::POST_FORM.host, operation::Host::Media);
}

#[tokio::test]
async fn other_credentials_and_empty_answers() {
    let server = httpmock::MockServer::start_async().await;
    let mock = server.mock(|when, then| {
        when.method("POST")
            .path("/partner/forgetThings/partner-token");
        then.status(200);
    });
    Partner::new(&server.base_url(), "partner-token")
        .forget_things()
        .await
        .unwrap();
    mock.assert();
}

#[test]
fn the_table_says_what_the_spec_says() {
    let make = operations::MAKE_THING;
    assert_eq!(
        (
            make.verb,
            make.timeout.as_secs(),
            make.rate_limit,
            make.beta
        ),
        ("POST", 30, Some(0.5), true)
    );
    assert_eq!(
        (make.effect, make.refused.unwrap().advice),
        (operation::Effect::Once, "Use other parts.")
    );
    assert_eq!(
        make.refused.unwrap().when,
        [operation::Refusal::Equal("made", "false")]
    );
    assert!(
        make.limits
            .contains(&("parts", operation::Limit::MaxItems(12)))
            && make
                .limits
                .contains(&("wait", operation::Limit::AtLeast(1000.0)))
    );
    assert_eq!(
        operations::LIST_THINGS.refused.unwrap().when,
        [operation::Refusal::Present("code")]
    );
    assert_eq!(
        operations::REMOVE_THING.refused.unwrap().when,
        [operation::Refusal::Text]
    );
    assert_eq!(operations::REMOVE_THING.effect, operation::Effect::Changes);
    assert!(
        operations::LIST_THINGS.deprecated
            && operations::POST_FORM.limits
                == [
                    ("", operation::Limit::FileName(&["file"])),
                    ("caption", operation::Limit::MaxLength(10)),
                ]
    );
}
