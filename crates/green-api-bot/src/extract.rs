//! Arguments that a handler can take.
//!
//! | argument | what it is |
//! |---|---|
//! | [`Chat`](crate::Chat) | the chat, to reply in |
//! | [`Text`] | what somebody wrote |
//! | [`Sender`] | who wrote it |
//! | [`Message`] | the whole message |
//! | [`Args`] | the arguments of a command, read into a type |
//! | [`Captures`] | the groups of a regular expression |
//! | [`Button`], [`Vote`], [`Emoji`], [`File`], [`Place`], [`Contacts`] | what somebody pressed, chose, felt, sent |
//! | [`Dialogue`](crate::Dialogue), [`Step`](crate::Step) | where the person is in a dialogue |
//! | [`Data`], [`Extension`] | what the program and its middleware share |
//! | [`Instance`], [`Received`], [`Context`] | everything |
//! | `Option<…>` of any of these | `None` where it is missing |
//!
//! A type of your own is one by implementing [`Extract`].

mod arguments;
mod message;
mod values;

use green_api::{BoxError, Instance, Received};

pub use self::arguments::Args;
pub use self::message::{
    Button, Captures, Contacts, Emoji, File, Message, Place, Sender, Text, Vote,
};
pub use self::values::{Data, Extension};
use crate::Context;

/// Takes an argument of a handler out of the context.
///
/// ```
/// use green_api_bot::Context;
/// use green_api_bot::extract::{Extract, Rejection};
///
/// /// How long a text is.
/// struct Length(usize);
///
/// impl Extract for Length {
///     fn extract(context: &Context) -> Result<Self, Rejection> {
///         let text = context.update().text().ok_or(Rejection::Missing("a text"))?;
///         Ok(Self(text.chars().count()))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "a handler cannot take `{Self}`",
    label = "not an extractor",
    note = "`green_api_bot::extract` lists what it can take; what your program shares is `Data<{Self}>`, and what middleware sets `Extension<{Self}>`"
)]
pub trait Extract: Sized + Send {
    /// Takes it out of the context.
    ///
    /// # Errors
    ///
    /// A [`Rejection`] if it is not there.
    fn extract(context: &Context) -> Result<Self, Rejection>;
}

/// An error returned when an argument cannot be extracted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Rejection {
    /// The notification has no such thing: the route lets something through that its handler has no use for. An `Option` of the argument is
    /// `None` then.
    #[error("it has no {0}")]
    Missing(&'static str),
    /// The arguments of a command cannot be read. The route's [usage](crate::filter::Filter::usage) is answered or, without one, the fallback runs.
    #[error("the arguments cannot be read: {0}")]
    Arguments(String),
    /// Anything else that is wrong.
    #[error("{0}")]
    Failed(#[source] BoxError),
}

impl<T: Extract> Extract for Option<T> {
    fn extract(context: &Context) -> Result<Self, Rejection> {
        match T::extract(context) {
            Err(Rejection::Missing(_)) => Ok(None),
            extracted => extracted.map(Some),
        }
    }
}

impl Extract for Context {
    fn extract(context: &Context) -> Result<Self, Rejection> {
        Ok(context.clone())
    }
}

impl Extract for Instance {
    fn extract(context: &Context) -> Result<Self, Rejection> {
        Ok(context.instance().clone())
    }
}

impl Extract for Received {
    fn extract(context: &Context) -> Result<Self, Rejection> {
        Ok(context.update().received().clone())
    }
}
