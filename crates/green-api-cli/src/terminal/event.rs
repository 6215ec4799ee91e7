//! The lines that `--json` prints.

use serde::Serialize;
use serde_json::Value;

use super::json::Part;
use crate::failure::Failure;

/// A line of `--json`. The crate's README documents the shapes.
#[derive(Serialize)]
#[serde(
    tag = "event",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub(crate) enum Event<'a> {
    State {
        state: Option<&'a str>,
    },
    LoggingOut,
    RequestingCode {
        phone_number: &'a str,
    },
    Code {
        code: &'a str,
        display: String,
        expires_in_seconds: u64,
        attempt: u32,
    },
    Waiting {
        state: Option<&'a str>,
        expires_in_seconds: u64,
    },
    Linked {
        wid: &'a str,
        state: &'a str,
    },
    Qr {
        image: String,
        attempt: u32,
    },
    Answer {
        operation: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        subject: Option<&'a str>,
        answer: &'a Value,
    },
    Profile {
        name: &'a str,
        api_url: &'a str,
        id_instance: Option<&'a str>,
    },
    ProfileRemoved {
        name: &'a str,
    },
    Text {
        name: &'a str,
        text: &'a str,
    },
    Written {
        folder: &'a str,
    },
    Listening {
        url: &'a str,
    },
    Metrics {
        url: &'a str,
    },
    Notification {
        #[serde(skip_serializing_if = "Option::is_none")]
        receipt_id: Option<i64>,
        attempt: u32,
        notification: Part<'a>,
    },
    Trouble {
        message: &'a str,
        wait_seconds: f64,
    },
    Recovered {
        message: &'a str,
    },
    Operation {
        name: &'a str,
        section: &'a str,
        verb: &'a str,
        summary: &'a str,
        documentation: &'a str,
        arguments: Vec<ArgumentEvent<'a>>,
    },
    Sandbox {
        url: String,
        id_instance: i64,
        api_token_instance: String,
        partner_token: String,
    },
    Entry {
        key: &'a str,
        id_instance: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        chat_id: Option<&'a str>,
        operation: &'a str,
        state: &'a str,
        in_doubt: bool,
        attempts: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        id_message: Option<&'a str>,
        #[serde(skip_serializing_if = "Option::is_none")]
        problem: Option<&'a str>,
        created_at: i64,
        changed_at: i64,
    },
    EntryChanged {
        key: &'a str,
        state: &'a str,
    },
    OutboxStats {
        queued: u64,
        sending: u64,
        doubtful: u64,
        parked: u64,
        held_instances: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        oldest_seconds: Option<u64>,
    },
    Parked {
        key: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        id_instance: Option<i64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        chat_id: Option<&'a str>,
        kind: &'a str,
        attempts: u32,
        #[serde(skip_serializing_if = "Option::is_none")]
        problem: Option<&'a str>,
        received_at: i64,
        #[serde(skip_serializing_if = "Option::is_none")]
        notification: Option<Part<'a>>,
    },
    Replayed {
        count: u64,
    },
    InboxStats {
        waiting: u64,
        chats: u64,
        parked: u64,
        done: u64,
        #[serde(skip_serializing_if = "Option::is_none")]
        oldest_seconds: Option<u64>,
    },
    Error(&'a Failure),
}

#[derive(Serialize)]
pub(crate) struct ArgumentEvent<'a> {
    pub name: &'a str,
    pub required: bool,
}
