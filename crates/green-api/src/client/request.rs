//! What all requests have in common: options, arguments, attempts.

mod accepted;
pub(crate) mod answer;
pub(crate) mod classify;
mod limits;
pub(crate) mod retry;

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use green_api_client::{Client as LowClient, Context, Error as LowError, Observed};
use green_api_types::operation::{Operation as Info, Place};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use tokio::time::Instant;

pub use self::accepted::Accepted;
pub use self::answer::{Answer, Answering};
use self::classify::{classify, refusal, refused_with};
pub use self::retry::RetryPolicy;
use crate::{Client, Error};

/// What one attempt of the low-level client gives.
pub(crate) type Outcome<T> = Result<T, LowError<()>>;

/// Who a request is made for: an instance or a partner's account.
pub(crate) trait Owner: Clone + Send + Sync + 'static {
    type Credentials: Send + Sync;

    fn client(&self) -> &Client;
    fn credentials(&self) -> &Self::Credentials;
    fn host(&self, operation: &Info) -> &str;
    /// What must not show in errors.
    fn secret(&self) -> &str;
    /// What is called, for logs.
    fn subject(&self) -> String;
}

/// The part of a request that does not depend on the operation.
#[derive(Clone, Debug)]
pub(crate) struct Call<O> {
    owner: O,
    timeout: Option<Duration>,
    retry: Option<RetryPolicy>,
}

impl<O: Clone> Call<O> {
    pub(crate) fn new(owner: &O) -> Self {
        Self {
            owner: owner.clone(),
            timeout: None,
            retry: None,
        }
    }

    pub(crate) fn client(&self) -> Client
    where
        O: Owner,
    {
        self.owner.client().clone()
    }

    pub(crate) fn set_timeout(&mut self, timeout: Duration) {
        self.timeout = Some(timeout);
    }

    pub(crate) fn set_retry(&mut self, policy: RetryPolicy) {
        self.retry = Some(policy);
    }
}

/// What the generator writes for each operation.
pub(crate) trait Operation: Send + Sync + Sized + 'static {
    /// What the spec says about it.
    const INFO: &'static Info;
    /// Who it is called for.
    type Owner: Owner;
    /// What a 200 decodes into.
    type Answer: Serialize + Send;

    fn call(&self) -> &Call<Self::Owner>;
    fn from_arguments(call: Call<Self::Owner>, arguments: &mut Arguments) -> Result<Self, Error>;
    fn put_arguments(&self, arguments: &mut Arguments);
    /// Whether it carries what can be sent no more.
    fn spent(&self) -> bool {
        false
    }
    fn send(
        &self,
        client: &LowClient,
        credentials: &<Self::Owner as Owner>::Credentials,
    ) -> impl Future<Output = Outcome<Self::Answer>> + Send;
}

/// The methods that every request has, and `.await`: what callers get, and how it comes out of the answer.
macro_rules! awaitable {
    ($request:ident -> accepted $answer:ty) => {
        crate::client::request::awaitable!(@ $request -> crate::Accepted<$answer>, crate::client::request::run_accepted);
    };
    ($request:ident -> $output:ty, $given:ident => $wanted:expr) => {
        crate::client::request::awaitable!(@ $request -> $output, |request: $request| crate::client::request::run(request, |$given| $wanted));
    };
    (@ $request:ident -> $output:ty, $run:expr) => {
        impl $request {
            /// Time limit of each attempt, instead of the operation's own.
            pub fn timeout(mut self, timeout: ::std::time::Duration) -> Self {
                self.call.set_timeout(timeout);
                self
            }

            /// How it is repeated if it fails, instead of the client's policy. What must never be repeated is not, whatever the policy.
            pub fn retry(mut self, policy: crate::RetryPolicy) -> Self {
                self.call.set_retry(policy);
                self
            }
        }

        impl crate::client::request::Answering for $request {
            const OPERATION: &'static ::green_api_types::operation::Operation = <Self as Operation>::INFO;

            async fn answer(self) -> ::std::result::Result<crate::Answer, Error> {
                crate::client::request::answer::answer(self).await
            }
        }

        impl ::std::future::IntoFuture for $request {
            type Output = ::std::result::Result<$output, Error>;
            type IntoFuture = ::std::pin::Pin<::std::boxed::Box<dyn ::std::future::Future<Output = Self::Output> + Send>>;

            fn into_future(self) -> Self::IntoFuture {
                ::std::boxed::Box::pin(($run)(self))
            }
        }
    };
}
pub(crate) use awaitable;

