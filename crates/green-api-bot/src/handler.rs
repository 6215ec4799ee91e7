//! What handles a notification: async functions whose arguments are extractors.

use std::fmt;
use std::future::Future;

use futures_util::future::BoxFuture;
use green_api::{BoxError, HandlerError};

use crate::Context;
use crate::extract::{Extract, Rejection};

/// An async function whose arguments are [extractors](crate::extract) and which returns `()` or a `Result`; up to ten arguments.
///
/// What it puts into the outbox and into its dialogues is written in one commit, after it has returned `Ok`. After an error nothing of it
/// is, and it is called again; [`HandlerError`] says otherwise.
///
/// ```
/// use green_api_bot::{Chat, HandlerResult, extract::Text};
///
/// async fn echo(chat: Chat, Text(text): Text) -> HandlerResult {
///     chat.reply(text)
/// }
/// ```
///
/// An argument that is not an extractor does not compile, and the compiler says what a handler can take:
///
/// ```compile_fail,E0277
/// use green_api_bot::{Router, filter::text};
///
/// async fn echo(text: String) {}
///
/// let router = Router::new().route(text(), echo);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no handler of a bot",
    label = "not a handler",
    note = "a handler is an async function of up to ten arguments, each of a type that implements `Extract`, such as `Chat`, `Text` or `Dialogue<S>`",
    note = "it returns `()` or `Result<(), E>`, where `E` turns into a `BoxError`, and its future is `Send`",
    note = "an `async move` closure lends what it has captured; share data with `Router::data`, and take it as `Data<T>`"
)]
pub trait Handler<Arguments>: Send + Sync + 'static {
    /// Handles what the context is about.
    fn handle(&self, context: Context) -> impl Future<Output = HandlerResult> + Send;
}

/// The result of a handler: `Ok`, or any error.
pub type HandlerResult = Result<(), BoxError>;

/// A type that a handler can return: nothing, or a `Result`.
#[diagnostic::on_unimplemented(
    message = "a handler cannot return `{Self}`",
    note = "it returns `()`, or `Result<(), E>` where `E` turns into a `BoxError`"
)]
pub trait Outcome {
    /// Turns it into a result.
    fn into_result(self) -> HandlerResult;
}

impl Outcome for () {
    fn into_result(self) -> HandlerResult {
        Ok(())
    }
}

impl<E: Into<BoxError>> Outcome for Result<(), E> {
    fn into_result(self) -> HandlerResult {
        self.map_err(Into::into)
    }
}

/// A handler without its type.
pub(crate) trait AnyHandler: Send + Sync {
    fn call(&self, context: Context) -> BoxFuture<'_, HandlerResult>;
}

pub(crate) struct Erased<H, Arguments> {
    handler: H,
    arguments: std::marker::PhantomData<fn(Arguments)>,
}

impl<H, Arguments> Erased<H, Arguments> {
    pub(crate) fn new(handler: H) -> Self {
        Self {
            handler,
            arguments: std::marker::PhantomData,
        }
    }
}

impl<H: Handler<Arguments>, Arguments: 'static> AnyHandler for Erased<H, Arguments> {
    fn call(&self, context: Context) -> BoxFuture<'_, HandlerResult> {
        Box::pin(self.handler.handle(context))
    }
}

macro_rules! handlers {
    ($(($($argument:ident),*))+) => {
        $(impl<F, Answer, $($argument,)*> Handler<($($argument,)*)> for F
        where
            F: Fn($($argument),*) -> Answer + Send + Sync + 'static,
            Answer: Future<Output: Outcome> + Send,
            $($argument: Extract,)*
        {
            async fn handle(&self, context: Context) -> HandlerResult {
                $(#[expect(non_snake_case, reason = "a type and a value of one name")]
                let $argument = extracted::<$argument>(&context)?;)*
                let _ = context;
                self($($argument),*).await.into_result()
            }
        })+
    };
}

handlers! {
    () (A) (A, B) (A, B, C) (A, B, C, D) (A, B, C, D, E) (A, B, C, D, E, G) (A, B, C, D, E, G, H) (A, B, C, D, E, G, H, I) (A, B, C, D, E, G, H, I, J)
    (A, B, C, D, E, G, H, I, J, K)
}

fn extracted<T: Extract>(context: &Context) -> Result<T, BoxError> {
    T::extract(context).map_err(|rejection| match rejection {
        Rejection::Arguments(_) => rejection.into(),
        // It is no better the next time.
        rejection => HandlerError::hopeless(Unfit {
            route: context.route().to_owned(),
            argument: short_name(std::any::type_name::<T>()),
            rejection,
            what: context.update().what(),
        })
        .into(),
    })
}

/// An argument that a handler cannot have of what its route let through.
#[derive(Debug)]
struct Unfit {
    route: String,
    argument: String,
    rejection: Rejection,
    what: String,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            route,
            argument,
            rejection,
            what,
        } = self;
        write!(
            f,
            "the handler of the route `{route}` takes `{argument}`, which cannot be had from {what}: {rejection}"
        )
    }
}

impl std::error::Error for Unfit {}

/// Returns the name of a type without its modules.
fn short_name(name: &str) -> String {
    let mut short = String::new();
    let mut word = String::new();
    for letter in name.chars() {
        match letter {
            ':' => word.clear(),
            letter if letter.is_alphanumeric() || letter == '_' => word.push(letter),
            other => {
                short.push_str(&word);
                word.clear();
                short.push(other);
            }
        }
    }
    short + &word
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_types_are_short() {
        assert_eq!(short_name("green_api_bot::extract::Text"), "Text");
        assert_eq!(short_name("a::B<c::D<(u8, e::F)>>"), "B<D<(u8, F)>>");
    }
}
