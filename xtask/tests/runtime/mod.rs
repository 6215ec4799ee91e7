//! The least that generated requests need around them: what the crate for programs does at length, without errors, retries and secrets.

#![allow(
    clippy::result_large_err,
    reason = "it is what the generated methods return"
)]

use green_api_client::CallContext;
use green_api_client::multipart::Form;
use green_api_types::models::InstanceId;
use green_api_types::operation::Operation;
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

pub fn segment(value: impl std::fmt::Display) -> String {
    value.to_string()
}

/// As the real one, without its care for secrets.
impl Client {
    pub fn address(&self, path: &str) -> Result<reqwest::Url, LowError<()>> {
        let address = format!("{}{path}", self.baseurl).parse();
        address.map_err(|_| LowError::InvalidRequest(path.to_owned()))
    }

    pub async fn answer<T: DeserializeOwned>(
        &self,
        request: reqwest::Request,
        _: &str,
    ) -> Result<ResponseValue<T>, LowError<()>> {
        let response = self.client.execute(request).await?;
        ResponseValue::from_response(response).await
    }

    pub async fn done(
        &self,
        request: reqwest::Request,
        _: &str,
    ) -> Result<ResponseValue<()>, LowError<()>> {
        let response = self.client.execute(request).await?;
        Ok(ResponseValue::empty(response))
    }

    pub async fn send_form<T: DeserializeOwned>(
        &self,
        operation: &Operation,
        url: reqwest::Url,
        form: Form,
    ) -> Result<ResponseValue<T>, LowError<()>> {
        let request = self.client.post(url).multipart(form.into_reqwest());
        self.answer(request.build()?, operation.id).await
    }
}

pub mod request {
    use std::future::{Future, IntoFuture};
    use std::pin::Pin;
    use std::time::Duration;

    use serde::{Deserialize, Serialize};
    use serde_json::Value;

    use super::{CallContext, DeserializeOwned, Error, LowError, ResponseValue};
    pub use crate::Client as Transport;
    use crate::endpoint::Endpoint;

    pub type Sent<O> = Result<ResponseValue<<O as Endpoint>::Answer>, LowError<()>>;
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

        fn send(
            input: &Self::Input,
            to: &Self::Account,
            via: &Transport,
        ) -> impl Future<Output = Sent<Self>> + Send;
        fn output(answered: Answered<Self>) -> Result<Self::Output, Error>;
        fn is_spent(_: &Self::Input) -> bool {
            false
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
            Box::pin(async move {
                assert!(!O::is_spent(&self.input));
                let http = reqwest::Client::new();
                let context = CallContext::default();
                let via = Transport::new_with_client(self.account.base(), http, context);
                let response = O::send(&self.input, &self.account, &via).await;
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
