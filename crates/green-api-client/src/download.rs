//! Files that the server keeps on other hosts.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_LENGTH, LOCATION};
use reqwest::{Response, Url};

/// The head of what a storage host answers, and the way to its body.
#[derive(Debug)]
pub struct Fetched(Response);

/// Asks a storage host for a file. Nothing of the API goes along: no token and no `Referer`; a redirect is an answer like any other.
///
/// # Errors
///
/// When there is no answer. The error does not name the address, which may be signed and so as good as a key.
pub async fn fetch(client: &reqwest::Client, url: Url) -> reqwest::Result<Fetched> {
    crate::hooks::get(client, url).await.map(Fetched)
}

impl Fetched {
    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.0.status().as_u16()
    }

    /// Where a redirect leads, as it is written.
    #[must_use]
    pub fn location(&self) -> Option<&str> {
        self.header(&LOCATION)
    }

    /// The length that is announced.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        self.header(&CONTENT_LENGTH)?.parse().ok()
    }

    /// Returns what `Retry-After` says; at most a day.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        crate::waits::retry_after(self.0.headers())
    }

    fn header(&self, name: &reqwest::header::HeaderName) -> Option<&str> {
        self.0.headers().get(name)?.to_str().ok()
    }

    /// The next piece of the body, or `None` at its end.
    ///
    /// # Errors
    ///
    /// When the connection breaks before the announced end.
    pub async fn chunk(&mut self) -> reqwest::Result<Option<Bytes>> {
        self.0.chunk().await.map_err(reqwest::Error::without_url)
    }
}
