//! Reads unions in one pass, as long as each begins with the property that tells its kind and everything fits.
//!
//! What is not as expected at any depth ends the pass, and the outermost union is read again with care.

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, Visitor};

use super::Union;
use crate::raw_json::{IsKey, RawJson};

thread_local! {
    /// Whether a union on this thread is inside one that is read in one pass.
    static ON: Cell<bool> = const { Cell::new(false) };
}

pub(super) fn is_on() -> bool {
    ON.get()
}

/// Reads a union and those inside it in one pass; `None` if anything is not as expected.
pub(super) fn try_read<T: Union>(raw: &RawJson) -> Option<T> {
    let _on = On::new();
    read(&mut serde_json::Deserializer::from_str(raw.as_str())).ok()
}

/// Switches the one pass on until it is dropped, by a panic as well.
struct On;

impl On {
    fn new() -> Self {
        ON.set(true);
        Self
    }
}

impl Drop for On {
    fn drop(&mut self) {
        ON.set(false);
    }
}

pub(super) fn read<'de, T: Union, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_map(TagFirst(PhantomData))
}

struct TagFirst<T>(PhantomData<T>);

impl<'de, T: Union> Visitor<'de> for TagFirst<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<T, A::Error> {
        if map.next_key_seed(IsKey(T::PROPERTY))? != Some(true) {
            return Err(A::Error::custom("the kind does not come first"));
        }
        let kind = map.next_value_seed(Text)?;
        let fields = Fields {
            tag: T::PROPERTY,
            rest: map,
        };
        T::variant(&kind, MapAccessDeserializer::new(fields))
    }
}

/// A text, without a copy if that is possible.
struct Text;

impl<'de> DeserializeSeed<'de> for Text {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Text {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Cow::Borrowed(text))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Cow::Owned(text.to_owned()))
    }
}

/// The fields of a union but for the one that tells the kind, which has been read.
struct Fields<A> {
    tag: &'static str,
    rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for Fields<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        self.rest.next_key_seed(NotTag {
            tag: self.tag,
            seed,
        })
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.rest.next_value_seed(seed)
    }
}

/// A key that must not tell the kind once more: the last one counts, and it has been read by the first.
struct NotTag<K> {
    tag: &'static str,
    seed: K,
}

impl<'de, K: DeserializeSeed<'de>> DeserializeSeed<'de> for NotTag<K> {
    type Value = K::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<K::Value, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, K: DeserializeSeed<'de>> Visitor<'de> for NotTag<K> {
    type Value = K::Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a key")
    }

    fn visit_str<E: Error>(self, key: &str) -> Result<K::Value, E> {
        if key == self.tag {
            return Err(E::custom("the kind comes twice"));
        }
        self.seed.deserialize(key.into_deserializer())
    }
}