/// The arguments of an operation under their documented names.
#[derive(Clone, Debug)]
pub(crate) struct Arguments {
    operation: &'static Info,
    values: Map<String, Value>,
}

impl Arguments {
    fn new(operation: &'static Info) -> Self {
        Self {
            operation,
            values: Map::new(),
        }
    }

    fn invalid(&self, message: impl Into<String>) -> Error {
        Error::invalid(self.operation.id, message)
    }

    /// A required argument.
    pub(crate) fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, Error> {
        self.take_optional(name)?
            .ok_or_else(|| self.invalid(format!("`{name}` is missing")))
    }

    /// An argument that may be left out.
    pub(crate) fn take_optional<T: DeserializeOwned>(
        &mut self,
        name: &str,
    ) -> Result<Option<T>, Error> {
        match self.values.remove(name) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => serde_json::from_value(value)
                .map(Some)
                .map_err(|error| self.invalid(format!("`{name}`: {error}"))),
        }
    }

    /// All arguments that belong into the body.
    pub(crate) fn take_body<T: DeserializeOwned + Serialize>(&mut self) -> Result<T, Error> {
        let names = self
            .operation
            .arguments
            .iter()
            .filter(|argument| argument.place == Place::Body);
        let body: Map<String, Value> = names
            .filter_map(|argument| self.values.remove_entry(argument.name))
            .collect();
        let given = Value::Object(body);
        let body: T = serde_json::from_value(given.clone())
            .map_err(|error| self.invalid(error.to_string()))?;
        // What the types do not know would be dropped without a word.
        let kept = serde_json::to_value(&body).map_err(|error| self.invalid(error.to_string()))?;
        match lost(&given, &kept, String::new()) {
            Some(path) => Err(self.invalid(format!("`{path}` is unknown"))),
            None => Ok(body),
        }
    }

    pub(crate) fn put(&mut self, name: &str, value: &impl Serialize) {
        // What cannot be JSON is refused again, and loudly, when it is sent.
        let value = serde_json::to_value(value).unwrap_or_default();
        if !value.is_null() {
            self.values.insert(name.to_owned(), value);
        }
    }

    pub(crate) fn put_body(&mut self, body: &impl Serialize) {
        if let Ok(Value::Object(fields)) = serde_json::to_value(body) {
            self.values.extend(fields);
        }
    }
}

/// The first place in `given` that `kept` has not.
fn lost(given: &Value, kept: &Value, path: String) -> Option<String> {
    match (given, kept) {
        (Value::Object(given), Value::Object(kept)) => given.iter().find_map(|(key, value)| {
            let path = if path.is_empty() {
                key.clone()
            } else {
                format!("{path}.{key}")
            };
            match kept.get(key) {
                Some(inner) => lost(value, inner, path),
                // Left out means the same.
                None if value.is_null() || value.as_array().is_some_and(Vec::is_empty) => None,
                None => Some(path),
            }
        }),
        (Value::Array(given), Value::Array(kept)) => given
            .iter()
            .zip(kept)
            .enumerate()
            .find_map(|(index, (given, kept))| lost(given, kept, format!("{path}[{index}]"))),
        _ => None,
    }
}

/// Whole seconds, rounded up so that a limit is not undercut.
pub(crate) fn whole_seconds(duration: Duration) -> i64 {
    let seconds = duration.as_secs() + u64::from(duration.subsec_nanos() > 0);
    i64::try_from(seconds).unwrap_or(i64::MAX)
}

