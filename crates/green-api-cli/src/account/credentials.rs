//! Whose instance it is: the variables, or else a profile. Never a mixture of both, which could send one instance's token to another's host.

use std::env;

use green_api::{Answer, ConfigError, Error, Instance, Partner, Verb};
use serde_json::Value;

use super::profiles::{DEFAULT, PARTNER, Profile, Store};
use crate::failure::Failure;
use crate::terminal::Terminal;

/// Any of these makes the variables count.
const INSTANCE_VARIABLES: [&str; 3] = [
    "GREEN_API_URL",
    "GREEN_API_ID_INSTANCE",
    "GREEN_API_TOKEN_INSTANCE",
];
/// The address alone does not, since it is an instance's as well.
const PARTNER_VARIABLES: [&str; 1] = ["GREEN_API_PARTNER_TOKEN"];

/// How an operation is called that this version does not know.
pub(crate) struct Unlisted {
    pub verb: Verb,
    pub segments: Vec<String>,
}

/// Whoever an operation is called for.
pub(crate) trait Account: Sized + 'static {
    /// The account out of the variables or the profiles. From now on its token is not shown.
    fn find(profile: Option<&str>, terminal: &mut Terminal) -> Result<Self, Failure>;

    /// Calls an operation by its name.
    fn call(
        &self,
        operation: &str,
        arguments: Value,
    ) -> impl Future<Output = Result<Answer, Error>>;

    /// Calls it with arguments that this version may not know.
    fn call_unchecked(
        &self,
        operation: &str,
        arguments: Value,
    ) -> impl Future<Output = Result<Answer, Error>>;

    /// Calls an operation that this version does not know.
    fn call_unlisted(
        &self,
        operation: &str,
        unlisted: &Unlisted,
        arguments: Value,
    ) -> impl Future<Output = Result<Answer, Error>>;
}

impl Account for Instance {
    fn find(profile: Option<&str>, terminal: &mut Terminal) -> Result<Self, Failure> {
        let instance = if variables_count(&INSTANCE_VARIABLES, profile)? {
            Self::from_env()?
        } else {
            Self::new(stored(profile, DEFAULT, terminal, Profile::instance)?.ok_or_else(|| {
                Failure::configuration(
                    "no instance is named: run `green-api login`, or set GREEN_API_URL, GREEN_API_ID_INSTANCE and GREEN_API_TOKEN_INSTANCE",
                )
            })?)?
        };
        terminal.hide(instance.credentials().token());
        Ok(instance)
    }

    async fn call(&self, operation: &str, arguments: Value) -> Result<Answer, Error> {
        self.call(operation, arguments).await
    }

    async fn call_unchecked(&self, operation: &str, arguments: Value) -> Result<Answer, Error> {
        self.call_unchecked(operation, arguments).await
    }

    async fn call_unlisted(
        &self,
        operation: &str,
        Unlisted { verb, segments }: &Unlisted,
        arguments: Value,
    ) -> Result<Answer, Error> {
        let request = self.call_unlisted(operation, *verb, arguments);
        let segments = segments.iter();
        segments
            .fold(request, |r, segment| r.segment(segment))
            .await
    }
}

impl Account for Partner {
    fn find(profile: Option<&str>, terminal: &mut Terminal) -> Result<Self, Failure> {
        let partner = if variables_count(&PARTNER_VARIABLES, profile)? {
            Self::from_env()?
        } else {
            Self::new(stored(profile, PARTNER, terminal, Profile::partner)?.ok_or_else(|| {
                Failure::configuration("no partner's account is named: run `green-api login --partner`, or set GREEN_API_URL and GREEN_API_PARTNER_TOKEN")
            })?)?
        };
        terminal.hide(partner.credentials().token());
        Ok(partner)
    }

    async fn call(&self, operation: &str, arguments: Value) -> Result<Answer, Error> {
        self.call(operation, arguments).await
    }

    async fn call_unchecked(&self, operation: &str, arguments: Value) -> Result<Answer, Error> {
        self.call_unchecked(operation, arguments).await
    }

    async fn call_unlisted(
        &self,
        operation: &str,
        Unlisted { verb, segments }: &Unlisted,
        arguments: Value,
    ) -> Result<Answer, Error> {
        let request = self.call_unlisted(operation, *verb, arguments);
        let segments = segments.iter();
        segments
            .fold(request, |r, segment| r.segment(segment))
            .await
    }
}

/// Whether the variables win over the profiles. A profile that was named would then be left aside without a word, and a message might go out from
/// the wrong account, so that is refused.
fn variables_count(variables: &[&str], profile: Option<&str>) -> Result<bool, Failure> {
    let set: Vec<&str> = variables
        .iter()
        .copied()
        .filter(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
        .collect();
    match profile {
        Some(profile) if !set.is_empty() => Err(Failure::configuration(format!(
            "--profile {profile} names one account and {} another; leave out --profile, or unset what is set of these",
            set.join(", ")
        ))),
        _ => Ok(!set.is_empty()),
    }
}

/// The credentials that this profile has. A profile that nobody named need not be there.
fn stored<T>(
    named: Option<&str>,
    default: &str,
    terminal: &mut Terminal,
    credentials: impl FnOnce(&Profile) -> Option<Result<T, ConfigError>>,
) -> Result<Option<T>, Failure> {
    let name = named.unwrap_or(default);
    let store = Store::locate()?;
    let profiles = store.load()?;
    let Some(profile) = profiles.get(name) else {
        let known = profiles.names();
        return if named.is_some() {
            Err(Failure::configuration(format!(
                "there is no profile {name}; there are: {known}"
            )))
        } else {
            Ok(None)
        };
    };
    if let Some(warning) = store.warning() {
        terminal.warn(&warning);
    }
    match credentials(profile) {
        Some(Ok(credentials)) => Ok(Some(credentials)),
        Some(Err(error)) => Err(Failure::configuration(format!(
            "the profile {name}: {error}"
        ))),
        None => Err(Failure::configuration(format!(
            "the profile {name} is {}",
            if profile.id_instance().is_some() {
                "an instance, and this takes a partner's account"
            } else {
                "a partner's account, and this takes an instance"
            }
        ))),
    }
}
