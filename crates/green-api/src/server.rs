//! An HTTP server that half-sent requests and unread answers do not fill up, for this workspace's bots and its command.

use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use axum::routing::get;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;

/// How many connections there are at once. Most systems allow a process 256 descriptors or more; others wait until one of these ends.
const CONNECTIONS: usize = 100;
/// How long the head of a request may take, and how long a connection may be idle. The endpoint limits bodies.
const HEAD: Duration = Duration::from_secs(10);
/// How long a client may read nothing while there is an answer for it.
const ANSWER: Duration = Duration::from_secs(10);
/// The format of Prometheus, of which there is one version as text.
const PROMETHEUS: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Serves until `stop` completes; then until what came has been answered.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let connections = Arc::new(Semaphore::new(CONNECTIONS));
    let ending = GracefulShutdown::new();
    let mut stop = pin!(stop);
    loop {
        let (stream, place) = tokio::select! {
            biased;
            () = &mut stop => break,
            Some(accepted) = accept(&listener, &connections) => accepted,
            else => break,
        };
        let service = TowerToHyperService::new(router.clone());
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(ANSWER));
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD)
            .serve_connection(TokioIo::new(Box::pin(stream)), service);
        let connection = ending.watch(connection);
        tokio::spawn(async move {
            // Whoever breaks it off sends the notification again.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    ending.shutdown().await;
}

/// Waits for a connection and a place for it.
async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> Option<(TcpStream, OwnedSemaphorePermit)> {
    let place = Arc::clone(connections).acquire_owned().await.ok()?;
    loop {
        match listener.accept().await {
            Ok((stream, _)) => return Some((stream, place)),
            // There are no descriptors left, or it was over before it began.
            Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
        }
    }
}

/// Returns what serves the text that `render` returns at `/metrics`, for Prometheus. `listening` is where; `None` if the program itself serves it.
pub fn metrics<F>(
    listening: Option<IpAddr>,
    render: impl Fn() -> F + Clone + Send + Sync + 'static,
) -> Router
where
    F: Future<Output = String> + Send + 'static,
{
    let answer = move |headers: HeaderMap| {
        let render = render.clone();
        async move {
            if !listening.is_none_or(|address| is_named(&headers, address)) {
                let reason = "the header Host must be localhost or the address of this machine\n";
                return (StatusCode::FORBIDDEN, reason).into_response();
            }
            ([(CONTENT_TYPE, PROMETHEUS)], render().await).into_response()
        }
    };
    Router::new().route("/metrics", get(answer))
}

/// Returns whether a request is for a name of this machine: a web page that has made its own name point here (DNS rebinding) still sends that name. Whoever
/// listens for other machines may have any name.
fn is_named(headers: &HeaderMap, listening: IpAddr) -> bool {
    if !listening.is_loopback() {
        return true;
    }
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let host = host.unwrap_or_default();
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    let bare = name.trim_start_matches('[').trim_end_matches(']');
    let address = bare.parse::<IpAddr>();
    bare.eq_ignore_ascii_case("localhost") || address.is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::task::JoinHandle;

    use super::*;

    /// Starts a server that says this, and returns where.
    async fn saying(text: String) -> (std::net::SocketAddr, JoinHandle<()>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/", get(async move || text.clone()));
        let server = serve(listener, router, std::future::pending());
        (address, tokio::spawn(server))
    }

    /// Asks as one who waits for the whole answer.
    async fn ask(address: std::net::SocketAddr) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer
    }

    #[tokio::test(start_paused = true)]
    async fn half_sent_heads_do_not_shut_it() {
        let (address, server) = saying("well".to_owned()).await;
        let mut halves = Vec::new();
        for _ in 0..CONNECTIONS + 29 {
            let mut half = TcpStream::connect(address).await.unwrap();
            half.write_all(b"POST / HTTP/1.1\r\nHost: ").await.unwrap();
            halves.push(half);
        }
        let answer = ask(address).await;
        assert!(answer.ends_with("well"), "{answer}");
        server.abort();
    }

    #[tokio::test(start_paused = true)]
    async fn answers_that_nobody_reads_do_not_shut_it() {
        let (address, server) = saying("well".repeat(64 * 1024)).await;
        let requests = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".repeat(100);
        let mut deaf = Vec::new();
        for _ in 0..CONNECTIONS {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(&requests).await.unwrap();
            deaf.push(stream);
        }
        let answer = tokio::time::timeout(3 * ANSWER, ask(address)).await;
        assert!(answer.is_ok_and(|answer| answer.ends_with("well")));
        server.abort();
    }
}
