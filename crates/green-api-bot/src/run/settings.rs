//! The settings that let notifications through.

use green_api::types::YesNo;
use green_api::{Error, Instance};

/// What is done about settings that keep a bot from hearing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settings {
    SwitchOn,
    Leave,
}

/// What was found.
pub(super) enum Found {
    On,
    Off(Vec<&'static str>),
    SwitchedOn(Vec<&'static str>),
}

macro_rules! needed {
    ($($field:ident $name:literal)+) => {
        /// Looks whether an instance lets through what a bot needs: what people write, votes and calls, what becomes of messages, and what shows that a
        /// message was sent.
        pub(super) async fn ensure(instance: &Instance, settings: Settings) -> Result<Found, Error> {
            let found = instance.get_settings().await?;
            let mut off = Vec::new();
            let mut request = instance.set_settings();
            $(if found.$field != Some(YesNo::Yes) {
                off.push($name);
                request = request.$field(true);
            })+
            if off.is_empty() {
                return Ok(Found::On);
            }
            if settings == Settings::Leave {
                return Ok(Found::Off(off));
            }
            request.await?;
            Ok(Found::SwitchedOn(off))
        }
    };
}

needed! {
    incoming_webhook "incomingWebhook"
    outgoing_webhook "outgoingWebhook"
    outgoing_api_message_webhook "outgoingAPIMessageWebhook"
    poll_message_webhook "pollMessageWebhook"
    incoming_call_webhook "incomingCallWebhook"
    state_webhook "stateWebhook"
}
