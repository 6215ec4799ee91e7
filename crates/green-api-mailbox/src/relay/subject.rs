//! Subjects and headers: texts from outside, encoded so that no character has a meaning in the protocol.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::key::sha256;

/// What every subject begins with.
pub(super) const ROOT: &str = "green-api";
/// What stands in place of a token that there is nothing for.
const NOTHING: &str = "-";
/// The longest kind and chat in a subject, in bytes. Known ones have less than half of that.
const KIND: usize = 64;
const CHAT: usize = 128;
/// The longest value of a header, in bytes: a key has 1,024 bytes at most, and each may become three.
const HEADER: usize = 3_072;

/// What is encoded in a token of a subject; `~` is, since it marks what is cut.
const TOKEN: AsciiSet = NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'@');
/// What is encoded in a header, which ends with its line, and loses the blanks at its ends.
const VALUE: AsciiSet = TOKEN.remove(b'.').remove(b'/').remove(b':');

/// Returns the subject of a notification: `green-api.<instance>.<kind>.<chat>`.
pub(super) fn subject(instance: Option<i64>, kind: &str, chat: Option<&str>) -> String {
    let instance = instance.map_or_else(|| NOTHING.to_owned(), |id| id.to_string());
    let (kind, chat) = (token(kind, KIND), token(chat.unwrap_or_default(), CHAT));
    format!("{ROOT}.{instance}.{kind}.{chat}")
}

/// Returns a text as the value of a header.
pub(super) fn value(text: &str) -> String {
    bounded(utf8_percent_encode(text, &VALUE).to_string(), text, HEADER)
}

fn token(text: &str, limit: usize) -> String {
    match text {
        "" => NOTHING.to_owned(),
        // It is not the same as nothing.
        NOTHING => "%2D".to_owned(),
        text => bounded(utf8_percent_encode(text, &TOKEN).to_string(), text, limit),
    }
}

/// Cuts what is too long, and puts a digest in place of the rest.
fn bounded(encoded: String, text: &str, limit: usize) -> String {
    if encoded.len() <= limit {
        return encoded;
    }
    let digest = &sha256(text)[..32];
    let head = &encoded[..limit - digest.len() - 1];
    // Not within an escape.
    let whole = match head.rfind('%') {
        Some(escape) if escape + 3 > head.len() => &head[..escape],
        _ => head,
    };
    format!("{whole}~{digest}")
}

/// Returns what the message of a subject is in order with: an instance and its chat.
pub(super) fn lane(subject: &str) -> (String, String) {
    let mut tokens = subject.splitn(4, '.').skip(1);
    let mut token = || tokens.next().unwrap_or(NOTHING).to_owned();
    let instance = token();
    token();
    (instance, token())
}

#[cfg(test)]
mod tests {
    use percent_encoding::percent_decode_str;

    use super::*;

    #[test]
    fn a_subject_is_read_back() {
        let group = Some("447700900145-12@g.us");
        let plain = subject(Some(7_103_000_001), "incomingMessageReceived", group);
        assert_eq!(
            plain,
            "green-api.7103000001.incomingMessageReceived.447700900145-12@g%2Eus"
        );
        let of_it = ("7103000001", "447700900145-12@g%2Eus");
        assert_eq!(lane(&plain), (of_it.0.to_owned(), of_it.1.to_owned()));
        assert_eq!(subject(None, "a b", None), "green-api.-.a%20b.-");
        for odd in ["-", "*", ">", "a.b", "~x", "%2E", "ü\r\n", "100%"] {
            let token = token(odd, CHAT);
            assert!(!token.contains(['.', '*', '>', '~', ' ', '\r', '\n']) && token != NOTHING);
            let read = percent_decode_str(&token).decode_utf8().unwrap();
            assert_eq!(read, odd);
        }
    }

    #[test]
    fn what_is_long_is_cut_and_stays_different() {
        for limit in 40..50 {
            let (one, other) = ("z".repeat(100), format!("{}x", "z".repeat(100)));
            let (one, other) = (token(&one, limit), token(&other, limit));
            assert!(one.len() == limit && one != other, "{one} {other}");
            let cut = token(&"ü".repeat(100), limit);
            let (head, _) = cut.split_once('~').unwrap();
            assert!(cut.len() <= limit && head.len() % 3 == 0, "{cut}");
        }
    }

    #[test]
    fn a_key_stays_readable_in_its_header() {
        let key = "7103000001/outgoingMessageStatus//read/447700900145@c.us///3EB0";
        assert_eq!(value(key), key);
        assert_eq!(value(" a\nb%0A"), "%20a%0Ab%250A");
        assert_ne!(value("a\n"), value("a%0A"));
    }
}
