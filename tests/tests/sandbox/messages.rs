//! Every kind of message and call, by phone and by API.

use std::collections::BTreeSet;
use std::time::Duration;

use green_api_sandbox::{
    Attachment, Button, ButtonAction, CallEnd, ContactCard, Content, LinkPreview, Phone, State,
};
use green_api_tests::run;
use serde_json::json;

use crate::world::{FRIEND, FRIEND_CHAT, PHONE, World, send_menus};

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
        world.own_phone().read(FRIEND_CHAT);
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
                "incomingMessageStatus read",
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
