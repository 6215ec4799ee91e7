//! What a notification is known by.

use std::fmt::Write as _;

use green_api::{InstanceId, Received};
use sha2::{Digest as _, Sha256};

/// An index of PostgreSQL takes no longer ones.
pub(crate) const LONGEST_KEY: usize = 1_024;
/// Real chats have about 30 bytes.
#[cfg(feature = "__store")]
pub(crate) const LONGEST_CHAT: usize = 256;
/// Real kinds have about 30 bytes.
const LONGEST_KIND: usize = 64;

/// Returns what a notification shares only with repeated deliveries of itself, whether or not it is about a message.
pub(crate) fn key_of(received: &Received) -> String {
    let own = received.notification.deduplication_key();
    if let Some(key) = own.filter(|key| is_storable(key.as_str(), LONGEST_KEY)) {
        return key.as_str().to_owned();
    }
    let instance = received.instance().map_or(0, InstanceId::get);
    let kind = storable(received.notification.kind());
    format!("{instance}/{kind}/{}", sha256(received.raw().as_str()))
}

/// Returns the SHA-256 in hexadecimal digits.
pub(crate) fn sha256(bytes: impl AsRef<[u8]>) -> String {
    let mut digits = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a `String` does not fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// PostgreSQL takes no NUL in a text.
pub(crate) fn is_storable(text: &str, longest: usize) -> bool {
    text.len() <= longest && !text.contains('\0')
}

/// Returns a kind that can be kept.
pub(crate) fn storable(kind: &str) -> String {
    let characters = kind.chars().filter(|c| !c.is_control());
    characters.take(LONGEST_KIND).collect()
}
