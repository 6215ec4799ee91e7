//! What calls and decoding cost in instructions, beside the same by hand: run by `cargo xtask bench`, which counts them.
//!
//! `green-api-cost serve` is the server, for a process of its own, and `green-api-cost NAME COUNT ADDRESS` does one thing so many times.

#[path = "../../../crates/green-api/tests/corpus/mod.rs"]
mod corpus;

use std::hint::black_box;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Barrier;
use std::time::Duration;

use green_api::types::Notification;
use green_api::{ChatId, Client, Credentials, Instance, Pace, PhoneNumber, operations};
use http_body_util::{BodyExt as _, Full};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

const TOKEN: &str = "d75b3a66374942c5b3c019c698abc2067e151558acbd412345";
const CODE: &str = r#"{"status":true,"code":"GAPI2018"}"#;
const SENT: &str = r#"{"idMessage":"BAE5F4886F6F2D05"}"#;
const TEXT: &str = "Your order has left the warehouse and will be with you tomorrow.";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["serve"] => serve(),
        ["kinds"] => corpus::kinds().keys().for_each(|kind| println!("{kind}")),
        [what, count, address] => {
            let count = count.parse().expect("a number of times");
            run(what, count, address);
        }
        _ => println!("run by `cargo xtask bench`"),
    }
}

fn run(what: &str, count: usize, address: &str) {
    if let Some(kind) = what.strip_prefix("typed/") {
        return decode::<Notification>(kind, count);
    }
    if let Some(kind) = what.strip_prefix("value/") {
        return decode::<Value>(kind, count);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.expect("a runtime can be made");
    runtime.block_on(async {
        match what {
            "code/green-api" => code(&instance(address), count).await,
            "code/reqwest" => code_by_reqwest(address, count).await,
            "code/hyper" => {
                by_hyper(
                    address,
                    "getAuthorizationCode",
                    count,
                    r#"{"phoneNumber":447700900123}"#,
                )
                .await
            }
            "send/green-api" => send(&instance(address), count).await,
            "send/reqwest" => send_by_reqwest(address, count).await,
            "send/hyper" => {
                let body = format!(r#"{{"chatId":"447700900123@c.us","message":"{TEXT}"}}"#);
                by_hyper(address, "sendMessage", count, &body).await;
            }
            "client/green-api" => {
                (0..count).for_each(|_| drop(black_box(Client::new().expect("TLS"))))
            }
            "client/reqwest" => (0..count).for_each(|_| drop(black_box(reqwest::Client::new()))),
            other => panic!("there is no {other}"),
        }
    });
}

fn decode<T: DeserializeOwned>(kind: &str, count: usize) {
    let text = &corpus::kinds()[kind];
    for _ in 0..count {
        drop(black_box(
            serde_json::from_str::<T>(black_box(text)).expect("it fits"),
        ));
    }
}

fn instance(address: &str) -> Instance {
    let credentials = Credentials::new(address, "7103000001", TOKEN).expect("they are sound");
    // Kept to, and too fast to be waited for.
    let pace = Pace::documented().rate(&operations::SEND_MESSAGE, f64::MAX);
    Instance::new(credentials)
        .expect("TLS can be set up")
        .with_pace(pace)
}

async fn code(instance: &Instance, count: usize) {
    let phone: PhoneNumber = "447700900123".parse().expect("it is one");
    for _ in 0..count {
        black_box(
            instance
                .get_authorization_code(phone)
                .await
                .expect("it answers"),
        );
    }
}

async fn send(instance: &Instance, count: usize) {
    let chat: ChatId = "447700900123@c.us".parse().expect("it is one");
    for _ in 0..count {
        black_box(
            instance
                .send_message(&chat, TEXT)
                .await
                .expect("it answers"),
        );
    }
}

/// As somebody writes it who has nothing but reqwest: the address, a time limit, the status, the answer.
async fn code_by_reqwest(address: &str, count: usize) {
    #[derive(Deserialize)]
    struct Answer {
        status: bool,
        code: String,
    }
    let client = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("TLS can be set up");
    for _ in 0..count {
        let response = client
            .post(format!(
                "{address}/waInstance7103000001/getAuthorizationCode/{TOKEN}"
            ))
            .timeout(Duration::from_secs(70))
            .json(&serde_json::json!({ "phoneNumber": 447_700_900_123_u64 }))
            .send()
            .await
            .expect("it answers");
        assert!(response.status().is_success());
        let answer: Answer = response.json().await.expect("it is JSON");
        assert!(answer.status);
        black_box(answer.code);
    }
}

async fn send_by_reqwest(address: &str, count: usize) {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        chat_id: &'a ChatId,
        message: &'a str,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Answer {
        id_message: String,
    }
    let client = reqwest::Client::builder()
        .no_proxy()
        .build()
        .expect("TLS can be set up");
    let chat: ChatId = "447700900123@c.us".parse().expect("it is one");
    for _ in 0..count {
        let response = client
            .post(format!(
                "{address}/waInstance7103000001/sendMessage/{TOKEN}"
            ))
            .timeout(Duration::from_secs(70))
            .json(&Body {
                chat_id: &chat,
                message: TEXT,
            })
            .send()
            .await
            .expect("it answers");
        assert!(response.status().is_success());
        let answer: Answer = response.json().await.expect("it is JSON");
        black_box(answer.id_message);
    }
}

/// With nothing between it and the connection pool.
async fn by_hyper(address: &str, method: &str, count: usize, body: &str) {
    let client = hyper_util::client::legacy::Client::builder(hyper_util::rt::TokioExecutor::new())
        .build_http();
    for _ in 0..count {
        let request =
            hyper::Request::post(format!("{address}/waInstance7103000001/{method}/{TOKEN}"))
                .header("content-type", "application/json")
                .body(Full::new(bytes::Bytes::from(body.to_owned())));
        let response = client
            .request(request.expect("it is one"))
            .await
            .expect("it answers");
        assert!(response.status().is_success());
        let body = response
            .into_body()
            .collect()
            .await
            .expect("it ends")
            .to_bytes();
        black_box(serde_json::from_slice::<Value>(&body).expect("it is JSON"));
    }
}

/// So many requests for a notification are answered together, once all of them wait.
static WAITING: Barrier = Barrier::new(1000);

/// Answers every other request at once, and says where.
fn serve() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    println!("http://{}", listener.local_addr().expect("it listens"));
    for stream in listener.incoming().flatten() {
        std::thread::spawn(move || answer(stream));
    }
}

fn answer(stream: TcpStream) -> std::io::Result<()> {
    stream.set_nodelay(true)?;
    let (mut reader, mut stream) = (BufReader::new(&stream), &stream);
    loop {
        let (mut line, mut length) = (String::new(), 0);
        reader.read_line(&mut line)?;
        let waits = line.contains("/receiveNotification/");
        let answer = if line.contains("/sendMessage/") {
            SENT
        } else if waits {
            "null"
        } else {
            CODE
        };
        while !matches!(line.as_str(), "\r\n" | "") {
            line.clear();
            reader.read_line(&mut line)?;
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap_or(0);
            }
        }
        if line.is_empty() {
            return Ok(());
        }
        reader.read_exact(&mut vec![0; length])?;
        if waits {
            WAITING.wait();
        }
        write!(
            stream,
            "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nContent-Length: {}\r\n\r\n{answer}",
            answer.len()
        )?;
    }
}
