//! A request that has passed every check, and what operations read in it.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use axum::body::Bytes;
use axum::http::HeaderMap;
use serde_json::Value;

use super::bundle::Route;
use super::form::Form;
use super::reply::Reply;
use crate::world::World;
use crate::world::account::Account;
use crate::world::core::Core;

/// How far the journals reach back when they are not told, in minutes.
const MINUTES: u64 = 24 * 60;

/// What stands for the instance where none is called.
pub(super) const NO_INSTANCE: u64 = 0;

/// A request that has passed every check up to its body.
pub(super) struct Call<'a> {
    pub(super) core: &'a Core,
    pub(super) route: &'a Route<'a, 'a>,
    /// The instance that is called; [`NO_INSTANCE`] for the methods of a partner.
    pub(super) instance: u64,
    /// Path and query, as error bodies repeat them.
    pub(super) path: &'a str,
    pub(super) query: BTreeMap<String, String>,
    pub(super) headers: &'a HeaderMap,
    /// The JSON body; `null` when the operation takes none.
    pub(super) body: Value,
    /// The form, of an operation that takes one.
    pub(super) form: Form,
    /// The body as it came, unless it was a form.
    pub(super) raw_body: Bytes,
    /// When the request came. Waiting counts from here.
    pub(super) arrived: SystemTime,
}

impl<'a> Call<'a> {
    pub(super) fn operation(&self) -> &str {
        &self.route.operation.id
    }

    pub(super) fn header(&self, name: &str) -> Option<&'a str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Looks at the instance that is called, or changes it.
    pub(super) fn account<T>(&self, act: impl FnOnce(&mut Account, SystemTime) -> T) -> T {
        self.core.with(|world| {
            let now = world.now;
            act(account_of(world, self.instance), now)
        })
    }

    /// Looks at the world, or changes it, with the number of the linked account; empty when there is none.
    pub(super) fn with_phone<T>(&self, act: impl FnOnce(&mut World, &str) -> T) -> T {
        self.core.with(|world| {
            let phone = account_of(world, self.instance).phone.clone();
            act(world, &phone.unwrap_or_default())
        })
    }

    /// Returns a parameter of the query, if it is there and can be read.
    pub(super) fn asked<T: FromStr>(&self, name: &str) -> Option<T> {
        self.query.get(name)?.parse().ok()
    }

    /// Returns how far back the parameter `minutes` reaches.
    pub(super) fn reach(&self) -> Duration {
        let minutes: u64 = self.asked("minutes").unwrap_or(MINUTES);
        Duration::from_secs(minutes.saturating_mul(60))
    }

    pub(super) fn refuse(&self, message: &str) -> Reply {
        Reply::error(400, message, self.path, self.arrived)
    }

    pub(super) fn invalid(&self, details: &str) -> Reply {
        Reply::validation(details, self.path, self.arrived)
    }
}

pub(super) fn account_of(world: &mut World, id: u64) -> &mut Account {
    world
        .accounts
        .get_mut(&id)
        .expect("the instance was found before and instances are never removed")
}

/// A text in a body; empty when there is none.
pub(super) fn text<'b>(body: &'b Value, name: &str) -> &'b str {
    body[name].as_str().unwrap_or_default()
}

/// A list of texts.
pub(super) fn texts(value: &Value) -> Vec<String> {
    list(value)
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// The values of a list; none of anything else.
pub(super) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
}
