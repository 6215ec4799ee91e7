//! The same of calls that share a connection, by HTTP/2: run by `cargo xtask bench`.
//!
//! `green-api-memory-http2 serve` is the server, for a process of its own. A program of its own, since the feature changes what every call costs.

#[path = "../waiting.rs"]
mod waiting;

use std::convert::Infallible;
use std::sync::Arc;

use bytes::Bytes;
use green_api::Client;
use http_body_util::Full;
use hyper::Response;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::sync::Barrier;

/// So many requests are answered together, once all of them wait.
const WAITING: u32 = 1000;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let bytes_of = |what: &str, count, address: &str| match what {
        "waiting/green-api" => {
            let client = Client::builder().http2_prior_knowledge().build();
            waiting::waiting(&client.expect("TLS can be set up"), address, count)
        }
        "waiting/reqwest" => {
            let client = reqwest::Client::builder()
                .http2_prior_knowledge()
                .no_proxy();
            let client = client.build().expect("TLS can be set up");
            waiting::waiting_by_reqwest(&client, address, count)
        }
        other => panic!("there is no {other}"),
    };
    match arguments[..] {
        ["serve"] => waiting::runtime().block_on(serve()),
        [what, count, address] => {
            let count = count.parse().expect("a number of times");
            println!("{}", bytes_of(what, count, address) / count);
        }
        _ => println!("run by `cargo xtask bench`"),
    }
}

async fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port is free");
    println!("http://{}", listener.local_addr().expect("it listens"));
    let barrier = Arc::new(Barrier::new(WAITING as usize));
    while let Ok((stream, _)) = listener.accept().await {
        let barrier = Arc::clone(&barrier);
        let answer = service_fn(move |_| {
            let barrier = Arc::clone(&barrier);
            async move {
                barrier.wait().await;
                Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"null"))))
            }
        });
        let mut server = http2::Builder::new(TokioExecutor::new());
        server.max_concurrent_streams(WAITING);
        tokio::spawn(server.serve_connection(TokioIo::new(stream), answer));
    }
}
