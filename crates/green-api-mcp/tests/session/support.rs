//! A sandbox, a server and a client in one process.

use std::time::Duration;

use green_api::{Client, Credentials, Instance, Pace, RetryPolicy};
use green_api_mailbox::Store;
use green_api_mcp::{Chats, Error, Scope, Server};
use green_api_sandbox::{Builder, Sandbox};
use rmcp::model::{CallToolRequestParams, CallToolResult};
use rmcp::service::{RoleClient, RunningService};
use rmcp::{ServiceError, ServiceExt as _};
use serde_json::{Value, json};
use tokio::io::duplex;
use tokio::task::JoinHandle;

pub const ID: u64 = 7_103_000_001;
pub const TOKEN: &str = "ca9a12ca9a12ca9a12ca9a12ca9a12ca9a12ca9a12ca9a12ca";
pub const SHOP: &str = "447700900123";
pub const ADA: &str = "447700900145";
pub const EVE: &str = "447700900167";

pub fn builder() -> Builder {
    let on = [
        "incomingWebhook",
        "outgoingWebhook",
        "outgoingAPIMessageWebhook",
    ];
    let settings: Value = on.into_iter().map(|name| (name, "yes")).collect();
    Sandbox::builder()
        .rate_limits(false)
        .journal_delay(Duration::ZERO)
        .instance(ID, TOKEN)
        .settings(settings)
        .linked_to(SHOP)
}

pub fn instance_at(url: &str) -> Instance {
    let client = Client::builder()
        .retry(RetryPolicy::never())
        .pace(Pace::off());
    let credentials = Credentials::new(url, &ID.to_string(), TOKEN).unwrap();
    client.build().unwrap().instance(credentials)
}

pub struct World {
    pub sandbox: Sandbox,
    pub store: Store,
}

impl World {
    pub async fn new() -> Self {
        Self {
            sandbox: builder().start().await.unwrap(),
            store: Store::in_memory().await.unwrap(),
        }
    }

    pub fn server(&self, scopes: &[Scope], chats: Chats) -> Server {
        Server::new(instance_at(&self.sandbox.url()))
            .allow(scopes.iter().copied())
            .chats(chats)
            .outbox(self.store.outbox())
    }

    /// A session that may do this.
    pub async fn session(&self, scopes: &[Scope], chats: Chats) -> Session {
        Session::new(self.server(scopes, chats)).await
    }

    /// What one of the customers got from the shop.
    pub fn got(&self, phone: &str) -> Vec<String> {
        let messages = self.sandbox.phone(phone).messages(SHOP);
        messages
            .iter()
            .map(|message| serde_json::to_value(&message.content).unwrap())
            .map(|content| content["text"].as_str().unwrap_or_default().to_owned())
            .collect()
    }
}

pub struct Session {
    client: RunningService<RoleClient, ()>,
    served: JoinHandle<Result<(), Error>>,
}

impl Session {
    pub async fn new(server: Server) -> Self {
        let (ours, theirs) = duplex(1 << 16);
        let (read, write) = tokio::io::split(theirs);
        let served = tokio::spawn(server.serve(read, write));
        Self {
            client: ().serve(ours).await.unwrap(),
            served,
        }
    }

    pub fn instructions(&self) -> String {
        self.client
            .peer_info()
            .and_then(|info| info.instructions.clone())
            .unwrap()
    }

    pub async fn tools(&self) -> Vec<rmcp::model::Tool> {
        self.client.list_all_tools().await.unwrap()
    }

    pub async fn call(&self, tool: &str, arguments: Value) -> CallToolResult {
        self.try_call(tool, arguments).await.unwrap()
    }

    pub async fn try_call(
        &self,
        tool: &str,
        arguments: Value,
    ) -> Result<CallToolResult, ServiceError> {
        let arguments = arguments.as_object().unwrap().clone();
        let params = CallToolRequestParams::new(tool.to_owned()).with_arguments(arguments);
        self.client.call_tool(params).await
    }

    /// The structured content of a good answer, which the text repeats.
    pub async fn ask(&self, tool: &str, arguments: Value) -> Value {
        let result = self.call(tool, arguments).await;
        assert_eq!(result.is_error, Some(false), "{result:?}");
        let structured = result.structured_content.clone().unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&text(&result)).unwrap(),
            structured
        );
        structured
    }

    /// The words of a refusal.
    pub async fn refusal(&self, tool: &str, arguments: Value) -> String {
        let result = self.call(tool, arguments).await;
        assert_eq!(result.is_error, Some(true), "{result:?}");
        text(&result)
    }

    pub async fn send(&self, chat: &str, message: &str, key: &str) -> Value {
        let arguments = json!({"chatId": chat, "message": message, "idempotencyKey": key});
        self.ask("send_message", arguments).await
    }

    /// Closes the connection, and waits until the server has ended.
    pub async fn end(self) {
        self.client.cancel().await.unwrap();
        self.served.await.unwrap().unwrap();
    }
}

pub fn text(result: &CallToolResult) -> String {
    result.content[0].as_text().unwrap().text.clone()
}

/// What is left of a text without that which is marked.
pub fn unmarked(text: &str, answer: &Value) -> String {
    let note = answer["note"].as_str().expect("it tells of marks");
    let (_, rest) = note.split_once('<').unwrap();
    let (tag, _) = rest.split_once('>').unwrap();
    let (open, close) = (format!("<{tag}>"), format!("</{tag}>"));
    let mut left = String::new();
    let mut rest = text
        .strip_prefix(&format!("{{\"note\":\"{note}\","))
        .unwrap();
    while let Some((before, inside)) = rest.split_once(&open) {
        left += before;
        rest = inside.split_once(&close).expect("every mark ends").1;
    }
    assert!(!rest.contains(&close), "{rest}");
    left + rest
}
