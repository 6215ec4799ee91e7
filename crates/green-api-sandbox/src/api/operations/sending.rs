//! Sending: each request becomes one internal message in the sending queue.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::api::call::{Call, list, text, texts};
use crate::api::reply::Reply;
use crate::world::World;
use crate::world::files::File;
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
    let id = queue(call, content, body.clone());
    Reply::json(&json!({ "idMessage": id }))
}

/// Sends a file that was uploaded and is already served at its URL.
pub(super) fn send_uploaded(call: &Call<'_>, mut file: Attachment) -> Reply {
    let mut body = json!(call.form.fields);
    body["urlFile"] = json!(file.url);
    body["fileName"] = json!(file.name);
    text(&body, "caption").clone_into(&mut file.caption);
    let url = file.url.clone();
    let id = queue(call, Content::File(file), body);
    Reply::json(&json!({ "idMessage": id, "urlFile": url }))
}

pub(super) fn forward_messages(call: &Call<'_>) -> Reply {
    let originals: Vec<String> = texts(&call.body["messages"]);
    let ids = originals
        .iter()
        .map(|_| call.core.with(World::new_message_id));
    let ids: Vec<String> = ids.collect();
    let load = Load::Forward(originals);
    enqueue(
        call,
        ids.clone(),
        load,
        "ForwardMessages",
        call.body.clone(),
    );
    Reply::json(&json!({ "messages": ids }))
}

/// Sends an edit at once, and answers with the id of the edit.
pub(super) fn edit_message(call: &Call<'_>) -> Reply {
    let content = Content::Edit {
        message: text(&call.body, "idMessage").to_owned(),
        text: text(&call.body, "message").to_owned(),
    };
    Reply::json(&json!({ "idMessage": post(call, content) }))
}

pub(super) fn delete_message(call: &Call<'_>) -> Reply {
    let (chat_id, id) = (call.chat_id(), text(&call.body, "idMessage"));
    let only_here = call.body["onlySenderDelete"] == true;
    let known = call.with_phone(|world, phone| {
        let message = world.messages.get_mut(id);
        let message = message
            .filter(|message| message.is_with(phone) && message.chat_of(phone) == chat_id)?;
        if only_here {
            message.hidden_from.insert(phone.to_owned());
            world.changed = true;
        }
        Some(())
    });
    if known.is_none() {
        return call.refuse("ID message notfound");
    }
    if !only_here {
        let message = id.to_owned();
        post(call, Content::Delete { message });
    }
    Reply::empty()
}

/// Sends a message without the queue and returns its id.
fn post(call: &Call<'_>, content: Content) -> String {
    call.with_phone(|world, phone| {
        world.send_now(Draft {
            sent_by: Some(call.instance),
            ..Draft::new(phone, call.peer(), content)
        })
    })
}

/// Puts a message into the sending queue and returns its id.
fn queue(call: &Call<'_>, content: Content, body: Value) -> String {
    let id = call.core.with(World::new_message_id);
    let quoted = Some(owned(&body, "quotedMessageId")).filter(|id| !id.is_empty());
    let kind = match call.operation() {
        "sendFileByUpload" => "sendFileByUrl",
        operation => operation,
    };
    let load = Load::Message { content, quoted };
    enqueue(call, vec![id.clone()], load, kind, body);
    id
}

fn enqueue(call: &Call<'_>, ids: Vec<String>, load: Load, kind: &str, body: Value) {
    call.core.with(|world| {
        let queued = Queued {
            ids,
            peer: Peer::parse(text(&body, "chatId")),
            load,
            typing: typing(&body).unwrap_or_else(|| world.auto_typing(call.instance)),
            since: world.now,
            kind: kind.to_owned(),
            body,
        };
        world.enqueue(call.instance, queued);
    });
}

fn typing(body: &Value) -> Option<Duration> {
    let time = &body["typingTime"];
    // A form has it as text.
    let in_form = || time.as_str()?.parse().ok();
    time.as_u64().or_else(in_form).map(Duration::from_millis)
}

// The content of each request, whose shape was checked against the bundle; `None` if nothing in it can be sent.

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
        ..Attachment::new(
            text(body, "urlFile"),
            File::sent_name(text(body, "fileName")),
        )
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
    let params = list(&body["params"]).map(|param| text(param, "default"));
    let params: Vec<&str> = params.collect();
    let menu =
        json!({ "namespace": body["namespace"], "elementName": body["name"], "params": params });
    other("templateMessage", menu)
}

/// Returns a message of a kind whose payload has the name of the kind.
fn other(type_message: &str, payload: Value) -> Option<Content> {
    let type_message = type_message.to_owned();
    let data = Map::from_iter([(type_message.clone(), payload)]);
    Some(Content::Other { type_message, data })
}

fn card(contact: &Value) -> ContactCard {
    let [first, middle, last, company] =
        ["firstName", "middleName", "lastName", "company"].map(|name| text(contact, name));
    let phone = contact["phoneContact"].to_string();
    let mut parts = vec![first, middle, last];
    parts.retain(|part| !part.is_empty());
    if parts.is_empty() {
        parts.push(company);
    }
    let name = parts.join(" ");
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
