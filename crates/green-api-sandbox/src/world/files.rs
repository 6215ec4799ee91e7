//! Files that were uploaded, sent or set as a picture.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::Path;
use std::time::SystemTime;

use bytes::Bytes;

/// The size of all files together, in bytes. The oldest are removed to make room.
const CAPACITY: usize = 512 * 1024 * 1024;
/// The size that an empty file counts as, in bytes.
const OVERHEAD: usize = 1024;

/// A file with its name and media type.
#[derive(Clone)]
pub(crate) struct File {
    pub(crate) name: String,
    /// The media type, such as `image/jpeg`.
    pub(crate) mime: String,
    pub(crate) bytes: Bytes,
}

/// The files of a sandbox. `World` stores files and sets pictures with them.
pub(crate) struct Files {
    /// The sandbox's address, without a slash at the end.
    base: String,
    capacity: usize,
    size: usize,
    stored: HashMap<String, Stored>,
    /// Paths of what is stored, oldest first.
    order: VecDeque<String>,
    /// Addresses of the pictures of people and groups, by chat id.
    pub(super) pictures: BTreeMap<String, String>,
}

struct Stored {
    file: File,
    /// Pictures of people and groups stay until there is another one.
    expires: Option<SystemTime>,
}

impl File {
    /// Guesses the media type from a file name.
    pub(crate) fn mime_of(name: &str) -> String {
        mime_guess::from_path(name)
            .first_or_octet_stream()
            .to_string()
    }

    /// Returns the name under which a file is sent: one that does not say what it is gets the extension `.bin`.
    pub(crate) fn sent_name(name: &str) -> String {
        match Path::new(name).extension() {
            None if !name.is_empty() => format!("{name}.bin"),
            _ => name.to_owned(),
        }
    }

    /// Returns the extension of the name, or else the usual one for the media type.
    pub(super) fn extension(&self) -> &str {
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

    pub(super) fn insert(
        &mut self,
        path: String,
        file: File,
        expires: Option<SystemTime>,
    ) -> String {
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

    pub(super) fn remove(&mut self, path: &str) {
        self.order.retain(|known| known != path);
        if let Some(stored) = self.stored.remove(path) {
            self.size -= OVERHEAD + stored.file.bytes.len();
        }
    }

    /// Returns the path after `/files/` in a URL of this sandbox.
    pub(super) fn path_in<'u>(&self, url: &'u str) -> Option<&'u str> {
        url.strip_prefix(&self.base)?.strip_prefix("/files/")
    }

    pub(crate) fn get(&mut self, path: &str, now: SystemTime) -> Option<File> {
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

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

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
        let expires = UNIX_EPOCH + Duration::from_secs(100);
        files.insert("a".to_owned(), file("a.bin", "", 5), Some(expires));
        assert!(files.get("a", expires - Duration::from_secs(1)).is_some());
        assert!(files.get("a", expires).is_none());
        assert_eq!((files.size, files.order.len()), (0, 0));
    }

    #[test]
    pub(super) fn extensions_come_from_the_name_or_else_from_the_type() {
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
