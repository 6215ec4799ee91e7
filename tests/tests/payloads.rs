//! Content is read from the payload that is there, whatever the kind says and whatever else is missing or does not fit.

use green_api::ChatId;
use green_api::reading::Content;
use green_api::types::{
    JournalCall, JournalMessage, MessageData, MessageStatus, Notification, PartnerInstance, Poll,
    QueuedMessage, QuotedMessage,
};
use green_api_tests::corpus::bodies;
use serde_json::{Value, json};

const CHAT: &str = "447700900145@c.us";

fn case(name: &str) -> String {
    let (_, text) = bodies().into_iter().find(|(of, _)| of == name).unwrap();
    text
}

fn notification(body: &Value) -> Notification {
    serde_json::from_value(body.clone()).unwrap()
}

fn message() -> Value {
    json!({
        "typeWebhook": "incomingMessageReceived", "instanceData": {"idInstance": 7_103_000_001_i64, "wid": CHAT}, "timestamp": 1_734_700_000,
        "idMessage": "3EB0", "senderData": {"chatId": CHAT, "sender": CHAT, "senderName": "Ada"},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": "Hello"}},
    })
}

/// Every payload of a notification, a message in a journal or a quote, with the name of what reads it.
fn payloads() -> Vec<(&'static str, Value)> {
    let pressed = json!({"selectedId": "yes", "selectedDisplayText": "Yes"});
    vec![
        ("text", json!({"textMessage": "Hello"})),
        ("text", json!({"textMessageData": {"textMessage": "Hello"}})),
        ("text", json!({"extendedTextMessage": {"text": "Hello"}})),
        (
            "text",
            json!({"extendedTextMessageData": {"text": "Hello"}}),
        ),
        (
            "text",
            json!({"statusExtendedTextMessageData": {"text": "Hello"}}),
        ),
        (
            "text",
            json!({"editedMessageData": {"textMessage": "Hello"}}),
        ),
        (
            "text",
            json!({"interactiveButtons": {"contentText": "Hello"}}),
        ),
        (
            "text",
            json!({"interactiveButtonsReply": {"contentText": "Hello"}}),
        ),
        ("text", json!({"buttonsMessage": {"contentText": "Hello"}})),
        ("text", json!({"templateMessage": {"contentText": "Hello"}})),
        ("text", json!({"listMessage": {"contentText": "Hello"}})),
        (
            "caption",
            json!({"groupInviteMessageData": {"caption": "Join"}}),
        ),
        (
            "caption",
            json!({"groupInviteMessage": {"caption": "Join"}}),
        ),
        (
            "file",
            json!({"downloadUrl": "https://files.example/a.jpg"}),
        ),
        (
            "location",
            json!({"location": {"latitude": 51.5, "longitude": 0}}),
        ),
        ("contacts", json!({"contact": {"displayName": "Ada"}})),
        (
            "file",
            json!({"fileMessageData": {"downloadUrl": "https://files.example/a.jpg"}}),
        ),
        (
            "location",
            json!({"locationMessageData": {"latitude": 51.5, "longitude": 0}}),
        ),
        (
            "contacts",
            json!({"contactMessageData": {"displayName": "Ada"}}),
        ),
        (
            "contacts",
            json!({"messageData": {"contacts": [{"displayName": "Ada"}]}}),
        ),
        ("contacts", json!({"contacts": [{"displayName": "Ada"}]})),
        ("poll", json!({"pollMessageData": {"name": "Tea?"}})),
        ("poll", json!({"pollCreationMessage": {"name": "Tea?"}})),
        (
            "refers_to",
            json!({"deletedMessageData": {"stanzaId": "3EA0"}}),
        ),
        ("button", json!({"interactiveButtonsResponse": pressed})),
        ("button", json!({"templateButtonReplyMessage": pressed})),
        ("button", json!({"templateButtonsReplyMessage": pressed})),
        (
            "button",
            json!({"buttonsResponseMessage": {"selectedButtonId": "yes"}}),
        ),
        ("button", json!({"listResponseMessage": {"title": "Tea"}})),
        ("product", json!({"productMessage": {"productId": "7"}})),
        ("order", json!({"orderMessage": {"orderId": "8"}})),
    ]
}

fn reads(content: &impl Content, what: &str) -> bool {
    match what {
        "text" => content.text() == Some("Hello"),
        "caption" => content.caption() == Some("Join"),
        "file" => content
            .file()
            .is_some_and(|file| file.download_url.is_some()),
        "location" => content.location().is_some(),
        "contacts" => content.contacts().len() == 1,
        "poll" => content.poll().is_some_and(|poll| poll.name.is_some()),
        "refers_to" => content.refers_to().is_some_and(|id| id.as_str() == "3EA0"),
        "button" => content.button_reply().is_some(),
        "product" => content.product().is_some(),
        "order" => content.order().is_some(),
        other => panic!("{other}"),
    }
}

