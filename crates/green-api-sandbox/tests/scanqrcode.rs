//! `scanqrcode`, by a client that knows nothing but websockets.

mod common;

use common::{PHONE, Setup, scan, setup, setup_with};
use futures_util::StreamExt as _;
use green_api_sandbox::{Fault, Sandbox, State};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

impl Setup {
    fn socket_address(&self) -> String {
        self.address("scanqrcode", "")
            .replacen("http://", "ws://", 1)
    }

    async fn socket(&self) -> Socket {
        connect_async(self.socket_address()).await.unwrap().0
    }
}

/// The next frame; `None` at the end.
async fn frame(socket: &mut Socket) -> Option<Value> {
    match socket.next().await?.unwrap() {
        Message::Text(text) => Some(serde_json::from_str(&text).unwrap()),
        Message::Close(_) => None,
        other => panic!("{other:?}"),
    }
}

/// The content of the next QR code.
async fn code(socket: &mut Socket) -> String {
    let frame = frame(socket).await.unwrap();
    assert_eq!(frame["type"], "qrCode");
    scan(frame["message"].as_str().unwrap())
}

#[tokio::test]
async fn its_codes_are_renewed_and_scanning_one_links() {
    let setup = setup().await;
    setup.phone().set_name("Ann");
    let mut socket = setup.socket().await;
    let first = code(&mut socket).await;
    assert_eq!(Some(&first), setup.sandbox.instance().qr().as_ref());
    setup.advance(20);
    let second = code(&mut socket).await;
    assert_ne!(first, second);

    setup.phone().scan_qr(&second).unwrap();
    setup.advance(2);
    let linked = json!({ "type": "accountData", "wid": "447700900123@c.us", "pushname": "Ann", "webhookUrl": "" });
    assert_eq!(frame(&mut socket).await, Some(linked));
    let end = json!({ "type": "alreadyLogged", "message": "instance account already authorized" });
    assert_eq!(frame(&mut socket).await, Some(end));
    assert_eq!(frame(&mut socket).await, None);
    assert_eq!(setup.sandbox.instance().phone_number().unwrap(), PHONE);

    let requests = setup.sandbox.requests();
    let seen = (
        requests[0].operation.as_deref(),
        requests[0].path.as_str(),
        requests[0].status,
    );
    let path = "/waInstance1101000001/scanqrcode/***";
    assert_eq!(seen, (Some("scanqrcode"), path, Some(101)));
}

#[tokio::test]
async fn a_linked_account_ends_it_at_once() {
    let setup = setup_with(Sandbox::builder().linked_to(PHONE)).await;
    let mut socket = setup.socket().await;
    let only = json!({ "type": "alreadyLogged", "message": "instance account already authorized" });
    assert_eq!(frame(&mut socket).await, Some(only));
    assert_eq!(frame(&mut socket).await, None);
}

#[tokio::test]
async fn it_ends_after_a_hundred_seconds() {
    let setup = setup().await;
    let mut socket = setup.socket().await;
    for _ in 0..5 {
        code(&mut socket).await;
        setup.advance(20);
    }
    // Whether there was time for one more code, the clock decides.
    let mut last = frame(&mut socket).await.unwrap();
    if last["type"] == "qrCode" {
        last = frame(&mut socket).await.unwrap();
    }
    assert_eq!(last, json!({ "type": "timeout", "message": "timeout" }));
    assert_eq!(frame(&mut socket).await, None);
}

#[tokio::test]
async fn a_state_without_codes_is_an_error() {
    let setup = setup().await;
    let mut socket = setup.socket().await;
    code(&mut socket).await;
    setup.sandbox.instance().set_state(State::Blocked);
    assert_eq!(frame(&mut socket).await.unwrap()["type"], "error");
    assert_eq!(frame(&mut socket).await, None);
}

#[tokio::test]
async fn it_is_refused_like_any_operation() {
    let setup = setup().await;
    let status = async |address: &str| match connect_async(address).await {
        Err(Error::Http(response)) => response.status().as_u16(),
        other => panic!("{other:?}"),
    };
    let address = setup.socket_address();
    assert_eq!(status(&format!("{address}0")).await, 401);
    let unknown = address.replace("1101000001", "1101000002");
    setup.advance(1);
    assert_eq!(status(&unknown).await, 403);
    let fault = Fault::on("scanqrcode").times(1).status(502);
    setup.sandbox.faults().add(fault);
    assert_eq!(status(&address).await, 502);

    setup.socket().await;
    // One a second, as the documentation has it.
    assert_eq!(status(&address).await, 429);
    setup.advance(1);
    let no_socket = setup.request(Method::GET, &setup.address("scanqrcode", ""));
    assert_eq!(setup.send(no_socket).await.status, 400);
}

#[tokio::test]
async fn pages_of_other_origins_see_no_codes() {
    let setup = setup_with(Sandbox::builder().allow_origin("null")).await;
    let from = |origin: &str| {
        let mut request = setup.socket_address().into_client_request().unwrap();
        let headers = request.headers_mut();
        headers.insert("origin", origin.parse().unwrap());
        connect_async(request)
    };
    let refused = from("http://evil.example").await;
    assert!(matches!(refused, Err(Error::Http(response)) if response.status() == 403));
    // The official example is a file, whose origin is `null`.
    code(&mut from("null").await.unwrap().0).await;
}

#[tokio::test]
async fn it_ends_with_the_sandbox() {
    let setup = setup().await;
    let mut socket = setup.socket().await;
    code(&mut socket).await;
    drop(setup.sandbox);
    assert!(!matches!(socket.next().await, Some(Ok(Message::Text(_)))));
}
