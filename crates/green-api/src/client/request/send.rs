//! Sending: attempts, the waits between them, and the reading of what came back.

// A number from outside must not meet an operator that can overflow.
#![deny(clippy::arithmetic_side_effects)]
#![expect(
    clippy::result_large_err,
    reason = "it is what the generated client returns"
)]

use std::sync::Arc;
use std::time::{Duration, SystemTime};

pub(super) use green_api_client::Sending as Attempting;
use green_api_client::{
    AccountName, CallContext, ClientInfo as _, Extra, Read, Reply, ResponseFuture,
};
use green_api_types::endpoint::Endpoint;
use green_api_types::operation::{Answers, Operation};
use reqwest::header::HeaderMap;
use serde_json::Value;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::arguments::{Wanted, arguments, leads_into, with_extra};
use super::classify::{classify, is_refusal, refusal, refused_with, unexpected};
use super::properties::Found;
use super::words::given_secrets;
use super::{
    Accepted, Account, Answer, Call, Options, Request, ResponseRecord, Transport, TransportError,
    limits,
};
use crate::client::pace::Turns;
use crate::telemetry::{self, Wait};
use crate::{Delivery, Error, ErrorKind, MessageId, RetryPolicy};

/// How late a wait may end on a machine that has much to do.
const LATE: Duration = Duration::from_secs(1);

/// The answer to an accepted request, which may not be readable, and the response that it came in.
pub struct Answered<O: Endpoint> {
    pub(crate) answer: Result<O::Answer, Error>,
    pub(crate) response: ResponseRecord,
    /// The ids of messages that it has.
    ids: Vec<MessageId>,
    /// Whose request it was; a made answer belongs to none.
    account: Option<AccountName>,
}

impl<O: Call> Answered<O> {
    pub(crate) fn new(answer: Result<O::Answer, Error>, response: ResponseRecord) -> Self {
        let answer = match answer {
            Ok(_) if unlike(O::OPERATION, &response) => Err(not_an_object(O::OPERATION, &response)),
            answer => answer,
        };
        Self {
            answer,
            ids: ids(O::OPERATION, &response),
            response,
            account: None,
        }
    }

    /// Returns the whole answer as it came.
    pub(crate) fn whole(self) -> Result<Answer, Error> {
        let decoded = match self.answer {
            // What answers nothing has no other shape to be looked at.
            Err(error) if O::OPERATION.answers == Answers::Nothing => return Err(error),
            Err(error) => Err(error),
            Ok(answer) => super::input_error(O::OPERATION, serde_json::to_value(answer))
                .map_err(|error| error.with_account(self.account)),
        };
        let (id, sends) = (O::OPERATION.id, O::OPERATION.sends());
        let answer = Answer::new(id, self.account, sends, decoded, &self.response)?;
        Ok(if sends {
            answer.with_ids(self.ids)
        } else {
            answer
        })
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
        account,
    } = answered;
    let operation = O::OPERATION.id;
    Ok(Accepted::new(
        operation,
        account,
        answer,
        &response.body,
        ids,
    ))
}

/// Returns the part of the answer that the caller wants. An answer without it is a refusal.
pub(crate) fn returned<O: Call, T>(
    answered: Answered<O>,
    part: impl FnOnce(O::Answer) -> Option<T>,
) -> Result<T, Error> {
    part(answered.answer?).ok_or_else(|| {
        refused_with(O::OPERATION, None, &answered.response).with_account(answered.account)
    })
}

/// Sends a request until it is accepted or repeating it is pointless.
pub(crate) async fn deliver<O: Call>(request: &mut Request<O>) -> Result<Answered<O>, Error> {
    let Request {
        input,
        account,
        options,
    } = request;
    let mut attempt = TypedAttempt::<O> {
        input,
        reading: Reading::new(),
    };
    // The futures of all operations are small then, which allocators like.
    let delivered = Box::pin(deliver_attempt(
        account,
        O::OPERATION,
        options,
        &mut attempt,
    ))
    .await?;
    let answer = match (attempt.reading.answer, delivered.unreadable) {
        (Some(answer), None) => Ok(answer),
        (_, Some(unreadable)) => Err(unreadable),
        (None, None) => {
            Err(not_an_object(O::OPERATION, &delivered.response).with_account(delivered.account))
        }
    };
    Ok(Answered {
        answer,
        response: delivered.response,
        ids: delivered.ids,
        account: Some(delivered.account),
    })
}

