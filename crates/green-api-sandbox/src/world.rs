//! The state of the sandbox and what happens by itself. It knows neither HTTP nor the operations of the API.
//!
//! Files named after things define them; the others add to [`World`] what is done with them.

pub(crate) mod account;
pub(crate) mod agenda;
mod calling;
pub(crate) mod calls;
pub(crate) mod catalog;
pub(crate) mod chats;
pub(crate) mod contract;
pub(crate) mod core;
mod delivery;
pub(crate) mod faults;
pub(crate) mod files;
pub(crate) mod groups;
pub(crate) mod instances;
pub(crate) mod journal;
pub(crate) mod linking;
pub(crate) mod messages;
mod names;
mod notifications;
pub(crate) mod outbox;
pub(crate) mod people;
pub(crate) mod posting;
mod publishing;
pub(crate) mod queue;
pub(crate) mod quota;
pub(crate) mod selling;
mod sending;
pub(crate) mod state;
pub(crate) mod statuses;
mod storing;
pub(crate) mod webhooks;

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use self::account::Account;
use self::agenda::Agenda;
use self::calls::Call;
use self::catalog::{Catalog, Orders};
use self::faults::FaultList;
use self::files::Files;
use self::groups::Group;
use self::messages::Messages;
use self::people::Person;
use self::quota::Plan;
use self::statuses::Published;
use crate::kit::requests::RequestLog;

/// How long things take, and what instances are paid for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    pub(crate) restart_time: Duration,
    pub(crate) link_time: Duration,
    pub(crate) creation_time: Duration,
    pub(crate) plan: Plan,
    pub(crate) webhook_retry: Duration,
    pub(crate) delivery_time: Duration,
    /// The least time between two messages of an instance, in place of its setting.
    pub(crate) sending_delay: Option<Duration>,
    /// How late the journals have what happens.
    pub(crate) journal_delay: Duration,
}

/// Everything that changes. It is reached through [`Core::with`](core::Core::with), which first lets happen what is due.
pub(crate) struct World {
    /// The time at which things happen: the clock's, or the due time of what is being carried out.
    pub(crate) now: SystemTime,
    pub(crate) accounts: BTreeMap<u64, Account>,
    pub(crate) people: BTreeMap<String, Person>,
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) messages: Messages,
    pub(crate) calls: Vec<Call>,
    pub(crate) statuses: Vec<Published>,
    /// The catalogues, by the digits of the seller's number.
    pub(crate) catalogs: BTreeMap<String, Catalog>,
    pub(crate) orders: Orders,
    pub(crate) faults: FaultList,
    /// What has arrived from outside. It is kept here because a new request is a change that somebody may be waiting for.
    pub(crate) requests: RequestLog,
    pub(crate) files: Files,
    pub(crate) rng: fastrand::Rng,
    /// Tokens are drawn apart, because without a seed nobody must be able to guess them.
    pub(crate) token_rng: fastrand::Rng,
    /// The phones that type every code, by number, and how long they take.
    pub(crate) typing_phones: BTreeMap<String, Duration>,
    pub(crate) options: Options,
    agenda: Agenda,
    /// Something has changed that somebody may be waiting for.
    pub(crate) changed: bool,
    /// How often something has changed.
    pub(crate) version: u64,
}

impl World {
    pub(crate) fn new(
        now: SystemTime,
        accounts: impl Iterator<Item = Account>,
        faults: FaultList,
        files: Files,
        [rng, token_rng]: [fastrand::Rng; 2],
        options: Options,
    ) -> Self {
        Self {
            now,
            accounts: accounts.map(|account| (account.id, account)).collect(),
            people: BTreeMap::new(),
            groups: BTreeMap::new(),
            messages: Messages::default(),
            calls: Vec::new(),
            statuses: Vec::new(),
            catalogs: BTreeMap::new(),
            orders: Orders::default(),
            faults: faults.drawn_by(rng.clone()),
            requests: RequestLog::default(),
            files,
            rng,
            token_rng,
            typing_phones: BTreeMap::new(),
            options,
            agenda: Agenda::default(),
            changed: false,
            version: 0,
        }
    }
}

#[cfg(test)]
mod tests;
