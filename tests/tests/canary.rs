//! The token comes out nowhere: every operation, every way to fail, every place where something is shown.
//!
//! The servers here log nothing themselves, so that all that is logged comes from the client and what it stands on.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use green_api::types::GetAuthorizationCodeRequest;
use green_api::{
    Client, Credentials, LinkError, Pace, PartnerCredentials, RetryPolicy, SecretString,
};
use green_api_client::multipart::Form;
use green_api_client::{CallContext, Client as Transport, Error as TransportError, http_client};
use green_api_tests::leaks::Canary;
use green_api_tests::sinks::{self, Log};
use green_api_tests::sockets::{Act, Nobody, SocketServer, answer, whole};
use green_api_tests::spec::{Operation, bundle, entries};
use green_api_tests::{Caller, ID_INSTANCE, instance_at};
use metrics_util::debugging::DebuggingRecorder;
use serde_json::{Map, Value, json};

/// It looks like nothing else.
const TOKEN: &str = "qZ7vK2mXw9RtB4nLs8DhF3pGy6JcT5aVe1UiQoWxN0bMkYrHdE";

/// Ways to fail in which the server repeats as much as it can of what it was sent.
fn failures(operation: &Operation<'_>) -> Vec<(&'static str, Act)> {
    let path = operation.address(TOKEN);
    let envelope = json!({ "statusCode": 400, "timestamp": "2026-11-03T09:41:07.318Z", "path": path, "message": format!("Cannot use {path}") });
    let quota = json!({ "invokeStatus": { "method": TOKEN, "used": 1, "total": 1, "status": "QUOTE_EXCEEDED", "description": format!("None for {path}") } });
    let mut refusal: Map<String, Value> = ["message", "description", "reason"]
        .iter()
        .map(|key| ((*key).to_owned(), json!(path)))
        .collect();
    refusal.extend(
        entries(&operation.get("x-refused")["when"]).map(|(key, value)| {
            (
                key.to_owned(),
                if value == "*" {
                    json!(401)
                } else {
                    value.clone()
                },
            )
        }),
    );
    let page = format!("<html><body>{path}</body></html>");
    let text = |status: &str, body: &str| Act::Send(whole(status, "text/plain", body));
    let json = |status: &str, body: &str| Act::Send(whole(status, "application/json", body));
    let html = |status: &str| Act::Send(whole(status, "text/html", &page));
    let half = |status: &str| {
        Act::Send(answer(
            status,
            &["Content-Length: 9999"],
            &format!("{{\"message\": \"{}", &path[..path.len() - 9]),
        ))
    };
    vec![
        ("closed at once", Act::Hangup),
        ("closed before the status", Act::CloseAfterRequest),
        ("reset", Act::Reset),
        ("no HTTP", text(TOKEN, TOKEN)),
        (
            "a header that is none",
            Act::Send(answer("200 OK", &[&format!("{TOKEN} {TOKEN}")], "{}")),
        ),
        (
            "a length that is none",
            Act::Send(answer(
                "200 OK",
                &[&format!("Content-Length: {TOKEN}")],
                "{}",
            )),
        ),
        ("half a 200", half("200 OK")),
        ("half a 400", half("400 Bad Request")),
        ("half a 500", half("500 Internal Server Error")),
        (
            "400 as an envelope",
            json("400 Bad Request", &envelope.to_string()),
        ),
        (
            "400 as text",
            text("400 Bad Request", &format!("Cannot use {path}")),
        ),
        (
            "400 with the token behind much text",
            text("400 Bad Request", &format!("{}{path}", "x".repeat(160))),
        ),
        (
            "400 with nothing but the token",
            text("400 Bad Request", TOKEN),
        ),
        (
            "400 with broken JSON",
            json("400 Bad Request", &envelope.to_string()[1..]),
        ),
        (
            "401",
            Act::Send(whole("401 Unauthorized", "application/json", "")),
        ),
        ("403", html("403 Forbidden")),
        (
            "404",
            text(
                "404 Not Found",
                &format!("Cannot {} {path}", operation.verb),
            ),
        ),
        (
            "429",
            Act::Send(answer(
                "429 Too Many Requests",
                &[&format!("Retry-After: {TOKEN}"), "Content-Length: 0"],
                "",
            )),
        ),
        ("466", json("466 Quota Exceeded", &quota.to_string())),
        ("499", text("499 Client Closed Request", &path)),
        (
            "500 as text",
            text(
                "500 Internal Server Error",
                &format!("request entity too large: {path}"),
            ),
        ),
        (
            "500 as an envelope",
            json("500 Internal Server Error", &envelope.to_string()),
        ),
        ("502", html("502 Bad Gateway")),
        ("503", html("503 Service Unavailable")),
        ("504", html("504 Gateway Timeout")),
        (
            "a redirect",
            Act::Send(answer(
                "302 Found",
                &[
                    &format!("Location: http://127.0.0.1:9{path}"),
                    "Content-Length: 0",
                ],
                "",
            )),
        ),
        ("200 with a page", html("200 OK")),
        ("200 with a text", json("200 OK", &json!(TOKEN).to_string())),
        (
            "200 with other types",
            json(
                "200 OK",
                &json!([{ "stateInstance": { TOKEN: path } }, TOKEN]).to_string(),
            ),
        ),
        (
            "a refusal",
            json("200 OK", &Value::Object(refusal).to_string()),
        ),
    ]
}

