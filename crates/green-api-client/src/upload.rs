//! Files to send, from memory, from disk or from a stream.

use std::borrow::Cow;
use std::fmt;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http_body::{Body, Frame, SizeHint};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sync_wrapper::SyncWrapper;
use tokio::fs::File;
use tokio::io::AsyncRead;

/// How much of a file is read at once.
const CHUNK: usize = 64 * 1024;

/// A file to send. Never whole in memory unless it was there before.
///
/// ```
/// use green_api_client::multipart::Upload;
///
/// let picture = Upload::from_bytes(&b"..."[..]).named("me.jpg").of_type("image/jpeg");
/// assert_eq!(picture.file_name(), "me.jpg");
/// let report = Upload::from_path(concat!(env!("CARGO_MANIFEST_DIR"), "/README.md"))?.on_progress(|sent, total| println!("{sent} of {total:?}"));
/// assert_eq!(report.content_type(), "text/markdown");
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct Upload {
    name: String,
    content_type: String,
    content: Content,
    progress: Option<Progress>,
}

type Progress = Arc<dyn Fn(u64, Option<u64>) + Send + Sync>;
type BoxStream = Pin<Box<dyn Stream<Item = io::Result<Bytes>> + Send>>;

#[derive(Clone)]
enum Content {
    Bytes(Bytes),
    Path(PathBuf, u64),
    /// Can be sent once.
    Stream(Arc<Mutex<Option<BoxStream>>>, Option<u64>),
}

fn unsuitable(why: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidInput, why)
}

impl Upload {
    fn new(name: String, content_type: String, content: Content) -> Self {
        Self {
            name,
            content_type,
            content,
            progress: None,
        }
    }

    /// Makes a file of these bytes, called `file`.
    #[must_use]
    pub fn from_bytes(content: impl Into<Bytes>) -> Self {
        Self::new(
            "file".to_owned(),
            OCTETS.to_owned(),
            Content::Bytes(content.into()),
        )
    }

    /// Takes a file on disk, under its own name, with the type that its extension says. It is read while it is sent.
    ///
    /// # Errors
    ///
    /// When there is no such file, it cannot be read, or it is a pipe, a device or a file without a length, such as those in `/proc`.
    pub fn from_path(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let metadata = std::fs::metadata(path)?;
        if metadata.is_dir() {
            return Err(io::Error::new(
                io::ErrorKind::IsADirectory,
                "it is a folder",
            ));
        }
        // Opening a pipe waits for whoever writes into it, for ever if nobody does.
        if !metadata.is_file() {
            return Err(unsuitable(
                "it is a pipe or a device; store its content in a file first",
            ));
        }
        // Opening it now makes a wrong path an error before anything is sent.
        let mut file = std::fs::File::open(path)?;
        // The files in `/proc` say that they are empty, and are not.
        if metadata.len() == 0 && file.read(&mut [0])? > 0 {
            return Err(unsuitable(
                "the system does not tell its length; store its content in a file first",
            ));
        }
        let name = path
            .file_name()
            .map_or(Cow::Borrowed("file"), |name| name.to_string_lossy())
            .into_owned();
        let content_type = mime_guess::from_path(path)
            .first_or_octet_stream()
            .to_string();
        Ok(Self::new(
            name,
            content_type,
            Content::Path(path.to_owned(), metadata.len()),
        ))
    }

    /// Makes a file that comes in pieces, called `file`. Its length is sent ahead if it is known. It can be sent once, so a request that carries it is
    /// not repeated, unless it failed before the first piece was asked for.
    #[must_use]
    pub fn from_stream(
        stream: impl Stream<Item = io::Result<Bytes>> + Send + 'static,
        length: Option<u64>,
    ) -> Self {
        Self::new(
            "file".to_owned(),
            OCTETS.to_owned(),
            Content::Stream(Arc::new(Mutex::new(Some(Box::pin(stream)))), length),
        )
    }

