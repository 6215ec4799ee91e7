//! Groups.

use serde_json::{Value, json};

use crate::api::call::{Call, text, texts};
use crate::api::reply::Reply;
use crate::kit::clock::unix_seconds;
use crate::world::World;
use crate::world::groups::{Group, Role};
use crate::world::messages::{Peer, person_id};

pub(super) fn create_group(call: &Call<'_>) -> Reply {
    let people = texts(&call.body["chatIds"])
        .into_iter()
        .filter_map(|id| match Peer::parse(&id) {
            Peer::Person(number) => Some(number),
            Peer::Group(_) => None,
        });
    let people: Vec<String> = people.collect();
    let created = call.with_phone(|world, phone| {
        let id = world.create_group(phone, text(&call.body, "groupName"), &people)?;
        Some((world.groups.get(&id).map(invite_link)?, id))
    });
    match created {
        Some((link, id)) => {
            Reply::json(&json!({ "created": true, "chatId": id, "groupInviteLink": link }))
        }
        None => Reply::json(&json!({ "created": false })),
    }
}

/// A domain that is reserved for examples, in place of WhatsApp's.
fn invite_link(group: &Group) -> String {
    format!("https://chat.example.com/{}", group.invite_code)
}

pub(super) fn get_group_data(call: &Call<'_>) -> Reply {
    let data = call.with_phone(|world, phone| {
        let group = world
            .groups
            .get(text(&call.body, "groupId"))
            .ok_or("Error: item-not-found")?;
        if !group.participants.contains_key(phone) {
            return Err("Error: forbidden");
        }
        Ok(describe(world, group, phone))
    });
    match data {
        Ok(data) => Reply::json(&data),
        Err(reason) => Reply::json(&reason),
    }
}

fn describe(world: &World, group: &Group, viewer: &str) -> Value {
    let participants: Vec<Value> = group
        .participants
        .iter()
        .map(|(number, role)| json!({ "id": person_id(number), "isAdmin": *role == Role::Admin, "isSuperAdmin": *number == group.owner }))
        .collect();
    json!({
        "groupId": group.id,
        "owner": person_id(&group.owner),
        "subject": group.subject,
        "creation": unix_seconds(group.created),
        "subjectTime": unix_seconds(group.subject_time),
        "subjectOwner": person_id(&group.subject_owner),
        "groupInviteLink": if group.is_admin(viewer) { invite_link(group) } else { String::new() },
        "size": participants.len(),
        "participants": participants,
        "ephemeralExpiration": world.chat_settings(viewer, &group.id).ephemeral_expiration,
        "allowParticipantsEditGroupSettings": group.all_may_edit,
        "allowParticipantsSendMessages": group.all_may_write,
        "allowParticipantsAddMembers": true,
        "isCommunity": false,
        "isCommunityAnnounce": false,
    })
}

pub(super) fn update_group_name(call: &Call<'_>) -> Reply {
    let done = change(call, |world, phone, group| {
        let (now, group) = (world.now, world.groups.get_mut(group)?);
        group.may_edit(phone).then_some(())?;
        text(&call.body, "groupName").clone_into(&mut group.subject);
        phone.clone_into(&mut group.subject_owner);
        group.subject_time = now;
        Some(())
    });
    Reply::json(&json!({ "updateGroupName": done }))
}

pub(super) fn update_group_settings(call: &Call<'_>) -> Reply {
    let done = change(call, |world, phone, group| {
        let group = world.groups.get_mut(group)?;
        group.is_admin(phone).then_some(())?;
        let wanted = |name: &str| call.body[name].as_bool();
        group.all_may_edit =
            wanted("allowParticipantsEditGroupSettings").unwrap_or(group.all_may_edit);
        group.all_may_write =
            wanted("allowParticipantsSendMessages").unwrap_or(group.all_may_write);
        Some(())
    });
    Reply::json(
        &json!({ "updateGroupSettings": done, "reason": if done { "" } else { "forbidden" } }),
    )
}

pub(super) fn add_group_participant(call: &Call<'_>) -> Reply {
    let done = change_participant(call, |world, group, person| {
        let has_whatsapp = world.has_whatsapp(person);
        let participants = &mut world.groups.get_mut(group)?.participants;
        (has_whatsapp && !participants.contains_key(person))
            .then(|| participants.insert(person.to_owned(), Role::Member))
    });
    Reply::json(&json!({ "addParticipant": done }))
}

pub(super) fn remove_group_participant(call: &Call<'_>) -> Reply {
    let done = change_participant(call, |world, group, person| {
        let group = world.groups.get_mut(group)?;
        // Nobody can throw out whoever created the group.
        (group.owner != person)
            .then(|| group.participants.remove(person))
            .flatten()
    });
    Reply::json(&json!({ "removeParticipant": done }))
}

pub(super) fn set_group_admin(call: &Call<'_>) -> Reply {
    Reply::json(&json!({ "setGroupAdmin": set_role(call, Role::Admin) }))
}

pub(super) fn remove_admin(call: &Call<'_>) -> Reply {
    Reply::json(&json!({ "removeAdmin": set_role(call, Role::Member) }))
}

fn set_role(call: &Call<'_>, role: Role) -> bool {
    change_participant(call, |world, group, person| {
        let group = world.groups.get_mut(group)?;
        (group.owner != person).then_some(())?;
        group
            .participants
            .get_mut(person)
            .map(|known| *known = role)
    })
}

pub(super) fn leave_group(call: &Call<'_>) -> Reply {
    let done = change(call, |world, phone, group| {
        world.groups.get_mut(group)?.participants.remove(phone)
    });
    Reply::json(&json!({ "leaveGroup": done }))
}

/// Whether the linked account may change the picture of a group.
pub(super) fn may_set_picture(world: &World, phone: &str, group: &str) -> bool {
    world
        .groups
        .get(group)
        .is_some_and(|group| group.may_edit(phone))
}

/// Changes the group that a request names, and tells whether that worked.
fn change<T>(call: &Call<'_>, act: impl FnOnce(&mut World, &str, &str) -> Option<T>) -> bool {
    call.with_phone(|world, phone| {
        world.changed = true;
        act(world, phone, text(&call.body, "groupId")).is_some()
    })
}

/// Changes something about the person whom a request names, which takes an admin.
fn change_participant<T>(
    call: &Call<'_>,
    act: impl FnOnce(&mut World, &str, &str) -> Option<T>,
) -> bool {
    let Peer::Person(person) = Peer::parse(text(&call.body, "participantChatId")) else {
        return false;
    };
    change(call, |world, phone, group| {
        world.groups.get(group)?.is_admin(phone).then_some(())?;
        act(world, group, &person)
    })
}
