//! What the server has and this version has not can be used, with the same care as everything else.

mod wire;

use std::time::Duration;

use green_api::types::PollOption;
use green_api::{
    Answer, ChatId, Client, Delivery, Error, ErrorKind, Instance, Partner, PartnerCredentials,
    Upload, Verb,
};
use serde_json::{Value, json};

use wire::{TOKEN, Wire, answer};

fn chat() -> ChatId {
    "447700900145@c.us".parse().unwrap()
}

async fn server() -> Wire {
    Wire::start([wire::json("{}")]).await
}

/// The first line and the body of the only request.
fn sent(server: &Wire) -> (String, Value) {
    let seen = server.seen();
    assert_eq!(seen.len(), 1);
    let line = seen[0].head.lines().next().unwrap_or_default().to_owned();
    let body = serde_json::from_slice(&seen[0].body).unwrap_or_default();
    (line.replace(TOKEN, "TOKEN"), body)
}

/// What is said of a request that was refused before it was sent.
fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    let error = result.unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::InvalidInput, Delivery::NotSent)
    );
    error.message().unwrap_or_default().to_owned()
}

#[tokio::test]
async fn an_extra_field_goes_beside_the_known_ones_of_the_body() {
    let server = server().await;
    let request = server.instance().send_message(chat(), "Hello");
    let request = request.extra("newerThanThis", json!({"a": [1, null]}));
    request.await.unwrap();
    let (line, body) = sent(&server);
    assert_eq!(
        line,
        "POST /waInstance7103000001/sendMessage/TOKEN HTTP/1.1"
    );
    assert_eq!(
        body,
        json!({"chatId": "447700900145@c.us", "message": "Hello", "newerThanThis": {"a": [1, null]}})
    );
}

#[tokio::test]
async fn an_extra_field_goes_into_the_query_of_what_has_no_body() {
    let server = Wire::start([wire::json("[]")]).await;
    let request = server.instance().last_incoming_messages();
    let request = request.minutes(Duration::from_secs(60));
    request.extra("since", "a b&c").await.unwrap();
    let (line, _) = sent(&server);
    assert_eq!(
        line,
        "GET /waInstance7103000001/lastIncomingMessages/TOKEN?minutes=1&since=a+b%26c HTTP/1.1"
    );
}

#[tokio::test]
async fn an_extra_field_is_a_part_of_a_form() {
    let server = server().await;
    let file = Upload::from_bytes("a").named("a.txt");
    let request = server.instance().send_file_by_upload(chat(), file);
    request.extra("viewOnce", true).await.unwrap();
    let form = server.seen()[0].text();
    assert!(form.contains("name=\"viewOnce\"\r\n\r\ntrue\r\n"), "{form}");
}

#[tokio::test]
async fn an_extra_field_that_cannot_be_sent_is_refused() {
    let server = server().await;
    let instance = server.instance();
    let known = instance.send_message(chat(), "Hello").extra("message", "b");
    assert!(refusal(known.clone().await).starts_with("`message` is an argument"));
    assert!(refusal(known.into_parts()).starts_with("`message` is an argument"));
    let file = Upload::from_bytes("a").named("a.txt");
    assert!(refusal(instance.upload_file(file).extra("a", 1).await).contains("the file alone"));
    let query = instance.get_settings().extra("a", json!([1]));
    assert!(refusal(query.await).contains("in the query"));
    let unnamed = instance.send_message(chat(), "Hello").extra("", 1);
    assert_eq!(refusal(unnamed.await), "an extra field needs a name");
    assert!(server.seen().is_empty());
}

#[tokio::test]
async fn a_stored_request_with_an_extra_field_is_sent_unchecked() {
    let server = server().await;
    let request = server.instance().send_message(chat(), "Hello");
    let parts = request.extra("newerThanThis", 1).into_parts().unwrap();
    let (operation, input) = (parts.operation, parts.input);
    assert!(parts.has_extra);
    assert_eq!(input["newerThanThis"], 1);
    let refused = server.instance().call(operation.id, input.clone()).await;
    assert!(refusal(refused).starts_with("there is no argument `newerThanThis`"));
    let instance = server.instance();
    let call = instance.call_unchecked(operation.id, input.clone());
    call.await.unwrap();
    assert_eq!(sent(&server).1, input);
}

