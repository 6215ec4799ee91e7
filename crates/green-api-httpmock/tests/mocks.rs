//! What requests the mocks take, and what they say of names that are wrong.

use std::panic::{AssertUnwindSafe, catch_unwind};

use green_api::{
    Client, Credentials, ErrorKind, Instance, Pace, Partner, PartnerCredentials, RetryPolicy,
};
use green_api_httpmock::endpoints::{
    DeleteNotification, ForwardMessages, GetChats, GetInstances, GetStateInstance,
    LastIncomingMessages, SendFileByUpload, SendMessage, UploadFile,
};
use green_api_httpmock::{MockServerExt, Then, When};
use green_api_types::endpoint::Endpoint;
use httpmock::MockServer;
use serde_json::{Value, json};

const TOKEN: &str = "0123456789abcdef";
const PARTNER_TOKEN: &str = "gac.0123456789abcdef";

fn callers(server: &MockServer) -> (Instance, Partner) {
    let client = Client::builder()
        .retry(RetryPolicy::never())
        .pace(Pace::off())
        .build()
        .unwrap();
    let url = server.base_url();
    let instance = Credentials::new(&url, "7103000001", TOKEN)
        .unwrap()
        .with_media_url(&url)
        .unwrap();
    let partner = PartnerCredentials::new(&url, PARTNER_TOKEN).unwrap();
    (client.instance(instance), client.partner(partner))
}

/// Whether a mock with these conditions takes a call with these arguments.
async fn takes<E: Endpoint>(conditions: impl FnOnce(When) -> When, arguments: Value) -> bool {
    let server = MockServer::start_async().await;
    let mock = server
        .mock_operation_async::<E>(|when, then| {
            conditions(when);
            then.json(Value::Null);
        })
        .await;
    let (instance, partner) = callers(&server);
    let id = E::OPERATION.id;
    let answer = match E::OPERATION.family {
        "partner" => partner.call(id, arguments).await,
        _ => instance.call(id, arguments).await,
    };
    let calls = mock.calls_async().await;
    assert!(calls == 1 || answer.is_err_and(|error| error.kind() == ErrorKind::NotFound));
    calls == 1
}

#[tokio::test]
async fn credentials_are_compared_to_the_letter() {
    let state = |conditions: fn(When) -> When| takes::<GetStateInstance>(conditions, json!({}));
    assert!(state(|when| when).await);
    assert!(state(|when| when.instance(7103000001).token(TOKEN)).await);
    assert!(!state(|when| when.instance(710300000)).await);
    assert!(!state(|when| when.token("0123456789abcde.")).await);
    let instances = |conditions: fn(When) -> When| takes::<GetInstances>(conditions, json!({}));
    assert!(instances(|when| when.token(PARTNER_TOKEN)).await);
    assert!(!instances(|when| when.token("gac-0123456789abcdef")).await);
}

#[tokio::test]
async fn arguments_are_looked_for_where_the_operation_takes_them() {
    let text = |name, value: Value| {
        takes::<SendMessage>(
            move |when| when.argument(name, value),
            json!({"chatId": "447700900145@c.us", "message": "Hello"}),
        )
    };
    assert!(text("chatId", json!("447700900145@c.us")).await);
    assert!(!text("chatId", json!("447700900146@c.us")).await);
    assert!(!text("linkPreview", json!(true)).await);

    let list = |value: Value| {
        takes::<ForwardMessages>(
            move |when| when.argument("messages", value),
            json!({"chatId": "447700900145@c.us", "chatIdFrom": "447700900146@c.us", "messages": ["A", "B"]}),
        )
    };
    assert!(list(json!(["A", "B"])).await);
    assert!(
        !list(json!(["A"])).await,
        "the beginning of a list is not the list"
    );

    let path = |value: i64| {
        takes::<DeleteNotification>(
            move |when| when.argument("receiptId", value),
            json!({"receiptId": 12}),
        )
    };
    assert!(path(12).await);
    assert!(!path(1).await);

    let query = |value: u32| {
        takes::<LastIncomingMessages>(
            move |when| when.argument("minutes", value),
            json!({"minutes": 60}),
        )
    };
    assert!(query(60).await);
    assert!(!query(6).await);

    let form = |name, value| {
        takes::<SendFileByUpload>(
            move |when: When| when.argument(name, value),
            json!({"chatId": "447700900145@c.us", "fileName": "a (1).txt", "caption": "Two\nlines", "file": {"base64": "YWJj"}}),
        )
    };
    assert!(form("chatId", "447700900145@c.us").await);
    assert!(form("caption", "Two\nlines").await);
    assert!(form("fileName", "a (1).txt").await);
    assert!(form("file", "abc").await);
    assert!(!form("file", "ab").await);
    assert!(!form("caption", "Two").await);

    let raw = |name, value| {
        takes::<UploadFile>(
            move |when: When| when.argument(name, value),
            json!({"file": {"base64": "YWJj", "fileName": "a.txt", "contentType": "text/plain"}}),
        )
    };
    assert!(raw("file", "abc").await);
    assert!(raw("GA-Filename", "a.txt").await);
    assert!(!raw("Content-Type", "text/html").await);
}

