//! What a message in the queue or the journal is known by.

use green_api::{Doubt, Settled};
use serde_json::{Value, json};

use crate::{CHAT, TEXT, ago, doubt, id, journaled, server, settle};

#[tokio::test]
async fn what_cannot_be_read_is_not_taken_for_absent() {
    let unread = [
        (json!([{ "messageID": "A1" }]), json!([])),
        (
            json!([{ "type": "sendMessage", "body": { "chatId": CHAT, "message": TEXT } }]),
            json!([]),
        ),
        (
            json!([]),
            json!([{ "type": "outgoing", "idMessage": "A1", "typeMessage": "newKind", "chatId": CHAT }]),
        ),
        (
            json!([]),
            json!([{ "idMessage": "A1", "typeMessage": "textMessage", "textMessage": "{{SWE001}}" }]),
        ),
        (json!([]), json!([{ "idMessage": "A1" }])),
        (json!("garbage"), json!([])),
        (json!([]), json!({ "history": [] })),
    ];
    for (queue, history) in unread {
        let settled = settle("yes", queue.clone(), history.clone(), &[]).await;
        assert!(
            matches!(doubt(settled), Doubt::Unreadable),
            "{queue} {history}"
        );
    }
    let busy: Vec<Value> = (0..1000)
        .map(|number| journaled(&format!("B{number}"), "Another text", "sent", ago(60)))
        .collect();
    assert_eq!(
        doubt(settle("yes", json!([]), json!(busy), &[]).await),
        Doubt::TooManyMessages
    );
}

#[tokio::test]
async fn an_entry_that_is_odd_hides_no_other_and_is_not_taken_for_another() {
    let odd = |field: &str| {
        let mut entry = journaled("B2", "Another text", "sent", ago(60));
        entry[field] = json!(["gone"]);
        entry
    };
    let found = journaled("A1", TEXT, "sent", ago(60));
    for field in ["quotedMessage", "senderName", "statusMessage", "contacts"] {
        for history in [json!([odd(field), found]), json!([found, odd(field)])] {
            let settled = settle("yes", json!([]), history.clone(), &[]).await;
            assert!(
                matches!(&settled, Settled::Sent(sent) if *sent == id("A1")),
                "{field}: {settled:?}"
            );
        }
        let settled = settle("yes", json!([]), json!([odd(field)]), &[]).await;
        assert!(matches!(settled, Settled::NotSent), "{field}: {settled:?}");
    }
    // What it says could not be read: it may be the one.
    for (queue, history) in [
        (json!([]), json!([odd("textMessage")])),
        (json!([]), json!([7])),
        (json!([null]), json!([])),
        (
            json!([{ "messageID": "A1", "body": { "chatId": CHAT, "message": [TEXT] } }]),
            json!([]),
        ),
    ] {
        let settled = settle("yes", queue.clone(), history.clone(), &[]).await;
        assert!(
            matches!(settled, Settled::Unknown { .. }),
            "{queue} {history}: {settled:?}"
        );
    }
}

#[tokio::test]
async fn other_kinds_of_messages_are_known_by_their_content() {
    let base = |kind: &str, more: Value| {
        let mut entry = journaled("A1", "", "sent", ago(3000));
        entry["typeMessage"] = json!(kind);
        entry
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!([entry])
    };
    let sends = [
        (
            "sendFileByUrl",
            json!({ "urlFile": "https://files.example.com/horse.png", "fileName": "horse.png", "caption": "A horse" }),
            base(
                "imageMessage",
                json!({ "fileName": "horse.png", "caption": "A horse" }),
            ),
            base(
                "imageMessage",
                json!({ "fileName": "horse.png", "caption": "A cow" }),
            ),
        ),
        (
            "sendLocation",
            json!({ "latitude": 51.4779, "longitude": -0.0015 }),
            base(
                "locationMessage",
                json!({ "location": { "latitude": 51.4779, "longitude": -0.0015 } }),
            ),
            base(
                "locationMessage",
                json!({ "location": { "latitude": 51.4, "longitude": -0.0015 } }),
            ),
        ),
        (
            "sendContact",
            json!({ "contact": { "phoneContact": 447_700_900_167_u64, "firstName": "Ada" } }),
            base(
                "contactMessage",
                json!({ "contact": { "displayName": "Ada", "vcard": "TEL;waid=447700900167:+44 7700 900167" } }),
            ),
            base(
                "contactMessage",
                json!({ "contact": { "displayName": "Ada", "vcard": "TEL;waid=447700900168:+44 7700 900168" } }),
            ),
        ),
        (
            "sendPoll",
            json!({ "message": "Where?", "options": [{ "optionName": "Here" }, { "optionName": "There" }] }),
            base(
                "pollMessage",
                json!({ "pollMessageData": { "name": "Where?", "options": [{ "optionName": "Here" }, { "optionName": "There" }] } }),
            ),
            base(
                "pollMessage",
                json!({ "pollMessageData": { "name": "Where?", "options": [{ "optionName": "Here" }] } }),
            ),
        ),
        (
            "sendInteractiveButtonsReply",
            json!({ "body": "How large?", "buttons": [{ "buttonId": "S", "buttonText": "Small" }, { "buttonId": "L", "buttonText": "Large" }] }),
            base(
                "interactiveButtons",
                json!({ "interactiveButtons": {
                    "titleText": "", "contentText": "How large?", "footerText": "",
                    "buttons": [{ "type": "reply", "buttonId": "S", "buttonText": "Small" }, { "type": "reply", "buttonId": "L", "buttonText": "Large" }],
                } }),
            ),
            base(
                "interactiveButtons",
                json!({ "interactiveButtons": { "contentText": "How large?", "buttons": [{ "buttonText": "Huge" }] } }),
            ),
        ),
    ];
    for (name, mut input, equal, other) in sends {
        input["chatId"] = json!(CHAT);
        let operation = green_api::operation::Operation::find(name).unwrap();
        for (history, settled) in [(equal, Settled::Sent(id("A1"))), (other, Settled::NotSent)] {
            let (_server, instance) = server("yes", json!([]), history).await;
            let parts = (operation, input.clone());
            let found = instance
                .settle(&parts, ago(3600))
                .known([])
                .journaled_since(ago(7200))
                .absent_since(ago(1800))
                .await;
            assert_eq!(found.unwrap(), settled, "{name}");
        }
    }
}

