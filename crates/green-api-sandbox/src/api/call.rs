//! A request that has passed every check, and what operations read in it.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::body::Bytes;
use axum::http::HeaderMap;
use serde_json::Value;

use super::bundle::Route;
use super::form::Form;
use super::reply::Reply;
use crate::world::World;
use crate::world::account::Account;
use crate::world::core::Core;
use crate::world::messages::Peer;

/// How far the journals reach back by default, in minutes.
const MINUTES: u64 = 24 * 60;

/// The number in place of an instance for calls that name none.
pub(super) const NO_INSTANCE: u64 = 0;

/// A request that has passed every check up to its body.
pub(super) struct Call<'a> {
    pub(super) core: &'a Core,
    pub(super) route: &'a Route<'a, 'a>,
    /// The instance that is called; [`NO_INSTANCE`] for the operations of a partner.
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

    /// Calls `act` with the instance that is called and the time.
    pub(super) fn account<T>(&self, act: impl FnOnce(&mut Account, SystemTime) -> T) -> T {
        self.core.with(|world| {
            let now = world.now;
            act(world.account(self.instance), now)
        })
    }

    /// Calls `act` with the world and the number of the linked account, which is empty if none is linked.
    pub(super) fn with_phone<T>(&self, act: impl FnOnce(&mut World, &str) -> T) -> T {
        self.core.with(|world| {
            let phone = world.account(self.instance).phone.clone();
            act(world, &phone.unwrap_or_default())
        })
    }

    /// Returns whom the `chatId` of the body names.
    pub(super) fn peer(&self) -> Peer {
        Peer::parse(text(&self.body, "chatId"))
    }

    /// Returns the `chatId` of the body in its full form.
    pub(super) fn chat_id(&self) -> String {
        self.peer().chat_id()
    }

    /// Returns a parameter of the query, if it is there and can be read.
    pub(super) fn asked<T: FromStr>(&self, name: &str) -> Option<T> {
        self.query.get(name)?.parse().ok()
    }

    /// Returns the time back to which the parameter `minutes` reaches.
    pub(super) fn since(&self, world: &World) -> SystemTime {
        let minutes: u64 = self.asked("minutes").unwrap_or(MINUTES);
        let reach = Duration::from_secs(minutes.saturating_mul(60));
        world.now.checked_sub(reach).unwrap_or(UNIX_EPOCH)
    }

    pub(super) fn refuse(&self, message: &str) -> Reply {
        Reply::error(400, message, self.path, self.arrived)
    }

    pub(super) fn invalid(&self, details: &str) -> Reply {
        Reply::validation(details, self.path, self.arrived)
    }
}

/// Returns a text of a body, or an empty one if the field is missing.
pub(super) fn text<'b>(body: &'b Value, name: &str) -> &'b str {
    body[name].as_str().unwrap_or_default()
}

/// Returns the texts of a list.
pub(super) fn texts(value: &Value) -> Vec<String> {
    list(value)
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}

/// Returns the values of a list, and nothing for any other value.
pub(super) fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default()
        .iter()
}
