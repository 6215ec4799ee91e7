#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]
#![deny(missing_docs)]

mod examples;
mod then;
mod when;

use green_api_types::endpoint::Endpoint;
use green_api_types::operation::Operation;
use httpmock::{Mock, MockServer};
use serde_json::Value;

/// Every operation as a type.
pub use green_api_types::endpoints;
pub use then::Then;
pub use when::When;

/// Mocks of GREEN-API's operations on a [`MockServer`].
///
/// A mock answers requests with the verb and the path of its operation, whatever the credentials and arguments are; `when` narrows that
/// down, and `then` says what is answered.
pub trait MockServerExt {
    /// Mocks an operation.
    ///
    /// # Panics
    ///
    /// As the methods of [`When`] and [`Then`] that are called.
    fn mock_operation<E: Endpoint>(&self, config: impl FnOnce(When, Then<E::Answer>)) -> Mock<'_>;

    /// Mocks an operation, for tests that run in an asynchronous runtime.
    ///
    /// # Panics
    ///
    /// As the methods of [`When`] and [`Then`] that are called.
    fn mock_operation_async<E: Endpoint>(
        &self,
        config: impl FnOnce(When, Then<E::Answer>),
    ) -> impl Future<Output = Mock<'_>>;

    /// Mocks the operation of that documented name, for tests that go through many.
    ///
    /// # Panics
    ///
    /// No operation has that name. As the methods of [`When`] and [`Then`] that are called.
    fn mock_by_name(&self, name: &str, config: impl FnOnce(When, Then<Value>)) -> Mock<'_>;

    /// Mocks the operation of that documented name, for tests that run in an asynchronous runtime.
    ///
    /// # Panics
    ///
    /// No operation has that name. As the methods of [`When`] and [`Then`] that are called.
    fn mock_by_name_async(
        &self,
        name: &str,
        config: impl FnOnce(When, Then<Value>),
    ) -> impl Future<Output = Mock<'_>>;
}

impl MockServerExt for MockServer {
    fn mock_operation<E: Endpoint>(&self, config: impl FnOnce(When, Then<E::Answer>)) -> Mock<'_> {
        self.mock(typed(E::OPERATION, config))
    }

    fn mock_operation_async<E: Endpoint>(
        &self,
        config: impl FnOnce(When, Then<E::Answer>),
    ) -> impl Future<Output = Mock<'_>> {
        self.mock_async(typed(E::OPERATION, config))
    }

    fn mock_by_name(&self, name: &str, config: impl FnOnce(When, Then<Value>)) -> Mock<'_> {
        self.mock(typed(named(name), config))
    }

    fn mock_by_name_async(
        &self,
        name: &str,
        config: impl FnOnce(When, Then<Value>),
    ) -> impl Future<Output = Mock<'_>> {
        self.mock_async(typed(named(name), config))
    }
}

fn typed<A>(
    operation: &'static Operation,
    config: impl FnOnce(When, Then<A>),
) -> impl FnOnce(httpmock::When, httpmock::Then) {
    move |when, then| config(When::new(operation, when), Then::new(operation, then))
}

fn named(name: &str) -> &'static Operation {
    let names = || {
        green_api_types::operations::ALL
            .iter()
            .map(|operation| operation.id)
    };
    Operation::find(name).unwrap_or_else(|| unknown("GREEN-API", "operation", name, names()))
}

/// Says which names there are instead.
fn unknown<'a>(
    owner: &str,
    what: &str,
    name: impl ToString,
    known: impl Iterator<Item = &'a str>,
) -> ! {
    let known: Vec<&str> = known.collect();
    let known = if known.is_empty() {
        "it has none".to_owned()
    } else {
        format!("it has {}", known.join(", "))
    };
    panic!("{owner} has no {what} `{}`: {known}", name.to_string())
}
