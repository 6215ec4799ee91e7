use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use crate::api::call::Call;
use crate::api::reply::Reply;
use crate::kit::qr::png;
use crate::world::account::Account;

/// What an instance shows to somebody who wants to link it.
#[derive(PartialEq, Eq)]
pub(in crate::api) enum Shown {
    /// A QR code with this content.
    Code(String),
    /// Nothing, because an account is linked.
    Linked,
    /// Nothing, because there is no connection, or the account is blocked.
    Nothing,
}

impl Shown {
    pub(in crate::api) fn by(account: &Account, now: SystemTime) -> Self {
        match account.qr(now) {
            _ if account.state().is_linked() => Self::Linked,
            Some(content) => Self::Code(content),
            None => Self::Nothing,
        }
    }

    /// Returns it as the answer to `qr`, which is a frame of `scanqrcode` as well.
    pub(in crate::api) fn to_json(&self) -> Value {
        let error = |reason: &str| ("error", reason.to_owned());
        let (kind, message) = match self {
            Self::Linked => {
                let message = "instance account already authorized";
                ("alreadyLogged", message.to_owned())
            }
            Self::Code(content) => match png(content) {
                Some(png) => ("qrCode", BASE64.encode(png)),
                None => error("QR code is not available"),
            },
            Self::Nothing => error("Instance has auth. You need to make log out"),
        };
        json!({ "type": kind, "message": message })
    }
}

pub(super) fn qr(call: &Call<'_>) -> Reply {
    let shown = call.account(|account, now| Shown::by(account, now));
    Reply::json(&shown.to_json())
}

/// Agrees to a websocket, which the server then opens.
pub(super) fn scanqrcode(_: &Call<'_>) -> Reply {
    Reply::switching_protocols()
}
