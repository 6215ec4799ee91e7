//! Connections that calls share by HTTP/2.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use reqwest::Url;
use url::Position;

/// How many calls share a connection, unless the program says otherwise: servers are asked to allow at least so many (RFC 9113, section 6.5.2).
///
/// What is beyond a server's limit waits until another call has ended, and a long poll takes half a minute.
pub(crate) const STREAMS: usize = 100;

/// Pools of connections. Each has one connection to a host, so that there are several only where more calls are under way than share one.
#[derive(Default)]
pub(crate) struct Connections(Mutex<State>);

#[derive(Default)]
struct State {
    /// All but the first.
    more: Vec<reqwest::Client>,
    /// How many calls are under way to a host, in each pool.
    under_way: HashMap<Box<str>, Vec<usize>>,
}

/// Scheme, name and port: the paths of a host share its connections.
fn origin(host: &Url) -> &str {
    &host[..Position::BeforePath]
}

impl Connections {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes the first place for a call to this host, where so many share a connection.
    pub(crate) fn place(&self, host: &Arc<Url>, streams: usize) -> Place<'_> {
        let mut state = self.state();
        let under_way = state.under_way.entry(origin(host).into()).or_default();
        let free = under_way.iter().position(|calls| *calls < streams);
        let number = free.unwrap_or(under_way.len());
        if free.is_none() {
            under_way.push(0);
        }
        under_way[number] += 1;
        Place {
            connections: self,
            host: Arc::clone(host),
            number,
        }
    }
}

/// The place of a call that is under way, until it is dropped.
pub(crate) struct Place<'a> {
    connections: &'a Connections,
    host: Arc<Url>,
    number: usize,
}

impl Place<'_> {
    /// Returns the pool that the place is in; `make` makes those that are not there yet.
    ///
    /// Returns `None` for the first one, and if none can be made.
    pub(crate) fn pool(
        &self,
        make: impl Fn() -> Option<reqwest::Client>,
    ) -> Option<reqwest::Client> {
        let beyond_the_first = self.number.checked_sub(1)?;
        let mut state = self.connections.state();
        // Those who took the places before it may not have asked yet.
        while state.more.len() <= beyond_the_first {
            state.more.push(make()?);
        }
        state.more.get(beyond_the_first).cloned()
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self.connections.state();
        let Some(under_way) = state.under_way.get_mut(origin(&self.host)) else {
            return;
        };
        if let Some(calls) = under_way.get_mut(self.number) {
            *calls = calls.saturating_sub(1);
        }
        while under_way.last() == Some(&0) {
            under_way.pop();
        }
        if under_way.is_empty() {
            state.under_way.remove(origin(&self.host));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_fill_one_connection_before_they_take_another() {
        let connections = Connections::default();
        let host = |name: &str| Arc::new(Url::parse(name).expect("it is one"));
        let (one, other) = (host("https://7103.example"), host("https://7105.example"));
        let numbers =
            |places: &[Place<'_>]| Vec::from_iter(places.iter().map(|place| place.number));
        let mut places: Vec<Place<'_>> = (0..5).map(|_| connections.place(&one, 2)).collect();
        assert_eq!(numbers(&places), [0, 0, 1, 1, 2]);
        assert_eq!(connections.place(&other, 2).number, 0);
        // A gateway can have a path for each customer.
        let path = host("https://7103.example/customers/7");
        assert_eq!(connections.place(&path, 2).number, 2);
        // The first place that is free, whoever had it.
        drop(places.remove(1));
        assert_eq!(connections.place(&one, 2).number, 0);
        let made = |place: &Place<'_>| place.pool(|| Some(reqwest::Client::new())).is_some();
        assert_eq!(
            Vec::from_iter(places.iter().map(made)),
            [false, true, true, true]
        );
        assert_eq!(connections.state().more.len(), 2);
        drop(places);
        assert!(connections.state().under_way.is_empty());
    }

    #[test]
    fn whoever_asks_first_shares_with_nobody_who_has_another_place() {
        let connections = Connections::default();
        let host = Arc::new(Url::parse("https://7103.example").expect("it is one"));
        let places: Vec<Place<'_>> = (0..3).map(|_| connections.place(&host, 1)).collect();
        assert!(places[2].pool(|| Some(reqwest::Client::new())).is_some());
        assert_eq!(connections.state().more.len(), 2);
    }
}
