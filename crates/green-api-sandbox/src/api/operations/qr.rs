use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Serialize;

use crate::api::call::Call;
use crate::api::reply::Reply;
use crate::kit::qr::png;

#[derive(Serialize)]
struct Qr {
    r#type: &'static str,
    message: String,
}

pub(super) fn qr(call: &Call<'_>) -> Reply {
    let (state, content) = call.account(|account, now| (account.state(), account.qr(now)));
    let (kind, message) = if state.is_linked() {
        (
            "alreadyLogged",
            "instance account already authorized".to_owned(),
        )
    } else if let Some(content) = content {
        match png(&content) {
            Some(png) => ("qrCode", BASE64.encode(png)),
            None => ("error", "QR code is not available".to_owned()),
        }
    } else {
        (
            "error",
            "Instance has auth. You need to make log out".to_owned(),
        )
    };
    Reply::json(&Qr {
        r#type: kind,
        message,
    })
}
