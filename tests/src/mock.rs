//! A server that gives one answer and remembers exactly what it was asked.

use std::sync::{Arc, Mutex, PoisonError};

use httpmock::{HttpMockRequest, HttpMockResponse, Mock, MockServer};

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
    /// A header that was sent.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }
}

/// What is answered.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// An answer of this type.
    pub fn new(status: u16, content_type: Option<&str>, body: impl Into<Vec<u8>>) -> Self {
        let content_type =
            content_type.map(|content_type| ("content-type".to_owned(), content_type.to_owned()));
        Self {
            status,
            headers: content_type.into_iter().collect(),
            body: body.into(),
        }
    }

    /// With another header.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.headers.push((name.to_owned(), value.to_string()));
        self
    }
}

/// Answers of a server while it exists.
pub struct Answering<'a> {
    mock: Mock<'a>,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl<'a> Answering<'a> {
    /// From now on the server answers every request with this.
    pub async fn with(server: &'a MockServer, reply: Reply) -> Self {
        let seen: Arc<Mutex<Vec<Seen>>> = Arc::default();
        let noted = Arc::clone(&seen);
        let mock = server
            .mock_async(move |when, then| {
                when.any_request();
                then.respond_with(move |request: &HttpMockRequest| {
                    noted
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(note(request));
                    let mut response = HttpMockResponse::builder()
                        .status(reply.status)
                        .body(reply.body.clone());
                    for (name, value) in &reply.headers {
                        response = response.header(name.clone(), value.clone());
                    }
                    response.build()
                });
            })
            .await;
        Self { mock, seen }
    }

    /// Stops answering, and gives the requests that came.
    pub async fn end(self) -> Vec<Seen> {
        self.mock.delete_async().await;
        std::mem::take(&mut *self.seen.lock().unwrap_or_else(PoisonError::into_inner))
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
