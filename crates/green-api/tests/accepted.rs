//! Sent is sent: whatever a 200 of something that sends holds, it was accepted.

mod wire;

use green_api::{ChatId, Delivery, ErrorKind, Upload, Verb, endpoints, operations, testing};
use serde_json::{Value, json};
use wire::{TOKEN, Wire, answer};

fn chat() -> ChatId {
    "447700900145@c.us".parse().unwrap()
}

/// A 200 whose connection breaks within the body.
fn truncated() -> Vec<u8> {
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\nConnection: close\r\n\r\n{\"idMessage\": \"3EB0".to_vec()
}

fn odd_answers() -> Vec<(&'static str, Vec<u8>, String)> {
    let long = "x".repeat(17 * 1024 * 1024);
    let html = "<html>It works</html>";
    vec![
        (
            "JSON of another shape",
            wire::json(r#""queued""#),
            r#""queued""#.to_owned(),
        ),
        (
            "a field of another kind",
            wire::json(r#"{"idMessage": {"a": [1]}}"#),
            r#"{"idMessage": {"a": [1]}}"#.to_owned(),
        ),
        ("HTML", answer("200 OK", "text/html", html), html.to_owned()),
        ("nothing", wire::json(""), String::new()),
        ("null", wire::json("null"), "null".to_owned()),
        (
            "no UTF-8",
            answer("200 OK", "application/json", b"{\"idMessage\": \xff}"),
            "{\"idMessage\": \u{fffd}}".to_owned(),
        ),
        (
            "a broken connection",
            truncated(),
            "{\"idMessage\": \"3EB0".to_owned(),
        ),
        (
            "too much",
            wire::json(&long),
            long[..16 * 1024 * 1024].to_owned(),
        ),
    ]
}

#[tokio::test]
async fn an_odd_answer_to_a_send_is_no_failure() {
    for (what, bytes, raw) in odd_answers() {
        let server = Wire::start([bytes]).await;
        let sent = server
            .instance()
            .send_message(chat(), "Hello")
            .await
            .unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(sent.raw() == raw, "{what}: {} bytes", sent.raw().len());
        assert_eq!(sent.answer(), None, "{what}");
        assert_eq!(sent.id_message, None, "{what}");
        let reason = sent
            .unreadable()
            .unwrap_or_else(|| panic!("{what} has no reason"));
        assert_eq!(reason.delivery(), Delivery::Accepted, "{what}");
        assert_eq!(server.seen().len(), 1, "{what}: it was repeated");
        let shown = format!("{sent:?}");
        assert!(
            raw.is_empty() || !shown.contains(&raw) || raw == "null",
            "{what}: {shown}"
        );
    }
}

#[tokio::test]
async fn a_good_answer_reads_like_itself() {
    let server = Wire::start([wire::json(r#"{"idMessage": "3EB0", "more": 1}"#)]).await;
    let sent = server
        .instance()
        .send_message(chat(), "Hello")
        .await
        .unwrap();
    assert_eq!(
        sent.id_message.as_ref().map(ToString::to_string).as_deref(),
        Some("3EB0")
    );
    assert!(sent.unreadable().is_none());
    assert_eq!(sent.raw(), r#"{"idMessage": "3EB0", "more": 1}"#);
    assert_eq!(sent.clone().into_answer(), sent.answer().cloned());
}

#[tokio::test]
async fn a_status_that_says_no_is_a_failure_still() {
    let server = Wire::start([answer(
        "400 Bad Request",
        "application/json",
        r#"{"message": "bad chat"}"#,
    )])
    .await;
    let error = server
        .instance()
        .send_message(chat(), "Hello")
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::BadRequest, Delivery::Refused)
    );
}

#[tokio::test]
async fn uploads_and_statuses_are_sent_when_they_are_sent() {
    let server = Wire::start([answer("200 OK", "text/html", "<html></html>")]).await;
    let instance = server.instance();
    let file = instance
        .send_file_by_upload(chat(), Upload::from_bytes("a").named("a.txt"))
        .await
        .unwrap();
    assert_eq!((file.raw(), file.answer()), ("<html></html>", None));
    assert_eq!(
        instance.send_text_status("Hello").await.unwrap().answer(),
        None
    );
    assert_eq!(
        instance
            .edit_message(chat(), "3EB0", "Hello!")
            .await
            .unwrap()
            .answer(),
        None
    );
    let forwarded = instance
        .forward_messages(chat(), chat(), ["3EB0"])
        .await
        .unwrap();
    assert!(forwarded.messages.is_empty());
}

#[tokio::test]
async fn what_one_wants_the_answer_of_fails_without_it() {
    let server = Wire::start([answer("200 OK", "text/html", "<html></html>")]).await;
    let error = server
        .instance()
        .upload_file(Upload::from_bytes("a").named("a.txt"))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::UnexpectedAnswer, Delivery::MaybeSent)
    );
}

#[tokio::test]
async fn a_page_in_place_of_no_answer_is_no_success() {
    for (body, is_good) in [
        ("", true),
        (" null\n", true),
        (r#"{"ok": 1}"#, true),
        ("<html>Sign in to the network</html>", false),
        ("OK", false),
        ("\"text\"", false),
        ("[]", false),
        ("true", false),
        ("{", false),
    ] {
        let server = Wire::start([answer("200 OK", "text/html", body)]).await;
        let instance = server.instance();
        let input = json!({"chatId": "447700900145@c.us", "idMessage": "3EB0"});
        for outcome in [
            instance.delete_message(chat(), "3EB0").await,
            instance.call("deleteMessage", input).await.map(|_| ()),
            instance
                .delete_message(chat(), "3EB0")
                .answer()
                .await
                .map(|_| ()),
            instance.archive_chat(chat()).await,
            instance.send_typing(chat()).await,
            testing::answered::<endpoints::DeleteMessage>(body),
        ] {
            let Err(error) = outcome else {
                assert!(is_good, "{body}");
                continue;
            };
            assert!(!is_good, "{body}: {error}");
            assert_eq!(
                (error.kind(), error.delivery(), error.status()),
                (ErrorKind::UnexpectedAnswer, Delivery::MaybeSent, Some(200))
            );
            let said = error.to_string();
            assert!(
                !said.contains("accepted") && said.contains("look before"),
                "{said}"
            );
        }
    }
}

#[tokio::test]
async fn a_change_whose_answer_is_not_json_may_not_have_reached_the_server() {
    for (body, delivery) in [
        ("<html>Sign in</html>", Delivery::MaybeSent),
        ("", Delivery::MaybeSent),
        ("{", Delivery::MaybeSent),
        ("[1]", Delivery::Accepted),
    ] {
        let server = Wire::start([answer("200 OK", "text/html", body)]).await;
        let instance = server.instance();
        let change = instance.set_settings().state_webhook(true).await;
        let once = instance.logout().await.map(|_| ());
        let read = instance.get_settings().await.unwrap_err();
        for error in [change.unwrap_err(), once.unwrap_err()] {
            assert_eq!(
                (error.kind(), error.delivery()),
                (ErrorKind::UnexpectedAnswer, delivery),
                "{body}: {error}"
            );
        }
        assert_eq!(read.delivery(), Delivery::Accepted);
    }
}

#[tokio::test]
async fn by_name_an_unreadable_answer_is_given_as_it_came() {
    let cases = [
        (
            answer("200 OK", "text/html", "<html></html>"),
            json!("<html></html>"),
        ),
        (truncated(), json!("{\"idMessage\": \"3EB0")),
        (wire::json(""), Value::Null),
        (wire::json("[1]"), json!([1])),
        (
            wire::json(r#"{"idMessage": "3EB0", "more": 1}"#),
            json!({"idMessage": "3EB0", "more": 1}),
        ),
    ];
    for (bytes, wanted) in cases {
        let server = Wire::start([bytes]).await;
        let arguments = json!({"chatId": "447700900145@c.us", "message": "Hello"});
        assert_eq!(
            server
                .instance()
                .call("sendMessage", arguments)
                .await
                .unwrap()
                .raw(),
            &wanted
        );
    }
}

#[test]
fn everything_that_sends_is_accepted_with_its_status() {
    for operation in operations::ALL {
        let sends = operation.id.starts_with("send") && operation.id != "sendTyping";
        let sends = sends || ["forwardMessages", "editMessage"].contains(&operation.id);
        assert_eq!(operation.sends(), sends, "{}", operation.id);
    }
}

#[tokio::test]
async fn the_token_is_in_no_reason() {
    let server = Wire::start([truncated()]).await;
    let sent = server
        .instance()
        .send_message(chat(), "Hello")
        .await
        .unwrap();
    let mut shown = format!("{sent:?}");
    let mut source = std::error::Error::source(sent.unreadable().unwrap());
    while let Some(error) = source {
        shown += &format!("{error} {error:?}");
        source = error.source();
    }
    assert!(!shown.contains(TOKEN), "{shown}");
}

#[tokio::test]
async fn every_error_that_an_answer_makes_has_the_account() {
    let server = Wire::start([wire::json("{}")]).await;
    let instance = server.instance();
    let sent = instance.send_message(chat(), "Hello").await.unwrap();
    let answer = instance.call("getSettings", json!({})).await.unwrap();
    let unlisted = instance.call_unlisted("newer", Verb::Get, json!({}));
    for error in [
        sent.id().unwrap_err(),
        answer.read::<Vec<String>>().unwrap_err(),
        unlisted.await.unwrap().read::<Vec<String>>().unwrap_err(),
        instance.update_api_token().await.unwrap_err(),
    ] {
        assert_eq!(error.account(), Some("instance 7103000001"), "{error:?}");
    }
}
