//! JSON kept as the text that it came as.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// JSON exactly as it came.
#[derive(Clone)]
pub struct RawJson(Box<RawValue>);

impl Default for RawJson {
    /// `null`.
    fn default() -> Self {
        Self(RawValue::NULL.to_owned())
    }
}

impl RawJson {
    /// Returns the JSON text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Returns the value; where a key stands twice, the last one counts, and half a character, with which a text can end that was cut inside an emoji, is
    /// U+FFFD. `null` for what is nested deeper than 128 levels.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let text = self.as_str();
        // What was accepted as JSON once is JSON still; only nesting beyond the parser's depth is refused in the end.
        serde_json::from_str(text)
            .or_else(|_| serde_json::from_str(&with_whole_characters(text)))
            .unwrap_or(Value::Null)
    }
}

impl RawJson {
    /// The value of a field, without reading the others; where it stands twice, the last one counts.
    pub(crate) fn field<T: DeserializeOwned>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, serde_json::Error> {
        if !self.as_str().starts_with('{') {
            return Ok(None);
        }
        FindField(name, PhantomData)
            .deserialize(&mut serde_json::Deserializer::from_str(self.as_str()))
    }
}

impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawJson({} bytes)", self.as_str().len())
    }
}

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RawJson {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Box::<RawValue>::deserialize(deserializer).map(Self)
    }
}

/// JSON in which each escaped half of a surrogate pair without its other half is U+FFFD. It is known to be well formed otherwise.
fn with_whole_characters(mut json: &str) -> String {
    let unit = |text: &str| u16::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok();
    let mut whole = String::with_capacity(json.len());
    while let Some((before, escape)) = json.find('\\').and_then(|at| json.split_at_checked(at)) {
        let low_follows = || {
            escape
                .get(6..)
                .and_then(unit)
                .is_some_and(|low| (0xDC00..=0xDFFF).contains(&low))
        };
        let (length, replacement) = match unit(escape) {
            Some(0xD800..=0xDBFF) if low_follows() => (12, None),
            Some(0xD800..=0xDFFF) => (6, Some("\\ufffd")),
            Some(_) => (6, None),
            None => (2, None),
        };
        let Some((taken, rest)) = escape.split_at_checked(length) else {
            break;
        };
        whole.push_str(before);
        whole.push_str(replacement.unwrap_or(taken));
        json = rest;
    }
    whole + json
}

/// Finds one property without building the rest.
struct FindField<T>(&'static str, PhantomData<T>);

impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for FindField<T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for FindField<T> {
    type Value = Option<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut value = None;
        while let Some(found) = map.next_key_seed(IsKey(self.0))? {
            if found {
                value = Some(map.next_value()?);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(value)
    }
}

/// Whether a key is this one, without keeping it.
pub(crate) struct IsKey(pub(crate) &'static str);

impl<'de> DeserializeSeed<'de> for IsKey {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        // As text it would have to have whole characters.
        deserializer.deserialize_bytes(self)
    }
}

impl Visitor<'_> for IsKey {
    type Value = bool;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_bytes<E>(self, key: &[u8]) -> Result<bool, E> {
        Ok(key == self.0.as_bytes())
    }

    fn visit_str<E>(self, key: &str) -> Result<bool, E> {
        Ok(key == self.0)
    }
}
