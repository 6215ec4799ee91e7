//! Groups.

use std::collections::BTreeMap;
use std::time::SystemTime;

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

/// The role of somebody in a group.
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
