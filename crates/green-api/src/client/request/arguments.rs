//! Single arguments of an input, without building the rest as JSON.

use std::borrow::Cow;

use green_api_client::Extra;
use serde::Serialize;
use serde::ser::{Error as _, Impossible, SerializeMap, SerializeStruct, Serializer};
use serde_json::{Error, to_value};

use super::properties::Found;

/// Which arguments are wanted, by their names.
pub(super) type Wanted<'w> = dyn Fn(&str) -> bool + 'w;

/// Returns those arguments that are wanted. An input is a struct, whose fields are the arguments.
pub(super) fn arguments(input: &impl Serialize, wanted: &Wanted<'_>) -> Result<Found, Error> {
    input.serialize(Arguments {
        wanted,
        name: None,
        found: Found::default(),
    })
}

/// The same with fields that were added.
pub(super) fn with_extra(mut arguments: Found, extra: &Extra, wanted: &Wanted<'_>) -> Found {
    for (name, value) in extra.fields() {
        if wanted(name) {
            arguments.push(name.clone(), value.clone());
        }
    }
    arguments
}

/// Returns `true` if a path such as `participants/*` leads into the argument.
pub(super) fn leads_into(path: &str, argument: &str) -> bool {
    let rest = path.strip_prefix(argument);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

struct Arguments<'w> {
    wanted: &'w Wanted<'w>,
    /// Of the value that comes next.
    name: Option<String>,
    found: Found,
}

impl Arguments<'_> {
    fn add<T: Serialize + ?Sized>(
        &mut self,
        name: impl Into<Cow<'static, str>> + AsRef<str>,
        value: &T,
    ) -> Result<(), Error> {
        if (self.wanted)(name.as_ref()) {
            self.found.push(name, to_value(value)?);
        }
        Ok(())
    }
}

impl SerializeStruct for Arguments<'_> {
    type Ok = Found;
    type Error = Error;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), Error> {
        self.add(name, value)
    }

    fn end(self) -> Result<Found, Error> {
        Ok(self.found)
    }
}

/// Of a struct with flattened parts.
impl SerializeMap for Arguments<'_> {
    type Ok = Found;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, name: &T) -> Result<(), Error> {
        self.name = to_value(name)?.as_str().map(str::to_owned);
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let name = self.name.take().unwrap_or_default();
        self.add(name, value)
    }

    fn end(self) -> Result<Found, Error> {
        Ok(self.found)
    }
}

/// What no input is.
macro_rules! refused {
    ($($method:ident($($type:ty),*) -> $answer:ty;)+) => {
        $(fn $method(self, $(_: $type),*) -> Result<$answer, Error> {
            Err(Error::custom("an input must be an object"))
        })+
    };
}

type None = Impossible<Found, Error>;

impl Serializer for Arguments<'_> {
    type Ok = Found;
    type Error = Error;
    type SerializeSeq = None;
    type SerializeTuple = None;
    type SerializeTupleStruct = None;
    type SerializeTupleVariant = None;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = None;

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Error> {
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Error> {
        Ok(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Found, Error> {
        value.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<Found, Error> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        value: &T,
    ) -> Result<Found, Error> {
        value.serialize(self)
    }

    refused! {
        serialize_bool(bool) -> Found;
        serialize_i8(i8) -> Found;
        serialize_i16(i16) -> Found;
        serialize_i32(i32) -> Found;
        serialize_i64(i64) -> Found;
        serialize_u8(u8) -> Found;
        serialize_u16(u16) -> Found;
        serialize_u32(u32) -> Found;
        serialize_u64(u64) -> Found;
        serialize_f32(f32) -> Found;
        serialize_f64(f64) -> Found;
        serialize_char(char) -> Found;
        serialize_str(&str) -> Found;
        serialize_bytes(&[u8]) -> Found;
        serialize_none() -> Found;
        serialize_unit() -> Found;
        serialize_unit_struct(&'static str) -> Found;
        serialize_unit_variant(&'static str, u32, &'static str) -> Found;
        serialize_seq(Option<usize>) -> None;
        serialize_tuple(usize) -> None;
        serialize_tuple_struct(&'static str, usize) -> None;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> None;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> None;
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[derive(Serialize)]
    struct Inner {
        c: Vec<i64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        d: Option<i64>,
    }

    #[derive(Serialize)]
    struct Outer {
        a: &'static str,
        #[serde(flatten)]
        inner: Inner,
    }

    #[test]
    fn only_what_is_wanted_is_built() {
        let inner = || Inner {
            c: vec![1],
            d: None,
        };
        let of =
            |wanted: &Wanted<'_>| Value::Object(arguments(&inner(), wanted).unwrap().into_map());
        assert_eq!(of(&|_| true), json!({"c": [1]}));
        assert_eq!(of(&|name| name == "d"), json!({}));
        let outer = Outer {
            a: "text",
            inner: inner(),
        };
        let of = |wanted: &Wanted<'_>| Value::Object(arguments(&outer, wanted).unwrap().into_map());
        assert_eq!(of(&|_| true), json!({"a": "text", "c": [1]}));
        assert_eq!(of(&|name| name == "c"), json!({"c": [1]}));
        assert!(arguments(&1, &|_| true).is_err());
    }

    #[test]
    fn a_path_leads_into_its_first_part() {
        assert!(leads_into("options/*/name", "options") && leads_into("delay", "delay"));
        assert!(!leads_into("options/*/name", "option") && !leads_into("delay", "delays"));
    }
}
