//! Messages in the shapes of the API: in notifications, in the journals, and quoted in another message.

use serde_json::{Map, Value, json};

use super::{
    Attachment, Button, ButtonAction, ContactCard, Content, LinkPreview, Message, Messages,
    person_id,
};
use crate::world::catalog::Product;

/// The objects of a notification whose fields the journals have at the top.
const FLATTENED: [&str; 3] = [
    "fileMessageData",
    "locationMessageData",
    "contactMessageData",
];

/// The fields of one object.
type Fields = Map<String, Value>;

fn fields(object: Value) -> Fields {
    match object {
        Value::Object(fields) => fields,
        _ => Fields::new(),
    }
}

/// Returns the `messageData` of a notification.
pub(crate) fn message_data(messages: &Messages, message: &Message) -> Value {
    let (mut kind, data) = payload(messages, message);
    let mut data = fields(data);
    let quote = quoted(messages, message);
    if let (Content::Text { text, .. }, Some(quote)) = (&message.draft.content, &quote) {
        "quotedMessage".clone_into(&mut kind);
        let answer = json!({ "text": text, "stanzaId": quote["stanzaId"], "participant": quote["participant"] });
        data = fields(json!({ "extendedTextMessageData": answer }));
    }
    data.insert("typeMessage".to_owned(), Value::from(kind));
    if let Some(quote) = quote {
        data.insert("quotedMessage".to_owned(), quote);
    }
    Value::Object(data)
}

/// Returns what the journals say about the content: the same in a flatter shape and under other names.
pub(crate) fn journal_fields(messages: &Messages, message: &Message) -> Fields {
    let mut data = fields(message_data(messages, message));
    match &message.draft.content {
        Content::Text { text, .. } => {
            data.remove("textMessageData");
            if let Some(extended) = data.remove("extendedTextMessageData") {
                data.insert("extendedTextMessage".to_owned(), extended);
            }
            data.insert("textMessage".to_owned(), Value::from(text.as_str()));
        }
        // The journal shows an edit as a text of its own.
        Content::Edit {
            message: original,
            text,
        } => {
            data = fields(json!({
                "typeMessage": "extendedTextMessage",
                "textMessage": text,
                "extendedTextMessage": extended(text, None, 0),
                "editedMessageId": original,
                "isEdited": true,
            }));
        }
        Content::Delete { message: original } => {
            data.extend(fields(
                json!({ "deletedMessageId": original, "isDeleted": true }),
            ));
        }
        // How the journals show the kinds of old is not known.
        Content::Other { .. } | Content::ButtonPress { .. }
            if !data.contains_key("interactiveButtonsResponse") =>
        {
            data.retain(|name, _| name == "typeMessage");
        }
        content => {
            data.retain(|name, _| !FLATTENED.contains(&name.as_str()));
            data.extend(flat(content, message.draft.forwarding_score));
        }
    }
    for (name, unset) in [
        ("editedMessageId", json!("")),
        ("deletedMessageId", json!("")),
        ("isEdited", json!(false)),
        ("isDeleted", json!(message.deleted)),
    ] {
        data.entry(name).or_insert(unset);
    }
    data
}

