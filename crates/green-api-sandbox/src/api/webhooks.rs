//! Webhooks: with a `webhookUrl` in the settings, notifications are posted there, one at a time and in order.

use std::error::Error as _;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use reqwest::redirect::Policy;

use crate::world::World;
use crate::world::core::Core;
use crate::world::posting::Post;
use crate::world::webhooks::WebhookOutcome;

/// How long the server waits for an endpoint, by the sandbox's clock.
const PATIENCE: Duration = Duration::from_secs(180);

/// Posts notifications until the sandbox ends. An endpoint that does not answer holds up its own instance only.
///
/// Unless `remote` endpoints are allowed, only those on this machine are posted to: whoever reaches the API can set any address.
pub(crate) async fn run(core: Arc<Core>, remote: bool) {
    // A redirect is an answer that is not 200. A proxy from the environment would never find an endpoint on loopback.
    // Where the machine has no certificates there may be no client, and then that is what becomes of each post.
    let http = reqwest::Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .build();
    let mut closed = core.closed.subscribe();
    loop {
        let post = tokio::select! {
            post = core.wait_for(None, World::next_post) => post,
            _ = closed.wait_for(|closed| *closed) => None,
        };
        let Some(post) = post else { return };
        match &http {
            _ if !remote && !is_on_this_machine(&post.url) => {
                let reason = "webhookUrl leads to another machine, which is not allowed";
                let outcome = WebhookOutcome::Failed(reason.to_owned());
                core.with(|world| world.posted(post.instance, post.receipt_id, outcome));
            }
            Ok(http) => {
                tokio::spawn(deliver(Arc::clone(&core), http.clone(), post));
            }
            Err(error) => {
                let outcome = WebhookOutcome::Failed(reason(error));
                core.with(|world| world.posted(post.instance, post.receipt_id, outcome));
            }
        }
    }
}

/// Returns whether an address certainly leads to this machine: names may lead anywhere, except `localhost`.
fn is_on_this_machine(url: &str) -> bool {
    let Ok(url) = reqwest::Url::parse(url) else {
        // What cannot be posted to fails with a reason of its own.
        return true;
    };
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    let address: Option<IpAddr> = address.parse().ok();
    host == "localhost" || address.is_some_and(|address| address.is_loopback())
}

async fn deliver(core: Arc<Core>, http: reqwest::Client, post: Post) {
    let mut request = http
        .post(post.url)
        .header(CONTENT_TYPE, "application/json; charset=utf-8")
        .body(post.body);
    if let Some(authorization) = authorization(&post.token) {
        request = request.header(AUTHORIZATION, authorization);
    }
    let answer = async {
        let answer = request.send().await?;
        let status = answer.status().as_u16();
        // The connection can only be used again once the answer has been read.
        answer.bytes().await?;
        Ok(status)
    };
    let deadline = core.with(|world| world.now) + PATIENCE;
    let mut closed = core.closed.subscribe();
    let outcome = tokio::select! {
        status = answer => match status {
            Ok(200) => WebhookOutcome::Accepted,
            Ok(status) => WebhookOutcome::Refused(status),
            Err(error) => WebhookOutcome::Failed(reason(&error)),
        },
        () = core.clock.sleep_until(deadline) => WebhookOutcome::TimedOut,
        _ = closed.wait_for(|closed| *closed) => return,
    };
    core.with(|world| world.posted(post.instance, post.receipt_id, outcome));
}

/// Returns the innermost reason of an error. The address is left out, because it may hold a secret of the endpoint.
fn reason(error: &reqwest::Error) -> String {
    let mut source = error.source();
    while let Some(deeper) = source.and_then(|source| source.source()) {
        source = Some(deeper);
    }
    match source {
        Some(source) => source.to_string(),
        None if error.is_builder() => {
            "webhookUrl is not an address that can be posted to".to_owned()
        }
        None => "the connection failed".to_owned(),
    }
}

/// Returns the header for a `webhookUrlToken`, which may name its scheme itself.
fn authorization(token: &str) -> Option<HeaderValue> {
    if token.is_empty() {
        return None;
    }
    let has_scheme = ["Bearer ", "Basic "]
        .iter()
        .any(|scheme| token.starts_with(scheme));
    let value = if has_scheme {
        token.to_owned()
    } else {
        format!("Bearer {token}")
    };
    let mut value = HeaderValue::from_str(&value).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::is_on_this_machine;

    #[test]
    fn only_loopback_is_on_this_machine() {
        for here in [
            "http://127.0.0.1:3000/hook",
            "https://localhost/hook",
            "http://LOCALHOST:80",
            "http://[::1]:3000/",
            "http://127.1/",
            "http://0x7f000001/",
        ] {
            assert!(is_on_this_machine(here), "{here}");
        }
        for elsewhere in [
            "http://192.0.2.7/",
            "http://shop.example/",
            "http://localhost.example/",
            "http://127.0.0.1.example/",
            "http://127.0.0.1@192.0.2.7/",
            "http://0.0.0.0/",
            "http://[::ffff:192.0.2.7]/",
            "http://169.254.169.254/latest/meta-data/",
        ] {
            assert!(!is_on_this_machine(elsewhere), "{elsewhere}");
        }
    }
}
