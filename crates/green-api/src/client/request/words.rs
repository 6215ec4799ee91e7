//! The server's own words: what of a body may be shown.

use green_api_types::models::is_invisible;
use green_api_types::operation::Operation;
use serde_json::Value;

use super::ResponseRecord;
use super::properties::Found;

/// How much of the server's words is kept.
const WORDS_LIMIT: usize = 200;
/// This much of a secret in a row is too much.
const FRAGMENT: usize = 8;

const QUOTES: [char; 9] = ['\'', '"', '`', '‘', '’', '“', '”', '«', '»'];

/// The texts outside of JSON that are documented. A text is shown as far as it is one of these: what follows can be anybody's words.
const TEXTS: [&str; 29] = [
    "instance in starting process try later",
    "instance is starting or not authorized",
    "instance account not authorized",
    "Instance account is expired. Renew your instance from personal area",
    "Instance is deleted",
    "custom webhook url is set",
    "bad request data",
    "bad phone number, valid from 11 to 16 digits",
    "check phone number timeout limit exceeded",
    "Not Found",
    "request entity too large",
    "File from url exceeded max upload size",
    "File is empty",
    "File message encrypted url not found",
    "Unsupported media type",
    "Parameter idInstance not an integer",
    "Parameter apiTokenInstance not define",
    "Parameter receiptId must be a Number",
    "Cannot read properties of undefined (reading 'findUnAckedMessage')",
    "Unexpected token",
    "Validation failed. Details: 'value' must have at least 1 key",
    "Validation failed. Details: 'value' must have at least 2 keys",
    "Validation failed. Details: Wrong format. 'phoneNumber' must contain only digits",
    "Validation failed. Details: The method GetContactInfo does not support group chats, to work with groups, use the GetGroupData method",
    "Error: item-not-found",
    "Error: forbidden",
    "chatId not found",
    "ID message notfound",
    "ArchiveChatError: cannot archive chat cause last message not found in chat",
];

/// Returns what may be shown of an error's body: the text for people in its JSON, or a documented text.
pub(super) fn words(response: &ResponseRecord, secrets: &[&str]) -> Option<String> {
    let text = whole(response)?;
    match serde_json::from_str::<Value>(text) {
        Ok(value @ Value::Object(_)) => clean(&words_of(&value)?, secrets),
        Ok(_) => None,
        Err(_) => documented(text),
    }
}

/// Returns as much of a text as is documented word for word.
pub(super) fn documented(text: &str) -> Option<String> {
    let begins = |known: &&&str| text.trim_start().starts_with(**known);
    TEXTS.iter().find(begins).map(|known| (*known).to_owned())
}

/// Returns what an error says, in small letters and up to the first word that it quotes: quoted words can be anybody's.
pub(super) fn said(response: &ResponseRecord) -> String {
    let text = whole(response).unwrap_or_default();
    let mut text = match json(text) {
        Some(value) => words_of(&value).unwrap_or_default(),
        None => text.to_owned(),
    };
    text.truncate(text.find(QUOTES).unwrap_or(text.len()));
    text.make_ascii_lowercase();
    text.trim_start().to_owned()
}

/// Returns the documented text that is anywhere in a body that says nothing where errors say it: what is between may have changed it.
pub(super) fn mentioned(response: &ResponseRecord) -> String {
    let text = whole(response).unwrap_or_default();
    if json(text).as_ref().and_then(words_of).is_some() {
        return String::new();
    }
    let known = TEXTS.iter().find(|known| text.contains(**known));
    known.copied().unwrap_or_default().to_ascii_lowercase()
}

fn json(text: &str) -> Option<Value> {
    serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()
}

/// The body, if it is a text that came whole.
fn whole(response: &ResponseRecord) -> Option<&str> {
    // Half of a text may end in half of the token.
    let whole = !response.incomplete && !response.too_long;
    whole.then(|| std::str::from_utf8(&response.body).ok())?
}

