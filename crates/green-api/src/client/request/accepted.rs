//! What comes of a request that the server took, whether or not its answer can be read.

use std::fmt;
use std::ops::Deref;

use crate::Error;

/// The server took it. What it said about it is there if it could be read.
///
/// Everything that sends gives this. A send that was accepted is never an error, however odd the answer: an error would invite sending twice.
/// It reads like the answer itself, whose fields are all optional and empty when nothing could be read.
///
/// ```no_run
/// # async fn example(instance: green_api::Instance, chat: green_api::ChatId) -> Result<(), green_api::Error> {
/// let sent = instance.send_message(chat, "Hello").await?;
/// match &sent.id_message {
///     Some(id) => println!("sent as {id}"),
///     None => println!("sent, and the server said {:?}", sent.raw()),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Accepted<T> {
    answer: T,
    raw: String,
    unreadable: Option<std::sync::Arc<Error>>,
}

impl<T: Default> Accepted<T> {
    /// The body may be anything at all.
    pub(crate) fn new(decoded: Result<T, Error>, body: &[u8]) -> Self {
        let raw = String::from_utf8_lossy(body).into_owned();
        match decoded {
            Ok(answer) => Self {
                answer,
                raw,
                unreadable: None,
            },
            Err(error) => Self {
                answer: T::default(),
                raw,
                unreadable: Some(error.into()),
            },
        }
    }
}

impl<T> Accepted<T> {
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
            .field("answer", &self.answer())
            .field("raw_bytes", &self.raw.len())
            .field("unreadable", &self.unreadable())
            .finish()
    }
}
