//! One body for each kind of notification and of message, out of those in `tests/notifications`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

/// Every kind with the largest body of it, without white space, as the server sends it.
#[must_use]
pub fn kinds() -> BTreeMap<String, String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/notifications");
    let mut kinds = BTreeMap::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let value: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
        let Some(kind) = value["typeWebhook"].as_str() else {
            continue;
        };
        // A message is the same whichever way it went.
        let name = value["messageData"]["typeMessage"]
            .as_str()
            .unwrap_or(kind)
            .to_owned();
        let text = value.to_string();
        let longest = kinds.entry(name).or_insert_with(String::new);
        if text.len() > longest.len() {
            *longest = text;
        }
    }
    kinds
}
