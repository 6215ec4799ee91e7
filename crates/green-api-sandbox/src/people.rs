//! The people of the world: everybody with a phone number, whether an instance is linked to it or not.

use std::collections::BTreeMap;
use std::time::SystemTime;

use crate::messages::{Peer, person_id};
use crate::world::World;

/// Somebody with a phone number.
pub(crate) struct Person {
    /// The name that others see; `None` is the number.
    pub(crate) name: Option<String>,
    pub(crate) has_whatsapp: bool,
    /// Whether the phone is connected. Linked devices do not need it.
    pub(crate) online: bool,
    /// The address book: names by chat id.
    pub(crate) contacts: BTreeMap<String, String>,
    /// What is set for chats, by chat id.
    pub(crate) chat_settings: BTreeMap<String, ChatSettings>,
}

/// What somebody has set for a chat.
#[derive(Clone, Copy, Default)]
pub(crate) struct ChatSettings {
    pub(crate) archived: bool,
    /// After how many seconds messages disappear; 0 when they stay.
    pub(crate) ephemeral_expiration: u64,
    pub(crate) ephemeral_since: Option<SystemTime>,
}

impl Default for Person {
    fn default() -> Self {
        Self {
            name: None,
            has_whatsapp: true,
            online: true,
            contacts: BTreeMap::new(),
            chat_settings: BTreeMap::new(),
        }
    }
}

impl World {
    /// Somebody, to be changed. Every number belongs to somebody.
    pub(crate) fn person(&mut self, number: &str) -> &mut Person {
        self.stirred = true;
        self.people.entry(number.to_owned()).or_default()
    }

    pub(crate) fn has_whatsapp(&self, number: &str) -> bool {
        self.people
            .get(number)
            .is_none_or(|person| person.has_whatsapp)
    }

    pub(crate) fn is_online(&self, number: &str) -> bool {
        self.people.get(number).is_none_or(|person| person.online)
    }

    /// The name that somebody goes by.
    pub(crate) fn name_of(&self, number: &str) -> String {
        self.people
            .get(number)
            .and_then(|person| person.name.clone())
            .unwrap_or_else(|| format!("+{number}"))
    }

    /// The name of somebody in the address book of `viewer`; empty when there is none.
    pub(crate) fn contact_name(&self, viewer: &str, number: &str) -> String {
        let name = self
            .people
            .get(viewer)
            .and_then(|person| person.contacts.get(&person_id(number)));
        name.cloned().unwrap_or_default()
    }

    /// The name of a chat, as `viewer` sees it.
    pub(crate) fn chat_name(&self, viewer: &str, chat_id: &str) -> String {
        match Peer::parse(chat_id) {
            Peer::Group(id) => self
                .groups
                .get(&id)
                .map(|group| group.subject.clone())
                .unwrap_or_default(),
            Peer::Person(number) => {
                let contact = self.contact_name(viewer, &number);
                if contact.is_empty() {
                    self.name_of(&number)
                } else {
                    contact
                }
            }
        }
    }

    pub(crate) fn chat_settings(&self, number: &str, chat_id: &str) -> ChatSettings {
        self.people
            .get(number)
            .and_then(|person| person.chat_settings.get(chat_id))
            .copied()
            .unwrap_or_default()
    }

    /// Changes what somebody has set for a chat.
    pub(crate) fn set_chat(
        &mut self,
        number: &str,
        chat_id: &str,
        change: impl FnOnce(&mut ChatSettings),
    ) {
        change(
            self.person(number)
                .chat_settings
                .entry(chat_id.to_owned())
                .or_default(),
        );
    }

    /// Somebody sets after how many seconds the messages of a chat disappear, for everybody in it.
    pub(crate) fn set_disappearing(&mut self, number: &str, peer: &Peer, expiration: u64) {
        let now = self.now;
        let sides: Vec<(String, String)> = match peer {
            Peer::Person(other) => vec![
                (number.to_owned(), peer.chat_id()),
                (other.clone(), person_id(number)),
            ],
            Peer::Group(id) => {
                let members = self
                    .groups
                    .get(id)
                    .into_iter()
                    .flat_map(|group| group.participants.keys());
                members.map(|member| (member.clone(), id.clone())).collect()
            }
        };
        for (number, chat_id) in sides {
            self.set_chat(&number, &chat_id, |settings| {
                settings.ephemeral_expiration = expiration;
                settings.ephemeral_since = Some(now);
            });
        }
    }

    /// The chats in which somebody has messages, and the groups, with the latest message first.
    pub(crate) fn chats_of(&self, number: &str) -> Vec<String> {
        let mut chats: Vec<String> = Vec::new();
        let mut known = std::collections::HashSet::new();
        for message in self.messages.of(number) {
            let chat = message.chat_of(number);
            if known.insert(chat.clone()) {
                chats.push(chat);
            }
        }
        let groups = self
            .groups
            .values()
            .filter(|group| group.participants.contains_key(number))
            .map(|group| group.id.clone());
        chats.extend(groups.filter(|id| !known.contains(id)));
        chats
    }
}
