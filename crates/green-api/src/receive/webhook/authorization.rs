//! Decides who may post notifications.

use std::fmt;
use std::str::FromStr;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use subtle::{Choice, ConstantTimeEq as _};

use crate::{InstanceId, ParseInstanceIdError, SecretString};

/// The words that the server, or whoever set the token, may have put before it.
const SCHEMES: [&[u8]; 2] = [b"Bearer", b"Basic"];

/// The token that notifications come with: `webhookUrlToken` in the settings of an instance.
///
/// The server sends it in the header `Authorization`, with `Bearer` or `Basic` before it or with neither. It may be given here with or without that
/// word.
///
/// ```
/// use green_api::webhook::WebhookToken;
///
/// let token: WebhookToken = "Bearer open-sesame".parse()?;
/// assert_eq!(format!("{token:?}"), "WebhookToken(***)");
/// assert!("Bearer ".parse::<WebhookToken>().is_err());
/// # Ok::<(), green_api::webhook::ParseWebhookTokenError>(())
/// ```
#[derive(Clone)]
pub struct WebhookToken(SecretString);

/// The reason why a text is not a [`WebhookToken`]. It never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParseWebhookTokenError {
    /// The token is empty, or only the word before it is there.
    Empty,
    /// The token has a character that a header cannot have.
    Character,
}

impl WebhookToken {
    /// Takes as long wherever the two differ; only the length of the token shows.
    fn is(&self, presented: &[u8]) -> Choice {
        self.0.expose().as_bytes().ct_eq(presented)
    }
}

impl FromStr for WebhookToken {
    type Err = ParseWebhookTokenError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().chars().any(char::is_control) {
            return Err(ParseWebhookTokenError::Character);
        }
        // Only ASCII is taken off.
        let token = String::from_utf8_lossy(without_scheme(text.as_bytes()));
        if token.is_empty() {
            Err(ParseWebhookTokenError::Empty)
        } else {
            Ok(Self(SecretString::from(token)))
        }
    }
}

impl TryFrom<&str> for WebhookToken {
    type Error = ParseWebhookTokenError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl TryFrom<String> for WebhookToken {
    type Error = ParseWebhookTokenError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl fmt::Debug for WebhookToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebhookToken(***)")
    }
}

impl fmt::Display for ParseWebhookTokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the webhook token is empty; to take notifications without one, say so with Authorization::none()",
            Self::Character => "the webhook token has a control character",
        })
    }
}

impl std::error::Error for ParseWebhookTokenError {}

/// Decides whose notifications a [`Webhook`](crate::Webhook) accepts.
///
/// ```
/// use green_api::InstanceId;
/// use green_api::webhook::{Authorization, WebhookToken};
///
/// // One token, whatever the instance.
/// let one = Authorization::from("open-sesame".parse::<WebhookToken>()?);
/// // A token for each instance, and no other instances.
/// let each = Authorization::per_instance([
///     ("7103000001".parse::<InstanceId>()?, "open-sesame".parse()?),
///     ("7103000002".parse::<InstanceId>()?, "open-barley".parse()?),
/// ]);
/// // Whoever knows the address can make up notifications.
/// let whoever = Authorization::none();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Authorization(Tokens);

#[derive(Clone, Debug)]
enum Tokens {
    None,
    One(WebhookToken),
    PerInstance(Vec<(InstanceId, WebhookToken)>),
}

impl Authorization {
    /// Requires no token: for endpoints that something else protects, such as a proxy that checks where requests come from. Whoever reaches the
    /// address can make up notifications.
    #[must_use]
    pub fn none() -> Self {
        Self(Tokens::None)
    }

    /// Requires the token of each instance: a notification must come with the token of the instance it belongs to, and other instances are refused. An
    /// instance may be given more than once, with several tokens, as while its token is changed.
    #[must_use]
    pub fn per_instance(tokens: impl IntoIterator<Item = (InstanceId, WebhookToken)>) -> Self {
        Self(Tokens::PerInstance(tokens.into_iter().collect()))
    }

    /// Finds out whose token the request has; `None` if it has no valid one.
    pub(super) fn check(&self, headers: &HeaderMap) -> Option<Caller> {
        if let Tokens::None = self.0 {
            return Some(Caller::Anybody);
        }
        let mut values = headers.get_all(AUTHORIZATION).iter();
        // Of two it could be either.
        let (Some(value), None) = (values.next(), values.next()) else {
            return None;
        };
        let presented = without_scheme(value.as_bytes());
        match &self.0 {
            Tokens::None => None,
            Tokens::One(token) => bool::from(token.is(presented)).then_some(Caller::Anybody),
            Tokens::PerInstance(tokens) => {
                // Compared with every one of them, so that it takes as long whichever fits.
                let fits: Vec<(InstanceId, Choice)> = tokens
                    .iter()
                    .map(|(id, token)| (*id, token.is(presented)))
                    .collect();
                let ids: Vec<InstanceId> = fits
                    .into_iter()
                    .filter(|(_, fits)| bool::from(*fits))
                    .map(|(id, _)| id)
                    .collect();
                (!ids.is_empty()).then_some(Caller::Instances(ids))
            }
        }
    }
}

