//! As a tower service and as an axum router, over the network and without.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::error_handling::HandleErrorLayer;
use axum::http::{Method, Request, StatusCode};
use axum::routing::get;
use green_api::{ReceiveOptions, Webhook};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tower::timeout::TimeoutLayer;
use tower::{ServiceBuilder, ServiceExt as _};

use crate::common::{Log, message};
use crate::support::{noting, open, send, soon, token};

async fn status(router: &Router, request: Request<Body>) -> u16 {
    router
        .clone()
        .oneshot(request)
        .await
        .unwrap()
        .status()
        .as_u16()
}

fn a_post(path: &str) -> Request<Body> {
    Request::post(path)
        .body(message("3EB01", path).to_string().into())
        .unwrap()
}

#[tokio::test]
async fn only_posts_are_taken() {
    let log = Log::default();
    let webhook = open().handler(noting(&log));
    for method in [
        Method::GET,
        Method::HEAD,
        Method::PUT,
        Method::DELETE,
        Method::PATCH,
        Method::OPTIONS,
    ] {
        let request = Request::builder()
            .method(method)
            .body(message("3EB01", "Hello").to_string().into())
            .unwrap();
        let answered = send(&webhook, request).await;
        assert_eq!(
            (answered.status.as_u16(), &answered.headers["allow"]),
            (405, &"POST".parse().unwrap())
        );
    }
    assert!(log.noted().is_empty());
}

#[tokio::test]
async fn the_type_of_the_content_does_not_matter() {
    let log = Log::default();
    let webhook = open().handler(noting(&log));
    for content_type in ["application/json; charset=utf-8", "text/plain", "nonsense"] {
        let request = a_post(&format!("/{content_type:.4}"));
        let (mut head, body) = request.into_parts();
        head.headers
            .insert("content-type", content_type.parse().unwrap());
        assert_eq!(
            send(&webhook, Request::from_parts(head, body)).await.status,
            StatusCode::OK
        );
    }
    assert_eq!(log.noted(), ["/appl", "/text", "/nons"]);
}

#[tokio::test]
async fn any_body_will_do() {
    let log = Log::default();
    let webhook = open().handler(noting(&log));
    let answered = webhook
        .oneshot(
            Request::post("/")
                .body(message("3EB01", "Hello").to_string())
                .unwrap(),
        )
        .await
        .unwrap();
    assert_eq!(
        (answered.status(), log.noted()),
        (StatusCode::OK, vec!["Hello".to_owned()])
    );
}

#[tokio::test]
async fn the_router_fits_among_others() {
    let log = Log::default();
    let webhook = open().handler(noting(&log));
    let alone: Router = webhook.clone().into_router();
    for path in ["/", "/hook", "/a/b/"] {
        assert_eq!(status(&alone, a_post(path)).await, 200, "{path}");
    }
    assert_eq!(log.take(), ["/", "/hook", "/a/b/"]);

    let health = || Router::new().route("/health", get(async || "well"));
    let nested: Router = health().nest("/hooks", webhook.clone().into_router());
    assert_eq!(
        [
            status(&nested, a_post("/hooks")).await,
            status(&nested, a_post("/hooks/7103000001")).await
        ],
        [200, 200]
    );
    assert_eq!(
        [
            status(&nested, a_post("/else")).await,
            status(
                &nested,
                Request::get("/health").body(Body::empty()).unwrap()
            )
            .await
        ],
        [404, 200]
    );
    let with_state: Router = Router::<u8>::new()
        .merge(webhook.clone().into_router())
        .with_state(7);
    assert_eq!(status(&with_state, a_post("/merged")).await, 200);
    let one_path: Router = health().route_service("/only", webhook);
    assert_eq!(
        [
            status(&one_path, a_post("/only")).await,
            status(&one_path, a_post("/")).await
        ],
        [200, 404]
    );
    assert_eq!(
        log.noted(),
        ["/hooks", "/hooks/7103000001", "/merged", "/only"]
    );
}

#[tokio::test]
async fn layers_fit_before_it() {
    let (sender, receiver) = tokio::sync::oneshot::channel::<()>();
    let gate = std::sync::Mutex::new(Some(receiver));
    let log = Log::default();
    let noted = log.clone();
    let webhook = open().handler(move |_| {
        let gate = gate.lock().unwrap().take().expect("it is handled once");
        let log = noted.clone();
        async move {
            gate.await.unwrap();
            log.note("handled");
            Ok::<(), String>(())
        }
    });
    let late = ServiceBuilder::new()
        .layer(HandleErrorLayer::new(async |_: axum::BoxError| {
            StatusCode::GATEWAY_TIMEOUT
        }))
        .layer(TimeoutLayer::new(Duration::from_millis(20)));
    let router: Router = webhook.clone().into_router().layer(late);
    assert_eq!(status(&router, a_post("/")).await, 504);
    // The layer has given up, the handler has not.
    sender.send(()).unwrap();
    soon(webhook.shutdown()).await;
    assert_eq!(log.noted(), ["handled"]);
}

/// Sends bytes as they are, and gives whatever comes back.
async fn raw(address: std::net::SocketAddr, request: &[u8]) -> String {
    let mut connection = TcpStream::connect(address).await.unwrap();
    connection.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    connection.read_to_end(&mut answer).await.unwrap();
    String::from_utf8(answer).unwrap()
}

fn as_http(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST /hook HTTP/1.1\r\nHost: hooks.example.com\r\nAuthorization: Bearer open-sesame\r\nConnection: close\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

#[tokio::test]
async fn over_the_network_and_to_the_end() {
    let (log, letters) = (Log::default(), Log::default());
    let webhook = Webhook::builder(token("open-sesame"))
        .options(ReceiveOptions::new().dead_letter(letters.keep()))
        .handler(noting(&log));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let router: Router = webhook.clone().into_router();
    let server = axum::serve(listener, router).with_graceful_shutdown(async move {
        stopped.await.unwrap();
        webhook.shutdown().await;
    });
    let server = tokio::spawn(server.into_future());

    let answer = soon(raw(
        address,
        &as_http(message("3EB01", "Hello").to_string().as_bytes()),
    ))
    .await;
    assert!(
        answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.ends_with("\r\n\r\n"),
        "{answer}"
    );
    // A huge body is answered, and not broken off.
    let huge = as_http(&vec![b'x'; 20 * 1024 * 1024]);
    for status in ["413 Payload Too Large", "200 OK"] {
        let answer = soon(raw(address, &huge)).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {status}\r\n")),
            "{answer}"
        );
    }
    stop.send(()).unwrap();
    soon(server).await.unwrap().unwrap();
    assert_eq!(
        (log.noted(), letters.noted().len()),
        (vec!["Hello".to_owned()], 1)
    );
}
