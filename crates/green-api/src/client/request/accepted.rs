//! What comes of a request that the server took, whether or not its answer can be read.

use std::fmt;
use std::ops::Deref;

use green_api_client::AccountName;
use serde_json::Value;

use super::properties::properties;
use crate::{Delivery, Error, ErrorKind, MessageId};

/// The server took it. What it said about it is there if it could be read.
///
/// Everything that sends gives this. A send that was accepted is never an error, however odd the answer: an error would invite sending twice.
/// It reads like the answer itself, whose fields are all optional and empty when nothing could be read.
///
/// **Without an id it is a send in doubt.** Something on the way may have answered in the server's place, so nobody knows whether there is a
/// message: [`delivery`](Self::delivery) is then [`Delivery::MaybeSent`], and [`id`](Self::id) an error. Code that keeps books looks at one of
/// them, and [settles](crate::Instance::settle) the doubt; see [never twice](crate::guides::never_twice).
///
/// ```no_run
/// # async fn example(instance: green_api::Instance, chat: green_api::ChatId) -> Result<(), green_api::Error> {
/// let sent = instance.send_message(chat, "Hello").await?;
/// match sent.id() {
///     Ok(id) => println!("sent as {id}"),
///     Err(doubt) => println!("{doubt}"),
/// }
/// # Ok(())
/// # }
/// ```
///
/// A field cannot be moved out of it (E0507); take the answer first:
///
/// ```no_run
/// # async fn example(instance: green_api::Instance, chat: green_api::ChatId) -> Result<(), green_api::Error> {
/// let sent = instance.send_message(chat, "Hello").await?;
/// let id = sent.into_answer().and_then(|answer| answer.id_message);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Accepted<T> {
    answer: T,
    raw: String,
    ids: Vec<MessageId>,
    operation: &'static str,
    account: Option<AccountName>,
    unreadable: Option<std::sync::Arc<Error>>,
}

impl<T: Default> Accepted<T> {
    /// The body may be anything at all.
    pub(crate) fn new(
        operation: &'static str,
        account: Option<AccountName>,
        decoded: Result<T, Error>,
        body: &[u8],
        ids: Vec<MessageId>,
    ) -> Self {
        let raw = match str::from_utf8(body) {
            Ok(body) => body.to_owned(),
            Err(_) => String::from_utf8_lossy(body).into_owned(),
        };
        let (answer, unreadable) = match decoded {
            Ok(answer) => (answer, None),
            Err(error) => (T::default(), Some(error.into())),
        };
        Self {
            answer,
            raw,
            ids: if unreadable.is_none() {
                ids
            } else {
                Vec::new()
            },
            operation,
            account,
            unreadable,
        }
    }
}

impl<T> Accepted<T> {
    /// Returns the id of the message; of several that were forwarded, of the first.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::UnexpectedAnswer`] with [`Delivery::MaybeSent`] if the answer has none: it is then unknown whether there is a message.
    pub fn id(&self) -> Result<&MessageId, Error> {
        self.ids.first().ok_or_else(|| {
            Error::new(
                self.operation,
                ErrorKind::UnexpectedAnswer,
                Delivery::MaybeSent,
            )
            .with_account(self.account)
            .with_status(Some(200))
            .with_message(Some("it does not have the id of the message".to_owned()))
        })
    }

    /// Returns the ids of the messages: one, unless several were forwarded; none if the answer does not have them.
    #[must_use]
    pub fn ids(&self) -> &[MessageId] {
        &self.ids
    }

    /// Returns what became of the request, for code that keeps books: [`Delivery::Accepted`] if there is an id, [`Delivery::MaybeSent`] without.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        if self.ids.is_empty() {
            Delivery::MaybeSent
        } else {
            Delivery::Accepted
        }
    }

    /// Returns the answer, if it could be read.
    #[must_use]
    pub fn answer(&self) -> Option<&T> {
        self.unreadable.is_none().then_some(&self.answer)
    }

    /// Returns the answer, if it could be read.
    #[must_use]
    pub fn into_answer(self) -> Option<T> {
        self.unreadable.is_none().then_some(self.answer)
    }

    /// Returns the body as it came, as far as it came; what is not UTF-8 is replaced.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.raw
    }

    /// Returns why the answer could not be read, if so.
    #[must_use]
    pub fn unreadable(&self) -> Option<&Error> {
        self.unreadable.as_deref()
    }
}

impl<T> Deref for Accepted<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.answer
    }
}

impl<T: fmt::Debug> fmt::Debug for Accepted<T> {
    // The body can hold messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Accepted")
            .field("delivery", &self.delivery())
            .field("answer", &self.answer())
            .field("raw_bytes", &self.raw.len())
            .field("unreadable", &self.unreadable())
            .finish()
    }
}

/// The ids that the answer to a send has: `idMessage`, or `messages` where several are forwarded.
pub(super) fn ids(body: &[u8]) -> Vec<MessageId> {
    if let Some(id) = only_id(body) {
        return vec![id.into()];
    }
    let mut answer = properties(body, &["idMessage", "messages"]);
    let id = |value| match value {
        Value::String(id) if !id.trim().is_empty() => Some(id.into()),
        _ => None,
    };
    let mut ids = Vec::from_iter(answer.take("idMessage").and_then(id));
    if let Some(Value::Array(several)) = answer.take("messages") {
        ids.extend(several.into_iter().filter_map(id));
    }
    ids
}

/// The id of an answer that is nothing else, as nearly all are: they need not be read as JSON once more.
fn only_id(body: &[u8]) -> Option<&str> {
    let id = body.strip_prefix(br#"{"idMessage":""#)?;
    let id = id.strip_suffix(br#""}"#)?;
    let is_plain = !id.is_empty() && id.iter().all(u8::is_ascii_alphanumeric);
    str::from_utf8(id).ok().filter(|_| is_plain)
}

#[cfg(test)]
mod tests {
    #[test]
    fn ids_are_read_in_whatever_form_they_come() {
        for (body, expected) in [
            (r#"{"idMessage":"3EB0"}"#, &["3EB0"][..]),
            (r#" {"idMessage": "3EB0"} "#, &["3EB0"]),
            (r#"{"idMessage":"3EB0 1"}"#, &["3EB0 1"]),
            (r#"{"idMessage":"\u0041"}"#, &["A"]),
            (r#"{"idMessage":"A","idMessage":"B"}"#, &["B"]),
            (
                r#"{"idMessage":"A","messages":["B","C"]}"#,
                &["A", "B", "C"],
            ),
            (r#"{"messages":["A",2,null," "]}"#, &["A"]),
            (r#"{"idMessage":""}"#, &[]),
            (r#"{"idMessage":7}"#, &[]),
            (r#"{"idMessage":"3EB0"#, &[]),
            (r#"{"idMessage":"3EB0"}}"#, &[]),
            ("", &[]),
        ] {
            let ids = super::ids(body.as_bytes());
            let ids: Vec<&str> = ids.iter().map(AsRef::as_ref).collect();
            assert_eq!(ids, expected, "{body}");
        }
    }
}