#[tokio::test]
async fn an_example_is_the_whole_request() {
    let text = |arguments: Value| takes::<SendMessage>(|when| when.example("text"), arguments);
    let documented =
        json!({"chatId": "447700900145@c.us", "message": "Your parcel is at the door."});
    assert!(text(documented.clone()).await);
    let mut more = documented;
    more["linkPreview"] = json!(true);
    assert!(!text(more).await);
    assert!(!takes::<LastIncomingMessages>(|when| when.example("lastHour"), json!({})).await);
    let form =
        json!({"chatId": "447700900145@c.us", "fileName": "a.txt", "file": {"base64": "YWJj"}});
    assert!(!takes::<SendFileByUpload>(|when| when.example("picture"), form).await);
}

#[tokio::test]
async fn answers_are_typed_or_free() {
    let server = MockServer::start_async().await;
    let (instance, _) = callers(&server);
    let mut mock = server
        .mock_operation_async::<GetChats>(|_, then| {
            then.answer(&Vec::new());
        })
        .await;
    assert!(instance.get_chats().await.unwrap().is_empty());
    mock.delete_async().await;
    mock = server
        .mock_operation_async::<GetChats>(|_, then| {
            then.quota_exceeded();
        })
        .await;
    assert_eq!(
        instance.get_chats().await.unwrap_err().kind(),
        ErrorKind::QuotaExceeded
    );
    mock.delete_async().await;
    server
        .mock_operation_async::<GetChats>(|_, then| {
            then.error(500);
        })
        .await;
    assert_eq!(
        instance.get_chats().await.unwrap_err().kind(),
        ErrorKind::Server
    );
}

#[test]
fn wrong_names_are_answered_with_the_right_ones() {
    let server = MockServer::start();
    let panic = |config: fn(When, Then<Value>)| {
        let call = || server.mock_by_name("getStateInstance", config).id();
        let panic = catch_unwind(AssertUnwindSafe(call)).unwrap_err();
        panic.downcast_ref::<String>().unwrap().clone()
    };
    for (message, beginning) in [
        (
            panic(|when, _| drop(when.argument("chatID", 1))),
            "getStateInstance has no argument `chatID`: it has none",
        ),
        (
            panic(|when, _| drop(when.example("linked"))),
            "getStateInstance has no example `linked`: it has authorized, blocked, ",
        ),
        (
            panic(|_, then| drop(then.example("linked"))),
            "getStateInstance has no example `linked`: it has authorized, blocked, ",
        ),
        (
            panic(|_, then| drop(then.error(418))),
            "getStateInstance has no documented error `418`: it has 400, 401, 403, ",
        ),
        (
            panic(|_, then| drop(then.documented_error(400, "begun"))),
            "getStateInstance has no documented error 400 `begun`: it has validationFailed, starting, starting (text/plain), ",
        ),
    ] {
        assert!(message.starts_with(beginning), "{message}");
    }
}