/// Whole minutes, rounded up.
pub(crate) fn whole_minutes(duration: Duration) -> i64 {
    let seconds = whole_seconds(duration);
    seconds / 60 + i64::from(seconds % 60 > 0)
}

/// Whole milliseconds.
pub(crate) fn whole_milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// Sends a request, repeats it where that does no harm, and gives what the caller wants of the answer. `output` gives `None` where the answer
/// lacks that.
pub(crate) async fn run<O: Operation, T>(
    request: O,
    output: impl FnOnce(O::Answer) -> Option<T>,
) -> Result<T, Error> {
    let (decoded, observed) = deliver(&request).await?;
    let answer = decoded?;
    output(answer).ok_or_else(|| refused_with(O::INFO, None, &observed))
}

/// The same for what is accepted with any 200, whatever the answer says.
pub(crate) async fn run_accepted<O: Operation<Answer: Default>>(
    request: O,
) -> Result<Accepted<O::Answer>, Error> {
    let (decoded, observed) = deliver(&request).await?;
    Ok(Accepted::new(decoded, &observed.body))
}

/// Sends a request until it is accepted or there is no point in repeating it. An accepted one has an answer, which may not be readable.
pub(crate) async fn deliver<O: Operation>(
    request: &O,
) -> Result<(Result<O::Answer, Error>, Observed), Error> {
    let call = request.call();
    let mut arguments = Arguments::new(O::INFO);
    if !O::INFO.limits.is_empty() {
        request.put_arguments(&mut arguments);
        if let Some(broken) = limits::broken(O::INFO, &arguments.values) {
            return Err(arguments.invalid(broken));
        }
    }
    if request.spent() {
        return Err(
            arguments.invalid("its file is a stream, which was sent already; make a new `Upload`")
        );
    }
    let policy = call
        .retry
        .as_ref()
        .unwrap_or_else(|| call.owner.client().retry());
    let start = Instant::now();
    let mut attempt = 1;
    loop {
        match attempt_once(request).await {
            Ok(answer) => return Ok(answer),
            Err(error) => {
                // A stream that has begun cannot begin again.
                if request.spent() {
                    return Err(error);
                }
                let Some(wait) = policy.decide(
                    O::INFO.effect,
                    &error,
                    attempt,
                    start.elapsed(),
                    fastrand::f64(),
                ) else {
                    return Err(error);
                };
                tracing::debug!(operation = O::INFO.id, subject = call.owner.subject(), attempt, ?wait, kind = ?error.kind(), "repeating");
                tokio::time::sleep(wait).await;
                attempt += 1;
            }
        }
    }
}

async fn attempt_once<O: Operation>(
    request: &O,
) -> Result<(Result<O::Answer, Error>, Observed), Error> {
    let call = request.call();
    let owner = &call.owner;
    let context = Context::with_timeout(call.timeout);
    let host = owner.host(O::INFO);
    let client =
        LowClient::new_with_client(host, owner.client().http(host).clone(), context.clone());
    let outcome = request.send(&client, owner.credentials()).await;
    let observed = context.take_observed();
    if O::INFO.refused.is_some()
        && observed.status == Some(200)
        && let Ok(answer) = serde_json::from_slice(&observed.body)
        && let Some(refusal) = refusal(O::INFO, &answer, &observed, owner.secret())
    {
        return Err(refusal);
    }
    match outcome {
        Ok(answer) => Ok((Ok(answer), observed)),
        Err(error) => {
            // What sends is accepted with the status; even the rest of a broken answer says nothing against it.
            let accepted = matches!(error, LowError::InvalidResponsePayload(..))
                || (O::INFO.sends() && observed.status == Some(200));
            let error = classify(O::INFO, error, &observed, owner.secret());
            if accepted {
                Ok((Err(error), observed))
            } else {
                Err(error)
            }
        }
    }
}

