//! The formats of chat ids, which the bundle leaves to the server.

use std::collections::BTreeMap;

use serde_json::Value;

/// Returns what is wrong with the chat ids in a JSON body.
pub(crate) fn complaint(body: &Value) -> Option<String> {
    body.as_object()?
        .iter()
        .find_map(|(name, value)| match value {
            Value::String(id) => complaint_about(name, id),
            Value::Array(ids) if name == "chatIds" => ids
                .iter()
                .filter_map(Value::as_str)
                .find_map(|id| complaint_about(name, id)),
            _ => None,
        })
}

/// Returns what is wrong with the chat ids in a form.
pub(crate) fn form_complaint(fields: &BTreeMap<String, String>) -> Option<String> {
    fields
        .iter()
        .find_map(|(name, value)| complaint_about(name, value))
}

fn complaint_about(name: &str, id: &str) -> Option<String> {
    let formats = match name {
        "chatId" | "chatIdFrom" | "participantChatId" | "chatIds" if !is_chat(id) => {
            "'phone_number@c.us', 'group_id@g.us' or 'chat_id@lid'"
        }
        "groupId" if !is_group(id) => "'group_id@g.us'",
        _ => return None,
    };
    Some(format!(
        "'{name}' must be one of the next formats: {formats}"
    ))
}

/// Returns whether a text is the id of a person, a group or a hidden id. Newer operations also take the bare digits of a person.
/// `status@broadcast`, the chat of the journals of statuses, is refused: the server does not list it, and statuses have operations of
/// their own.
fn is_chat(id: &str) -> bool {
    let person = id
        .strip_suffix("@c.us")
        .or_else(|| id.strip_suffix("@lid"))
        .unwrap_or(id);
    is_digits(person) || is_group(id)
}

/// Returns whether a text is the id of a group: `120363043968066561@g.us` or, in the old form, `447700900123-1581234048@g.us`.
fn is_group(id: &str) -> bool {
    let Some(id) = id.strip_suffix("@g.us") else {
        return false;
    };
    match id.split_once('-') {
        Some((creator, created)) => is_digits(creator) && is_digits(created),
        None => is_digits(id),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::complaint;

    #[test]
    fn chats_have_four_forms_and_groups_two() {
        for id in [
            "447700900123@c.us",
            "447700900123",
            "120650379300963@lid",
            "120363043968066561@g.us",
            "447700900123-1581234048@g.us",
        ] {
            let body = json!({ "chatId": id, "message": "x" });
            assert_eq!(complaint(&body), None, "{id}");
        }
        for id in [
            "",
            "+447700900123@c.us",
            "@c.us",
            "x@lid",
            "1-2-3@g.us",
            "447700900123 @c.us",
            "status@broadcast",
            "447700900123@s.whatsapp.net",
        ] {
            let complaint = complaint(&json!({ "chatId": id })).unwrap_or_default();
            let formats = "'chatId' must be one of the next formats: 'phone_number@c.us'";
            assert!(complaint.starts_with(formats), "{id}: {complaint}");
        }
        let group = json!({ "groupId": "120363043968066561@g.us" });
        assert_eq!(complaint(&group), None);
        let person = complaint(&json!({ "groupId": "447700900123@c.us" }));
        assert_eq!(
            person.as_deref(),
            Some("'groupId' must be one of the next formats: 'group_id@g.us'")
        );
        assert!(
            complaint(&json!({ "groupName": "x", "chatIds": ["447700900123@c.us", "me"] }))
                .is_some_and(|text| text.starts_with("'chatIds'"))
        );
    }
}