#[test]
fn a_quote_with_a_file_has_the_file() {
    let text = case("incomingMessageReceived.quotedMessage.16.json");
    let notification: Notification = serde_json::from_str(&text).unwrap();
    let file = notification.file().unwrap();
    assert_eq!(
        (file.file_name, file.download_url, notification.caption()),
        (
            Some("a.jpg"),
            Some("https://files.example/a.jpg"),
            Some("see")
        )
    );
    let quoted = notification.quoted().unwrap();
    assert_eq!(quoted.id_message.unwrap().as_str(), "3EB0BBBB");
}

#[test]
fn every_payload_is_read_under_every_kind() {
    for (what, payload) in payloads() {
        for kind in MessageData::KNOWN.iter().chain(&["somethingNew", ""]) {
            // The text of a reaction is its emoji.
            if (what, *kind) == ("text", "reactionMessage") {
                continue;
            }
            let mut data = payload.clone();
            data["typeMessage"] = json!(kind);
            let mut body = message();
            body["messageData"] = data;
            assert!(reads(&notification(&body), what), "{kind}: {payload}");
        }
        // Nor does it need one.
        let mut body = message();
        body["messageData"] = payload.clone();
        assert!(reads(&notification(&body), what), "{payload}");
        body["typeWebhook"] = json!("somethingNew");
        assert!(reads(&notification(&body), what), "{payload}");
    }
}

#[test]
fn whatever_is_missing_or_does_not_fit_costs_only_itself() {
    let whole = message();
    let mut places = vec!["/messageData/typeMessage".to_owned()];
    for (field, value) in whole.as_object().unwrap() {
        if ["typeWebhook", "messageData"].contains(&field.as_str()) {
            continue;
        }
        places.push(format!("/{field}"));
        let inner = value.as_object().into_iter().flatten();
        places.extend(inner.map(|(name, _)| format!("/{field}/{name}")));
    }
    assert!(places.len() > 9, "{places:?}");
    for place in places {
        let (parent, name) = place.rsplit_once('/').unwrap();
        let mut missing = whole.clone();
        let parent_of = missing.pointer_mut(parent).unwrap();
        parent_of.as_object_mut().unwrap().remove(name).unwrap();
        let read = notification(&missing);
        assert_eq!(read.text(), Some("Hello"), "without {place}");
        assert!(
            matches!(read, Notification::IncomingMessageReceived(_)),
            "without {place}"
        );
        for misfit in [json!([]), json!({"a": {}}), json!([{}]), Value::Null] {
            let mut odd = whole.clone();
            *odd.pointer_mut(&place).unwrap() = misfit.clone();
            let read = notification(&odd);
            let message = read.incoming_message();
            let message = message.unwrap_or_else(|| panic!("{place} as {misfit}"));
            assert_eq!(message.text(), Some("Hello"), "{place} as {misfit}");
            if !place.starts_with("/senderData") {
                assert_eq!(message.chat_id().unwrap().as_str(), CHAT, "{place}");
            }
        }
    }
}

#[test]
fn a_misfit_inside_the_content_costs_only_itself() {
    let mut body = message();
    body["messageData"]["quotedMessage"] = json!(["3EA0"]);
    body["messageData"]["textMessageData"]["isTemplateMessage"] = json!("perhaps");
    let read = notification(&body);
    assert_eq!(read.text(), Some("Hello"));
    // It stays to be seen that something did not fit, and what.
    let message = read.message().unwrap();
    let Some(MessageData::Unrecognized(what)) = &message.message_data else {
        panic!("{message:?}")
    };
    assert_eq!(what.raw().to_value(), body["messageData"]);

    body["messageData"] = json!({"typeMessage": "pollMessage", "pollMessageData": {"name": "Tea?", "options": [{"optionName": "Yes"}, 7, {"optionName": []}]}});
    let read = notification(&body);
    let poll = read.poll().unwrap();
    assert_eq!(poll.name.as_deref(), Some("Tea?"));
}

