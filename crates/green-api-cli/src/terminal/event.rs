//! The lines of `--json`.

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
    Profile(ProfileEvent<'a>),
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
    Operation(OperationEvent<'a>),
    Sandbox {
        url: String,
        id_instance: u64,
        api_token_instance: String,
        partner_token: String,
    },
    Error(&'a Failure),
}

/// The body of a `profile` line.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ProfileEvent<'a> {
    pub name: &'a str,
    pub api_url: &'a str,
    /// A partner's account has none.
    pub id_instance: Option<&'a str>,
}

/// The body of an `operation` line.
#[derive(Serialize)]
pub(crate) struct OperationEvent<'a> {
    pub name: &'a str,
    pub section: &'a str,
    pub verb: &'a str,
    pub summary: &'a str,
    pub documentation: &'a str,
    pub arguments: Vec<ArgumentEvent<'a>>,
}

#[derive(Serialize)]
pub(crate) struct ArgumentEvent<'a> {
    pub name: &'a str,
    pub required: bool,
}
