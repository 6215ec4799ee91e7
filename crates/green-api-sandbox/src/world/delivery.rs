//! How messages get from one to another, and what the instances on both sides hear of it.

use std::time::Duration;

use serde_json::json;

use super::World;
use super::agenda::Event;
use super::messages::{Content, Draft, Message, MessageStatus, Peer, Receipt};
use super::notifications::{self, Direction};
use super::state::State;

/// For how long a message can be edited.
const EDITABLE: Duration = Duration::from_secs(15 * 60);

impl World {
    /// Sends a message at once and returns its id.
    pub(crate) fn send_now(&mut self, draft: Draft) -> String {
        let id = self.new_message_id();
        self.post(id.clone(), draft);
        id
    }

    /// Puts a message into the world under an id that was given out before.
    pub(crate) fn post(&mut self, id: String, draft: Draft) {
        let now = self.now;
        self.changed = true;
        let receipts = self
            .recipients(&draft)
            .into_iter()
            .map(|number| (number, Receipt::default()))
            .collect();
        let lost = draft
            .quoted
            .as_ref()
            .is_some_and(|quoted| self.messages.get(quoted).is_none());
        let expiration = self
            .chat_settings(&draft.sender, &draft.peer.chat_id())
            .ephemeral_expiration;
        if expiration > 0 {
            self.schedule(
                Duration::from_secs(expiration),
                Event::Disappears(id.clone()),
            );
        }
        let waits = draft.sent_by.is_none() && !self.is_online(&draft.sender);
        self.messages.push(Message {
            id: id.clone(),
            at: now,
            draft,
            status: MessageStatus::Pending,
            status_at: now,
            lost,
            receipts,
            edited: false,
            deleted: false,
            disappeared: false,
            hidden_from: Default::default(),
            noted: Default::default(),
        });
        if !waits {
            self.transmit(&id);
        }
    }

    /// Returns the people other than the sender who are to get a message.
    fn recipients(&self, draft: &Draft) -> Vec<String> {
        let everybody = match &draft.peer {
            Peer::Person(number) => vec![number.clone()],
            Peer::Group(id) => self
                .groups
                .get(id)
                .map(|group| group.participants.keys().cloned().collect())
                .unwrap_or_default(),
        };
        everybody
            .into_iter()
            .filter(|number| *number != draft.sender)
            .collect()
    }

    /// Hands a message over to WhatsApp.
    fn transmit(&mut self, id: &str) {
        self.notify_message(id, Direction::Out);
        let Some(message) = self.messages.get(id) else {
            return;
        };
        if let Some((status, reason)) = self.failure(message) {
            return self.set_status(id, status, reason);
        }
        self.set_status(id, MessageStatus::Sent, None);
        self.apply(id);
        self.schedule(self.options.delivery_time, Event::Arrived(id.to_owned()));
    }

    pub(crate) fn disappear(&mut self, id: &str) {
        if let Some(message) = self.messages.get_mut(id) {
            message.disappeared = true;
        }
    }

    /// Returns why WhatsApp refuses a message.
    fn failure(&self, message: &Message) -> Option<(MessageStatus, Option<&'static str>)> {
        let draft = &message.draft;
        match &draft.peer {
            Peer::Person(number) if !self.has_whatsapp(number) => {
                return Some((MessageStatus::NoAccount, None));
            }
            Peer::Group(id)
                if !self
                    .groups
                    .get(id)
                    .is_some_and(|group| group.may_write(&draft.sender)) =>
            {
                return Some((MessageStatus::NotInGroup, None));
            }
            _ => {}
        }
        let state = draft
            .sent_by
            .and_then(|instance| self.accounts.get(&instance))
            .map(|account| account.state());
        if state == Some(State::YellowCard) {
            return Some((MessageStatus::YellowCard, None));
        }
        let original = draft.content.about().and_then(|id| self.messages.get(id));
        let refused = match &draft.content {
            Content::Edit { .. }
                if !original.is_some_and(|original| may_edit(message, original)) =>
            {
                "the message cannot be edited"
            }
            Content::Delete { .. }
                if !original.is_some_and(|original| self.may_delete(&draft.sender, original)) =>
            {
                "the message cannot be deleted"
            }
            _ => return None,
        };
        Some((MessageStatus::Failed, Some(refused)))
    }

    /// Returns whether somebody may delete a message for everybody: its author and the admins of the group may.
    fn may_delete(&self, number: &str, message: &Message) -> bool {
        let group = match &message.draft.peer {
            Peer::Group(id) => self.groups.get(id),
            Peer::Person(_) => None,
        };
        message.is_from(number) || group.is_some_and(|group| group.is_admin(number))
    }

    /// Carries out an edit or a deletion of another message.
    fn apply(&mut self, id: &str) {
        let Some(message) = self.messages.get(id) else {
            return;
        };
        match message.draft.content.clone() {
            Content::Edit { message, text } => {
                if let Some(original) = self.messages.get_mut(&message) {
                    original.draft.content.reword(&text);
                    original.edited = true;
                }
            }
            Content::Delete { message } => {
                if let Some(original) = self.messages.get_mut(&message) {
                    original.deleted = true;
                }
            }
            _ => {}
        }
    }

