//! The least that generated requests need around them: what the crate for programs does at length, without errors, retries and secrets.

#![allow(
    clippy::result_large_err,
    reason = "it is what the generated methods return"
)]

use std::fmt::Display;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use green_api_client::CallContext;
use green_api_client::multipart::Form;
use green_api_types::models::InstanceId;
use green_api_types::operation::Operation;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Client, LowError, ResponseValue};

pub type Error = String;

#[derive(Clone, Debug)]
pub struct Instance(String, InstanceId, String);

impl Instance {
    pub fn new(base: &str, id: InstanceId, token: &str) -> Self {
        Self(base.to_owned(), id, token.to_owned())
    }
    pub fn id(&self) -> InstanceId {
        self.1
    }
}

impl request::Account for Instance {
    fn base(&self) -> &str {
        &self.0
    }
    fn token(&self) -> &str {
        &self.2
    }
}

/// What was accepted, and its answer.
#[derive(Clone, Debug)]
pub struct Accepted<T>(pub T);

#[derive(Clone, Debug)]
pub struct Partner(String, String);

impl Partner {
    pub fn new(base: &str, token: &str) -> Self {
        Self(base.to_owned(), token.to_owned())
    }
}

impl request::Account for Partner {
    fn base(&self) -> &str {
        &self.0
    }
    fn token(&self) -> &str {
        &self.1
    }
}

type Response = Result<reqwest::Response, LowError<()>>;

type Returned<T> = Result<ResponseValue<T>, LowError<()>>;

/// As the real one.
pub struct ResponseFuture<'a, T>(Pin<Box<dyn Future<Output = Returned<T>> + Send + 'a>>);

impl<T> Future for ResponseFuture<'_, T> {
    type Output = Returned<T>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(context)
    }
}

fn unusable(operation: &Operation) -> LowError<()> {
    LowError::InvalidRequest(operation.path.to_owned())
}

/// As the real one, without its care for secrets.
impl Client {
    pub fn address(
        &self,
        operation: &Operation,
        values: &[&dyn Display],
    ) -> Result<reqwest::Url, LowError<()>> {
        let mut values = values.iter();
        let path = operation.path.split_inclusive(['{', '}']).map(|part| {
            if part.ends_with('}') {
                values.next().map(ToString::to_string).unwrap_or_default()
            } else {
                part.trim_end_matches('{').to_owned()
            }
        });
        let address = format!("{}{}", self.baseurl, path.collect::<String>()).parse();
        address.map_err(|_| unusable(operation))
    }

    pub fn json(
        &self,
        operation: &Operation,
        values: &[&dyn Display],
        body: &impl Serialize,
    ) -> Result<reqwest::Request, LowError<()>> {
        let json = serde_json::to_vec(body).map_err(|_| unusable(operation))?;
        self.request(operation, values, Some(json))
    }

    pub fn request(
        &self,
        operation: &Operation,
        values: &[&dyn Display],
        json: Option<Vec<u8>>,
    ) -> Result<reqwest::Request, LowError<()>> {
        let verb = operation.verb.parse().map_err(|_| unusable(operation))?;
        let request = self.client.request(verb, self.address(operation, values)?);
        let request = match json {
            Some(json) => request
                .header("content-type", "application/json")
                .body(json),
            None => request,
        };
        Ok(request.build()?)
    }

    async fn send(&self, request: Result<reqwest::Request, LowError<()>>) -> Response {
        Ok(self.client.execute(request?).await?)
    }

