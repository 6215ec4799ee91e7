//! Unions that grow: what this version does not know, or cannot read, is kept as it came.

use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::drift::shown;
use crate::raw_json::RawJson;
use crate::salvage::{Salvage, Salvaged, salvage};

/// Declares a union of structs told apart by a property, with a variant for everything else. The structs are boxed: the largest would make
/// every value as large as itself.
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
/// assert_eq!(shape, Shape::Circle(Box::new(Circle { radius: 2 })));
/// let shape: Shape = serde_json::from_str(r#"{"kind": "circle", "radius": {}}"#)?;
/// assert!(matches!(&shape, Shape::Unrecognized(what) if what.reason().contains("radius")));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! tagged_union {
    ($(#[$meta:meta])* pub enum $name:ident by $property:literal { $($(#[$variant_meta:meta])* $variant:ident($inner:ty) = $tag:literal $(| $alias:literal)*,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_meta])* $variant(::std::boxed::Box<$inner>),)+
            /// A kind that this version does not know, or one that it knows but could not read: the JSON as it came, and why.
            Unrecognized($crate::Unrecognized),
        }

        impl $name {
            /// All kinds that this version knows.
            pub const KNOWN: &'static [&'static str] = &[$($tag $(, $alias)*),+];

            /// Returns the kind as the server spells it, or an empty text if it gave none.
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
                $crate::__private::union(deserializer)
            }
        }

        impl $crate::__private::Union for $name {
            const PROPERTY: &'static str = $property;

            fn variant<'de, D: $crate::__private::serde::Deserializer<'de>>(kind: &str, fields: D) -> ::std::result::Result<Self, D::Error> {
                match kind {
                    $($tag $(| $alias)* => <$inner as $crate::__private::serde::Deserialize>::deserialize(fields).map(|inner| Self::$variant(::std::boxed::Box::new(inner))),)+
                    _ => Err($crate::__private::serde::de::Error::custom("a kind that this version does not know")),
                }
            }

            fn of(raw: $crate::RawJson) -> Self {
                $crate::__private::read_union(raw)
            }

            fn of_raw(kind: ::std::option::Option<::std::string::String>, raw: $crate::RawJson) -> Self {
                match kind.as_deref() {
                    $(Some($tag $(| $alias)*) => match $crate::__private::decode::<$inner>(&raw) {
                        Ok(inner) => Self::$variant(::std::boxed::Box::new(inner)),
                        Err(reason) => Self::Unrecognized($crate::Unrecognized::new(kind, raw, reason)),
                    },)+
                    Some(_) => Self::Unrecognized($crate::Unrecognized::new(kind, raw, ::std::string::String::from("a kind that this version does not know"))),
                    None => Self::Unrecognized($crate::Unrecognized::new(None, raw, ::std::format!("there is no `{}`", $property))),
                }
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

/// A value that a union could not recognize, kept whole.
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

    /// Returns the kind as the server spells it, if it gave one.
    #[must_use]
    pub fn kind(&self) -> Option<&str> {
        self.kind.as_deref()
    }

    /// Returns the JSON as it came.
    #[must_use]
    pub fn raw(&self) -> &RawJson {
        &self.raw
    }

    /// Returns why it was not recognised; for a known kind with the JSON path of what did not fit.
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
            .field("kind", &self.kind.as_deref().map(shown))
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

mod one_pass;

/// The part of a union that [`tagged_union!`](crate::tagged_union) implements for [`union`].
#[doc(hidden)]
pub trait Union: Sized {
    /// The property that tells the kind.
    const PROPERTY: &'static str;

    /// Reads the fields of a kind, but for the one that tells it: what is serialised has that one already, so no kind has a field of its own for it.
    ///
    /// # Errors
    ///
    /// For a kind that is not known, and for what does not fit.
    fn variant<'de, D: Deserializer<'de>>(kind: &str, fields: D) -> Result<Self, D::Error>;

    /// Reads it, or keeps it. It is compiled once, with the type, and not for all that it is read from.
    fn of(raw: RawJson) -> Self;

    /// Reads what does not fit, or keeps it.
    fn of_raw(kind: Option<String>, raw: RawJson) -> Self;
}

/// Reads a union: in one pass if it fits, with the unions inside it, and with all care if it does not.
#[doc(hidden)]
pub fn union<'de, T: Union, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    if one_pass::is_on() {
        return one_pass::read(deserializer);
    }
    RawJson::deserialize(deserializer).map(T::of)
}

#[doc(hidden)]
pub fn read_union<T: Union>(raw: RawJson) -> T {
    if let Some(read) = one_pass::try_read(&raw) {
        return read;
    }
    let kind = match raw.field(T::PROPERTY) {
        Ok(Some(Value::String(text))) => Some(text),
        _ => None,
    };
    T::of_raw(kind, raw)
}

/// Decodes the value, or tells why it does not fit.
#[doc(hidden)]
pub fn decode<T: DeserializeOwned>(raw: &RawJson) -> Result<T, String> {
    // Keeping track of the place costs an allocation a field, so it is done for what does not fit.
    serde_json::from_str(raw.as_str()).or_else(|_| {
        // A key that stands twice or half a character is refused above and harmless here.
        serde_path_to_error::deserialize(&raw.to_value()).map_err(|error| {
            let reason = without_value(&error.inner().to_string());
            let place = error.path().to_string();
            if place.trim_matches(['.', '?']).is_empty() {
                reason
            } else {
                format!("{place}: {reason}")
            }
        })
    })
}

/// Returns serde's reason without the value that it quotes, which may be somebody's message or number. Reasons of our own types quote nothing.
#[doc(hidden)]
#[must_use]
pub fn without_value(reason: &str) -> String {
    let quoting = [
        "invalid type",
        "invalid value",
        "invalid length",
        "unknown variant",
        "unknown field",
    ];
    let kind = quoting.into_iter().find(|kind| reason.starts_with(kind));
    match (kind, reason.rsplit_once(", expected ")) {
        (Some(kind), Some((_, expected))) => format!("{kind}, expected {expected}"),
        (Some(kind), None) => kind.to_owned(),
        (None, _) => reason.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::types::Notification;

    #[test]
    fn what_somebody_wrote_is_in_no_debug_and_in_no_reason() {
        for value in [
            json!(447_700_900_145_u64),
            json!("447700900145, expected"),
            json!(true),
        ] {
            let read = |body| serde_json::from_value::<Notification>(body).unwrap();
            let misfit = read(json!({"typeWebhook": "incomingCall", "instanceData": value}));
            let Notification::Unrecognized(what) = &misfit else {
                panic!("{misfit:?}")
            };
            assert!(
                what.reason()
                    .starts_with("instanceData: invalid type, expected ")
            );
            for shown in [what.reason().to_owned(), format!("{misfit:?}")] {
                assert!(
                    !shown.contains("447700900145") && !shown.contains("true"),
                    "{shown}"
                );
            }
        }
        for (kind, shown) in [("newerThanThis", true), ("+447700900145 wrote", false)] {
            let body = json!({ "typeWebhook": kind });
            let read = serde_json::from_value::<Notification>(body).unwrap();
            assert_eq!(format!("{read:?}").contains(kind), shown);
        }
    }
}
