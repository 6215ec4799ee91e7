//! Names, settings of chats, and groups.

use std::collections::BTreeMap;

use super::World;
use super::groups::{Group, Role};
use super::messages::{Peer, person_id};
use super::people::{ChatSettings, Person};
use crate::kit::ids;

impl World {
    /// Returns the person with this number, to be changed. Every number belongs to somebody.
    pub(crate) fn person(&mut self, number: &str) -> &mut Person {
        self.changed = true;
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

    /// Returns the name that somebody goes by.
    pub(crate) fn name_of(&self, number: &str) -> String {
        self.people
            .get(number)
            .and_then(|person| person.name.clone())
            .unwrap_or_else(|| format!("+{number}"))
    }

    /// Returns the name of somebody in the address book of `viewer`, or an empty string if it has none.
    pub(crate) fn contact_name(&self, viewer: &str, number: &str) -> String {
        let name = self
            .people
            .get(viewer)
            .and_then(|person| person.contacts.get(&person_id(number)));
        name.cloned().unwrap_or_default()
    }

    /// Returns the name of a chat, as `viewer` sees it.
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

    /// Changes the settings of somebody for a chat.
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

    /// Sets after how many seconds the messages of a chat disappear, for everybody in it.
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

    /// Returns the ids of the chats in which somebody has messages, latest message first, and then of the other groups.
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

    /// Creates a group and returns its chat id; `None` when nobody but its owner would be in it.
    pub(crate) fn create_group(
        &mut self,
        owner: &str,
        subject: &str,
        members: &[String],
    ) -> Option<String> {
        let mut participants: BTreeMap<String, Role> = members
            .iter()
            .filter(|number| self.has_whatsapp(number))
            .map(|number| (number.clone(), Role::Member))
            .collect();
        participants.remove(owner);
        if participants.is_empty() {
            return None;
        }
        participants.insert(owner.to_owned(), Role::Admin);
        let id = ids::group(&mut self.rng);
        let invite_code = (0..22).map(|_| self.rng.alphanumeric()).collect();
        let group = Group {
            id: id.clone(),
            subject: subject.to_owned(),
            subject_owner: owner.to_owned(),
            subject_time: self.now,
            owner: owner.to_owned(),
            created: self.now,
            invite_code,
            participants,
            all_may_edit: true,
            all_may_write: true,
        };
        self.groups.insert(id.clone(), group);
        self.changed = true;
        Some(id)
    }
}
