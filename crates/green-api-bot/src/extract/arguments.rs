//! The arguments of a command, read into a type.

use serde::Deserializer;
use serde::de::value::SeqDeserializer;
use serde::de::{DeserializeOwned, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_plain::Error;

use super::{Extract, Rejection};
use crate::Context;

/// The arguments of a command, read into a type by serde: a number, a text, an enum of words, a tuple or a struct of these.
///
/// A tuple or a struct takes one word for each field, and the last takes the rest. A field at the end may be left out if it is
/// `#[serde(default)]`.
///
/// ```
/// use green_api_bot::{Chat, HandlerResult, Router, extract::Args, filter::command};
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct Order { number: u32, dish: String }
///
/// async fn order(chat: Chat, Args(order): Args<Order>) -> HandlerResult {
///     chat.reply(format!("{} × {}, thank you.", order.number, order.dish))
/// }
///
/// let router = Router::new().route(command("order").usage("Such as: /order 2 onion soup"), order);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Args<T>(pub T);

impl<T: DeserializeOwned + Send> Extract for Args<T> {
    fn extract(context: &Context) -> Result<Self, Rejection> {
        let call = context.matched().call.as_ref();
        let call = call.ok_or(Rejection::Missing(
            "arguments, since its route has no command",
        ))?;
        // What serde says can repeat the text.
        read(&call.arguments)
            .map(Self)
            .map_err(|_| Rejection::Arguments(format!("of the command /{}", call.name)))
    }
}

fn read<T: DeserializeOwned>(text: &str) -> Result<T, Error> {
    T::deserialize(Arguments(text))
}

/// All arguments of a command, as they were written.
struct Arguments<'a>(&'a str);

impl<'a> Arguments<'a> {
    /// The first words, and the rest as the last.
    fn words(self, at_most: usize) -> impl Iterator<Item = Word<'a>> {
        let mut rest = self.0.trim();
        (1..=at_most).map_while(move |place| {
            let (word, left) = match rest.split_once(char::is_whitespace) {
                Some((word, left)) if place < at_most => (word, left.trim_start()),
                _ => (rest, ""),
            };
            rest = left;
            (!word.is_empty()).then_some(Word(word))
        })
    }
}

struct Word<'a>(&'a str);

impl<'de> IntoDeserializer<'de, Error> for Word<'de> {
    type Deserializer = serde_plain::Deserializer<'de>;

    fn into_deserializer(self) -> Self::Deserializer {
        serde_plain::Deserializer::new(self.0)
    }
}

macro_rules! plain {
    ($($deserialize:ident)+) => {
        $(fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            Word(self.0.trim()).into_deserializer().$deserialize(visitor)
        })+
    };
}

impl<'de> Deserializer<'de> for Arguments<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        Word(self.0.trim())
            .into_deserializer()
            .deserialize_any(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_seq(SeqDeserializer::new(self.words(length)))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_tuple(fields.len(), visitor)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_tuple(usize::MAX, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.trim().is_empty() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        Word(self.0.trim())
            .into_deserializer()
            .deserialize_enum(name, variants, visitor)
    }

    plain! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128 deserialize_u8 deserialize_u16
        deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32 deserialize_f64 deserialize_char deserialize_str deserialize_string
    }

    forward_to_deserialize_any! { bytes byte_buf unit unit_struct map identifier ignored_any }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Order {
        number: u32,
        #[serde(default)]
        dish: String,
    }

    #[derive(Debug, Deserialize, PartialEq)]
    #[serde(rename_all = "lowercase")]
    enum Size {
        Small,
        Large,
    }

    #[test]
    fn words_become_fields_and_the_last_takes_the_rest() {
        let order = |number, dish: &str| Order {
            number,
            dish: dish.to_owned(),
        };
        assert_eq!(
            read::<Order>("2 onion  soup").unwrap(),
            order(2, "onion  soup")
        );
        assert_eq!(read::<Order>(" 2 ").unwrap(), order(2, ""));
        assert!(read::<Order>("two soups").is_err());
        assert!(read::<Order>("").is_err());
        assert_eq!(
            read::<(Size, f64)>("large 1.5").unwrap(),
            (Size::Large, 1.5)
        );
        assert_eq!(read::<Size>("small").unwrap(), Size::Small);
        assert!(read::<Size>("huge").is_err());
        assert_eq!(read::<Vec<i8>>("1 -2 3").unwrap(), [1, -2, 3]);
        assert_eq!(read::<Option<u8>>("").unwrap(), None);
        assert_eq!(read::<Option<u8>>("7").unwrap(), Some(7));
        assert_eq!(read::<String>("all of it").unwrap(), "all of it");
        assert!(read::<u8>("300").is_err());
    }
}
