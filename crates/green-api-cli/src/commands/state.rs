//! `green-api state`.

use green_api::Instance;
use green_api::operations::GET_STATE_INSTANCE;

use super::Task;
use super::plan::within;
use crate::account::Account;
use crate::args::LimitArgs;
use crate::failure::{Failure, Stop};
use crate::terminal::{Event, Terminal};

pub(crate) fn prepare(
    limit: LimitArgs,
    profile: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Task, Failure> {
    let instance = Instance::find(profile, terminal)?;
    Ok(Task::new(async move |terminal: &mut Terminal| {
        run(&instance, limit, terminal).await
    }))
}

async fn run(instance: &Instance, limit: LimitArgs, terminal: &mut Terminal) -> Result<(), Stop> {
    let request = instance.get_state_instance().into_future();
    let answer = within(limit.timeout, GET_STATE_INSTANCE.id, request).await?;
    let state = answer.as_ref().map(|answer| answer.state_instance.as_str());
    terminal.event(&Event::State { state })?;
    terminal.result(state.unwrap_or("null"))?;
    if state.is_none() {
        terminal.note("The instance is still being created; this takes up to 5 minutes.");
    }
    Ok(())
}