/// The ids of messages that a response has.
fn ids(operation: &Operation, response: &ResponseRecord) -> Vec<MessageId> {
    if operation.sends() {
        super::accepted::ids(&response.body)
    } else {
        Vec::new()
    }
}

/// What came of an accepted request, but for what its operation answers.
struct Delivered {
    /// Why the answer cannot be read, if so.
    unreadable: Option<Error>,
    response: ResponseRecord,
    ids: Vec<MessageId>,
    account: AccountName,
}

/// The part of sending that is the same for all operations.
async fn deliver_attempt<A: Account>(
    account: &A,
    operation: &'static Operation,
    options: &Options,
    attempt: &mut dyn Attempt<A>,
) -> Result<Delivered, Error> {
    within_tokio(operation.id)?;
    let mut account = account.current();
    let call = telemetry::Call::of(operation, account.pace().0);
    if let Some(message) = &options.refused {
        let error = Error::invalid(operation.id, message);
        call.fails(&error);
        return Err(error);
    }
    loop {
        match deliver_for(&account, operation, options, attempt, &call).await {
            Ok(delivered) => return Ok(delivered),
            Err(error) => account = renewed(&account, error, !attempt.is_spent()).await?,
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

async fn deliver_for<A: Account>(
    account: &A,
    operation: &'static Operation,
    options: &Options,
    attempt: &mut dyn Attempt<A>,
    call: &telemetry::Call<'_>,
) -> Result<Delivered, Error> {
    let sending = Sending {
        timeout: options.timeout.unwrap_or(operation.timeout),
        policy: options.retry.as_ref().unwrap_or(account.client().retry()),
        ..Sending::new(operation, account, &options.extra, call)
    };
    let (unreadable, response) = sending
        .run(attempt)
        .await
        .map_err(|error| error.with_account(account.name()))?;
    let ids = ids(operation, &response);
    if operation.sends() && ids.is_empty() {
        tracing::warn!(
            operation = operation.id,
            account = %account.name(),
            "accepted without the id of a message: it is not known to be sent"
        );
    }
    Ok(Delivered {
        unreadable: unreadable.map(|error| error.with_account(account.name())),
        response,
        ids,
        account: account.name(),
    })
}

/// The part of sending that knows the operation's types.
pub(super) trait Attempt<A>: Send + Sync {
    /// Returns those of the arguments that are wanted, by their names.
    fn input(&self, extra: &Extra, wanted: &Wanted<'_>) -> serde_json::Result<Found>;
    /// Returns `true` if it has a file that can be sent no more.
    fn is_spent(&mut self) -> bool;
    /// Sends the request once.
    fn send<'a>(&'a mut self, account: &'a A, transport: &'a Transport) -> Attempting<'a>;
    /// Keeps the answer.
    fn read(&mut self, reply: Reply) -> Result<(), TransportError<()>>;
}

/// The answer to an attempt, and what reads it.
pub(super) struct Reading<T> {
    read: Option<Read<T>>,
    pub(super) answer: Option<T>,
}

impl<T> Reading<T> {
    pub(super) fn new() -> Self {
        Self {
            read: None,
            answer: None,
        }
    }

    /// Returns the sending alone, and keeps what reads its reply.
    pub(super) fn of<'a>(&mut self, response: ResponseFuture<'a, T>) -> Attempting<'a> {
        let (sending, read) = response.into_parts();
        self.read = Some(read);
        sending
    }

    pub(super) fn read(&mut self, mut reply: Reply) -> Result<(), TransportError<()>> {
        if let Some(read) = self.read {
            self.answer = Some(read(&mut reply)?);
        }
        Ok(())
    }
}

struct TypedAttempt<'a, O: Call> {
    input: &'a mut O::Input,
    reading: Reading<O::Answer>,
}

