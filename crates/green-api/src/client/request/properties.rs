//! Reads single properties of an answer without building the rest.

use std::borrow::Cow;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::{Map, Value};

/// Those of the properties that an object has, in its order. So few need no table.
#[derive(Clone, Default)]
pub(super) struct Found(Vec<(Cow<'static, str>, Value)>);

impl Found {
    pub(super) fn push(&mut self, name: impl Into<Cow<'static, str>>, value: Value) {
        self.0.push((name.into(), value));
    }

    /// Returns the value; where a key stands twice, the last one counts.
    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.find(|key| key == name).map(|(_, value)| value)
    }

    /// Returns the last property whose name is such.
    pub(super) fn find(&self, wanted: impl Fn(&str) -> bool) -> Option<(&str, &Value)> {
        let mut found = self.0.iter().rev();
        let (name, value) = found.find(|(name, _)| wanted(name))?;
        Some((name, value))
    }

    /// Takes the value, as [`get`](Self::get) returns it.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        let mut found = self.0.iter_mut().rev();
        found
            .find(|(key, _)| *key == name)
            .map(|(_, value)| value.take())
    }

    pub(super) fn into_map(self) -> Map<String, Value> {
        let fields = self.0.into_iter();
        fields
            .map(|(name, value)| (name.into_owned(), value))
            .collect()
    }
}

#[cfg(test)]
impl From<Map<String, Value>> for Found {
    fn from(fields: Map<String, Value>) -> Self {
        let fields = fields.into_iter();
        Self(fields.map(|(name, value)| (name.into(), value)).collect())
    }
}

/// Returns those of the properties that a JSON object has; nothing for what is not JSON, or not an object.
pub(super) fn properties(json: &[u8], names: &[&'static str]) -> Found {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let found = Properties(names).deserialize(&mut deserializer);
    let found = found.and_then(|found| deserializer.end().map(|()| found));
    found.unwrap_or_default()
}

struct Properties<'n>(&'n [&'static str]);

impl<'de> DeserializeSeed<'de> for Properties<'_> {
    type Value = Found;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Found, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Properties<'_> {
    type Value = Found;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Found, A::Error> {
        let mut found = Found::default();
        while let Some(name) = map.next_key_seed(Name(self.0))? {
            match name {
                Some(name) => found.push(name, map.next_value()?),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(found)
    }
}

/// A key, if it is one of these.
struct Name<'n>(&'n [&'static str]);

impl<'de> DeserializeSeed<'de> for Name<'_> {
    type Value = Option<&'static str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl Visitor<'_> for Name<'_> {
    type Value = Option<&'static str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<Self::Value, E> {
        Ok(self.0.iter().copied().find(|name| *name == key))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::properties;

    #[test]
    fn only_what_is_asked_for_is_read_and_the_last_one_counts() {
        let read = |json: &str| properties(json.as_bytes(), &["a", "b"]);
        let found = read(r#"{"a":1,"c":[{"a":2}],"a":{"b":3}}"#);
        assert_eq!(found.get("a"), Some(&json!({"b": 3})));
        assert_eq!((found.get("b"), found.get("c")), (None, None));
        for other in ["", "null", "[1]", "\"a\"", r#"{"a":1"#, r#"{"a":1} x"#] {
            assert!(read(other).get("a").is_none(), "{other}");
        }
    }
}