    pub fn answer<T: DeserializeOwned>(
        &self,
        _: &Operation,
        request: Result<reqwest::Request, LowError<()>>,
    ) -> ResponseFuture<'_, T> {
        ResponseFuture(Box::pin(async {
            ResponseValue::from_response(self.send(request).await?).await
        }))
    }

    pub fn done(
        &self,
        _: &Operation,
        request: Result<reqwest::Request, LowError<()>>,
    ) -> ResponseFuture<'_, ()> {
        ResponseFuture(Box::pin(async {
            Ok(ResponseValue::empty(self.send(request).await?))
        }))
    }

    pub fn send_form<T: DeserializeOwned>(
        &self,
        operation: &Operation,
        values: &[&dyn Display],
        form: Form,
    ) -> ResponseFuture<'_, T> {
        let url = self.address(operation, values);
        let request = url.and_then(|url| {
            let request = self.client.post(url).multipart(form.into_reqwest());
            Ok(request.build()?)
        });
        self.answer(operation, request)
    }
}

pub mod request {
    use std::future::{Future, IntoFuture};
    use std::pin::Pin;
    use std::time::Duration;

    use serde::{Deserialize, Serialize};
    use serde_json::Value;

    use green_api_client::multipart::Upload;

    use super::{CallContext, DeserializeOwned, Error, ResponseValue};
    pub use crate::Client as Transport;
    use crate::endpoint::Endpoint;

    pub type Sent<'a, O> = super::ResponseFuture<'a, <O as Endpoint>::Answer>;
    pub struct Answered<O: Endpoint> {
        pub answer: Result<O::Answer, Error>,
    }
    pub type ByName<A> = fn(&A, Value) -> Result<(), Error>;

    pub trait Account: Clone + Send + Sync {
        fn base(&self) -> &str;
        fn token(&self) -> &str;
    }

    pub trait Call: Endpoint + Sized + 'static {
        type Input: Serialize + DeserializeOwned + Send + Sync;
        type Account: Account;
        type Output;

        fn send<'a>(
            input: &'a Self::Input,
            to: &'a Self::Account,
            via: &'a Transport,
        ) -> Sent<'a, Self>;
        fn output(answered: Answered<Self>) -> Result<Self::Output, Error>;
        const FILE: Option<&'static str> = None;
        fn file(_: &mut Self::Input) -> Option<&mut Upload> {
            None
        }
    }

    #[derive(Deserialize, Serialize)]
    pub struct NoInput {}

    pub struct Request<O: Call> {
        pub input: O::Input,
        account: O::Account,
    }

    impl<O: Call> Request<O> {
        pub fn new(account: &O::Account, input: O::Input) -> Self {
            Self {
                input,
                account: account.clone(),
            }
        }
    }

    impl<O: Call> IntoFuture for Request<O> {
        type Output = Result<O::Output, Error>;
        type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

        fn into_future(self) -> Self::IntoFuture {
            let mut request = self;
            Box::pin(async move {
                let file = O::file(&mut request.input);
                assert_eq!(file.is_some(), O::FILE.is_some());
                assert!(!file.is_some_and(|file| file.is_spent()));
                let Self { input, account } = request;
                let http = reqwest::Client::new();
                let context = CallContext::default();
                let via = Transport::new_with_client(account.base(), http, context);
                let response = O::send(&input, &account, &via).await;
                let answer = response.map(ResponseValue::into_inner);
                let answer = answer.map_err(|error| error.to_string());
                O::output(Answered { answer })
            })
        }
    }

    pub fn by_name<O: Call>(_: &O::Account, input: Value) -> Result<(), Error> {
        serde_json::from_value::<O::Input>(input)
            .map(drop)
            .map_err(|error| error.to_string())
    }

    pub fn accepted<O: Call>(answered: Answered<O>) -> Result<super::Accepted<O::Answer>, Error> {
        answered.answer.map(super::Accepted)
    }

    pub fn returned<O: Call, T>(
        answered: Answered<O>,
        part: impl FnOnce(O::Answer) -> Option<T>,
    ) -> Result<T, Error> {
        part(answered.answer?).ok_or_else(|| "refused".to_owned())
    }

    pub fn whole_minutes(duration: Duration) -> i64 {
        duration.as_secs().div_ceil(60) as i64
    }

    pub fn whole_milliseconds(duration: Duration) -> i64 {
        duration.as_millis() as i64
    }
}