/// A form with a file, as the low-level client takes it.
fn picture() -> Form {
    Form::new().file("file", &"a picture".into())
}

/// Looks everywhere, and remembers how often.
struct Search {
    canary: Canary,
    checks: usize,
    leaks: Vec<String>,
}

impl Search {
    fn new() -> Self {
        Self {
            canary: Canary::new(TOKEN),
            checks: 0,
            leaks: Vec::new(),
        }
    }

    fn look(&mut self, place: &str, sink: &str, text: &str) {
        self.checks += 1;
        if let Some(form) = self.canary.found_in(text) {
            // Which text it was would repeat the token.
            self.leaks
                .push(format!("{place}: {sink} shows the token, {form}"));
        }
    }

    fn look_at_error(&mut self, place: &str, error: &(dyn std::error::Error + 'static)) {
        for (sink, text) in sinks::of_error(error) {
            self.look(place, &sink, &text);
        }
    }

    fn end(self, at_least: usize) {
        println!("{} texts were searched", self.checks);
        assert!(self.leaks.is_empty(), "\n{}", self.leaks.join("\n"));
        assert!(
            self.checks >= at_least,
            "only {} texts were searched",
            self.checks
        );
    }
}

#[tokio::test]
async fn no_operation_shows_the_token_however_it_fails() {
    let log = Log::of_this_process();
    let recorder = DebuggingRecorder::new();
    let recorded = recorder.snapshotter();
    recorder.install().expect("nobody else takes the metrics");
    let mut search = Search::new();
    let client = Client::builder()
        .retry(RetryPolicy::never())
        .pace(Pace::off())
        .on_attempt(|attempt| {
            attempt.header("X-Gateway-Key", TOKEN);
        })
        .build()
        .expect("TLS can be set up");
    let caller = |url: &str| Caller::new(&client, url, url, TOKEN);
    let nobody = Nobody::new();
    let operations = bundle().operations();
    let mut errors = 0;
    for operation in &operations {
        let arguments = operation
            .pairs()
            .expect("every operation has a pair")
            .swap_remove(0)
            .arguments;
        let mut failed = vec![(
            "nobody listens",
            caller(&nobody.url())
                .call(operation, arguments.clone())
                .await,
        )];
        for (name, act) in failures(operation) {
            let server = SocketServer::start(act).await;
            failed.push((
                name,
                caller(&server.url())
                    .call(operation, arguments.clone())
                    .await,
            ));
            assert!(
                server.connections() == 1
                    && server.requests().iter().all(|head| head.contains(TOKEN)),
                "the token was not even sent"
            );
        }
        for (name, outcome) in failed {
            // What a type reads out of an answer on purpose is no failure.
            let Err(error) = outcome else { continue };
            errors += 1;
            let place = format!("{}, {name}", operation.id);
            search.look_at_error(&place, &error);
            search.look_at_error(&place, &LinkError::from(error));
        }
    }
    let text = log.text();
    search.look("everything", "the log", &text);
    let metrics: Vec<_> = recorded.snapshot().into_vec();
    assert!(metrics.len() > operations.len(), "nothing was counted");
    for (key, ..) in &metrics {
        search.look("everything", "the metrics", &format!("{key:?}"));
    }
    let spans = ["green_api.call{", "green_api.attempt{", "error.type="];
    for logged in ["green_api_client", "hyper_util", "TRACE", "DEBUG"]
        .into_iter()
        .chain(spans)
    {
        assert!(
            text.contains(logged),
            "nothing was logged by {logged}, so this test sees nothing"
        );
    }
    println!(
        "{} operations, {errors} errors, {} bytes of log",
        operations.len(),
        text.len()
    );
    // Of 31 ways to fail, those with a good status may be good enough for some operation.
    assert!(errors >= operations.len() * 27, "only {errors} errors");
    search.end(errors * 8);
}

#[tokio::test]
async fn the_low_level_client_does_not_show_the_token_either() {
    let log = Log::of_this_process();
    let mut search = Search::new();
    let nobody = Nobody::new();
    let documented = |name: &str| !name.starts_with("200") && name != "a refusal";
    let operations = bundle().operations();
    let first = operations.first().expect("there is one");
    let mut servers = Vec::new();
    for (name, act) in failures(first)
        .into_iter()
        .filter(|(name, _)| documented(name))
    {
        servers.push((name, Some(SocketServer::start(act).await)));
    }
    servers.push(("nobody listens", None));
    let id = ID_INSTANCE.parse().expect("it is a number");
    let body = GetAuthorizationCodeRequest {
        phone_number: "+44 7700 900123".parse().expect("it is one"),
    };
    let http = http_client().expect("TLS can be set up");
    for (name, server) in &servers {
        let url = server
            .as_ref()
            .map_or_else(|| nobody.url(), SocketServer::url);
        let client = Transport::new_with_client(&url, http.clone(), CallContext::default());
        let errors: [TransportError<()>; 5] = [
            client
                .get_state_instance(id, TOKEN)
                .await
                .expect_err("nothing can come of it"),
            client
                .get_authorization_code(id, TOKEN, &body)
                .await
                .expect_err("nothing can come of it"),
            client
                .set_profile_picture(id, TOKEN, picture())
                .await
                .expect_err("nothing can come of it"),
            client
                .receive_notification(id, TOKEN, Some(5))
                .await
                .expect_err("nothing can come of it"),
            client
                .delete_notification(id, TOKEN, 1204)
                .await
                .expect_err("nothing can come of it"),
        ];
        for error in &errors {
            search.look_at_error(name, error);
        }
        search.look(name, "the client", &format!("{client:?} {client:#?}"));
    }
    // An address that is none, which fails before anything is sent.
    for address in ["no address", "http://", "https://[::1"] {
        let client = Transport::new_with_client(address, http.clone(), CallContext::default());
        search.look_at_error(
            address,
            &client
                .get_state_instance(id, TOKEN)
                .await
                .expect_err("nothing can come of it"),
        );
        search.look_at_error(
            address,
            &client
                .set_profile_picture(id, TOKEN, picture())
                .await
                .expect_err("nothing can come of it"),
        );
    }
    search.look("everything", "the log", &log.text());
    search.end(servers.len() * 20);
}

#[tokio::test]
async fn time_outs_and_bad_tls_do_not_show_the_token() {
    let log = Log::of_this_process();
    let mut search = Search::new();
    let limit = Duration::from_millis(100);
    let silent = SocketServer::start(Act::Silence).await;
    let dripping = SocketServer::start(Act::Drip(answer(
        "200 OK",
        &["Content-Length: 9999"],
        TOKEN,
    )))
    .await;
    let no_tls = SocketServer::start(Act::Send(TOKEN.into())).await;
    for url in [
        silent.url(),
        dripping.url(),
        no_tls.url().replace("http:", "https:"),
    ] {
        let instance = instance_at(&url, &url, TOKEN, RetryPolicy::never());
        search.look_at_error(
            &url,
            &instance
                .get_settings()
                .timeout(limit)
                .await
                .expect_err("it is too slow"),
        );
        search.look_at_error(
            &url,
            &instance
                .set_profile_picture("a picture")
                .timeout(limit)
                .await
                .expect_err("it is too slow"),
        );
    }
    search.look("everything", "the log", &log.text());
    search.end(30);
}

#[tokio::test]
async fn what_holds_the_token_does_not_show_it() {
    let mut search = Search::new();
    let credentials = Credentials::new("https://7103.api.greenapi.com", ID_INSTANCE, TOKEN)
        .expect("they are good");
    let partner =
        PartnerCredentials::new("https://api.green-api.com", TOKEN).expect("they are good");
    let client = Client::new().expect("TLS can be set up");
    let instance = client.instance(credentials.clone());
    let phone = "+44 7700 900123".parse().expect("it is one");
    let link = instance.link(phone);
    let builder = Client::builder().proxy(format!("http://user:{TOKEN}@127.0.0.1:1"));
    let holders: Vec<(&str, &dyn std::fmt::Debug)> = vec![
        ("credentials", &credentials),
        ("token", credentials.token()),
        ("partner's credentials", &partner),
        ("client", &client),
        ("instance", &instance),
        ("link", &link),
        ("client's builder", &builder),
    ];
    for (place, holder) in holders {
        search.look(place, "Debug", &format!("{holder:?}"));
        search.look(place, "{:#?}", &format!("{holder:#?}"));
    }
    let requests: [Box<dyn std::fmt::Debug>; 8] = [
        Box::new(instance.get_authorization_code(phone)),
        Box::new(instance.get_settings()),
        Box::new(instance.set_settings().state_webhook(true)),
        Box::new(instance.set_profile_picture("a picture")),
        Box::new(instance.update_api_token()),
        Box::new(
            instance
                .receive_notification()
                .receive_timeout(Duration::from_secs(5)),
        ),
        Box::new(instance.delete_notification(1204)),
        Box::new(client.partner(partner.clone())),
    ];
    for request in &requests {
        search.look("request", "Debug", &format!("{request:?}"));
        search.look("request", "{:#?}", &format!("{request:#?}"));
    }
    search.look(
        "a setting that is secret",
        "Debug",
        &format!("{:?}", SecretString::from(TOKEN)),
    );
    search.end(31);
}

#[tokio::test]
async fn credentials_that_cannot_be_right_are_not_repeated() {
    let mut search = Search::new();
    let bad_token = format!("{TOKEN} {TOKEN}");
    let url = format!("https://api.green-api.com/waInstance{ID_INSTANCE}/getSettings/{TOKEN}");
    for (url, id, token) in [
        ("https://api.green-api.com", ID_INSTANCE, bad_token.as_str()),
        ("https://api.green-api.com", TOKEN, TOKEN),
        (&url, ID_INSTANCE, TOKEN),
        (
            &format!("https://{TOKEN}@api.green-api.com"),
            ID_INSTANCE,
            TOKEN,
        ),
        (
            &format!("https://api.green-api.com/?token={TOKEN}"),
            ID_INSTANCE,
            TOKEN,
        ),
        (
            &format!("http://api.green-api.com/{TOKEN}"),
            ID_INSTANCE,
            TOKEN,
        ),
        (TOKEN, ID_INSTANCE, TOKEN),
    ] {
        search.look_at_error(
            "credentials",
            &Credentials::new(url, id, token).expect_err("they cannot be right"),
        );
    }
    search.end(28);
}

#[test]
fn a_token_would_be_found_in_every_form() {
    let canary = Canary::new(TOKEN);
    let bytes: Vec<String> = TOKEN.bytes().map(|byte| byte.to_string()).collect();
    let percent: String = TOKEN.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for (text, form) in [
        (
            format!("GET /waInstance{ID_INSTANCE}/getSettings/{TOKEN}"),
            "plain",
        ),
        (TOKEN.to_uppercase(), "plain"),
        (format!("…{}…", &TOKEN[20..32]), "plain"),
        (percent, "percent-encoded"),
        (STANDARD.encode(TOKEN), "base64"),
        (STANDARD.encode(format!("/{TOKEN}")), "base64"),
        (
            STANDARD.encode(format!("/waInstance1/getSettings/{TOKEN}?a")),
            "base64",
        ),
        (format!("[{}]", bytes.join(", ")), "a list of bytes"),
    ] {
        assert_eq!(canary.found_in(&text), Some(form), "{text}");
    }
    assert_eq!(
        canary.found_in(&format!("{} is too little to matter", &TOKEN[..11])),
        None
    );
    assert_eq!(
        canary.found_in("getSettings: the token is wrong (HTTP 401)"),
        None
    );
}