#[tokio::test]
async fn unknown_fields_are_sent_at_any_depth_and_known_ones_still_checked() {
    let server = server().await;
    let input = json!({
        "chatId": "+44 (0)7700 900145", "newer": "x",
        "contact": {"phoneContact": "+44 7700 900146", "firstName": "Ann", "pronouns": "she"},
    });
    let instance = server.instance();
    let call = instance.call_unchecked("sendContact", input);
    call.await.unwrap();
    assert_eq!(
        sent(&server).1,
        json!({
            "chatId": "447700900145@c.us", "newer": "x",
            "contact": {"phoneContact": 447_700_900_146_u64, "firstName": "Ann", "pronouns": "she"},
        })
    );
    let wrong = json!({"chatId": "447700900145@c.us", "message": 5, "newer": 1});
    let wrong = server.instance().call_unchecked("sendMessage", wrong).await;
    assert_eq!(refusal(wrong), "`message`: invalid type, expected a string");
}

#[tokio::test]
async fn a_setting_that_is_newer_is_set() {
    let server = Wire::start([wire::json(r#"{"saveSettings": true}"#)]).await;
    let request = server.instance().set_settings().state_webhook(true);
    request.extra("newerWebhook", "yes").await.unwrap();
    assert_eq!(
        sent(&server).1,
        json!({"stateWebhook": "yes", "newerWebhook": "yes"})
    );
    // One setting is enough, whichever it is.
    let alone = server.instance().set_settings().extra("newerWebhook", "no");
    alone.await.unwrap();
    assert!(refusal(server.instance().set_settings().await).contains("at least 1"));
}

#[tokio::test]
async fn an_unlisted_operation_has_name_verb_path_and_arguments() {
    for (verb, arguments, line, body) in [
        (
            Verb::Post,
            json!({"a": 1}),
            "POST /waInstance7103000001/newer/TOKEN",
            json!({"a": 1}),
        ),
        (
            Verb::Get,
            json!({"a": "b c"}),
            "GET /waInstance7103000001/newer/TOKEN?a=b+c",
            Value::Null,
        ),
        (
            Verb::Put,
            Value::Null,
            "PUT /waInstance7103000001/newer/TOKEN",
            Value::Null,
        ),
        (
            Verb::Delete,
            json!({}),
            "DELETE /waInstance7103000001/newer/TOKEN",
            Value::Null,
        ),
    ] {
        let server = Wire::start([wire::json(r#"{"done": true}"#)]).await;
        let answer = server.instance().call_unlisted("newer", verb, arguments);
        assert_eq!(answer.await.unwrap().raw(), &json!({"done": true}));
        assert_eq!(sent(&server), (format!("{line} HTTP/1.1"), body));
    }
    let server = server().await;
    let request = server.instance();
    let request = request.call_unlisted("newer", Verb::Get, Value::Null);
    request.segment("7/a b?").segment("é").await.unwrap();
    assert_eq!(
        sent(&server).0,
        "GET /waInstance7103000001/newer/TOKEN/7%2Fa%20b%3F/%C3%A9 HTTP/1.1"
    );
}

#[tokio::test]
async fn an_unlisted_operation_of_a_partner() {
    let server = server().await;
    let credentials = PartnerCredentials::new(&server.url(), TOKEN).unwrap();
    let partner = Partner::new(credentials).unwrap();
    let call = partner.call_unlisted("newer", Verb::Post, json!({}));
    call.await.unwrap();
    assert_eq!(sent(&server).0, "POST /partner/newer/TOKEN HTTP/1.1");
}

#[tokio::test]
async fn nothing_but_an_operation_can_be_reached() {
    let server = server().await;
    let instance = server.instance();
    let call = |name: &str, input| instance.call_unlisted(name, Verb::Post, input);
    for name in [
        "",
        "../x",
        "a/b",
        "a?b",
        "a b",
        "é",
        "a%2e",
        "a.b",
        &"a".repeat(65),
    ] {
        let message = refusal(call(name, Value::Null).await);
        assert!(message.contains("letters and digits"), "{message}");
    }
    for segment in ["", ".", ".."] {
        let call = call("newer", Value::Null).segment(segment);
        assert!(refusal(call.await).contains("segment"));
    }
    assert!(refusal(call("getSettings", Value::Null).await).contains("`call`"));
    assert!(
        refusal(call("getsettings", Value::Null).await).contains("did you mean `getSettings`?")
    );
    assert!(refusal(call("newer", json!([1])).await).contains("JSON object"));
    assert!(server.seen().is_empty());
}

async fn unlisted(instance: &Instance) -> Result<Answer, Error> {
    let input = json!({"words": "secret words"});
    let request = instance.call_unlisted("newer", Verb::Post, input);
    request.timeout(Duration::from_millis(500)).await
}

#[tokio::test]
async fn an_unlisted_operation_is_never_repeated_and_its_delivery_is_told() {
    let page = |status: &str| {
        answer(
            status,
            "application/json",
            format!(r#"{{"path": "/{TOKEN}"}}"#),
        )
    };
    for (bytes, kind, delivery) in [
        (
            page("404 Not Found"),
            ErrorKind::NotFound,
            Delivery::Refused,
        ),
        (
            page("429 Too Many Requests"),
            ErrorKind::RateLimited,
            Delivery::Refused,
        ),
        (
            page("502 Bad Gateway"),
            ErrorKind::Gateway,
            Delivery::MaybeSent,
        ),
        (
            page("500 Internal Server Error"),
            ErrorKind::Server,
            Delivery::MaybeSent,
        ),
        (
            b"HTTP/1.1 200".to_vec(),
            ErrorKind::ConnectionLost,
            Delivery::MaybeSent,
        ),
    ] {
        let server = Wire::start([bytes]).await;
        let error = unlisted(&server.instance()).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.delivery()),
            (kind, delivery),
            "{error}"
        );
        assert_eq!((error.operation(), server.seen().len()), ("newer", 1));
        let told = format!("{error} {error:?}");
        assert!(!told.contains(TOKEN) && !told.contains("secret"), "{told}");
    }
    let nobody = wire::instance_at("http://127.0.0.1:9");
    let error = unlisted(&nobody).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::Connect, Delivery::NotSent)
    );
    let request = nobody.call_unlisted("newer", Verb::Post, json!({"words": "secret words"}));
    let told = format!("{request:?}");
    assert!(!told.contains(TOKEN) && !told.contains("secret"), "{told}");
}

#[tokio::test]
async fn an_unlisted_operation_that_does_not_answer_ends_in_time() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0))
        .await
        .unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let error = unlisted(&wire::instance_at(&url)).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::TimedOut, Delivery::MaybeSent)
    );
}

