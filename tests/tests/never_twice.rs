//! The README's example that sends, word for word, with answers that are lost: nothing is sent twice.

use std::process::{Command, Stdio};

use green_api_tests::sockets::{Act, SocketServer, answer, whole};
use green_api_tests::{ID_INSTANCE, TOKEN};

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
            false => Act::Send(whole(
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
