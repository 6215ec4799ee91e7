//! A hostile server at every operation: no panic, no word of a body, no token, and an end in time.

use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use green_api::{ChatId, Client, Credentials, Delivery, Error, ErrorKind, Link, RetryPolicy};
use green_api_tests::leaks::Canary;
use green_api_tests::sinks::{self, Log};
use green_api_tests::sockets::{Act, Nobody, SocketServer, answer, whole};
use green_api_tests::spec::bundle;
use green_api_tests::tls::{self, certificate, issuer};
use green_api_tests::{Caller, client, instance_at, patient};
use rcgen::date_time_ymd;

/// It looks like nothing else.
const TOKEN: &str = "qZ7vK2mXw9RtB4nLs8DhF3pGy6JcT5aVe1UiQoWxN0bMkYrHdE";
/// What somebody wrote. No library and no server says this by itself.
const WORDS: &str = "zanzibarpelican";

/// Bodies that are not understood, and of those that are the part that nobody may see.
fn bodies() -> Vec<(&'static str, String)> {
    let (half, rest) = TOKEN.split_at(TOKEN.len() / 2);
    let percent: String = TOKEN.bytes().map(|byte| format!("%{byte:02X}")).collect();
    let deep = |inside: &str| format!("{}{inside}{}", "[".repeat(500), "]".repeat(500));
    let message = |text: &str| serde_json::json!({ "message": text }).to_string();
    vec![
        ("a trailing comma", format!(r#"{{"message":"{WORDS}",}}"#)),
        (
            "a byte order mark",
            format!("\u{feff}{{\"message\":\"{WORDS}\"}}"),
        ),
        (
            "too deep",
            format!(r#"{{"message":"{WORDS}","x":{}}}"#, deep("1")),
        ),
        (
            "over 64 KiB",
            format!(r#"{{"message":"{WORDS}","x":"{}"}}"#, "x".repeat(70_000)),
        ),
        ("single quotes", format!("{{'message':'{WORDS}'}}")),
        ("a comment", format!("/* {WORDS} */ {{}}")),
        ("two values", format!("{{\"message\":\"{WORDS}\"}}{{}}")),
        ("half", format!(r#"{{"message":"{WORDS}"#)),
        ("a text", WORDS.to_owned()),
        ("a JSON text", format!("\"{WORDS} {TOKEN}\"")),
        ("a page", format!("<html>{WORDS}</html>")),
        (
            "another field",
            format!(r#"{{"text":"{WORDS}","chatId":"{WORDS}"}}"#),
        ),
        (
            "a known text before",
            format!("File from url exceeded max upload size. Url: {WORDS}"),
        ),
        (
            "a token cut by a control character",
            message(&format!("{half}\u{0}{rest}")),
        ),
        (
            "a token cut by a mark",
            message(&format!("{half}\u{200b}{rest}")),
        ),
        ("a token in two lines", message(&format!("{half}\n{rest}"))),
        ("a token in percents", message(&percent)),
        (
            "a token in percents twice",
            message(&percent.replace('%', "%25")),
        ),
        ("half a token", message(half)),
        ("a token", message(TOKEN)),
    ]
}

/// Headers whose numbers fit into nothing.
fn headers() -> Vec<String> {
    let numbers = [
        "18446744073709551615",
        "99999999999999999999999999",
        "31536000",
        "-1",
        "1e308",
        "inf",
        "NaN",
        "Fri, 31 Dec 9999 23:59:59 GMT",
    ];
    let rates = ["1e-30", "5e-324", "0", "-0.0", "-1", "NaN", "inf", "1e308"];
    let retry = numbers
        .iter()
        .map(|number| format!("Retry-After: {number}"));
    let rate = rates
        .iter()
        .map(|rate| format!("X-RateLimit-Replenish-Rate: {rate}"));
    retry.chain(rate).collect()
}

struct Search {
    canary: Canary,
    leaks: Vec<String>,
}

impl Search {
    fn new() -> Self {
        Self {
            canary: Canary::new(TOKEN),
            leaks: Vec::new(),
        }
    }

    fn look(&mut self, place: &str, text: &str) {
        if self.canary.found_in(text).is_some() {
            self.leaks.push(format!("{place}: the token"));
        }
        if text.to_ascii_lowercase().contains(WORDS) {
            self.leaks.push(format!("{place}: words of a body"));
        }
    }

    fn look_at(&mut self, place: &str, error: &Error) {
        for (sink, text) in sinks::of_error(error) {
            self.look(&format!("{place}, {sink}"), &text);
        }
    }

    fn end(self) {
        assert!(self.leaks.is_empty(), "\n{}", self.leaks.join("\n"));
    }
}

#[tokio::test]
async fn no_body_that_is_not_understood_is_shown() {
    let log = Log::of_this_process();
    let client = client(patient());
    let mut search = Search::new();
    for (number, (name, body)) in bodies().into_iter().enumerate() {
        for status in [
            "400 Bad Request",
            "466 Quota Exceeded",
            "500 Oh",
            "777 Whatever",
            "200 OK",
        ] {
            let kind = if number % 2 == 0 {
                "application/json"
            } else {
                "text/plain"
            };
            let server = SocketServer::start(Act::Send(whole(status, kind, &body))).await;
            let caller = Caller::new(&client, &server.url(), &server.url(), TOKEN);
            for operation in bundle().operations() {
                let arguments = operation.pairs().unwrap().swap_remove(0).arguments;
                // A good answer may be anything that the caller asked for.
                if let Err(error) = caller.call(&operation, arguments).await {
                    search.look_at(&format!("{}, {status}, {name}", operation.id), &error);
                }
            }
        }
    }
    let text = log.text();
    search.look("the log", &text);
    search.end();
    let mut ours = text
        .lines()
        .filter(|line| {
            line.contains(" green_api_client::") || line.contains(" green_api::client::")
        })
        .peekable();
    assert!(ours.peek().is_some(), "nothing was logged");
    for line in ours {
        let named = ["instance 7103000001", "the partner's account"];
        assert!(
            named.iter().any(|name| line.contains(name)),
            "whose is it? {line}"
        );
    }
}

#[tokio::test]
async fn no_number_of_a_server_makes_us_panic_or_wait() {
    let start = Instant::now();
    let client = client(patient());
    let operations = bundle().operations();
    for (number, header) in headers().into_iter().enumerate() {
        for status in [
            "429 Too Many Requests",
            "502 Bad Gateway",
            "503 Away",
            "504 Late",
            "400 Bad Request",
        ] {
            let act = Act::Send(answer(status, &[&header, "Content-Length: 0"], ""));
            let server = SocketServer::start(act).await;
            let caller = Caller::new(&client, &server.url(), &server.url(), TOKEN);
            // Every operation meets every status; a wait in earnest would take a second of each.
            for operation in operations.iter().skip(number % 4).step_by(4) {
                let once = operation.effect() == "reads" && header.contains("-1");
                let arguments = operation.pairs().unwrap().swap_remove(0).arguments;
                if status.starts_with("429") && !once && operation.effect() != "once" {
                    continue;
                }
                let error = caller.call(operation, arguments).await.unwrap_err();
                let wait = error.retry_after().unwrap_or_default();
                assert!(wait <= Duration::from_secs(24 * 3600), "{header}: {wait:?}");
            }
        }
    }
    assert!(start.elapsed() < Duration::from_secs(100));
}

#[tokio::test]
async fn no_duration_of_a_caller_makes_us_panic() {
    let good = whole(
        "200 OK",
        "application/json",
        r#"{"stateInstance":"authorized"}"#,
    );
    let server = SocketServer::start(Act::Send(good)).await;
    let eager = RetryPolicy::default()
        .attempts(u32::MAX)
        .backoff(Duration::MAX, Duration::MAX)
        .deadline(Duration::MAX);
    let instance = instance_at(&server.url(), &server.url(), TOKEN, eager);
    instance
        .get_state_instance()
        .timeout(Duration::MAX)
        .await
        .unwrap();
    let link = |link: Link| link.timeout(Duration::MAX).poll_interval(Duration::MAX);
    let phone = "+44 7700 900123".parse().unwrap();
    link(instance.link(phone)).await.unwrap_err();
    let request = instance
        .receive_notification()
        .receive_timeout(Duration::MAX);
    // Whatever it says, it says it without a panic.
    let _ = request.await;
    let chat: ChatId = "447700900145@c.us".parse().unwrap();
    for since in [
        SystemTime::UNIX_EPOCH,
        SystemTime::now() + Duration::from_secs(1 << 40),
    ] {
        let _ = instance
            .settle(&instance.send_message(&chat, "Hello"), since)
            .await;
    }
}

/// What a server says instead of a handshake.
async fn blurts(bytes: &[u8]) -> Error {
    let server = SocketServer::start(Act::Blurt(bytes.to_vec())).await;
    let url = server.url().replace("http:", "https:");
    fails(&url).await
}

async fn fails(url: &str) -> Error {
    let instance = instance_at(url, url, TOKEN, RetryPolicy::never());
    let chat: ChatId = "447700900145@c.us".parse().unwrap();
    let request = instance.send_message(chat, WORDS);
    request.timeout(Duration::from_secs(20)).await.unwrap_err()
}

fn check(name: &str, error: &Error, kind: ErrorKind, words: &str) {
    let told = error.to_string();
    assert_eq!(
        (error.kind(), error.delivery()),
        (kind, Delivery::NotSent),
        "{name}: {told}"
    );
    assert!(
        told.contains(words) && told.contains("nothing was sent"),
        "{name}: {told}"
    );
    let mut search = Search::new();
    search.look_at(name, error);
    search.end();
}

#[tokio::test]
async fn what_is_not_tls_says_what_it_is() {
    let alert = |code: u8| [0x15, 0x03, 0x03, 0x00, 0x02, 0x02, code];
    for (name, bytes, words) in [
        (
            "plain HTTP",
            &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..],
            "does not speak TLS at this port",
        ),
        (
            "SSH",
            b"SSH-2.0-OpenSSH_9.6\r\n",
            "does not speak TLS at this port",
        ),
        ("TLS 1.0 only", &alert(70), "no version of TLS that is safe"),
        (
            "a client certificate wanted",
            &alert(116),
            "certificate of the client",
        ),
        ("handshake refused", &alert(40), "refused the handshake"),
    ] {
        check(name, &blurts(bytes).await, ErrorKind::Tls, words);
    }
}

#[tokio::test]
async fn a_certificate_of_an_unknown_issuer_says_so() {
    let url = tls::server(certificate("localhost"), &issuer()).await;
    let words = "comes from nobody whom this machine trusts";
    check(
        "unknown issuer",
        &fails(&url).await,
        ErrorKind::CertificateUntrusted,
        words,
    );
}

/// Runs one of the tests below in a process with this environment.
fn in_environment(test: &str, variables: &[(&str, &str)]) {
    let mut child = Command::new(std::env::current_exe().unwrap());
    for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        child.env_remove(name).env_remove(name.to_ascii_lowercase());
    }
    let ran = child
        .args(["--exact", test, "--ignored"])
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text =
        String::from_utf8_lossy(&ran.stdout).into_owned() + &String::from_utf8_lossy(&ran.stderr);
    assert!(ran.status.success() && text.contains("1 passed"), "{text}");
}

/// Where certificates are trusted by a variable.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_certificate_that_is_trusted_but_wrong_says_why() {
    let issuer = issuer();
    let folder = tempfile::tempdir().unwrap();
    let trusted = folder.path().join("trusted.pem");
    std::fs::write(&trusted, issuer.pem()).unwrap();
    let mut expired = certificate("localhost");
    expired.not_before = date_time_ymd(2020, 1, 1);
    expired.not_after = date_time_ymd(2021, 1, 1);
    let mut early = certificate("localhost");
    early.not_before = date_time_ymd(2090, 1, 1);
    early.not_after = date_time_ymd(2091, 1, 1);
    let expired = tls::server(expired, &issuer).await;
    let early = tls::server(early, &issuer).await;
    let other = tls::server(certificate("other.example.com"), &issuer).await;
    let trusted = trusted.to_str().unwrap().to_owned();
    let run = move || {
        let variables = [
            ("SSL_CERT_FILE", &*trusted),
            ("EXPIRED", &expired),
            ("EARLY", &early),
            ("OTHER", &other),
        ];
        in_environment("wrong_certificates", &variables);
    };
    tokio::task::spawn_blocking(run).await.unwrap();
}

#[tokio::test]
#[ignore = "it is run by the test above"]
async fn wrong_certificates() {
    for (name, kind, words) in [
        ("EXPIRED", ErrorKind::CertificateExpired, "has expired"),
        ("EARLY", ErrorKind::CertificateExpired, "is not valid yet"),
        ("OTHER", ErrorKind::CertificateName, "for another host name"),
    ] {
        let url = std::env::var(name).unwrap();
        check(name, &fails(&url).await, kind, words);
    }
}

#[tokio::test]
async fn an_authority_of_ones_own_can_be_trusted() {
    let issuer = issuer();
    let url = tls::server(certificate("localhost"), &issuer).await;
    let call = async |builder: green_api::ClientBuilder| {
        let client = builder.retry(RetryPolicy::never()).build().unwrap();
        let credentials = Credentials::new(&url, "7103000001", TOKEN).unwrap();
        let error = client.instance(credentials).get_settings().await;
        error.unwrap_err().kind()
    };
    let strict = call(Client::builder()).await;
    assert_eq!(strict, ErrorKind::CertificateUntrusted);
    // The server hangs up after the handshake.
    let trusting = call(Client::builder().root_certificates(issuer.pem())).await;
    assert_eq!(trusting, ErrorKind::ConnectionLost);
    let error = Client::builder().root_certificates("no PEM").build();
    assert!(error.unwrap_err().to_string().contains("BEGIN CERTIFICATE"));
}

#[tokio::test]
async fn a_proxy_is_used_and_its_password_does_not_show() {
    let act = Act::Send(answer("403 Forbidden", &["Content-Length: 0"], ""));
    let proxy = SocketServer::start(act).await;
    let url = proxy.url().replace("http://", "http://ann:c0rrect-horse@");
    let builder = Client::builder().retry(RetryPolicy::never()).proxy(url);
    assert!(!format!("{builder:?}").contains("c0rrect"), "{builder:?}");
    let client = builder.build().unwrap();
    let credentials = Credentials::new("https://7103.api.greenapi.com", "7103000001", TOKEN);
    let error = client.instance(credentials.unwrap()).get_settings().await;
    let error = error.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Proxy);
    assert!(
        !format!("{error:?} {error}").contains("c0rrect"),
        "{error:?}"
    );
    let heads = proxy.requests();
    assert!(heads[0].starts_with("CONNECT 7103.api.greenapi.com:443 "));
    assert!(
        heads[0]
            .to_lowercase()
            .contains("proxy-authorization: basic ")
    );
    let error = Client::builder().proxy("no address at all").build();
    assert!(error.unwrap_err().to_string().contains("the proxy"));
}

#[tokio::test]
async fn a_proxy_that_does_not_connect_says_why() {
    let refusing = |status: &str| Act::Send(answer(status, &["Content-Length: 0"], ""));
    for (status, words) in [
        (
            "407 Proxy Authentication Required",
            "asks for a user name and a password",
        ),
        ("403 Forbidden", "refused to connect to the server"),
        ("502 Bad Gateway", "refused to connect to the server"),
    ] {
        let proxy = SocketServer::start(refusing(status)).await;
        let url = proxy.url();
        let run =
            move || in_environment("behind_a_proxy", &[("HTTPS_PROXY", &url), ("WORDS", words)]);
        tokio::task::spawn_blocking(run).await.unwrap();
    }
}

#[tokio::test]
#[ignore = "it is run by the test above"]
async fn behind_a_proxy() {
    let words = std::env::var("WORDS").unwrap();
    let error = fails("https://7103.api.greenapi.com").await;
    check("proxy", &error, ErrorKind::Proxy, &words);
}

#[test]
fn a_host_without_an_address_says_so() {
    in_environment("a_host_that_does_not_exist", &[]);
}

#[tokio::test]
#[ignore = "it is run by the test above"]
async fn a_host_that_does_not_exist() {
    let error = fails("https://green-api.invalid").await;
    check("DNS", &error, ErrorKind::Dns, "has no address");
}

#[tokio::test]
async fn nobody_listening_is_still_that() {
    let nobody = Nobody::new();
    check(
        "nobody",
        &fails(&nobody.url()).await,
        ErrorKind::Connect,
        "no connection to the server",
    );
}
