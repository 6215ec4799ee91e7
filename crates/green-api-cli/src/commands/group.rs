//! `green-api group`.

use green_api::types::{CreateGroupResponse, GroupData};
use green_api::{ChatId, Instance};
use serde_json::{Value, json};

use super::call::file;
use super::plan::{Plan, Step, read};
use crate::args::{GroupCommand, MembersArgs};
use crate::failure::Failure;
use crate::text::{self, moment, one_line, table};

pub(crate) fn plan(command: GroupCommand) -> Result<Plan<Instance>, Failure> {
    Ok(match command {
        GroupCommand::Create {
            name,
            people,
            limit,
        } => Plan::one(
            Step::new(
                "createGroup",
                json!({ "groupName": name, "chatIds": people }),
                created,
            ),
            limit,
        ),
        GroupCommand::Info { group } => Plan::one(
            Step::new("getGroupData", json!({ "groupId": group.group }), info),
            group.limit,
        ),
        GroupCommand::Rename { group, name } => {
            let arguments = json!({ "groupId": group.group, "groupName": name });
            Plan::one(
                Step::new("updateGroupName", arguments, |_| Some("Renamed".to_owned())),
                group.limit,
            )
        }
        GroupCommand::Add(members) => each("addGroupParticipant", &members, "Added"),
        GroupCommand::Remove(members) => each("removeGroupParticipant", &members, "Removed"),
        GroupCommand::Admin {
            members,
            revoke: false,
        } => each("setGroupAdmin", &members, "Admin"),
        GroupCommand::Admin {
            members,
            revoke: true,
        } => each("removeAdmin", &members, "No admin any more"),
        GroupCommand::Picture { group, file: path } => {
            let arguments = json!({ "groupId": group.group, "file": file(&path)? });
            Plan::one(
                Step::new("setGroupPicture", arguments, |_| {
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
            Plan::one(
                Step::new("updateGroupSettings", arguments, |_| {
                    Some("Changed".to_owned())
                }),
                group.limit,
            )
        }
        GroupCommand::Leave { group, confirmed } => {
            let request = Step::new("leaveGroup", json!({ "groupId": group }), |_| {
                Some("Left".to_owned())
            });
            Plan::confirmed(
                request,
                confirmed,
                "after this, only one of the group's admins can take the account back in",
            )
        }
    })
}

/// The operations take one person at a time.
fn each(operation: &'static str, members: &MembersArgs, done: &'static str) -> Plan<Instance> {
    let MembersArgs { group, people } = members;
    let step = |person: &ChatId| {
        let who = text::chat(person);
        let shown = format!("{done}: {who}");
        let arguments = json!({ "groupId": group.group, "participantChatId": person });
        Step::new(operation, arguments, |_| Some(shown)).about(who)
    };
    Plan::all(people.iter().map(step).collect(), group.limit)
}

/// The id alone, which the other commands take.
fn created(answer: &Value) -> Option<String> {
    Some(one_line(
        read::<CreateGroupResponse>(answer)?.chat_id?.as_str(),
    ))
}

fn info(answer: &Value) -> Option<String> {
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
