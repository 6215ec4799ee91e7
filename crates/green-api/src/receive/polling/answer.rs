//! What an answer to a poll holds beside the notification.

use bytes::Bytes;
use green_api_client::ResponseRecord;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

/// The notification as it stands in the answer, without a copy.
pub(super) fn notification_in(answer: &ResponseRecord) -> Bytes {
    #[derive(Deserialize)]
    struct Envelope<'a> {
        #[serde(borrow)]
        body: &'a RawValue,
    }
    // It was decoded before, so it is there.
    serde_json::from_slice(&answer.body).map_or_else(
        |_| Bytes::from_static(b"null"),
        |Envelope { body }| answer.body.slice_ref(body.get().as_bytes()),
    )
}

/// The server has been reported to say "nothing" in many ways.
pub(super) fn is_empty_object(body: &[u8]) -> bool {
    serde_json::from_slice::<Map<String, Value>>(body).is_ok_and(|fields| fields.is_empty())
}
