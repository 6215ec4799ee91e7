//! `green-api logout` and `reboot`.

use green_api::Instance;

use super::plan::{Plan, done};
use crate::args::{ConfirmedArgs, LimitArgs};

pub(crate) fn logout(args: ConfirmedArgs) -> Plan<Instance> {
    Plan::confirmed(
        done(Instance::logout, "Logged out"),
        args,
        "this unlinks the WhatsApp account; linking it again takes the phone",
    )
}

pub(crate) fn reboot(limit: LimitArgs) -> Plan<Instance> {
    Plan::one(
        done(Instance::reboot, "Restarting; this takes up to 5 minutes"),
        limit,
    )
}
