//! Enums that grow: a value that this version does not know is kept as it came.

/// Declares an enum of texts with a variant for everything else.
///
/// ```
/// green_api_types::open_enum! {
///     /// A traffic light.
///     pub enum Light {
///         /// Stop.
///         Red = "red",
///         /// Go.
///         Green = "green",
///     }
/// }
///
/// assert_eq!(Light::from("red"), Light::Red);
/// assert_eq!(Light::from("blue").as_str(), "blue");
/// assert_eq!(serde_json::to_string(&Light::from("blue"))?, r#""blue""#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[macro_export]
macro_rules! open_enum {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$variant_meta:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_meta])* $variant,)+
            /// A value that this version does not know, as it came.
            Unknown(::std::string::String),
        }

        impl $name {
            /// All values that this version knows.
            pub const KNOWN: &'static [&'static str] = &[$($text),+];

            /// Returns the value as the server spells it.
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)+
                    Self::Unknown(text) => text,
                }
            }
        }

        impl ::std::convert::From<&str> for $name {
            fn from(text: &str) -> Self {
                match text {
                    $($text => Self::$variant,)+
                    _ => Self::Unknown(text.to_owned()),
                }
            }
        }

        impl ::std::convert::From<::std::string::String> for $name {
            fn from(text: ::std::string::String) -> Self {
                match text.as_str() {
                    $($text => Self::$variant,)+
                    _ => Self::Unknown(text),
                }
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::__private::serde::Serialize for $name {
            fn serialize<S: $crate::__private::serde::Serializer>(&self, serializer: S) -> ::std::result::Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> $crate::__private::serde::Deserialize<'de> for $name {
            fn deserialize<D: $crate::__private::serde::Deserializer<'de>>(deserializer: D) -> ::std::result::Result<Self, D::Error> {
                $crate::lenient::read(deserializer)
            }
        }

        impl $crate::lenient::Lenient for $name {
            const EXPECTED: &'static str = "a text";

            fn from_scalar(scalar: $crate::lenient::Scalar) -> ::std::result::Result<Self, $crate::lenient::Scalar> {
                match scalar {
                    $crate::lenient::Scalar::Bool(on) if Self::KNOWN.contains(&"yes") => Ok(Self::from(if on { "yes" } else { "no" })),
                    other => <::std::string::String as $crate::lenient::Lenient>::from_scalar(other).map(Self::from),
                }
            }
        }

        #[cfg(feature = "schemars")]
        impl $crate::__private::schemars::JsonSchema for $name {
            fn schema_name() -> ::std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut $crate::__private::schemars::SchemaGenerator) -> $crate::__private::schemars::Schema {
                $crate::__private::schemars::json_schema!({ "type": "string", "enum": [$($text),+] })
            }
        }
    };
}

/// Makes a switch of an open enum whose values are `yes` and `no`.
#[macro_export]
macro_rules! switch {
    ($name:ident) => {
        impl $name {
            /// Returns `true` if the switch is on.
            #[must_use]
            pub fn is_on(&self) -> bool {
                *self == Self::Yes
            }
        }

        impl ::std::convert::From<bool> for $name {
            fn from(on: bool) -> Self {
                if on { Self::Yes } else { Self::No }
            }
        }
    };
}
