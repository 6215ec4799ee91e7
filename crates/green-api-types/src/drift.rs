//! Reports of what the server sent that this version does not know.
//!
//! The server adds fields, values and kinds without notice, and none of that is an error. [`Drift`] says what there was, in words that can be
//! pasted into a report: names and places, never what was in them.

use std::fmt;

use serde_json::Value;

/// Enough for any report, and few enough to look through for each new one.
const MAX_FINDINGS: usize = 1_000;

/// The parts of something received that this version does not know.
///
/// ```
/// use green_api_types::drift::Drift;
/// use green_api_types::types::Notification;
///
/// let drift = Drift::of::<Notification>(r#"{
///     "typeWebhook": "stateInstanceChanged", "instanceData": {"idInstance": 7103000001, "region": "eu"},
///     "timestamp": 1700000000, "stateInstance": "resting"
/// }"#);
/// println!("{drift}"); // In stateInstanceChanged, green-api 0.1.0 does not know …
/// let findings: Vec<String> = drift.findings().iter().map(ToString::to_string).collect();
/// assert_eq!(findings, ["$.instanceData.region: a field with a text", "$.stateInstance: a value of StateInstance"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drift {
    kinds: Vec<String>,
    findings: Vec<Finding>,
}

/// One thing that this version does not know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    path: Vec<Step>,
    what: Unknown,
}

/// The unknown thing in a [`Finding`].
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unknown {
    /// A field, with the kind of JSON in it.
    Field(JsonKind),
    /// A value of an enum.
    Value {
        /// The enum.
        of: &'static str,
        /// The value.
        value: String,
    },
    /// A kind of notification or of message.
    Kind(String),
    /// A field that must be there is not, or is `null`.
    Missing,
    /// It is another kind of JSON than it should be.
    Misfit(JsonKind),
    /// It is not JSON, or nested more deeply than is read.
    NotJson,
}

/// Kinds of JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonKind {
    /// `null`.
    Null,
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// A text.
    Text,
    /// A list.
    List,
    /// An object.
    Object,
}

#[derive(Clone, PartialEq, Eq)]
enum Step {
    Name(String),
    Items,
}

/// A type that can be checked for drift: everything that the server sends.
pub trait Described {
    #[doc(hidden)]
    fn shape() -> &'static Shape;
}

/// The spec's description of a type.
#[doc(hidden)]
#[derive(Debug)]
pub enum Shape {
    /// Nothing in it can be unknown.
    Any,
    Same(&'static Shape),
    /// The names of the fields that must be there, and all fields.
    Object(
        &'static [&'static str],
        &'static [(&'static str, &'static Shape)],
    ),
    List(&'static Shape),
    /// The enum's name and its values.
    Enum(&'static str, &'static [&'static str]),
    /// The name of the field that tells the kind, and the kinds.
    Union(&'static str, &'static [(&'static str, &'static Shape)]),
}

/// Names shapes, so that they can refer to one another, and ties each to its type.
#[doc(hidden)]
#[macro_export]
macro_rules! described {
    ($(static $name:ident for $type:ty = $shape:expr;)+) => {$(
        static $name: $crate::drift::Shape = $shape;

        impl $crate::drift::Described for $type {
            fn shape() -> &'static $crate::drift::Shape {
                &$name
            }
        }
    )+};
}
#[doc(hidden)]
pub use described;

impl Drift {
    /// Looks at something as it was received: a notification, a message of a journal, the answer to a request.
    #[must_use]
    pub fn of<T: Described>(json: &str) -> Self {
        match serde_json::from_str(json) {
            Ok(value) => Self::of_value::<T>(&value),
            Err(_) => Self {
                kinds: Vec::new(),
                findings: vec![Finding {
                    path: Vec::new(),
                    what: Unknown::NotJson,
                }],
            },
        }
    }

    /// Compares a JSON value with what this version knows.
    #[must_use]
    pub fn of_value<T: Described>(value: &Value) -> Self {
        let mut walk = Walk {
            drift: Self::default(),
            path: Vec::new(),
        };
        walk.visit(value, T::shape());
        walk.drift.findings.sort_by_cached_key(Finding::path);
        walk.drift
    }

    /// Returns `true` if everything is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// Returns everything that is not known, ordered by its path: at most 1,000 findings, one for all items of a list.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }

    /// Returns the paths of the fields that are not known.
    pub fn unknown_fields(&self) -> impl Iterator<Item = String> {
        self.findings
            .iter()
            .filter(|finding| matches!(finding.what, Unknown::Field(_)))
            .map(Finding::path)
    }
}

impl Finding {
    /// Returns where it is, as a JSONPath (RFC 9535): `$.messageData.contacts[*].vcard`.
    ///
    /// Names are as they came. In an object that has, say, phone numbers for names this repeats them; `Display` does not.
    #[must_use]
    pub fn path(&self) -> String {
        self.path
            .iter()
            .fold("$".to_owned(), |path, step| match step {
                Step::Items => path + "[*]",
                Step::Name(name) if is_plain(name) => path + "." + name,
                Step::Name(name) => format!(
                    "{path}['{}']",
                    name.replace('\\', "\\\\").replace('\'', "\\'")
                ),
            })
    }

    /// Returns what is unknown about it.
    #[must_use]
    pub fn what(&self) -> &Unknown {
        &self.what
    }
}

struct Walk {
    drift: Drift,
    path: Vec<Step>,
}

impl Walk {
    fn visit(&mut self, value: &Value, shape: &'static Shape) {
        match (shape, value) {
            // `null` is the same as nothing.
            (_, Value::Null) | (Shape::Any, _) => {}
            (Shape::Same(inner), _) => self.visit(value, inner),
            (Shape::Object(required, fields), Value::Object(object)) => {
                for (name, inner) in object {
                    self.path.push(Step::Name(name.clone()));
                    match fields.iter().find(|(known, _)| known == name) {
                        Some((_, shape)) => self.visit(inner, shape),
                        None => self.found(Unknown::Field(JsonKind::of(inner))),
                    }
                    self.path.pop();
                }
                for name in required
                    .iter()
                    .filter(|name| object.get(**name).is_none_or(Value::is_null))
                {
                    self.path.push(Step::Name((*name).to_owned()));
                    self.found(Unknown::Missing);
                    self.path.pop();
                }
            }
            (Shape::List(inner), Value::Array(items)) => {
                self.path.push(Step::Items);
                items.iter().for_each(|item| self.visit(item, inner));
                self.path.pop();
            }
            (Shape::Enum(name, known), Value::String(text)) => {
                // The server leaves texts empty where there is nothing.
                if !text.is_empty() && !known.contains(&text.as_str()) {
                    self.found(Unknown::Value {
                        of: name,
                        value: text.clone(),
                    });
                }
            }
            (Shape::Union(tag, variants), Value::Object(object)) => match object.get(*tag) {
                Some(Value::String(kind)) => match variants.iter().find(|(known, _)| known == kind)
                {
                    Some((_, shape)) => {
                        self.drift.kinds.push(kind.clone());
                        self.visit(value, shape);
                    }
                    None => self.at_tag(tag, Unknown::Kind(kind.clone())),
                },
                _ => self.at_tag(tag, Unknown::Missing),
            },
            // What stands in one text, number or switch of an enum is read leniently.
            (Shape::Enum(..), Value::Bool(_) | Value::Number(_)) => {}
            (Shape::Enum(..) | Shape::Object(..) | Shape::List(_) | Shape::Union(..), other) => {
                self.found(Unknown::Misfit(JsonKind::of(other)))
            }
        }
    }

    fn at_tag(&mut self, tag: &str, what: Unknown) {
        self.path.push(Step::Name(tag.to_owned()));
        self.found(what);
        self.path.pop();
    }

    fn found(&mut self, what: Unknown) {
        let finding = Finding {
            path: self.path.clone(),
            what,
        };
        if self.drift.findings.len() < MAX_FINDINGS && !self.drift.findings.contains(&finding) {
            self.drift.findings.push(finding);
        }
    }
}

impl JsonKind {
    fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Boolean,
            Value::Number(_) => Self::Number,
            Value::String(_) => Self::Text,
            Value::Array(_) => Self::List,
            Value::Object(_) => Self::Object,
        }
    }
}

