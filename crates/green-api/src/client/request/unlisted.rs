//! Operations that the server has and this version has not.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::str::FromStr;
use std::time::Duration;

use green_api_client::{Extra, Reply};
use green_api_types::operation::{Answers, Effect, Operation};
use reqwest::Method;
use serde_json::{Map, Value};

use super::arguments::Wanted;
use super::by_name::{fields, is_name, shown_name};
use super::properties::Found;
use super::send::{Attempt, Attempting, Reading, Sending, renewed, within_tokio};
use super::{Account, Answer, Transport, TransportError};
use crate::Error;
use crate::telemetry::Call;

/// What is known of them: no more than that a person must decide about a repetition.
static UNLISTED: Operation = Operation {
    id: "",
    name: "",
    summary: "",
    timeout: Duration::from_secs(70),
    rate_limit: None,
    effect: Effect::Once,
    answers: Answers::Json,
    refused: None,
    arguments: &[],
    limits: &[],
    chats: &[],
    ..green_api_types::operations::GET_SETTINGS
};

/// The verb of an operation that this version does not list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verb {
    /// GET, whose arguments are in the query.
    Get,
    /// POST, whose arguments are a JSON body.
    Post,
    /// PUT, whose arguments are a JSON body.
    Put,
    /// PATCH, whose arguments are a JSON body.
    Patch,
    /// DELETE, whose arguments are in the query.
    Delete,
}

impl Verb {
    /// All verbs.
    pub const ALL: [Self; 5] = [Self::Get, Self::Post, Self::Put, Self::Patch, Self::Delete];

    /// Returns the verb in capitals.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

impl fmt::Display for Verb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// An error which is returned when a text is not a [`Verb`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseVerbError;

impl fmt::Display for ParseVerbError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("it is not a verb; write GET, POST, PUT, PATCH or DELETE")
    }
}

impl std::error::Error for ParseVerbError {}

impl FromStr for Verb {
    type Err = ParseVerbError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|verb| text.eq_ignore_ascii_case(verb.as_str()))
            .ok_or(ParseVerbError)
    }
}

/// A request to an operation that this version does not list: await it to send it.
///
/// [`Instance::call_unlisted`](crate::Instance::call_unlisted) and [`Partner::call_unlisted`](crate::Partner::call_unlisted) return it.
#[derive(Clone)]
#[must_use = "a request is sent when it is awaited"]
pub struct UnlistedRequest<A> {
    account: A,
    name: String,
    verb: Verb,
    segments: Vec<String>,
    input: Value,
    timeout: Duration,
}

/// The fields of the arguments; `None` for a request that carries none.
type Arguments = Option<Map<String, Value>>;

impl<A: Account> UnlistedRequest<A> {
    pub(crate) fn new(account: &A, name: &str, verb: Verb, input: Value) -> Self {
        Self {
            account: account.clone(),
            name: name.to_owned(),
            verb,
            segments: Vec::new(),
            input,
            timeout: UNLISTED.timeout,
        }
    }

    /// Adds a segment to the path, behind the token: `deleteNotification` has the receipt there. It is escaped as needed.
    pub fn segment(mut self, segment: impl Into<String>) -> Self {
        self.segments.push(segment.into());
        self
    }

    /// Sets the time limit, instead of 70 seconds.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// The path behind the host and the fields of the arguments, if nothing is wrong with them.
    fn check(&self, account: &A) -> Result<(Vec<String>, Arguments), String> {
        let name = &self.name;
        if let Some(listed) = listed(name) {
            return Err(if listed == *name {
                "this version lists the operation; use its own method or `call`, or `call_unchecked` for arguments that are not listed".to_owned()
            } else {
                format!("there is no operation of this name; did you mean `{listed}`?")
            });
        }
        if !is_name(name) {
            let message = "the name of an operation has letters and digits only, such as getSettings, and the path of its address has no place in it";
            return Err(message.to_owned());
        }
        let bad = |segment: &String| matches!(segment.as_str(), "" | "." | "..");
        if self.segments.iter().any(bad) {
            return Err("a segment of the path is empty or consists of dots".to_owned());
        }
        let mut path = account.path(name);
        path.extend(self.segments.iter().cloned());
        Ok((path, fields(self.input.clone())?))
    }
}

/// The listed operation of that name, in whatever case.
fn listed(name: &str) -> Option<&'static str> {
    let mut all = green_api_types::operations::ALL.iter();
    all.find(|operation| operation.id.eq_ignore_ascii_case(name))
        .map(|operation| operation.id)
}

impl<A: Account> IntoFuture for UnlistedRequest<A> {
    type Output = Result<Answer, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { deliver_unlisted(&self).await })
    }
}

/// Sends a request to an operation that is not listed, once.
async fn deliver_unlisted<A: Account>(request: &UnlistedRequest<A>) -> Result<Answer, Error> {
    let name = shown_name(&request.name);
    within_tokio(name)?;
    let mut account = request.account.current();
    let call = Call::unlisted(name, request.verb.as_str(), account.pace().0);
    loop {
        match deliver_for(&account, request, &call).await {
            Ok(answer) => return Ok(answer),
            Err(error) => account = renewed(&account, error, true).await?,
        }
    }
}

async fn deliver_for<A: Account>(
    account: &A,
    request: &UnlistedRequest<A>,
    call: &Call<'_>,
) -> Result<Answer, Error> {
    let name = shown_name(&request.name);
    let (path, input) = request
        .check(account)
        .map_err(|message| Error::invalid(name, message))
        .inspect_err(|error| call.fails(error))?;
    let extra = Extra::default();
    let sending = Sending {
        timeout: request.timeout,
        ..Sending::new(&UNLISTED, account, &extra, call)
    };
    let mut attempt = UnlistedAttempt {
        name,
        verb: request.verb,
        path: &path,
        input,
        reading: Reading::new(),
    };
    let told = |error: Error| error.of(name).with_account(account.name());
    let (unreadable, response) = sending.run(&mut attempt).await.map_err(told)?;
    let answer = attempt.reading.answer.unwrap_or_default();
    let decoded = unreadable.map_or(Ok(answer), |error| Err(told(error)));
    let told_of = Some(account.name());
    Answer::new(name.to_owned(), told_of, true, decoded, &response)
}

struct UnlistedAttempt<'a> {
    name: &'a str,
    verb: Verb,
    path: &'a [String],
    input: Arguments,
    reading: Reading<Value>,
}

impl<A> Attempt<A> for UnlistedAttempt<'_> {
    fn input(&self, _: &Extra, _: &Wanted<'_>) -> serde_json::Result<Found> {
        Ok(Found::default())
    }

    fn is_spent(&mut self) -> bool {
        false
    }

    fn send<'a>(&'a mut self, _: &'a A, transport: &'a Transport) -> Attempting<'a> {
        let verb = match self.verb {
            Verb::Get => Method::GET,
            Verb::Post => Method::POST,
            Verb::Put => Method::PUT,
            Verb::Patch => Method::PATCH,
            Verb::Delete => Method::DELETE,
        };
        let input = self.input.take();
        let response = transport.unlisted(self.name, verb, self.path, input);
        self.reading.of(response)
    }

    fn read(&mut self, reply: Reply) -> Result<(), TransportError<()>> {
        self.reading.read(reply)
    }
}

impl<A: fmt::Debug> fmt::Debug for UnlistedRequest<A> {
    // The input can be a message.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnlistedRequest")
            .field("account", &self.account)
            .field("name", &self.name)
            .field("verb", &self.verb)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
