//! Kinds of messages that come in more than one shape, and the table of them.

use green_api::types::{MessageData, MessageType};
use serde_json::json;

/// A new kind of message is no reason to change the methods, but one to think about them.
#[test]
fn the_table_has_every_kind() {
    let rules = include_str!("../../../crates/green-api-types/src/reading.md");
    let listed: Vec<&str> = rules
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split(" | ").next())
        .flat_map(|cell| cell.split("`, `"))
        .collect();
    let listed: Vec<&str> = listed
        .iter()
        .map(|kind| kind.trim_end_matches('`'))
        .filter(|kind| *kind != "typeMessage")
        .collect();
    let missing: Vec<_> = MessageData::KNOWN
        .iter()
        .filter(|kind| !listed.contains(kind))
        .collect();
    let gone: Vec<_> = listed
        .iter()
        .filter(|kind| !MessageData::KNOWN.contains(kind))
        .collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "not in the table of reading.md: {missing:?}; there and unknown: {gone:?}"
    );
}

fn data(value: serde_json::Value) -> MessageData {
    let data: MessageData = serde_json::from_value(value).unwrap();
    assert!(!matches!(data, MessageData::Unrecognized(_)), "{data:?}");
    data
}

#[test]
fn one_button_has_many_shapes() {
    let pressed = json!({"stanzaId": "3EB0", "selectedIndex": 1, "selectedId": "yes", "selectedDisplayText": "Yes"});
    for (kind, key) in [
        ("templateButtonsReplyMessage", "templateButtonReplyMessage"),
        ("templateButtonsReplyMessage", "templateButtonsReplyMessage"),
        ("templateButtonReplyMessage", "templateButtonReplyMessage"),
        ("interactiveButtonsResponse", "interactiveButtonsResponse"),
        ("interactiveButtonsReply", "templateButtonReplyMessage"),
    ] {
        let data = data(json!({"typeMessage": kind, key: pressed}));
        let button = data.button_reply().unwrap_or_else(|| panic!("{kind}"));
        assert_eq!(
            (button.id, button.text, button.index),
            (Some("yes"), Some("Yes"), Some(1)),
            "{kind}"
        );
        assert_eq!(
            data.refers_to().map(|id| id.as_str()),
            Some("3EB0"),
            "{kind}"
        );
        assert_eq!(data.text(), None, "{kind}");
    }
    let old = data(
        json!({"typeMessage": "buttonsResponseMessage", "buttonsResponseMessage": {"stanzaId": "3EB0", "selectedButtonId": 7, "selectedButtonText": ""}}),
    );
    assert_eq!(
        old.button_reply().map(|button| (button.id, button.text)),
        Some((Some("7"), None))
    );
    let line = data(
        json!({"typeMessage": "listResponseMessage", "listResponseMessage": {"stanzaId": "3EB0", "title": "Tea", "singleSelectReply": "t1"}}),
    );
    assert_eq!(
        line.button_reply().map(|button| (button.id, button.text)),
        Some((Some("t1"), Some("Tea")))
    );
}

#[test]
fn markers_and_empty_texts_are_no_texts() {
    let text = |text: &str| {
        data(json!({"typeMessage": "textMessage", "textMessageData": {"textMessage": text}}))
    };
    assert_eq!(
        (text("Hello").text(), text("Hello").placeholder()),
        (Some("Hello"), None)
    );
    assert_eq!((text("").text(), text("").placeholder()), (None, None));
    assert_eq!(
        (text("{{SWE001}}").text(), text("{{SWE001}}").placeholder()),
        (None, Some("{{SWE001}}"))
    );
    assert_eq!(text("{{SWEET}}").text(), Some("{{SWEET}}"));
    let large = data(
        json!({"typeMessage": "videoMessage", "fileMessageData": {"downloadUrl": "{{SWE002}}", "fileName": "", "titleFile": "a.mp4", "caption": "See"}}),
    );
    let file = large.file().unwrap();
    assert_eq!(
        (file.download_url, file.file_name, file.caption),
        (None, Some("a.mp4"), Some("See"))
    );
    assert_eq!(
        (large.placeholder(), large.caption(), large.text()),
        (Some("{{SWE002}}"), Some("See"), None)
    );
}

#[test]
fn a_reaction_is_no_text_and_can_be_taken_back() {
    let reaction = |emoji: &str| {
        data(
            json!({"typeMessage": "reactionMessage", "extendedTextMessageData": {"text": emoji}, "quotedMessage": {"stanzaId": "3EB0", "participant": "447700900123@c.us"}}),
        )
    };
    let (given, taken) = (reaction("👍"), reaction(""));
    assert_eq!(
        (
            given.text(),
            given.reaction().unwrap().emoji,
            taken.reaction().unwrap().emoji
        ),
        (None, Some("👍"), None)
    );
    assert_eq!(given.refers_to().map(|id| id.as_str()), Some("3EB0"));
    let quoted = given.quoted().unwrap();
    assert_eq!(
        (quoted.sender.map(|chat| chat.as_str()), quoted.text()),
        (Some("447700900123@c.us"), None)
    );
}

#[test]
fn a_quote_may_have_no_content() {
    let data = data(
        json!({"typeMessage": "quotedMessage", "extendedTextMessageData": {"text": "Yes", "stanzaId": "3EB0", "participant": "447700900123@c.us"}}),
    );
    let quoted = data.quoted().unwrap();
    assert_eq!(
        (
            data.text(),
            quoted.id_message.map(|id| id.as_str()),
            quoted.content
        ),
        (Some("Yes"), Some("3EB0"), None)
    );
}

#[test]
fn contacts_and_polls_have_two_shapes() {
    let ann = json!([{"displayName": "Ann"}]);
    for body in [
        json!({"typeMessage": "contactMessage", "contactMessageData": ann[0]}),
        json!({"typeMessage": "contactsArrayMessage", "messageData": {"contacts": ann}}),
        json!({"typeMessage": "ContactsArrayMessage", "contacts": ann}),
    ] {
        assert_eq!(
            data(body).contacts()[0].display_name.as_deref(),
            Some("Ann")
        );
    }
    for key in ["pollMessageData", "pollCreationMessage"] {
        assert_eq!(
            data(json!({"typeMessage": "pollMessage", key: {"name": "Tea?"}}))
                .poll()
                .unwrap()
                .name
                .as_deref(),
            Some("Tea?")
        );
    }
}

#[test]
fn files_are_files_in_every_list() {
    let kinds = [
        "imageMessage",
        "videoMessage",
        "documentMessage",
        "audioMessage",
        "stickerMessage",
    ];
    for kind in MessageType::KNOWN {
        assert_eq!(
            MessageType::from(*kind).is_file(),
            kinds.contains(kind),
            "{kind}"
        );
    }
    for kind in kinds {
        assert!(
            data(json!({"typeMessage": kind, "fileMessageData": {}}))
                .file()
                .is_some(),
            "{kind}"
        );
    }
}
