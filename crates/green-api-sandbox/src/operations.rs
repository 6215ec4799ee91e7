//! What the operations do, one function each. What is not here is answered with the description's first example.

mod account;
mod files;
mod groups;
mod journals;
mod partner;
pub(crate) mod qr;
mod queues;
mod receiving;
mod sending;
mod service;
mod statuses;

use std::collections::BTreeMap;
use std::time::SystemTime;

use axum::body::Bytes;
use axum::http::HeaderMap;
use serde_json::Value;

use crate::account::Account;
use crate::bundle::Route;
use crate::form::Form;
use crate::messages::Peer;
use crate::quota::Plan;
use crate::reply::Reply;
use crate::state::State;
use crate::world::{Core, World};

pub(crate) use self::account::{NO_CODE, over_limit};
pub(crate) use self::partner::unauthorized as partner_unauthorized;

/// The operations that have a function here.
#[cfg(test)]
pub(crate) const MODELLED: &[&str] = &[
    "addContact",
    "addGroupParticipant",
    "archiveChat",
    "checkWhatsapp",
    "clearMessagesQueue",
    "clearWebhooksQueue",
    "createGroup",
    "createInstance",
    "deleteContact",
    "deleteInstanceAccount",
    "deleteMessage",
    "deleteNotification",
    "deleteStatus",
    "downloadFile",
    "editContact",
    "editMessage",
    "forwardMessages",
    "getAuthorizationCode",
    "getAvatar",
    "getChatHistory",
    "getChats",
    "getContactInfo",
    "getContacts",
    "getDeviceInfo",
    "getGroupData",
    "getIncomingStatuses",
    "getInstances",
    "getMessage",
    "getMessagesCount",
    "getOutgoingStatuses",
    "getSettings",
    "getStateInstance",
    "getStateInstanceHistory",
    "getStatusInstance",
    "getStatusStatistic",
    "getWaSettings",
    "getWebhooksCount",
    "lastIncomingCalls",
    "lastIncomingMessages",
    "lastOutgoingCalls",
    "lastOutgoingMessages",
    "leaveGroup",
    "logout",
    "qr",
    "readChat",
    "reboot",
    "receiveNotification",
    "removeAdmin",
    "removeGroupParticipant",
    "sendButtons",
    "sendContact",
    "sendFileByUpload",
    "sendFileByUrl",
    "sendInteractiveButtons",
    "sendInteractiveButtonsReply",
    "sendLink",
    "sendListMessage",
    "sendLocation",
    "sendMediaStatus",
    "sendMessage",
    "sendPoll",
    "sendTemplate",
    "sendTemplateButtons",
    "sendTextStatus",
    "sendVoiceStatus",
    "setDisappearingChat",
    "setGroupAdmin",
    "setGroupPicture",
    "setProfilePicture",
    "setSettings",
    "showMessagesQueue",
    "unarchiveChat",
    "updateApiToken",
    "updateGroupName",
    "updateGroupSettings",
    "uploadFile",
];

/// What the server can answer without the connection to WhatsApp, so also while the instance is starting.
const WITHOUT_CONNECTION: &[&str] = &[
    "deleteNotification",
    "getSettings",
    "getStateInstance",
    "getStateInstanceHistory",
    "getStatusInstance",
    "getWaSettings",
    "logout",
    "reboot",
    "receiveNotification",
    "setSettings",
    "updateApiToken",
];

/// What needs a linked account.
const WITH_ACCOUNT: &[&str] = &[
    "addContact",
    "addGroupParticipant",
    "archiveChat",
    "checkWhatsapp",
    "createGroup",
    "deleteContact",
    "deleteMessage",
    "deleteStatus",
    "downloadFile",
    "editContact",
    "editMessage",
    "getAvatar",
    "getAvatarAsync",
    "getChats",
    "getContactInfo",
    "getContacts",
    "getDeviceInfo",
    "getGroupData",
    "getIncomingStatuses",
    "getOutgoingStatuses",
    "getStatusStatistic",
    "leaveGroup",
    "readChat",
    "removeAdmin",
    "removeGroupParticipant",
    "sendMediaStatus",
    "sendTextStatus",
    "sendTyping",
    "sendVoiceStatus",
    "setDisappearingChat",
    "setGroupAdmin",
    "setGroupPicture",
    "setProfilePicture",
    "unarchiveChat",
    "updateGroupName",
    "updateGroupSettings",
];

