//! The runtime that databases and brokers are reached on.

/// Returns what is wrong where no Tokio runtime is: what connects there panics.
pub(crate) fn within() -> Result<(), &'static str> {
    match tokio::runtime::Handle::try_current() {
        Ok(_) => Ok(()),
        Err(_) => Err(
            "it needs a Tokio runtime, and is awaited outside of one; await it in `#[tokio::main]`, `Runtime::block_on` or a task of the runtime",
        ),
    }
}
