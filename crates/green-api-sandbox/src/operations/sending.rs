//! What sends messages: each request becomes one internal message in the sending queue.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{Call, account_of};
use crate::messages::{
    Attachment, Button, ButtonAction, ContactCard, Content, Draft, LinkPreview, Peer,
};
use crate::outbox::{Load, Queued};
use crate::reply::Reply;
use crate::world::World;

/// Carries out any method that sends one message which its JSON body describes.
pub(super) fn send(call: &Call<'_>) -> Reply {
    let body = &call.body;
    let Some(mut content) = content(call.operation(), body) else {
        return call.refuse("bad request data");
    };
    let by_settings = || call.account(|account, _| account.wants("linkPreview"));
    if body["linkPreview"].as_bool().unwrap_or_else(by_settings) {
        content = content.with_preview();
    }
    let chat_id = text(body, "chatId");
    let id = call
        .core
        .with(|world| queue(world, call, Peer::parse(chat_id), content, body.clone()));
    Reply::json(&json!({ "idMessage": id }))
}

/// Sends a file that was uploaded and is served at `url` by now.
pub(super) fn send_uploaded(call: &Call<'_>, mut file: Attachment) -> Reply {
    let mut body = Value::Object(
        call.form
            .fields
            .iter()
            .map(|(name, value)| (name.clone(), Value::from(value.as_str())))
            .collect(),
    );
    body["urlFile"] = Value::from(file.url.as_str());
    body["fileName"] = Value::from(file.name.as_str());
    text(&body, "caption").clone_into(&mut file.caption);
    let url = file.url.clone();
    let id = call.core.with(|world| {
        queue(
            world,
            call,
            Peer::parse(text(&body, "chatId")),
            Content::File(file),
            body.clone(),
        )
    });
    Reply::json(&json!({ "idMessage": id, "urlFile": url }))
}

pub(super) fn forward_messages(call: &Call<'_>) -> Reply {
    let originals: Vec<String> = texts(&call.body["messages"]);
    let ids = call.core.with(|world| {
        let ids: Vec<String> = originals.iter().map(|_| world.new_message_id()).collect();
        let queued = Queued {
            ids: ids.clone(),
            peer: Peer::parse(text(&call.body, "chatId")),
            load: Load::Forward(originals),
            typing: typing(&call.body),
            since: world.now,
            kind: "ForwardMessages".to_owned(),
            body: call.body.clone(),
        };
        world.enqueue(call.instance, queued);
        ids
    });
    Reply::json(&json!({ "messages": ids }))
}

/// Edits go out at once; the answer has the id of the edit.
pub(super) fn edit_message(call: &Call<'_>) -> Reply {
    let content = Content::Edit {
        message: text(&call.body, "idMessage").to_owned(),
        text: text(&call.body, "message").to_owned(),
    };
    Reply::json(&json!({ "idMessage": post(call, content) }))
}

pub(super) fn delete_message(call: &Call<'_>) -> Reply {
    let (chat_id, id) = (
        Peer::parse(text(&call.body, "chatId")).chat_id(),
        text(&call.body, "idMessage"),
    );
    let known = call.core.with(|world| {
        let phone = account_of(world, call.instance)
            .phone
            .clone()
            .unwrap_or_default();
        let known = world
            .messages
            .get(id)
            .is_some_and(|message| message.is_with(&phone) && message.chat_of(&phone) == chat_id);
        if known && call.body["onlySenderDelete"] == true {
            if let Some(message) = world.messages.get_mut(id) {
                message.hidden_from.insert(phone);
            }
            world.stirred = true;
        }
        known
    });
    if !known {
        return call.refuse("ID message notfound");
    }
    if call.body["onlySenderDelete"] != true {
        post(
            call,
            Content::Delete {
                message: id.to_owned(),
            },
        );
    }
    Reply::empty()
}

/// Sends without the queue.
fn post(call: &Call<'_>, content: Content) -> String {
    let peer = Peer::parse(text(&call.body, "chatId"));
    call.core.with(|world| {
        let sender = account_of(world, call.instance)
            .phone
            .clone()
            .unwrap_or_default();
        let id = world.new_message_id();
        let draft = Draft {
            sender,
            peer,
            content,
            quoted: None,
            forwarding_score: 0,
            sent_by: Some(call.instance),
        };
        world.post(id.clone(), draft);
        id
    })
}

fn queue(world: &mut World, call: &Call<'_>, peer: Peer, content: Content, body: Value) -> String {
    let id = world.new_message_id();
    let quoted = Some(text(&body, "quotedMessageId"))
        .filter(|id| !id.is_empty())
        .map(str::to_owned);
    let kind = match call.operation() {
        "sendFileByUpload" => "sendFileByUrl",
        operation => operation,
    };
    let (typing, kind) = (typing(&body), kind.to_owned());
    let queued = Queued {
        ids: vec![id.clone()],
        peer,
        load: Load::Message { content, quoted },
        typing,
        since: world.now,
        kind,
        body,
    };
    world.enqueue(call.instance, queued);
    id
}

