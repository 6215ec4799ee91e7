//! The connection to NATS.

use std::fmt;
use std::time::Duration;

use async_nats::connection::State;
use async_nats::jetstream::Context;
use async_nats::jetstream::context::ContextBuilder;
use async_nats::{Client, ClientError, ConnectErrorKind, ConnectOptions, Event, ServerAddr};
use percent_encoding::percent_decode_str;
use tokio::sync::watch;

use super::event::JetStreamEvent;
use super::options::JetStreamOptions;
use crate::runtime;

/// The first wait between two attempts to connect; it doubles each time.
const RECONNECT: Duration = Duration::from_millis(50);
/// How often a server that is silent is asked whether it is there.
const PING: Duration = Duration::from_secs(10);

/// What is said of a URL that cannot be read: not the URL, which may have a password in it.
const UNREADABLE: &str =
    "the URL of the NATS server cannot be read; it looks like nats://user:password@host:4222";

/// A connection to NATS that could not be begun, since the URL cannot be read, or no Tokio runtime is there.
#[derive(Debug)]
pub struct ConnectError(&'static str);

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl std::error::Error for ConnectError {}

/// Begins to connect. What counts how often the connection was lost lives as long as the client.
pub(super) async fn connect(
    urls: &str,
    options: &JetStreamOptions,
) -> Result<(Context, watch::Receiver<u64>), ConnectError> {
    runtime::within().map_err(ConnectError)?;
    let (times_lost, lost) = watch::channel(0);
    let told = options.clone();
    let on_event = move |event| {
        let event = match event {
            Event::Connected => Some(JetStreamEvent::Connected),
            Event::Disconnected => {
                times_lost.send_modify(|times| *times += 1);
                Some(JetStreamEvent::Disconnected)
            }
            // A certificate that is refused and a server that is not there look alike.
            Event::ClientError(ClientError::Other(kind)) if is_unreachable(&kind) => {
                let reason = "the server cannot be reached, or its certificate is not one that is trusted here";
                Some(JetStreamEvent::Failed {
                    reason: reason.to_owned(),
                })
            }
            Event::ServerError(_) | Event::ClientError(_) => Some(JetStreamEvent::Failed {
                reason: event.to_string(),
            }),
            _ => None,
        };
        if let Some(event) = event {
            told.tell(event);
        }
        std::future::ready(())
    };
    let longest = options.reconnect_delay;
    let (servers, mut connection) = servers(urls).ok_or(ConnectError(UNREADABLE))?;
    if let Some(path) = &options.root_certificates {
        connection = connection.add_root_certificates(path.clone());
    }
    let client = connection
        .name("green-api-mailbox")
        .retry_on_initial_connect()
        .max_reconnects(None)
        .connection_timeout(options.timeout)
        .request_timeout(Some(options.timeout))
        .ping_interval(PING)
        .reconnect_delay_callback(move |attempt| {
            let doubled = 1 << attempt.saturating_sub(1).min(16);
            RECONNECT.saturating_mul(doubled).min(longest)
        })
        .event_callback(on_event)
        .connect(servers)
        .await
        .map_err(|_| ConnectError(UNREADABLE))?;
    let context = ContextBuilder::new()
        .timeout(options.timeout)
        .ack_timeout(options.timeout)
        .backpressure_on_inflight(true)
        .build(client);
    Ok((context, lost))
}

/// Reads the addresses. Names and passwords are taken out of them: the client library does not use them there, and logs the addresses.
fn servers(urls: &str) -> Option<(Vec<ServerAddr>, ConnectOptions)> {
    let decoded = |text: &str| {
        percent_decode_str(text)
            .decode_utf8()
            .ok()
            .map(String::from)
    };
    let mut options = ConnectOptions::new();
    let mut servers = Vec::new();
    for url in urls.split(',') {
        let server: ServerAddr = url.trim().parse().ok()?;
        options = match (server.username(), server.password()) {
            (Some(user), Some(password)) => {
                options.user_and_password(decoded(user)?, decoded(password)?)
            }
            (Some(token), None) => options.token(decoded(token)?),
            (None, _) => options,
        };
        let mut bare = server.into_inner();
        bare.set_username("").ok()?;
        bare.set_password(None).ok()?;
        servers.push(ServerAddr::from_url(bare).ok()?);
    }
    Some((servers, options))
}

fn is_unreachable(kind: &str) -> bool {
    let kinds = [ConnectErrorKind::Io, ConnectErrorKind::Tls];
    kinds.iter().any(|known| known.to_string() == kind)
}

/// Returns whether the connection stands.
pub(super) fn is_connected(client: &Client) -> bool {
    client.connection_state() == State::Connected
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_leave_the_address() {
        let (servers, _) = servers("nats://paul:s3%40cret@localhost:4222, otherhost").unwrap();
        let shown = format!("{servers:?}");
        assert!(!shown.contains("s3") && !shown.contains("paul"), "{shown}");
        assert_eq!(servers[1].port(), 4222);
        assert!(super::servers("http://localhost").is_none());
    }
}