/// Returns the kind and the fields of `messageData`, without a quote.
fn payload(messages: &Messages, message: &Message) -> (String, Value) {
    let content = &message.draft.content;
    let score = message.draft.forwarding_score;
    let original = content.about().and_then(|id| messages.get(id));
    let data = match content {
        Content::Text { text, preview } => {
            // A forwarded text must be able to say so.
            if score == 0 && content.type_message() == "textMessage" {
                json!({ "textMessageData": { "textMessage": text, "isTemplateMessage": false } })
            } else {
                let data =
                    json!({ "extendedTextMessageData": extended(text, preview.as_ref(), score) });
                return ("extendedTextMessage".to_owned(), data);
            }
        }
        Content::File(file) => json!({ "fileMessageData": file_data(file, score) }),
        Content::Location { .. } => json!({ "locationMessageData": place(content, score) }),
        Content::Contact(card) => json!({ "contactMessageData": contact(card, score) }),
        Content::Contacts { contacts } => json!({ "messageData": {
            "contacts": contacts.iter().map(|card| json!({ "displayName": card.name, "vcard": card.vcard })).collect::<Vec<_>>(),
            "forwardingScore": score, "isForwarded": score > 0,
        } }),
        Content::Poll {
            question,
            options,
            multiple_answers,
        } => json!({ "pollMessageData": {
            "name": question,
            "options": options.iter().map(|option| json!({ "optionName": option })).collect::<Vec<_>>(),
            "multipleAnswers": multiple_answers,
        } }),
        Content::PollVote {
            message: poll,
            options,
        } => {
            json!({ "pollMessageData": votes(poll, original, options, &person_id(&message.draft.sender)) })
        }
        Content::Reaction {
            message: about,
            emoji,
        } => {
            let participant = original.map(|original| person_id(&original.draft.sender));
            let participant = participant.unwrap_or_default();
            json!({ "extendedTextMessageData": { "text": emoji }, "quotedMessage": { "stanzaId": about, "participant": participant } })
        }
        Content::Buttons {
            title,
            text,
            footer,
            buttons,
        } => json!({ "interactiveButtons": {
            "titleText": title, "contentText": text, "footerText": footer, "buttons": buttons.iter().map(button).collect::<Vec<_>>(),
        } }),
        Content::ButtonPress {
            message: menu,
            button_id,
        } => return pressed(menu, original, button_id),
        Content::Edit {
            message: about,
            text,
        } => {
            let name = match original.map(|original| &original.draft.content) {
                Some(Content::File(_)) => "caption",
                _ => "textMessage",
            };
            json!({ "editedMessageData": { name: text, "stanzaId": about } })
        }
        Content::Delete { message: about } => {
            json!({ "deletedMessageData": { "stanzaId": about } })
        }
        Content::Product(product) => json!({ "productMessage": product_data(product, score) }),
        Content::Order(order) => json!({ "orderMessage": {
            "orderId": order.id, "token": order.token(), "totalPrice": order.total.to_string(), "sellerJid": order.seller,
        } }),
        Content::Other { data, .. } => Value::Object(data.clone()),
    };
    (content.type_message().to_owned(), data)
}

fn extended(text: &str, preview: Option<&LinkPreview>, score: u32) -> Value {
    let preview = preview.cloned().unwrap_or_default();
    json!({
        "text": text, "description": preview.description, "title": preview.title, "previewType": "None",
        "jpegThumbnail": preview.jpeg_thumbnail, "forwardingScore": score, "isForwarded": score > 0,
    })
}

fn file_data(file: &Attachment, score: u32) -> Value {
    json!({
        "downloadUrl": file.url, "caption": file.caption, "fileName": file.name, "jpegThumbnail": "", "mimeType": file.mime_type,
        "isAnimated": false, "forwardingScore": score, "isForwarded": score > 0,
    })
}

fn product_data(product: &Product, score: u32) -> Value {
    let name = product.image_url.rsplit('/').next().unwrap_or_default();
    let mut data = fields(json!({
        "productId": product.id, "title": product.name, "description": product.description, "currencyCode": product.currency,
        "price": product.price.to_string(), "url": product.url, "productImageCount": 1,
        "fileMessageData": file_data(&Attachment::new(&product.image_url, name), score),
    }));
    // What the product lacks, the message lacks as well.
    data.retain(|_, value| !value.is_null());
    Value::Object(data)
}

fn place(content: &Content, score: u32) -> Value {
    let Content::Location {
        latitude,
        longitude,
        name,
        address,
    } = content
    else {
        return Value::Null;
    };
    json!({
        "nameLocation": name, "address": address, "jpegThumbnail": "", "latitude": latitude, "longitude": longitude,
        "forwardingScore": score, "isForwarded": score > 0,
    })
}

fn contact(card: &ContactCard, score: u32) -> Value {
    json!({ "displayName": card.name, "vcard": card.vcard, "forwardingScore": score, "isForwarded": score > 0 })
}

fn button(button: &Button) -> Value {
    let mut data = json!({ "type": "reply", "buttonId": button.id, "buttonText": button.text });
    let (kind, field) = match &button.action {
        ButtonAction::Reply => return data,
        ButtonAction::Copy(text) => ("copy", ("copyCode", text)),
        ButtonAction::Call(number) => ("call", ("phoneNumber", number)),
        ButtonAction::Url(url) => ("url", ("url", url)),
    };
    data["type"] = Value::from(kind);
    data[field.0] = Value::from(field.1.as_str());
    data
}