/// What stands for the instance where none is called.
pub(crate) const NO_INSTANCE: u64 = 0;

/// A request that has passed every check up to its body.
pub(crate) struct Call<'a> {
    pub(crate) core: &'a Core,
    pub(crate) route: &'a Route<'a, 'a>,
    /// The instance that is called; [`NO_INSTANCE`] for the methods of a partner.
    pub(crate) instance: u64,
    /// Path and query, as error bodies repeat them.
    pub(crate) path: &'a str,
    pub(crate) query: BTreeMap<String, String>,
    pub(crate) headers: &'a HeaderMap,
    /// The JSON body; `null` when the operation takes none.
    pub(crate) body: Value,
    /// The form, of an operation that takes one.
    pub(crate) form: Form,
    /// The body as it came, unless it was a form.
    pub(crate) raw_body: Bytes,
    /// When the request came. Waiting counts from here.
    pub(crate) arrived: SystemTime,
}

impl<'a> Call<'a> {
    pub(crate) fn operation(&self) -> &str {
        &self.route.operation.id
    }

    pub(crate) fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The instance that is called, and the world around it for the time.
    fn account<T>(&self, act: impl FnOnce(&mut Account, SystemTime) -> T) -> T {
        self.core.with(|world| {
            let now = world.now;
            act(account_of(world, self.instance), now)
        })
    }

    fn refuse(&self, message: &str) -> Reply {
        Reply::error(400, message, self.path, self.arrived)
    }
}

fn account_of(world: &mut World, id: u64) -> &mut Account {
    world
        .accounts
        .get_mut(&id)
        .expect("the instance was found before and instances are never removed")
}

