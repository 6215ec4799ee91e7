//! Faults over real sockets: what kind of error each gives, what it says of the request, and that nothing is sent twice that must not be.

use std::time::Duration;

use green_api::{ChatId, Delivery, Error, ErrorKind, RetryPolicy, operations};
use green_api_tests::sockets::{Act, Nobody, SocketServer, answer, whole};
use green_api_tests::spec::{Operation, bundle};
use green_api_tests::{ATTEMPTS, Caller, TOKEN, client, instance_at, patient};

const JSON: &str = "Content-Type: application/json";
/// Longer than any answer that is read.
const HUGE: usize = 20 * 1024 * 1024;

struct Fault {
    name: &'static str,
    act: Act,
    kind: ErrorKind,
    delivery: Delivery,
    /// Whether a request that only reads is sent again.
    reads_repeated: bool,
}

fn fault(
    name: &'static str,
    act: Act,
    kind: ErrorKind,
    delivery: Delivery,
    reads_repeated: bool,
) -> Fault {
    Fault {
        name,
        act,
        kind,
        delivery,
        reads_repeated,
    }
}

fn faults() -> Vec<Fault> {
    use Delivery::{Accepted, MaybeSent, Refused};
    use ErrorKind::{ConnectionLost, UnexpectedAnswer, UnexpectedStatus};
    let half = answer(
        "200 OK",
        &[JSON, "Content-Length: 1000"],
        r#"{"stateInstance": "#,
    );
    let half_chunk = answer(
        "200 OK",
        &[JSON, "Transfer-Encoding: chunked"],
        "ff\r\n{\"stateInstance\": ",
    );
    let short = answer(
        "200 OK",
        &[JSON, "Content-Length: 5"],
        r#"{"stateInstance": "authorized"}"#,
    );
    let two_lengths = answer(
        "200 OK",
        &[JSON, "Content-Length: 2", "Content-Length: 30"],
        "{}",
    );
    let html = "<html><body><h1>Welcome to nginx!</h1></body></html>";
    vec![
        fault(
            "closed at once",
            Act::Hangup,
            ConnectionLost,
            MaybeSent,
            true,
        ),
        fault(
            "closed before the status",
            Act::CloseAfterRequest,
            ConnectionLost,
            MaybeSent,
            true,
        ),
        fault(
            "reset before the status",
            Act::Reset,
            ConnectionLost,
            MaybeSent,
            true,
        ),
        fault(
            "half a head",
            Act::Send(b"HTTP/1.1 200 OK\r\nContent-Ty".to_vec()),
            ConnectionLost,
            MaybeSent,
            true,
        ),
        fault(
            "no HTTP",
            Act::Send(b"SSH-2.0-OpenSSH_9.6\r\n\r\n".to_vec()),
            ConnectionLost,
            MaybeSent,
            true,
        ),
        fault(
            "two lengths",
            Act::Send(two_lengths),
            ConnectionLost,
            MaybeSent,
            true,
        ),
        fault(
            "half a body",
            Act::Send(half),
            ConnectionLost,
            Accepted,
            true,
        ),
        fault(
            "half a chunk",
            Act::Send(half_chunk),
            ConnectionLost,
            Accepted,
            true,
        ),
        fault(
            "half a 401",
            Act::Send(answer(
                "401 Unauthorized",
                &["Content-Length: 1000"],
                "Unauth",
            )),
            ErrorKind::Unauthorized,
            Refused,
            false,
        ),
        fault(
            "half a 502",
            Act::Send(answer(
                "502 Bad Gateway",
                &["Content-Length: 1000"],
                "<html>",
            )),
            ErrorKind::Gateway,
            MaybeSent,
            true,
        ),
        fault(
            "a length that is too short",
            Act::Send(short),
            UnexpectedAnswer,
            Accepted,
            false,
        ),
        fault(
            "200 with HTML",
            Act::Send(whole("200 OK", "text/html", html)),
            UnexpectedAnswer,
            Accepted,
            false,
        ),
        fault(
            "200 with half of some JSON",
            Act::Send(whole("200 OK", "application/json", r#"{"stateIn"#)),
            UnexpectedAnswer,
            Accepted,
            false,
        ),
        fault(
            "200 with bytes",
            Act::Send([answer("200 OK", &[JSON], ""), vec![0xff, 0x00, 0xfe]].concat()),
            UnexpectedAnswer,
            Accepted,
            false,
        ),
        fault(
            "201",
            Act::Send(whole("201 Created", "application/json", "{}")),
            UnexpectedStatus,
            MaybeSent,
            false,
        ),
        fault(
            "418",
            Act::Send(whole("418 I'm a teapot", "text/plain", "")),
            UnexpectedStatus,
            MaybeSent,
            false,
        ),
        fault(
            "508 with HTML",
            Act::Send(whole("508 Loop Detected", "text/html", html)),
            ErrorKind::Server,
            MaybeSent,
            false,
        ),
    ]
}

/// How often an operation is sent.
fn times(operation: &Operation<'_>, reads_repeated: bool) -> usize {
    if reads_repeated && operation.effect() == "reads" {
        ATTEMPTS as usize
    } else {
        1
    }
}

/// Calls an operation with its first example.
async fn failure(caller: &Caller, operation: &Operation<'_>) -> Error {
    let arguments = operation
        .pairs()
        .expect("every operation has a pair")
        .swap_remove(0)
        .arguments;
    caller
        .call(operation, arguments)
        .await
        .expect_err("nothing can come of it")
}

/// The first operation of each effect that the description has.
fn one_of_each_effect() -> Vec<Operation<'static>> {
    // What sends has no failure after a 200.
    let find = |effect| {
        bundle()
            .operations()
            .into_iter()
            .find(|operation| operation.effect() == effect)
    };
    ["reads", "changes", "once"]
        .into_iter()
        .filter_map(find)
        .collect()
}

#[tokio::test]
async fn every_fault_of_every_operation_is_told_apart_and_nothing_is_sent_twice() {
    let client = client(patient());
    let mut problems = Vec::new();
    for fault in faults() {
        let server = SocketServer::start(fault.act.clone()).await;
        let caller = Caller::new(&client, &server.url(), &server.url(), TOKEN);
        for operation in bundle().operations() {
            let before = server.connections();
            // Sent is sent: with a 200 nothing that follows makes a failure of it.
            if operation.sends()
                && fault.delivery == Delivery::Accepted
                && fault.kind != ErrorKind::UnexpectedStatus
            {
                let arguments = operation
                    .pairs()
                    .expect("every operation has a pair")
                    .swap_remove(0)
                    .arguments;
                let outcome = caller.call(&operation, arguments).await;
                if outcome.is_err() || server.connections() - before != 1 {
                    problems.push(format!(
                        "{}, {}: expected it to be accepted, got {outcome:?}",
                        operation.id, fault.name
                    ));
                }
                continue;
            }
            let error = failure(&caller, &operation).await;
            let got = (
                error.kind(),
                error.delivery(),
                server.connections() - before,
            );
            // Something on the way may have answered in the server's place.
            let in_doubt =
                operation.effect() != "reads" && fault.kind == ErrorKind::UnexpectedAnswer;
            let wanted = (
                fault.kind,
                if in_doubt {
                    Delivery::MaybeSent
                } else {
                    fault.delivery
                },
                times(&operation, fault.reads_repeated),
            );
            if got != wanted {
                problems.push(format!(
                    "{}, {}: expected {wanted:?}, got {got:?}: {error}",
                    operation.id, fault.name
                ));
            }
        }
    }
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[tokio::test]
async fn nothing_is_sent_where_nobody_listens() {
    let client = client(patient());
    let nobody = Nobody::new();
    let caller = Caller::new(&client, &nobody.url(), &nobody.url(), TOKEN);
    for operation in bundle().operations() {
        let error = failure(&caller, &operation).await;
        assert_eq!(
            (error.kind(), error.delivery()),
            (ErrorKind::Connect, Delivery::NotSent),
            "{error}"
        );
        assert!(error.to_string().contains("nothing was sent"), "{error}");
    }
}

#[tokio::test]
async fn an_answer_is_not_read_for_ever() {
    let client = client(patient());
    let long = format!("\"{}\"", "x".repeat(HUGE));
    let chunk = format!("{:x}\r\n{long}\r\n0\r\n\r\n", long.len());
    let chunked = answer("200 OK", &[JSON, "Transfer-Encoding: chunked"], &chunk);
    let until_closed = answer("200 OK", &[JSON], &long);
    let operations = one_of_each_effect();
    let last = operations
        .last()
        .map(std::slice::from_ref)
        .unwrap_or_default();
    for (act, operations) in [
        (whole("200 OK", "application/json", &long), &*operations),
        (chunked, last),
        (until_closed, last),
    ] {
        let server = SocketServer::start(Act::Send(act)).await;
        let caller = Caller::new(&client, &server.url(), &server.url(), TOKEN);
        for operation in operations {
            let before = server.connections();
            let error = failure(&caller, operation).await;
            assert_eq!(
                (error.kind(), error.delivery()),
                (ErrorKind::AnswerTooLong, Delivery::Accepted),
                "{}: {error}",
                operation.id
            );
            assert_eq!(server.connections() - before, 1, "{}", operation.id);
        }
    }
}

#[tokio::test]
async fn a_long_error_page_is_an_error_page() {
    let page = format!("<html>{}</html>", "x".repeat(HUGE));
    let server = SocketServer::start(Act::Send(whole("502 Bad Gateway", "text/html", &page))).await;
    let error = instance_at(&server.url(), &server.url(), TOKEN, patient())
        .reboot()
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.message(), server.connections()),
        (ErrorKind::Gateway, None, 1)
    );
}

