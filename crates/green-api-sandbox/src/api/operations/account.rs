use std::ops::RangeInclusive;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use crate::api::call::Call;
use crate::api::reply::Reply;
use crate::world::state::State;

/// The body with which `getAuthorizationCode` fails, to the byte.
pub(in crate::api) const NO_CODE: &str = r#"{"status":false,"code":""}"#;

/// How many digits there are in an international number.
const DIGITS: RangeInclusive<usize> = 7..=15;

/// The number of changes that `getStateInstanceHistory` reads by default.
const HISTORY_COUNT: usize = 100;

pub(super) fn get_authorization_code(call: &Call<'_>) -> Reply {
    let number = call.body["phoneNumber"].as_u64();
    let number = number.map(|number| number.to_string());
    let Some(phone) = number.filter(|digits| DIGITS.contains(&digits.len())) else {
        return call.invalid("'phoneNumber' must be a correct phone");
    };
    let id = call.instance;
    match call.core.with(|world| world.issue_code(id, &phone)) {
        Some(code) => Reply::json(&json!({ "status": true, "code": code })),
        None => Reply::json_text(NO_CODE),
    }
}

pub(super) fn get_state_instance(call: &Call<'_>) -> Reply {
    let state = call.account(|account, now| (!account.is_creating(now)).then(|| account.state()));
    match state {
        Some(state) => Reply::json(&json!({ "stateInstance": state.as_str() })),
        None => Reply::json_text("null"),
    }
}

pub(super) fn get_state_instance_history(call: &Call<'_>) -> Reply {
    // The documentation shows the count in a body, which is odd for a GET; the official libraries do it either way.
    let in_query = call.asked("count");
    let in_body = || {
        let body: Value = serde_json::from_slice(&call.raw_body).ok()?;
        body["count"].as_u64()?.try_into().ok()
    };
    let count = in_query.or_else(in_body).unwrap_or(HISTORY_COUNT);
    Reply::json(&call.account(|account, _| account.history(count)))
}

pub(super) fn get_status_instance(call: &Call<'_>) -> Reply {
    let online = call
        .account(|account, _| account.state().is_linked() && account.state() != State::SleepMode);
    Reply::json(&json!({ "statusInstance": if online { "online" } else { "offline" } }))
}

pub(super) fn get_settings(call: &Call<'_>) -> Reply {
    Reply::json(&call.account(|account, _| account.settings()))
}

pub(super) fn set_settings(call: &Call<'_>) -> Reply {
    if let Value::Object(changes) = &call.body {
        call.core.with(|world| {
            let account = world.account(call.instance);
            account.settings.extend(changes.clone());
            // What failed at one address is tried at the next one at once.
            account.webhooks.paused_until = None;
            world.restart(call.instance);
        });
    }
    Reply::json(&json!({ "saveSettings": true }))
}

pub(super) fn get_wa_settings(call: &Call<'_>) -> Reply {
    let settings = call.core.with(|world| {
        let account = world.account(call.instance);
        let state = account.state();
        let phone = account.phone.clone().filter(|_| state.is_linked());
        let of_phone = |suffix: &str| phone.as_ref().map(|phone| format!("{phone}{suffix}"));
        let chat_id = of_phone("@c.us").unwrap_or_default();
        let base64_avatar = world
            .picture_bytes(&chat_id)
            .map(|jpeg| BASE64.encode(jpeg));
        json!({
            "avatar": world.picture(&chat_id).unwrap_or_default(),
            "phone": of_phone("").unwrap_or_default(),
            "stateInstance": state.as_str(),
            "deviceId": of_phone(":8@s.whatsapp.net").unwrap_or_default(),
            "chatId": chat_id,
            "base64Avatar": base64_avatar.unwrap_or_default(),
            "historySyncProgress": if phone.is_some() { 100 } else { 0 },
            "logoutProcess": false,
        })
    });
    Reply::json(&settings)
}

pub(super) fn reboot(call: &Call<'_>) -> Reply {
    call.core.with(|world| world.restart(call.instance));
    Reply::json(&json!({ "isReboot": true }))
}

pub(super) fn logout(call: &Call<'_>) -> Reply {
    call.core
        .with(|world| world.set_state(call.instance, State::NotAuthorized));
    Reply::json(&json!({ "isLogout": true }))
}

pub(super) fn update_api_token(call: &Call<'_>) -> Reply {
    let token = call.core.with(|world| {
        let token = world.new_token();
        world.account(call.instance).token.clone_from(&token);
        token
    });
    Reply::json(&json!({ "apiTokenInstance": token }))
}

pub(super) fn set_profile_picture(call: &Call<'_>) -> Reply {
    let picture = match super::files::picture(call) {
        Ok(picture) => picture,
        Err(refusal) => return refusal,
    };
    let avatar = call.core.with(|world| {
        let chat_id = world.account(call.instance).wid();
        world.set_picture(&chat_id, picture)
    });
    Reply::json(&json!({ "reason": null, "urlAvatar": avatar, "setProfilePicture": true }))
}

/// Returns the answer to a second profile picture within ten seconds, which takes the place of a 429.
pub(in crate::api) fn over_limit() -> Reply {
    Reply::json(
        &json!({ "reason": "rate-overlimit", "urlAvatar": null, "setProfilePicture": false }),
    )
}