impl<O: Call> Attempt<O::Account> for TypedAttempt<'_, O> {
    fn input(&self, extra: &Extra, wanted: &Wanted<'_>) -> serde_json::Result<Found> {
        Ok(with_extra(arguments(&*self.input, wanted)?, extra, wanted))
    }

    fn is_spent(&mut self) -> bool {
        O::file(self.input).is_some_and(|file| file.is_spent())
    }

    fn send<'a>(&'a mut self, account: &'a O::Account, transport: &'a Transport) -> Attempting<'a> {
        self.reading.of(O::send(self.input, account, transport))
    }

    fn read(&mut self, reply: Reply) -> Result<(), TransportError<()>> {
        self.reading.read(reply)
    }
}

/// What is the same for all attempts of one request.
pub(super) struct Sending<'a, A> {
    pub(super) operation: &'static Operation,
    pub(super) account: &'a A,
    pub(super) timeout: Duration,
    pub(super) policy: &'a RetryPolicy,
    /// Fields beside the known ones.
    pub(super) extra: &'a Extra,
    /// Tells what happens to those who watch.
    pub(super) call: &'a telemetry::Call<'a>,
}

impl<'a, A: Account> Sending<'a, A> {
    /// Takes what is not given from the operation and the account.
    pub(super) fn new(
        operation: &'static Operation,
        account: &'a A,
        extra: &'a Extra,
        call: &'a telemetry::Call<'a>,
    ) -> Self {
        Self {
            operation,
            account,
            timeout: operation.timeout,
            policy: account.client().retry(),
            extra,
            call,
        }
    }

    /// Returns the response to an accepted request, and why it cannot be read, if so.
    pub(super) async fn run(
        &self,
        attempt: &mut dyn Attempt<A>,
    ) -> Result<(Option<Error>, ResponseRecord), Error> {
        let outcome = self.attempts(attempt).await;
        self.call.ends(&outcome);
        outcome
    }

