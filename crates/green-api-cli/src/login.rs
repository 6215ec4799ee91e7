//! `green-api login` and `green-api profiles`.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use green_api::{Credentials, Instance, Partner, PartnerCredentials};
use serde_json::Value;

use crate::args::{LoginArgs, ProfilesCommand};
use crate::failure::{Failure, Stop};
use crate::output::{Event, Output, ProfileEvent};
use crate::plan::Caller;
use crate::profiles::{DEFAULT, PARTNER, Profile, Store};
use crate::text::{one_line, table};

/// A profile that is to be stored, once it has been tried.
pub(crate) struct Login {
    name: String,
    profile: Profile,
    /// What it is tried with.
    caller: Option<Caller>,
    limit: Option<Duration>,
    store: Store,
}

/// Reads and asks for everything that a profile holds.
pub(crate) fn prepare<O: Write, E: Write>(
    name: Option<&str>,
    args: LoginArgs,
    output: &mut Output<O, E>,
) -> Result<Login, Failure> {
    let name = name
        .unwrap_or(if args.partner { PARTNER } else { DEFAULT })
        .to_owned();
    // A file that cannot be used is told before a person has typed anything.
    let store = Store::locate()?;
    store.load()?;
    let api_url = given(args.url, "apiUrl", "--url", output)?;
    let (profile, caller) = if args.partner {
        let token = token("partner token", output)?;
        let credentials = PartnerCredentials::new(&api_url, &token)?;
        output.hide(credentials.token());
        (
            Profile::Partner {
                api_url,
                partner_token: token,
            },
            Caller::Partner(Partner::new(credentials)?),
        )
    } else {
        let id_instance = given(args.id, "idInstance", "--id", output)?;
        let token = token("apiTokenInstance", output)?;
        let mut credentials = Credentials::new(&api_url, &id_instance, &token)?;
        if let Some(media_url) = &args.media_url {
            credentials = credentials.with_media_url(media_url)?;
        }
        output.hide(credentials.token());
        let profile = Profile::Instance {
            api_url,
            media_url: args.media_url,
            id_instance,
            api_token_instance: token,
        };
        (profile, Caller::Instance(Instance::new(credentials)?))
    };
    let caller = (!args.no_check).then_some(caller);
    Ok(Login {
        name,
        profile,
        caller,
        limit: args.limit.timeout,
        store,
    })
}

/// What was given on the line, or else what the person types.
fn given<O: Write, E: Write>(
    given: Option<String>,
    what: &str,
    option: &str,
    output: &mut Output<O, E>,
) -> Result<String, Failure> {
    let text = match given {
        Some(text) => text,
        None if io::stdin().is_terminal() && output.is_live() => {
            output.ask(&format!(
                "{what}, as the console at console.green-api.com shows it: "
            ));
            let mut text = String::new();
            io::stdin()
                .read_line(&mut text)
                .map_err(|error| Failure::input(format!("{what} cannot be read: {error}")))?;
            text
        }
        None => {
            return Err(Failure::input(format!(
                "{what} is missing, and nobody can be asked for it here; give it with {option}"
            )));
        }
    };
    Ok(text.trim().to_owned())
}

/// Typed without being shown; or the first line of standard input, where that is no terminal.
fn token<O: Write, E: Write>(what: &str, output: &mut Output<O, E>) -> Result<String, Failure> {
    let unreadable = |error: io::Error| Failure::input(format!("{what} cannot be read: {error}"));
    let text = if io::stdin().is_terminal() {
        output.ask(&format!("{what}, which is not shown: "));
        rpassword::read_password().map_err(unreadable)?
    } else {
        let mut text = String::new();
        io::stdin().read_line(&mut text).map_err(unreadable)?;
        text
    };
    match text.trim() {
        "" => Err(Failure::input(format!(
            "{what} is missing; type it when asked, or give it on standard input"
        ))),
        token => Ok(token.to_owned()),
    }
}

/// Tries the credentials with a request that changes nothing, and stores them.
pub(crate) async fn run<O: Write, E: Write>(
    login: Login,
    output: &mut Output<O, E>,
) -> Result<(), Stop> {
    let Login {
        name,
        profile,
        caller,
        limit,
        store,
    } = login;
    if let Some(caller) = caller {
        let operation = match caller {
            Caller::Instance(_) => "getStateInstance",
            Caller::Partner(_) => "getInstances",
        };
        let answer = caller
            .call(operation, Value::Null, limit, output)
            .await
            .map_err(Failure::nothing_stored)?;
        if let Some(state) = answer.get("stateInstance").and_then(Value::as_str) {
            output.note(&format!("State: {}", one_line(state)));
        }
    }
    // Read only now: another login may have ended while somebody typed.
    let mut profiles = store.load().map_err(Failure::nothing_stored)?;
    let replaced = profiles.get(&name).is_some();
    profiles.insert(&name, profile);
    store.save(&profiles)?;
    if let Some(profile) = profiles.get(&name) {
        output.event(&event(&name, profile))?;
    }
    let verb = if replaced { "Replaced" } else { "Stored" };
    output.result(&format!(
        "{verb} the profile {name} in {}",
        store.path().display()
    ))?;
    Ok(())
}

/// Lists or removes profiles. Nothing is sent.
pub(crate) fn profiles<O: Write, E: Write>(
    command: &ProfilesCommand,
    output: &mut Output<O, E>,
) -> Result<(), Stop> {
    let store = Store::locate()?;
    let mut profiles = store.load()?;
    if let Some(warning) = store.warning() {
        output.warn(&warning);
    }
    match command {
        ProfilesCommand::List => {
            for (name, profile) in profiles.iter() {
                output.event(&event(name, profile))?;
            }
            let row = |(name, profile): (&str, &Profile)| {
                [
                    name.to_owned(),
                    profile.id_instance().unwrap_or("partner").to_owned(),
                    profile.api_url().to_owned(),
                ]
                .map(|text| one_line(&text))
            };
            let rows: Vec<_> = profiles.iter().map(row).collect();
            if rows.is_empty() {
                output.note(&format!(
                    "There are no profiles in {}; `green-api login` stores one.",
                    store.path().display()
                ));
            } else {
                output.result(&table(&rows))?;
            }
        }
        ProfilesCommand::Remove { name } => {
            if !profiles.remove(name) {
                return Err(Failure::configuration(format!(
                    "there is no profile {name}; there are: {}",
                    profiles.names()
                ))
                .into());
            }
            store.save(&profiles)?;
            output.event(&Event::ProfileRemoved { name })?;
            output.result(&format!("Removed the profile {name}"))?;
        }
    }
    Ok(())
}

fn event<'a>(name: &'a str, profile: &'a Profile) -> Event<'a> {
    Event::Profile(ProfileEvent {
        name,
        api_url: profile.api_url(),
        id_instance: profile.id_instance(),
    })
}