/// Returns the text for people in a JSON answer, whatever key it is under.
pub(super) fn words_of(value: &Value) -> Option<String> {
    if let Some(text) = value.as_str() {
        return Some(text.to_owned());
    }
    if let Some(list) = value.as_array() {
        return list.iter().find_map(words_of);
    }
    ["message", "error", "description", "reason", "detail", "msg"]
        .iter()
        .find_map(|key| words_of(value.get(key)?))
        .or_else(|| {
            ["correspondentsStatus", "invokeStatus", "quotaData"]
                .iter()
                .find_map(|key| {
                    let part = value.get(key)?;
                    let exceeded = part["status"]
                        .as_str()
                        .is_some_and(|status| status.contains("EXCEEDED"));
                    exceeded.then(|| words_of(part)).flatten()
                })
        })
}

/// Returns the text as one line of bearable length, without the secrets; `None` if nothing is left.
pub(crate) fn clean(text: &str, secrets: &[&str]) -> Option<String> {
    let spaced = |character: char| {
        if character.is_whitespace() {
            ' '
        } else {
            character
        }
    };
    let text: String = text
        .chars()
        .map(spaced)
        .filter(|character| !character.is_control() && !is_invisible(*character))
        .collect();
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for secret in secrets.iter().filter(|secret| !secret.is_empty()) {
        text = text.replace(secret, "***");
        // What is left of it may be split, encoded or cut short. Then it cannot be cut out.
        if shows(&text, secret) {
            return None;
        }
    }
    match text.char_indices().nth(WORDS_LIMIT) {
        Some((end, _)) => Some(format!("{}…", &text[..end])),
        None if text.is_empty() => None,
        None => Some(text),
    }
}

/// Returns the secrets that a caller has given.
pub(super) fn given_secrets<'a>(operation: &Operation, input: &'a Found) -> Vec<&'a str> {
    let at = |path: &&str| {
        let mut segments = path.split('/');
        let first = segments.next().and_then(|first| input.get(first));
        let found = segments.fold(Vec::from_iter(first), |found, segment| {
            let inside = |value: &'a Value| match value {
                Value::Array(items) if segment == "*" => items.iter().collect(),
                value => Vec::from_iter(value.get(segment)),
            };
            found.into_iter().flat_map(inside).collect()
        });
        found.into_iter().filter_map(Value::as_str)
    };
    let secrets = operation.secrets.iter().flat_map(at);
    // A word that short is from an example, and cutting it out would garble the text.
    secrets.filter(|secret| secret.len() >= FRAGMENT).collect()
}

