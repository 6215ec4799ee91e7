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
        GroupCommand::Info { group: args } => Plan::one(
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
        GroupCommand::Admin {
            members,
            revoke: false,
        } => each(members, Instance::set_group_admin, "Admin"),
        GroupCommand::Admin {
            members,
            revoke: true,
        } => each(members, Instance::remove_admin, "No admin any more"),
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
            "after this, only one of the group's admins can take the account back in",
        ),
    })
}

/// The operations take one person at a time.
fn each<O: Call<Account = Instance>>(
    members: MembersArgs,
    request: impl FnOnce(&Instance, ChatId, ChatId) -> Request<O> + Copy + 'static,
    what: &str,
) -> Plan<Instance> {
    let MembersArgs {
        group: args,
        people,
    } = members;
    let step = |person: ChatId| {
        let who = text::chat(&person);
        let group = args.group.clone();
        let text = format!("{what}: {who}");
        done(move |i: &Instance| request(i, group, person), text).about(who)
    };
    Plan::all(people.into_iter().map(step).collect(), args.limit)
}

/// The id alone, which the other commands take.
fn created(group: CreateGroupResponse) -> Option<String> {
    Some(one_line(group.chat_id?.as_str()))
}

fn info(group: GroupData) -> Option<String> {
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
