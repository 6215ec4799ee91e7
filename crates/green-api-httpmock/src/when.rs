//! What a request must be.

use std::fmt::Write as _;

use green_api_types::operation::{Argument, Body, Operation, Place};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::{examples, unknown};

/// The conditions that a request must meet for the mock to answer it.
pub struct When {
    operation: &'static Operation,
    inner: httpmock::When,
}

impl When {
    pub(crate) fn new(operation: &'static Operation, inner: httpmock::When) -> Self {
        let inner = inner.method(operation.verb);
        Self { operation, inner }.path(None)
    }

    /// Requires the number of the instance.
    ///
    /// # Panics
    ///
    /// The operation is the partner's, and has no instance in its path.
    pub fn instance(self, id: i64) -> Self {
        assert!(
            self.operation.family == "instance",
            "{} is called for a partner's account, without an instance",
            self.operation.id
        );
        self.path(Some(("idInstance", &id.to_string())))
    }

    /// Requires the token: the instance's, or the partner's if the operation is the partner's.
    pub fn token(self, token: &str) -> Self {
        let name = if self.operation.family == "instance" {
            "apiTokenInstance"
        } else {
            "partnerToken"
        };
        self.path(Some((name, token)))
    }

    /// Requires this value of an argument, by its documented name.
    ///
    /// It is looked for where the operation takes it: in the path, the query, a header, the JSON body or a part of the form. The file of an
    /// upload is the argument `file`, and its value the bytes as a text.
    ///
    /// # Panics
    ///
    /// The operation has no such argument; the message lists those that it has. The value cannot be written as JSON.
    pub fn argument(self, name: &str, value: impl Serialize) -> Self {
        let arguments = self.operation.arguments;
        let argument = arguments
            .iter()
            .find(|argument| argument.name == name)
            .unwrap_or_else(|| {
                unknown(
                    self.operation.id,
                    "argument",
                    name,
                    arguments.iter().map(|argument| argument.name),
                )
            });
        let value = serde_json::to_value(value)
            .unwrap_or_else(|error| panic!("the value of `{name}` is not JSON: {error}"));
        self.place(argument, &value)
    }

    fn place(self, Argument { name, place, .. }: &'static Argument, value: &Value) -> Self {
        let text = text(value);
        let Self { operation, inner } = self;
        let inner = match place {
            Place::Path => return Self { operation, inner }.path(Some((name, &text))),
            Place::Query => inner.query_param(*name, text),
            Place::Header => inner.header(*name, text),
            Place::Form => inner.body_matches(part(name, &text)),
            Place::Body if operation.body == Body::Raw => inner.body(text),
            Place::Body => {
                // Says what differs, but is content if a list or an object begins like this one.
                let inner = inner.json_body_includes(json!({ *name: value }).to_string());
                let value = value.clone();
                if value.is_array() || value.is_object() {
                    inner.is_true(move |request| {
                        serde_json::from_slice(request.body_ref())
                            .is_ok_and(|body: Value| body[*name] == value)
                    })
                } else {
                    inner
                }
            }
        };
        Self { operation, inner }
    }

    /// Requires the documented request of that name and nothing beyond it, credentials and usual headers apart.
    ///
    /// # Panics
    ///
    /// The documentation has no such example; the message lists those that it has.
    pub fn example(self, name: &str) -> Self {
        let operation = self.operation;
        let request = &examples::pair(operation, name).request;
        let given = || {
            let arguments = operation.arguments.iter();
            arguments.filter_map(|argument| Some((argument, request.get(argument.name)?)))
        };
        let count = |wanted| {
            given()
                .filter(|(argument, _)| argument.place == wanted)
                .count()
        };
        let (parameters, parts) = (count(Place::Query), count(Place::Form));
        let body: Map<String, Value> = given()
            .filter(|(argument, _)| argument.place == Place::Body)
            .map(|(argument, value)| (argument.name.to_owned(), value.clone()))
            .collect();
        let this = given()
            .filter(|(argument, _)| argument.place != Place::Body || operation.body == Body::Raw)
            .fold(self, |when, (argument, value)| when.place(argument, value));
        let inner = this.inner.is_true(move |request| {
            let body = request.body_ref();
            request.query_params().len() == parameters
                && match operation.body {
                    Body::None => body.is_empty(),
                    Body::Multipart => {
                        let body = String::from_utf8_lossy(body).to_lowercase();
                        body.matches("\r\ncontent-disposition: form-data;").count() == parts
                    }
                    Body::Json | Body::Raw => true,
                }
        });
        let inner = match operation.body {
            Body::Json => inner
                .header_prefix("content-type", "application/json")
                .json_body(Value::Object(body)),
            Body::Multipart => inner.header_prefix("content-type", "multipart/form-data"),
            Body::None | Body::Raw => inner,
        };
        Self { operation, inner }
    }

    /// Returns httpmock's own conditions, to go beyond what the documentation knows.
    #[must_use]
    pub fn into_inner(self) -> httpmock::When {
        self.inner
    }

    /// Requires the operation's path, with this value in the place of that name.
    fn path(self, known: Option<(&str, &str)>) -> Self {
        let mut pattern = "^".to_owned();
        for (index, piece) in self.operation.path.split(['{', '}']).enumerate() {
            match known {
                _ if index % 2 == 0 => pattern.push_str(piece),
                Some((name, value)) if name == piece => pattern.push_str(&segment(value)),
                _ => pattern.push_str("[^/]+"),
            }
        }
        pattern.push('$');
        let inner = self.inner.path_matches(pattern);
        Self { inner, ..self }
    }
}

/// A value as it stands in an address.
fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

/// A pattern for the value in a path, where anything but letters and digits may be percent-encoded.
fn segment(value: &str) -> String {
    value.bytes().fold(String::new(), |mut pattern, byte| {
        let _ = match byte {
            _ if byte.is_ascii_alphanumeric() => write!(pattern, "{}", char::from(byte)),
            _ if byte.is_ascii() => write!(pattern, r"(?:\x{byte:02x}|%(?i:{byte:02x}))"),
            _ => write!(pattern, "%(?i:{byte:02x})"),
        };
        pattern
    })
}

/// A pattern for a part of a form, between its name and the boundary behind its value.
fn part(name: &str, value: &str) -> String {
    let value = value.chars().fold(String::new(), |mut pattern, char| {
        let _ = write!(pattern, r"\x{{{:x}}}", u32::from(char));
        pattern
    });
    format!(r#" name="?{name}"?(?:;[^\r]*)?(?:\r\n[^\r]+)*?\r\n\r\n{value}\r\n--"#)
}