#[test]
fn every_kind_of_notification_can_do_without_its_instance() {
    for (name, text) in bodies() {
        if name.starts_with("journal") || name.starts_with("wrapped") {
            continue;
        }
        let mut body: Value = serde_json::from_str(&text).unwrap();
        let whole = notification(&body);
        body.as_object_mut().unwrap().remove("instanceData");
        let without = notification(&body);
        assert_eq!(without.kind(), whole.kind(), "{name}");
        assert_eq!(
            matches!(without, Notification::Unrecognized(_)),
            matches!(whole, Notification::Unrecognized(_)),
            "{name}"
        );
        assert_eq!(without.text(), whole.text(), "{name}");
        assert_eq!(without.instance_id(), None, "{name}");
    }
}

#[test]
fn a_deletion_needs_no_sender() {
    let text = case("outgoingMessageReceived.deletedMessage.02.json");
    let deletion: Notification = serde_json::from_str(&text).unwrap();
    assert!(matches!(deletion, Notification::OutgoingMessageReceived(_)));
    assert_eq!(deletion.refers_to().unwrap().as_str(), "3EB0AAAA");
    assert_eq!(deletion.chat_id(), None);
}

#[test]
fn the_status_of_a_message_that_came_in_is_typed() {
    let text = case("incomingMessageStatus.read.01.json");
    let notification: Notification = serde_json::from_str(&text).unwrap();
    let Notification::IncomingMessageStatus(status) = &notification else {
        panic!("{notification:?}")
    };
    assert_eq!(status.status, Some(MessageStatus::Read));
    assert_eq!(notification.chat_id().unwrap().as_str(), CHAT);
    assert_eq!(
        notification.id_message().unwrap().as_str(),
        "3EB0C767D097B7C7C030"
    );
}

#[test]
fn a_journal_has_templates_lists_buttons_products_and_orders() {
    let template: JournalMessage =
        serde_json::from_str(&case("journal.incoming.templateMessage.01.json")).unwrap();
    assert_eq!(template.text(), Some("Your code is 1"));
    let reply: JournalMessage = serde_json::from_str(&case(
        "journal.incoming.templateButtonsReplyMessage.01.json",
    ))
    .unwrap();
    let button = reply.button_reply().unwrap();
    assert_eq!(
        (button.id, button.text, button.index),
        (Some("yes"), Some("Yes please"), Some(0))
    );
    assert_eq!(reply.refers_to().unwrap().as_str(), "B1");
}

#[test]
fn every_payload_is_read_in_every_place() {
    for (what, payload) in payloads() {
        for kind in [json!("somethingNew"), json!("quotedMessage"), Value::Null] {
            let mut message = payload.clone();
            message["typeMessage"] = kind;
            let journaled: JournalMessage = serde_json::from_value(message.clone()).unwrap();
            assert!(reads(&journaled, what), "journal: {message}");
            let quote: QuotedMessage = serde_json::from_value(message.clone()).unwrap();
            assert!(reads(&quote, what), "quote: {message}");
            let mut quoting = self::message();
            quoting["messageData"]["quotedMessage"] = message.clone();
            for (place, quoting) in [
                ("journal", journal(&quoting["messageData"]).quoted_content()),
                ("notification", notification(&quoting).quoted_content()),
            ] {
                let quote = quoting.unwrap();
                assert!(reads(&quote, what), "quote in a {place}: {message}");
            }
            let mut received = self::message();
            received["messageData"] = message.clone();
            assert!(
                reads(&notification(&received), what),
                "notification: {message}"
            );
        }
    }
    // The queue has the fields of requests, in the request or beside it.
    let url = "https://files.example/a.jpg";
    for (what, fields) in [
        ("text", json!({"message": "Hello"})),
        ("caption", json!({"caption": "Join", "urlFile": url})),
        ("file", json!({"urlFile": url})),
    ] {
        let queued: QueuedMessage = serde_json::from_value(json!({ "body": fields })).unwrap();
        assert!(reads(&queued, what), "{fields}");
    }
    let beside: QueuedMessage =
        serde_json::from_value(json!({"message": "Hello", "body": {"message": ""}})).unwrap();
    assert!(reads(&beside, "text"));
    let within: QueuedMessage =
        serde_json::from_value(json!({"message": "", "body": {"message": "Hello"}})).unwrap();
    assert!(reads(&within, "text"));
}

fn journal(message: &Value) -> JournalMessage {
    serde_json::from_value(message.clone()).unwrap()
}

trait QuotedContent: Content {
    fn quoted_content(&self) -> Option<QuotedMessage> {
        self.quoted()?.content.cloned()
    }
}

impl<T: Content> QuotedContent for T {}

/// What may stand where something else should.
fn misfits() -> [Value; 4] {
    [
        json!("gone"),
        json!([7]),
        json!({"a": [{}]}),
        json!([[{}], {"b": {}}]),
    ]
}

