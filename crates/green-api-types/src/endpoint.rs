//! Operations as types, for code that is generic over them.
//!
//! The types themselves, [`endpoints`](crate::endpoints), are generated from the spec.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::operation::Operation;

/// An operation as a type. Only the types in [`endpoints`](crate::endpoints) implement it.
///
/// ```
/// use green_api_types::endpoint::Endpoint;
/// use green_api_types::endpoints::GetChats;
///
/// fn read<E: Endpoint>(body: &str) -> serde_json::Result<E::Answer> {
///     serde_json::from_str(body)
/// }
///
/// assert_eq!(GetChats::OPERATION.verb, "GET");
/// assert!(read::<GetChats>("[]")?.is_empty());
/// # Ok::<(), serde_json::Error>(())
/// ```
pub trait Endpoint: crate::__private::Sealed {
    /// The operation's entry in the table.
    const OPERATION: &'static Operation;
    /// The type that the body of a good answer decodes into.
    type Answer: Serialize + DeserializeOwned + Send + Sync;
}

/// Declares one type for each operation. Generated code brings `operations` and `types` into scope.
#[doc(hidden)]
#[macro_export]
macro_rules! endpoint_types {
    ($($(#[$meta:meta])* $name:ident = $operation:ident -> $answer:ty,)+) => {
        $(
            $(#[$meta])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name;

            impl $crate::__private::Sealed for $name {}

            impl $crate::endpoint::Endpoint for $name {
                const OPERATION: &'static $crate::operation::Operation = &operations::$operation;
                type Answer = $answer;
            }
        )+
    };
}
