//! `green-api state`.

use std::io::Write;
use std::time::Duration;

use green_api::Instance;

use crate::failure::{Failure, Stop};
use crate::output::{Event, Output};

pub(crate) async fn run<O: Write, E: Write>(instance: &Instance, limit: Option<Duration>, output: &mut Output<O, E>) -> Result<(), Stop> {
    output.hide(instance.credentials().token());
    let answer = within(limit, "getStateInstance", async { instance.get_state_instance().await }).await?;
    let state = answer.as_ref().map(|answer| answer.state_instance.as_str());
    output.event(&Event::State { state })?;
    output.result(state.unwrap_or("null"))?;
    if state.is_none() {
        output.note("The instance is still being created; this takes up to 5 minutes.");
    }
    Ok(())
}

/// A request, given up when the time is over.
pub(crate) async fn within<T>(
    limit: Option<Duration>,
    operation: &str,
    request: impl Future<Output = Result<T, green_api::Error>>,
) -> Result<T, Failure> {
    match limit {
        None => request.await.map_err(Failure::from),
        Some(limit) => match tokio::time::timeout(limit, request).await {
            Ok(result) => result.map_err(Failure::from),
            Err(_) => Err(Failure::timed_out(operation, limit)),
        },
    }
}
