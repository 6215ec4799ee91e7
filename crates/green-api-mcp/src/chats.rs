//! The chats that may be written to.

use std::str::FromStr;

use green_api::operation::Operation;
use green_api::{ChatId, ParseChatIdError};
use serde_json::Value;

/// The chats that an assistant may write to. None by default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chats {
    /// Every chat.
    Any,
    /// These alone.
    Only(Vec<ChatId>),
}

impl Default for Chats {
    fn default() -> Self {
        Self::Only(Vec::new())
    }
}

impl Chats {
    /// Says why an operation that changes something may not be called with this input, if so: every chat that it names must be in the list.
    pub(crate) fn refuse(&self, operation: &Operation, input: &Value) -> Option<String> {
        let Self::Only(allowed) = self else {
            return None;
        };
        let mut named = Vec::new();
        for path in operation.chats {
            collect(input, path, &mut named);
        }
        // A number is a chat's as well.
        let number = input.get("phoneNumber").and_then(Value::as_u64);
        let number = number.map(|number| format!("{number}@c.us"));
        named.extend(number.as_deref());
        if let Some(other) = named
            .iter()
            .find(|named| !allowed.iter().any(|chat| chat.as_str() == **named))
        {
            return Some(format!(
                "the chat {other} is not one that may be written to; whoever runs this server allows it with --chat {other}, or every chat with --chat any"
            ));
        }
        // A status without recipients goes to all contacts.
        if named.is_empty() && operation.sends() {
            return Some(
                "without recipients this goes to all contacts; name recipients, or whoever runs this server allows every chat with --chat any"
                    .to_owned(),
            );
        }
        None
    }
}

impl FromStr for Chats {
    type Err = ParseChatIdError;

    /// Reads `any`, or one chat.
    fn from_str(text: &str) -> Result<Self, ParseChatIdError> {
        match text {
            "any" => Ok(Self::Any),
            chat => Ok(Self::Only(vec![chat.parse()?])),
        }
    }
}

impl FromIterator<Chats> for Chats {
    /// Allows what any of them allows.
    fn from_iter<I: IntoIterator<Item = Self>>(all: I) -> Self {
        all.into_iter()
            .fold(Self::default(), |sum, one| match (sum, one) {
                (Self::Only(mut sum), Self::Only(one)) => {
                    sum.extend(one);
                    Self::Only(sum)
                }
                _ => Self::Any,
            })
    }
}

/// Collects what is at a path such as `participants/*`.
fn collect<'v>(value: &'v Value, path: &str, found: &mut Vec<&'v str>) {
    let (first, rest) = path.split_once('/').unwrap_or((path, ""));
    let inside: Vec<&Value> = match value {
        Value::Array(items) if first == "*" => items.iter().collect(),
        _ => value.get(first).into_iter().collect(),
    };
    for value in inside {
        match value.as_str() {
            Some(text) if rest.is_empty() => found.push(text),
            _ => collect(value, rest, found),
        }
    }
}

#[cfg(test)]
mod tests {
    use green_api::operations::{
        CHECK_WHATSAPP, CREATE_GROUP, FORWARD_MESSAGES, LOGOUT, SEND_MESSAGE, SEND_TEXT_STATUS,
    };
    use serde_json::json;

    use super::*;

    #[test]
    fn every_chat_that_is_named_must_be_allowed() {
        let [a, b] = ["447700900145@c.us", "120363000000000001@g.us"];
        let only: Chats = [a, b]
            .map(|chat| chat.parse().unwrap())
            .into_iter()
            .collect();
        let other = "447700900167@c.us";
        for (operation, input, allowed) in [
            (SEND_MESSAGE, json!({"chatId": a}), true),
            (SEND_MESSAGE, json!({"chatId": other}), false),
            (
                FORWARD_MESSAGES,
                json!({"chatId": a, "chatIdFrom": b}),
                true,
            ),
            (
                FORWARD_MESSAGES,
                json!({"chatId": a, "chatIdFrom": other}),
                false,
            ),
            (CREATE_GROUP, json!({"chatIds": [a, a]}), true),
            (CREATE_GROUP, json!({"chatIds": [a, other]}), false),
            (SEND_TEXT_STATUS, json!({"participants": [a]}), true),
            (SEND_TEXT_STATUS, json!({"participants": [other]}), false),
            (SEND_TEXT_STATUS, json!({}), false),
            (
                CHECK_WHATSAPP,
                json!({"phoneNumber": 447_700_900_145_u64}),
                true,
            ),
            (
                CHECK_WHATSAPP,
                json!({"phoneNumber": 447_700_900_167_u64}),
                false,
            ),
            (LOGOUT, json!({}), true),
        ] {
            let refused = only.refuse(&operation, &input);
            assert_eq!(
                refused.is_none(),
                allowed,
                "{} {input} {refused:?}",
                operation.id
            );
            assert_eq!(Chats::Any.refuse(&operation, &input), None);
        }
        let all: Chats = [only, Chats::Any].into_iter().collect();
        assert_eq!(all, Chats::Any);
        assert!(
            Chats::default()
                .refuse(&SEND_MESSAGE, &json!({"chatId": a}))
                .is_some()
        );
    }
}
