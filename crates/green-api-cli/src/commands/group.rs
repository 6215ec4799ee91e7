//! `green-api group`.

use green_api::ChatId;
use green_api::types::{CreateGroupResponse, GroupData};
use serde_json::{Value, json};

use super::Planned;
use crate::args::{GroupCommand, MembersArgs};
use crate::call::file;
use crate::failure::Failure;
use crate::plan::{Request, Show, read};
use crate::text::{self, moment, one_line, table};

pub(crate) fn planned(command: GroupCommand) -> Result<Planned, Failure> {
    Ok(match command {
        GroupCommand::Create {
            name,
            people,
            limit,
        } => Planned::one(
            Request::new(
                "createGroup",
                json!({ "groupName": name, "chatIds": people }),
                created,
            ),
            limit,
        ),
        GroupCommand::Info { group } => Planned::one(
            Request::new("getGroupData", json!({ "groupId": group.group }), info),
            group.limit,
        ),
        GroupCommand::Rename { group, name } => {
            let arguments = json!({ "groupId": group.group, "groupName": name });
            Planned::one(
                Request::new("updateGroupName", arguments, |_, _| {
                    Some("Renamed".to_owned())
                }),
                group.limit,
            )
        }
        GroupCommand::Add(members) => {
            each("addGroupParticipant", &members, |_, who| done("Added", who))
        }
        GroupCommand::Remove(members) => each("removeGroupParticipant", &members, |_, who| {
            done("Removed", who)
        }),
        GroupCommand::Admin {
            members,
            revoke: false,
        } => each("setGroupAdmin", &members, |_, who| done("Admin", who)),
        GroupCommand::Admin {
            members,
            revoke: true,
        } => each("removeAdmin", &members, |_, who| {
            done("No admin any more", who)
        }),
        GroupCommand::Picture { group, file: path } => {
            let arguments = json!({ "groupId": group.group, "file": file(&path)? });
            Planned::one(
                Request::new("setGroupPicture", arguments, |_, _| {
                    Some("Picture set".to_owned())
                }),
                group.limit,
            )
        }
        GroupCommand::Settings {
            group,
            members_edit,
            members_send,
        } => {
            let arguments = json!({
                "groupId": group.group,
                "allowParticipantsEditGroupSettings": members_edit,
                "allowParticipantsSendMessages": members_send,
            });
            Planned::one(
                Request::new("updateGroupSettings", arguments, |_, _| {
                    Some("Changed".to_owned())
                }),
                group.limit,
            )
        }
        GroupCommand::Leave { group, confirmed } => {
            let request = Request::new("leaveGroup", json!({ "groupId": group }), |_, _| {
                Some("Left".to_owned())
            });
            Planned::confirmed(
                request,
                confirmed,
                "after this, only one of the group's admins can take the account back in",
            )
        }
    })
}

/// The operations take one person at a time.
fn each(operation: &'static str, members: &MembersArgs, show: Show) -> Planned {
    let MembersArgs { group, people } = members;
    let request = |person: &ChatId| {
        Request::new(
            operation,
            json!({ "groupId": group.group, "participantChatId": person }),
            show,
        )
        .about(text::chat(person))
    };
    Planned::all(people.iter().map(request).collect(), group.limit)
}

fn done(what: &str, who: Option<&str>) -> Option<String> {
    Some(format!("{what}: {}", who?))
}

/// The id alone, which the other commands take.
fn created(answer: &Value, _: Option<&str>) -> Option<String> {
    Some(one_line(
        read::<CreateGroupResponse>(answer)?.chat_id?.as_str(),
    ))
}

fn info(answer: &Value, _: Option<&str>) -> Option<String> {
    let group: GroupData = read(answer)?;
    let mut rows = vec![[
        "Name".to_owned(),
        group.subject.as_deref().map(one_line).unwrap_or_default(),
    ]];
    let mut line = |name: &str, value: Option<String>| {
        rows.extend(
            value
                .filter(|value| !value.is_empty())
                .map(|value| [name.to_owned(), value]),
        )
    };
    line("Id", Some(one_line(group.group_id.as_str())));
    line("Owner", group.owner.as_ref().map(text::chat));
    line("Created", group.creation.map(moment));
    line(
        "Invitation",
        group.group_invite_link.as_deref().map(one_line),
    );
    line("Members", Some(group.participants.len().to_string()));
    let role = |is_admin: Option<bool>, is_super: Option<bool>| match (is_super, is_admin) {
        (Some(true), _) => "owner",
        (_, Some(true)) => "admin",
        _ => "",
    };
    for member in &group.participants {
        let who = member.id.as_ref().map(text::chat).unwrap_or_default();
        rows.push([
            String::new(),
            format!("{who} {}", role(member.is_admin, member.is_super_admin))
                .trim_end()
                .to_owned(),
        ]);
    }
    Some(table(&rows))
}