impl fmt::Display for JsonKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::List => "a list",
            Self::Object => "an object",
        })
    }
}

/// Whether it looks like the name of a field or of a kind, and not like what somebody wrote.
fn is_plain(name: &str) -> bool {
    let good = |character: char| character.is_ascii_alphanumeric() || character == '_';
    name.len() <= 48
        && name.starts_with(|character: char| character.is_ascii_alphabetic() || character == '_')
        && name.chars().all(good)
}

/// Returns the name of a field or of a kind as it may be shown: whoever posts a notification can write anything there.
#[doc(hidden)]
#[must_use]
pub fn shown(name: &str) -> &str {
    if name.is_empty() || is_plain(name) {
        name
    } else {
        "…"
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("$")?;
        for step in &self.path {
            match step {
                Step::Items => f.write_str("[*]")?,
                Step::Name(name) if is_plain(name) => write!(f, ".{name}")?,
                Step::Name(_) => f.write_str("['…']")?,
            }
        }
        match &self.what {
            Unknown::Field(kind) => write!(f, ": a field with {kind}"),
            Unknown::Value { of, .. } => write!(f, ": a value of {of}"),
            Unknown::Kind(kind) if is_plain(kind) => write!(f, ": the kind {kind}"),
            Unknown::Kind(_) => f.write_str(": a kind"),
            Unknown::Missing => f.write_str(": that it is missing"),
            Unknown::Misfit(kind) => write!(f, ": that it is {kind}"),
            Unknown::NotJson => f.write_str(": that it is no JSON"),
        }
    }
}

impl fmt::Display for Drift {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let version = env!("CARGO_PKG_VERSION");
        let subject = if self.kinds.is_empty() {
            "what was received".to_owned()
        } else {
            self.kinds.join(" with ")
        };
        if self.is_empty() {
            return write!(f, "green-api {version} knows everything in {subject}");
        }
        write!(f, "In {subject}, green-api {version} does not know")?;
        self.findings
            .iter()
            .try_for_each(|finding| write!(f, "\n- {finding}"))
    }
}

// What was sent may be a message, also where a value of an enum or the name of a field should be.

impl fmt::Debug for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(kind) => f.debug_tuple("Field").field(kind).finish(),
            Self::Value { of, value } => f
                .debug_struct("Value")
                .field("of", of)
                .field("bytes", &value.len())
                .finish(),
            Self::Kind(kind) => f.debug_tuple("Kind").field(&shown(kind)).finish(),
            Self::Missing => f.write_str("Missing"),
            Self::Misfit(kind) => f.debug_tuple("Misfit").field(kind).finish(),
            Self::NotJson => f.write_str("NotJson"),
        }
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) if is_plain(name) => f.write_str(name),
            Self::Name(_) => f.write_str("…"),
            Self::Items => f.write_str("*"),
        }
    }
}
