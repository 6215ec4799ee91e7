//! Sending: attempts, the waits between them, and the reading of what came back.

// A number from outside must not meet an operator that can overflow.
#![deny(clippy::arithmetic_side_effects)]

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use green_api_client::{CallContext, Extra};
use green_api_types::endpoint::Endpoint;
use green_api_types::operation::{Answers, Operation};
use reqwest::header::HeaderMap;
use serde_json::Value;
use tokio::time::Instant;

use super::classify::{classify, refusal, refused_with};
use super::words::given_secrets;
use super::{
    Accepted, Account, Answer, Call, Request, ResponseRecord, Transport, TransportError, limits,
};
use crate::client::credentials::BaseUrl;
use crate::telemetry::{self, Wait};
use crate::{Client, Delivery, Error, ErrorKind, InstanceId, MessageId, Pace, RetryPolicy};

/// The answer to an accepted request, which may not be readable, and the response that it came in.
pub struct Answered<O: Endpoint> {
    pub(crate) answer: Result<O::Answer, Error>,
    pub(crate) response: ResponseRecord,
    /// The ids of messages that it has.
    ids: Vec<MessageId>,
}

impl<O: Call> Answered<O> {
    pub(crate) fn new(answer: Result<O::Answer, Error>, response: ResponseRecord) -> Self {
        let answer = match answer {
            Ok(_) if O::OPERATION.answers == Answers::Object && !is_object(&response.body) => {
                Err(not_an_object(O::OPERATION, &response))
            }
            answer => answer,
        };
        let ids = if O::OPERATION.sends() {
            super::accepted::ids(&response.body)
        } else {
            Vec::new()
        };
        Self {
            answer,
            response,
            ids,
        }
    }

    /// Returns the whole answer as it came.
    pub(crate) fn whole(self) -> Result<Answer, Error> {
        let decoded = self
            .answer
            .and_then(|answer| super::input_error(O::OPERATION, serde_json::to_value(answer)));
        Answer::new(
            O::OPERATION.id,
            O::OPERATION.sends(),
            decoded,
            &self.response,
        )
    }
}

/// Returns an answer that any 200 means acceptance of, whatever it says.
pub(crate) fn accepted<O: Call>(answered: Answered<O>) -> Result<Accepted<O::Answer>, Error>
where
    O::Answer: Default,
{
    let Answered {
        answer,
        response,
        ids,
    } = answered;
    Ok(Accepted::new(O::OPERATION.id, answer, &response.body, ids))
}

/// Returns the part of the answer that the caller wants. An answer without it is a refusal.
pub(crate) fn returned<O: Call, T>(
    answered: Answered<O>,
    part: impl FnOnce(O::Answer) -> Option<T>,
) -> Result<T, Error> {
    part(answered.answer?).ok_or_else(|| refused_with(O::OPERATION, None, &answered.response))
}

/// Sends a request until it is accepted or repeating it is pointless.
pub(crate) async fn deliver<O: Call>(request: &Request<O>) -> Result<Answered<O>, Error> {
    within_tokio(O::OPERATION.id)?;
    if let Some(message) = &request.refused {
        return Err(Error::invalid(O::OPERATION.id, message));
    }
    let mut account = request.account.current();
    let call = telemetry::Call::of(O::OPERATION, account.pace().0);
    loop {
        match deliver_for(&account, request, &call).await {
            Ok(answered) => return Ok(answered),
            Err(error) => account = renewed(&account, error, !O::is_spent(&request.input)).await?,
        }
    }
}

/// Returns the account with a newer token if the error is that the server refuses a token that was replaced meanwhile; what is refused so was
/// not carried out. Returns the error otherwise, and for what cannot be sent again.
pub(super) async fn renewed<A: Account>(
    account: &A,
    error: Error,
    can_repeat: bool,
) -> Result<A, Error> {
    if error.kind() != ErrorKind::Unauthorized || !can_repeat {
        return Err(error);
    }
    account.renewed().await.ok_or(error)
}

/// Returns an error where the connections could only panic.
pub(crate) fn within_tokio(operation: &str) -> Result<(), Error> {
    match tokio::runtime::Handle::try_current() {
        Ok(_) => Ok(()),
        Err(_) => Err(Error::invalid(
            operation,
            "a request needs a Tokio runtime, and is awaited outside of one",
        )
        .with_advice(Some(
            "await it in `#[tokio::main]`, `Runtime::block_on` or a task of the runtime; nothing was sent"
                .to_owned(),
        ))),
    }
}

