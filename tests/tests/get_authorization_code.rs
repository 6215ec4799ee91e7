//! The page [GetAuthorizationCode] of the documentation as a test, by hand: its request, its answers, its advice.
//!
//! [GetAuthorizationCode]: https://green-api.com/en/docs/api/account/GetAuthorizationCode/

use std::time::{Duration, Instant};

use green_api::{Delivery, Error, ErrorKind, Instance, LinkError, PhoneNumber, RetryPolicy};
use green_api_httpmock::MockServerExt;
use green_api_httpmock::endpoints::{GetAuthorizationCode, GetStateInstance};
use green_api_tests::{ID_INSTANCE, TOKEN, instance_at, patient};
use httpmock::{Mock, MockServer};
use serde_json::json;

/// The number of the page, as a person would write it.
fn phone() -> PhoneNumber {
    "+44 123 456-78-90".parse().unwrap()
}

fn instance(server: &MockServer) -> Instance {
    instance_at(&server.base_url(), &server.base_url(), TOKEN, patient())
}

/// The server answers the request of the page, and no other, with this.
fn page<'a>(server: &'a MockServer, status: u16, content_type: &str, body: &str) -> Mock<'a> {
    slow_page(server, status, content_type, body, Duration::ZERO)
}

fn slow_page<'a>(
    server: &'a MockServer,
    status: u16,
    content_type: &str,
    body: &str,
    delay: Duration,
) -> Mock<'a> {
    server.mock_operation::<GetAuthorizationCode>(|when, then| {
        when.instance(ID_INSTANCE.parse().unwrap())
            .token(TOKEN)
            .into_inner()
            .header("content-type", "application/json")
            .header_missing("api-version")
            .body(r#"{"phoneNumber":441234567890}"#);
        then.into_inner()
            .status(status)
            .header("content-type", content_type)
            .body(body)
            .delay(delay);
    })
}

/// What comes of a failure, and that it was sent once.
async fn failure(status: u16, content_type: &str, body: &str) -> Error {
    let server = MockServer::start_async().await;
    let mock = page(&server, status, content_type, body);
    let error = instance(&server)
        .get_authorization_code(phone())
        .await
        .unwrap_err();
    mock.assert_calls_async(1).await;
    error
}

#[tokio::test]
async fn request_and_answer_are_those_of_the_page() {
    let server = MockServer::start_async().await;
    let mock = page(
        &server,
        200,
        "application/json; charset=utf-8",
        r#"{"status": true,"code": "GAPI2018"}"#,
    );

    let code = instance(&server)
        .get_authorization_code(phone())
        .await
        .unwrap();

    mock.assert_calls_async(1).await;
    assert_eq!(code.as_str(), "GAPI2018");
    assert_eq!(code.to_string(), "GAPI-2018", "as the phone asks for it");
    let left = code.expires_in();
    assert!(
        left > Duration::from_secs(140) && left <= Duration::from_secs(150),
        "about 2.5 minutes, not {left:?}"
    );
}

#[tokio::test]
async fn a_code_of_another_form_is_a_code() {
    let server = MockServer::start_async().await;
    page(
        &server,
        200,
        "application/json",
        r#"{"status":true,"code":"GAPI2018X","added":{"later":1}}"#,
    );
    assert_eq!(
        instance(&server)
            .get_authorization_code(phone())
            .await
            .unwrap()
            .to_string(),
        "GAPI2018X"
    );
}

#[tokio::test]
async fn no_code_is_a_refusal_and_not_a_code() {
    for body in [
        r#"{"status":false,"code":""}"#,
        r#"{"status":false}"#,
        r#"{"status":true,"code":""}"#,
        r#"{"status":true,"code":null}"#,
        "null",
        "",
    ] {
        let error = failure(200, "application/json; charset=utf-8", body).await;
        assert_eq!(
            (error.kind(), error.delivery(), error.status()),
            (ErrorKind::Declined, Delivery::Refused, Some(200)),
            "{body}"
        );
        let sentence = error.to_string();
        assert!(
            sentence.starts_with("getAuthorizationCode: the server said no"),
            "{sentence}"
        );
        assert!(
            sentence.contains("notAuthorized") && sentence.contains("QR code"),
            "it must say what to do: {sentence}"
        );
    }
}

