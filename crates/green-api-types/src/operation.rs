//! Facts about an operation apart from its types.
//!
//! The table itself, [`operations`](crate::operations), is generated from the spec.

mod similar;

use std::time::Duration;

/// One operation of the API.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Operation {
    /// The documented name, `getAuthorizationCode`.
    pub id: &'static str,
    /// The Rust method's name, `get_authorization_code`.
    pub name: &'static str,
    /// The section of the documentation, `account`.
    pub section: &'static str,
    /// The account whose credentials it is called with: `instance` or `partner`.
    pub family: &'static str,
    /// The HTTP verb in capitals.
    pub verb: &'static str,
    /// The path with its parameters in braces.
    pub path: &'static str,
    /// One sentence.
    pub summary: &'static str,
    /// The address of its page in the documentation.
    pub documentation: &'static str,
    /// The host it is sent to.
    pub host: Host,
    /// Time limit of one attempt.
    pub timeout: Duration,
    /// Documented requests a second, per instance.
    pub rate_limit: Option<f64>,
    /// Its effect, which decides when it may be repeated.
    pub effect: Effect,
    /// Whether the documentation marks it as beta.
    pub beta: bool,
    /// Whether the documentation marks it as deprecated.
    pub deprecated: bool,
    /// The kind of body that the request carries.
    pub body: Body,
    /// The kind of body that a 200 carries.
    pub answers: Answers,
    /// The answers with 200 that are refusals, and what to do about one.
    pub refused: Option<Refused>,
    /// The arguments that a caller can give, credentials apart.
    pub arguments: &'static [Argument],
    /// Documented limits of the arguments, each with the path to the argument: `options/*/optionName`.
    pub limits: &'static [(&'static str, Limit)],
    /// Paths, in the same form, to the arguments that name a chat: `participants/*`.
    pub chats: &'static [&'static str],
    /// Paths, in the same form, to the arguments that are secret and must not show in errors.
    pub secrets: &'static [&'static str],
}

impl Operation {
    /// Finds an operation by its documented name.
    ///
    /// ```
    /// use green_api_types::operation::Operation;
    ///
    /// assert_eq!(Operation::find("getSettings").unwrap().verb, "GET");
    /// assert!(Operation::find("getsettings").is_none());
    /// ```
    #[must_use]
    pub fn find(id: &str) -> Option<&'static Self> {
        crate::operations::ALL
            .iter()
            .find(|operation| operation.id == id)
    }

    /// Returns the documented names that are written most like this one, the nearest first and at most three. A name that is only written in
    /// another case, such as `get_settings` or `getsettings`, stands alone.
    ///
    /// ```
    /// use green_api_types::operation::Operation;
    ///
    /// assert_eq!(Operation::similar("getSetings")[0], "getSettings");
    /// assert!(Operation::similar("makeCoffee").is_empty());
    /// ```
    #[must_use]
    pub fn similar(name: &str) -> Vec<&'static str> {
        let all = crate::operations::ALL;
        similar::similar(name, all.iter().map(|operation| operation.id))
    }

    /// Returns the names of the operation's arguments that are written most like this one, as [`similar`](Self::similar) does.
    #[must_use]
    pub fn similar_arguments(&self, name: &str) -> Vec<&'static str> {
        similar::similar(name, self.arguments.iter().map(|argument| argument.name))
    }

    /// Returns `true` if the operation only reads, so that repeating it can do no harm.
    #[must_use]
    pub fn reads(&self) -> bool {
        self.effect == Effect::Reads
    }

    /// Returns `true` if the operation sends a message or a status.
    #[must_use]
    pub fn sends(&self) -> bool {
        self.effect == Effect::Sends
    }
}

/// One of an instance's two hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Host {
    /// The API host.
    Api,
    /// The host for uploads.
    Media,
}

/// The effect of an operation, which decides when it may be repeated without asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It only reads, and is repeated on connection errors, 429 and 502 to 504.
    Reads,
    /// It sends a message or a status: HTTP 200 means accepted, whatever the answer says. It is repeated only if it provably did not
    /// leave, or was refused with 429.
    Sends,
    /// It changes something, and is repeated like what sends.
    Changes,
    /// It is never repeated by itself: a person must decide.
    Once,
}

/// The kind of body that a request carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Body {
    /// Nothing.
    None,
    /// JSON.
    Json,
    /// A form with files.
    Multipart,
    /// A file as it is.
    Raw,
}

/// The kind of answer to an accepted request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// Nothing that is documented.
    Nothing,
    /// An object of JSON.
    Object,
    /// JSON: an object, a list, a text or `null`.
    Json,
}

/// The form of a refusal that comes with a 200.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The conditions; an answer that meets any of them is a refusal.
    pub when: &'static [Refusal],
    /// Advice on what a person can do about it.
    pub advice: &'static str,
}

/// A condition that makes an answer with 200 a refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The property has this JSON value.
    Equal(&'static str, &'static str),
    /// The property is there and not `null`.
    Present(&'static str),
    /// The answer is a bare text.
    Text,
}

/// One thing that a caller can give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Argument {
    /// Its documented name.
    pub name: &'static str,
    /// Whether it must be given.
    pub required: bool,
    /// The part of the request that it goes into.
    pub place: Place,
}

/// The part of a request that an argument goes into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Into the path.
    Path,
    /// Into the query.
    Query,
    /// Into a header.
    Header,
    /// Into the body.
    Body,
    /// Into a part of a form.
    Form,
}

/// A documented limit.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Limit {
    /// A number is at least this.
    AtLeast(f64),
    /// A number is at most this.
    AtMost(f64),
    /// A text has at least this many characters.
    MinLength(usize),
    /// A text has at most this many characters.
    MaxLength(usize),
    /// A list has at least this many items, or an object this many properties.
    MinItems(usize),
    /// A list has at most this many items.
    MaxItems(usize),
    /// All items of a list differ.
    UniqueItems,
    /// A text is a [`PhoneNumber`](crate::models::PhoneNumber).
    PhoneNumber,
    /// The first of these arguments that is given is a file name with an extension, by which the server decides how the file is shown.
    FileName(&'static [&'static str]),
}
