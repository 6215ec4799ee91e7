//! Requests by method, by name and from a store are the same thing.

mod wire;

use green_api::endpoints::{SendMessage, SetSettings};
use green_api::types::{SentMessage, SetSettingsResponse};
use green_api::{ChatId, Delivery, ErrorKind, Request};
use serde_json::{Value, json};

use wire::Wire;

fn chat() -> ChatId {
    "447700900145@c.us".parse().unwrap()
}

fn sendable<T: Send + Clone>(value: T) -> T {
    value
}

#[tokio::test]
async fn a_request_that_was_stored_is_sent_by_name() {
    let server = Wire::start([wire::json(r#"{"idMessage": "3EB0"}"#)]).await;
    let request: Request<SendMessage> = server.instance().send_message(chat(), "Hello");
    let (operation, input) = sendable(request.link_preview(false)).into_parts().unwrap();
    assert_eq!(
        (operation.id, &input),
        (
            "sendMessage",
            &json!({"chatId": "447700900145@c.us", "message": "Hello", "linkPreview": false})
        )
    );
    let answer = server.instance().call(operation.id, input).await.unwrap();
    assert_eq!(answer.raw(), &json!({"idMessage": "3EB0"}));
}

#[tokio::test]
async fn an_input_outside_the_body_is_stored_under_its_documented_names() {
    let server = Wire::start([]).await;
    let (instance, minutes) = (server.instance(), std::time::Duration::from_secs(61));
    let (_, input) = instance.last_incoming_messages().into_parts().unwrap();
    assert_eq!(input, json!({}));
    let (_, input) = instance
        .last_incoming_messages()
        .minutes(minutes)
        .into_parts()
        .unwrap();
    assert_eq!(input, json!({"minutes": 2}));
    let file = instance.upload_file("content").into_parts().unwrap_err();
    assert_eq!(file.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn an_answer_is_raw_and_reads_as_any_type() {
    let body = r#"{"saveSettings": true, "to": "447700900145@c.us", "newerThanThis": 1}"#;
    let server = Wire::start([wire::json(body)]).await;
    let request: Request<SetSettings> = server.instance().set_settings().state_webhook(true);
    let answer = request.answer().await.unwrap();
    assert_eq!(answer.raw()["newerThanThis"], 1);
    assert!(answer.read::<SetSettingsResponse>().is_ok());
    let error = answer.read::<Vec<String>>().unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::UnexpectedAnswer, Delivery::Accepted)
    );
    assert!(!format!("{answer:?} {error:?} {error}").contains("447700900145"));
    assert_eq!(answer.into_known().unwrap().get("newerThanThis"), None);
}

#[tokio::test]
async fn an_answer_that_is_no_object_is_no_empty_one() {
    for body in ["7", "[]", "null", "\"text\"", " true", ""] {
        let server = Wire::start([wire::json(body)]).await;
        let instance = server.instance();
        let message = instance.get_message(chat(), "3EB0").await.unwrap_err();
        let settings = instance.get_settings().await.unwrap_err();
        for error in [message, settings] {
            let what = (error.kind(), error.delivery());
            let unexpected = (ErrorKind::UnexpectedAnswer, Delivery::Accepted);
            assert_eq!(what, unexpected, "{body:?}");
            assert!(error.account().is_some() && error.status() == Some(200));
        }
        let sent = instance.send_message(chat(), "Hello").await.unwrap();
        assert!(sent.id().is_err(), "{body:?}");
    }
}

#[tokio::test]
async fn a_list_in_place_of_a_page_of_products_is_the_products() {
    let body = r#"[{"id": "7300000000000101", "name": "Teapot"}, {"price": {}}]"#;
    let page = format!(r#"{{"products": {body}, "paging": {{"after": "next"}}}}"#);
    let server = Wire::start([wire::json(body), wire::json(&page)]).await;
    let [list, page] = [(); 2].map(|()| server.instance().get_products(chat()));
    let (list, page) = (list.await.unwrap(), page.await.unwrap());
    assert_eq!(list.products, page.products);
    assert_eq!(list.products.len(), 2);
    assert!(list.paging.is_none() && page.paging.is_some());
}

#[tokio::test]
async fn an_answer_to_what_sends_is_there_even_if_it_is_unreadable() {
    let server = Wire::start([wire::json("7")]).await;
    let answer = server.instance().send_message(chat(), "Hello").answer();
    let answer = answer.await.unwrap();
    assert_eq!(answer.raw(), &json!(7));
    assert!(answer.read::<SentMessage>().is_err());
    assert!(answer.into_known().is_err());
}

#[tokio::test]
async fn what_is_wrong_with_an_input_is_said_without_its_values() {
    let server = Wire::start([]).await;
    let message = async |operation: &str, input: Value| {
        let error = server.instance().call(operation, input).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.delivery()),
            (ErrorKind::InvalidInput, Delivery::NotSent)
        );
        error.message().unwrap_or_default().to_owned()
    };
    let to = |more: Value| {
        let mut input = json!({"chatId": "447700900145@c.us", "message": "Hello"});
        input
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        input
    };
    assert_eq!(
        message("sendMessage", json!({"message": "Hello"})).await,
        "missing field `chatId`"
    );
    assert_eq!(
        message(
            "sendMessage",
            to(json!({"linkPreview": "secret words, expected"}))
        )
        .await,
        "`linkPreview`: invalid type, expected a boolean"
    );
    assert_eq!(
        message(
            "sendMessage",
            to(json!({"customPreview": {"title": "a", "colour": 1}}))
        )
        .await,
        "`customPreview.colour` is unknown"
    );
    assert_eq!(
        message("deleteNotification", json!({"receiptId": "secret"})).await,
        "`receiptId`: invalid type, expected i64"
    );
    assert!(
        message("getSettings", json!({"chatId": 1}))
            .await
            .ends_with("the operation takes no arguments")
    );
    assert!(
        message("getsettings", json!({}))
            .await
            .ends_with("did you mean `getSettings`?")
    );
    assert!(
        message("getInstances", json!({}))
            .await
            .contains("other credentials")
    );
}