/// Carries out what was asked for.
pub(crate) async fn answer(call: &Call<'_>) -> Reply {
    if call.instance != NO_INSTANCE
        && let Some(refusal) = refuse_in_this_state(call).or_else(|| refuse_by_quota(call))
    {
        return refusal;
    }
    match call.operation() {
        "getAuthorizationCode" => account::get_authorization_code(call),
        "getStateInstance" => account::get_state_instance(call),
        "getStateInstanceHistory" => account::get_state_instance_history(call),
        "getStatusInstance" => account::get_status_instance(call),
        "getSettings" => account::get_settings(call),
        "setSettings" => account::set_settings(call),
        "getWaSettings" => account::get_wa_settings(call),
        "qr" => qr::qr(call),
        "reboot" => account::reboot(call),
        "logout" => account::logout(call),
        "setProfilePicture" => account::set_profile_picture(call),
        "uploadFile" => files::upload_file(call),
        "sendFileByUpload" => files::send_file_by_upload(call),
        "downloadFile" => files::download_file(call),
        "setGroupPicture" => files::set_group_picture(call),
        "getAvatar" => files::get_avatar(call),
        "createInstance" => partner::create_instance(call),
        "getInstances" => partner::get_instances(call),
        "deleteInstanceAccount" => partner::delete_instance_account(call),
        "updateApiToken" => account::update_api_token(call),
        "receiveNotification" => receiving::receive_notification(call).await,
        "deleteNotification" => receiving::delete_notification(call),
        "sendMessage"
        | "sendPoll"
        | "sendFileByUrl"
        | "sendLocation"
        | "sendContact"
        | "sendInteractiveButtons"
        | "sendInteractiveButtonsReply"
        | "sendButtons"
        | "sendTemplateButtons"
        | "sendListMessage"
        | "sendLink"
        | "sendTemplate" => sending::send(call),
        "forwardMessages" => sending::forward_messages(call),
        "editMessage" => sending::edit_message(call),
        "deleteMessage" => sending::delete_message(call),
        "getMessagesCount" => queues::get_messages_count(call),
        "showMessagesQueue" => queues::show_messages_queue(call),
        "clearMessagesQueue" => queues::clear_messages_queue(call),
        "getWebhooksCount" => queues::get_webhooks_count(call),
        "clearWebhooksQueue" => queues::clear_webhooks_queue(call),
        "getChatHistory" => journals::get_chat_history(call),
        "getMessage" => journals::get_message(call),
        "lastIncomingMessages" => journals::last_incoming_messages(call),
        "lastOutgoingMessages" => journals::last_outgoing_messages(call),
        "readChat" => journals::read_chat(call),
        "createGroup" => groups::create_group(call),
        "getGroupData" => groups::get_group_data(call),
        "updateGroupName" => groups::update_group_name(call),
        "updateGroupSettings" => groups::update_group_settings(call),
        "addGroupParticipant" => groups::add_group_participant(call),
        "removeGroupParticipant" => groups::remove_group_participant(call),
        "setGroupAdmin" => groups::set_group_admin(call),
        "removeAdmin" => groups::remove_admin(call),
        "leaveGroup" => groups::leave_group(call),
        "checkWhatsapp" => service::check_whatsapp(call),
        "getContacts" => service::get_contacts(call),
        "getContactInfo" => service::get_contact_info(call),
        "getChats" => service::get_chats(call),
        "archiveChat" => service::archive_chat(call),
        "unarchiveChat" => service::unarchive_chat(call),
        "setDisappearingChat" => service::set_disappearing_chat(call),
        "addContact" => service::add_contact(call),
        "editContact" => service::edit_contact(call),
        "deleteContact" => service::delete_contact(call),
        "lastIncomingCalls" => journals::last_incoming_calls(call),
        "lastOutgoingCalls" => journals::last_outgoing_calls(call),
        "sendTextStatus" => statuses::send_text_status(call),
        "deleteStatus" => statuses::delete_status(call),
        "getStatusStatistic" => statuses::get_status_statistic(call),
        "getIncomingStatuses" => statuses::get_incoming_statuses(call),
        "getOutgoingStatuses" => statuses::get_outgoing_statuses(call),
        "sendVoiceStatus" | "sendMediaStatus" => statuses::send_file_status(call),
        // getDeviceInfo, too, is no more than its example once the account is linked.
        _ => example(call.route),
    }
}

/// The description's first example of a 200 answer.
pub(crate) fn example(route: &Route<'_, '_>) -> Reply {
    route
        .operation
        .example()
        .map_or_else(Reply::empty, Reply::json_text)
}

fn refuse_by_quota(call: &Call<'_>) -> Option<Reply> {
    if call.core.options.plan == Plan::Business {
        return None;
    }
    let in_body = || call.body.get("chatId").and_then(Value::as_str);
    let chat_id = call
        .form
        .fields
        .get("chatId")
        .map(String::as_str)
        .or_else(in_body);
    // However it is written, it is one chat.
    let written_to = chat_id
        .filter(|_| call.route.operation.section == "sending")
        .map(|id| Peer::parse(id).chat_id());
    call.account(|account, now| account.use_quota(call.operation(), written_to.as_deref(), now))
}

fn refuse_in_this_state(call: &Call<'_>) -> Option<Reply> {
    let operation = call.operation();
    let refused =
        call.account(
            |account, _| match (account.contract.deleted, account.contract.expired) {
                (Some(_), _) => Some("Instance is deleted"),
                (None, Some(_)) => {
                    Some("Instance account is expired. Renew your instance from personal area")
                }
                (None, None) => None,
            },
        );
    if let Some(message) = refused {
        return Some(call.refuse(message));
    }
    let (state, creating) =
        call.account(|account, now| (account.state(), account.is_creating(now)));
    if (creating || state == State::Starting) && !WITHOUT_CONNECTION.contains(&operation) {
        return Some(call.refuse("instance in starting process try later"));
    }
    if !state.is_linked() && WITH_ACCOUNT.contains(&operation) {
        return Some(call.refuse("instance is starting or not authorized"));
    }
    None
}

#[cfg(test)]
mod tests;
