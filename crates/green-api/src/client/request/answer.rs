//! An answer as it came, and as its type reads it.

use green_api_types::operation::Operation as Info;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Operation, answered};
use crate::Error;

/// The answer to a request as it came.
#[derive(Clone)]
pub struct Answer {
    operation: &'static Info,
    raw: Value,
}

impl Answer {
    /// Returns the JSON of the answer, in the server's order.
    #[must_use]
    pub fn raw(&self) -> &Value {
        &self.raw
    }

    /// Reads the answer as a type.
    ///
    /// # Errors
    ///
    /// Returns an [`Error`] if the answer has another shape.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, Error> {
        T::deserialize(&self.raw)
            .map_err(|error| Error::invalid(self.operation.id, error.to_string()))
    }
}

/// A request whose answer can be had as it came.
#[doc(hidden)]
pub trait Answering: Sized {
    const OPERATION: &'static Info;

    fn answer(self) -> impl Future<Output = Result<Answer, Error>>;
}

pub(crate) async fn answer<O: Operation>(request: O) -> Result<Answer, Error> {
    Ok(Answer {
        operation: O::INFO,
        raw: answered(&request).await?.raw,
    })
}
