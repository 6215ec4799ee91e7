//! `green-api state`.

use std::io::Write;
use std::time::Duration;

use green_api::Instance;

use crate::failure::Stop;
use crate::output::{Event, Output};
use crate::plan::within;

pub(crate) async fn run<O: Write, E: Write>(
    instance: &Instance,
    limit: Option<Duration>,
    output: &mut Output<O, E>,
) -> Result<(), Stop> {
    output.hide(instance.credentials().token());
    let answer = within(limit, "getStateInstance", async {
        instance.get_state_instance().await
    })
    .await?;
    let state = answer.as_ref().map(|answer| answer.state_instance.as_str());
    output.event(&Event::State { state })?;
    output.result(state.unwrap_or("null"))?;
    if state.is_none() {
        output.note("The instance is still being created; this takes up to 5 minutes.");
    }
    Ok(())
}
