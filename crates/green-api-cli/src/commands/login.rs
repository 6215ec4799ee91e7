//! `green-api login`.

use std::io::{self, IsTerminal};

use futures_util::FutureExt as _;
use green_api::{Credentials, Instance, Partner, PartnerCredentials};
use serde_json::Value;

use super::plan::answer;
use super::profiles::event;
use super::{Task, input};
use crate::account::{DEFAULT, PARTNER, Profile, Store};
use crate::args::{LimitArgs, LoginArgs};
use crate::failure::{Failure, Stop};
use crate::terminal::Terminal;
use crate::text::one_line;

/// Reads or asks for the credentials. The task checks them with a request that changes nothing, and stores them.
pub(crate) fn prepare(
    args: LoginArgs,
    profile: Option<&str>,
    terminal: &mut Terminal,
) -> Result<Task, Failure> {
    let name = profile
        .unwrap_or(if args.partner { PARTNER } else { DEFAULT })
        .to_owned();
    // Reports a file that cannot be used before a person has typed anything.
    let store = Store::locate()?;
    store.load()?;
    let limit = args.limit.timeout;
    let api_url = given(args.url, "apiUrl", "--url", terminal)?;
    let (profile, check) = if args.partner {
        let partner_token = token("partner token", args.limit, terminal)?;
        let credentials = PartnerCredentials::new(&api_url, &partner_token)?;
        terminal.hide(credentials.token());
        let profile = Profile::Partner {
            api_url,
            partner_token,
        };
        let request = Partner::new(credentials)?.get_instances();
        (profile, answer(limit, request).boxed_local())
    } else {
        let id_instance = given(args.id, "idInstance", "--id", terminal)?;
        let api_token_instance = token("apiTokenInstance", args.limit, terminal)?;
        let mut credentials = Credentials::new(&api_url, &id_instance, &api_token_instance)?;
        if let Some(media_url) = &args.media_url {
            credentials = credentials.with_media_url(media_url)?;
        }
        terminal.hide(credentials.token());
        let profile = Profile::Instance {
            api_url,
            media_url: args.media_url,
            id_instance,
            api_token_instance,
        };
        let request = Instance::new(credentials)?.get_state_instance();
        (profile, answer(limit, request).boxed_local())
    };
    Ok(Task::new(async move |terminal: &mut Terminal| {
        if !args.no_check {
            let answer = check.await.map_err(Failure::nothing_stored)?;
            if let Some(state) = answer.raw().get("stateInstance").and_then(Value::as_str) {
                terminal.note(&format!("State: {}", one_line(state)));
            }
        }
        let line = event(&name, &profile);
        // Loaded again, since another login may have stored a profile meanwhile.
        let replaced =
            store.change(|profiles| Ok(profiles.profiles.insert(name.clone(), profile.clone())))?;
        terminal.event(&line).map_err(Stop::done)?;
        let verb = if replaced.is_some() {
            "Replaced"
        } else {
            "Stored"
        };
        let path = store.path().display();
        let text = format!("{verb} profile {name} in {path}");
        terminal.result(&text).map_err(Stop::done)
    }))
}

/// Returns the option's value, or else what the person types.
fn given(
    given: Option<String>,
    what: &str,
    option: &str,
    terminal: &mut Terminal,
) -> Result<String, Failure> {
    match given {
        Some(text) => Ok(text.trim().to_owned()),
        None if input::is_interactive(terminal) => {
            terminal.ask(&format!("{what}, as shown at console.green-api.com: "));
            input::line(what, LimitArgs::NONE)
        }
        None => Err(Failure::input(format!(
            "{what} is missing, and there is no terminal to ask for it; give it with {option}"
        ))),
    }
}

/// Reads a token from a hidden prompt, or from the first line of standard input if that is not a terminal.
pub(super) fn token(
    what: &str,
    limit: LimitArgs,
    terminal: &mut Terminal,
) -> Result<String, Failure> {
    let text = if io::stdin().is_terminal() {
        terminal.ask(&format!("{what} (hidden): "));
        rpassword::read_password().map_err(|error| Failure::unreadable(what, &error))?
    } else {
        input::line(what, limit)?
    };
    match text.trim() {
        "" => Err(Failure::input(format!(
            "{what} is missing; type it when asked, or pass it on standard input"
        ))),
        token => Ok(token.to_owned()),
    }
}