#[tokio::test]
async fn the_time_limit_ends_what_drips_and_what_is_silent() {
    let body = answer("200 OK", &[JSON, "Content-Length: 1000000"], "{");
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Slow:".to_vec();
    let limit = Duration::from_millis(150);
    for (name, act, delivery) in [
        ("a body that drips", Act::Drip(body), Delivery::Accepted),
        ("a head that drips", Act::Drip(head), Delivery::MaybeSent),
        ("silence", Act::Silence, Delivery::MaybeSent),
    ] {
        let server = SocketServer::start(act).await;
        let instance = instance_at(&server.url(), &server.url(), TOKEN, patient());
        let [read, change] = [
            instance
                .get_state_instance()
                .timeout(limit)
                .await
                .unwrap_err(),
            instance.logout().timeout(limit).await.unwrap_err(),
        ];
        for error in [&read, &change] {
            assert_eq!(
                (error.kind(), error.delivery()),
                (ErrorKind::TimedOut, delivery),
                "{name}: {error}"
            );
        }
        assert_eq!(server.connections(), 2, "{name}");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let client = client(patient());
    for status in [
        "301 Moved Permanently",
        "302 Found",
        "303 See Other",
        "307 Temporary Redirect",
        "308 Permanent Redirect",
    ] {
        let elsewhere =
            SocketServer::start(Act::Send(whole("200 OK", "application/json", "{}"))).await;
        let location = format!(
            "Location: {}/waInstance7103000001/getStateInstance/{TOKEN}",
            elsewhere.url()
        );
        let server = SocketServer::start(Act::Send(answer(
            status,
            &[&location, "Content-Length: 0"],
            "",
        )))
        .await;
        let caller = Caller::new(&client, &server.url(), &server.url(), TOKEN);
        for operation in one_of_each_effect() {
            let before = server.connections();
            let error = failure(&caller, &operation).await;
            assert_eq!(error.kind(), ErrorKind::UnexpectedStatus, "{error}");
            assert!(
                error.to_string().contains("redirects are not followed"),
                "{error}"
            );
            assert_eq!(server.connections() - before, 1);
        }
        assert_eq!(elsewhere.connections(), 0, "{status}");
        assert!(
            server
                .requests()
                .iter()
                .all(|head| !head.to_lowercase().contains("referer"))
        );
    }
}

#[tokio::test]
async fn a_status_that_nobody_documents_may_have_had_its_effect() {
    const REFUSED: [u16; 8] = [400, 401, 403, 404, 405, 413, 429, 466];
    let client = client(RetryPolicy::never());
    let operations = one_of_each_effect();
    for status in (201..=999).filter(|status| *status != 204 && *status != 304) {
        let act = Act::Send(whole(&format!("{status} Whatever"), "text/plain", ""));
        let server = SocketServer::start(act).await;
        let caller = Caller::new(&client, &server.url(), &server.url(), TOKEN);
        let error = failure(&caller, &operations[usize::from(status) % operations.len()]).await;
        let wanted = if REFUSED.contains(&status) {
            Delivery::Refused
        } else {
            Delivery::MaybeSent
        };
        assert_eq!(error.delivery(), wanted, "{status}: {error}");
    }
}

#[tokio::test]
async fn a_time_limit_that_ends_while_connecting_says_that_nothing_was_sent() {
    // It accepts, and never answers the handshake of TLS: no connection is made.
    let server = SocketServer::start(Act::Silence).await;
    let url = server.url().replace("http:", "https:");
    let instance = instance_at(&url, &url, TOKEN, RetryPolicy::never());
    let limit = Duration::from_millis(150);
    let error = instance
        .send_message("447700900145@c.us".parse::<ChatId>().unwrap(), "Hello")
        .timeout(limit)
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery()),
        (ErrorKind::TimedOut, Delivery::NotSent),
        "{error}"
    );
    assert!(error.to_string().contains("nothing was sent"), "{error}");
    assert_eq!(error.account(), Some("instance 7103000001"));
}

#[tokio::test]
async fn bytes_after_an_answer_are_not_taken_for_the_next_one() {
    let good = whole(
        "200 OK",
        "application/json",
        r#"{"stateInstance":"authorized"}"#,
    );
    let stray = whole(
        "200 OK",
        "application/json",
        r#"{"stateInstance":"blocked"}"#,
    );
    let server = SocketServer::start(Act::KeepAlive([good, stray].concat())).await;
    let instance = instance_at(&server.url(), &server.url(), TOKEN, RetryPolicy::never());
    for _ in 0..3 {
        let state = instance
            .get_state_instance()
            .await
            .unwrap()
            .unwrap()
            .state_instance;
        assert_eq!(state.as_str(), "authorized");
    }
}

#[test]
fn the_effects_of_these_tests_are_those_of_the_client() {
    for operation in bundle().operations() {
        let known = operations::ALL
            .iter()
            .find(|known| known.id == operation.id)
            .expect("the client has it");
        assert_eq!(
            format!("{:?}", known.effect).to_lowercase(),
            operation.effect(),
            "{}",
            operation.id
        );
    }
}
