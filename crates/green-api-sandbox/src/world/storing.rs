//! How files are kept and pictures set.

use std::time::Duration;

use bytes::Bytes;

use super::World;
use super::files::File;
use crate::kit::ids;

/// How long a file can be fetched, as documented.
const LIFETIME: Duration = Duration::from_secs(15 * 24 * 60 * 60);

impl World {
    /// Keeps a file for 15 days and returns the address at which it is served.
    pub(crate) fn store_file(&mut self, instance: u64, file: File) -> String {
        let path = format!(
            "{instance}/{}.{}",
            ids::uuid(&mut self.rng),
            file.extension()
        );
        let expires = Some(self.now + LIFETIME);
        self.files.insert(path, file, expires)
    }

    /// Returns whether a URL is that of a file of this sandbox that is no longer kept.
    pub(crate) fn is_gone(&mut self, url: &str) -> bool {
        let now = self.now;
        let path = self.files.path_in(url).map(str::to_owned);
        path.is_some_and(|path| self.files.get(&path, now).is_none())
    }

    /// Sets the picture of a person or group and returns its address. The picture before is gone.
    pub(crate) fn set_picture(&mut self, chat_id: &str, jpeg: Bytes) -> String {
        self.remove_picture(chat_id);
        let path = format!("pictures/{}.jpg", ids::uuid(&mut self.rng));
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

    /// Returns the picture of a person or group.
    pub(crate) fn picture_bytes(&mut self, chat_id: &str) -> Option<Bytes> {
        let path = self.files.path_in(self.picture(chat_id)?)?.to_owned();
        let file = self.files.get(&path, self.now)?;
        Some(file.bytes.clone())
    }

    /// Returns the address of the picture of a person or group.
    pub(crate) fn picture(&self, chat_id: &str) -> Option<&str> {
        self.files.pictures.get(chat_id).map(String::as_str)
    }
}
