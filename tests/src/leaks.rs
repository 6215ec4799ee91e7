//! Finds a secret in a text, whole or in part, plain or encoded.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// How many characters of a secret are too many.
const FRAGMENT: usize = 12;

/// A secret, in every form in which it could come out.
#[derive(Clone, Debug)]
pub struct Canary {
    needles: Vec<(&'static str, String)>,
}

impl Canary {
    /// Looks for this secret.
    #[must_use]
    pub fn new(secret: &str) -> Self {
        let join = |separator: &str, write: fn(u8) -> String| {
            secret
                .bytes()
                .map(write)
                .collect::<Vec<_>>()
                .join(separator)
        };
        let mut canary = Self {
            needles: Vec::new(),
        };
        canary.add("plain", &secret.to_ascii_lowercase(), FRAGMENT);
        // The encoded forms need more characters for the same part of the secret.
        canary.add(
            "percent-encoded",
            &join("", |byte| format!("%{byte:02x}")),
            3 * FRAGMENT,
        );
        canary.add(
            "hexadecimal",
            &join("", |byte| format!("{byte:02x}")),
            2 * FRAGMENT,
        );
        canary.add(
            "a list of bytes",
            &join(", ", |byte| byte.to_string()),
            4 * FRAGMENT,
        );
        canary.add(
            "a list of bytes",
            &join(",", |byte| byte.to_string()),
            3 * FRAGMENT,
        );
        for shift in 0..3 {
            // What stands before the secret decides how it is cut into groups of three; the first group and the last belong to others, too.
            let shifted = format!("{}{secret}", &"   "[..shift]);
            for encoded in [
                STANDARD_NO_PAD.encode(&shifted),
                URL_SAFE_NO_PAD.encode(&shifted),
            ] {
                canary.add(
                    "base64",
                    &encoded[4..encoded.len() - 4].to_ascii_lowercase(),
                    16,
                );
            }
        }
        canary.needles.sort();
        canary.needles.dedup();
        canary
    }

    fn add(&mut self, form: &'static str, text: &str, window: usize) {
        // Of the plain form every fragment counts; whoever encodes the secret encodes more than that of it.
        let step = if form == "plain" { 1 } else { window / 2 };
        self.needles.extend(
            (0..=text.len().saturating_sub(window))
                .step_by(step)
                .map(|start| (form, text[start..start + window].to_owned())),
        );
    }

    /// Returns the form in which the secret, or a part of it, is in this text. The case of letters makes no difference.
    #[must_use]
    pub fn found_in(&self, text: &str) -> Option<&'static str> {
        let text = text.to_ascii_lowercase();
        self.needles
            .iter()
            .find(|(_, needle)| text.contains(needle))
            .map(|(form, _)| *form)
    }
}
