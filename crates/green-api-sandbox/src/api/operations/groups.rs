//! Groups.

use serde_json::{Value, json};

use crate::api::call::{Call, text, texts};
use crate::api::reply::Reply;
use crate::kit::clock::unix_seconds;
use crate::world::World;
use crate::world::groups::{Group, Role};
use crate::world::messages::{Peer, person_id};

pub(super) fn create_group(call: &Call<'_>) -> Reply {
    let ids = texts(&call.body["chatIds"]).into_iter();
    let people = ids.filter_map(|id| match Peer::parse(&id) {
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

/// Returns the link by which people join a group, on a domain reserved for examples in place of WhatsApp's.
fn invite_link(group: &Group) -> String {
    format!("https://chat.example.com/{}", group.invite_code)
}

pub(super) fn get_group_data(call: &Call<'_>) -> Reply {
    let data =
        call.with_phone(
            |world, phone| match world.groups.get(text(&call.body, "groupId")) {
                None => json!("Error: item-not-found"),
                Some(group) if !group.participants.contains_key(phone) => json!("Error: forbidden"),
                Some(group) => describe(world, group, phone),
            },
        );
    Reply::json(&data)
}

fn describe(world: &World, group: &Group, viewer: &str) -> Value {
    let participant = |(number, role): (&String, &Role)| json!({ "id": person_id(number), "isAdmin": *role == Role::Admin, "isSuperAdmin": *number == group.owner });
    let participants: Vec<Value> = group.participants.iter().map(participant).collect();
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
        if let Some(all) = wanted("allowParticipantsEditGroupSettings") {
            group.all_may_edit = all;
        }
        if let Some(all) = wanted("allowParticipantsSendMessages") {
            group.all_may_write = all;
        }
        Some(())
    });
    let reason = if done { "" } else { "forbidden" };
    Reply::json(&json!({ "updateGroupSettings": done, "reason": reason }))
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
        let known = group.participants.get_mut(person);
        known.map(|known| *known = role)
    })
}

pub(super) fn leave_group(call: &Call<'_>) -> Reply {
    let done = change(call, |world, phone, group| {
        world.groups.get_mut(group)?.participants.remove(phone)
    });
    Reply::json(&json!({ "leaveGroup": done }))
}

/// Returns whether the linked account may change the picture of a group.
pub(super) fn may_set_picture(world: &World, phone: &str, group: &str) -> bool {
    let group = world.groups.get(group);
    group.is_some_and(|group| group.may_edit(phone))
}

/// Changes the group that a request names, and returns whether that worked.
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
