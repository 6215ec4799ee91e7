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

/// Looks for it in this queue and in a journal with this entry, long after it was sent, with no other send known.
async fn looked_for(name: &str, mut input: Value, queue: Value, shown: Option<Value>) -> Settled {
    input["chatId"] = json!(CHAT);
    let entry = shown.map(|shown| {
        let mut entry = journaled("A1", "", "sent", ago(3000));
        let fields = entry.as_object_mut().unwrap();
        fields.extend(shown.as_object().unwrap().clone());
        entry
    });
    let operation = green_api::operation::Operation::find(name).unwrap();
    let (_server, instance) = server("yes", queue, json!(Vec::from_iter(entry))).await;
    let settled = instance.settle(&(operation, input), ago(7200));
    let settled = settled.known([]).journaled_since(ago(9000));
    settled.absent_since(ago(1800)).await.unwrap()
}

fn perhaps() -> Settled {
    Settled::Unknown {
        reason: Doubt::Unreadable,
        until: None,
    }
}

#[tokio::test]
async fn what_a_server_rewrites_or_somebody_edits_may_be_it() {
    let upload = json!({ "file": "Bill.pdf" });
    let file = |name: &str, caption: &str| json!({ "urlFile": "https://files.example.com/1", "fileName": name, "caption": caption });
    let shown = |kind: &str, name: &str, caption: &str| json!({ "typeMessage": kind, "fileName": name, "caption": caption });
    let text = |text: &str| json!({ "typeMessage": "textMessage", "textMessage": text });
    let quoting = json!({ "message": TEXT, "quotedMessageId": "Q1" });
    let quote = |beside: &str, quoted: &str| {
        json!({ "typeMessage": "quotedMessage", "extendedTextMessage": { "text": TEXT, "stanzaId": beside },
            "quotedMessage": { "stanzaId": quoted, "typeMessage": "textMessage", "textMessage": "Where is it?" } })
    };
    let edited = |mut shown: Value| {
        shown["isEdited"] = json!(true);
        shown
    };
    let place = json!({ "latitude": 51.4779, "longitude": -0.0015 });
    let poll = json!({ "message": "Which day? ", "options": [{ "optionName": " Monday" }, { "optionName": "Tuesday" }] });
    let shown_poll = json!({ "typeMessage": "pollMessage", "pollMessageData": {
        "name": "Which day?", "options": [{ "optionName": "Monday" }, { "optionName": "Tuesday" }] } });
    let (sent, perhaps, not_sent) = (Settled::Sent(id("A1")), perhaps(), Settled::NotSent);
    for (name, input, shown, expected) in [
        ("sendPoll", poll, shown_poll, &sent),
        // Another name, and a caption that a server shows below pictures alone.
        (
            "sendFileByUrl",
            file("Bill.pdf", "Yours"),
            shown("documentMessage", "Bill (1).pdf", "Yours"),
            &perhaps,
        ),
        (
            "sendFileByUrl",
            file("Bill.pdf", "Yours"),
            shown("documentMessage", "Bill.pdf", ""),
            &perhaps,
        ),
        (
            "sendFileByUrl",
            file("Bill.pdf", "Yours"),
            shown("documentMessage", "Bill.pdf", "Theirs"),
            &not_sent,
        ),
        (
            "sendFileByUrl",
            file("a.jpg", ""),
            shown("imageMessage", "b.jpg", ""),
            &perhaps,
        ),
        (
            "sendFileByUrl",
            file("a.jpg", ""),
            shown("imageMessage", "a.jpg", ""),
            &sent,
        ),
        (
            "sendFileByUrl",
            file("Bill.pdf", ""),
            shown("documentMessage", "Other.pdf", ""),
            &not_sent,
        ),
        (
            "sendFileByUrl",
            file("Bi\u{7}ll.pdf", ""),
            shown("documentMessage", "Bill.pdf", ""),
            &sent,
        ),
        (
            "sendMessage",
            json!({ "message": TEXT }),
            edited(text("Sorry, tomorrow")),
            &perhaps,
        ),
        (
            "sendFileByUpload",
            upload.clone(),
            shown("documentMessage", "1.pdf", ""),
            &perhaps,
        ),
        (
            "sendFileByUpload",
            upload,
            shown("documentMessage", "Bill.pdf", ""),
            &sent,
        ),
        // The text of today is what somebody made of an older one.
        (
            "sendMessage",
            json!({ "message": TEXT }),
            edited(text(TEXT)),
            &perhaps,
        ),
        ("sendMessage", quoting.clone(), quote("Q1", "Q1"), &sent),
        ("sendMessage", quoting.clone(), quote("Q1", "Q2"), &perhaps),
        ("sendMessage", quoting.clone(), quote("Q2", "Q1"), &perhaps),
        ("sendMessage", quoting.clone(), quote("Q2", "Q2"), &not_sent),
        ("sendMessage", quoting, text(TEXT), &perhaps),
        (
            "sendLocation",
            place.clone(),
            json!({ "typeMessage": "locationMessage", "location": null }),
            &perhaps,
        ),
        (
            "sendLocation",
            place.clone(),
            json!({ "typeMessage": "locationMessage", "location": { "nameLocation": "" } }),
            &perhaps,
        ),
        ("sendLocation", place, text(TEXT), &not_sent),
    ] {
        let settled = looked_for(name, input.clone(), json!([]), Some(shown.clone())).await;
        assert_eq!(settled, *expected, "{name} {input} {shown}");
    }
}

