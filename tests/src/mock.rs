//! Remembers exactly what a mock server was asked.

use std::sync::{Arc, Mutex, PoisonError};

pub use green_api_httpmock::MockServerExt;
use httpmock::{HttpMockRequest, MockServer};

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Seen {
    /// In capitals.
    pub verb: String,
    /// Without the query, as it was sent.
    pub path: String,
    /// The query, decoded.
    pub query: Vec<(String, String)>,
    /// Names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Seen {
    /// Returns a header that was sent.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// Sees every request that a server gets, whether a mock answers it or none.
#[derive(Clone, Debug, Default)]
pub struct Witness(Arc<Mutex<Vec<Seen>>>);

impl Witness {
    /// Watches a server that has no mocks yet: a request is held against mocks in their order until one answers.
    pub async fn of(server: &MockServer) -> Self {
        let witness = Self::default();
        let noted = Arc::clone(&witness.0);
        let never = move |request: &HttpMockRequest| {
            let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
            noted.push(note(request));
            false
        };
        server.mock_async(|when, _| drop(when.is_true(never))).await;
        witness
    }

    /// Takes the requests that came since it was last asked.
    #[must_use]
    pub fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn note(request: &HttpMockRequest) -> Seen {
    Seen {
        verb: request.method_str().to_owned(),
        path: request.uri().path().to_owned(),
        query: request.query_params(),
        headers: request
            .headers_vec()
            .iter()
            .map(|(name, value)| (name.to_lowercase(), value.clone()))
            .collect(),
        body: request.body().to_vec(),
    }
}