#[tokio::test]
async fn whatever_an_unlisted_operation_answers_is_given() {
    use Delivery::{Accepted, MaybeSent};
    for (bytes, raw, delivery) in [
        (
            answer("200 OK", "text/plain", "done"),
            json!("done"),
            MaybeSent,
        ),
        (answer("200 OK", "text/plain", ""), Value::Null, Accepted),
        (
            answer("201 Created", "application/json", "7"),
            json!(7),
            Accepted,
        ),
    ] {
        let server = Wire::start([bytes]).await;
        let answer = unlisted(&server.instance()).await.unwrap();
        assert_eq!((answer.raw(), answer.delivery()), (&raw, delivery));
    }
}

#[tokio::test]
async fn a_misspelt_name_is_refused_with_what_is_meant() {
    let server = server().await;
    let instance = server.instance();
    for (name, meant) in [
        ("getsettings", "did you mean `getSettings`?"),
        ("send_message", "did you mean `sendMessage`?"),
        ("sendMesage", "did you mean `sendMessage`"),
    ] {
        let message = refusal(instance.call(name, json!({})).await);
        assert!(message.contains(meant), "{message}");
        let message = refusal(instance.call_unchecked(name, json!({})).await);
        assert!(message.contains(meant), "{message}");
    }
    let input = json!({"chatId": "447700900145@c.us", "mesage": "Hello"});
    let message = refusal(instance.call("sendMessage", input).await);
    assert_eq!(
        message,
        "there is no argument `mesage`; did you mean `message`?"
    );
    let input = json!({"a text in the wrong place": 1});
    let message = refusal(instance.call("getSettings", input).await);
    assert!(!message.contains("wrong place"), "{message}");
}

