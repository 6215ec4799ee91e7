//! Everything that the sandbox says: every operation answers in the description's shape, and every notification is one that the types know.

use std::collections::BTreeSet;
use std::time::Duration;

use green_api::types::{MessageData, Notification};
use green_api::{Error, ErrorKind, Instance, RetryPolicy};
use green_api_sandbox::{
    Attachment, Button, ButtonAction, CallEnd, Clock, ContactCard, Content, LinkPreview, Phone,
    Sandbox, State, StatusContent,
};
use green_api_tests::answers::differences;
use green_api_tests::schemas::complaints;
use green_api_tests::spec::{Operation, bundle};
use green_api_tests::{ID_INSTANCE, TOKEN, instance_at, run};
use serde_json::{Value, json};

const PHONE: &str = "447700900123";
const FRIEND: &str = "447700900145";
const FRIEND_CHAT: &str = "447700900145@c.us";
/// The first bytes of a JPEG file.
const JPEG: &str = "/9j/4AAQSkZJRgABAQ==";

/// A linked instance that is told of everything, and the phone of a friend.
struct World {
    sandbox: Sandbox,
    instance: Instance,
    friend: Phone,
    called: BTreeSet<String>,
    problems: Vec<String>,
}

impl World {
    async fn new() -> Self {
        let id = ID_INSTANCE.parse().unwrap();
        let sandbox = Sandbox::builder()
            .clock(Clock::manual())
            .instance(id, TOKEN)
            .rate_limits(false)
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
            "editedMessageWebhook",
            "deletedMessageWebhook",
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

    fn own_phone(&self) -> Phone {
        self.sandbox.phone(PHONE)
    }

    fn link(&self) {
        self.sandbox.instance().link(&self.own_phone());
    }

    fn advance(&self, seconds: u64) {
        self.sandbox.clock().advance(Duration::from_secs(seconds));
    }

    /// Calls an operation, and holds its answer against the description and the types.
    async fn call(&mut self, id: &str, arguments: Value) -> Value {
        let answer = self.try_call(id, arguments).await;
        answer.unwrap_or_else(|error| panic!("{id}: {error}"))
    }

    /// Calls what the sandbox may know from the description only. Then it answers with an example, which may be a refusal.
    async fn call_example(&mut self, operation: &Operation<'_>) {
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

    /// Sends through the API and returns the id of the message.
    async fn send(&mut self, operation: &str, mut arguments: Value) -> String {
        arguments["chatId"] = json!(FRIEND_CHAT);
        self.call(operation, arguments).await["idMessage"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Takes everything out of the queue, and returns the kinds: of notifications, and of the messages in them.
    async fn receive_everything(&mut self) -> BTreeSet<String> {
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
    fn end(&self) {
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

/// What a phone can send that stands for itself.
fn contents() -> Vec<Content> {
    let card = ContactCard {
        name: "Grace".to_owned(),
        vcard: "BEGIN:VCARD\nVERSION:3.0\nFN:Grace\nEND:VCARD".to_owned(),
    };
    let actions = [
        ButtonAction::Reply,
        ButtonAction::Copy("1234".to_owned()),
        ButtonAction::Url("https://shop.example.com/".to_owned()),
    ];
    let buttons = actions
        .into_iter()
        .enumerate()
        .map(|(number, action)| Button {
            id: number.to_string(),
            text: format!("Button {number}"),
            action,
        });
    let files = [
        "cake.jpg",
        "film.mp4",
        "bill.pdf",
        "voice.ogg",
        "smile.webp",
    ];
    let mut contents: Vec<Content> = files
        .iter()
        .map(|name| {
            Content::File(Attachment::new(
                format!("https://files.example.com/{name}"),
                *name,
            ))
        })
        .collect();
    contents.extend([
        Content::from("Hello"),
        Content::from("See https://shop.example.com/"),
        Content::Text {
            text: "Look".to_owned(),
            preview: Some(LinkPreview {
                title: "Shop".to_owned(),
                ..Default::default()
            }),
        },
        Content::Location {
            latitude: 51.5,
            longitude: -0.1,
            name: "London".to_owned(),
            address: String::new(),
        },
        Content::Contact(card.clone()),
        Content::Contacts {
            contacts: vec![card.clone(), card],
        },
        Content::Poll {
            question: "When?".to_owned(),
            options: vec!["Now".to_owned(), "Later".to_owned()],
            multiple_answers: true,
        },
        Content::Buttons {
            title: "A".to_owned(),
            text: "B".to_owned(),
            footer: "C".to_owned(),
            buttons: buttons.collect(),
        },
    ]);
    contents
}

/// Sends every kind of message from one phone to another, quotes and forwards each, and does everything that can be done about it.
fn say_everything(from: &Phone, to: &str, menus: &[String]) {
    for content in contents() {
        let id = from.send(to, content.clone());
        from.reply(to, &id, "As I said");
        from.reply(to, &id, content.clone());
        from.forward(&id, to);
        from.send(
            to,
            Content::Reaction {
                message: id.clone(),
                emoji: "👍".to_owned(),
            },
        );
        if let Content::Poll { options, .. } = content {
            from.send(
                to,
                Content::PollVote {
                    message: id.clone(),
                    options: options[..1].to_vec(),
                },
            );
        }
        from.send(
            to,
            Content::Edit {
                message: id.clone(),
                text: "In other words".to_owned(),
            },
        );
        from.send(to, Content::Delete { message: id });
    }
    for menu in menus {
        from.send(
            to,
            Content::ButtonPress {
                message: menu.clone(),
                button_id: "1".to_owned(),
            },
        );
    }
}

/// The messages with something to press, sent by every method that there is for that.
async fn send_menus(world: &mut World) -> Vec<String> {
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

#[test]
fn every_kind_of_message_is_one_that_the_types_know() {
    run(async {
        let mut world = World::new().await;
        world.link();
        let menus = send_menus(&mut world).await;
        say_everything(&world.friend, PHONE, &menus);
        say_everything(&world.own_phone(), FRIEND, &menus);
        world.friend.set_online(false);
        world.own_phone().send_text(FRIEND, "Anybody there?");
        world.advance(1);
        world.friend.set_online(true);
        world.friend.read(PHONE);
        for end in [
            CallEnd::Answered(Duration::from_secs(3)),
            CallEnd::Declined,
            CallEnd::Missed,
        ] {
            world.friend.call(PHONE, false, end);
            world.own_phone().call(FRIEND, true, end);
            world.advance(10);
        }
        world
            .own_phone()
            .send_text("120363000000000009@g.us", "Nobody");
        world.sandbox.phone("447700900189").set_whatsapp(false);
        world.own_phone().send_text("447700900189", "Nobody");
        world.sandbox.instance().set_state(State::YellowCard);
        world
            .send("sendMessage", json!({ "message": "Spam" }))
            .await;
        world.advance(1);

        let kinds = world.receive_everything().await;
        let messages = [
            "textMessage",
            "extendedTextMessage",
            "quotedMessage",
            "imageMessage",
            "videoMessage",
            "documentMessage",
            "audioMessage",
            "stickerMessage",
            "locationMessage",
            "contactMessage",
            "contactsArrayMessage",
            "pollMessage",
            "pollUpdateMessage",
            "reactionMessage",
            "interactiveButtons",
            "interactiveButtonsResponse",
            "buttonsResponseMessage",
            "templateButtonsReplyMessage",
            "listResponseMessage",
            "editedMessage",
            "deletedMessage",
        ];
        let mut expected: BTreeSet<String> = BTreeSet::new();
        for kind in messages {
            expected.insert(format!("incomingMessageReceived {kind}"));
            expected.insert(format!("outgoingMessageReceived {kind}"));
        }
        for kind in [
            "textMessage",
            "interactiveButtons",
            "buttonsMessage",
            "templateMessage",
            "listMessage",
        ] {
            expected.insert(format!("outgoingAPIMessageReceived {kind}"));
        }
        for status in [
            "sent",
            "delivered",
            "read",
            "noAccount",
            "notInGroup",
            "yellowCard",
        ] {
            expected.insert(format!("outgoingMessageStatus {status}"));
        }
        for call in [
            "incomingCall offer",
            "incomingCall pickUp",
            "incomingCall declined",
            "incomingCall hangUp",
        ] {
            expected.insert(call.to_owned());
        }
        for call in [
            "outgoingCall pickUp",
            "outgoingCall declined",
            "outgoingCall hungUp",
        ] {
            expected.insert(call.to_owned());
        }
        expected.extend(
            [
                "stateInstanceChanged authorized",
                "stateInstanceChanged yellowCard",
            ]
            .map(str::to_owned),
        );
        assert_eq!(
            kinds.difference(&expected).collect::<Vec<_>>(),
            Vec::<&String>::new()
        );
        assert_eq!(
            expected.difference(&kinds).collect::<Vec<_>>(),
            Vec::<&String>::new()
        );

        // The journals have all of that, too.
        world.sandbox.instance().set_state(State::Authorized);
        let incoming = world
            .call("lastIncomingMessages", json!({ "minutes": 60 }))
            .await;
        let outgoing = world
            .call("lastOutgoingMessages", json!({ "minutes": 60 }))
            .await;
        let history = world
            .call(
                "getChatHistory",
                json!({ "chatId": FRIEND_CHAT, "count": 1000 }),
            )
            .await;
        let [incoming, outgoing, history] =
            [incoming, outgoing, history].map(|journal| journal.as_array().unwrap().len());
        assert!(
            incoming > 50 && history > incoming + 50,
            "{incoming} {outgoing} {history}"
        );
        world.end();
    });
}

#[test]
fn every_operation_answers_as_described() {
    run(async {
        let mut world = World::new().await;
        for id in [
            "getAuthorizationCode",
            "getStateInstance",
            "qr",
            "getStateInstanceHistory",
            "getSettings",
            "getStatusInstance",
        ] {
            let arguments = if id == "getAuthorizationCode" {
                json!({ "phoneNumber": 447_700_900_123_u64 })
            } else {
                json!({})
            };
            world.call(id, arguments).await;
        }
        world
            .send("sendMessage", json!({ "message": "Too early" }))
            .await;
        for id in [
            "getMessagesCount",
            "showMessagesQueue",
            "clearMessagesQueue",
        ] {
            world.call(id, json!({})).await;
        }
        world.link();
        for id in ["getWaSettings", "getDeviceInfo", "qr"] {
            world.call(id, json!({})).await;
        }
        let picture = json!({ "file": { "base64": JPEG, "fileName": "me.jpg" } });
        world.call("setProfilePicture", picture.clone()).await;

        sending(&mut world, &picture).await;
        groups(&mut world, &picture).await;
        statuses(&mut world).await;
        for id in [
            "lastIncomingMessages",
            "lastOutgoingMessages",
            "lastIncomingCalls",
            "lastOutgoingCalls",
        ] {
            world.call(id, json!({ "minutes": 60 })).await;
        }
        for id in [
            "getWebhooksCount",
            "clearWebhooksQueue",
            "receiveNotification",
        ] {
            let waits = id == "receiveNotification";
            if waits {
                world.friend.send_text(PHONE, "One more");
                world.advance(1);
            }
            world.call(id, json!({})).await;
        }
        world
            .call("deleteNotification", json!({ "receiptId": 1_000_000 }))
            .await;
        // What is not called above, or below because it ends something, is called as its first example says.
        let last = ["updateApiToken", "reboot", "logout"];
        for operation in bundle().operations() {
            let called = world.called.contains(operation.id) || last.contains(&operation.id);
            if !called && !operation.is_partners() {
                world.call_example(&operation).await;
            }
        }
        world.call("updateApiToken", json!({})).await;
        let token = world.sandbox.instance().api_token_instance();
        world.instance = instance_at(
            &world.sandbox.url(),
            &world.sandbox.url(),
            &token,
            RetryPolicy::never(),
        );
        for id in ["reboot", "logout"] {
            world.call(id, json!({})).await;
            world.advance(3);
        }

        let all: BTreeSet<String> = bundle()
            .operations()
            .iter()
            .filter(|operation| !operation.is_partners())
            .map(|operation| operation.id.to_owned())
            .collect();
        assert_eq!(
            all.difference(&world.called).collect::<Vec<_>>(),
            Vec::<&String>::new()
        );
        world.end();
    });
}

async fn sending(world: &mut World, picture: &Value) {
    let text = world
        .send("sendMessage", json!({ "message": "Hello" }))
        .await;
    let options = json!([{ "optionName": "Now" }, { "optionName": "Later" }]);
    world
        .send(
            "sendPoll",
            json!({ "message": "When?", "options": options }),
        )
        .await;
    let file = world.send("sendFileByUpload", picture.clone()).await;
    world.call("uploadFile", picture.clone()).await;
    world
        .send(
            "sendFileByUrl",
            json!({ "urlFile": "https://files.example.com/bill.pdf", "fileName": "bill.pdf" }),
        )
        .await;
    world
        .send(
            "sendLocation",
            json!({ "latitude": 51.5, "longitude": -0.1 }),
        )
        .await;
    world
        .send(
            "sendContact",
            json!({ "contact": { "phoneContact": 447_700_900_167_u64, "firstName": "Grace" } }),
        )
        .await;
    world
        .send(
            "sendLink",
            json!({ "urlLink": "https://shop.example.com/" }),
        )
        .await;
    world.send("sendTemplate", json!({ "namespace": "a", "name": "b", "languageCode": "en", "params": [{ "default": "c" }] })).await;
    send_menus(world).await;
    world
        .call(
            "forwardMessages",
            json!({ "chatId": FRIEND_CHAT, "chatIdFrom": FRIEND_CHAT, "messages": [text] }),
        )
        .await;
    world
        .call("sendTyping", json!({ "chatId": FRIEND_CHAT }))
        .await;
    world
        .call(
            "editMessage",
            json!({ "chatId": FRIEND_CHAT, "idMessage": text, "message": "Hello!" }),
        )
        .await;
    world
        .call(
            "downloadFile",
            json!({ "chatId": FRIEND_CHAT, "idMessage": file }),
        )
        .await;

    world.friend.send_text(PHONE, "Hi");
    world.friend.call(PHONE, false, CallEnd::Missed);
    world
        .own_phone()
        .call(FRIEND, false, CallEnd::Answered(Duration::from_secs(1)));
    world.advance(10);
    world
        .call("readChat", json!({ "chatId": FRIEND_CHAT }))
        .await;
    world
        .call(
            "getMessage",
            json!({ "chatId": FRIEND_CHAT, "idMessage": text }),
        )
        .await;
    world
        .call("getChatHistory", json!({ "chatId": FRIEND_CHAT }))
        .await;
    world
        .call(
            "deleteMessage",
            json!({ "chatId": FRIEND_CHAT, "idMessage": text }),
        )
        .await;
    world
        .call(
            "checkWhatsapp",
            json!({ "phoneNumber": 447_700_900_145_u64 }),
        )
        .await;
    world
        .call(
            "addContact",
            json!({ "chatId": FRIEND_CHAT, "firstName": "Ada" }),
        )
        .await;
    world
        .call(
            "editContact",
            json!({ "chatId": FRIEND_CHAT, "firstName": "Ada", "lastName": "Lovelace" }),
        )
        .await;
    world
        .call(
            "setDisappearingChat",
            json!({ "chatId": FRIEND_CHAT, "ephemeralExpiration": 604_800 }),
        )
        .await;
    for id in [
        "archiveChat",
        "unarchiveChat",
        "getAvatar",
        "getAvatarAsync",
        "getContactInfo",
    ] {
        world.call(id, json!({ "chatId": FRIEND_CHAT })).await;
    }
    for id in ["getContacts", "getChats"] {
        world.call(id, json!({})).await;
    }
    world
        .call("deleteContact", json!({ "chatId": FRIEND_CHAT }))
        .await;
}

async fn groups(world: &mut World, picture: &Value) {
    let created = world
        .call(
            "createGroup",
            json!({ "groupName": "Walks", "chatIds": [FRIEND_CHAT] }),
        )
        .await;
    let group = &created["chatId"];
    world
        .call("getGroupData", json!({ "groupId": group }))
        .await;
    world
        .call(
            "updateGroupName",
            json!({ "groupId": group, "groupName": "Long walks" }),
        )
        .await;
    world
        .call(
            "updateGroupSettings",
            json!({ "groupId": group, "allowParticipantsSendMessages": false }),
        )
        .await;
    world
        .call(
            "setGroupPicture",
            json!({ "groupId": group, "file": picture["file"] }),
        )
        .await;
    for (id, person) in [
        ("addGroupParticipant", "447700900167@c.us"),
        ("setGroupAdmin", FRIEND_CHAT),
        ("removeAdmin", FRIEND_CHAT),
        ("removeGroupParticipant", FRIEND_CHAT),
    ] {
        world
            .call(id, json!({ "groupId": group, "participantChatId": person }))
            .await;
    }
    world.call("getContacts", json!({ "group": true })).await;
    world.call("leaveGroup", json!({ "groupId": group })).await;
}

async fn statuses(world: &mut World) {
    world.own_phone().add_contact(FRIEND, "Ada");
    let text = StatusContent::Text {
        text: "Away".to_owned(),
        background_color: "#228B22".to_owned(),
        font: "SERIF".to_owned(),
    };
    world.friend.publish(text);
    world.friend.publish(StatusContent::File(Attachment::new(
        "https://files.example.com/cake.jpg",
        "cake.jpg",
    )));
    let sent = world
        .call(
            "sendTextStatus",
            json!({ "message": "Open until eight.", "font": "SERIF" }),
        )
        .await;
    let file = |name: &str| json!({ "urlFile": format!("https://files.example.com/{name}"), "fileName": name });
    world.call("sendVoiceStatus", file("news.mp3")).await;
    world.call("sendMediaStatus", file("cake.jpg")).await;
    world
        .friend
        .view_status(sent["idMessage"].as_str().unwrap());
    world
        .call(
            "getStatusStatistic",
            json!({ "idMessage": sent["idMessage"] }),
        )
        .await;
    for id in ["getIncomingStatuses", "getOutgoingStatuses"] {
        let entries = world.call(id, json!({ "minutes": 60 })).await;
        assert!(entries.as_array().unwrap().len() > 1, "{id}");
    }
    world
        .call("deleteStatus", json!({ "idMessage": sent["idMessage"] }))
        .await;
}
