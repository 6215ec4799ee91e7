//! What a handler can say beside that it failed.

use std::error::Error as StdError;
use std::fmt;

use super::BoxError;

/// An error of a handler that also says what is to become of the notification. Any other error means that it failed, and is tried again for
/// as long as [`ReceiveOptions::retry_for`](crate::ReceiveOptions::retry_for) says.
///
/// A handler that returns `Result<(), BoxError>` can use `?` on any error, and on this one:
///
/// ```
/// use green_api::{BoxError, HandlerError, Received};
///
/// async fn handle(received: Received) -> Result<(), BoxError> {
///     // The database restarts: however long that takes, the notification comes again.
///     store(received.raw().as_str()).await.map_err(HandlerError::later)?;
///     // Trying again changes nothing: straight to the dead letters.
///     let chat = received.notification.chat_id().ok_or("it has no chat").map_err(HandlerError::hopeless)?;
///     // It failed, and is tried again for an hour.
///     std::fs::write("last_chat", chat.as_str())?;
///     Ok(())
/// }
/// # async fn store(_: &str) -> std::io::Result<()> { Ok(()) }
/// ```
///
/// It also counts within other errors, as long as it is in the chain of their [`source`](StdError::source). In a dead letter stands the error that
/// was given here.
pub struct HandlerError {
    verdict: Verdict,
    error: BoxError,
}

/// What is to become of a notification that was not handled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is tried again for a limited time.
    #[default]
    Failed,
    /// It is tried again, and the time until then does not count.
    Later,
    /// It is not tried again.
    Hopeless,
}

impl HandlerError {
    /// Creates an error that has nothing to do with this notification, such as a database that is down. The notification is tried again
    /// with increasing delays, and that time does not count against [`retry_for`](crate::ReceiveOptions::retry_for).
    pub fn later(error: impl Into<BoxError>) -> Self {
        Self {
            verdict: Verdict::Later,
            error: error.into(),
        }
    }

    /// Creates an error that trying again does not mend, or must not: the notification goes to the dead letters at once.
    pub fn hopeless(error: impl Into<BoxError>) -> Self {
        Self {
            verdict: Verdict::Hopeless,
            error: error.into(),
        }
    }
}

impl Verdict {
    /// Finds out what an error says, and what it is.
    pub(super) fn of(error: BoxError) -> (Self, BoxError) {
        match error.downcast::<HandlerError>() {
            Ok(own) => (own.verdict, own.error),
            Err(error) => {
                let mut cause = error.source();
                while let Some(inner) = cause {
                    if let Some(own) = inner.downcast_ref::<HandlerError>() {
                        return (own.verdict, error);
                    }
                    cause = inner.source();
                }
                (Self::Failed, error)
            }
        }
    }
}

impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl fmt::Debug for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerError")
            .field("verdict", &self.verdict)
            .field("error", &self.error)
            .finish()
    }
}

impl StdError for HandlerError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.error.source()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_counts_on_top_and_within() {
        let own = || HandlerError::hopeless(std::io::Error::other("no"));
        let (verdict, error) = Verdict::of(own().into());
        assert_eq!(
            (verdict, error.to_string()),
            (Verdict::Hopeless, "no".to_owned())
        );
        assert!(error.is::<std::io::Error>());
        let wrapped = std::io::Error::other(Wrapped(own()));
        assert_eq!(Verdict::of(wrapped.into()).0, Verdict::Hopeless);
        assert_eq!(
            Verdict::of(HandlerError::later("no").into()).0,
            Verdict::Later
        );
        assert_eq!(Verdict::of("no".into()).0, Verdict::Failed);
    }

    #[derive(Debug)]
    struct Wrapped(HandlerError);

    impl fmt::Display for Wrapped {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("wrapped")
        }
    }

    impl StdError for Wrapped {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            Some(&self.0)
        }
    }
}