/// Returns every option, with the voter at those that were chosen.
fn votes(poll: &str, original: Option<&Message>, chosen: &[String], voter: &str) -> Value {
    let (question, options, multiple) = match original.map(|original| &original.draft.content) {
        Some(Content::Poll {
            question,
            options,
            multiple_answers,
        }) => (question.as_str(), options.as_slice(), *multiple_answers),
        _ => ("", chosen, false),
    };
    let votes: Vec<Value> = options
        .iter()
        .map(|option| json!({ "optionName": option, "optionVoters": if chosen.contains(option) { vec![voter] } else { vec![] } }))
        .collect();
    json!({ "stanzaId": poll, "name": question, "votes": votes, "multipleAnswers": multiple })
}

/// Returns the answer to a message with buttons, which has a different shape for every kind of them.
fn pressed(menu: &str, original: Option<&Message>, id: &str) -> (String, Value) {
    let reply = |index: Option<usize>, text: &str| json!({ "stanzaId": menu, "selectedIndex": index.unwrap_or_default(), "selectedId": id, "selectedDisplayText": text });
    let (kind, field, answer) = match original.map(|original| &original.draft.content) {
        Some(Content::Other { type_message, data }) if type_message == "buttonsMessage" => {
            let buttons = list(&data["buttonsMessage"]["buttons"]);
            let button = buttons.iter().find(|button| button["buttonId"] == id);
            let text = button.map_or(json!(""), |button| button["buttonText"].clone());
            let kind = "buttonsResponseMessage";
            (
                kind,
                kind,
                json!({ "stanzaId": menu, "selectedButtonId": id, "selectedButtonText": text }),
            )
        }
        Some(Content::Other { type_message, data }) if type_message == "listMessage" => {
            let sections = list(&data["listMessage"]["sections"]).iter();
            let mut rows = sections.flat_map(|section| list(&section["rows"]));
            let row = rows.find(|row| row["rowId"] == id);
            let title = row.map_or(json!(""), |row| row["title"].clone());
            let kind = "listResponseMessage";
            (
                kind,
                kind,
                json!({ "stanzaId": menu, "title": title, "listType": 1, "singleSelectReply": id }),
            )
        }
        Some(Content::Other { type_message, data }) if type_message == "templateMessage" => {
            let buttons = list(&data["templateMessage"]["buttons"]);
            let quick = |button: &Value| button["quickReplyButton"]["id"] == id;
            let index = buttons.iter().position(quick);
            let text =
                index.and_then(|index| buttons[index]["quickReplyButton"]["displayText"].as_str());
            let answer = reply(index, text.unwrap_or_default());
            (
                "templateButtonsReplyMessage",
                "templateButtonReplyMessage",
                answer,
            )
        }
        other => {
            let buttons = match other {
                Some(Content::Buttons { buttons, .. }) => buttons.as_slice(),
                _ => &[],
            };
            let index = buttons.iter().position(|button| button.id == id);
            let text = index.map_or("", |index| buttons[index].text.as_str());
            let kind = "interactiveButtonsResponse";
            (kind, kind, reply(index, text))
        }
    };
    (kind.to_owned(), json!({ field: answer }))
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Returns `quotedMessage`: the message that this one answers.
fn quoted(messages: &Messages, message: &Message) -> Option<Value> {
    let original = messages.get(message.draft.quoted.as_deref()?)?;
    let mut quote = flat(&original.draft.content, 0);
    if quote.is_empty() {
        quote = fields(payload(messages, original).1);
    }
    // Whether a quoted file was forwarded is not said.
    quote.retain(|name, _| !matches!(name.as_str(), "forwardingScore" | "isForwarded"));
    if let Some(cards) = quote.remove("messageData") {
        quote.insert("contacts".to_owned(), cards["contacts"].clone());
    }
    let mut quote = Value::Object(quote);
    quote["stanzaId"] = json!(original.id);
    quote["participant"] = json!(person_id(&original.draft.sender));
    quote["typeMessage"] = json!(original.draft.content.type_message());
    Some(quote)
}

/// Returns the content in the flat shape that journals and quotes share, or no fields if it is the same as in a notification.
fn flat(content: &Content, score: u32) -> Fields {
    fields(match content {
        Content::Text { text, preview } => {
            let mut flat = json!({ "textMessage": text });
            if content.type_message() == "extendedTextMessage" {
                flat["extendedTextMessage"] = extended(text, preview.as_ref(), score);
            }
            flat
        }
        Content::File(file) => file_data(file, score),
        Content::Location { .. } => json!({ "location": place(content, score) }),
        Content::Contact(card) => json!({ "contact": contact(card, score) }),
        _ => Value::Null,
    })
}