/// An answer to a call by name.
pub(crate) struct Answered {
    /// As it came.
    pub raw: Value,
    /// As the types read it.
    pub typed: Result<Value, Error>,
}

/// A call by name under way.
pub(crate) type ByName = Pin<Box<dyn Future<Output = Result<Answered, Error>> + Send>>;

/// Calls an operation by its documented name.
pub(crate) async fn call<O: Owner>(
    owner: &O,
    name: &str,
    arguments: Value,
    dispatch: impl FnOnce(Call<O>, &str, Arguments) -> Option<ByName>,
) -> Result<Answered, Error> {
    let Some(operation) = Info::find(name) else {
        return Err(Error::invalid(name, unknown_operation(name)));
    };
    let values = match arguments {
        Value::Object(values) => values,
        Value::Null => Map::new(),
        _ => {
            return Err(Error::invalid(
                operation.id,
                "the arguments must be a JSON object",
            ));
        }
    };
    if let Some(unknown) = values.keys().find(|key| {
        operation
            .arguments
            .iter()
            .all(|argument| argument.name != *key)
    }) {
        let known: Vec<&str> = operation
            .arguments
            .iter()
            .map(|argument| argument.name)
            .collect();
        let takes = if known.is_empty() {
            "takes no arguments".to_owned()
        } else {
            format!("takes {}", known.join(", "))
        };
        return Err(Error::invalid(
            operation.id,
            format!("there is no argument `{unknown}`; the operation {takes}"),
        ));
    }
    let running = dispatch(Call::new(owner), name, Arguments { operation, values });
    running
        .ok_or_else(|| {
            Error::invalid(
                operation.id,
                "the operation is called with other credentials",
            )
        })?
        .await
}

fn unknown_operation(name: &str) -> String {
    let all = green_api_types::operations::ALL;
    match all
        .iter()
        .find(|operation| operation.id.eq_ignore_ascii_case(name) || operation.name == name)
    {
        Some(meant) => format!(
            "there is no operation of this name; did you mean `{}`?",
            meant.id
        ),
        None => "there is no operation of this name".to_owned(),
    }
}

/// One arm of the generated dispatch.
pub(crate) fn by_name<O: Operation>(call: Call<O::Owner>, mut arguments: Arguments) -> ByName {
    Box::pin(async move {
        let request = O::from_arguments(call, &mut arguments)?;
        answered(&request).await
    })
}

/// The answer to a request, as it came and as the types read it.
async fn answered<O: Operation>(request: &O) -> Result<Answered, Error> {
    let (decoded, observed) = deliver(request).await?;
    if O::INFO.sends() && decoded.is_err() {
        let raw = accepted_raw(&observed);
        return Ok(Answered {
            typed: Ok(raw.clone()),
            raw,
        });
    }
    let typed = decoded.and_then(|answer| {
        serde_json::to_value(answer).map_err(|error| Error::invalid(O::INFO.id, error.to_string()))
    });
    let body = observed.body.trim_ascii();
    let raw = if body.is_empty() {
        Ok(Value::Null)
    } else {
        serde_json::from_slice(body)
    };
    let raw = match (raw, typed) {
        (Ok(raw), typed) if !observed.too_long => return Ok(Answered { raw, typed }),
        // Not JSON, or only a part of it: nothing to give but the reason.
        (_, typed) => typed?,
    };
    Ok(Answered {
        raw: raw.clone(),
        typed: Ok(raw),
    })
}

/// The answer to something that was accepted, as far as it came: JSON of another shape than documented, `null` for nothing, or else a text.
fn accepted_raw(observed: &Observed) -> Value {
    let whole = !observed.incomplete && !observed.too_long;
    let body = observed.body.trim_ascii();
    let json = || {
        if body.is_empty() {
            Some(Value::Null)
        } else {
            serde_json::from_slice(body).ok()
        }
    };
    whole
        .then(json)
        .flatten()
        .unwrap_or_else(|| Value::String(String::from_utf8_lossy(&observed.body).into_owned()))
}
