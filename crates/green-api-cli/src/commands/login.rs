//! `green-api login`.

use std::io::{self, IsTerminal};
use std::time::Duration;

use green_api::{Credentials, Instance, Partner, PartnerCredentials};
use serde_json::Value;

use super::Task;
use super::plan::answer;
use super::profiles::event;
use crate::account::{DEFAULT, PARTNER, Profile, Store};
use crate::args::LoginArgs;
use crate::failure::{Failure, Stop};
use crate::terminal::Terminal;
use crate::text::one_line;

/// A profile that is to be stored, once it has been tried.
struct Login {
    name: String,
    profile: Profile,
    /// What it is tried with.
    candidate: Option<Candidate>,
    limit: Option<Duration>,
    store: Store,
}

/// Whoever a profile is about.
enum Candidate {
    Instance(Instance),
    Partner(Partner),
}

/// Reads and asks for everything that a profile holds.
pub(crate) fn prepare(
    args: LoginArgs,
    profile: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Task, Failure> {
    let name = profile
        .unwrap_or(if args.partner { PARTNER } else { DEFAULT })
        .to_owned();
    // A file that cannot be used is told before a person has typed anything.
    let store = Store::locate()?;
    store.load()?;
    let api_url = given(args.url, "apiUrl", "--url", terminal)?;
    let (profile, candidate) = if args.partner {
        let token = token("partner token", terminal)?;
        let credentials = PartnerCredentials::new(&api_url, &token)?;
        terminal.hide(credentials.token());
        (
            Profile::Partner {
                api_url,
                partner_token: token,
            },
            Candidate::Partner(Partner::new(credentials)?),
        )
    } else {
        let id_instance = given(args.id, "idInstance", "--id", terminal)?;
        let token = token("apiTokenInstance", terminal)?;
        let mut credentials = Credentials::new(&api_url, &id_instance, &token)?;
        if let Some(media_url) = &args.media_url {
            credentials = credentials.with_media_url(media_url)?;
        }
        terminal.hide(credentials.token());
        let profile = Profile::Instance {
            api_url,
            media_url: args.media_url,
            id_instance,
            api_token_instance: token,
        };
        (profile, Candidate::Instance(Instance::new(credentials)?))
    };
    let login = Login {
        name,
        profile,
        candidate: (!args.no_check).then_some(candidate),
        limit: args.limit.timeout,
        store,
    };
    Ok(Task::new(async move |terminal: &mut Terminal| {
        run(login, terminal).await
    }))
}

/// What was given on the line, or else what the person types.
fn given(
    given: Option<String>,
    what: &str,
    option: &str,
    terminal: &mut Terminal,
) -> Result<String, Failure> {
    let text = match given {
        Some(text) => text,
        None if io::stdin().is_terminal() && terminal.is_live() => {
            terminal.ask(&format!(
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
pub(super) fn token(what: &str, terminal: &mut Terminal) -> Result<String, Failure> {
    let unreadable = |error: io::Error| Failure::input(format!("{what} cannot be read: {error}"));
    let text = if io::stdin().is_terminal() {
        terminal.ask(&format!("{what}, which is not shown: "));
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
async fn run(login: Login, terminal: &mut Terminal) -> Result<(), Stop> {
    let Login {
        name,
        profile,
        candidate,
        limit,
        store,
    } = login;
    if let Some(candidate) = candidate {
        let tried = match candidate {
            Candidate::Instance(instance) => answer(limit, instance.get_state_instance()).await,
            Candidate::Partner(partner) => answer(limit, partner.get_instances()).await,
        };
        let answer = tried.map_err(Failure::nothing_stored)?;
        if let Some(state) = answer.get("stateInstance").and_then(Value::as_str) {
            terminal.note(&format!("State: {}", one_line(state)));
        }
    }
    // Read only now: another login may have ended while somebody typed.
    let mut profiles = store.load().map_err(Failure::nothing_stored)?;
    let replaced = profiles.get(&name).is_some();
    profiles.insert(&name, profile);
    store.save(&profiles)?;
    if let Some(profile) = profiles.get(&name) {
        terminal.event(&event(&name, profile))?;
    }
    let verb = if replaced { "Replaced" } else { "Stored" };
    terminal.result(&format!(
        "{verb} the profile {name} in {}",
        store.path().display()
    ))?;
    Ok(())
}