#[tokio::test]
async fn what_waits_in_the_queue_in_another_form_is_it() {
    let menu =
        json!({ "body": "How large?", "buttons": [{ "buttonId": "S", "buttonText": "Small" }] });
    let buttons = "sendInteractiveButtonsReply";
    let queued = |kind: &str, mut body: Value| {
        body["chatId"] = json!(CHAT);
        json!([{ "messageID": "A1", "type": kind, "body": body }])
    };
    let file = json!({ "file": "Bill.pdf", "caption": "Yours" });
    let kept = |name: &str| json!({ "urlFile": "https://storage.example.com/1.pdf", "fileName": name, "caption": "Yours" });
    let place = json!({ "latitude": 51.4779, "longitude": -0.0015 });
    let contact = json!({ "contact": { "phoneContact": 447_700_900_167_u64, "firstName": "Ada" } });
    let (sent, perhaps, not_sent) = (Settled::Sent(id("A1")), perhaps(), Settled::NotSent);
    for (name, input, queue, expected) in [
        // What it is called there is not documented.
        (
            buttons,
            menu.clone(),
            queued("sendButtons", menu.clone()),
            &sent,
        ),
        (
            buttons,
            menu.clone(),
            queued("sendMessage", json!({ "message": TEXT })),
            &perhaps,
        ),
        (
            buttons,
            menu,
            queued(buttons, json!({ "body": "Where?", "buttons": [] })),
            &not_sent,
        ),
        (
            "sendFileByUpload",
            file.clone(),
            queued("sendFileByUrl", kept("Bill.pdf")),
            &sent,
        ),
        (
            "sendFileByUpload",
            file.clone(),
            queued("sendFileByUpload", kept("Bill.pdf")),
            &sent,
        ),
        (
            "sendFileByUpload",
            file.clone(),
            queued("sendFileByUrl", kept("1.pdf")),
            &perhaps,
        ),
        (
            "sendFileByUpload",
            file,
            queued("sendMessage", kept("Bill.pdf")),
            &not_sent,
        ),
        (
            "sendLocation",
            place.clone(),
            queued(
                "sendLocation",
                json!({ "latitude": "51.4779", "longitude": "-0.0015" }),
            ),
            &sent,
        ),
        (
            "sendLocation",
            place.clone(),
            queued(
                "sendLocation",
                json!({ "latitude": "51.4", "longitude": "-0.0015" }),
            ),
            &not_sent,
        ),
        (
            "sendLocation",
            place,
            queued(
                "sendLocation",
                json!({ "latitude": [51.4779], "longitude": -0.0015 }),
            ),
            &perhaps,
        ),
        (
            "sendContact",
            contact.clone(),
            queued(
                "sendContact",
                json!({ "contact": { "phoneContact": "447700900167", "firstName": "Ada" } }),
            ),
            &sent,
        ),
        (
            "sendContact",
            contact.clone(),
            queued(
                "sendContact",
                json!({ "contact": { "phoneContact": "447700900167" } }),
            ),
            &perhaps,
        ),
        (
            "sendContact",
            contact,
            queued(
                "sendContact",
                json!({ "contact": { "phoneContact": "447700900168" } }),
            ),
            &not_sent,
        ),
    ] {
        let settled = looked_for(name, input.clone(), queue.clone(), None).await;
        assert_eq!(settled, *expected, "{name} {input} {queue}");
    }
}
