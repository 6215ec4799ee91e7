use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::json;

use crate::api::call::Call;
use crate::api::reply::Reply;
use crate::kit::qr::png;

pub(super) fn qr(call: &Call<'_>) -> Reply {
    let (state, content) = call.account(|account, now| (account.state(), account.qr(now)));
    let error = |reason: &str| ("error", reason.to_owned());
    let (kind, message) = match content {
        _ if state.is_linked() => {
            let message = "instance account already authorized";
            ("alreadyLogged", message.to_owned())
        }
        Some(content) => match png(&content) {
            Some(png) => ("qrCode", BASE64.encode(png)),
            None => error("QR code is not available"),
        },
        None => error("Instance has auth. You need to make log out"),
    };
    Reply::json(&json!({ "type": kind, "message": message }))
}
