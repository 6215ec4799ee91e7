//! Credentials from the environment or else from a profile, never a mixture of both, which could send one instance's token to another's host.

use std::env;

use green_api::{Answer, ConfigError, Error, Instance, Partner, Verb};
use serde_json::Value;

use super::profiles::{DEFAULT, PARTNER, Profile, Store};
use crate::failure::Failure;
use crate::terminal::Terminal;

/// If any of these is set, the profiles are not consulted.
const INSTANCE_VARIABLES: [&str; 3] = [
    "GREEN_API_URL",
    "GREEN_API_ID_INSTANCE",
    "GREEN_API_TOKEN_INSTANCE",
];
/// `GREEN_API_URL` is not enough, since it can belong to an instance.
const PARTNER_VARIABLES: [&str; 1] = ["GREEN_API_PARTNER_TOKEN"];

/// How an operation is called that this version does not know.
pub(crate) struct Unlisted {
    pub verb: Verb,
    pub segments: Vec<String>,
}

/// An account that operations are called for.
pub(crate) trait Account: Sized + 'static {
    /// Finds the account in the environment or the profiles. From then on, the terminal hides its token.
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

/// Implements [`Account`] for an account of the SDK, with where its credentials are and what to say without them.
macro_rules! account {
    ($account:ident, $variables:ident, $default:ident, $credentials:path, $missing:literal) => {
        impl Account for $account {
            fn find(profile: Option<&str>, terminal: &mut Terminal) -> Result<Self, Failure> {
                let account = if in_environment(&$variables, profile)? {
                    Self::from_env()?
                } else {
                    let stored = stored(profile, $default, terminal, $credentials)?;
                    Self::new(stored.ok_or_else(|| Failure::configuration($missing))?)?
                };
                terminal.hide(account.credentials().token());
                Ok(account)
            }

            async fn call(&self, operation: &str, arguments: Value) -> Result<Answer, Error> {
                self.call(operation, arguments).await
            }

            async fn call_unchecked(
                &self,
                operation: &str,
                arguments: Value,
            ) -> Result<Answer, Error> {
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
    };
}

account!(
    Instance,
    INSTANCE_VARIABLES,
    DEFAULT,
    Profile::instance,
    "no credentials: run `green-api login`, or set GREEN_API_URL, GREEN_API_ID_INSTANCE and GREEN_API_TOKEN_INSTANCE"
);
account!(
    Partner,
    PARTNER_VARIABLES,
    PARTNER,
    Profile::partner,
    "no partner credentials: run `green-api login --partner`, or set GREEN_API_URL and GREEN_API_PARTNER_TOKEN"
);

/// Tells whether the environment provides the credentials. A profile that is named as well is refused: ignoring either could send a message from
/// the wrong account.
fn in_environment(variables: &[&str], profile: Option<&str>) -> Result<bool, Failure> {
    let set: Vec<&str> = variables
        .iter()
        .copied()
        .filter(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
        .collect();
    match profile {
        Some(profile) if !set.is_empty() => Err(Failure::configuration(format!(
            "--profile {profile} conflicts with {}; omit --profile or unset them",
            set.join(", ")
        ))),
        _ => Ok(!set.is_empty()),
    }
}

/// Returns the credentials in a profile; `None` if none was named and the default one does not exist.
fn stored<T>(
    named: Option<&str>,
    default: &str,
    terminal: &mut Terminal,
    credentials: impl FnOnce(&Profile) -> Option<Result<T, ConfigError>>,
) -> Result<Option<T>, Failure> {
    let name = named.unwrap_or(default);
    let store = Store::locate()?;
    let profiles = store.load()?;
    let Some(profile) = profiles.profiles.get(name) else {
        return named.map_or(Ok(None), |name| Err(profiles.unknown(name)));
    };
    if let Some(warning) = store.warning() {
        terminal.warn(&warning);
    }
    let problem = match credentials(profile) {
        Some(Ok(credentials)) => return Ok(Some(credentials)),
        Some(Err(error)) => format!("profile {name}: {error}"),
        None if profile.id_instance().is_some() => {
            format!("profile {name} is an instance, but this command needs a partner account")
        }
        None => format!("profile {name} is a partner account, but this command needs an instance"),
    };
    Err(Failure::configuration(problem))
}
