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
/// It also counts within other errors, such as an [`io::Error`](std::io::Error) or one of anyhow, as long as they pass on its
/// [`source`](StdError::source). In a dead letter stands the error that was given here or, where that is within another one, the outermost.
pub struct HandlerError(Said);

/// The source of a [`HandlerError`]. Wrappers such as `io::Error` leave out the error in them and continue with its source, so the verdict stands
/// here.
struct Said {
    verdict: Verdict,
    error: BoxError,
}

/// The treatment that a handler's error asks for: retry, retry later, or dead-letter. For a program that keeps notifications and hands them on itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Verdict {
    /// It is tried again for a limited time: any error but a [`HandlerError`].
    #[default]
    Failed,
    /// It is tried again, and the time until then does not count: [`HandlerError::later`].
    Later,
    /// It is not tried again: [`HandlerError::hopeless`].
    Hopeless,
}

impl HandlerError {
    /// Creates an error that has nothing to do with this notification, such as a database that is down. The notification is tried again
    /// with increasing delays, and that time does not count against [`retry_for`](crate::ReceiveOptions::retry_for).
    pub fn later(error: impl Into<BoxError>) -> Self {
        Self(Said {
            verdict: Verdict::Later,
            error: error.into(),
        })
    }

    /// Creates an error that trying again does not mend, or must not: the notification goes to the dead letters at once.
    pub fn hopeless(error: impl Into<BoxError>) -> Self {
        Self(Said {
            verdict: Verdict::Hopeless,
            error: error.into(),
        })
    }
}

impl Verdict {
    /// Finds out what an error says, and returns it without the [`HandlerError`] around it.
    #[must_use]
    pub fn of(error: BoxError) -> (Self, BoxError) {
        match error.downcast::<HandlerError>() {
            Ok(own) => (own.0.verdict, own.0.error),
            Err(error) => {
                let mut cause = error.source();
                while let Some(inner) = cause {
                    if let Some(said) = inner.downcast_ref::<Said>() {
                        return (said.verdict, error);
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
        self.0.error.fmt(f)
    }
}

impl fmt::Debug for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerError")
            .field("verdict", &self.0.verdict)
            .field("error", &self.0.error)
            .finish()
    }
}

impl StdError for HandlerError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&self.0)
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.verdict {
            Verdict::Failed => "the handler failed",
            Verdict::Later => "to be tried again later",
            Verdict::Hopeless => "not to be tried again",
        })
    }
}

impl fmt::Debug for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.verdict.fmt(f)
    }
}

impl StdError for Said {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        Some(&*self.error)
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
        let other = std::io::Error::other::<BoxError>;
        let wrapped: [BoxError; 7] = [
            Wrapped(own()).into(),
            Forwarding(own().into()).into(),
            Forwarding(Wrapped(own()).into()).into(),
            other(own().into()).into(),
            other(Wrapped(own()).into()).into(),
            other(other(Forwarding(own().into()).into()).into()).into(),
            Box::new(std::sync::Arc::new(own())),
        ];
        for error in wrapped {
            let text = error.to_string();
            let (verdict, outermost) = Verdict::of(error);
            assert_eq!((verdict, outermost.to_string()), (Verdict::Hopeless, text));
            assert!(chain(&*outermost).any(|error| error.is::<std::io::Error>()));
        }
        // Of several the outermost counts.
        let both = other(HandlerError::later(own()).into());
        assert_eq!(Verdict::of(both.into()).0, Verdict::Later);
        assert_eq!(
            Verdict::of(HandlerError::later("no").into()).0,
            Verdict::Later
        );
        assert_eq!(Verdict::of("no".into()).0, Verdict::Failed);
    }

    fn chain<'a>(
        error: &'a (dyn StdError + 'static),
    ) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
        std::iter::successors(Some(error), |error| (**error).source())
    }

    /// An error in its place, as the one of anyhow is.
    #[derive(Debug)]
    struct Forwarding(BoxError);

    impl fmt::Display for Forwarding {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.fmt(f)
        }
    }

    impl StdError for Forwarding {
        fn source(&self) -> Option<&(dyn StdError + 'static)> {
            self.0.source()
        }
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