#[tokio::test]
async fn a_poll_with_two_equal_options_is_refused() {
    let server = server().await;
    let poll = |options: [&str; 3]| {
        let options = options.map(PollOption::new);
        server.instance().send_poll(chat(), "Tea?", options)
    };
    for options in [["Yes", "No", "Yes"], ["Yes", "No", " Yes "]] {
        let message = refusal(poll(options).await);
        assert_eq!(
            message,
            "`options` has the same entry twice, as number 1 and number 3; leave one out or write it in another way"
        );
    }
    let options = json!([{"optionName": "a"}, {"optionName": "a"}]);
    let input = json!({"chatId": "447700900145@c.us", "message": "Tea?", "options": options});
    let by_name = server.instance().call("sendPoll", input.clone()).await;
    assert!(refusal(by_name).contains("the same entry twice"));
    let unchecked = server.instance().call_unchecked("sendPoll", input).await;
    assert!(refusal(unchecked).contains("the same entry twice"));
    assert!(server.seen().is_empty());
    poll(["yes", "Yes", "No"]).await.unwrap();
}

#[tokio::test]
async fn a_file_name_without_an_extension_is_refused() {
    let server = server().await;
    let instance = server.instance();
    let file = |name: &str| Upload::from_bytes("a").named(name);
    let url = "https://files.example.com/a";
    for name in [
        "photo",
        "photo.",
        "No. 5",
        "a.b/photo",
        r"a.b\photo",
        ".jpg",
        "",
    ] {
        for message in [
            refusal(instance.send_file_by_url(chat(), url, name).await),
            refusal(instance.send_file_by_upload(chat(), file(name)).await),
            refusal(
                instance
                    .send_file_by_upload(chat(), file("a.jpg"))
                    .file_name(name)
                    .await,
            ),
            refusal(instance.upload_file(file(name)).await),
            refusal(instance.send_media_status(url, name).await),
            refusal(instance.send_voice_status(url, name).await),
            refusal(
                instance
                    .call(
                        "sendFileByUrl",
                        json!({"chatId": "447700900145@c.us", "urlFile": url, "fileName": name}),
                    )
                    .await,
            ),
            refusal(
                instance
                    .call(
                        "uploadFile",
                        json!({"file": {"fileName": name, "base64": "YQ=="}}),
                    )
                    .await,
            ),
        ] {
            assert!(message.contains("such as photo.jpg"), "{name}: {message}");
        }
    }
    assert!(server.seen().is_empty());
    for name in ["photo.jpg", "a.b/отчёт.документ", "archive.tar.gz", "a.7z"] {
        instance.send_file_by_url(chat(), url, name).await.unwrap();
        instance
            .send_file_by_upload(chat(), file(name))
            .await
            .unwrap();
    }
    // The name that it is sent under counts.
    let renamed = instance.send_file_by_upload(chat(), file("photo"));
    renamed.file_name("photo.jpg").await.unwrap();
}

