//! The JSON of a notification on one line, for programs.

use serde::{Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// JSON as it came, but on one line. It has line ends only between its parts, where a blank means the same.
pub(crate) fn json_line(json: &str) -> String {
    json.replace(['\n', '\r'], " ")
}

/// The same as a part of another line. What usual parsers refuse (nested too deep, half a character in an escape) would spoil the line for whoever
/// reads it, so it is there as a text; nothing is lost.
pub(crate) struct Part<'a>(pub &'a str);

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = json_line(self.0);
        // As deep as it will stand in the line.
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
