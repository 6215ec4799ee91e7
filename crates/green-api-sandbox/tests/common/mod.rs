//! A client that knows nothing but HTTP, and a sandbox whose clock stands still.
#![allow(dead_code, reason = "every test file uses its own part")]

use std::time::Duration;

use base64::Engine as _;
use green_api_sandbox::{Builder, Clock, Phone, Sandbox};
use reqwest::{Method, Response};
use serde_json::{Value, json};

pub const PHONE: &str = "447700900123";
/// The number of somebody who is a customer and no more.
pub const FRIEND: &str = "447700900145";

/// The answer to `getAuthorizationCode` when no code is issued.
pub const NO_CODE: (u16, &str) = (200, r#"{"status":false,"code":""}"#);

/// A sandbox with a manual clock, and a client of its first instance.
pub struct Setup {
    pub sandbox: Sandbox,
    http: reqwest::Client,
}

pub async fn setup() -> Setup {
    setup_with(Sandbox::builder()).await
}

pub async fn setup_with(builder: Builder) -> Setup {
    let sandbox = builder.clock(Clock::manual()).start().await.unwrap();
    Setup {
        sandbox,
        http: reqwest::Client::new(),
    }
}

/// An answer that has arrived as a whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub content_type: Option<String>,
    pub remaining: Option<String>,
    pub replenish_rate: Option<String>,
    pub text: String,
}

impl Answer {
    pub async fn read(response: Response) -> Self {
        let header = |name| Some(response.headers().get(name)?.to_str().unwrap().to_owned());
        Self {
            status: response.status().as_u16(),
            content_type: header("content-type"),
            remaining: header("x-ratelimit-remaining"),
            replenish_rate: header("x-ratelimit-replenish-rate"),
            text: response.text().await.unwrap(),
        }
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    /// The status and the body.
    pub fn told(&self) -> (u16, &str) {
        (self.status, &self.text)
    }

    /// The text of a 400.
    #[track_caller]
    pub fn refusal(&self) -> String {
        assert_eq!(self.status, 400, "{}", self.text);
        self.json()["message"].as_str().unwrap().to_owned()
    }
}

impl Setup {
    /// The address of an operation; `rest` is what follows the token.
    pub fn address(&self, operation: &str, rest: &str) -> String {
        let instance = self.sandbox.instance();
        let (id, token) = (instance.id_instance(), instance.api_token_instance());
        format!(
            "{}/waInstance{id}/{operation}/{token}{rest}",
            self.sandbox.url()
        )
    }

    pub fn request(&self, method: Method, address: &str) -> reqwest::RequestBuilder {
        self.http.request(method, address)
    }

    pub async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        Answer::read(request.send().await.unwrap()).await
    }

    /// What a GET brings, unread.
    pub async fn response(&self, operation: &str) -> reqwest::Result<Response> {
        self.request(Method::GET, &self.address(operation, ""))
            .send()
            .await
    }

    pub async fn get(&self, operation: &str) -> Answer {
        Answer::read(self.response(operation).await.unwrap()).await
    }

    pub async fn post(&self, operation: &str, body: Value) -> Answer {
        self.send(
            self.request(Method::POST, &self.address(operation, ""))
                .json(&body),
        )
        .await
    }

    pub async fn delete(&self, receipt_id: &str) -> Answer {
        let address = self.address("deleteNotification", &format!("/{receipt_id}"));
        self.send(self.request(Method::DELETE, &address)).await
    }

    /// `getAuthorizationCode` for [`PHONE`].
    pub async fn ask_for_code(&self) -> Answer {
        let body = json!({ "phoneNumber": 447_700_900_123_u64 });
        self.post("getAuthorizationCode", body).await
    }

    /// The code that it issues.
    pub async fn code(&self) -> String {
        let answer = self.ask_for_code().await;
        assert_eq!(answer.json()["status"], true, "{}", answer.text);
        answer.json()["code"].as_str().unwrap().to_owned()
    }

    /// What `getStateInstance` says, a second after whatever was asked before.
    pub async fn state(&self) -> String {
        self.advance(1);
        self.get("getStateInstance").await.json()["stateInstance"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    pub fn phone(&self) -> Phone {
        self.sandbox.phone(PHONE)
    }

    pub fn advance(&self, seconds: u64) {
        self.sandbox.clock().advance(Duration::from_secs(seconds));
    }

    /// Links [`PHONE`] the long way.
    pub async fn link(&self) {
        self.phone().type_code(&self.code().await).unwrap();
        self.advance(2);
        assert_eq!(self.state().await, "authorized");
    }

    /// Switches settings on and waits until the instance has restarted.
    pub async fn set(&self, settings: Value) {
        let answer = self.post("setSettings", settings).await;
        assert_eq!(answer.text, r#"{"saveSettings":true}"#);
        self.advance(3);
    }
}

/// Every switch that has to do with messages.
pub fn everything() -> Value {
    json!({
        "incomingWebhook": "yes", "outgoingWebhook": "yes", "outgoingMessageWebhook": "yes", "outgoingAPIMessageWebhook": "yes",
        "pollMessageWebhook": "yes", "editedMessageWebhook": "yes", "deletedMessageWebhook": "yes",
    })
}

/// An instance that is linked to a phone and hears of everything, and the phone of somebody who is a customer and no more. What happens is
/// in the journals at once.
pub async fn linked() -> (Setup, Phone) {
    linked_with(Sandbox::builder().journal_delay(Duration::ZERO)).await
}

pub async fn linked_with(builder: Builder) -> (Setup, Phone) {
    let setup = setup_with(builder).await;
    setup.set(everything()).await;
    setup.sandbox.instance().link(&setup.phone());
    let friend = setup.sandbox.phone(FRIEND);
    friend.set_name("Ada");
    (setup, friend)
}

/// Everything in the queue of the instance, which is empty afterwards.
pub async fn notifications(setup: &Setup) -> Vec<Value> {
    let mut bodies = Vec::new();
    while setup.sandbox.instance().pending_notifications() > 0 {
        let notification = setup.get("receiveNotification").await.json();
        setup.delete(&notification["receiptId"].to_string()).await;
        bodies.push(notification["body"].clone());
    }
    bodies
}

/// Reads a PNG in Base64 as a phone does, from its pixels.
pub fn scan(message: &str) -> String {
    let png = base64::engine::general_purpose::STANDARD
        .decode(message)
        .unwrap();
    let mut reader = png::Decoder::new(std::io::Cursor::new(png))
        .read_info()
        .unwrap();
    let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
    let picture = reader.next_frame(&mut pixels).unwrap();
    let (width, height) = (picture.width as usize, picture.height as usize);
    let mut scanned =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| pixels[y * width + x]);
    let codes = scanned.detect_grids();
    assert_eq!(codes.len(), 1);
    codes[0].decode().unwrap().1
}
