//! `green-api logout` and `reboot`.

use green_api::Instance;
use serde_json::Value;

use super::plan::{Plan, Step};
use crate::args::{ConfirmedArgs, LimitArgs};

pub(crate) fn logout(args: ConfirmedArgs) -> Plan<Instance> {
    Plan::confirmed(
        Step::new("logout", Value::Null, |_| Some("Logged out".to_owned())),
        args,
        "this unlinks the WhatsApp account; linking it again takes the phone",
    )
}

pub(crate) fn reboot(limit: LimitArgs) -> Plan<Instance> {
    Plan::one(
        Step::new("reboot", Value::Null, |_| {
            Some("Restarting; this takes up to 5 minutes".to_owned())
        }),
        limit,
    )
}
