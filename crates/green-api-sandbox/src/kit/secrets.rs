//! Takes tokens out of what is shown to people.

use serde_json::Value;

const MASK: &str = "***";

/// The fields whose values are secrets, wherever they stand.
const SECRET_FIELDS: [&str; 4] = [
    "apiTokenInstance",
    "partnerToken",
    "webhookUrlToken",
    // An order's.
    "token",
];

/// Returns the first segments of a path, with secrets masked.
pub(crate) fn mask_in_path(path: &str, segments: usize, secrets: &[String]) -> String {
    let is_secret = |segment: &str| secrets.iter().any(|secret| secret == segment);
    let masked = path
        .split('/')
        .take(segments)
        .map(|segment| if is_secret(segment) { MASK } else { segment });
    masked.collect::<Vec<_>>().join("/")
}

/// Masks these secrets in a text and, if it is JSON, the values of secret fields.
pub(crate) fn mask_in_text(text: &str, secrets: &[String]) -> String {
    let mut found = Vec::new();
    match serde_json::from_str(text) {
        Ok(json) => collect(&json, &mut found),
        // What is long was cut, and is no JSON any more.
        Err(_) => SECRET_FIELDS
            .iter()
            .for_each(|name| collect_from_part(text, name, &mut found)),
    }
    let mut masked = text.to_owned();
    for secret in secrets
        .iter()
        .chain(&found)
        .filter(|secret| !secret.is_empty())
    {
        masked = replace_words(&masked, secret);
    }
    masked
}

fn collect(json: &Value, found: &mut Vec<String>) {
    match json {
        Value::Object(fields) => {
            for (name, value) in fields {
                match value.as_str() {
                    Some(secret) if SECRET_FIELDS.contains(&name.as_str()) => {
                        found.push(secret.to_owned())
                    }
                    _ => collect(value, found),
                }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, found)),
        _ => {}
    }
}

/// Collects the values of a secret field from a part of a JSON text.
fn collect_from_part(text: &str, name: &str, found: &mut Vec<String>) {
    let quoted = format!("\"{name}\"");
    for (place, _) in text.match_indices(&quoted) {
        let after = text[place + quoted.len()..].trim_start();
        let value = after.strip_prefix(':').map(str::trim_start);
        let value = value.and_then(|value| value.strip_prefix('"')?.split('"').next());
        found.extend(value.map(str::to_owned));
    }
}

/// Replaces a secret where it stands alone: a test's token may be as short as `one`, which is part of other words.
fn replace_words(text: &str, secret: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find(secret) {
        let (before, after) = (&rest[..place], &rest[place + secret.len()..]);
        let alone =
            !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric);
        masked.push_str(before);
        masked.push_str(if alone { MASK } else { secret });
        rest = after;
    }
    masked + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_masked_where_they_stand_alone() {
        let secrets = ["one".to_owned(), String::new()];
        assert_eq!(
            mask_in_text("/waInstance1/qr/one: phone, one", &secrets),
            "/waInstance1/qr/***: phone, ***"
        );
        assert_eq!(
            mask_in_path("/waInstance1/qr/one/phone", usize::MAX, &secrets[..1]),
            "/waInstance1/qr/***/phone"
        );
    }

    #[test]
    fn secret_fields_are_masked_in_what_was_cut() {
        let part = r#"[{"token":"b3Jk+ZXI=","orderId":"7"},{"token" : "abc"},{"token":"half"#;
        let masked = r#"[{"token":"***","orderId":"7"},{"token" : "***"},{"token":"***"#;
        assert_eq!(mask_in_text(part, &[]), masked);
    }

    #[test]
    fn secret_fields_are_masked_whatever_they_say() {
        let answer = r#"[{"apiTokenInstance":"abc","a":{"webhookUrlToken":"Bearer x/y="}},{"webhookUrlToken":""}]"#;
        let masked =
            r#"[{"apiTokenInstance":"***","a":{"webhookUrlToken":"***"}},{"webhookUrlToken":""}]"#;
        assert_eq!(mask_in_text(answer, &[]), masked);
    }
}