/// Reads a list of entries in which one has a misfit in each of its fields in turn, and one is none at all.
fn each_entry_is_read_by_itself<T>(entry: &Value)
where
    T: serde::de::DeserializeOwned + serde::Serialize + PartialEq + std::fmt::Debug,
{
    let whole: T = serde_json::from_value(entry.clone()).unwrap();
    let as_read = serde_json::to_value(&whole).unwrap();
    for (name, _) in entry.as_object().unwrap() {
        for misfit in misfits() {
            let mut odd = entry.clone();
            odd[name] = misfit.clone();
            let text = json!([entry, odd, entry]).to_string();
            let list: Vec<T> = serde_json::from_str(&text).unwrap();
            let [first, odd, last] = list.as_slice() else {
                panic!("{name} as {misfit}")
            };
            assert_eq!((first, last), (&whole, &whole), "{name} as {misfit}");
            let mut odd = serde_json::to_value(odd).unwrap();
            let mut rest = as_read.clone();
            odd.as_object_mut().unwrap().remove(name);
            rest.as_object_mut().unwrap().remove(name);
            assert_eq!(odd, rest, "{name} as {misfit}");
        }
    }
    for odd in [json!(7), json!("gone"), json!([entry]), Value::Null] {
        let list: Vec<T> = serde_json::from_value(json!([odd, entry])).unwrap();
        assert_eq!((list.len(), &list[1]), (2, &whole), "{odd}");
    }
    assert!(serde_json::from_str::<Vec<T>>("[{]").is_err());
}

#[test]
fn a_misfit_in_an_entry_costs_only_itself() {
    let mut message = json!({
        "type": "incoming", "idMessage": "3EB0", "timestamp": 1_734_700_000, "typeMessage": "textMessage", "chatId": CHAT, "senderId": CHAT,
        "senderName": "Ada", "statusMessage": "read", "sendByApi": true, "isForwarded": false, "forwardingScore": 1, "isDeleted": false,
        "quotedMessage": {"stanzaId": "3EA0", "textMessage": "Tea?"}, "editedMessageId": "3EB1",
    });
    for (_, payload) in payloads() {
        let payload = payload.as_object().unwrap().clone();
        message.as_object_mut().unwrap().extend(payload);
    }
    each_entry_is_read_by_itself::<JournalMessage>(&message);
    each_entry_is_read_by_itself::<QueuedMessage>(&json!({
        "messageID": "3EB0", "messagesIDs": ["3EB1"], "type": "sendMessage", "chatId": CHAT, "message": "Hello", "typeMessage": "textMessage",
        "fileName": "a.jpg", "body": {"chatId": CHAT, "message": "Hello", "linkPreview": true, "new": [1]},
    }));
    each_entry_is_read_by_itself::<JournalCall>(&json!({
        "type": "incoming", "idMessage": "3EB0", "timestamp": 1_734_700_000, "typeMessage": "incomingCall", "chatId": CHAT, "duration": 7,
        "isVideo": false, "isGroup": false, "status": "missed", "participants": [{"id": CHAT, "status": "missed"}],
    }));
}

#[test]
fn a_misfit_deep_in_an_entry_costs_only_itself() {
    let message: JournalMessage = serde_json::from_value(json!({
        "idMessage": "3EB0", "textMessage": "Hello", "quotedMessage": {"stanzaId": "3EA0", "textMessage": ["Tea?"], "location": {"latitude": {"a": 1}, "address": "1 High Street"}},
        "pollMessageData": {"name": "Tea?", "options": [{"optionName": "Yes"}, 7, {"optionName": "No"}], "votes": [{"optionName": "Yes", "optionVoters": [CHAT]}]},
    }))
    .unwrap();
    assert_eq!(message.text(), Some("Hello"));
    let quote = message.quoted().unwrap();
    assert_eq!(quote.id_message.unwrap().as_str(), "3EA0");
    let place = quote.content.unwrap().location().unwrap();
    assert_eq!(place.address.as_deref(), Some("1 High Street"));
    let options = &message.poll().unwrap().options;
    let names: Vec<_> = options
        .iter()
        .map(|option| option.option_name.as_deref())
        .collect();
    assert_eq!(names, [Some("Yes"), None, Some("No")]);
    // What must be there is still missed.
    assert!(serde_json::from_value::<PartnerInstance>(json!({"idInstance": {}})).is_err());
}

