//! Asking before something that cannot be undone.

use std::io::{self, IsTerminal};

use crate::failure::{Failure, Stop};
use crate::terminal::Terminal;

/// Goes on if the person says so, on the line or when asked. Where nobody can be asked, it has to be said on the line.
pub(crate) fn confirm(what: &str, yes: bool, terminal: &mut Terminal) -> Result<(), Stop> {
    if yes {
        return Ok(());
    }
    if !terminal.is_live() || !io::stdin().is_terminal() {
        return Err(Failure::input(format!(
            "{what}; say --yes if that is meant; nothing was sent"
        ))
        .into());
    }
    terminal.ask(&format!("{what}. Go on? [y/N] "));
    let mut answer = String::new();
    io::stdin().read_line(&mut answer).map_err(|error| {
        Failure::input(format!(
            "the answer cannot be read: {error}; nothing was sent"
        ))
    })?;
    if matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes") {
        Ok(())
    } else {
        Err(Failure::input("left alone; nothing was sent").into())
    }
}