#[tokio::test]
async fn a_slow_answer_is_waited_for() {
    let server = MockServer::start_async().await;
    let delay = Duration::from_millis(300);
    let mock = slow_page(
        &server,
        200,
        "application/json",
        r#"{"status":true,"code":"GAPI2018"}"#,
        delay,
    );
    let start = Instant::now();
    let code = instance(&server)
        .get_authorization_code(phone())
        .timeout(Duration::from_secs(30))
        .await
        .unwrap();
    assert_eq!(code.as_str(), "GAPI2018");
    assert!(start.elapsed() >= delay, "the answer was not even slow");
    mock.assert_calls_async(1).await;
}

#[tokio::test]
async fn an_answer_that_takes_too_long_may_have_started_something() {
    let server = MockServer::start_async().await;
    let mock = slow_page(
        &server,
        200,
        "application/json",
        r#"{"status":true,"code":"GAPI2018"}"#,
        Duration::from_millis(900),
    );
    let error = instance(&server)
        .get_authorization_code(phone())
        .timeout(Duration::from_millis(300))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind(), error.delivery(), error.status()),
        (ErrorKind::TimedOut, Delivery::MaybeSent, None)
    );
    assert!(
        error.to_string().contains("look before you repeat it"),
        "{error}"
    );
    // A request whose client gave up is counted once it has been answered.
    tokio::time::sleep(Duration::from_millis(900)).await;
    mock.assert_calls_async(1).await;
}

#[test]
fn the_documented_time_limit_leaves_room_for_the_documented_half_minute() {
    assert!(green_api::operations::GET_AUTHORIZATION_CODE.timeout >= Duration::from_secs(60));
}

#[tokio::test]
async fn an_instance_that_is_linked_is_not_asked_for_a_code() {
    let server = MockServer::start_async().await;
    let state = server.mock_operation::<GetStateInstance>(|when, then| {
        when.instance(ID_INSTANCE.parse().unwrap()).token(TOKEN);
        then.example("authorized");
    });
    let code = page(
        &server,
        200,
        "application/json",
        r#"{"status":true,"code":"GAPI2018"}"#,
    );
    let error = instance(&server).link(phone()).await.unwrap_err();
    assert!(matches!(error, LinkError::AlreadyLinked), "{error:?}");
    assert!(error.to_string().contains("log it out first"), "{error}");
    state.assert_calls_async(1).await;
    code.assert_calls_async(0).await;
}

#[tokio::test]
async fn it_is_never_repeated_by_itself_whatever_the_policy() {
    let server = MockServer::start_async().await;
    let mock = page(&server, 502, "text/html", "<html></html>");
    let stubborn = RetryPolicy::default()
        .attempts(10)
        .backoff(Duration::ZERO, Duration::ZERO);
    let error = instance(&server)
        .get_authorization_code(phone())
        .retry(stubborn)
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Gateway);
    mock.assert_calls_async(1).await;
}

