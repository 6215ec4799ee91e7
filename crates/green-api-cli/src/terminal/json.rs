//! The JSON of a notification, on one line.

use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// Puts JSON on one line, otherwise unchanged. Its line ends are all between tokens, where a space means the same.
pub(crate) fn json_line(json: &str) -> String {
    json.replace(['\n', '\r'], " ")
}

/// JSON to embed in another line. JSON that common parsers refuse (nested too deeply, half a surrogate pair) would make that line unreadable, so it is
/// embedded as a string.
pub(crate) struct Part<'a>(pub &'a str);

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = json_line(self.0);
        // One level deeper, as in the line.
        let readable = serde_json::from_str::<Value>(&format!("[{json}]")).is_ok();
        match serde_json::from_str::<&RawValue>(&json) {
            Ok(raw) if readable => raw.serialize(serializer),
            _ => self.0.serialize(serializer),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(json: &str) -> String {
        serde_json::to_string(&Part(json)).unwrap()
    }

    #[test]
    fn it_stays_as_it_came() {
        assert_eq!(
            part("{\"b\": 1.50,\r\n \"a\": \"x\\ny\"}"),
            "{\"b\": 1.50,   \"a\": \"x\\ny\"}"
        );
    }

    #[test]
    fn what_parsers_refuse_is_a_text() {
        let deep = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        for json in [deep(127), deep(1_000), r#"{"text": "\ud83d"}"#.to_owned()] {
            let line = format!("{{\"notification\":{}}}", part(&json));
            let line: Value = serde_json::from_str(&line).unwrap();
            assert_eq!(line["notification"], Value::String(json));
        }
        assert_eq!(part(&deep(126)), deep(126));
    }
}
