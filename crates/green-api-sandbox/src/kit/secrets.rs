//! Takes tokens out of what is shown to people.

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

/// Masks these secrets in a text and, if it is JSON or a part of it, the values of secret fields.
pub(crate) fn mask_in_text(text: &str, secrets: &[String]) -> String {
    let found = SECRET_FIELDS.iter().flat_map(|name| values(text, name));
    let secrets = secrets.iter().map(String::as_str).chain(found);
    secrets
        .filter(|secret| !secret.is_empty())
        .fold(text.to_owned(), |masked, secret| {
            replace_words(&masked, secret)
        })
}

/// Returns the texts that a field has in JSON, as they are written there: some programs escape the slashes in them.
fn values<'t>(json: &'t str, name: &str) -> impl Iterator<Item = &'t str> + use<'t> {
    let quoted = format!("\"{name}\"");
    let mut rest = json;
    std::iter::from_fn(move || {
        rest = rest.split_once(&quoted)?.1.trim_start();
        let value = rest.strip_prefix(':').map(str::trim_start);
        Some(value.and_then(|value| value.strip_prefix('"')))
    })
    .flatten()
    .map(|value| {
        let mut escaped = false;
        let end = value.find(|letter| {
            let ends = letter == '"' && !escaped;
            escaped = letter == '\\' && !escaped;
            ends
        });
        &value[..end.unwrap_or(value.len())]
    })
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
        let part = r#"[{"token":"b3Jk+ZXI=","orderId":"7"},{"token" : "abc"},{"token":"a\/b\"c"},{"token":"half"#;
        let masked =
            r#"[{"token":"***","orderId":"7"},{"token" : "***"},{"token":"***"},{"token":"***"#;
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