async fn deliver_for<O: Call>(
    account: &O::Account,
    request: &Request<O>,
    call: &telemetry::Call<'_>,
) -> Result<Answered<O>, Error> {
    let operation = O::OPERATION;
    let sending = Sending {
        timeout: request.timeout.unwrap_or(operation.timeout),
        policy: request.retry.as_ref().unwrap_or(account.client().retry()),
        ..Sending::new(operation, account, &request.extra, call)
    };
    let mut attempt = TypedAttempt {
        request,
        account,
        answer: None,
    };
    let (unreadable, response) = sending
        .run(&mut attempt)
        .await
        .map_err(|error| error.with_account(&sending.account))?;
    let unreadable = || unreadable.unwrap_or_else(|| not_an_object(operation, &response));
    let answer = attempt.answer.ok_or_else(unreadable);
    let mut answered = Answered::new(answer, response);
    answered.answer = answered
        .answer
        .map_err(|error| error.with_account(&sending.account));
    if operation.sends() && answered.ids.is_empty() {
        tracing::warn!(
            operation = operation.id,
            account = sending.account,
            "accepted without the id of a message: it is not known to be sent"
        );
    }
    Ok(answered)
}

/// The part of sending that knows the operation's types.
pub(super) trait Attempt: Send + Sync {
    fn input(&self) -> serde_json::Result<Value>;
    fn is_spent(&self) -> bool;
    /// Sends the request once, and keeps the answer.
    fn send<'a>(&'a mut self, transport: &'a Transport) -> Attempting<'a>;
}

pub(super) type Attempting<'a> =
    Pin<Box<dyn Future<Output = Result<(), TransportError<()>>> + Send + 'a>>;

struct TypedAttempt<'a, O: Call> {
    request: &'a Request<O>,
    account: &'a O::Account,
    answer: Option<O::Answer>,
}

impl<O: Call> Attempt for TypedAttempt<'_, O> {
    fn input(&self) -> serde_json::Result<Value> {
        self.request.stored()
    }

    fn is_spent(&self) -> bool {
        O::is_spent(&self.request.input)
    }

    fn send<'a>(&'a mut self, transport: &'a Transport) -> Attempting<'a> {
        let (input, account) = (&self.request.input, self.account);
        Box::pin(async move {
            let response = O::send(input, account, transport).await?;
            self.answer = Some(response.into_inner());
            Ok(())
        })
    }
}

/// What is the same for all attempts of one request.
pub(super) struct Sending<'a> {
    pub(super) operation: &'static Operation,
    pub(super) client: &'a Client,
    pub(super) host: &'a BaseUrl,
    /// What must not show in errors.
    pub(super) token: &'a str,
    /// Names the account for logs.
    pub(super) account: String,
    pub(super) timeout: Duration,
    pub(super) policy: &'a RetryPolicy,
    /// Whose turns are waited for, and how fast.
    pub(super) pace: (Option<InstanceId>, &'a Pace),
    /// Fields beside the known ones.
    pub(super) extra: &'a Extra,
    /// Tells what happens to those who watch.
    pub(super) call: &'a telemetry::Call<'a>,
}

impl<'a> Sending<'a> {
    /// Takes what is not given from the operation and the account.
    pub(super) fn new<A: Account>(
        operation: &'static Operation,
        account: &'a A,
        extra: &'a Extra,
        call: &'a telemetry::Call<'a>,
    ) -> Self {
        Self {
            operation,
            client: account.client(),
            host: account.host(operation),
            token: account.token(),
            account: account.name(),
            timeout: operation.timeout,
            policy: account.client().retry(),
            pace: account.pace(),
            extra,
            call,
        }
    }

    /// Returns the response to an accepted request, and why it cannot be read, if so.
    pub(super) async fn run(
        &self,
        attempt: &mut dyn Attempt,
    ) -> Result<(Option<Error>, ResponseRecord), Error> {
        let outcome = self.attempts(attempt).await;
        self.call.ends(&outcome);
        outcome
    }

