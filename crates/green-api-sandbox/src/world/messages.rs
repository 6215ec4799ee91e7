//! Messages: one internal model, whoever sent them and by whatever operation.

mod content;
mod wire;

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt;
use std::time::SystemTime;

use serde::Serialize;
use utoipa::ToSchema;

pub use self::content::{Attachment, Button, ButtonAction, ContactCard, Content, LinkPreview};
pub(crate) use self::wire::{journal_fields, message_data};
use crate::kit::ids;

/// How many messages are kept: a sandbox that runs for weeks must not fill the memory.
const KEPT: usize = 100_000;

/// The status of a message that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum MessageStatus {
    /// The phone is offline and will send it later.
    Pending,
    /// WhatsApp has it.
    Sent,
    /// It is on a phone or linked device of every recipient.
    Delivered,
    /// Every recipient has seen it.
    Read,
    /// It could not be sent.
    Failed,
    /// The recipient has no WhatsApp account.
    NoAccount,
    /// The sender is not in the group, or may not write there.
    NotInGroup,
    /// WhatsApp has restricted sending, because it suspects spam.
    YellowCard,
}

impl MessageStatus {
    /// Returns the spelling of the API, such as `noAccount`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Sent => "sent",
            Self::Delivered => "delivered",
            Self::Read => "read",
            Self::Failed => "failed",
            Self::NoAccount => "noAccount",
            Self::NotInGroup => "notInGroup",
            Self::YellowCard => "yellowCard",
        }
    }
}

impl fmt::Display for MessageStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The recipient of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Peer {
    /// The digits of a phone number.
    Person(String),
    /// The chat id of a group.
    Group(String),
}

/// A message as it is to be sent.
pub(crate) struct Draft {
    pub(crate) sender: String,
    pub(crate) peer: Peer,
    pub(crate) content: Content,
    pub(crate) quoted: Option<String>,
    pub(crate) forwarding_score: u32,
    /// The instance that sends it; `None` when a person does on the phone.
    pub(crate) sent_by: Option<u64>,
}

/// A message in the world.
pub(crate) struct Message {
    pub(crate) id: String,
    pub(crate) at: SystemTime,
    pub(crate) draft: Draft,
    pub(crate) status: MessageStatus,
    pub(crate) status_at: SystemTime,
    /// It quotes what does not exist, so WhatsApp never delivers it.
    pub(crate) lost: bool,
    /// The recipients, by the digits of their numbers.
    pub(crate) receipts: BTreeMap<String, Receipt>,
    pub(crate) edited: bool,
    pub(crate) deleted: bool,
    /// It has disappeared, as everything in its chat does after a while.
    pub(crate) disappeared: bool,
    /// Who deleted it for themselves.
    pub(crate) hidden_from: BTreeSet<String>,
    /// The instances that have it in their journal, and when they wrote it down.
    pub(crate) noted: BTreeMap<u64, SystemTime>,
}

/// How far a message got with one recipient.
#[derive(Clone, Copy, Default)]
pub(crate) struct Receipt {
    pub(crate) delivered: bool,
    pub(crate) read: bool,
}

/// All messages, oldest first.
#[derive(Default)]
pub(crate) struct Messages {
    entries: VecDeque<Message>,
    places: HashMap<String, usize>,
    dropped: usize,
}

impl Draft {
    /// Returns a message from a phone that quotes and forwards nothing.
    pub(crate) fn new(sender: &str, peer: Peer, content: Content) -> Self {
        Self {
            sender: sender.to_owned(),
            peer,
            content,
            quoted: None,
            forwarding_score: 0,
            sent_by: None,
        }
    }

    /// Returns the content and the score of a copy that is forwarded.
    pub(crate) fn forwarded(&self) -> (Content, u32) {
        (self.content.clone(), self.forwarding_score + 1)
    }
}

impl Peer {
    /// Parses a chat id, or a phone number as people write it.
    pub(crate) fn parse(chat_id: &str) -> Self {
        if chat_id.ends_with("@g.us") {
            return Self::Group(chat_id.to_owned());
        }
        let number = chat_id.split('@').next().unwrap_or_default();
        Self::Person(ids::digits(number))
    }

    pub(crate) fn chat_id(&self) -> String {
        match self {
            Self::Person(number) => person_id(number),
            Self::Group(id) => id.clone(),
        }
    }
}

/// Returns the chat id of a person.
pub(crate) fn person_id(number: &str) -> String {
    format!("{number}@c.us")
}

impl Message {
    /// Returns the id of the chat in which somebody sees the message.
    pub(crate) fn chat_of(&self, number: &str) -> String {
        match &self.draft.peer {
            Peer::Person(_) if self.draft.sender != number => person_id(&self.draft.sender),
            peer => peer.chat_id(),
        }
    }

    /// Returns whether somebody has the message, having written or received it.
    pub(crate) fn is_with(&self, number: &str) -> bool {
        let receipt = self.receipts.get(number);
        let has = self.is_from(number) || receipt.is_some_and(|receipt| receipt.delivered);
        has && !self.disappeared && !self.hidden_from.contains(number)
    }

    pub(crate) fn is_from(&self, number: &str) -> bool {
        self.draft.sender == number
    }

    /// Returns how far the message got with all recipients.
    pub(crate) fn progress(&self) -> MessageStatus {
        let all = |reached: fn(&Receipt) -> bool| self.receipts.values().all(reached);
        if self.receipts.is_empty() || !all(|receipt| receipt.read || receipt.delivered) {
            MessageStatus::Sent
        } else if all(|receipt| receipt.read) {
            MessageStatus::Read
        } else {
            MessageStatus::Delivered
        }
    }

    /// Returns whether WhatsApp has the message and tries to deliver it.
    pub(crate) fn is_under_way(&self) -> bool {
        !self.lost
            && !self.disappeared
            && (MessageStatus::Sent..=MessageStatus::Read).contains(&self.status)
    }
}

impl Messages {
    pub(crate) fn push(&mut self, message: Message) {
        self.places
            .insert(message.id.clone(), self.dropped + self.entries.len());
        self.entries.push_back(message);
        if self.entries.len() > KEPT
            && let Some(oldest) = self.entries.pop_front()
        {
            self.places.remove(&oldest.id);
            self.dropped += 1;
        }
    }

    pub(crate) fn get(&self, id: &str) -> Option<&Message> {
        self.entries.get(self.places.get(id)? - self.dropped)
    }

    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Message> {
        self.entries.get_mut(self.places.get(id)? - self.dropped)
    }

    /// Returns the messages that somebody has, newest first.
    pub(crate) fn of<'m>(&'m self, number: &'m str) -> impl Iterator<Item = &'m Message> {
        self.entries
            .iter()
            .rev()
            .filter(move |message| message.is_with(number))
    }

    /// Returns the messages that somebody has in one chat, newest first.
    pub(crate) fn in_chat<'m>(
        &'m self,
        number: &'m str,
        chat_id: &'m str,
    ) -> impl Iterator<Item = &'m Message> {
        self.of(number)
            .filter(move |message| message.chat_of(number) == chat_id)
    }

    /// Returns the ids of the messages that fit, oldest first.
    pub(crate) fn ids(&self, fits: impl Fn(&Message) -> bool) -> Vec<String> {
        self.entries
            .iter()
            .filter(|message| fits(message))
            .map(|message| message.id.clone())
            .collect()
    }
}
