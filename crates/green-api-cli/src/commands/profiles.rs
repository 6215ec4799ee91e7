//! `green-api profiles`.

use crate::account::{Profile, Store};
use crate::args::ProfilesCommand;
use crate::failure::Stop;
use crate::terminal::{Event, Terminal};
use crate::text::{one_line, table};

/// Lists or removes profiles.
pub(crate) fn run(command: &ProfilesCommand, terminal: &mut Terminal) -> Result<(), Stop> {
    let store = Store::locate()?;
    let profiles = store.load()?;
    if let Some(warning) = store.warning() {
        terminal.warn(&warning);
    }
    match command {
        ProfilesCommand::List => {
            let mut rows = Vec::new();
            for (name, profile) in &profiles.profiles {
                terminal.event(&event(name, profile))?;
                let id = profile.id_instance().unwrap_or("partner");
                rows.push([name, id, profile.api_url()].map(one_line));
            }
            if rows.is_empty() {
                terminal.note(&format!(
                    "There are no profiles in {}; create one with `green-api login`.",
                    store.path().display()
                ));
            } else {
                terminal.result(&table(&rows))?;
            }
        }
        ProfilesCommand::Remove { name } => {
            store.change(|profiles| match profiles.profiles.remove(name) {
                Some(_) => Ok(()),
                None => Err(profiles.unknown(name)),
            })?;
            let event = Event::ProfileRemoved { name };
            let text = format!("Removed profile {name}");
            let written = terminal.event(&event).and_then(|()| terminal.result(&text));
            written.map_err(Stop::done)?;
        }
    }
    Ok(())
}

/// Describes a profile in a line of `--json`.
pub(crate) fn event<'a>(name: &'a str, profile: &'a Profile) -> Event<'a> {
    Event::Profile {
        name,
        api_url: profile.api_url(),
        id_instance: profile.id_instance(),
    }
}
