//! Shortcuts into JSON values, for which everything of another kind is empty.

use serde_json::Value;

/// Returns the entries of an object.
pub fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

/// Returns the entries of an object, to be changed.
pub fn entries_mut(value: &mut Value) -> impl Iterator<Item = (&String, &mut Value)> {
    value.as_object_mut().into_iter().flatten()
}

/// Returns the items of an array.
pub fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// Returns the items of an array, to be changed.
pub fn items_mut(value: &mut Value) -> impl Iterator<Item = &mut Value> {
    value.as_array_mut().into_iter().flatten()
}

/// Returns the text of a string.
pub fn string(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}
