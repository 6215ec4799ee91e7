//! The quotas of a tariff, which are renewed at the start of a month.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The chats to which an instance of the developer plan can write in a month.
const CHATS: usize = 3;
/// How often an instance of the developer plan can call `checkWhatsapp` in a month.
const CHECKS: u64 = 100;

const USED_UP: &str = "Monthly quota has been exceeded";

/// The tariff of the instances, for [`Builder::plan`](crate::Builder::plan).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(description = "The tariff of the instances.")]
#[non_exhaustive]
pub enum Plan {
    /// Nothing is counted.
    #[default]
    Business,
    /// The free plan: an instance can write to 3 chats a month and check 100 numbers. What goes beyond is refused with 466.
    Developer,
}

/// The calls and chats of an instance in one month.
#[derive(Default)]
pub(crate) struct Usage {
    /// Such as `2026-01`, in UTC.
    month: String,
    calls: BTreeMap<String, u64>,
    chats: BTreeSet<String>,
}

/// How much of one quota is used.
#[derive(Serialize)]
pub(crate) struct QuotaUse {
    method: String,
    used: u64,
    total: u64,
    status: &'static str,
    description: &'static str,
}

/// The quota that a call uses up.
#[derive(Clone, Copy)]
pub(crate) enum Spending<'c> {
    /// Nothing that is limited.
    Call,
    /// One check of a number.
    Check,
    /// The chat with this id is written to.
    Chat(&'c str),
}

/// The quotas that refuse a call.
pub(crate) enum Exceeded {
    Checks(QuotaUse),
    /// How often the operation was called, and the quota of chats.
    Chats(QuotaUse, QuotaUse),
}

impl Exceeded {
    /// Returns the refusal of one more call of an operation.
    pub(crate) fn calls(method: &str) -> Self {
        Self::Checks(QuotaUse {
            method: method.to_owned(),
            used: CHECKS,
            total: CHECKS,
            status: "QUOTE_EXCEEDED",
            description: USED_UP,
        })
    }

    /// Returns the refusal of one more chat to an operation that was called so often.
    pub(crate) fn chats(method: &str, used: u64) -> Self {
        let invoked = QuotaUse {
            method: method.to_owned(),
            used,
            total: 0,
            status: "QUOTE_ALLOWED",
            description: "Quota is allowed",
        };
        Self::Chats(invoked, correspondents("CORRESPONDENTS_QUOTE_EXCEEDED"))
    }
}

impl Usage {
    /// Counts a call of an operation against the quotas of the developer plan, unless they do not allow it.
    pub(crate) fn spend(
        &mut self,
        method: &str,
        spending: Spending<'_>,
        now: SystemTime,
    ) -> Result<(), Box<Exceeded>> {
        self.renew(now);
        let used = self.calls.get(method).copied().unwrap_or_default();
        match spending {
            Spending::Check if used >= CHECKS => {
                return Err(Exceeded::calls(method).into());
            }
            Spending::Chat(chat_id) if !self.chats.contains(chat_id) => {
                if self.chats.len() >= CHATS {
                    return Err(Exceeded::chats(method, used).into());
                }
                self.chats.insert(chat_id.to_owned());
            }
            _ => {}
        }
        *self.calls.entry(method.to_owned()).or_default() += 1;
        Ok(())
    }

    fn renew(&mut self, now: SystemTime) {
        let mut month = humantime::format_rfc3339_seconds(now).to_string();
        month.truncate("2026-01".len());
        if self.month != month {
            *self = Self {
                month,
                ..Self::default()
            };
        }
    }
}

/// Returns the use of the quota of chats, which is used up.
pub(crate) fn correspondents(status: &'static str) -> QuotaUse {
    QuotaUse {
        method: "correspondents".to_owned(),
        used: CHATS as u64,
        total: CHATS as u64,
        status,
        description: USED_UP,
    }
}
