//! Bodies, kept as they are or encrypted.

use chacha20poly1305::aead::{Aead as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use sha2::{Digest as _, Sha256};

use crate::Error;

const NONCE: usize = 24;

/// How what people write is kept.
#[derive(Default)]
pub(crate) struct Sealing(Option<Key>);

struct Key {
    cipher: XChaCha20Poly1305,
    /// What digests begin with, so that nobody can guess a short text from its own.
    salt: [u8; 32],
}

impl Sealing {
    pub(super) fn with(key: &[u8; 32]) -> Self {
        let mut salt = Sha256::new();
        salt.update(b"green-api-mailbox digests");
        salt.update(key);
        Self(Some(Key {
            cipher: XChaCha20Poly1305::new(key.into()),
            salt: salt.finalize().into(),
        }))
    }

    /// Returns what tells this key from others, and from none, without giving it away.
    pub(super) fn check_value(&self) -> Vec<u8> {
        match self.0 {
            Some(_) => self.digest(&[b"which key this is"]),
            None => Vec::new(),
        }
    }

    /// Seals a text for its place, such as the key of its row: it cannot be opened in another one.
    pub(crate) fn seal(&self, place: &str, text: Vec<u8>) -> Result<Vec<u8>, Error> {
        let Some(key) = &self.0 else {
            return Ok(text);
        };
        let mut sealed = vec![0; NONCE];
        let failed = || Error::Refused("a body cannot be encrypted".to_owned());
        getrandom::fill(&mut sealed).map_err(|_| failed())?;
        let payload = Payload {
            msg: &text,
            aad: place.as_bytes(),
        };
        let nonce = XNonce::from_slice(&sealed);
        let text = key.cipher.encrypt(nonce, payload).map_err(|_| failed())?;
        sealed.extend(text);
        Ok(sealed)
    }

    /// Opens what was sealed for this place.
    pub(crate) fn open(&self, place: &str, sealed: Vec<u8>) -> Result<Vec<u8>, Error> {
        let Some(key) = &self.0 else {
            return Ok(sealed);
        };
        let failed =
            || Error::Unreadable("a body was encrypted with another key, or not at all".to_owned());
        let (nonce, text) = sealed.split_at_checked(NONCE).ok_or_else(failed)?;
        let payload = Payload {
            msg: text,
            aad: place.as_bytes(),
        };
        let opened = key.cipher.decrypt(XNonce::from_slice(nonce), payload);
        opened.map_err(|_| failed())
    }

    /// Returns what tells equal contents from others.
    pub(crate) fn digest(&self, parts: &[&[u8]]) -> Vec<u8> {
        let mut digest = Sha256::new();
        if let Some(key) = &self.0 {
            digest.update(key.salt);
        }
        for part in parts {
            let length = u64::try_from(part.len()).unwrap_or(u64::MAX);
            digest.update(length.to_be_bytes());
            digest.update(part);
        }
        digest.finalize().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_is_opened_in_its_place_only() {
        let (plain, sealing) = (Sealing::default(), Sealing::with(&[7; 32]));
        let text = || b"Your order has left".to_vec();
        assert_eq!(plain.seal("a", text()).unwrap(), text());
        let sealed = sealing.seal("a", text()).unwrap();
        assert!(!sealed.windows(5).any(|part| part == b"order"));
        assert_ne!(sealed, sealing.seal("a", text()).unwrap());
        assert_eq!(sealing.open("a", sealed.clone()).unwrap(), text());
        assert!(sealing.open("b", sealed.clone()).is_err());
        assert!(Sealing::with(&[8; 32]).open("a", sealed).is_err());
        assert!(sealing.open("a", text()).is_err());
        assert_ne!(sealing.digest(&[b"a"]), plain.digest(&[b"a"]));
        assert_ne!(sealing.check_value(), Sealing::with(&[8; 32]).check_value());
        assert_ne!(plain.digest(&[b"ab", b"c"]), plain.digest(&[b"a", b"bc"]));
    }
}
