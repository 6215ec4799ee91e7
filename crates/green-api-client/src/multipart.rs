//! Forms with files.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use bytes::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A file to send.
///
/// ```
/// use green_api_client::multipart::Upload;
///
/// let picture = Upload::from_bytes(b"...".to_vec()).named("me.jpg").of_type("image/jpeg");
/// assert_eq!(picture.file_name(), "me.jpg");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Upload {
    name: String,
    content_type: String,
    content: Bytes,
}

impl Upload {
    /// A file of these bytes, called `file`.
    #[must_use]
    pub fn from_bytes(content: impl Into<Bytes>) -> Self {
        Self { name: "file".to_owned(), content_type: "application/octet-stream".to_owned(), content: content.into() }
    }

    /// Reads a file, under its own name, with the type that its extension says.
    ///
    /// # Errors
    ///
    /// Whatever the file system says.
    pub fn from_path(path: impl AsRef<Path>) -> std::io::Result<Self> {
        let path = path.as_ref();
        let content = std::fs::read(path)?;
        let name = path.file_name().map_or(Cow::Borrowed("file"), |name| name.to_string_lossy());
        let content_type = mime_guess::from_path(path).first_or_octet_stream().to_string();
        Ok(Self { name: name.into_owned(), content_type, content: content.into() })
    }

    /// Under this name.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// With this MIME type.
    #[must_use]
    pub fn of_type(mut self, content_type: impl Into<String>) -> Self {
        self.content_type = content_type.into();
        self
    }

    /// The name that it is sent under.
    #[must_use]
    pub fn file_name(&self) -> &str {
        &self.name
    }

    /// The MIME type that it is sent with.
    #[must_use]
    pub fn content_type(&self) -> &str {
        &self.content_type
    }

    /// What it holds.
    #[must_use]
    pub fn content(&self) -> &Bytes {
        &self.content
    }
}

impl<T: Into<Bytes>> From<T> for Upload {
    fn from(content: T) -> Self {
        Self::from_bytes(content)
    }
}

impl fmt::Debug for Upload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload").field("name", &self.name).field("content_type", &self.content_type).field("bytes", &self.content.len()).finish()
    }
}

/// For calls by name, whose arguments are JSON: the content as text.
impl Serialize for Upload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&String::from_utf8_lossy(&self.content))
    }
}

/// For calls by name, whose arguments are JSON: a text is the content; `{"path": "…"}` is refused, since arguments may come from others.
impl<'de> Deserialize<'de> for Upload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from_bytes)
    }
}

/// The parts of a form, in the order in which they are sent.
#[derive(Clone, Debug, Default)]
pub struct Form(Vec<(&'static str, Part)>);

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    File(Upload),
}

impl Form {
    /// A form without parts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text.
    #[must_use]
    pub fn text(mut self, name: &'static str, value: &impl ToString) -> Self {
        self.0.push((name, Part::Text(value.to_string())));
        self
    }

    /// Adds a file.
    #[must_use]
    pub fn file(mut self, name: &'static str, file: &Upload) -> Self {
        self.0.push((name, Part::File(file.clone())));
        self
    }

    pub(crate) fn into_reqwest(self) -> reqwest::multipart::Form {
        self.0.into_iter().fold(reqwest::multipart::Form::new(), |form, (name, part)| match part {
            Part::Text(value) => form.text(name, value),
            Part::File(file) => {
                let length = file.content.len() as u64;
                let part = reqwest::multipart::Part::stream_with_length(file.content, length).file_name(file.name);
                // A type that is no MIME type is left out; the server then goes by the name.
                let mut headers = http::HeaderMap::new();
                if let Ok(value) = http::HeaderValue::from_str(&file.content_type) {
                    headers.insert(http::header::CONTENT_TYPE, value);
                }
                form.part(name, part.headers(headers))
            }
        })
    }
}