fn typing(body: &Value) -> Duration {
    let milliseconds = body["typingTime"]
        .as_u64()
        .or_else(|| text(body, "typingTime").parse().ok());
    Duration::from_millis(milliseconds.unwrap_or_default())
}

/// What a request says, whose shape was checked against the description; `None` when it says nothing that can be sent.
fn content(operation: &str, body: &Value) -> Option<Content> {
    let owned = |name| text(body, name).to_owned();
    Some(match operation {
        "sendMessage" => Content::Text {
            text: owned("message"),
            preview: preview(body),
        },
        "sendLink" => Content::Text {
            text: owned("urlLink"),
            preview: Some(LinkPreview::default()),
        },
        "sendPoll" => Content::Poll {
            question: owned("message"),
            options: list(&body["options"])
                .map(|option| text(option, "optionName").to_owned())
                .collect(),
            multiple_answers: body["multipleAnswers"] == true,
        },
        "sendFileByUrl" => Content::File(Attachment {
            caption: owned("caption"),
            ..Attachment::new(owned("urlFile"), owned("fileName"))
        }),
        "sendLocation" => Content::Location {
            latitude: body["latitude"].as_f64()?,
            longitude: body["longitude"].as_f64()?,
            name: owned("nameLocation"),
            address: owned("address"),
        },
        "sendContact" => Content::Contact(contact(&body["contact"])),
        "sendInteractiveButtons" | "sendInteractiveButtonsReply" => Content::Buttons {
            title: owned("header"),
            text: owned("body"),
            footer: owned("footer"),
            buttons: list(&body["buttons"]).map(button).collect(),
        },
        "sendButtons" => {
            let menu = json!({ "contentText": body["message"], "footer": text(body, "footer"), "buttons": body["buttons"], });
            other("buttonsMessage", menu)
        }
        "sendTemplateButtons" => {
            let menu = json!({ "contentText": body["message"], "footer": text(body, "footer"), "buttons": body["templateButtons"] });
            other("templateMessage", menu)
        }
        "sendListMessage" => other(
            "listMessage",
            json!({
                "contentText": body["message"], "title": text(body, "title"), "footer": text(body, "footer"),
                "buttonText": body["buttonText"], "sections": body["sections"],
            }),
        ),
        "sendTemplate" => {
            let params: Vec<&str> = list(&body["params"])
                .map(|param| text(param, "default"))
                .collect();
            other(
                "templateMessage",
                json!({ "namespace": body["namespace"], "elementName": body["name"], "params": params }),
            )
        }
        _ => return None,
    })
}

/// A kind whose payload has the name of the kind.
fn other(type_message: &str, payload: Value) -> Content {
    let data = Map::from_iter([(type_message.to_owned(), payload)]);
    Content::Other {
        type_message: type_message.to_owned(),
        data,
    }
}

fn preview(body: &Value) -> Option<LinkPreview> {
    let custom = body.get("customPreview")?;
    Some(LinkPreview {
        title: text(custom, "title").to_owned(),
        description: text(custom, "description").to_owned(),
        jpeg_thumbnail: text(custom, "jpegThumbnail").to_owned(),
    })
}

fn contact(contact: &Value) -> ContactCard {
    let [first, middle, last, company] =
        ["firstName", "middleName", "lastName", "company"].map(|name| text(contact, name));
    let phone = contact["phoneContact"].to_string();
    let full: Vec<&str> = [first, middle, last]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect();
    let name = if full.is_empty() {
        company.to_owned()
    } else {
        full.join(" ")
    };
    let vcard = format!(
        "BEGIN:VCARD\nVERSION:3.0\nN:{last};{first};{middle};;\nFN:{name}\nORG:{company}\nTEL;type=CELL;waid={phone}:+{phone}\nEND:VCARD"
    );
    ContactCard { name, vcard }
}

fn button(button: &Value) -> Button {
    let owned = |name| text(button, name).to_owned();
    let action = match text(button, "type") {
        "copy" => ButtonAction::Copy(owned("copyCode")),
        "call" => ButtonAction::Call(owned("phoneNumber")),
        "url" => ButtonAction::Url(owned("url")),
        _ => ButtonAction::Reply,
    };
    Button {
        id: owned("buttonId"),
        text: owned("buttonText"),
        action,
    }
}

/// A text in a body; empty when there is none.
pub(super) fn text<'b>(body: &'b Value, name: &str) -> &'b str {
    body[name].as_str().unwrap_or_default()
}

/// A list of texts.
pub(super) fn texts(value: &Value) -> Vec<String> {
    list(value)
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
}