#[tokio::test]
async fn numbers_are_understood_alike_in_every_place() {
    for (text, digits) in [
        ("+44 (0)7700 900145", "447700900145"),
        ("\u{202a}+44 7700 900145\u{202c}", "447700900145"),
        ("0044 7700-900145", "447700900145"),
        ("+39 06 1234 5678", "390612345678"),
    ] {
        let server = server().await;
        let input = json!({"chatId": text, "message": "Hello"});
        server.instance().call("sendMessage", input).await.unwrap();
        assert_eq!(sent(&server).1["chatId"], format!("{digits}@c.us"));
        assert_eq!(
            text.parse::<ChatId>().unwrap().as_str(),
            format!("{digits}@c.us")
        );
    }
    for input in [
        json!(447_700_900_145_u64),
        json!(447_700_900_145.0),
        json!("447700900145@C.US"),
        json!("\u{61c}447700900145@c.us\u{fe0f}"),
    ] {
        let server = server().await;
        let input = json!({"chatId": input, "message": "Hello"});
        server.instance().call("sendMessage", input).await.unwrap();
        assert_eq!(sent(&server).1["chatId"], "447700900145@c.us");
    }
    let server = server().await;
    let instance = server.instance();
    for text in [
        "8 (999) 123-45-67",
        "999 123 45 67",
        "+44 07700 900145",
        "07700 900145",
        "(202) 555-0123",
        "7 999 123 45",
        "9161234567",
        "212 555 0123",
        "+44 7700 900145/146",
        "447700900145.0",
    ] {
        let compact: String = text.chars().filter(char::is_ascii_digit).collect();
        let id = format!("{compact}@c.us");
        for (operation, place, input) in [
            (
                "getAuthorizationCode",
                "phoneNumber",
                json!({"phoneNumber": text}),
            ),
            (
                "sendMessage",
                "chatId",
                json!({"chatId": text, "message": "a"}),
            ),
            ("checkWhatsapp", "phoneNumber", json!({"phoneNumber": text})),
            (
                "createGroup",
                "chatIds",
                json!({"groupName": "a", "chatIds": ["447700900145@c.us", text]}),
            ),
            (
                "createGroup",
                "chatIds",
                json!({"groupName": "a", "chatIds": [id]}),
            ),
            (
                "sendMessage",
                "chatId",
                json!({"chatId": id, "message": "a"}),
            ),
            (
                "sendMessage",
                "chatId",
                json!({"chatId": format!("\u{200e}{id}\u{200e}"), "message": "a"}),
            ),
        ] {
            // Without its brackets it is a good number of another country.
            if text.starts_with('(') && !input.to_string().contains('(') {
                continue;
            }
            let message = refusal(instance.call(operation, input).await);
            assert!(message.starts_with(&format!("`{place}")), "{message}");
            assert!(message.contains("such as +"), "{text}: {message}");
            assert!(!message.contains(text), "{message}");
        }
    }
    for number in [
        json!(89_991_234_567_u64),
        json!(9_991_234_567_u64),
        json!(447_700_900_145.5),
        json!(-447_700_900_145_i64),
    ] {
        let input = json!({"phoneNumber": number});
        refusal(instance.call("getAuthorizationCode", input).await);
        let input = json!({"chatId": number, "message": "a"});
        refusal(instance.call("sendMessage", input).await);
    }
    for server in [
        "C.US",
        "c.us.",
        "C.us ",
        "\u{441}.us",
        "s.whatsapp.net",
        "S.WhatsApp.net",
        "",
    ] {
        let input = json!({"chatId": format!("89991234567@{server}"), "message": "a"});
        refusal(instance.call("sendMessage", input).await);
    }
    assert!(server.seen().is_empty());
    for id in [
        "status@broadcast",
        "120363000000000001@g.us",
        "120650379300963@lid",
        "x@newsletter",
    ] {
        let input = json!({"chatId": id, "message": "a"});
        instance.call("sendMessage", input).await.unwrap();
    }
    let bodies: Vec<String> = server.seen().iter().map(wire::Seen::text).collect();
    assert!(bodies[0].contains("status@broadcast") && bodies[3].contains("x@newsletter"));
}

#[tokio::test]
async fn arguments_that_are_too_deep_are_refused() {
    let instance = Client::new().unwrap();
    let credentials = green_api::Credentials::new("http://127.0.0.1:9", "7103000001", TOKEN);
    let instance = instance.instance(credentials.unwrap());
    let deep = (0..1000).fold(json!("secret words"), |inside, _| json!([inside]));
    let message = refusal(
        instance
            .call_unchecked("sendMessage", json!({"x": deep}))
            .await,
    );
    assert_eq!(message, "the arguments are nested more than 64 deep");
}
