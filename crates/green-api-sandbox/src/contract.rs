//! The commercial side of an instance: who has it, since when, until when.

use std::time::{Duration, SystemTime};

use serde::Serialize;

use crate::account::Account;
use crate::quota::Plan;
use crate::world::World;

/// How long a deleted instance is still listed: 3 months.
const LISTED: Duration = Duration::from_secs(92 * 24 * 60 * 60);
/// For how long an instance is always paid ahead.
const PERIOD: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// The time that did not come.
const NEVER: &str = "0001-01-01T00:00:00";

/// What the provider's books say about an instance.
pub(crate) struct Contract {
    pub(crate) name: String,
    pub(crate) created: SystemTime,
    pub(crate) deleted: Option<SystemTime>,
    /// Since when it is not paid for.
    pub(crate) expired: Option<SystemTime>,
}

/// A line of `getInstances`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Line {
    id_instance: u64,
    name: String,
    type_instance: &'static str,
    type_account: &'static str,
    partner_user_uiid: &'static str,
    time_created: String,
    time_deleted: String,
    api_token_instance: String,
    deleted: bool,
    tariff: &'static str,
    is_free: bool,
    is_partner: bool,
    expiration_date: String,
    is_expired: bool,
}

impl Contract {
    pub(crate) fn new(id: u64, now: SystemTime) -> Self {
        Self {
            name: format!("Instance {id}"),
            created: now,
            deleted: None,
            expired: None,
        }
    }
}

impl World {
    /// Creates an instance; for some time nothing can be done with it.
    pub(crate) fn create_instance(&mut self, name: Option<&str>) -> &mut Account {
        let id = self.next_instance_id();
        let mut account = Account::new(id, self.new_token(), self.now);
        account.creating_until = Some(self.now + self.options.creation_time);
        if let Some(name) = name {
            name.clone_into(&mut account.contract.name);
        }
        self.stirred = true;
        self.accounts.entry(id).or_insert(account)
    }

    /// Deletes an instance, if there is one that was not deleted before.
    pub(crate) fn delete_instance(&mut self, id: u64) -> bool {
        let now = self.now;
        self.stirred = true;
        match self.accounts.get_mut(&id) {
            Some(account) if account.contract.deleted.is_none() => {
                account.contract.deleted = Some(now);
                account.fall_silent();
                true
            }
            _ => false,
        }
    }

    /// What `getInstances` lists.
    pub(crate) fn contracts(&self) -> Vec<Line> {
        let listed = |account: &&Account| {
            account
                .contract
                .deleted
                .is_none_or(|deleted| self.now < deleted + LISTED)
        };
        self.accounts
            .values()
            .filter(listed)
            .map(|account| self.contract(account))
            .collect()
    }

    fn contract(&self, account: &Account) -> Line {
        let contract = &account.contract;
        let free = self.options.plan == Plan::Developer;
        let ends = contract.deleted.into_iter().chain(contract.expired).min();
        Line {
            id_instance: account.id,
            name: contract.name.clone(),
            type_instance: "whatsapp",
            type_account: "",
            partner_user_uiid: "",
            time_created: local_time(contract.created),
            time_deleted: contract
                .deleted
                .map_or_else(|| NEVER.to_owned(), local_time),
            api_token_instance: account.token.clone(),
            deleted: contract.deleted.is_some(),
            tariff: if free { "DEVELOPER" } else { "PARTNER_23" },
            is_free: free,
            is_partner: true,
            expiration_date: local_time(ends.unwrap_or(self.now + PERIOD)),
            is_expired: ends.is_some(),
        }
    }
}

/// ISO 8601 without a time zone, as the partner's methods write it.
fn local_time(time: SystemTime) -> String {
    let mut text = humantime::format_rfc3339_seconds(time).to_string();
    text.pop();
    text
}
