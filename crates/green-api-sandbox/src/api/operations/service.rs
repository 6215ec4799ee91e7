//! People and chats.

use serde_json::{Value, json};

use crate::api::call::{Call, text};
use crate::api::reply::Reply;
use crate::kit::clock::unix_seconds;
use crate::world::messages::Peer;

pub(super) fn check_whatsapp(call: &Call<'_>) -> Reply {
    let by_number = call.body["phoneNumber"]
        .as_u64()
        .map(|number| number.to_string());
    let is_long_enough = |number: &String| (11..=16).contains(&number.len());
    let number = match by_number {
        Some(number) => Some(number).filter(is_long_enough),
        None => Some(text(&call.body, "chatId").to_owned()),
    };
    let Some(Peer::Person(number)) = number.as_deref().map(Peer::parse) else {
        return call.refuse("bad phone number, valid from 11 to 16 digits");
    };
    let exists = call.core.with(|world| world.has_whatsapp(&number));
    Reply::json(&json!({ "existsWhatsapp": exists }))
}

/// Answers with the people and groups that the account has written with or has in its address book.
pub(super) fn get_contacts(call: &Call<'_>) -> Reply {
    let only_groups = call.query.get("group").map(|group| group == "true");
    let count = call.asked("count").unwrap_or(usize::MAX);
    let contacts: Vec<Value> = call.with_phone(|world, phone| {
        let mut ids = world.chats_of(phone);
        let owner = world.people.get(phone).into_iter();
        let saved = owner.flat_map(|person| person.contacts.keys());
        let unwritten: Vec<String> = saved.filter(|id| !ids.contains(id)).cloned().collect();
        ids.extend(unwritten);
        let fits = |id: &&String| only_groups.is_none_or(|only| only == id.ends_with("@g.us"));
        let contacts = ids.iter().filter(fits).take(count).map(|id| match Peer::parse(id) {
            Peer::Group(_) => json!({ "id": id, "name": world.chat_name(phone, id), "type": "group" }),
            Peer::Person(number) => json!({
                "id": id, "name": world.name_of(&number), "contactName": world.contact_name(phone, &number), "type": "user",
            }),
        });
        contacts.collect()
    });
    Reply::json(&contacts)
}

pub(super) fn get_contact_info(call: &Call<'_>) -> Reply {
    let Peer::Person(number) = call.peer() else {
        let refusal = "The method GetContactInfo does not support group chats, to work with groups, use the GetGroupData method";
        return call.invalid(refusal);
    };
    let info = call.with_phone(|world, phone| {
        let id = Peer::Person(number.clone()).chat_id();
        let settings = world.chat_settings(phone, &id);
        json!({
            "avatar": world.picture(&id).unwrap_or_default(),
            "name": world.name_of(&number),
            "contactName": world.contact_name(phone, &number),
            "email": "", "category": "", "description": "", "products": [],
            "chatId": id,
            "lastSeen": null,
            "isArchive": settings.archived,
            "isDisappearing": settings.ephemeral_expiration > 0,
            "isMute": false,
            "messageExpiration": settings.ephemeral_expiration,
            "muteExpiration": null,
            "isBusiness": world.products(&number, phone).next().is_some(),
        })
    });
    Reply::json(&info)
}

pub(super) fn get_chats(call: &Call<'_>) -> Reply {
    let count = call.asked("count").unwrap_or(usize::MAX);
    let chats: Vec<Value> = call.with_phone(|world, phone| {
        let chats = world.chats_of(phone).into_iter().take(count).map(|id| {
            let settings = world.chat_settings(phone, &id);
            json!({
                "id": id,
                "name": world.chat_name(phone, &id),
                "type": if id.ends_with("@g.us") { "group" } else { "user" },
                "archive": settings.archived,
                "unreadCount": world.unread(phone, &id),
                "ephemeralExpiration": settings.ephemeral_expiration,
                "ephemeralSettingTimestamp": settings.ephemeral_since.map_or(0, unix_seconds),
            })
        });
        chats.collect()
    });
    Reply::json(&chats)
}

pub(super) fn archive_chat(call: &Call<'_>) -> Reply {
    archive(call, true)
}

pub(super) fn unarchive_chat(call: &Call<'_>) -> Reply {
    archive(call, false)
}

fn archive(call: &Call<'_>, archived: bool) -> Reply {
    let chat_id = call.chat_id();
    let done = call.with_phone(|world, phone| {
        let mut messages = world.messages.in_chat(phone, &chat_id);
        let has_incoming = messages.any(|message| !message.is_from(phone));
        drop(messages);
        if has_incoming {
            world.set_chat(phone, &chat_id, |settings| settings.archived = archived);
        }
        has_incoming
    });
    if done {
        return Reply::empty();
    }
    call.refuse("ArchiveChatError: cannot archive chat cause last message not found in chat")
}

pub(super) fn set_disappearing_chat(call: &Call<'_>) -> Reply {
    let peer = call.peer();
    let expiration = call.body["ephemeralExpiration"].as_u64();
    let expiration = expiration.unwrap_or_default();
    call.with_phone(|world, phone| world.set_disappearing(phone, &peer, expiration));
    Reply::json(
        &json!({ "chatId": peer.chat_id(), "disappearingMessagesInChat": expiration > 0, "ephemeralExpiration": expiration }),
    )
}

pub(super) fn add_contact(call: &Call<'_>) -> Reply {
    save_contact(call, "addContact", true)
}

pub(super) fn edit_contact(call: &Call<'_>) -> Reply {
    save_contact(call, "editContact", false)
}

fn save_contact(call: &Call<'_>, done: &str, new: bool) -> Reply {
    let peer = call.peer();
    let id = peer.chat_id();
    let names = [text(&call.body, "firstName"), text(&call.body, "lastName")];
    let refusal = call.with_phone(|world, phone| {
        if !matches!(&peer, Peer::Person(number) if world.has_whatsapp(number)) {
            return Some((404, format!("{id} is not on WhatsApp")));
        }
        let contacts = &mut world.person(phone).contacts;
        if new && contacts.contains_key(&id) {
            return Some((400, format!("Contact {id} already exists")));
        }
        contacts.insert(id.clone(), names.join(" ").trim().to_owned());
        None
    });
    match refusal {
        Some((status, message)) => Reply::json(&json!({ "message": message })).with_status(status),
        None => Reply::json(&json!({ done: true })),
    }
}

pub(super) fn delete_contact(call: &Call<'_>) -> Reply {
    let id = call.chat_id();
    let removed = call.with_phone(|world, phone| world.person(phone).contacts.remove(&id));
    match removed {
        Some(_) => Reply::json(&json!({ "deleteContact": true })),
        None => Reply::json(&json!({ "message": format!("Contact {id} does not exist") }))
            .with_status(400),
    }
}