#[tokio::test]
async fn a_message_with_buttons_of_which_a_part_is_missing_may_be_it() {
    let menu = |more: Value| {
        let mut entry = journaled("A1", "", "sent", ago(3000));
        entry["typeMessage"] = json!("interactiveButtons");
        entry["interactiveButtons"] = json!({ "contentText": "How large?" });
        let menu = entry["interactiveButtons"].as_object_mut().unwrap();
        menu.extend(more.as_object().unwrap().clone());
        json!([entry])
    };
    let operation = green_api::operation::Operation::find("sendInteractiveButtonsReply").unwrap();
    let buttons = json!([{ "buttonId": "S", "buttonText": "Small" }]);
    let input =
        json!({ "chatId": CHAT, "header": "Sizes", "body": "How large?", "buttons": buttons });
    let sizes = json!([{ "buttonText": "Small" }]);
    for more in [json!({}), json!({ "buttons": sizes, "titleText": "" })] {
        let (_server, instance) = server("yes", json!([]), menu(more)).await;
        let settled = instance.settle(&(operation, input.clone()), ago(3600));
        let settled = settled.known([]).journaled_since(ago(7200));
        let settled = settled.absent_since(ago(1800)).await;
        assert_eq!(doubt(settled.unwrap()), Doubt::Unreadable);
    }
}

#[tokio::test]
async fn what_a_server_rewrites_or_somebody_edits_may_be_it() {
    let file = json!({ "urlFile": "https://files.example.com/1.pdf", "fileName": "Bill.pdf", "caption": "Your bill" });
    let poll = json!({ "message": "Which day? ", "options": [{ "optionName": " Monday" }, { "optionName": "Tuesday" }] });
    let shown_poll = json!({ "typeMessage": "pollMessage", "pollMessageData": {
        "name": "Which day?", "options": [{ "optionName": "Monday" }, { "optionName": "Tuesday" }] } });
    let other_name = json!({ "typeMessage": "documentMessage", "fileName": "Bill (1).pdf", "caption": "Your bill" });
    let edited =
        json!({ "typeMessage": "textMessage", "textMessage": "Sorry, tomorrow", "isEdited": true });
    let sent = Settled::Sent(id("A1"));
    let perhaps = Settled::Unknown {
        reason: Doubt::Unreadable,
        until: None,
    };
    for (name, mut input, shown, expected) in [
        ("sendPoll", poll, shown_poll, &sent),
        ("sendFileByUrl", file, other_name, &perhaps),
        ("sendMessage", json!({ "message": TEXT }), edited, &perhaps),
    ] {
        input["chatId"] = json!(CHAT);
        let mut entry = journaled("A1", "", "sent", ago(3000));
        let entry_fields = entry.as_object_mut().unwrap();
        entry_fields.extend(shown.as_object().unwrap().clone());
        let operation = green_api::operation::Operation::find(name).unwrap();
        let (_server, instance) = server("yes", json!([]), json!([entry])).await;
        let settled = instance.settle(&(operation, input), ago(3600));
        let settled = settled.known([]).journaled_since(ago(7200));
        let settled = settled.absent_since(ago(1800)).await.unwrap();
        assert_eq!(settled, *expected, "{name}");
    }
}
