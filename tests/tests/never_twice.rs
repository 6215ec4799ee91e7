//! Nothing is sent twice: the README's example that sends, word for word, with answers that are lost, and 10,000 sends through every fault.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use green_api::{ChatId, Credentials, Delivery};
use green_api_tests::sockets::{Act, SocketServer, answer, whole};
use green_api_tests::{ID_INSTANCE, TOKEN, client, patient};

mod readme {
    include!(concat!(env!("OUT_DIR"), "/readme_send.rs"));
}

/// Runs in a process of its own, whose environment leads to the server of the test below.
#[test]
#[ignore = "it is run by the other test"]
fn the_example() {
    readme::main().unwrap();
}

#[tokio::test]
async fn the_example_of_the_readme_sends_once_whatever_becomes_of_the_answer() {
    let lost = [
        Act::CloseAfterRequest,
        Act::Reset,
        Act::Send(b"HTTP/1.1 200 OK\r\nContent-Le".to_vec()),
        Act::Send(answer("200 OK", &["Content-Length: 99"], "{\"idMess")),
        Act::Send(whole("200 OK", "application/json", "garbage")),
        Act::Send(whole("500 Internal Server Error", "text/plain", "")),
        Act::Send(whole("502 Bad Gateway", "text/html", "<html>")),
        Act::Send(whole("504 Gateway Timeout", "text/html", "<html>")),
        Act::Send(whole("408 Request Timeout", "text/plain", "")),
        Act::Send(whole("302 Found", "text/plain", "")),
    ];
    for act in lost {
        let name = format!("{act:?}");
        let server = SocketServer::start_by(move |head| match head.contains("/sendMessage/") {
            true => act.clone(),
            // On a connection that stays: one that closes can be closed while the send leaves.
            false => Act::KeepAlive(whole(
                "200 OK",
                "application/json",
                r#"{"status":true,"code":"GAPI2018"}"#,
            )),
        })
        .await;
        let mut child = Command::new(std::env::current_exe().unwrap());
        child
            .args(["--exact", "the_example", "--ignored"])
            .env("GREEN_API_URL", server.url())
            .env("GREEN_API_ID_INSTANCE", ID_INSTANCE)
            .env("GREEN_API_TOKEN_INSTANCE", TOKEN)
            .stdout(Stdio::null());
        let status = tokio::task::spawn_blocking(move || child.status());
        assert!(status.await.unwrap().unwrap().success(), "{name}");
        let sends = server
            .requests()
            .iter()
            .filter(|head| head.contains("/sendMessage/"))
            .count();
        assert_eq!(sends, 1, "{name}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_ten_thousand_sends_under_faults_none_is_carried_out_twice() {
    const AT_ONCE: usize = 20;
    const EACH: usize = 500;
    let json = |status: &str, body: &str| whole(status, "application/json", body);
    // What the server does with a request that it carries out.
    let carried_out = [
        Act::KeepAlive(json("200 OK", r#"{"idMessage":"BAE5000000000001"}"#)),
        Act::KeepAlive(json("200 OK", r#"{"idMessage":"BAE5000000000001"}"#)),
        Act::Send(json("200 OK", r#"{"idMessage":"BAE5000000000001"}"#)),
        Act::CloseAfterRequest,
        Act::Reset,
        Act::Send(b"HTTP/1.1 200 OK\r\nContent-Le".to_vec()),
        Act::Send(answer("200 OK", &["Content-Length: 99"], "{\"idMess")),
        Act::Send(json("200 OK", "garbage")),
        Act::Send(json("500 Internal Server Error", "")),
        Act::KeepAlive(json("502 Bad Gateway", "<html>")),
        Act::KeepAlive(json("503 Service Unavailable", "{}")),
        Act::Send(json("504 Gateway Timeout", "")),
        Act::Send(json("408 Request Timeout", "")),
        Act::Send(json("299 Who Knows", "{}")),
    ];
    // And with one that it does not.
    let refused = [
        Act::KeepAlive(json("429 Too Many Requests", "")),
        Act::KeepAlive(json("400 Bad Request", r#"{"message":"bad request data"}"#)),
        Act::Send(json("466 Quota", "{}")),
    ];
    let counts: Arc<[AtomicUsize]> = (0..AT_ONCE).map(|_| AtomicUsize::new(0)).collect();
    let (counted, drawn) = (Arc::clone(&counts), AtomicUsize::new(0));
    let server = SocketServer::start_by(move |head| {
        let drawn = drawn.fetch_add(1, Ordering::SeqCst);
        let path = head.split("/waInstance710300").nth(1);
        let Some(number) = path.and_then(|rest| rest.get(..4)?.parse::<usize>().ok()) else {
            // Before there is a request, now and then.
            return [Act::Hangup, Act::Silence][usize::from(!drawn.is_multiple_of(29))].clone();
        };
        if drawn.is_multiple_of(7) {
            return refused[drawn / 7 % refused.len()].clone();
        }
        counted[number].fetch_add(1, Ordering::SeqCst);
        carried_out[drawn % carried_out.len()].clone()
    })
    .await;
    let client = client(patient());
    let mut sending = tokio::task::JoinSet::new();
    for number in 0..AT_ONCE {
        let credentials = Credentials::new(&server.url(), &format!("710300{number:04}"), TOKEN);
        let instance = client.instance(credentials.unwrap());
        let counts = Arc::clone(&counts);
        sending.spawn(async move {
            let chat: ChatId = "447700900123@c.us".parse().unwrap();
            let mut doubtful = 0;
            for _ in 0..EACH {
                let before = counts[number].load(Ordering::SeqCst);
                let delivery = match instance.send_message(&chat, "Your order").await {
                    Ok(accepted) => accepted.delivery(),
                    Err(error) => error.delivery(),
                };
                let times = counts[number].load(Ordering::SeqCst) - before;
                let possible = match delivery {
                    Delivery::Accepted => 1..=1,
                    Delivery::NotSent | Delivery::Refused => 0..=0,
                    _ => 0..=1,
                };
                assert!(
                    possible.contains(&times),
                    "{delivery:?}, carried out {times} times"
                );
                doubtful += usize::from(delivery == Delivery::MaybeSent);
            }
            doubtful
        });
    }
    let doubtful: usize = sending.join_all().await.into_iter().sum();
    assert!(doubtful > AT_ONCE * EACH / 4, "{doubtful} were in doubt");
}
