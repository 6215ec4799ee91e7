//! The lines of the protocol. A line that cannot be read is answered, since its sender may wait for that.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;

use rmcp::RoleServer;
use rmcp::model::{ErrorData, RequestId};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use rmcp::transport::async_rw::AsyncRwTransport;
use serde::Deserializer as _;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, AsyncWrite, BufReader, Empty, empty};

/// The longest line, in bytes.
const LONGEST: usize = 16 * 1024 * 1024;

type Received = RxJsonRpcMessage<RoleServer>;
type Answering = Pin<Box<dyn Future<Output = io::Result<()>> + Send>>;

/// A message on each line. Receiving can be given up at any time without losing anything.
pub(crate) struct Lines<R: AsyncRead, W: AsyncWrite> {
    read: BufReader<R>,
    /// What has come of the line so far.
    line: Vec<u8>,
    /// Whether the rest of the line is skipped.
    is_skipping: bool,
    write: AsyncRwTransport<RoleServer, Empty, W>,
    answering: Option<Answering>,
}

impl<R: AsyncRead + Unpin, W: AsyncWrite + Send + Unpin + 'static> Lines<R, W> {
    pub(crate) fn new(read: R, write: W) -> Self {
        Self {
            read: BufReader::new(read),
            line: Vec::new(),
            is_skipping: false,
            write: AsyncRwTransport::new_server(empty(), write),
            answering: None,
        }
    }

    /// Reads up to the end of a line, or of what is taken of it. Returns `None` after the last one.
    async fn next(&mut self) -> Option<Line> {
        loop {
            let there = self.read.fill_buf().await.ok()?;
            if there.is_empty() {
                // The last line may have no end.
                let last = std::mem::take(&mut self.line);
                return (!last.is_empty()).then(|| Line::of(&last));
            }
            let end = there.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(there.len(), |end| end + 1);
            if !self.is_skipping {
                self.line.extend_from_slice(&there[..taken]);
            }
            self.read.consume(taken);
            let was_skipping = self.is_skipping;
            let is_long = self.line.len() > LONGEST;
            self.is_skipping = end.is_none() && (was_skipping || is_long);
            if !was_skipping && (is_long || end.is_some()) {
                let line = std::mem::take(&mut self.line);
                return Some(if is_long {
                    Line::unread("the line is longer than 16 MiB", &line)
                } else {
                    Line::of(&line)
                });
            }
        }
    }
}

impl<R, W> Transport<RoleServer> for Lines<R, W>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    type Error = io::Error;

    fn send(
        &mut self,
        message: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = io::Result<()>> + Send + 'static {
        self.write.send(message)
    }

    async fn receive(&mut self) -> Option<Received> {
        loop {
            if let Some(answering) = &mut self.answering {
                let answered = answering.await;
                self.answering = None;
                answered.ok()?;
            }
            match self.next().await? {
                Line::Message(message) => return Some(*message),
                Line::Ignored => {}
                Line::Bad(error, id) => {
                    let answer = self
                        .write
                        .send(TxJsonRpcMessage::<RoleServer>::error(error, id));
                    self.answering = Some(Box::pin(answer));
                }
            }
        }
    }

    async fn close(&mut self) -> io::Result<()> {
        self.write.close().await
    }
}

/// What a line is.
enum Line {
    Message(Box<Received>),
    /// An empty one, or a notification that is not known: it is never answered.
    Ignored,
    Bad(ErrorData, Option<RequestId>),
}

impl Line {
    fn of(line: &[u8]) -> Self {
        let line = line.strip_prefix("\u{feff}".as_bytes()).unwrap_or(line);
        if line.trim_ascii().is_empty() {
            return Self::Ignored;
        }
        match serde_json::from_slice(line) {
            Ok(message) => Self::Message(Box::new(message)),
            Err(error) if error.is_data() => match Outline::of(line) {
                Outline {
                    id: None,
                    has_method: true,
                } => Self::Ignored,
                outline => {
                    let problem = "this is not a message of the protocol; nothing was done";
                    Self::Bad(ErrorData::invalid_request(problem, None), outline.id)
                }
            },
            // It says what is wrong and where, and quotes nothing.
            Err(error) => Self::unread(&error.to_string(), line),
        }
    }

    fn unread(problem: &str, line: &[u8]) -> Self {
        let problem = format!("the message cannot be read, and nothing was done: {problem}");
        Self::Bad(ErrorData::parse_error(problem, None), Outline::of(line).id)
    }
}

/// What can be told of a message that cannot be read, up to where it breaks off. Texts and nesting that are refused elsewhere do not matter.
#[derive(Default)]
struct Outline {
    id: Option<RequestId>,
    has_method: bool,
}

impl Outline {
    fn of(line: &[u8]) -> Self {
        let mut outline = Self::default();
        // What was found before it fails is in the outline.
        let _ = serde_json::Deserializer::from_slice(line).deserialize_map(&mut outline);
        outline
    }
}

impl<'de> Visitor<'de> for &mut Outline {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a message")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "id" => self.id = Some(map.next_value()?),
                name => {
                    self.has_method |= name == "method";
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(())
    }
}
