//! Callbacks, whatever their types, and what becomes of their panics.

use std::any::Any;
use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::Poll;

use super::BoxError;
use crate::InstanceId;

type Completion = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;
/// A handler of notifications or of dead letters.
pub(super) type Callback<T> = Arc<dyn Fn(T) -> Completion + Send + Sync>;

pub(super) fn callback<T, H, F, E>(handler: H) -> Callback<T>
where
    H: Fn(T) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), E>> + Send + 'static,
    E: Into<BoxError>,
{
    Arc::new(move |item| {
        let completion = handler(item);
        Box::pin(async move { completion.await.map_err(Into::into) })
    })
}

/// Calls a callback to its end. A panic of it, before there is a future or within, is a failure.
pub(super) async fn call<F, E>(what: &str, begin: impl FnOnce() -> F) -> Result<(), BoxError>
where
    F: Future<Output = Result<(), E>>,
    E: Into<BoxError>,
{
    // What it panicked with could repeat the message.
    let panicked = |_: Box<dyn Any + Send>| BoxError::from(format!("the {what} panicked"));
    let completion = catch_unwind(AssertUnwindSafe(begin)).map_err(panicked)?;
    let mut completion = pin!(completion);
    poll_fn(|context| {
        let step = AssertUnwindSafe(|| completion.as_mut().poll(context));
        match catch_unwind(step) {
            Ok(step) => step.map_err(Into::into),
            Err(panic) => Poll::Ready(Err(panicked(panic))),
        }
    })
    .await
}

/// Calls a callback that only looks on: its panic is logged, and changes nothing.
pub(super) fn tell(what: &str, instance: Option<InstanceId>, callback: impl FnOnce()) {
    // What it panicked with could repeat the message.
    if catch_unwind(AssertUnwindSafe(callback)).is_err() {
        let instance = instance.map(InstanceId::get);
        tracing::error!(instance, "the {what} callback panicked");
    }
}