    async fn attempts(
        &self,
        attempt: &mut dyn Attempt,
    ) -> Result<(Option<Error>, ResponseRecord), Error> {
        let Self {
            operation, policy, ..
        } = *self;
        if !operation.limits.is_empty() {
            let input = super::input_error(operation, attempt.input())?;
            if let Some(broken) = limits::broken(operation, &input) {
                return Err(Error::invalid(operation.id, broken));
            }
        }
        if attempt.is_spent() {
            return Err(Error::invalid(
                operation.id,
                "its file is a stream, which was sent already; make a new `Upload`",
            ));
        }
        let start = Instant::now();
        let mut number = 1;
        loop {
            self.turn(attempt, start.elapsed()).await?;
            let sending = self.once(attempt);
            let status = |response: &ResponseRecord| response.status;
            let error = match self.call.attempt(self.host.url(), sending, status).await {
                Ok(accepted) => return Ok(accepted),
                Err(error) => error,
            };
            // A stream that has begun cannot begin again.
            if attempt.is_spent() {
                return Err(error);
            }
            let elapsed = start.elapsed();
            let Some(wait) =
                policy.decide(operation.effect, &error, number, elapsed, fastrand::f64())
            else {
                return Err(error);
            };
            tokio::time::sleep(wait).await;
            self.call.waited(Wait::Retry, wait);
            number = number.saturating_add(1);
        }
    }

    /// Returns the headers that the program adds to this attempt.
    fn headers(&self) -> Result<HeaderMap, Error> {
        let Some(on_attempt) = self.client.on_attempt() else {
            return Ok(HeaderMap::new());
        };
        let (operation, instance, number) = self.call.under_way();
        let mut attempt = crate::Attempt::new(operation, instance, number);
        on_attempt(&mut attempt);
        let refused = |message| Error::invalid(self.operation.id, message);
        attempt.into_headers().map_err(refused)
    }

    /// Waits until the pace lets the next attempt leave.
    async fn turn(&self, attempt: &dyn Attempt, elapsed: Duration) -> Result<(), Error> {
        let Self {
            operation, policy, ..
        } = *self;
        let (instance, pace) = self.pace;
        let chat = || chat(operation, &attempt.input().unwrap_or_default());
        let began = Instant::now();
        let turn = self.client.pacer().turn(instance, pace, operation, chat);
        let left = policy.remaining(elapsed);
        match tokio::time::timeout(left, turn).await {
            Ok(waited) => {
                if waited {
                    self.call.waited(Wait::Pace, began.elapsed());
                }
                Ok(())
            }
            Err(_) => Err(Error::new(
                operation.id,
                ErrorKind::Throttled,
                Delivery::NotSent,
            )),
        }
    }

    async fn once(
        &self,
        attempt: &mut dyn Attempt,
    ) -> Result<(Option<Error>, ResponseRecord), Error> {
        let Self {
            operation,
            host,
            token,
            ..
        } = *self;
        let headers = self.headers()?;
        let context = CallContext::with_timeout(self.timeout)
            .with_headers(headers)
            .with_base(host.url().clone())
            .with_extra(self.extra.clone())
            .named(&self.account);
        let http = self.client.http(host.is_loopback()).clone();
        let transport = Transport::new_with_client(host.as_str(), http, context.clone());
        let outcome = attempt.send(&transport).await;
        let response = context.take_response();
        let input = match operation.secrets {
            [] => Value::Null,
            _ => attempt.input().unwrap_or_default(),
        };
        let secrets =
            || Vec::from_iter([token].into_iter().chain(given_secrets(operation, &input)));
        if operation.refused.is_some()
            && response.status == Some(200)
            && let Some(refusal) = refusal(operation, &response, &secrets())
        {
            return Err(refusal);
        }
        let Err(error) = outcome else {
            return Ok((None, response));
        };
        // What sends is accepted with the status; even the rest of a broken answer says nothing against it.
        let accepted = matches!(error, TransportError::InvalidResponsePayload(..))
            || (operation.sends() && response.status == Some(200));
        let error = classify(operation, error, &response, &secrets());
        if accepted {
            Ok((Some(error), response))
        } else {
            Err(error)
        }
    }
}

/// Whether it is an object of JSON, if it is JSON. What is read leniently would make an empty one of everything else.
fn is_object(body: &[u8]) -> bool {
    body.trim_ascii_start().starts_with(b"{")
}

fn not_an_object(operation: &Operation, response: &ResponseRecord) -> Error {
    let kind = ErrorKind::UnexpectedAnswer;
    Error::new(operation.id, kind, Delivery::Accepted)
        .with_status(response.status)
        .with_message(Some("it is not an object".to_owned()))
}

/// The chat that a request is to; requests to no chat are all of one lane.
fn chat(operation: &Operation, input: &Value) -> String {
    let path = operation.chats.first().copied().unwrap_or_default();
    let chat = input.get(path).and_then(Value::as_str);
    chat.unwrap_or_default().to_owned()
}
