//! A linked instance and a friend, and what they say held against the description and the types.

use std::collections::BTreeSet;
use std::time::Duration;

use green_api::types::{MessageData, Notification};
use green_api::{Error, ErrorKind, Instance, RetryPolicy};
use green_api_sandbox::{Clock, Phone, Sandbox};
use green_api_tests::answers::differences;
use green_api_tests::schemas::complaints;
use green_api_tests::spec::{Operation, bundle};
use green_api_tests::{ID_INSTANCE, TOKEN, instance_at};
use serde_json::{Value, json};

pub const PHONE: &str = "447700900123";

pub const FRIEND: &str = "447700900145";

pub const FRIEND_CHAT: &str = "447700900145@c.us";

/// A linked instance that is told of everything, and the phone of a friend.
pub struct World {
    pub sandbox: Sandbox,
    pub instance: Instance,
    pub friend: Phone,
    pub called: BTreeSet<String>,
    problems: Vec<String>,
}

impl World {
    pub async fn new() -> Self {
        let id = ID_INSTANCE.parse::<u64>().unwrap();
        let sandbox = Sandbox::builder()
            .clock(Clock::manual())
            .instance(id, TOKEN)
            .rate_limits(false)
            .journal_delay(Duration::ZERO)
            .start()
            .await
            .unwrap();
        let instance = instance_at(&sandbox.url(), &sandbox.url(), TOKEN, RetryPolicy::never());
        let friend = sandbox.phone(FRIEND);
        friend.set_name("Ada");
        friend.add_contact(PHONE, "The shop");
        let mut world = Self {
            sandbox,
            instance,
            friend,
            called: BTreeSet::new(),
            problems: Vec::new(),
        };
        let on = [
            "incomingWebhook",
            "outgoingWebhook",
            "outgoingMessageWebhook",
            "outgoingAPIMessageWebhook",
            "stateWebhook",
            "pollMessageWebhook",
            "incomingCallWebhook",
            "outgoingCallWebhook",
            "incomingMessageStatusWebhook",
            "editedMessageWebhook",
            "deletedMessageWebhook",
            "catalogWebhook",
        ];
        world
            .call(
                "setSettings",
                on.iter()
                    .map(|switch| ((*switch).to_owned(), json!("yes")))
                    .collect(),
            )
            .await;
        world.advance(3);
        world
    }

    pub fn own_phone(&self) -> Phone {
        self.sandbox.phone(PHONE)
    }

    pub fn link(&self) {
        self.sandbox.instance().link(&self.own_phone());
    }

    pub fn advance(&self, seconds: u64) {
        self.sandbox.clock().advance(Duration::from_secs(seconds));
    }

    /// Calls an operation, and holds its answer against the description and the types.
    pub async fn call(&mut self, id: &str, arguments: Value) -> Value {
        let answer = self.try_call(id, arguments).await;
        answer.unwrap_or_else(|error| panic!("{id}: {error}"))
    }

    /// Calls what the sandbox may know from the description only. Then it answers with an example, which may be a refusal.
    pub async fn call_example(&mut self, operation: &Operation<'_>) {
        let arguments = operation.pairs().unwrap().remove(0).arguments;
        let answer = self.try_call(operation.id, Value::Object(arguments)).await;
        if let Err(error) = answer {
            assert_eq!(
                error.kind(),
                ErrorKind::Declined,
                "{}: {error}",
                operation.id
            );
        }
    }

    async fn try_call(&mut self, id: &str, arguments: Value) -> Result<Value, Error> {
        self.called.insert(id.to_owned());
        let operations = bundle().operations();
        let operation = operations
            .iter()
            .find(|operation| operation.id == id)
            .unwrap();
        let answer = self.instance.call(id, arguments).await?;
        let raw = answer.raw().clone();
        let read = answer.into_known()?;
        if let Some(schema) = operation.answer().map(|answer| &answer["schema"]) {
            self.check(id, schema, &raw, &read);
        }
        self.advance(1);
        Ok(raw)
    }

