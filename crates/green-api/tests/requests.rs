//! Requests by method, by name and from a store are the same thing.

mod wire;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use green_api::endpoints::{SendMessage, SetSettings};
use green_api::types::{
    CallButton, InteractiveButton, SentMessage, SetSettingsResponse, TemplateButton,
    TemplateCallButton,
};
use green_api::{
    ChatId, Client, Delivery, ErrorKind, MessageId, PartnerCredentials, Request, RequestParts,
    RetryPolicy, Upload, UploadSource,
};
use green_api_sandbox::Sandbox;
use serde_json::{Value, json};

use wire::{TOKEN, Wire};

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
    let parts = sendable(request.link_preview(false)).into_parts().unwrap();
    assert_eq!(
        (parts.operation.id, &parts.input),
        (
            "sendMessage",
            &json!({"chatId": "447700900145@c.us", "message": "Hello", "linkPreview": false})
        )
    );
    assert!(parts.file.is_none() && parts.timeout.is_none() && parts.retry.is_none());
    let shown = format!("{parts:?}");
    assert!(shown.contains("linkPreview") && !shown.contains("Hello") && !shown.contains("4477"));
    let answer = server.instance().call_parts(parts).await.unwrap();
    assert_eq!(answer.raw(), &json!({"idMessage": "3EB0"}));
    assert_eq!(answer.ids(), ["3EB0".into()]);
    assert_eq!(answer.delivery(), Delivery::Accepted);
}

