//! Files that were uploaded, sent or set as a picture, and where they are served.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::body::{Body, Bytes};
use axum::extract::{Path, State as Shared};
use axum::http::header::{
    CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderValue, Response};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use crate::reply::Reply;
use crate::world::{Core, World};

/// Where files are served; no path of the API begins like this.
pub(crate) const ROUTE: &str = "/files/{*path}";

/// How long a file can be fetched, as documented.
const LIFETIME: Duration = Duration::from_secs(15 * 24 * 60 * 60);
/// What all files together may take. The oldest make way for new ones.
const CAPACITY: usize = 512 * 1024 * 1024;
/// What an empty file takes.
const OVERHEAD: usize = 1024;

/// A file with what its sender says about it.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) name: String,
    /// The media type, such as `image/jpeg`.
    pub(crate) mime: String,
    pub(crate) bytes: Bytes,
}

/// The files of a sandbox. They are reached through [`World::store_file`] and its neighbours.
pub(crate) struct Files {
    /// The sandbox's address, without a slash at the end.
    base: String,
    capacity: usize,
    size: usize,
    stored: HashMap<String, Stored>,
    /// Paths of what is stored, oldest first.
    order: VecDeque<String>,
    /// Addresses of the pictures of people and groups, by chat id.
    pictures: BTreeMap<String, String>,
}

struct Stored {
    file: File,
    /// Pictures of people and groups stay until there is another one.
    expires: Option<SystemTime>,
}

impl File {
    /// The media type when none is known but the name.
    pub(crate) fn mime_of(name: &str) -> String {
        mime_guess::from_path(name)
            .first_or_octet_stream()
            .to_string()
    }

    /// What follows the last dot of the name, or else what is usual for the media type.
    fn extension(&self) -> &str {
        let named = self.name.rsplit_once('.').map(|(_, extension)| extension);
        let sound = |extension: &&str| {
            (1..=8).contains(&extension.len())
                && extension
                    .chars()
                    .all(|letter| letter.is_ascii_alphanumeric())
        };
        // The guess lists the extensions of a type by the alphabet, and `jfif` would look odd.
        let usual = || match self.mime.as_str() {
            "image/jpeg" => "jpg",
            mime => mime_guess::get_mime_extensions_str(mime)
                .and_then(|known| known.first().copied())
                .unwrap_or("bin"),
        };
        named.filter(sound).unwrap_or_else(usual)
    }
}

impl Files {
    pub(crate) fn new(base: String) -> Self {
        Self {
            base,
            capacity: CAPACITY,
            size: 0,
            stored: HashMap::new(),
            order: VecDeque::new(),
            pictures: BTreeMap::new(),
        }
    }

    fn insert(&mut self, path: String, file: File, expires: Option<SystemTime>) -> String {
        self.size += OVERHEAD + file.bytes.len();
        let url = format!("{}/files/{path}", self.base);
        self.stored.insert(path.clone(), Stored { file, expires });
        self.order.push_back(path);
        while self.size > self.capacity
            && let Some(oldest) = self.order.front().cloned()
        {
            self.remove(&oldest);
        }
        url
    }

    fn remove(&mut self, path: &str) {
        self.order.retain(|known| known != path);
        if let Some(stored) = self.stored.remove(path) {
            self.size -= OVERHEAD + stored.file.bytes.len();
        }
    }

    /// What follows `/files/` in an address of this sandbox.
    fn path_in<'u>(&self, url: &'u str) -> Option<&'u str> {
        url.strip_prefix(&self.base)?.strip_prefix("/files/")
    }

    fn get(&mut self, path: &str, now: SystemTime) -> Option<File> {
        let expired = self
            .stored
            .get(path)?
            .expires
            .is_some_and(|expires| expires <= now);
        if expired {
            self.remove(path);
        }
        self.stored.get(path).map(|stored| stored.file.clone())
    }
}

impl World {
    /// Keeps a file for 15 days and returns the address at which it is served.
    pub(crate) fn store_file(&mut self, instance: u64, file: File) -> String {
        let path = format!("{instance}/{}.{}", self.new_uuid(), file.extension());
        let expires = Some(self.now + LIFETIME);
        self.files.insert(path, file, expires)
    }

