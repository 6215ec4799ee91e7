//! `green-api profiles`.

use crate::account::{Profile, Store};
use crate::args::ProfilesCommand;
use crate::failure::{Failure, Stop};
use crate::terminal::{Event, ProfileEvent, Terminal};
use crate::text::{one_line, table};

/// Lists or removes profiles. Nothing is sent.
pub(crate) fn run(command: &ProfilesCommand, terminal: &mut Terminal) -> Result<(), Stop> {
    let store = Store::locate()?;
    let mut profiles = store.load()?;
    if let Some(warning) = store.warning() {
        terminal.warn(&warning);
    }
    match command {
        ProfilesCommand::List => {
            for (name, profile) in profiles.iter() {
                terminal.event(&event(name, profile))?;
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
                terminal.note(&format!(
                    "There are no profiles in {}; `green-api login` stores one.",
                    store.path().display()
                ));
            } else {
                terminal.result(&table(&rows))?;
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
            terminal.event(&Event::ProfileRemoved { name })?;
            terminal.result(&format!("Removed the profile {name}"))?;
        }
    }
    Ok(())
}

/// A line of `--json` about a profile.
pub(crate) fn event<'a>(name: &'a str, profile: &'a Profile) -> Event<'a> {
    Event::Profile(ProfileEvent {
        name,
        api_url: profile.api_url(),
        id_instance: profile.id_instance(),
    })
}
