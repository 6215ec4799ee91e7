//! The answers that faults send in place of those of operations.

use super::bundle::Operation;
use super::operations::account::NO_CODE;
use super::quota;
use super::reply::Reply;
use crate::world::faults::Outcome;

/// Returns the answer that replaces the operation's; `None` if the operation's own is sent or nothing is answered.
pub(super) fn instead(outcome: &Outcome, operation: &Operation) -> Option<Reply> {
    Some(match outcome {
        Outcome::Usual
        | Outcome::Truncate
        | Outcome::DropConnection
        | Outcome::Reset
        | Outcome::NoAnswer
        | Outcome::Duplicate
        | Outcome::OutOfOrder
        | Outcome::Lose
        | Outcome::MarkerFirst => return None,
        Outcome::Status {
            status: quota::STATUS,
        } => quota::exceeded(operation),
        Outcome::Status { status } => Reply::new(*status, None, ""),
        Outcome::Html { status } => Reply::html(*status),
        Outcome::Body { status, text } => Reply::json_text(text).with_status(*status),
        Outcome::StatusFalse => Reply::json_text(NO_CODE),
        Outcome::Garbage => Reply::new(
            200,
            Some("application/json"),
            vec![0xff, 0x00, 0x7b, 0xfe, 0x22, 0x80],
        ),
        Outcome::Huge { bytes } => {
            Reply::json_text(format!("\"{}\"", "x".repeat(bytes.saturating_sub(2))))
        }
    })
}