    /// Sets the name that it is sent under.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the MIME type.
    #[must_use]
    pub fn of_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = content_type.into();
        self
    }

    /// Calls this as the file leaves, with the bytes handed over so far and the length if it is known.
    #[must_use]
    pub fn on_progress(
        mut self,
        callback: impl Fn(u64, Option<u64>) + Send + Sync + 'static,
    ) -> Self {
        self.progress = Some(Arc::new(callback));
        self
    }

    /// Returns the name that it is sent under.
    #[must_use]
    pub fn file_name(&self) -> &str {
        &self.name
    }

    /// Returns the MIME type that it is sent with.
    #[must_use]
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// Returns its length in bytes, if it is known.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        match &self.content {
            Content::Bytes(bytes) => Some(bytes.len() as u64),
            Content::Path(_, length) => Some(*length),
            Content::Stream(_, length) => *length,
        }
    }

    /// Returns where its content comes from.
    #[must_use]
    pub fn source(&self) -> UploadSource<'_> {
        match &self.content {
            Content::Bytes(bytes) => UploadSource::Bytes(bytes),
            Content::Path(path, _) => UploadSource::Path(path),
            Content::Stream(..) => UploadSource::Stream,
        }
    }

    /// Returns `true` if it can be sent no more: a stream of which something was asked for already.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        match &self.content {
            Content::Stream(stream, _) => stream
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .is_none(),
            Content::Bytes(_) | Content::Path(..) => false,
        }
    }

    /// Returns the name as a header can carry it.
    #[doc(hidden)]
    #[must_use]
    pub fn header_safe_name(&self) -> Option<String> {
        let name: String = self
            .name
            .chars()
            .filter(|character| !character.is_control())
            .collect();
        (!name.is_empty()).then_some(name)
    }

    /// Returns the content as the body of a request or of a part.
    #[doc(hidden)]
    #[must_use]
    pub fn to_body(&self) -> reqwest::Body {
        let source = match &self.content {
            Content::Bytes(bytes) if self.progress.is_none() => {
                return reqwest::Body::from(bytes.clone());
            }
            Content::Bytes(bytes) => Source::Bytes(bytes.clone()),
            Content::Path(path, _) => Source::Unopened(Box::pin(File::open(path.clone()))),
            // Taken when it is asked for its first piece, so that a request that found no connection can be repeated.
            Content::Stream(stream, _) => Source::Untouched(Arc::clone(stream)),
        };
        let length = self.length();
        reqwest::Body::wrap(Sending {
            source: SyncWrapper::new(source),
            sent: 0,
            length,
            progress: self.progress.clone(),
        })
    }
}

const OCTETS: &str = "application/octet-stream";

impl<T: Into<Bytes>> From<T> for Upload {
    fn from(content: T) -> Self {
        Self::from_bytes(content)
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("name", &self.name)
            .field("content_type", &self.content_type)
            .field("length", &self.length())
            .finish_non_exhaustive()
    }
}

/// The source of an [`Upload`]'s content; returned by [`Upload::source`].
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum UploadSource<'a> {
    /// The content is in memory.
    Bytes(&'a Bytes),
    /// A file on disk, read while it is sent. The path is as [`Upload::from_path`] was given it, perhaps relative.
    Path(&'a Path),
    /// A stream, which can be sent once and not be looked at.
    Stream,
}

impl fmt::Debug for UploadSource<'_> {
    // A path can name people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bytes(_) => "Bytes(..)",
            Self::Path(_) => "Path(..)",
            Self::Stream => "Stream",
        })
    }
}

/// For calls by name, whose arguments are JSON: the name stands for the file.
impl Serialize for Upload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name)
    }
}

/// For calls by name, whose arguments are JSON: a text is the content, and an object has it in Base64 with the name and the type if there is more
/// to say. There is no form with a path, since arguments may come from others.
impl<'de> Deserialize<'de> for Upload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UploadVisitor)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Encoded {
    file_name: Option<String>,
    content_type: Option<String>,
    base64: String,
}

struct UploadVisitor;

impl<'de> Visitor<'de> for UploadVisitor {
    type Value = Upload;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the file's text, or an object with its `base64`")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Upload, E> {
        Ok(Upload::from_bytes(text.to_owned()))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Upload, A::Error> {
        let encoded = Encoded::deserialize(MapAccessDeserializer::new(map))?;
        // The reason would repeat a byte of the file and help nobody.
        let content = BASE64
            .decode(encoded.base64)
            .map_err(|_| de::Error::custom("`base64` is not valid base64"))?;
        let name = encoded.file_name.unwrap_or_else(|| "file".to_owned());
        let content_type = encoded.content_type.unwrap_or_else(|| {
            mime_guess::from_path(&name)
                .first_or_octet_stream()
                .to_string()
        });
        Ok(Upload::from_bytes(content)
            .named(name)
            .of_type(content_type))
    }
}

/// A file that failed while it was sent. It stands among the sources of the request's error.
#[derive(Debug)]
pub struct UnreadableFile(io::Error);

impl fmt::Display for UnreadableFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the file cannot be read: {}", self.0)
    }
}

