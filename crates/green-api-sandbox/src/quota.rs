//! The quotas of a tariff, which are renewed at the start of a month.

use std::collections::{BTreeMap, BTreeSet};
use std::time::SystemTime;

use serde::Serialize;

use crate::account::Account;
use crate::reply::Reply;

/// The chats to which an instance of the developer plan can write in a month.
const CHATS: usize = 3;
/// How often an instance of the developer plan can call `checkWhatsapp` in a month.
const CHECKS: u64 = 100;

const ALLOWED: &str = "QUOTE_ALLOWED";
const USED_UP: &str = "Monthly quota has been exceeded";

/// The tariff of the instances, for [`Builder::plan`](crate::Builder::plan).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Plan {
    /// Nothing is counted.
    #[default]
    Business,
    /// The free plan: an instance can write to 3 chats a month and check 100 numbers. What goes beyond is refused with 466.
    Developer,
}

/// What an instance has used in a month.
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

/// The body of a 466.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Exceeded {
    invoke_status: QuotaUse,
    #[serde(skip_serializing_if = "Option::is_none")]
    correspondents_status: Option<QuotaUse>,
}

impl Account {
    /// Counts a call against the quotas of the developer plan. The answer is the refusal when they do not allow it.
    ///
    /// `chat_id` is there when the call writes to a chat.
    pub(crate) fn use_quota(
        &mut self,
        operation: &str,
        chat_id: Option<&str>,
        now: SystemTime,
    ) -> Option<Reply> {
        self.usage.renew(now);
        // The names of methods are in lower case here.
        let method = operation.to_ascii_lowercase();
        let used = self.usage.calls.get(&method).copied().unwrap_or_default();
        if operation == "checkWhatsapp" && used >= CHECKS {
            let invoke_status = QuotaUse {
                method,
                used,
                total: CHECKS,
                status: "QUOTE_EXCEEDED",
                description: USED_UP,
            };
            return Some(
                Reply::json(&Exceeded {
                    invoke_status,
                    correspondents_status: None,
                })
                .with_status(466),
            );
        }
        if let Some(chat_id) = chat_id
            && !self.usage.chats.contains(chat_id)
        {
            if self.usage.chats.len() >= CHATS {
                // Notifications spell it otherwise.
                self.announce_quota(&correspondents("CORRESPONDENTS_QUOTA_EXCEEDED"), now);
                let invoke_status = QuotaUse {
                    method,
                    used,
                    total: 0,
                    status: ALLOWED,
                    description: "Quota is allowed",
                };
                let body = Exceeded {
                    invoke_status,
                    correspondents_status: Some(correspondents("CORRESPONDENTS_QUOTE_EXCEEDED")),
                };
                return Some(Reply::json(&body).with_status(466));
            }
            self.usage.chats.insert(chat_id.to_owned());
        }
        *self.usage.calls.entry(method).or_default() += 1;
        None
    }
}

fn correspondents(status: &'static str) -> QuotaUse {
    QuotaUse {
        method: "correspondents".to_owned(),
        used: CHATS as u64,
        total: CHATS as u64,
        status,
        description: USED_UP,
    }
}

impl Usage {
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
