//! What sends messages: each request becomes one internal message in the sending queue.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::api::call::{Call, list, text, texts};
use crate::api::reply::Reply;
use crate::world::World;
use crate::world::messages::{
    Attachment, Button, ButtonAction, ContactCard, Content, Draft, LinkPreview, Peer,
};
use crate::world::outbox::{Load, Queued};

/// Puts a message of the JSON body into the sending queue.
pub(super) fn send(call: &Call<'_>, content: Option<Content>) -> Reply {
    let body = &call.body;
    let Some(mut content) = content else {
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
    let known = call.with_phone(|world, phone| {
        let known = world
            .messages
            .get(id)
            .is_some_and(|message| message.is_with(phone) && message.chat_of(phone) == chat_id);
        if known && call.body["onlySenderDelete"] == true {
            if let Some(message) = world.messages.get_mut(id) {
                message.hidden_from.insert(phone.to_owned());
            }
            world.changed = true;
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
    call.with_phone(|world, phone| {
        let id = world.new_message_id();
        let draft = Draft {
            sender: phone.to_owned(),
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

// What a request says, whose shape was checked against the description; `None` when it says nothing that can be sent.

pub(super) fn message(body: &Value) -> Option<Content> {
    let preview = body.get("customPreview").map(|custom| LinkPreview {
        title: owned(custom, "title"),
        description: owned(custom, "description"),
        jpeg_thumbnail: owned(custom, "jpegThumbnail"),
    });
    Some(Content::Text {
        text: owned(body, "message"),
        preview,
    })
}

pub(super) fn link(body: &Value) -> Option<Content> {
    Some(Content::Text {
        text: owned(body, "urlLink"),
        preview: Some(LinkPreview::default()),
    })
}

pub(super) fn poll(body: &Value) -> Option<Content> {
    Some(Content::Poll {
        question: owned(body, "message"),
        options: list(&body["options"])
            .map(|option| owned(option, "optionName"))
            .collect(),
        multiple_answers: body["multipleAnswers"] == true,
    })
}

pub(super) fn file(body: &Value) -> Option<Content> {
    Some(Content::File(Attachment {
        caption: owned(body, "caption"),
        ..Attachment::new(text(body, "urlFile"), text(body, "fileName"))
    }))
}

pub(super) fn location(body: &Value) -> Option<Content> {
    Some(Content::Location {
        latitude: body["latitude"].as_f64()?,
        longitude: body["longitude"].as_f64()?,
        name: owned(body, "nameLocation"),
        address: owned(body, "address"),
    })
}

pub(super) fn contact(body: &Value) -> Option<Content> {
    Some(Content::Contact(card(&body["contact"])))
}

pub(super) fn interactive_buttons(body: &Value) -> Option<Content> {
    Some(Content::Buttons {
        title: owned(body, "header"),
        text: owned(body, "body"),
        footer: owned(body, "footer"),
        buttons: list(&body["buttons"]).map(button).collect(),
    })
}

pub(super) fn buttons(body: &Value) -> Option<Content> {
    let menu = json!({ "contentText": body["message"], "footer": text(body, "footer"), "buttons": body["buttons"] });
    other("buttonsMessage", menu)
}

pub(super) fn template_buttons(body: &Value) -> Option<Content> {
    let menu = json!({ "contentText": body["message"], "footer": text(body, "footer"), "buttons": body["templateButtons"] });
    other("templateMessage", menu)
}

pub(super) fn list_message(body: &Value) -> Option<Content> {
    let menu = json!({
        "contentText": body["message"], "title": text(body, "title"), "footer": text(body, "footer"),
        "buttonText": body["buttonText"], "sections": body["sections"],
    });
    other("listMessage", menu)
}

pub(super) fn template(body: &Value) -> Option<Content> {
    let params: Vec<&str> = list(&body["params"])
        .map(|param| text(param, "default"))
        .collect();
    let menu =
        json!({ "namespace": body["namespace"], "elementName": body["name"], "params": params });
    other("templateMessage", menu)
}

/// A kind whose payload has the name of the kind.
fn other(type_message: &str, payload: Value) -> Option<Content> {
    let data = Map::from_iter([(type_message.to_owned(), payload)]);
    Some(Content::Other {
        type_message: type_message.to_owned(),
        data,
    })
}

fn card(contact: &Value) -> ContactCard {
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
    let action = match text(button, "type") {
        "copy" => ButtonAction::Copy(owned(button, "copyCode")),
        "call" => ButtonAction::Call(owned(button, "phoneNumber")),
        "url" => ButtonAction::Url(owned(button, "url")),
        _ => ButtonAction::Reply,
    };
    Button {
        id: owned(button, "buttonId"),
        text: owned(button, "buttonText"),
        action,
    }
}

fn owned(body: &Value, name: &str) -> String {
    text(body, name).to_owned()
}
