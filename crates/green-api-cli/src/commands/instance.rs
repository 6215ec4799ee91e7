//! `green-api state`, `logout` and `reboot`.

use green_api::Instance;
use green_api::operations::GET_STATE_INSTANCE;

use super::Task;
use super::plan::{Plan, done, within};
use crate::account::Account;
use crate::args::{ConfirmedArgs, LimitArgs};
use crate::failure::Failure;
use crate::terminal::{Event, Terminal};

pub(crate) fn state(
    limit: LimitArgs,
    profile: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Task, Failure> {
    let request = Instance::find(profile, terminal)?.get_state_instance();
    Ok(Task::new(async move |terminal: &mut Terminal| {
        let answer = within(limit.timeout, GET_STATE_INSTANCE.id, request.into_future()).await?;
        let state = answer.as_ref().map(|answer| answer.state_instance.as_str());
        terminal.event(&Event::State { state })?;
        terminal.result(state.unwrap_or("null"))?;
        if state.is_none() {
            terminal.note("The instance is still being created; this takes up to 5 minutes.");
        }
        Ok(())
    }))
}

pub(crate) fn logout(args: ConfirmedArgs) -> Plan<Instance> {
    Plan::confirmed(
        done(Instance::logout, "Logged out"),
        args,
        "this unlinks the WhatsApp account; linking it again requires the phone",
    )
}

pub(crate) fn reboot(limit: LimitArgs) -> Plan<Instance> {
    let step = done(Instance::reboot, "Restarting; this takes up to 5 minutes");
    Plan::one(step, limit)
}