    /// Delivers a message to everybody who can be reached.
    pub(crate) fn arrive(&mut self, id: &str) {
        let Some(message) = self
            .messages
            .get(id)
            .filter(|message| message.is_under_way())
        else {
            return;
        };
        let waiting: Vec<String> = message
            .receipts
            .iter()
            .filter(|(_, receipt)| !receipt.delivered)
            .map(|(number, _)| number.clone())
            .collect();
        for number in waiting {
            if !self.is_reachable(&number) {
                continue;
            }
            self.receipt(id, &number, |receipt| receipt.delivered = true);
            self.notify_message(id, Direction::In(&number));
            if self.marks_as_read(&number) {
                self.mark_as_read(id, &number, true);
            }
        }
    }

    /// Returns whether somebody can be reached, on the phone or on a linked device.
    pub(crate) fn is_reachable(&self, number: &str) -> bool {
        let linked = |state: State| {
            matches!(
                state,
                State::Authorized | State::YellowCard | State::Suspended
            )
        };
        self.is_online(number)
            || self
                .accounts
                .values()
                .any(|account| account.phone.as_deref() == Some(number) && linked(account.state()))
    }

    fn marks_as_read(&self, number: &str) -> bool {
        let mut linked = self
            .accounts
            .values()
            .filter(|account| account.is_linked_to(number));
        linked.any(|account| {
            account.wants("markIncomingMessagesReaded")
                && !account.wants("markIncomingMessagesReadedOnReply")
        })
    }

    /// Records how far a message got with one recipient, and tells the sender once it got further with all of them.
    fn receipt(&mut self, id: &str, number: &str, note: impl FnOnce(&mut Receipt)) {
        let Some(message) = self.messages.get_mut(id) else {
            return;
        };
        if let Some(receipt) = message.receipts.get_mut(number) {
            note(receipt);
        }
        let progress = message.progress();
        if progress > message.status && message.is_under_way() {
            self.set_status(id, progress, None);
        }
    }

    fn set_status(&mut self, id: &str, status: MessageStatus, description: Option<&str>) {
        let now = self.now;
        let Some(message) = self.messages.get_mut(id) else {
            return;
        };
        message.status = status;
        message.status_at = now;
        self.changed = true;
        self.notify_status(id, description);
    }

    /// Marks a message, or everything in a chat, as read on somebody's phone, and returns whether anything matched.
    pub(crate) fn read(&mut self, number: &str, chat_id: &str, id: Option<&str>) -> bool {
        self.read_by(number, chat_id, id, false)
    }

    /// Marks a message, or everything in a chat, as read on the phone or by the API, and returns whether anything matched.
    pub(crate) fn read_by(
        &mut self,
        number: &str,
        chat_id: &str,
        id: Option<&str>,
        by_api: bool,
    ) -> bool {
        let in_chat =
            |message: &Message| message.chat_of(number) == chat_id && message.is_with(number);
        let fits = |message: &Message| in_chat(message) && id.is_none_or(|id| message.id == id);
        let found = self.messages.ids(|message| fits(message));
        for id in &found {
            self.mark_as_read(id, number, by_api);
        }
        self.changed = true;
        !found.is_empty()
    }

    /// Marks a message as read by one recipient, whose other devices hear of it.
    fn mark_as_read(&mut self, id: &str, number: &str, by_api: bool) {
        let receipt = self
            .messages
            .get(id)
            .and_then(|message| message.receipts.get(number));
        if receipt.is_none_or(|receipt| receipt.read) {
            return;
        }
        self.receipt(id, number, |receipt| receipt.read = true);
        self.notify_linked(number, |world, account| {
            let message = world.messages.get(id)?;
            notifications::read(account, message, world.now, by_api)
        });
    }

    /// Connects or disconnects the phone of somebody.
    pub(crate) fn set_online(&mut self, number: &str, online: bool) {
        self.person(number).online = online;
        if online {
            for id in self
                .messages
                .ids(|message| message.status == MessageStatus::Pending && message.is_from(number))
            {
                self.transmit(&id);
            }
            self.catch_up_on_messages(number);
        }
    }

    /// Delivers the messages that waited for somebody.
    pub(crate) fn catch_up_on_messages(&mut self, number: &str) {
        for id in self.messages.ids(|message| {
            message
                .receipts
                .get(number)
                .is_some_and(|receipt| !receipt.delivered)
        }) {
            self.arrive(&id);
        }
    }

    fn notify_message(&mut self, id: &str, direction: Direction<'_>) {
        let Some(message) = self.messages.get(id) else {
            return;
        };
        let viewer = match direction {
            Direction::In(number) => number.to_owned(),
            Direction::Out => message.draft.sender.clone(),
        };
        self.write_down(id, &viewer, direction);
        self.notify_linked(&viewer, |world, account| {
            notifications::message(world, account, world.messages.get(id)?, direction)
        });
    }

    fn notify_status(&mut self, id: &str, description: Option<&str>) {
        let Some(message) = self.messages.get(id) else {
            return;
        };
        let sender = message.draft.sender.clone();
        self.notify_linked(&sender, |world, account| {
            let message = world.messages.get(id)?;
            let mut body = notifications::status(account, message, world.now)?;
            if let Some(description) = description {
                body["description"] = json!(description);
            }
            Some(body)
        });
    }
}

/// Returns whether a message may still be edited. The API edits only what was sent through it.
fn may_edit(edit: &Message, original: &Message) -> bool {
    let by_api = |message: &Message| message.draft.sent_by.is_some();
    let fits = original.is_from(&edit.draft.sender) && (!by_api(edit) || by_api(original));
    fits && edit.at <= original.at + EDITABLE
}