    fn check(&mut self, name: &str, schema: &Value, raw: &Value, read: &Value) {
        let mut problems = complaints(name, raw);
        problems.extend(differences(bundle(), schema, raw, read));
        self.problems.extend(
            problems
                .into_iter()
                .map(|problem| format!("{name}: {problem}")),
        );
    }

    /// Calls an operation about the chat with the friend.
    pub async fn chat(&mut self, operation: &str, mut arguments: Value) -> Value {
        arguments["chatId"] = json!(FRIEND_CHAT);
        self.call(operation, arguments).await
    }

    /// Sends through the API and returns the id of the message.
    pub async fn send(&mut self, operation: &str, arguments: Value) -> String {
        self.chat(operation, arguments).await["idMessage"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Calls operations that need to be told nothing.
    pub async fn call_each(&mut self, operations: &[&str]) {
        for operation in operations {
            self.call(operation, json!({})).await;
        }
    }

    /// Takes everything out of the queue, and returns the kinds: of notifications, and of the messages in them.
    pub async fn receive_everything(&mut self) -> BTreeSet<String> {
        let mut kinds = BTreeSet::new();
        while self.sandbox.instance().pending_notifications() > 0 {
            let received = self.call("receiveNotification", json!({})).await;
            self.call(
                "deleteNotification",
                json!({ "receiptId": received["receiptId"] }),
            )
            .await;
            let body = &received["body"];
            if let Some(what) = unrecognised(body) {
                self.problems.push(format!("{what} in {body}"));
            }
            let detail = [
                &body["messageData"]["typeMessage"],
                &body["status"],
                &body["stateInstance"],
            ];
            let detail = detail.iter().find_map(|detail| detail.as_str()).unwrap();
            kinds.insert(format!(
                "{} {detail}",
                body["typeWebhook"].as_str().unwrap()
            ));
        }
        kinds
    }

    #[track_caller]
    pub fn end(&self) {
        assert!(self.problems.is_empty(), "{}", self.problems.join("\n"));
    }
}

/// Why the types do not recognise a notification, or the message in it.
fn unrecognised(body: &Value) -> Option<String> {
    use Notification::{
        IncomingMessageReceived, OutgoingApiMessageReceived, OutgoingMessageReceived, Unrecognized,
    };
    let what = match serde_json::from_value(body.clone()).unwrap() {
        Unrecognized(what) => what,
        IncomingMessageReceived(of)
        | OutgoingMessageReceived(of)
        | OutgoingApiMessageReceived(of) => match of.message_data {
            Some(MessageData::Unrecognized(what)) => what,
            _ => return None,
        },
        _ => return None,
    };
    Some(what.reason().to_string())
}

/// The messages with something to press, sent by every method that there is for that.
pub async fn send_menus(world: &mut World) -> Vec<String> {
    let reply = json!([{ "buttonId": "1", "buttonText": "Yes" }]);
    let copy =
        json!([{ "type": "copy", "buttonId": "1", "buttonText": "Copy", "copyCode": "1234" }]);
    let template = json!([{ "index": 1, "quickReplyButton": { "displayText": "Yes", "id": "1" } }]);
    let list = json!([{ "title": "Cakes", "rows": [{ "rowId": "1", "title": "Apple" }] }]);
    vec![
        world.send("sendInteractiveButtons", json!({ "body": "Code", "buttons": copy })).await,
        world.send("sendInteractiveButtonsReply", json!({ "header": "Order", "body": "Right?", "footer": "Thanks", "buttons": reply })).await,
        world.send("sendButtons", json!({ "message": "Right?", "buttons": reply })).await,
        world.send("sendTemplateButtons", json!({ "message": "Right?", "templateButtons": template })).await,
        world.send("sendListMessage", json!({ "message": "Which?", "buttonText": "Choose", "sections": list })).await,
    ]
}