    /// Whether an address is one of a file here that is no longer kept.
    pub(crate) fn is_gone(&mut self, url: &str) -> bool {
        let now = self.now;
        match self.files.path_in(url).map(str::to_owned) {
            Some(path) => self.files.get(&path, now).is_none(),
            None => false,
        }
    }

    /// Sets the picture of a person or group and returns its address. The picture before is gone.
    pub(crate) fn set_picture(&mut self, chat_id: &str, jpeg: Bytes) -> String {
        self.remove_picture(chat_id);
        let path = format!("pictures/{}.jpg", self.new_uuid());
        let picture = File {
            name: "picture.jpg".to_owned(),
            mime: "image/jpeg".to_owned(),
            bytes: jpeg,
        };
        let url = self.files.insert(path, picture, None);
        self.files.pictures.insert(chat_id.to_owned(), url.clone());
        url
    }

    pub(crate) fn remove_picture(&mut self, chat_id: &str) {
        let Some(url) = self.files.pictures.remove(chat_id) else {
            return;
        };
        if let Some(path) = self.files.path_in(&url).map(str::to_owned) {
            self.files.remove(&path);
        }
    }

    /// The address of the picture of a person or group.
    pub(crate) fn picture(&self, chat_id: &str) -> Option<&str> {
        self.files.pictures.get(chat_id).map(String::as_str)
    }

    fn new_uuid(&mut self) -> String {
        // Version 4, variant 1.
        let bits = self.rng.u128(..) & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
        let digits = format!("{bits:032x}");
        [0..8, 8..12, 12..16, 16..20, 20..32]
            .map(|range| &digits[range])
            .join("-")
    }
}

/// Serves a file.
pub(crate) async fn serve(
    Shared(core): Shared<Arc<Core>>,
    Path(path): Path<String>,
) -> Response<Body> {
    let found = core.with(|world| {
        let now = world.now;
        world.files.get(&path, now)
    });
    let Some(file) = found else {
        return Reply::not_found().into_response();
    };
    let mut response = Response::new(Body::from(file.bytes));
    let headers = response.headers_mut();
    let mime = HeaderValue::from_str(&file.mime)
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    headers.insert(CONTENT_TYPE, mime);
    let name = utf8_percent_encode(&file.name, NON_ALPHANUMERIC);
    if let Ok(disposition) = HeaderValue::from_str(&format!("inline; filename*=UTF-8''{name}")) {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    // Anybody may have sent it, and a browser must not run it as a page of the sandbox.
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("sandbox; default-src 'none'"),
    );
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn file(name: &str, mime: &str, size: usize) -> File {
        File {
            name: name.to_owned(),
            mime: mime.to_owned(),
            bytes: Bytes::from(vec![7; size]),
        }
    }

    #[test]
    fn the_oldest_files_make_way() {
        let mut files = Files::new("http://127.0.0.1:1".to_owned());
        files.capacity = 10 * OVERHEAD;
        for number in 0..4 {
            files.insert(number.to_string(), file("a.bin", "", 2 * OVERHEAD), None);
        }
        let kept: Vec<bool> = (0..4)
            .map(|number| files.get(&number.to_string(), UNIX_EPOCH).is_some())
            .collect();
        assert_eq!(
            (kept, files.size),
            (vec![false, true, true, true], 9 * OVERHEAD)
        );
    }

    #[test]
    fn a_file_is_gone_when_its_time_has_come() {
        let mut files = Files::new("http://127.0.0.1:1".to_owned());
        let expires = UNIX_EPOCH + LIFETIME;
        files.insert("a".to_owned(), file("a.bin", "", 5), Some(expires));
        assert!(files.get("a", expires - Duration::from_secs(1)).is_some());
        assert!(files.get("a", expires).is_none());
        assert_eq!((files.size, files.order.len()), (0, 0));
    }

    #[test]
    fn extensions_come_from_the_name_or_else_from_the_type() {
        for (name, mime, extension) in [
            ("window.jpg", "image/png", "jpg"),
            ("window", "image/jpeg", "jpg"),
            ("a.b/../c", "image/png", "png"),
            ("", "application/x-unheard-of", "bin"),
            ("archive.tar.gz", "", "gz"),
        ] {
            assert_eq!(file(name, mime, 0).extension(), extension, "{name} {mime}");
        }
    }
}
