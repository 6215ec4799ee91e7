//! Groups.

use std::collections::BTreeMap;
use std::time::SystemTime;

use crate::world::World;

/// A group.
pub(crate) struct Group {
    /// Its chat id.
    pub(crate) id: String,
    pub(crate) subject: String,
    pub(crate) subject_owner: String,
    pub(crate) subject_time: SystemTime,
    pub(crate) owner: String,
    pub(crate) created: SystemTime,
    pub(crate) invite_code: String,
    /// Who is in it, by the digits of their numbers.
    pub(crate) participants: BTreeMap<String, Role>,
    /// Whether everybody may edit the group, not only admins.
    pub(crate) all_may_edit: bool,
    /// Whether everybody may write, not only admins.
    pub(crate) all_may_write: bool,
}

/// What somebody is in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Member,
    Admin,
}

impl Group {
    pub(crate) fn is_admin(&self, number: &str) -> bool {
        self.participants.get(number) == Some(&Role::Admin)
    }

    pub(crate) fn may_write(&self, number: &str) -> bool {
        self.is_admin(number) || self.all_may_write && self.participants.contains_key(number)
    }

    pub(crate) fn may_edit(&self, number: &str) -> bool {
        self.is_admin(number) || self.all_may_edit && self.participants.contains_key(number)
    }
}

impl World {
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
        let id = format!("120363{:012}@g.us", self.rng.u64(..1_000_000_000_000));
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
        self.stirred = true;
        Some(id)
    }
}
