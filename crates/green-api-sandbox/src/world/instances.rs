//! Instances: how they come, restart, change their state and go.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::World;
use super::account::Account;
use super::agenda::Event;
use super::state::State;
use crate::kit::ids;

/// The numbers that an instance can have. All of them, and the one after the last, are exact in every reader of JSON.
pub(crate) const INSTANCE_IDS: RangeInclusive<u64> = 1..=9_007_199_254_740_990;

/// How long a deleted instance is still listed: 3 months.
const LISTED: Duration = Duration::from_secs(92 * 24 * 60 * 60);

/// The number that an instance is linked to when its state is set without a phone. It belongs to nobody.
const NOBODY: &str = "447700900000";

impl World {
    /// Returns an instance, to be read or changed.
    ///
    /// # Panics
    ///
    /// Panics if no instance has this number. Instances are never removed, so a number that was found once stays valid.
    pub(crate) fn account(&mut self, id: u64) -> &mut Account {
        let account = self.accounts.get_mut(&id);
        account.expect("the instance was found before")
    }

    /// Creates an instance; for some time nothing can be done with it.
    pub(crate) fn create_instance(&mut self, name: Option<&str>) -> &mut Account {
        let id = self.next_instance_id();
        let mut account = Account::new(id, self.new_token(), self.now);
        account.creating_until = Some(self.now + self.options.creation_time);
        if let Some(name) = name {
            name.clone_into(&mut account.contract.name);
        }
        self.changed = true;
        self.accounts.entry(id).or_insert(account)
    }

    /// Deletes an instance and returns whether it existed.
    pub(crate) fn delete_instance(&mut self, id: u64) -> bool {
        let now = self.now;
        self.changed = true;
        match self.accounts.get_mut(&id) {
            Some(account) if account.contract.deleted.is_none() => {
                account.contract.deleted = Some(now);
                account.fall_silent();
                true
            }
            _ => false,
        }
    }

    /// Returns the instances that the provider's books list: all, and the deleted ones for some time.
    pub(crate) fn listed_instances(&self) -> impl Iterator<Item = &Account> {
        let deleted = |account: &Account| account.contract.deleted;
        self.accounts
            .values()
            .filter(move |account| deleted(account).is_none_or(|at| self.now < at + LISTED))
    }

    /// Returns every token that is valid now.
    pub(crate) fn tokens(&self) -> Vec<String> {
        let accounts = self.accounts.values();
        accounts.map(|account| account.token.clone()).collect()
    }

    /// Returns the number of the next new instance: the one after the last or, past the end, the first that is free.
    pub(crate) fn next_instance_id(&self) -> u64 {
        let after_last = self.accounts.keys().next_back().map_or(1, |last| last + 1);
        if INSTANCE_IDS.contains(&after_last) {
            return after_last;
        }
        INSTANCE_IDS
            .zip(self.accounts.keys())
            .find(|(free, taken)| free != *taken)
            .map_or(after_last, |(free, _)| free)
    }

    /// Adds an instance that is ready at once and returns its number, which must be in [`INSTANCE_IDS`]; `None` if it is taken.
    pub(crate) fn add_instance(&mut self, id: Option<u64>, token: Option<String>) -> Option<u64> {
        let id = id.unwrap_or_else(|| self.next_instance_id());
        if self.accounts.contains_key(&id) {
            return None;
        }
        let token = token.unwrap_or_else(|| self.new_token());
        self.accounts.insert(id, Account::new(id, token, self.now));
        self.changed = true;
        Some(id)
    }

    /// Puts an instance into a state by hand. Links the phone of [`NOBODY`] if the state needs a linked account and none is.
    pub(crate) fn put_in_state(&mut self, id: u64, state: State) {
        if state.is_linked() {
            let phone = &mut self.account(id).phone;
            phone.get_or_insert_with(|| NOBODY.to_owned());
        }
        self.set_state(id, state);
    }

    pub(crate) fn set_state(&mut self, id: u64, state: State) {
        let now = self.now;
        self.changed = true;
        self.account(id).enter(state, now);
        self.resume(id);
    }

    /// Resumes what waited for the state of an instance to change.
    pub(super) fn resume(&mut self, id: u64) {
        self.send_what_is_due(id);
        if let Some(phone) = self.account(id).phone.clone() {
            self.catch_up_on_messages(&phone);
        }
    }

    /// Links an instance to a phone, as if its code had been typed some time ago.
    pub(crate) fn link(&mut self, id: u64, phone: &str) {
        self.account(id).phone = Some(phone.to_owned());
        self.set_state(id, State::Authorized);
    }

    pub(crate) fn restart(&mut self, id: u64) {
        let now = self.now;
        let until = now + self.options.restart_time;
        self.account(id).restart(until, now);
        self.schedule(self.options.restart_time, Event::Restarted(id));
    }

    /// Sets whether an instance is refused codes, whatever its state.
    pub(crate) fn refuse_codes(&mut self, id: u64, refuse: bool) {
        self.changed = true;
        self.account(id).refuses_codes = refuse;
    }

    pub(crate) fn new_message_id(&mut self) -> String {
        ids::message(&mut self.rng)
    }

    pub(crate) fn new_token(&mut self) -> String {
        ids::token(&mut self.token_rng)
    }
}
