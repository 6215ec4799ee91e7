//! Whose instance it is: the variables, or else a profile. Never a mixture of both, which could send one instance's token to another's host.

use std::env;
use std::io::Write;

use green_api::{ConfigError, Instance, Partner};

use crate::failure::Failure;
use crate::output::Output;
use crate::profiles::{DEFAULT, PARTNER, Profile, Store};

/// Any of these makes the variables count.
const INSTANCE_VARIABLES: [&str; 3] = [
    "GREEN_API_URL",
    "GREEN_API_ID_INSTANCE",
    "GREEN_API_TOKEN_INSTANCE",
];
/// The address alone does not, since it is an instance's as well.
const PARTNER_VARIABLES: [&str; 1] = ["GREEN_API_PARTNER_TOKEN"];

/// The instance that is called.
pub(crate) fn instance<O: Write, E: Write>(
    profile: Option<&str>,
    output: &mut Output<O, E>,
) -> Result<Instance, Failure> {
    if variables_count(&INSTANCE_VARIABLES, profile)? {
        return Ok(Instance::from_env()?);
    }
    let name = profile.unwrap_or(DEFAULT);
    let credentials = stored(name, profile.is_some(), output, Profile::instance)?.ok_or_else(|| {
        Failure::configuration(
            "no instance is named: run `green-api login`, or set GREEN_API_URL, GREEN_API_ID_INSTANCE and GREEN_API_TOKEN_INSTANCE",
        )
    })?;
    Ok(Instance::new(credentials)?)
}

/// The partner's account that is called.
pub(crate) fn partner<O: Write, E: Write>(
    profile: Option<&str>,
    output: &mut Output<O, E>,
) -> Result<Partner, Failure> {
    if variables_count(&PARTNER_VARIABLES, profile)? {
        return Ok(Partner::from_env()?);
    }
    let name = profile.unwrap_or(PARTNER);
    let credentials = stored(name, profile.is_some(), output, Profile::partner)?.ok_or_else(|| {
        Failure::configuration("no partner's account is named: run `green-api login --partner`, or set GREEN_API_URL and GREEN_API_PARTNER_TOKEN")
    })?;
    Ok(Partner::new(credentials)?)
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
fn stored<T, O: Write, E: Write>(
    name: &str,
    named: bool,
    output: &mut Output<O, E>,
    credentials: impl FnOnce(&Profile) -> Option<Result<T, ConfigError>>,
) -> Result<Option<T>, Failure> {
    let store = Store::locate()?;
    let profiles = store.load()?;
    let Some(profile) = profiles.get(name) else {
        let known = profiles.names();
        return if named {
            Err(Failure::configuration(format!(
                "there is no profile {name}; there are: {known}"
            )))
        } else {
            Ok(None)
        };
    };
    if let Some(warning) = store.warning() {
        output.warn(&warning);
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
