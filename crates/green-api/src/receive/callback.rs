//! Asynchronous callbacks, whatever their types.

use std::pin::Pin;
use std::sync::Arc;

use super::BoxError;

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
