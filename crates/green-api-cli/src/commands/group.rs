//! `green-api group`.

use green_api::types::{CreateGroupResponse, GroupData};
use green_api::{Call, ChatId, Instance, Request};

use super::plan::{Given, Plan, done, typed};
use super::upload::open;
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
            typed(|i: &Instance| i.create_group(name, people), created),
            limit,
        ),
        GroupCommand::Info(args) => Plan::one(
            typed(move |i: &Instance| i.get_group_data(args.group), info),
            args.limit,
        ),
        GroupCommand::Rename { group: args, name } => {
            let request = |i: &Instance| i.update_group_name(args.group, name);
            Plan::one(done(request, "Renamed"), args.limit)
        }
        GroupCommand::Add(members) => each(members, Instance::add_group_participant, "Added"),
        GroupCommand::Remove(members) => {
            each(members, Instance::remove_group_participant, "Removed")
        }
        GroupCommand::Admin { members, revoke } => {
            if revoke {
                each(members, Instance::remove_admin, "Admin rights revoked")
            } else {
                each(members, Instance::set_group_admin, "Admin rights granted")
            }
        }
        GroupCommand::Picture { group: args, file } => {
            let picture = open(&file)?;
            let request = |i: &Instance| i.set_group_picture(args.group, picture);
            Plan::one(done(request, "Picture set"), args.limit)
        }
        GroupCommand::Settings {
            group: args,
            members_edit,
            members_send,
        } => {
            let request = move |i: &Instance| {
                i.update_group_settings(args.group)
                    .given(members_edit, |r, may| {
                        r.allow_participants_edit_group_settings(may)
                    })
                    .given(members_send, |r, may| {
                        r.allow_participants_send_messages(may)
                    })
            };
            Plan::one(done(request, "Changed"), args.limit)
        }
        GroupCommand::Leave { group, confirmed } => Plan::confirmed(
            done(|i: &Instance| i.leave_group(group), "Left"),
            confirmed,
            "this leaves the group; only an admin can add the account again",
        ),
    })
}

/// Calls an operation for each person, since it takes one at a time.
fn each<O: Call<Account = Instance>>(
    members: MembersArgs,
    request: impl FnOnce(&Instance, ChatId, ChatId) -> Request<O> + Copy + 'static,
    what: &str,
) -> Plan<Instance> {
    let args = members.group;
    let step = |person: ChatId| {
        let who = text::chat(&person);
        let group = args.group.clone();
        let text = format!("{what}: {who}");
        done(move |i: &Instance| request(i, group, person), text).about(who)
    };
    Plan::all(members.people.into_iter().map(step).collect(), args.limit)
}

/// Shows only the id, which other commands take.
fn created(group: CreateGroupResponse) -> Option<String> {
    Some(one_line(group.chat_id?.as_str()))
}

fn info(group: GroupData) -> Option<String> {
    let name = group.subject.as_deref().map(one_line).unwrap_or_default();
    let invitation = group.group_invite_link.as_deref().map(one_line);
    let optional = [
        ("Id", Some(one_line(group.group_id.as_str()))),
        ("Owner", group.owner.as_ref().map(text::chat)),
        ("Created", group.creation.map(moment)),
        ("Invitation", invitation),
        ("Members", Some(group.participants.len().to_string())),
    ];
    let mut rows = vec![["Name".to_owned(), name]];
    rows.extend(optional.into_iter().filter_map(|(name, value)| {
        let value = value.filter(|value| !value.is_empty())?;
        Some([name.to_owned(), value])
    }));
    let role = |is_admin: Option<bool>, is_super: Option<bool>| match (is_super, is_admin) {
        (Some(true), _) => "owner",
        (_, Some(true)) => "admin",
        _ => "",
    };
    for member in &group.participants {
        let who = member.id.as_ref().map(text::chat).unwrap_or_default();
        let lid = member
            .lid
            .as_ref()
            .filter(|lid| Some(*lid) != member.id.as_ref());
        let lid = lid.map(text::chat).unwrap_or_default();
        let role = role(member.is_admin, member.is_super_admin);
        let member = [who.as_str(), lid.as_str(), role];
        let parts: Vec<&str> = member.into_iter().filter(|part| !part.is_empty()).collect();
        rows.push([String::new(), parts.join(" ")]);
    }
    Some(table(&rows))
}
