//! Servers that misbehave below HTTP, where a mock cannot.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinHandle;

/// The action of a server on every connection.
#[derive(Clone, Debug)]
pub enum Act {
    /// Closes it at once.
    Hangup,
    /// Reads a little of whatever comes, sends this and closes.
    Blurt(Vec<u8>),
    /// Reads the request, then closes.
    CloseAfterRequest,
    /// Reads the request, then resets the connection.
    Reset,
    /// Reads the request, sends this and closes.
    Send(Vec<u8>),
    /// Reads the request, sends this, and after that a byte now and then, for good.
    Drip(Vec<u8>),
    /// Reads the request and says nothing, for good.
    Silence,
    /// Answers every request on the connection with this.
    KeepAlive(Vec<u8>),
}

/// A server on this machine. It stops when it is dropped.
#[derive(Debug)]
pub struct SocketServer {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<String>>>,
    serving: JoinHandle<()>,
}

impl SocketServer {
    /// Starts one.
    pub async fn start(act: Act) -> Self {
        Self::start_by(move |_| act.clone()).await
    }

    /// Starts one that decides for each connection, by the head of its first request; by an empty text before there is one.
    pub async fn start_by(act: impl Fn(&str) -> Act + Send + Sync + 'static) -> Self {
        let act: Arc<dyn Fn(&str) -> Act + Send + Sync> = Arc::new(act);
        let listener = TcpListener::bind(("127.0.0.1", 0))
            .await
            .expect("a port is free");
        let address = listener.local_addr().expect("it listens");
        let (connections, requests) = (
            Arc::<AtomicUsize>::default(),
            Arc::<Mutex<Vec<String>>>::default(),
        );
        let (counted, noted) = (Arc::clone(&connections), Arc::clone(&requests));
        let serving = tokio::spawn(async move {
            // What is dropped with the server ends with it.
            let mut open = tokio::task::JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::SeqCst);
                let (act, noted) = (Arc::clone(&act), Arc::clone(&noted));
                open.spawn(async move {
                    // A client that hangs up first is not this server's business.
                    let _ = play(stream, &*act, &noted).await;
                });
            }
        });
        Self {
            address,
            connections,
            requests,
            serving,
        }
    }

    /// Returns `http://127.0.0.1:…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns how many connections were made.
    #[must_use]
    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// Returns the heads of the requests that were read.
    #[must_use]
    pub fn requests(&self) -> Vec<String> {
        self.requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Drop for SocketServer {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

async fn play(
    mut stream: TcpStream,
    act: &(dyn Fn(&str) -> Act + Send + Sync),
    noted: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    match act("") {
        Act::Hangup => return Ok(()),
        Act::Blurt(bytes) => {
            stream.read_buf(&mut Vec::new()).await?;
            stream.write_all(&bytes).await?;
            stream.shutdown().await?;
            // A connection that is closed with something unread is reset.
            return tokio::io::copy(&mut stream, &mut tokio::io::sink())
                .await
                .map(drop);
        }
        _ => {}
    }
    loop {
        let head = read_request(&mut stream).await?;
        let act = act(&head);
        noted
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(head);
        match &act {
            Act::Hangup | Act::Blurt(_) | Act::CloseAfterRequest => return Ok(()),
            Act::Reset => return stream.set_zero_linger(),
            Act::Send(bytes) => {
                stream.write_all(bytes).await?;
                return stream.shutdown().await;
            }
            Act::KeepAlive(bytes) => stream.write_all(bytes).await?,
            Act::Silence => std::future::pending().await,
            Act::Drip(bytes) => {
                stream.write_all(bytes).await?;
                loop {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    stream.write_all(b" ").await?;
                }
            }
        }
    }
}

/// Reads a request to its last byte, and gives its head.
async fn read_request(stream: &mut TcpStream) -> std::io::Result<String> {
    let mut received = Vec::new();
    let end = loop {
        if stream.read_buf(&mut received).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        if let Some(end) = received.windows(4).position(|window| window == b"\r\n\r\n") {
            break end + 4;
        }
    };
    let head = String::from_utf8_lossy(&received[..end]).into_owned();
    let header = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.split_once(':'));
        lines
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    };
    match (
        header("content-length").and_then(|length| length.parse::<usize>().ok()),
        header("transfer-encoding"),
    ) {
        (Some(length), _) => {
            while received.len() < end + length && stream.read_buf(&mut received).await? > 0 {}
        }
        (None, Some(_)) => {
            while !received.ends_with(b"0\r\n\r\n") && stream.read_buf(&mut received).await? > 0 {}
        }
        (None, None) => {}
    }
    Ok(head)
}

/// Returns an answer of HTTP: a status line with its reason, headers, and the body as it is.
#[must_use]
pub fn answer(status: &str, headers: &[&str], body: &str) -> Vec<u8> {
    let headers: String = headers
        .iter()
        .map(|header| format!("{header}\r\n"))
        .collect();
    format!("HTTP/1.1 {status}\r\n{headers}\r\n{body}").into_bytes()
}

/// Returns an answer with the right length.
#[must_use]
pub fn whole(status: &str, content_type: &str, body: &str) -> Vec<u8> {
    answer(
        status,
        &[
            &format!("Content-Type: {content_type}"),
            &format!("Content-Length: {}", body.len()),
        ],
        body,
    )
}

/// An address on this machine where nobody listens, and nobody else can while this is kept.
#[derive(Debug)]
pub struct Nobody {
    socket: TcpSocket,
}

impl Nobody {
    /// Takes a port without listening on it.
    #[must_use]
    pub fn new() -> Self {
        let socket = TcpSocket::new_v4().expect("a socket can be had");
        socket
            .bind(SocketAddr::from(([127, 0, 0, 1], 0)))
            .expect("a port is free");
        Self { socket }
    }

    /// Returns `http://127.0.0.1:…`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.socket.local_addr().expect("it is bound"))
    }
}

impl Default for Nobody {
    fn default() -> Self {
        Self::new()
    }
}
