//! The operations: one function each, and one row each in [`OPERATIONS`].

pub(super) mod account;
mod files;
mod groups;
mod journals;
pub(super) mod partner;
pub(super) mod qr;
mod queues;
mod receiving;
mod sending;
mod service;
mod statuses;

use futures_util::future::BoxFuture;
use serde_json::Value;

use self::Handler::{Answers, Example, Sends, Waits};
use self::Needs::{Account, Connection, Nothing};
use super::bundle::{Operation, SCANQRCODE};
use super::call::{Call, NO_INSTANCE};
use super::quota;
use super::reply::Reply;
use crate::world::messages::Content;
use crate::world::state::State;

/// The condition for carrying an operation out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Needs {
    /// Nothing: the server answers even while the instance is starting.
    Nothing,
    /// The connection to WhatsApp: an instance that is not starting.
    Connection,
    /// A linked account.
    Account,
}

/// The way in which an operation is carried out.
#[derive(Clone, Copy)]
enum Handler {
    /// Answers at once.
    Answers(fn(&Call<'_>) -> Reply),
    /// Answers once there is something to say or the time is over.
    Waits(for<'c> fn(&'c Call<'_>) -> BoxFuture<'c, Reply>),
    /// Reads the message in the JSON body, which then goes into the sending queue; `None` if nothing in it can be sent.
    Sends(fn(&Value) -> Option<Content>),
    /// Answers with the bundle's first example.
    Example,
}

/// The operations that the sandbox models. To model one more, write its function and its row.
///
/// Every other operation answers with the bundle's first example after the same checks; [`usual_needs`] says what it needs.
// One row a line.
#[rustfmt::skip]
const OPERATIONS: &[(&str, Needs, Handler)] = &[
    // account
    ("getAuthorizationCode", Connection, Answers(account::get_authorization_code)),
    ("getDeviceInfo", Account, Example),
    ("getSettings", Nothing, Answers(account::get_settings)),
    ("getStateInstance", Nothing, Answers(account::get_state_instance)),
    ("getStateInstanceHistory", Nothing, Answers(account::get_state_instance_history)),
    ("getStatusInstance", Nothing, Answers(account::get_status_instance)),
    ("getWaSettings", Nothing, Answers(account::get_wa_settings)),
    ("logout", Nothing, Answers(account::logout)),
    ("qr", Connection, Answers(qr::qr)),
    (SCANQRCODE, Nothing, Answers(qr::scanqrcode)),
    ("reboot", Nothing, Answers(account::reboot)),
    ("setProfilePicture", Account, Answers(account::set_profile_picture)),
    ("setSettings", Nothing, Answers(account::set_settings)),
    ("updateApiToken", Nothing, Answers(account::update_api_token)),
    // sending; what is sent waits in the queue until an account is linked
    ("forwardMessages", Connection, Answers(sending::forward_messages)),
    ("sendButtons", Connection, Sends(sending::buttons)),
    ("sendContact", Connection, Sends(sending::contact)),
    ("sendFileByUpload", Connection, Answers(files::send_file_by_upload)),
    ("sendFileByUrl", Connection, Sends(sending::file)),
    ("sendInteractiveButtons", Connection, Sends(sending::interactive_buttons)),
    ("sendInteractiveButtonsReply", Connection, Sends(sending::interactive_buttons)),
    ("sendLink", Connection, Sends(sending::link)),
    ("sendListMessage", Connection, Sends(sending::list_message)),
    ("sendLocation", Connection, Sends(sending::location)),
    ("sendMessage", Connection, Sends(sending::message)),
    ("sendPoll", Connection, Sends(sending::poll)),
    ("sendTemplate", Connection, Sends(sending::template)),
    ("sendTemplateButtons", Connection, Sends(sending::template_buttons)),
    ("uploadFile", Connection, Answers(files::upload_file)),
    // receiving
    ("deleteNotification", Nothing, Answers(receiving::delete_notification)),
    ("downloadFile", Account, Answers(files::download_file)),
    ("receiveNotification", Nothing, Waits(receiving::receive_notification)),
    // queues
    ("clearMessagesQueue", Connection, Answers(queues::clear_messages_queue)),
    ("clearWebhooksQueue", Connection, Answers(queues::clear_webhooks_queue)),
    ("getMessagesCount", Connection, Answers(queues::get_messages_count)),
    ("getWebhooksCount", Connection, Answers(queues::get_webhooks_count)),
    ("showMessagesQueue", Connection, Answers(queues::show_messages_queue)),
    // journals, which can be read when the account is gone, and marking as read
    ("getChatHistory", Connection, Answers(journals::get_chat_history)),
    ("getMessage", Connection, Answers(journals::get_message)),
    ("lastIncomingCalls", Connection, Answers(journals::last_incoming_calls)),
    ("lastIncomingMessages", Connection, Answers(journals::last_incoming_messages)),
    ("lastOutgoingCalls", Connection, Answers(journals::last_outgoing_calls)),
    ("lastOutgoingMessages", Connection, Answers(journals::last_outgoing_messages)),
    ("readChat", Account, Answers(journals::read_chat)),
    // groups
    ("addGroupParticipant", Account, Answers(groups::add_group_participant)),
    ("createGroup", Account, Answers(groups::create_group)),
    ("getGroupData", Account, Answers(groups::get_group_data)),
    ("leaveGroup", Account, Answers(groups::leave_group)),
    ("removeAdmin", Account, Answers(groups::remove_admin)),
    ("removeGroupParticipant", Account, Answers(groups::remove_group_participant)),
    ("setGroupAdmin", Account, Answers(groups::set_group_admin)),
    ("setGroupPicture", Account, Answers(files::set_group_picture)),
    ("updateGroupName", Account, Answers(groups::update_group_name)),
    ("updateGroupSettings", Account, Answers(groups::update_group_settings)),
    // statuses
    ("deleteStatus", Account, Answers(statuses::delete_status)),
    ("getIncomingStatuses", Account, Answers(statuses::get_incoming_statuses)),
    ("getOutgoingStatuses", Account, Answers(statuses::get_outgoing_statuses)),
    ("getStatusStatistic", Account, Answers(statuses::get_status_statistic)),
    ("sendMediaStatus", Account, Answers(statuses::send_file_status)),
    ("sendTextStatus", Account, Answers(statuses::send_text_status)),
    ("sendVoiceStatus", Account, Answers(statuses::send_file_status)),
    // service and contacts
    ("addContact", Account, Answers(service::add_contact)),
    ("archiveChat", Account, Answers(service::archive_chat)),
    ("checkWhatsapp", Account, Answers(service::check_whatsapp)),
    ("deleteContact", Account, Answers(service::delete_contact)),
    ("deleteMessage", Account, Answers(sending::delete_message)),
    ("editContact", Account, Answers(service::edit_contact)),
    ("editMessage", Account, Answers(sending::edit_message)),
    ("getAvatar", Account, Answers(files::get_avatar)),
    ("getChats", Account, Answers(service::get_chats)),
    ("getContactInfo", Account, Answers(service::get_contact_info)),
    ("getContacts", Account, Answers(service::get_contacts)),
    ("setDisappearingChat", Account, Answers(service::set_disappearing_chat)),
    ("unarchiveChat", Account, Answers(service::unarchive_chat)),
    // partner
    ("createInstance", Nothing, Answers(partner::create_instance)),
    ("deleteInstanceAccount", Nothing, Answers(partner::delete_instance_account)),
    ("getInstances", Nothing, Answers(partner::get_instances)),
];

/// The sections of the spec whose operations are about the instance itself and not about its account.
const ABOUT_THE_INSTANCE: [&str; 3] = ["account", "receiving", "queues"];

/// Returns what an operation without a row needs: a linked account, unless its section is about the instance itself.
fn usual_needs(operation: &Operation) -> Needs {
    if ABOUT_THE_INSTANCE.contains(&operation.section.as_str()) {
        Connection
    } else {
        Account
    }
}

/// Carries out a call that has passed every check.
pub(super) async fn answer(call: &Call<'_>) -> Reply {
    let operation = call.route.operation;
    let row = OPERATIONS.iter().find(|(name, ..)| *name == operation.id);
    let (needs, handler) = match row {
        Some((_, needs, handler)) => (*needs, *handler),
        None => (usual_needs(operation), Example),
    };
    if call.instance != NO_INSTANCE
        && let Some(refusal) = refusal(call, needs).or_else(|| quota::refusal(call))
    {
        return refusal;
    }
    match handler {
        Answers(answer) => answer(call),
        Waits(answer) => answer(call).await,
        Sends(content) => sending::send(call, content(&call.body)),
        Example => operation
            .example()
            .map_or_else(Reply::empty, Reply::json_text),
    }
}

/// Returns why the instance cannot carry an operation out in its state.
fn refusal(call: &Call<'_>, needs: Needs) -> Option<Reply> {
    let reason = call.account(|account, now| {
        let (contract, state) = (&account.contract, account.state());
        if contract.deleted.is_some() {
            Some("Instance is deleted")
        } else if contract.expired.is_some() {
            Some("Instance account is expired. Renew your instance from personal area")
        } else if needs == Nothing {
            None
        } else if account.is_creating(now) || state == State::Starting {
            Some("instance in starting process try later")
        } else if needs == Account && !state.is_linked() {
            Some("instance is starting or not authorized")
        } else {
            None
        }
    });
    reason.map(|reason| call.refuse(reason))
}

#[cfg(test)]
mod tests;
