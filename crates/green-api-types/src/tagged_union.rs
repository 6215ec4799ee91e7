//! Unions that grow: what this version does not know, or cannot read, is kept as it came.

use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeOwned, DeserializeSeed, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::salvage::{Salvage, Salvaged, salvage};

/// Declares a union of structs told apart by a property, with a variant for everything else.
///
/// ```
/// #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
/// # #[cfg_attr(feature = "schemars", derive(schemars::JsonSchema))]
/// pub struct Circle {
///     pub radius: i64,
/// }
///
/// green_api_types::tagged_union! {
///     /// A shape.
///     pub enum Shape by "kind" {
///         /// A circle.
///         Circle(Circle) = "circle",
///     }
/// }
///
/// let shape: Shape = serde_json::from_str(r#"{"kind": "circle", "radius": 2}"#)?;
/// assert_eq!(shape, Shape::Circle(Circle { radius: 2 }));
/// let shape: Shape = serde_json::from_str(r#"{"kind": "circle", "radius": {}}"#)?;
/// assert!(matches!(&shape, Shape::Unrecognized(what) if what.reason().contains("radius")));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! tagged_union {
    ($(#[$meta:meta])* pub enum $name:ident by $property:literal { $($(#[$variant_meta:meta])* $variant:ident($inner:ty) = $tag:literal $(| $alias:literal)*,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[allow(clippy::large_enum_variant)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_meta])* $variant($inner),)+
            /// A kind that this version does not know, or one that it knows but could not read: the JSON as it came, and why.
            Unrecognized($crate::Unrecognized),
        }

        impl $name {
            /// All kinds that this version knows.
            pub const KNOWN: &'static [&'static str] = &[$($tag $(, $alias)*),+];

            /// The kind, as the server spells it; empty if it gave none.
            #[must_use]
            pub fn kind(&self) -> &str {
                match self {
                    $(Self::$variant(_) => $tag,)+
                    Self::Unrecognized(what) => what.kind().unwrap_or_default(),
                }
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                #[derive($crate::__private::serde::Serialize)]
                #[serde(crate = "::green_api_types::__private::serde")]
                struct Tagged<'a, T> {
                    #[serde(rename = $property)]
                    kind: &'static str,
                    #[serde(flatten)]
                    inner: &'a T,
                }
                match self {
                    $(Self::$variant(inner) => $crate::__private::serde::Serialize::serialize(&Tagged { kind: $tag, inner }, serializer),)+
                    Self::Unrecognized(what) => $crate::__private::serde::Serialize::serialize(what, serializer),
                }
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                let (kind, raw) = $crate::__private::split(deserializer, $property)?;
                Ok(match kind.as_deref() {
                    $(Some($tag $(| $alias)*) => match $crate::__private::decode(&raw) {
                        Ok(inner) => Self::$variant(inner),
                        Err(reason) => Self::Unrecognized($crate::Unrecognized::new(kind, raw, reason)),
                    },)+
                    Some(_) => Self::Unrecognized($crate::Unrecognized::new(kind, raw, ::std::string::String::from("a kind that this version does not know"))),
                    None => Self::Unrecognized($crate::Unrecognized::new(None, raw, ::std::format!("there is no `{}`", $property))),
                })
            }
        }

        #[cfg(feature = "schemars")]
        impl $crate::__private::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(generator: &mut $crate::__private::schemars::SchemaGenerator) -> $crate::__private::schemars::Schema {
                $crate::__private::schemars::json_schema!({ "oneOf": [$(generator.subschema_for::<$inner>()),+] })
            }
        }
    };
}

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
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// The value; where a key stands twice, the last one counts, and half a character, with which a text can end that was cut inside an emoji, is
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

/// What a union could not tell, kept whole.
#[derive(Clone, PartialEq)]
pub struct Unrecognized {
    kind: Option<String>,
    raw: RawJson,
    reason: String,
    salvaged: Salvaged,
}

impl Unrecognized {
    #[doc(hidden)]
    #[must_use]
    pub fn new(kind: Option<String>, raw: RawJson, reason: String) -> Self {
        Self {
            kind,
            raw,
            reason,
            salvaged: Salvaged::default(),
        }
    }

    /// The kind as the server spells it, if it gave one.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.kind.as_deref()
    }

    /// The JSON as it came.
    #[must_use]
    pub fn raw(&self) -> &RawJson {
        &self.raw
    }

    /// Why it was not recognised; for a known kind with the JSON path of what did not fit.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// Returns what can be read of it as `T`, which is worked out once: every call has to name the same type. `None` if nothing can.
    #[doc(hidden)]
    #[must_use]
    pub fn read<T: Salvage + DeserializeOwned>(&self) -> Option<&T> {
        self.read_with(salvage)
    }

    pub(crate) fn read_with<T: Salvage>(
        &self,
        read: impl FnOnce(&RawJson) -> Option<T>,
    ) -> Option<&T> {
        self.salvaged.get_or_read(|| read(&self.raw))
    }
}

impl fmt::Debug for Unrecognized {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unrecognized")
            .field("kind", &self.kind)
            .field("raw", &self.raw)
            .field("reason", &self.reason)
            .finish()
    }
}

impl Serialize for Unrecognized {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.raw.serialize(serializer)
    }
}

#[cfg(feature = "schemars")]
impl schemars::JsonSchema for Unrecognized {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Unrecognized".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({})
    }
}

/// The kind and the text of a union's JSON.
#[doc(hidden)]
pub fn split<'de, D: Deserializer<'de>>(
    deserializer: D,
    property: &'static str,
) -> Result<(Option<String>, RawJson), D::Error> {
    let raw = RawJson::deserialize(deserializer)?;
    let kind = match raw.field(property) {
        Ok(Some(Value::String(text))) => Some(text),
        _ => None,
    };
    Ok((kind, raw))
}

/// The value, or why it does not fit.
#[doc(hidden)]
pub fn decode<T: DeserializeOwned>(raw: &RawJson) -> Result<T, String> {
    // Keeping track of the place costs an allocation a field, so it is done for what does not fit.
    serde_json::from_str(raw.as_str()).or_else(|_| decode_or_explain(raw))
}

fn decode_or_explain<T: DeserializeOwned>(raw: &RawJson) -> Result<T, String> {
    let mut deserializer = serde_json::Deserializer::from_str(raw.as_str());
    serde_path_to_error::deserialize(&mut deserializer).or_else(|error| {
        // A key that stands twice or half a character is refused above and harmless here.
        T::deserialize(raw.to_value()).map_err(|_| without_text(&error.to_string()))
    })
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

/// serde repeats a text that stands in the wrong place, and it may be somebody's message.
fn without_text(error: &str) -> String {
    match (error.find("string \""), error.rfind("\", expected")) {
        (Some(start), Some(end)) if start < end => {
            format!("{}a text{}", &error[..start], &error[end + 1..])
        }
        _ => error.to_owned(),
    }
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
struct IsKey(&'static str);

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