#[tokio::test]
async fn every_standard_error_says_what_to_do() {
    use Delivery::{MaybeSent, Refused};
    let envelope = |message: &str| {
        let path = format!("/waInstance{ID_INSTANCE}/getAuthorizationCode/{TOKEN}");
        json!({ "statusCode": 400, "timestamp": "2026-11-03T09:41:07.318Z", "path": path, "message": message }).to_string()
    };
    let html = |title: &str| {
        format!(
            "<html>\r\n<head><title>{title}</title></head>\r\n<body>nginx</body>\r\n</html>\r\n"
        )
    };
    let quota = json!({ "invokeStatus": { "method": "getauthorizationcode", "used": "100", "total": 100, "status": "QUOTE_EXCEEDED", "description": "Monthly quota has been exceeded" } });
    let (text, json) = ("text/plain", "application/json");
    for (status, content_type, body, kind, delivery, advice) in [
        (
            400,
            json,
            envelope("Validation failed. Details: 'phoneNumber' must be a correct phone"),
            ErrorKind::BadRequest,
            Refused,
            "must be a correct phone",
        ),
        (
            400,
            json,
            envelope("instance in starting process try later"),
            ErrorKind::Starting,
            Refused,
            "wait up to 5 minutes",
        ),
        (
            400,
            text,
            "instance is starting or not authorized".to_owned(),
            ErrorKind::NotAuthorized,
            Refused,
            "look at the state",
        ),
        // What is between may have changed it.
        (
            400,
            json,
            format!(
                "\u{feff}{}",
                envelope("instance in starting process try later")
            ),
            ErrorKind::Starting,
            Refused,
            "wait up to 5 minutes",
        ),
        (
            400,
            json,
            r#"{"statusCode":400,"message":"instance account not authorized",}"#.to_owned(),
            ErrorKind::NotAuthorized,
            Refused,
            "look at the state",
        ),
        (
            400,
            "text/html",
            r#"<html lang="en"><p>instance is starting or not authorized</p></html>"#.to_owned(),
            ErrorKind::NotAuthorized,
            Refused,
            "look at the state",
        ),
        // What is quoted can be anybody's words.
        (
            400,
            json,
            envelope("Validation failed. Details: 'Instance is deleted' is not a number"),
            ErrorKind::BadRequest,
            Refused,
            "is not a number",
        ),
        (
            400,
            text,
            "Instance account is expired. Renew your instance from personal area".to_owned(),
            ErrorKind::Expired,
            Refused,
            "renew it",
        ),
        (
            400,
            text,
            "Instance is deleted".to_owned(),
            ErrorKind::Deleted,
            Refused,
            "use another one",
        ),
        (
            401,
            json,
            String::new(),
            ErrorKind::Unauthorized,
            Refused,
            "copy apiTokenInstance",
        ),
        (
            403,
            "text/html",
            html("403 Forbidden"),
            ErrorKind::Forbidden,
            Refused,
            "copy apiUrl and idInstance",
        ),
        (
            404,
            text,
            "Not Found".to_owned(),
            ErrorKind::NotFound,
            Refused,
            "check the address",
        ),
        (
            429,
            json,
            String::new(),
            ErrorKind::RateLimited,
            Refused,
            "space them out",
        ),
        (
            466,
            json,
            quota.to_string(),
            ErrorKind::QuotaExceeded,
            Refused,
            "next month",
        ),
        (
            499,
            text,
            String::new(),
            ErrorKind::ClientClosedRequest,
            MaybeSent,
            "look before you repeat it",
        ),
        (
            500,
            "text/html",
            html("500 Internal Server Error"),
            ErrorKind::Server,
            MaybeSent,
            "look before you repeat it",
        ),
        (
            502,
            "text/html",
            html("502 Bad Gateway"),
            ErrorKind::Gateway,
            MaybeSent,
            "look before you repeat it",
        ),
        (
            503,
            "text/html",
            html("503 Service Temporarily Unavailable"),
            ErrorKind::Gateway,
            MaybeSent,
            "look before you repeat it",
        ),
        (
            504,
            "text/html",
            html("504 Gateway Time-out"),
            ErrorKind::Gateway,
            MaybeSent,
            "it may have been carried out",
        ),
    ] {
        let error = failure(status, content_type, &body).await;
        let sentence = error.to_string();
        assert_eq!(
            (error.kind(), error.delivery(), error.status()),
            (kind, delivery, Some(status)),
            "{sentence}"
        );
        assert!(
            sentence.starts_with("getAuthorizationCode: ") && sentence.contains(advice),
            "{sentence}"
        );
        assert!(
            !sentence.contains(TOKEN) && !sentence.contains('<') && !sentence.contains('\n'),
            "{sentence}"
        );
    }
}