    async fn attempts(
        &self,
        attempt: &mut dyn Attempt<A>,
    ) -> Result<(Option<Error>, ResponseRecord), Error> {
        let Self {
            operation, policy, ..
        } = *self;
        if !operation.limits.is_empty() {
            let limited = |name: &str| limits::concern(operation, name);
            let input = super::input_error(operation, attempt.input(self.extra, &limited))?;
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
        let host = self.account.host(operation).url();
        let (pacer, (instance, pace)) = (self.account.client().pacer(), self.account.pace());
        let (mut number, mut last) = (1, None);
        loop {
            let turns = pacer.begin(instance, pace, operation);
            // Few have to wait, and the others have no room for it.
            if let Some(turns) = turns
                && let Err(error) = Box::pin(self.turn(turns, attempt)).await
            {
                // That there was no turn to repeat it says less than why it had to be.
                return Err(last.unwrap_or(error));
            }
            let sent = self.call.begin_attempt(host);
            let outcome = Box::pin(self.once(attempt)).instrument(sent.span()).await;
            let status = outcome
                .as_ref()
                .ok()
                .and_then(|(_, response)| response.status);
            let error = match sent.ends(outcome, status) {
                Ok(accepted) => return Ok(accepted),
                Err(error) => error,
            };
            // A stream that has begun cannot begin again.
            if attempt.is_spent() {
                return Err(error);
            }
            let elapsed = self.call.elapsed();
            let Some(wait) =
                policy.decide(operation.effect, &error, number, elapsed, fastrand::f64())
            else {
                return Err(error);
            };
            let waiting = self.call.waiting(Wait::Retry);
            let left = policy.remaining(elapsed);
            let is_in_time = Box::pin(in_time(left, tokio::time::sleep(wait))).await;
            drop(waiting);
            if !is_in_time {
                return Err(error);
            }
            (number, last) = (number.saturating_add(1), Some(error));
        }
    }

    /// Returns the headers that the program adds to this attempt.
    fn headers(&self) -> Result<HeaderMap, Error> {
        let Some(on_attempt) = self.account.client().on_attempt() else {
            return Ok(HeaderMap::new());
        };
        let (operation, instance, number) = self.call.under_way();
        let mut attempt = crate::Attempt::new(operation, instance, number);
        on_attempt(&mut attempt);
        let refused = |message| Error::invalid(self.operation.id, message);
        attempt.into_headers().map_err(refused)
    }

    /// Waits until the pace lets the next attempt leave.
    async fn turn(&self, turns: Turns, attempt: &dyn Attempt<A>) -> Result<(), Error> {
        let Self {
            operation, policy, ..
        } = *self;
        let _waiting = self.call.waiting(Wait::Pace);
        let path = operation.chats.first().copied().unwrap_or_default();
        let input = attempt.input(self.extra, &|name: &str| name == path);
        let input = input.unwrap_or_default();
        // Requests to no chat are all of one lane.
        let chat = input.get(path).and_then(Value::as_str).unwrap_or_default();
        let pacer = self.account.client().pacer();
        let turn = pacer.wait_for(turns, chat.to_owned());
        let left = policy.remaining(self.call.elapsed());
        if in_time(left, turn).await {
            Ok(())
        } else {
            Err(Error::new(
                operation.id,
                ErrorKind::Throttled,
                Delivery::NotSent,
            ))
        }
    }

    async fn once(
        &self,
        attempt: &mut dyn Attempt<A>,
    ) -> Result<(Option<Error>, ResponseRecord), Error> {
        let Self {
            operation, account, ..
        } = *self;
        let host = account.host(operation);
        let context = CallContext::with_timeout(self.timeout)
            .with_headers(self.headers()?)
            .with_base(Arc::clone(host.url()))
            .with_extra(self.extra.clone())
            .named(account.name());
        let route = account.client().route(host);
        // The context has the address.
        let transport = Transport::new_with_client("", route.http.into_owned(), context);
        let reply = attempt.send(account, &transport).await;
        let outcome = reply.and_then(|reply| attempt.read(reply));
        let response = transport.inner().take_response();
        if let Some(at) = response.connected {
            let (pacer, (instance, pace)) = (account.client().pacer(), account.pace());
            pacer.connected(instance, pace, operation, at);
        }
        let refused = response.status == Some(200) && is_refusal(operation, &response);
        if outcome.is_ok() && !refused {
            let unlike = unlike(operation, &response);
            return Ok((
                unlike.then(|| not_an_object(operation, &response)),
                response,
            ));
        }
        let secret = |name: &str| operation.secrets.iter().any(|path| leads_into(path, name));
        let input = attempt.input(self.extra, &secret).unwrap_or_default();
        let given = given_secrets(operation, &input);
        let secrets = Vec::from_iter([account.token()].into_iter().chain(given));
        if refused {
            return Err(refusal(operation, &response, &secrets));
        }
        let Err(error) = outcome else {
            return Ok((None, response));
        };
        // What sends is accepted with the status; even the rest of a broken answer says nothing against it.
        let accepted = matches!(error, TransportError::InvalidResponsePayload(..))
            || (operation.sends() && response.status == Some(200));
        let error = classify(operation, error, &response, &secrets);
        if accepted {
            Ok((Some(error), response))
        } else {
            Err(error)
        }
    }
}

/// Waits, for so long at most, and returns whether it is still in time. A process that was stopped meanwhile, or whose machine slept, would send what
/// others have given up by now: the wait is over then, and in a machine that sleeps some clocks stand still.
async fn in_time(left: Duration, wait: impl Future<Output = ()>) -> bool {
    let (begun, begun_by_date) = (Instant::now(), SystemTime::now());
    let has_ended = tokio::time::timeout(left, wait).await.is_ok();
    let by_date = begun_by_date.elapsed().unwrap_or_default();
    has_ended && begun.elapsed().max(by_date) <= left.saturating_add(LATE)
}

/// Whether the answer has to be an object and is something else. What is read leniently would make an empty object of it.
fn unlike(operation: &Operation, response: &ResponseRecord) -> bool {
    operation.answers == Answers::Object && !response.body.trim_ascii_start().starts_with(b"{")
}

fn not_an_object(operation: &Operation, response: &ResponseRecord) -> Error {
    unexpected(operation, response, "it is not an object")
}
