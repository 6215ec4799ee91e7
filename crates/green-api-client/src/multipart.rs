//! Forms with files.

pub use crate::upload::{UnreadableFile, Upload, UploadSource};

/// The parts of a form, in the order in which they are sent.
#[derive(Clone, Debug, Default)]
pub struct Form(Vec<(&'static str, Part)>);

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    File(Upload),
}

impl Form {
    /// Makes a form without parts.
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

    #[doc(hidden)]
    #[must_use]
    pub fn into_reqwest(self) -> reqwest::multipart::Form {
        self.0.into_iter().fold(
            reqwest::multipart::Form::new(),
            |form, (name, part)| match part {
                Part::Text(value) => form.text(name, value),
                Part::File(file) => form.part(name, into_part(&file)),
            },
        )
    }
}

fn into_part(file: &Upload) -> reqwest::multipart::Part {
    let part = match file.length() {
        Some(length) => reqwest::multipart::Part::stream_with_length(file.to_body(), length),
        None => reqwest::multipart::Part::stream(file.to_body()),
    };
    // A type that is no MIME type is left out; the server then goes by the name.
    let mut headers = http::HeaderMap::new();
    if let Ok(value) = http::HeaderValue::from_str(file.content_type()) {
        headers.insert(http::header::CONTENT_TYPE, value);
    }
    // A line break in a name would end the header of the part for servers that are lenient.
    part.file_name(file.header_safe_name().unwrap_or_else(|| "file".to_owned()))
        .headers(headers)
}
