//! The formats of chat ids, which the description leaves to the server.

use std::collections::BTreeMap;

use serde_json::Value;

/// What is wrong with the chat ids in a JSON body.
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

/// The same in a form.
pub(crate) fn form_complaint(fields: &BTreeMap<String, String>) -> Option<String> {
    fields
        .iter()
        .find_map(|(name, value)| complaint_about(name, value))
}

fn complaint_about(name: &str, id: &str) -> Option<String> {
    match name {
        "chatId" | "chatIdFrom" | "participantChatId" | "chatIds" if !is_chat(id) => {
            let formats = "'phone_number@c.us', 'group_id@g.us' or 'chat_id@lid'";
            Some(format!(
                "'{name}' must be one of the next formats: {formats}"
            ))
        }
        "groupId" if !is_group(id) => Some(format!(
            "'{name}' must be one of the next formats: 'group_id@g.us'"
        )),
        _ => None,
    }
}

/// A person, a group or a hidden id. Newer methods take the bare digits of a person, too. `status@broadcast`, where the journals of
/// statuses say they are, is none of the formats that the server names: statuses have methods of their own.
fn is_chat(id: &str) -> bool {
    let person = id
        .strip_suffix("@c.us")
        .or_else(|| id.strip_suffix("@lid"))
        .unwrap_or(id);
    is_digits(person) || is_group(id)
}

/// `120363043968066561@g.us`, or of old `447700900123-1581234048@g.us`.
fn is_group(id: &str) -> bool {
    let Some(id) = id.strip_suffix("@g.us") else {
        return false;
    };
    id.split_once('-')
        .map_or(is_digits(id), |(creator, created)| {
            is_digits(creator) && is_digits(created)
        })
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
            assert_eq!(
                complaint(&json!({ "chatId": id, "message": "x" })),
                None,
                "{id}"
            );
        }
        let others = ["status@broadcast", "447700900123@s.whatsapp.net"];
        for id in [
            "",
            "+447700900123@c.us",
            "@c.us",
            "x@lid",
            "1-2-3@g.us",
            "447700900123 @c.us",
        ]
        .into_iter()
        .chain(others)
        {
            let complaint = complaint(&json!({ "chatId": id })).unwrap_or_default();
            assert!(
                complaint
                    .starts_with("'chatId' must be one of the next formats: 'phone_number@c.us'"),
                "{id}: {complaint}"
            );
        }
        assert_eq!(
            complaint(&json!({ "groupId": "120363043968066561@g.us" })),
            None
        );
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
