//! The chats on a phone and the messages in them.

use std::time::SystemTime;

use serde::{Serialize, Serializer};
use utoipa::ToSchema;

use super::World;
use super::messages::{Content, Draft, Message as Stored, MessageStatus, Peer, person_id};
use crate::kit::clock::rfc3339;

/// A chat on a phone, from [`Phone::chats`](crate::Phone::chats).
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(description = "A chat on a phone.")]
#[non_exhaustive]
pub struct Chat {
    /// The chat id, such as `447700900145@c.us` or `120363000000000001@g.us`.
    pub id: String,
    /// The name in the address book, else the name that the person or group goes by.
    pub name: String,
    /// Whether it is a group.
    pub is_group: bool,
    /// Whether it is in the archive.
    pub archived: bool,
    /// The number of unread messages.
    pub unread: usize,
    /// The latest message; a new group has none.
    pub latest: Option<Message>,
}

/// A message on a phone, from [`Phone::messages`](crate::Phone::messages).
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(description = "A message on a phone.")]
#[non_exhaustive]
pub struct Message {
    /// The id, `idMessage`.
    pub id: String,
    /// The chat that it is in.
    pub chat_id: String,
    /// The chat id of its author.
    pub sender: String,
    /// The name that the writer goes by.
    pub sender_name: String,
    /// Whether it was sent from this phone or by an instance that is linked to it.
    pub outgoing: bool,
    /// The content, after an edit the new one.
    pub content: Content,
    /// The message that it answers.
    pub quoted_message_id: Option<String>,
    /// Whether it was forwarded.
    pub forwarded: bool,
    /// The status; messages that came in have none.
    pub status: Option<MessageStatus>,
    /// Whether it was edited.
    pub edited: bool,
    /// Whether it was deleted for everybody. A phone would not show the content any more.
    pub deleted: bool,
    /// The reactions to it: who, as a chat id, and the emoji.
    #[serde(serialize_with = "reactions")]
    #[schema(value_type = Vec<Reaction>)]
    pub reactions: Vec<(String, String)>,
    /// The time of sending, by the sandbox's clock.
    #[serde(serialize_with = "rfc3339")]
    #[schema(value_type = String, format = DateTime)]
    pub at: SystemTime,
}

/// A reaction in JSON.
#[derive(Serialize, ToSchema)]
struct Reaction<'m> {
    sender: &'m str,
    emoji: &'m str,
}

/// Serializes reactions as objects.
fn reactions<S: Serializer>(list: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    let objects = list.iter();
    serializer.collect_seq(objects.map(|(sender, emoji)| Reaction { sender, emoji }))
}

/// Returns whether a phone shows a message by itself, not as part of another one.
fn is_shown(message: &Stored) -> bool {
    !matches!(
        message.draft.content,
        Content::Edit { .. } | Content::Delete { .. } | Content::Reaction { .. }
    )
}

impl World {
    /// Returns the chats of somebody, the one with the latest message first.
    pub(crate) fn show_chats(&self, number: &str) -> Vec<Chat> {
        let chats = self.chats_of(number).into_iter();
        chats.map(|id| self.show_chat(number, id)).collect()
    }

    /// Returns what somebody sees in a chat, oldest first.
    pub(crate) fn show_messages(&self, number: &str, chat: &str) -> Vec<Message> {
        let chat_id = Peer::parse(chat).chat_id();
        let mut messages: Vec<Message> = self
            .shown(number, &chat_id)
            .map(|message| self.show_message(number, message))
            .collect();
        messages.reverse();
        messages
    }

    /// Sends a message from a phone and returns its id.
    pub(crate) fn write(
        &mut self,
        number: &str,
        chat: &str,
        content: Content,
        quoted: Option<&str>,
    ) -> String {
        self.send_now(Draft {
            quoted: quoted.map(str::to_owned),
            ..Draft::new(number, Peer::parse(chat), content.with_preview())
        })
    }

    /// Forwards a message from a phone, if it is there, and returns the id of the new one.
    pub(crate) fn forward(&mut self, number: &str, id: &str, chat: &str) -> Option<String> {
        let original = self.messages.get(id)?;
        if !original.is_with(number) {
            return None;
        }
        let (content, forwarding_score) = original.draft.forwarded();
        Some(self.send_now(Draft {
            forwarding_score,
            ..Draft::new(number, Peer::parse(chat), content.with_preview())
        }))
    }

    fn show_chat(&self, number: &str, id: String) -> Chat {
        let latest = self.shown(number, &id).next();
        Chat {
            name: self.chat_name(number, &id),
            is_group: id.ends_with("@g.us"),
            archived: self.chat_settings(number, &id).archived,
            unread: self.unread(number, &id),
            latest: latest.map(|message| self.show_message(number, message)),
            id,
        }
    }

    /// Returns what somebody sees in a chat by itself, newest first.
    fn shown<'w>(&'w self, number: &'w str, id: &'w str) -> impl Iterator<Item = &'w Stored> {
        let messages = self.messages.in_chat(number, id);
        messages.filter(|message| is_shown(message))
    }

    /// Returns how much in a chat somebody has not read.
    pub(crate) fn unread(&self, number: &str, id: &str) -> usize {
        let is_unread = |message: &&Stored| {
            let receipt = message.receipts.get(number);
            receipt.is_some_and(|receipt| !receipt.read)
        };
        self.shown(number, id).filter(is_unread).count()
    }

    fn show_message(&self, number: &str, message: &Stored) -> Message {
        let draft = &message.draft;
        let outgoing = message.is_from(number);
        Message {
            id: message.id.clone(),
            chat_id: message.chat_of(number),
            sender: person_id(&draft.sender),
            sender_name: self.name_of(&draft.sender),
            outgoing,
            content: draft.content.clone(),
            quoted_message_id: draft.quoted.clone(),
            forwarded: draft.forwarding_score > 0,
            status: outgoing.then_some(message.status),
            edited: message.edited,
            deleted: message.deleted,
            reactions: self.reactions_to(number, message),
            at: message.at,
        }
    }

    /// Returns everybody's latest reaction to a message, as far as they reached the phone.
    fn reactions_to(&self, number: &str, message: &Stored) -> Vec<(String, String)> {
        let mut reactions: Vec<(String, String)> = Vec::new();
        for later in self.messages.of(number) {
            if later.id == message.id {
                break;
            }
            if let Content::Reaction {
                message: about,
                emoji,
            } = &later.draft.content
                && *about == message.id
            {
                let sender = person_id(&later.draft.sender);
                if reactions.iter().all(|(known, _)| *known != sender) {
                    reactions.push((sender, emoji.clone()));
                }
            }
        }
        reactions.retain(|(_, emoji)| !emoji.is_empty());
        reactions
    }
}
