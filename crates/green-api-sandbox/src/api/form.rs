//! `multipart/form-data` bodies.

use std::collections::BTreeMap;

use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart};
use axum::http::Request;
use axum::http::header::CONTENT_TYPE;

use crate::world::files::File;

/// A form that has been read. One that cannot be read is empty, so that what is missed first is complained about.
#[derive(Default)]
pub(crate) struct Form {
    pub(crate) fields: BTreeMap<String, String>,
    /// The parts that are files by their own account: they have a file name or a media type.
    pub(crate) files: BTreeMap<String, File>,
}

impl Form {
    pub(crate) async fn read(content_type: Option<&str>, body: Bytes) -> Self {
        Self::try_read(content_type, body).await.unwrap_or_default()
    }

    async fn try_read(content_type: Option<&str>, body: Bytes) -> Option<Self> {
        let mut request = Request::new(Body::from(body));
        request
            .headers_mut()
            .insert(CONTENT_TYPE, content_type?.parse().ok()?);
        // The body is in memory, and its size was checked when it was read.
        DefaultBodyLimit::disable().apply(&mut request);
        let mut multipart = Multipart::from_request(request, &()).await.ok()?;
        let mut form = Self::default();
        while let Some(part) = multipart.next_field().await.ok()? {
            let part_name = part.name().unwrap_or_default().to_owned();
            let (name, mime) = (
                part.file_name().map(str::to_owned),
                part.content_type().map(str::to_owned),
            );
            let bytes = part.bytes().await.ok()?;
            let is_text = name.is_none()
                && mime
                    .as_deref()
                    .is_none_or(|mime| mime.starts_with("text/plain"));
            if is_text && part_name != "file" {
                form.fields
                    .insert(part_name, String::from_utf8_lossy(&bytes).into_owned());
            } else {
                let name = name.unwrap_or_default();
                let mime = mime.unwrap_or_else(|| File::mime_of(&name));
                form.files.insert(part_name, File { name, mime, bytes });
            }
        }
        Some(form)
    }
}
