//! Answers, read as the server's own.

use std::collections::HashMap;

use green_api_client::ResponseRecord;
use green_api_types::operation::Answers;
use serde::de::IgnoredAny;

use crate::client::request::classify::{classify, is_refusal, refusal};
use crate::client::request::{Answered, TransportError};
use crate::{Answer, Call, Error};

/// Returns what awaiting a request of the operation `O` returns when the server answers it with 200 and this body.
///
/// ```
/// use green_api::{ErrorKind, endpoints, testing};
///
/// let sent = testing::answered::<endpoints::SendMessage>(r#"{"idMessage": "BAE5F4886F6F2D05"}"#)?;
/// assert_eq!(sent.id_message.as_ref().map(|id| id.as_str()), Some("BAE5F4886F6F2D05"));
/// // Sent, and the answer cannot be read.
/// let sent = testing::answered::<endpoints::SendMessage>("<html>It works</html>")?;
/// assert!(sent.answer().is_none());
/// // Only what sends is accepted whatever the answer.
/// let error = testing::answered::<endpoints::GetSettings>("<html>It works</html>").unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::UnexpectedAnswer);
/// # Ok::<(), green_api::Error>(())
/// ```
///
/// # Errors
///
/// Returns the error that the operation's own method returns for this answer: a refusal in it, or a body that cannot be read.
pub fn answered<O: Call>(body: impl AsRef<[u8]>) -> Result<O::Output, Error> {
    O::output(read::<O>(body.as_ref())?)
}

/// Returns the [`Answer`] that a call by name returns when the server answers the operation `O` with 200 and this body.
///
/// # Errors
///
/// Returns the error that the call returns for this answer.
pub fn answer<O: Call>(body: impl AsRef<[u8]>) -> Result<Answer, Error> {
    read::<O>(body.as_ref())?.whole()
}

fn read<O: Call>(body: &[u8]) -> Result<Answered<O>, Error> {
    let operation = O::OPERATION;
    let body = body.to_vec();
    let response = ResponseRecord {
        status: Some(200),
        body: body.into(),
        ..ResponseRecord::default()
    };
    if is_refusal(operation, &response) {
        return Err(refusal(operation, &response, &[]));
    }
    // An empty 200 means the same as `null`.
    let json = match response.body.trim_ascii() {
        b"" => b"null",
        json => json,
    };
    let decoded = match operation.answers {
        Answers::Nothing => serde_json::from_slice::<Option<HashMap<String, IgnoredAny>>>(json)
            .and_then(|_| serde_json::from_slice(b"null")),
        Answers::Object | Answers::Json => serde_json::from_slice(json),
    };
    let decoded = decoded.map_err(|error| {
        let error = TransportError::InvalidResponsePayload(response.body.clone(), error);
        classify(operation, error, &response, &[])
    });
    match decoded {
        Err(error) if !operation.sends() => Err(error),
        decoded => Ok(Answered::new(decoded, response)),
    }
}
