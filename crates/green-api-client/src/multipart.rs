//! Forms with files.

use std::borrow::Cow;
use std::fmt;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a file is called that has no name of its own.
const DEFAULT_NAME: &str = "file";
/// The type of a file of which nothing is known.
const DEFAULT_CONTENT_TYPE: &str = "application/octet-stream";

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
        Self { name: DEFAULT_NAME.to_owned(), content_type: DEFAULT_CONTENT_TYPE.to_owned(), content: content.into() }
    }

    /// Reads a file, under its own name, with the type that its extension says.
    ///
    /// # Errors
    ///
    /// Whatever the file system says.
    pub fn from_path(path: impl AsRef<Path>) -> std::io::Result<Self> {
        let path = path.as_ref();
        let content = std::fs::read(path)?;
        let name = path.file_name().map_or(default_name(), |name| name.to_string_lossy());
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

/// A file as JSON, for calls by name: `{"fileName": "me.jpg", "contentType": "image/jpeg", "base64": "…"}`.
///
/// There is no form with a path, since the arguments of a call by name may come from others.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Encoded<'a> {
    #[serde(default = "default_name")]
    file_name: Cow<'a, str>,
    #[serde(default = "default_content_type")]
    content_type: Cow<'a, str>,
    base64: Cow<'a, str>,
}

fn default_name() -> Cow<'static, str> {
    DEFAULT_NAME.into()
}

fn default_content_type() -> Cow<'static, str> {
    DEFAULT_CONTENT_TYPE.into()
}

/// A text where that says everything, an object otherwise.
impl Serialize for Upload {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match std::str::from_utf8(&self.content) {
            Ok(text) if self.name == DEFAULT_NAME && self.content_type == DEFAULT_CONTENT_TYPE => serializer.serialize_str(text),
            _ => Encoded {
                file_name: self.name.as_str().into(),
                content_type: self.content_type.as_str().into(),
                base64: BASE64.encode(&self.content).into(),
            }
            .serialize(serializer),
        }
    }
}

/// A text is the content; an object has the content in base64 and, if there is more to say, the name and the type.
impl<'de> Deserialize<'de> for Upload {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UploadVisitor)
    }
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

    fn visit_string<E: de::Error>(self, text: String) -> Result<Upload, E> {
        Ok(Upload::from_bytes(text))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Upload, A::Error> {
        let encoded = Encoded::deserialize(MapAccessDeserializer::new(map))?;
        // The reason would repeat a byte of the file and help nobody.
        let content = BASE64.decode(encoded.base64.as_bytes()).map_err(|_| de::Error::custom("`base64` is not valid base64"))?;
        Ok(Upload::from_bytes(content).named(encoded.file_name).of_type(encoded.content_type))
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

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(value: Value) -> Result<Upload, String> {
        serde_json::from_value(value).map_err(|error| error.to_string())
    }

    #[test]
    fn a_text_is_the_content() {
        assert_eq!(read(json!("hello")), Ok(Upload::from_bytes("hello")));
        assert_eq!(serde_json::to_value(Upload::from_bytes("hello")).unwrap(), json!("hello"));
    }

    #[test]
    fn every_file_survives_json() {
        let picture = Upload::from_bytes(vec![0xff, 0xd8, 0x00]).named("me.jpg").of_type("image/jpeg");
        let encoded = json!({"fileName": "me.jpg", "contentType": "image/jpeg", "base64": "/9gA"});
        assert_eq!(serde_json::to_value(&picture).unwrap(), encoded);
        for file in [picture, Upload::from_bytes(vec![0xff]), Upload::from_bytes("text").named("a.txt"), Upload::from_bytes("")] {
            assert_eq!(read(serde_json::to_value(&file).unwrap()), Ok(file));
        }
    }

    #[test]
    fn name_and_type_may_be_left_out() {
        assert_eq!(read(json!({"base64": "/9gA"})), Ok(Upload::from_bytes(vec![0xff, 0xd8, 0x00])));
    }

    #[test]
    fn what_is_no_file_is_refused() {
        for (bad, reason) in [
            (json!({"path": "/etc/hostname"}), "unknown field `path`"),
            (json!({"fileName": "me.jpg"}), "missing field `base64`"),
            (json!({"base64": "not base64!"}), "not valid base64"),
            (json!(5), "expected the file's text, or an object with its `base64`"),
        ] {
            let error = read(bad).unwrap_err();
            assert!(error.contains(reason), "{error}");
        }
    }
}