/// Replaces the texts in a JSON value by clean ones.
pub(super) fn clean_all(value: &mut Value, secrets: &[&str]) {
    match value {
        Value::String(text) => *text = clean(text, secrets).unwrap_or_default(),
        Value::Array(items) => items.iter_mut().for_each(|item| clean_all(item, secrets)),
        Value::Object(fields) => fields
            .values_mut()
            .for_each(|field| clean_all(field, secrets)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Whether a part of the secret is in this text, also percent-encoded, escaped, or with anything but letters and digits between.
fn shows(text: &str, secret: &str) -> bool {
    let secret = letters(secret);
    if secret.is_empty() {
        return false;
    }
    let mut text = text.to_owned();
    for _ in 0..3 {
        let found = letters(&text);
        let mut windows = secret.windows(FRAGMENT.min(secret.len()));
        if windows.any(|part| found.windows(part.len()).any(|window| window == part)) {
            return true;
        }
        let decoded = decoded(&text);
        if decoded == text {
            return false;
        }
        text = decoded;
    }
    // Encoded again and again: nobody means well who does that.
    true
}

fn letters(text: &str) -> Vec<u8> {
    let letters = text.bytes().filter(u8::is_ascii_alphanumeric);
    letters.map(|letter| letter.to_ascii_lowercase()).collect()
}

/// Takes away one layer of `%41`, `\u0041`, `\x41`, `&#65;` and `&#x41;`.
fn decoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let found = [
            ("%", 2, 16),
            ("\\u", 4, 16),
            ("\\x", 2, 16),
            ("&#x", 0, 16),
            ("&#", 0, 10),
        ]
        .into_iter()
        .find_map(|(mark, length, radix)| {
            let after = rest.strip_prefix(mark)?;
            let length = match length {
                0 => after.find(';')?,
                length => length,
            };
            let code = u32::from_str_radix(after.get(..length)?, radix).ok()?;
            Some((
                char::from_u32(code)?,
                after[length..].trim_start_matches(';'),
            ))
        });
        let (character, after) = found.unwrap_or((first, &rest[first.len_utf8()..]));
        out.push(character);
        rest = after;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "qZ7vK2mXw9RtB4nLs8DhF3pGy6JcT5aV";

    fn shown(body: &str) -> Option<String> {
        let response = ResponseRecord {
            body: body.to_owned().into(),
            ..ResponseRecord::default()
        };
        words(&response, &[SECRET])
    }

    #[test]
    fn only_the_field_for_people_of_well_formed_json_is_shown() {
        let deep = format!(
            r#"{{"message":"words","x":{}1{}}}"#,
            "[".repeat(200),
            "]".repeat(200)
        );
        for body in [
            r#"{"message":"words",}"#,
            "\u{feff}{\"message\":\"words\"}",
            &deep,
            r#"{"message":"words""#,
            r#"{"message":"words"} trailing"#,
            r#"{'message':'words'}"#,
            r#""words""#,
            r#"["words"]"#,
            "<p>words</p>",
            "words",
            r#"{"text":"words"}"#,
        ] {
            assert_eq!(shown(body), None, "{body}");
        }
        assert_eq!(shown(r#"{"message":"words"}"#).as_deref(), Some("words"));
        assert_eq!(
            shown("File from url exceeded max upload size. Url: https://files.example.com/words")
                .as_deref(),
            Some("File from url exceeded max upload size")
        );
    }

    #[test]
    fn what_was_cut_off_is_not_shown() {
        for (too_long, incomplete) in [(true, false), (false, true)] {
            let response = ResponseRecord {
                body: r#"{"message":"words"}"#.into(),
                too_long,
                incomplete,
                ..ResponseRecord::default()
            };
            assert_eq!(words(&response, &[SECRET]), None);
        }
    }

    #[test]
    fn a_secret_is_found_however_it_is_written() {
        let (half, rest) = SECRET.split_at(16);
        let percent: String = SECRET.bytes().map(|byte| format!("%{byte:02x}")).collect();
        assert_eq!(
            clean(&format!("for {SECRET}."), &[SECRET]).as_deref(),
            Some("for ***.")
        );
        for inside in ["\u{0}", "\u{1b}", "\u{200b}", "\u{ad}", "\u{202e}"] {
            assert_eq!(
                clean(&format!("{half}{inside}{rest}"), &[SECRET]).as_deref(),
                Some("***")
            );
        }
        for text in [
            format!("{half} {rest}"),
            format!("{half}\n{rest}"),
            format!("{half}-{rest}"),
            half.to_owned(),
            percent.clone(),
            percent.replace('%', "%25"),
            percent.replace('%', "\\x"),
            percent.replace('%', "\\u00"),
            SECRET.bytes().map(|byte| format!("&#{byte};")).collect(),
            SECRET.to_uppercase(),
        ] {
            assert_eq!(clean(&text, &[SECRET]), None, "{text}");
        }
        assert_eq!(
            clean("nothing of it", &[SECRET]).as_deref(),
            Some("nothing of it")
        );
        assert_eq!(clean("50%25 of it", &[]).as_deref(), Some("50%25 of it"));
    }
}