#[tokio::test]
async fn an_input_is_read_into_parts_and_nothing_is_sent() {
    let server = Wire::start([]).await;
    let instance = server.instance();
    let input =
        json!({"chatId": "+44 7700 900145", "file": {"fileName": "me.jpg", "base64": "/9j/"}});
    let parts = instance.parts("sendFileByUpload", input).unwrap();
    assert_eq!(parts.input, json!({"chatId": "447700900145@c.us"}));
    assert_eq!(parts.file.unwrap().file_name(), "me.jpg");
    for (operation, input, why) in [
        ("sendMesage", json!({}), "did you mean `sendMessage`"),
        ("sendMessage", json!({"chatId": "447700900145"}), "message"),
        (
            "sendMessage",
            json!({"chatId": "447700900145", "mesage": ""}),
            "did you mean `message`",
        ),
        (
            "sendPoll",
            json!({"chatId": "447700900145", "message": "?", "options": []}),
            "options",
        ),
        ("getInstances", json!({}), "other credentials"),
    ] {
        let refused = instance.parts(operation, input).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
        assert!(refused.to_string().contains(why), "{refused}");
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
#[expect(deprecated, reason = "buttons of the old kind call a number as well")]
async fn a_button_that_would_call_a_stranger_is_not_sent() {
    let server = Wire::start([]).await;
    let instance = server.instance();
    let number = "8 (999) 123-45-67";
    let button = CallButton::new("1", "Call us", number);
    let interactive = InteractiveButton::Call(Box::new(button));
    let template = TemplateButton::new(1).call_button(TemplateCallButton::new("Call us", number));
    let refused = [
        instance
            .send_interactive_buttons(chat(), "Hello", [interactive.clone()])
            .await
            .unwrap_err(),
        instance
            .call(
                "sendInteractiveButtons",
                json!({"chatId": chat(), "body": "Hello", "buttons": [interactive]}),
            )
            .await
            .unwrap_err(),
        instance
            .send_template_buttons(chat(), "Hello", [template.clone()])
            .await
            .unwrap_err(),
        instance
            .call(
                "sendTemplateButtons",
                json!({"chatId": chat(), "message": "Hello", "templateButtons": [template]}),
            )
            .await
            .unwrap_err(),
    ];
    for refused in refused {
        assert_eq!(refused.kind(), ErrorKind::InvalidInput);
        let shown = refused.to_string();
        assert!(
            shown.contains("phoneNumber` cannot be called: ") && shown.contains("such as +7 999"),
            "{shown}"
        );
    }
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_file_is_stored_apart_and_streams_from_its_path() {
    let body = wire::json(r#"{"idMessage": "3EB0"}"#);
    let server = Wire::start([body.clone(), body]).await;
    let instance = server.instance();
    let file = Upload::from_path(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")).unwrap();
    let request = instance.send_file_by_upload(chat(), file.named("notes.txt"));
    let parts = request
        .caption("Notes")
        .extra("viewOnce", true)
        .into_parts()
        .unwrap();
    assert_eq!(
        parts.input,
        json!({"chatId": "447700900145@c.us", "caption": "Notes", "viewOnce": true})
    );
    assert!(parts.has_extra && !format!("{parts:?}").contains("notes"));
    let file = parts.file.as_ref().unwrap();
    let UploadSource::Path(path) = file.source() else {
        panic!("{:?}", file.source());
    };
    assert!(path.ends_with("Cargo.toml") && !format!("{:?}", file.source()).contains("Cargo"));
    instance.call_parts(parts.clone()).await.unwrap();
    // As it comes back from a store.
    let mut stored = RequestParts::new(parts.operation, parts.input);
    stored.file = parts.file;
    let refused = instance.call_parts(stored.clone()).await.unwrap_err();
    assert!(refused.to_string().contains("viewOnce"), "{refused}");
    stored.has_extra = true;
    instance.call_parts(stored).await.unwrap();
    let seen = server.seen();
    assert_eq!(seen.len(), 2);
    for seen in seen {
        let form = seen.text();
        assert!(form.contains("filename=\"notes.txt\"") && form.contains("[package]"));
        assert!(form.contains("name=\"viewOnce\"") && form.contains("Notes"));
    }
}

#[tokio::test]
async fn a_file_that_is_a_whole_body_is_stored_apart() {
    let server = Wire::start([wire::json(r#"{"urlFile": "https://example.com/a"}"#)]).await;
    let instance = server.instance();
    let file = Upload::from_bytes("content").named("a.txt");
    let parts = instance.upload_file(file).into_parts().unwrap();
    assert_eq!(parts.input, json!({}));
    assert!(matches!(
        parts.file.as_ref().map(Upload::source),
        Some(UploadSource::Bytes(bytes)) if bytes == "content"
    ));
    instance.call_parts(parts.clone()).await.unwrap();
    assert!(server.seen()[0].text().contains("content"));
    let mut wrong = instance.send_message(chat(), "Hello").into_parts().unwrap();
    wrong.file = parts.file;
    let error = instance.call_parts(wrong).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(server.seen().len(), 1);
}

#[tokio::test]
async fn what_is_beyond_a_limit_is_no_request_to_store() {
    let server = Wire::start([]).await;
    let instance = server.instance();
    let long = instance.send_message(chat(), "a".repeat(20_001));
    let nameless = instance.send_file_by_upload(chat(), "content");
    for error in [
        long.into_parts().unwrap_err(),
        nameless.into_parts().unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(error.delivery(), Delivery::NotSent);
    }
}

#[tokio::test]
async fn parts_have_a_time_limit_and_a_retry_policy() {
    let server = Wire::start([Vec::new()]).await;
    let instance = server.instance();
    let (limit, policy) = (
        Duration::from_millis(50),
        RetryPolicy::default().attempts(2),
    );
    let request = instance.get_settings().timeout(limit).retry(policy.clone());
    let parts = request.into_parts().unwrap();
    assert_eq!(parts.timeout, Some(limit));
    assert_eq!(parts.retry, Some(policy));
    let error = instance.call_parts(parts).await.unwrap_err();
    assert!(error.delivery().may_have_effect(), "{error}");
}

#[tokio::test]
async fn an_answer_says_what_became_of_a_send() {
    let ids = r#"{"messages": ["3EB0", " ", "3EB1"]}"#;
    for (body, ids, delivery) in [
        (ids, &["3EB0", "3EB1"][..], Delivery::Accepted),
        (r#"{"idMessage": ""}"#, &[], Delivery::MaybeSent),
        ("{}", &[], Delivery::MaybeSent),
        ("OK", &[], Delivery::MaybeSent),
    ] {
        let server = Wire::start([wire::json(body), wire::json(body)]).await;
        let request = server.instance().send_message(chat(), "Hello");
        let accepted = request.clone().await.unwrap();
        let answer = request.answer().await.unwrap();
        assert_eq!(
            answer.ids(),
            ids.iter()
                .map(|id| MessageId::from(*id))
                .collect::<Vec<_>>()
        );
        assert_eq!(answer.ids(), accepted.ids());
        assert_eq!(answer.delivery(), delivery);
        assert_eq!(answer.delivery(), accepted.delivery());
    }
    let server = Wire::start([wire::json(r#"{"idMessage": "3EB0"}"#)]).await;
    let answer = server.instance().get_settings().answer().await.unwrap();
    assert!(answer.ids().is_empty() && answer.delivery() == Delivery::Accepted);
}

#[tokio::test]
async fn an_input_outside_the_body_is_stored_under_its_documented_names() {
    let server = Wire::start([]).await;
    let (instance, minutes) = (server.instance(), Duration::from_secs(61));
    let request = instance.last_incoming_messages();
    assert_eq!(request.clone().into_parts().unwrap().input, json!({}));
    let parts = request.minutes(minutes).into_parts().unwrap();
    assert_eq!(parts.input, json!({"minutes": 2}));
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

#[tokio::test]
async fn a_name_that_may_be_an_address_is_not_shown() {
    let server = Wire::start([]).await;
    let instance = server.instance();
    let credentials = PartnerCredentials::new(&server.url(), TOKEN).unwrap();
    let partner = Client::new().unwrap().partner(credentials);
    for name in [
        format!("getSettings/{TOKEN}"),
        format!("{}/waInstance7103000001/getSettings/{TOKEN}", server.url()),
        TOKEN.to_owned(),
    ] {
        for error in [
            instance.call(&name, json!({})).await.unwrap_err(),
            instance.call_unchecked(&name, json!({})).await.unwrap_err(),
            instance.parts(&name, json!({})).unwrap_err(),
            partner.call(&name, json!({})).await.unwrap_err(),
            partner.call_unchecked(&name, json!({})).await.unwrap_err(),
        ] {
            assert_eq!(error.operation(), "unlisted operation");
            assert!(!format!("{error} {error:?}").contains(TOKEN), "{error}");
        }
    }
    let error = instance.call("makeCoffee", json!({})).await.unwrap_err();
    assert_eq!(error.operation(), "makeCoffee");
    assert!(server.seen().is_empty());
}

/// What an error is, by its status and its words.
async fn kind_of(status: &str, body: impl ToString) -> (ErrorKind, Delivery) {
    let server = Wire::start([wire::answer(status, "application/json", body.to_string())]).await;
    let error = server.instance().send_message(chat(), "Hello").await;
    let error = error.unwrap_err();
    (error.kind(), error.delivery())
}

#[tokio::test]
async fn only_a_documented_beginning_makes_a_refusal_of_a_500() {
    let status = "500 Internal Server Error";
    for words in [
        "cannot store: preview too large",
        "the answer exceeded max upload size",
        "sent, but: request entity too large",
    ] {
        let unknown = (ErrorKind::Server, Delivery::MaybeSent);
        assert_eq!(kind_of(status, json!({"message": words})).await, unknown);
        assert_eq!(kind_of(status, words).await, unknown);
    }
    for words in [
        "request entity too large",
        "Request Entity Too Large",
        "File from url exceeded max upload size. Size: 112mb Limit: 100mb",
    ] {
        let refused = (ErrorKind::TooLarge, Delivery::Refused);
        assert_eq!(kind_of(status, json!({"message": words})).await, refused);
        assert_eq!(kind_of(status, words).await, refused);
    }
}

#[tokio::test]
async fn what_an_error_quotes_does_not_choose_its_kind() {
    let of = async |words: &str| {
        kind_of("400 Bad Request", json!({"message": words}))
            .await
            .0
    };
    for words in [
        "Validation failed. Details: 'the offer is expired' is not a chat",
        "Validation failed. Details: “it is deleted” is not a chat",
        "Unexpected token \"instance is starting\" in JSON",
        "`webhook url is set`",
    ] {
        assert_eq!(of(words).await, ErrorKind::BadRequest, "{words}");
    }
    assert_eq!(of("Error: instance is deleted").await, ErrorKind::Deleted);
}

/// A task of the pool counts the time, which no call would notice the end of.
#[tokio::test]
async fn an_unused_connection_can_be_kept_for_ever() {
    let panics = Arc::<Mutex<Vec<String>>>::default();
    let (seen, told) = (Arc::clone(&panics), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |panic| {
        seen.lock().unwrap().push(panic.to_string());
        told(panic);
    }));
    let sandbox = Sandbox::builder().instance(7_103_000_001, TOKEN);
    let sandbox = sandbox.start().await.unwrap();
    let client = Client::builder()
        .idle_timeout(Duration::MAX)
        .build()
        .unwrap();
    let credentials = green_api::Credentials::new(&sandbox.url(), "7103000001", TOKEN).unwrap();
    let instance = client.instance(credentials);
    for _ in 0..2 {
        instance.get_settings().await.unwrap();
    }
    let overflows = |panic: &String| panic.contains("overflow");
    assert!(!panics.lock().unwrap().iter().any(overflows));
}
