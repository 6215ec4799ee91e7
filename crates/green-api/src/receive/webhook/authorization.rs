//! Decides who may post notifications.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

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
/// use std::collections::HashMap;
/// use std::sync::{Arc, RwLock};
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
/// // Instances that come and go while the endpoint runs.
/// let tenants: Arc<RwLock<HashMap<InstanceId, WebhookToken>>> = Arc::default();
/// let known = Arc::clone(&tenants);
/// let changing = Authorization::lookup(move |instance| known.read().ok()?.get(&instance).cloned());
/// // Whoever knows the address can make up notifications.
/// let whoever = Authorization::none();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Authorization(Tokens);

#[derive(Clone)]
enum Tokens {
    None,
    One(WebhookToken),
    PerInstance(Vec<(InstanceId, WebhookToken)>),
    Lookup(Lookup),
}

/// Finds the tokens that an instance has at the moment.
type Lookup = Arc<dyn Fn(InstanceId) -> Vec<WebhookToken> + Send + Sync>;

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("None"),
            Self::One(token) => f.debug_tuple("One").field(token).finish(),
            Self::PerInstance(tokens) => f.debug_tuple("PerInstance").field(tokens).finish(),
            Self::Lookup(_) => f.write_str("Lookup"),
        }
    }
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

    /// Requires the token that `tokens` finds for the instance of each notification, so that instances and tokens can change while the endpoint runs and
    /// keeps its record of what was handled. It returns `None` for an instance that is not known, and a `Vec` for one that has several tokens, as while
    /// its token is changed.
    ///
    /// It is called on the runtime's own threads for every notification, so it must not wait: look into memory, and refresh that elsewhere.
    ///
    /// Which instance it is stands in the body. So the body of a request with any token is read, up to [`body_limit`](crate::webhook::WebhookBuilder::body_limit),
    /// and a notification that does not say its instance is refused, as is what cannot be read. An instance that is not known and a wrong token get the
    /// same answer.
    #[must_use]
    pub fn lookup<T>(tokens: impl Fn(InstanceId) -> T + Send + Sync + 'static) -> Self
    where
        T: IntoIterator<Item = WebhookToken>,
    {
        Self(Tokens::Lookup(Arc::new(move |instance| {
            tokens(instance).into_iter().collect()
        })))
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
            Tokens::Lookup(_) if presented.is_empty() => None,
            Tokens::Lookup(tokens) => Some(Caller::Presenting(Presented {
                token: SecretString::from(String::from_utf8_lossy(presented)),
                tokens: Arc::clone(tokens),
            })),
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
#[derive(Debug)]
pub(super) enum Caller {
    Anybody,
    /// For these; more than one if they have the same token.
    Instances(Vec<InstanceId>),
    /// For the instance that has this token, which the body tells.
    Presenting(Presented),
}

/// A token that a request came with, and how to find what it should be.
pub(super) struct Presented {
    token: SecretString,
    tokens: Lookup,
}

impl fmt::Debug for Presented {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Presented(***)")
    }
}

impl Presented {
    fn is_of(&self, instance: InstanceId) -> bool {
        let presented = self.token.expose().as_bytes();
        let mut tokens = (self.tokens)(instance);
        let known = Choice::from(u8::from(!tokens.is_empty()));
        if tokens.is_empty() {
            // Compared all the same, so that an unknown instance takes as long.
            tokens.push(WebhookToken(self.token.clone()));
        }
        let fits = tokens
            .iter()
            .fold(Choice::from(0), |fits, token| fits | token.is(presented));
        bool::from(known & fits)
    }
}

impl Caller {
    /// Which instance a notification is about, given which one it says it is about; `Err` if it must not speak for that one.
    pub(super) fn speaks_for(
        &self,
        says: Result<Option<InstanceId>, ParseInstanceIdError>,
    ) -> Result<Option<InstanceId>, Option<InstanceId>> {
        match (self, says) {
            (Self::Anybody, says) => Ok(says.unwrap_or_default()),
            (Self::Presenting(presented), Ok(Some(id))) => {
                presented.is_of(id).then_some(Some(id)).ok_or(Some(id))
            }
            (Self::Presenting(_), Ok(None)) => Err(None),
            (Self::Instances(ids), Ok(Some(id))) => {
                ids.contains(&id).then_some(Some(id)).ok_or(Some(id))
            }
            // What does not say whom it is about comes from whoever holds the token.
            (Self::Instances(ids), Ok(None)) => Ok((ids.len() == 1).then(|| ids[0])),
            // It says so in a way that only others may understand.
            (Self::Instances(_) | Self::Presenting(_), Err(_)) => Err(None),
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
                assert!(
                    matches!(
                        authorization.check(&headers(&[sent])),
                        Some(Caller::Anybody)
                    ),
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
                assert!(
                    authorization.check(&headers(&[sent])).is_none(),
                    "{configured:?} {sent:?}"
                );
            }
            assert!(authorization.check(&headers(&[])).is_none());
            let twice = headers(&["open sesame", "open sesame"]);
            assert!(authorization.check(&twice).is_none());
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
        assert!(matches!(
            Authorization::none().check(&headers(&[])),
            Some(Caller::Anybody)
        ));
        for nobody in [
            Authorization::per_instance([]),
            Authorization::lookup(|_| None),
        ] {
            assert!(nobody.check(&headers(&[""])).is_none());
        }
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
        assert!(check("third").is_none());

        let unreadable = "one".parse::<InstanceId>().unwrap_err();
        for first in ["first", "Bearer first, new"] {
            let first = check(first).unwrap();
            assert_eq!(first.speaks_for(Ok(Some(id(1)))), Ok(Some(id(1))));
            assert_eq!(first.speaks_for(Ok(Some(id(2)))), Err(Some(id(2))));
            assert_eq!(first.speaks_for(Ok(None)), Ok(Some(id(1))));
            assert_eq!(first.speaks_for(Err(unreadable)), Err(None));
        }
        let second = check("second").unwrap();
        assert_eq!(second.speaks_for(Ok(Some(id(3)))), Ok(Some(id(3))));
        assert_eq!(second.speaks_for(Ok(None)), Ok(None));
    }

    #[test]
    fn tenants_come_and_go_by_a_lookup() {
        use std::collections::HashMap;
        use std::sync::RwLock;

        let id = |id: i64| InstanceId::try_from(id).unwrap();
        let token = |text: &str| text.parse::<WebhookToken>().unwrap();
        let tenants: Arc<RwLock<HashMap<InstanceId, Vec<WebhookToken>>>> = Arc::default();
        let known = Arc::clone(&tenants);
        let authorization = Authorization::lookup(move |instance| {
            known
                .read()
                .unwrap()
                .get(&instance)
                .cloned()
                .unwrap_or_default()
        });
        let speaks = |sent: &str, says| {
            let caller = authorization.check(&headers(&[sent])).unwrap();
            assert!(!format!("{caller:?} {authorization:?}").contains("first"));
            caller.speaks_for(Ok(says))
        };
        let (one, two) = (Some(id(1)), Some(id(2)));
        assert_eq!(speaks("first", one), Err(one));

        tenants.write().unwrap().insert(id(1), vec![token("first")]);
        assert_eq!(speaks("Bearer first", one), Ok(one));
        // Wrong, another's, and nobody's are one answer.
        assert_eq!(speaks("second", one), Err(one));
        assert_eq!(speaks("first", two), Err(two));
        assert_eq!(speaks("first", None), Err(None));

        let both = vec![token("first"), token("second")];
        tenants.write().unwrap().insert(id(1), both);
        assert_eq!(
            (speaks("first", one), speaks("second", one)),
            (Ok(one), Ok(one))
        );
        tenants.write().unwrap().clear();
        assert_eq!(speaks("second", one), Err(one));
    }
}
