//! A server of bytes: it reads requests whole and answers whatever a test says, well-formed or not.
#![allow(dead_code, reason = "every test file uses a part of it")]

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use green_api::{Client, Credentials, Instance, Pace, RetryPolicy};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

pub const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef01";

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    pub head: String,
    pub body: Vec<u8>,
    /// Whether it came whole.
    pub complete: bool,
}

impl Seen {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .skip(1)
            .filter_map(|line| line.split_once(": "))
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

pub struct Wire {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Wire {
    /// Answers each request with the next of these bytes, the last one for ever, and closes the connection.
    pub async fn start(answers: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let answers: Vec<Vec<u8>> = answers.into_iter().collect();
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let log = Arc::clone(&seen);
        tokio::spawn(async move {
            let mut number = 0;
            while let Ok((stream, _)) = listener.accept().await {
                let answer = answers[number.min(answers.len() - 1)].clone();
                number += 1;
                let log = Arc::clone(&log);
                tokio::spawn(async move { serve(stream, &answer, &log).await });
            }
        });
        Self { address, seen }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    /// An instance that lives here and repeats at once.
    pub fn instance(&self) -> Instance {
        instance_at(&self.url())
    }
}

pub fn instance_at(url: &str) -> Instance {
    let policy =
        RetryPolicy::default().backoff(std::time::Duration::ZERO, std::time::Duration::ZERO);
    let client = Client::builder()
        .retry(policy)
        .pace(Pace::off())
        .build()
        .unwrap();
    client.instance(Credentials::new(url, "7103000001", TOKEN).unwrap())
}

/// A whole answer of that status and body.
pub fn answer(status: &str, content_type: &str, body: impl AsRef<[u8]>) -> Vec<u8> {
    let body = body.as_ref();
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let mut bytes = head.into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

pub fn json(body: &str) -> Vec<u8> {
    answer("200 OK", "application/json", body)
}

async fn serve(stream: TcpStream, answer: &[u8], log: &Mutex<Vec<Seen>>) {
    let mut stream = BufReader::new(stream);
    let mut seen = Seen::default();
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    seen.head = String::from_utf8_lossy(&head).into_owned();
    let length = seen
        .header("content-length")
        .and_then(|length| length.parse().ok());
    let chunked = seen
        .header("transfer-encoding")
        .is_some_and(|coding| coding == "chunked");
    seen.complete = match length {
        None if chunked => read_chunks(&mut stream, &mut seen.body).await.is_ok(),
        length => {
            let whole = length.unwrap_or(0);
            let _ = (&mut stream).take(whole).read_to_end(&mut seen.body).await;
            seen.body.len() as u64 == whole
        }
    };
    let complete = seen.complete;
    log.lock().unwrap().push(seen);
    if complete {
        let _ = stream.write_all(answer).await;
        let _ = stream.shutdown().await;
    }
}

async fn read_chunks(stream: &mut BufReader<TcpStream>, body: &mut Vec<u8>) -> std::io::Result<()> {
    loop {
        let mut line = Vec::new();
        while !line.ends_with(b"\r\n") {
            line.push(stream.read_u8().await?);
        }
        let size = usize::from_str_radix(String::from_utf8_lossy(&line).trim(), 16)
            .map_err(std::io::Error::other)?;
        let mut chunk = vec![0; size + 2];
        stream.read_exact(&mut chunk).await?;
        body.extend_from_slice(&chunk[..size]);
        if size == 0 {
            return Ok(());
        }
    }
}