impl From<WebhookToken> for Authorization {
    /// Requires one token, whatever the instance.
    fn from(token: WebhookToken) -> Self {
        Self(Tokens::One(token))
    }
}

/// The instances that a request may speak for.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Caller {
    Anybody,
    /// For these; more than one if they have the same token.
    Instances(Vec<InstanceId>),
}

impl Caller {
    /// Which instance a notification is about, given which one it says it is about; `Err` if it must not speak for that one.
    pub(super) fn speaks_for(
        &self,
        says: Result<Option<InstanceId>, ParseInstanceIdError>,
    ) -> Result<Option<InstanceId>, Option<InstanceId>> {
        match (self, says) {
            (Self::Anybody, says) => Ok(says.unwrap_or_default()),
            (Self::Instances(ids), Ok(Some(id))) => {
                ids.contains(&id).then_some(Some(id)).ok_or(Some(id))
            }
            // What does not say whom it is about comes from whoever holds the token.
            (Self::Instances(ids), Ok(None)) => Ok((ids.len() == 1).then(|| ids[0])),
            // It says so in a way that only others may understand.
            (Self::Instances(_), Err(_)) => Err(None),
        }
    }
}

/// What is left without the words before it. It may be two of them: the server puts one before a token that has one.
fn without_scheme(value: &[u8]) -> &[u8] {
    let value = value.trim_ascii();
    for scheme in SCHEMES {
        if let Some((start, rest)) = value.split_at_checked(scheme.len())
            && start.eq_ignore_ascii_case(scheme)
            && rest.first().is_none_or(u8::is_ascii_whitespace)
        {
            return without_scheme(rest);
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(values: &[&str]) -> HeaderMap {
        values
            .iter()
            .map(|value| (AUTHORIZATION, value.parse().unwrap()))
            .collect()
    }

    #[test]
    fn the_word_before_it_does_not_matter() {
        for configured in [
            "open sesame",
            "Bearer open sesame",
            "Basic open sesame",
            " bearer  open sesame ",
        ] {
            let authorization = Authorization::from(configured.parse::<WebhookToken>().unwrap());
            for sent in [
                "open sesame",
                "Bearer open sesame",
                "Basic open sesame",
                "BEARER open sesame",
                "Bearer Basic open sesame",
            ] {
                assert_eq!(
                    authorization.check(&headers(&[sent])),
                    Some(Caller::Anybody),
                    "{configured:?} {sent:?}"
                );
            }
            for sent in [
                "",
                "Bearer",
                "Bearer ",
                "open",
                "open sesam",
                "open sesame!",
                "Open sesame",
                "Token open sesame",
                "Beareropen sesame",
            ] {
                assert_eq!(
                    authorization.check(&headers(&[sent])),
                    None,
                    "{configured:?} {sent:?}"
                );
            }
            assert_eq!(authorization.check(&headers(&[])), None);
            assert_eq!(
                authorization.check(&headers(&["open sesame", "open sesame"])),
                None
            );
        }
    }

    #[test]
    fn a_token_that_begins_like_a_word_is_a_token() {
        let authorization = Authorization::from("Basically".parse::<WebhookToken>().unwrap());
        assert!(
            authorization
                .check(&headers(&["Bearer Basically"]))
                .is_some()
        );
        assert!(authorization.check(&headers(&["ally"])).is_none());
    }

    #[test]
    fn none_is_not_empty() {
        for text in ["", "  ", "Bearer", "Bearer ", "basic bearer "] {
            assert_eq!(
                text.parse::<WebhookToken>().unwrap_err(),
                ParseWebhookTokenError::Empty,
                "{text:?}"
            );
        }
        assert_eq!(
            "a\nb".parse::<WebhookToken>().unwrap_err(),
            ParseWebhookTokenError::Character
        );
        assert_eq!(
            Authorization::none().check(&headers(&[])),
            Some(Caller::Anybody)
        );
        assert_eq!(Authorization::per_instance([]).check(&headers(&[""])), None);
    }

    #[test]
    fn each_instance_has_its_own() {
        let id = |id: i64| InstanceId::try_from(id).unwrap();
        let tokens = [
            (1, "first"),
            (2, "second"),
            (3, "second"),
            (1, "first, new"),
        ];
        let tokens = tokens.map(|(number, token)| (id(number), token.parse().unwrap()));
        let authorization = Authorization::per_instance(tokens);
        let check = |token: &str| authorization.check(&headers(&[token]));
        assert_eq!(
            (check("third"), check("first")),
            (None, check("Bearer first, new"))
        );

        let first = check("first").unwrap();
        assert_eq!(first.speaks_for(Ok(Some(id(1)))), Ok(Some(id(1))));
        assert_eq!(first.speaks_for(Ok(Some(id(2)))), Err(Some(id(2))));
        assert_eq!(first.speaks_for(Ok(None)), Ok(Some(id(1))));
        let unreadable = "one".parse::<InstanceId>().unwrap_err();
        assert_eq!(first.speaks_for(Err(unreadable)), Err(None));
        let second = check("second").unwrap();
        assert_eq!(second.speaks_for(Ok(Some(id(3)))), Ok(Some(id(3))));
        assert_eq!(second.speaks_for(Ok(None)), Ok(None));
    }
}
