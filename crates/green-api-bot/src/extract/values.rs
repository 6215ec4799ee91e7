//! What the program and its middleware share with handlers.

use std::ops::Deref;
use std::sync::Arc;

use super::{Extract, Rejection};
use crate::Context;

/// A value shared by [`Router::data`](crate::Router::data), such as a connection pool, a catalogue or settings.
///
/// ```
/// use green_api_bot::{Chat, HandlerResult, extract::Data};
///
/// struct Prices { soup: u32 }
///
/// async fn price(chat: Chat, prices: Data<Prices>) -> HandlerResult {
///     chat.reply(format!("Soup is {} today.", prices.soup))
/// }
/// ```
#[derive(Debug)]
pub struct Data<T>(Arc<T>);

/// A value that middleware has [inserted](Context::insert).
#[derive(Debug)]
pub struct Extension<T>(Arc<T>);

impl<T: Send + Sync + 'static> Extract for Data<T> {
    fn extract(context: &Context) -> Result<Self, Rejection> {
        let shared = context.shared().map(Self);
        shared.ok_or(Rejection::Missing("such data, see `Router::data`"))
    }
}

impl<T: Send + Sync + 'static> Extract for Extension<T> {
    fn extract(context: &Context) -> Result<Self, Rejection> {
        let inserted = context.get().map(Self);
        inserted.ok_or(Rejection::Missing("such value from middleware"))
    }
}

macro_rules! shared {
    ($($name:ident)+) => {
        $(impl<T> Deref for $name<T> {
            type Target = T;

            fn deref(&self) -> &T {
                &self.0
            }
        }

        impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                Self(Arc::clone(&self.0))
            }
        })+
    };
}

shared!(Data Extension);