impl std::error::Error for UnreadableFile {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// A file on its way.
struct Sending {
    // A body is polled by one task at a time, which the wrapper proves; the stream inside need not be `Sync`.
    source: SyncWrapper<Source>,
    sent: u64,
    length: Option<u64>,
    progress: Option<Progress>,
}

enum Source {
    Bytes(Bytes),
    Unopened(Pin<Box<dyn Future<Output = io::Result<File>> + Send>>),
    File(File),
    Untouched(Arc<Mutex<Option<BoxStream>>>),
    Stream(BoxStream),
}

impl Source {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        loop {
            match self {
                Self::Bytes(bytes) => {
                    let piece = bytes.split_to(bytes.len().min(CHUNK));
                    return Poll::Ready((!piece.is_empty()).then_some(Ok(piece)));
                }
                Self::Unopened(opening) => match ready!(opening.as_mut().poll(context)) {
                    Ok(file) => *self = Self::File(file),
                    Err(error) => return Poll::Ready(Some(Err(error))),
                },
                Self::File(file) => {
                    let mut piece = BytesMut::zeroed(CHUNK);
                    let mut buffer = tokio::io::ReadBuf::new(&mut piece);
                    ready!(Pin::new(file).poll_read(context, &mut buffer))?;
                    let length = buffer.filled().len();
                    piece.truncate(length);
                    return Poll::Ready((length > 0).then(|| Ok(piece.freeze())));
                }
                Self::Untouched(stream) => {
                    let stream = stream.lock().unwrap_or_else(PoisonError::into_inner).take();
                    *self = Self::Stream(
                        stream.ok_or_else(|| io::Error::other("a stream can be sent once"))?,
                    );
                }
                Self::Stream(stream) => return stream.as_mut().poll_next(context),
            }
        }
    }
}

impl Body for Sending {
    type Data = Bytes;
    type Error = UnreadableFile;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, UnreadableFile>>> {
        let left = self.length.map(|length| length - self.sent);
        let source = self.source.get_mut();
        // A file that grew meanwhile is sent up to the length that was announced.
        if left == Some(0) && matches!(source, Source::File(_)) {
            return Poll::Ready(None);
        }
        match ready!(source.poll_next(context)) {
            Some(Ok(mut piece)) => {
                if let Some(left) = left.filter(|left| *left < piece.len() as u64) {
                    if !matches!(source, Source::File(_)) {
                        return Poll::Ready(Some(Err(UnreadableFile(io::Error::other(
                            "it is longer than was said",
                        )))));
                    }
                    piece.truncate(usize::try_from(left).unwrap_or(usize::MAX));
                }
                self.sent += piece.len() as u64;
                if let Some(progress) = &self.progress {
                    progress(self.sent, self.length);
                }
                Poll::Ready(Some(Ok(Frame::data(piece))))
            }
            Some(Err(error)) => Poll::Ready(Some(Err(UnreadableFile(error)))),
            // Left to the connection, this would look like a connection that broke.
            None if left.is_some_and(|left| left > 0) => Poll::Ready(Some(Err(UnreadableFile(
                io::Error::new(io::ErrorKind::UnexpectedEof, "it is shorter than was said"),
            )))),
            None => Poll::Ready(None),
        }
    }

    fn size_hint(&self) -> SizeHint {
        self.length.map_or_else(SizeHint::new, |length| {
            SizeHint::with_exact(length.saturating_sub(self.sent))
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(value: Value) -> Result<(String, String, Bytes), String> {
        let upload: Upload = serde_json::from_value(value).map_err(|error| error.to_string())?;
        match upload.content {
            Content::Bytes(bytes) => Ok((upload.name, upload.content_type, bytes)),
            _ => Err("not in memory".to_owned()),
        }
    }

    #[test]
    fn json_is_the_content_or_says_more() {
        assert_eq!(
            read(json!("hello")),
            Ok(("file".to_owned(), OCTETS.to_owned(), "hello".into()))
        );
        let named = read(json!({"fileName": "me.jpg", "base64": "/9j/"}));
        assert_eq!(
            named,
            Ok((
                "me.jpg".to_owned(),
                "image/jpeg".to_owned(),
                Bytes::from_static(b"\xff\xd8\xff")
            ))
        );
        assert!(
            read(json!({"base64": "%"}))
                .unwrap_err()
                .contains("not valid base64")
        );
    }

    #[test]
    fn json_from_others_cannot_read_files() {
        assert!(
            read(json!({"path": "/etc/passwd"}))
                .unwrap_err()
                .contains("unknown field `path`")
        );
        assert_eq!(read(json!("@/etc/passwd")).unwrap().2, "@/etc/passwd");
    }
}
