//! What a phone shows: its chats and the messages in them.

use std::time::SystemTime;

use crate::messages::{Content, Draft, Message as Stored, MessageStatus, Peer, person_id};
use crate::phone::Phone;
use crate::world::World;

/// A chat on a phone, from [`Phone::chats`].
#[derive(Clone, Debug, PartialEq)]
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
    /// How many messages have not been read.
    pub unread: usize,
    /// The latest message; a new group has none.
    pub latest: Option<Message>,
}

/// A message on a phone, from [`Phone::messages`].
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Message {
    /// The id, `idMessage`.
    pub id: String,
    /// The chat that it is in.
    pub chat_id: String,
    /// Who wrote it, as a chat id.
    pub sender: String,
    /// The name that the writer goes by.
    pub sender_name: String,
    /// Whether it was sent from this phone or by an instance that is linked to it.
    pub outgoing: bool,
    /// What it says; after an edit in the new words.
    pub content: Content,
    /// The message that it answers.
    pub quoted_message_id: Option<String>,
    /// Whether it was forwarded.
    pub forwarded: bool,
    /// What became of it; `None` when it came in.
    pub status: Option<MessageStatus>,
    /// Whether it was edited.
    pub edited: bool,
    /// Whether it was deleted for everybody. A phone would not show the content any more.
    pub deleted: bool,
    /// The reactions to it: who, as a chat id, and the emoji.
    pub reactions: Vec<(String, String)>,
    /// When it was sent, by the sandbox's clock.
    pub at: SystemTime,
}

impl Phone {
    /// The name that others see. Default: the number.
    pub fn set_name(&self, name: impl Into<String>) {
        let name = name.into();
        self.core
            .with(|world| world.person(&self.number).name = Some(name));
    }

    /// Whether there is a WhatsApp account with this number. Default: yes. Without one, `checkWhatsapp` answers `false` and messages to
    /// the number end as `noAccount`.
    pub fn set_whatsapp(&self, has_whatsapp: bool) {
        self.core
            .with(|world| world.person(&self.number).has_whatsapp = has_whatsapp);
    }

    /// Connects the phone or disconnects it. Default: connected.
    ///
    /// What is sent to a phone that is offline, and to which no instance is linked, stays `sent` until it is online again. What is sent
    /// from the phone itself waits as well.
    pub fn set_online(&self, online: bool) {
        self.core
            .with(|world| world.set_online(&self.number, online));
    }

    /// Whether the phone is connected.
    pub fn is_online(&self) -> bool {
        self.core.with(|world| world.is_online(&self.number))
    }

    /// Saves a name in the address book of the phone.
    pub fn add_contact(&self, number: &str, name: impl Into<String>) {
        let (id, name) = (Peer::parse(number).chat_id(), name.into());
        self.core
            .with(|world| world.person(&self.number).contacts.insert(id, name));
    }

    /// Sends a text and returns the id of the message.
    ///
    /// The chat is a chat id, or a phone number as people write it. The phone need not be linked to an instance.
    ///
    /// ```
    /// # use green_api_sandbox::Sandbox;
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), green_api_sandbox::StartError> {
    /// let sandbox = Sandbox::start().await?;
    /// let (shop, customer) = (sandbox.phone("447700900123"), sandbox.phone("447700900145"));
    /// let id = customer.send_text("447700900123@c.us", "Are you open today?");
    /// assert_eq!(customer.messages("+44 7700 900123")[0].id, id);
    /// # Ok(()) }
    /// ```
    pub fn send_text(&self, chat_id: &str, text: impl Into<String>) -> String {
        self.send(chat_id, Content::from(text.into()))
    }

    /// Sends any other kind of message and returns its id. Edits, deletions, reactions, votes and pressed buttons are messages, too.
    pub fn send(&self, chat_id: &str, content: impl Into<Content>) -> String {
        self.post(chat_id, content.into(), None, 0)
    }

    /// Answers a message, which is quoted, and returns the id of the answer.
    pub fn reply(
        &self,
        chat_id: &str,
        quoted_message_id: &str,
        content: impl Into<Content>,
    ) -> String {
        self.post(
            chat_id,
            content.into(),
            Some(quoted_message_id.to_owned()),
            0,
        )
    }

    /// Forwards a message to another chat and returns the id of the new one; `None` when this phone has no such message.
    pub fn forward(&self, message_id: &str, chat_id: &str) -> Option<String> {
        let original = self.core.with(|world| {
            let original = world
                .messages
                .get(message_id)
                .filter(|message| message.is_with(&self.number))?;
            Some((
                original.draft.content.clone(),
                original.draft.forwarding_score,
            ))
        });
        let (content, score) = original?;
        Some(self.post(chat_id, content, None, score + 1))
    }

    /// Creates a group with these people and returns its chat id; `None` when none of them has WhatsApp.
    pub fn create_group(&self, name: &str, numbers: &[&str]) -> Option<String> {
        let members: Vec<String> = numbers
            .iter()
            .map(|number| number.chars().filter(char::is_ascii_digit).collect())
            .collect();
        self.core
            .with(|world| world.create_group(&self.number, name, &members))
    }

    /// The chats, the one with the latest message first.
    pub fn chats(&self) -> Vec<Chat> {
        self.core.with(|world| {
            world
                .chats_of(&self.number)
                .into_iter()
                .map(|id| world.show_chat(&self.number, id))
                .collect()
        })
    }

    /// The messages in a chat, oldest first. Edits, deletions and reactions show at the message that they are about.
    pub fn messages(&self, chat_id: &str) -> Vec<Message> {
        let chat_id = Peer::parse(chat_id).chat_id();
        self.core.with(|world| {
            let shown = world
                .messages
                .in_chat(&self.number, &chat_id)
                .filter(|message| is_shown(message));
            let mut messages: Vec<Message> = shown
                .map(|message| world.show_message(&self.number, message))
                .collect();
            messages.reverse();
            messages
        })
    }

    /// Reads everything in a chat, so that the senders see it as `read`.
    pub fn read(&self, chat_id: &str) {
        let chat_id = Peer::parse(chat_id).chat_id();
        self.core
            .with(|world| world.read(&self.number, &chat_id, None));
    }

    fn post(
        &self,
        chat_id: &str,
        content: Content,
        quoted: Option<String>,
        forwarding_score: u32,
    ) -> String {
        let draft = Draft {
            sender: self.number.clone(),
            peer: Peer::parse(chat_id),
            content: content.with_preview(),
            quoted,
            forwarding_score,
            sent_by: None,
        };
        self.core.with(|world| world.send_from_phone(draft))
    }
}

/// Whether a phone shows a message by itself, and not at another one.
fn is_shown(message: &Stored) -> bool {
    !matches!(
        message.draft.content,
        Content::Edit { .. } | Content::Delete { .. } | Content::Reaction { .. }
    )
}

impl World {
    fn show_chat(&self, number: &str, id: String) -> Chat {
        let unread = self.messages.in_chat(number, &id).filter(|message| {
            is_shown(message)
                && message
                    .receipts
                    .get(number)
                    .is_some_and(|receipt| !receipt.read)
        });
        let latest = self
            .messages
            .in_chat(number, &id)
            .find(|message| is_shown(message));
        Chat {
            name: self.chat_name(number, &id),
            is_group: id.ends_with("@g.us"),
            archived: self.chat_settings(number, &id).archived,
            unread: unread.count(),
            latest: latest.map(|message| self.show_message(number, message)),
            id,
        }
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

    /// The latest reaction of everybody, as far as somebody has got them.
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
