//! The least that generated requests need around them: what the wrapper crate does at length, without errors, retries and secrets.

use green_api_client::Context;
use green_api_client::multipart::Form;
use green_api_types::operation::Operation as Info;
use serde::de::DeserializeOwned;

use crate::{Client, LowError, ResponseValue};

pub type Error = String;

#[derive(Clone, Debug)]
pub struct Instance(String, i64, String);

impl Instance {
    pub fn new(base: &str, id: i64, token: &str) -> Self {
        Self(base.to_owned(), id, token.to_owned())
    }
    pub fn id_instance(&self) -> i64 {
        self.1
    }
    pub fn api_token_instance(&self) -> &str {
        &self.2
    }
}

impl request::Owner for Instance {
    type Credentials = Self;

    fn credentials(&self) -> &Self {
        self
    }
    fn base(&self) -> &str {
        &self.0
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
    pub fn partner_token(&self) -> &str {
        &self.1
    }
}

impl request::Owner for Partner {
    type Credentials = Self;

    fn credentials(&self) -> &Self {
        self
    }
    fn base(&self) -> &str {
        &self.0
    }
}

impl progenitor_client::ClientHooks<Context> for Client {}

impl Client {
    /// As the real one, without its care for secrets.
    pub async fn send_form<T: DeserializeOwned>(
        &self,
        _: &Info,
        path: &str,
        form: Form,
    ) -> Result<ResponseValue<T>, LowError<()>> {
        let response = self
            .client
            .post(format!("{}{path}", self.baseurl))
            .multipart(form.into_reqwest())
            .send()
            .await?;
        ResponseValue::from_response(response).await
    }
}

pub mod request {
    use std::future::Future;
    use std::time::Duration;

    use super::{Client, Context, DeserializeOwned, Info, LowError};

    pub type Outcome<T> = Result<T, LowError<()>>;
    pub type ByName = ();

    pub trait Owner: Clone {
        type Credentials;
        fn credentials(&self) -> &Self::Credentials;
        fn base(&self) -> &str;
    }

    #[derive(Clone, Debug)]
    pub struct Call<O>(O);

    impl<O: Clone> Call<O> {
        pub fn new(owner: &O) -> Self {
            Self(owner.clone())
        }
    }

    pub struct Arguments;

    impl Arguments {
        pub fn take<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, super::Error> {
            Err(name.to_owned())
        }
        pub fn take_optional<T: DeserializeOwned>(
            &mut self,
            _: &str,
        ) -> Result<Option<T>, super::Error> {
            Ok(None)
        }
        pub fn take_body<T: DeserializeOwned>(&mut self) -> Result<T, super::Error> {
            Err("body".to_owned())
        }
        pub fn put(&mut self, _: &str, _: &impl serde::Serialize) {}
        pub fn put_body(&mut self, _: &impl serde::Serialize) {}
    }

    pub trait Operation: Sized {
        const INFO: &'static Info;
        type Owner: Owner;
        type Answer;
        fn call(&self) -> &Call<Self::Owner>;
        fn from_arguments(
            call: Call<Self::Owner>,
            arguments: &mut Arguments,
        ) -> Result<Self, super::Error>;
        fn put_arguments(&self, arguments: &mut Arguments);
        fn spent(&self) -> bool {
            false
        }
        fn send(
            &self,
            client: &Client,
            credentials: &<Self::Owner as Owner>::Credentials,
        ) -> impl Future<Output = Outcome<Self::Answer>> + Send;
    }

    pub fn by_name<O: Operation>(call: Call<O::Owner>, mut arguments: Arguments) -> ByName {
        drop(O::from_arguments(call, &mut arguments));
    }

    pub fn whole_minutes(duration: Duration) -> i64 {
        duration.as_secs().div_ceil(60) as i64
    }

    pub fn whole_milliseconds(duration: Duration) -> i64 {
        duration.as_millis() as i64
    }

    async fn answer<O: Operation>(request: O) -> Result<O::Answer, super::Error> {
        let owner = &request.call().0;
        let client =
            Client::new_with_client(owner.base(), reqwest::Client::new(), Context::default());
        request
            .send(&client, owner.credentials())
            .await
            .map_err(|error| error.to_string())
    }

    pub async fn run<O: Operation, T>(
        request: O,
        output: impl FnOnce(O::Answer) -> Option<T>,
    ) -> Result<T, super::Error> {
        output(answer(request).await?).ok_or_else(|| "refused".to_owned())
    }

    pub async fn run_accepted<O: Operation>(
        request: O,
    ) -> Result<super::Accepted<O::Answer>, super::Error> {
        answer(request).await.map(super::Accepted)
    }

    macro_rules! awaitable {
        ($request:ident -> accepted $answer:ty) => {
            crate::client::request::awaitable!(@ $request -> crate::Accepted<$answer>, crate::client::request::run_accepted);
        };
        ($request:ident -> $output:ty, $given:ident => $wanted:expr) => {
            crate::client::request::awaitable!(@ $request -> $output, |request: $request| crate::client::request::run(request, |$given| $wanted));
        };
        (@ $request:ident -> $output:ty, $run:expr) => {
            impl ::std::future::IntoFuture for $request {
                type Output = Result<$output, Error>;
                type IntoFuture = ::std::pin::Pin<Box<dyn ::std::future::Future<Output = Self::Output> + Send>>;

                fn into_future(self) -> Self::IntoFuture {
                    Box::pin(($run)(self))
                }
            }
        };
    }
    pub(crate) use awaitable;
}