#[test]
fn many_misfits_in_many_entries_cost_only_themselves() {
    let entry = json!({
        "idMessage": "3EB0", "textMessage": "Hello", "contacts": vec![json!("Ada"); 20], "pollMessageData": {"name": {}, "options": 7, "votes": {}},
        "location": "here", "contact": [], "quotedMessage": "gone", "isEdited": {}, "caption": [], "typeMessage": {}, "timestamp": "soon",
    });
    let list: Vec<JournalMessage> = serde_json::from_value(json!(vec![entry; 50])).unwrap();
    assert!(
        list.iter()
            .all(|entry| entry.text() == Some("Hello") && entry.id_message().is_some())
    );
}

#[test]
fn a_product_and_an_order_are_read_and_the_token_is_not_shown() {
    let product: Notification = serde_json::from_str(&case(
        "derived.incomingMessageReceived.productMessage.01.json",
    ))
    .unwrap();
    let product = product.product().unwrap();
    assert_eq!(
        (
            product.title.as_deref(),
            product.price.as_deref(),
            product.product_image_count
        ),
        (Some("Mug"), Some("4590"), Some(1))
    );
    let file = product.file_message_data.as_ref().unwrap();
    assert_eq!(file.file_name.as_deref(), Some("mug.jpg"));

    let text = case("derived.incomingMessageReceived.orderMessage.01.json");
    let notification: Notification = serde_json::from_str(&text).unwrap();
    let order = notification.order().unwrap();
    let token = order.token.as_ref().unwrap().expose();
    assert_eq!(token, "AR4FX2t3b3JkZXItdG9rZW4=");
    assert!(!format!("{notification:?}").contains(token));
    // Nor where something in it is not understood, and what is not known is kept.
    let mut odd: Value = serde_json::from_str(&text).unwrap();
    odd["messageData"]["orderMessage"]["itemCount"] = json!(["two"]);
    odd["messageData"]["orderMessage"]["surface"] = json!("CATALOG");
    let odd = self::notification(&odd);
    assert!(!format!("{odd:?}").contains(token));
}

#[test]
fn who_chose_what_in_a_poll() {
    let vote = |votes: Value, sender: &str| {
        let mut body = message();
        body["senderData"]["sender"] = json!(sender);
        body["messageData"] = json!({"typeMessage": "pollUpdateMessage", "pollMessageData": {"stanzaId": "3EA0", "name": "Tea?", "votes": votes}});
        notification(&body)
    };
    let other = "447700900167@c.us";
    let both = json!([
        {"optionName": "Yes", "optionVoters": [CHAT, other]},
        {"optionName": "No", "optionVoters": []},
        {"optionName": "Later", "optionVoters": [{"id": CHAT}]},
    ]);
    assert_eq!(vote(both.clone(), CHAT).chosen(), ["Yes", "Later"]);
    assert_eq!(vote(both.clone(), other).chosen(), ["Yes"]);
    let poll: Poll = serde_json::from_value(json!({ "votes": both })).unwrap();
    let chat: ChatId = CHAT.parse().unwrap();
    assert_eq!(poll.choices_of(&chat), ["Yes", "Later"]);
    let stranger: ChatId = "447700900999@c.us".parse().unwrap();
    assert!(poll.choices_of(&stranger).is_empty());
    // A voter who goes by another id than the sender is the only one there is.
    let one = json!([{"optionName": "Yes", "optionVoters": ["1234567@lid"]}, {"optionName": "No", "optionVoters": []}]);
    assert_eq!(vote(one, CHAT).chosen(), ["Yes"]);
    let taken_back = json!([{"optionName": "Yes", "optionVoters": []}]);
    assert!(vote(taken_back, CHAT).chosen().is_empty());
    assert!(notification(&message()).chosen().is_empty());
}

#[test]
fn a_status_has_an_order_and_an_end() {
    use MessageStatus::{
        Delivered, Failed, NoAccount, NotInGroup, Pending, Played, Read, Sent, Unknown, YellowCard,
    };
    let way = [Pending, Sent, Delivered, Read, Played];
    assert!(way.is_sorted_by(|one, next| one < next));
    for failure in [Failed, NoAccount, NotInGroup, YellowCard] {
        assert!(failure.is_final() && failure.is_failure(), "{failure}");
        assert!(way.iter().all(|step| step.partial_cmp(&failure).is_none()));
    }
    let last = |status: &MessageStatus| (status.is_final(), status.is_failure());
    assert_eq!([&Read, &Played].map(last), [(true, false); 2]);
    assert_eq!(
        [&Pending, &Sent, &Delivered, &Unknown(String::new())].map(last),
        [(false, false); 4]
    );
    let unknown = Unknown("lost".to_owned());
    assert!(unknown.partial_cmp(&Sent).is_none() && unknown <= unknown.clone());
}
