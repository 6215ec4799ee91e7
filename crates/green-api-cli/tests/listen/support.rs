//! A sandbox with something in its queue, and the command that listens to it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command};

use assert_cmd::cargo::cargo_bin;
use green_api_sandbox::{Sandbox, State};
use serde_json::{Value, json};

use crate::common::children::start;
use crate::common::{INSTANCE, Ran, TOKEN, green_api_at, no_profiles, run, sandbox};

/// A sandbox with texts in its queue.
pub async fn with_texts(texts: &[&str]) -> Sandbox {
    let sandbox = sandbox().await;
    sandbox.instance().set_state(State::Authorized);
    for (index, words) in texts.iter().enumerate() {
        sandbox.instance().notify(&text(index, words));
    }
    sandbox
}

pub fn text(index: usize, words: &str) -> Value {
    json!({
        "typeWebhook": "incomingMessageReceived",
        "instanceData": { "idInstance": INSTANCE, "wid": "447700900123@c.us", "typeInstance": "whatsapp" },
        "timestamp": 1_793_698_867 + index,
        "idMessage": format!("3A{index:018}"),
        "senderData": { "chatId": "447700900145@c.us", "sender": "447700900145@c.us", "chatName": "Ada", "senderName": "Ada" },
        "messageData": { "typeMessage": "textMessage", "textMessageData": { "textMessage": words } },
    })
}

pub async fn listen(sandbox: &Sandbox, more: &[&str]) -> Ran {
    let arguments: Vec<&str> = ["listen"].iter().chain(more).copied().collect();
    run(green_api_at(&sandbox.url(), &arguments)).await
}

pub fn spawn(sandbox: &Sandbox, more: &[&str]) -> Child {
    let mut command = Command::new(cargo_bin!("green-api"));
    command.arg("listen").args(more);
    at(command, &sandbox.url())
}

/// Starts it with the credentials of the instance at this address.
pub fn at(mut command: Command, url: &str) -> Child {
    bare(&mut command)
        .env("GREEN_API_URL", url)
        .env("GREEN_API_ID_INSTANCE", INSTANCE.to_string())
        .env("GREEN_API_TOKEN_INSTANCE", TOKEN);
    start(&mut command)
}

/// Takes all variables but the path, and whoever's profiles, from a command.
fn bare(command: &mut Command) -> &mut Command {
    command
        .env_clear()
        .env("GREEN_API_CONFIG_DIR", no_profiles())
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
}

/// The command that listens at a webhook address.
pub fn webhook(more: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin!("green-api"));
    bare(&mut command)
        .args(["listen", "--webhook", "127.0.0.1:0"])
        .args(more);
    command
}

/// Posts a notification as the server does, and gives the status of the answer.
pub async fn post(url: &str, authorization: Option<&str>, body: &str) -> u16 {
    let address = url.strip_prefix("http://").unwrap().to_owned();
    let authorization = authorization
        .map(|token| format!("Authorization: Bearer {token}\r\n"))
        .unwrap_or_default();
    let length = body.len();
    let request = format!(
        "POST / HTTP/1.1\r\nHost: {address}\r\n{authorization}Connection: close\r\nContent-Length: {length}\r\n\r\n{body}"
    );
    tokio::task::spawn_blocking(move || {
        let mut connection = TcpStream::connect(address).unwrap();
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer.split(' ').nth(1).unwrap().parse().unwrap()
    })
    .await
    .unwrap()
}
