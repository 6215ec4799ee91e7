//! Reading from standard input and from the person at the terminal.

use std::io::{self, BufRead as _, IsTerminal, Read as _};

use crate::failure::{Failure, Stop};
use crate::terminal::Terminal;

/// How much of standard input is read, in bytes. No request may be that long.
const LIMIT: u64 = 16 * 1024 * 1024;

/// Reads all of standard input.
pub(crate) fn standard_input() -> Result<String, Failure> {
    let mut text = String::new();
    io::stdin()
        .take(LIMIT + 1)
        .read_to_string(&mut text)
        .map_err(|error| Failure::unreadable("standard input", &error))?;
    within_limit("standard input", text)
}

/// Reads a line of standard input, without surrounding whitespace.
pub(crate) fn line(what: &str) -> Result<String, Failure> {
    let mut text = String::new();
    io::stdin()
        .lock()
        .take(LIMIT + 1)
        .read_line(&mut text)
        .map_err(|error| Failure::unreadable(what, &error))?;
    Ok(within_limit(what, text)?.trim().to_owned())
}

fn within_limit(what: &str, text: String) -> Result<String, Failure> {
    if text.len() as u64 > LIMIT {
        return Err(Failure::unsent(format!("{what} is longer than 16 MiB")));
    }
    Ok(text)
}

/// Tells whether somebody can be asked.
pub(crate) fn is_interactive(terminal: &Terminal) -> bool {
    terminal.is_live() && io::stdin().is_terminal()
}

/// Asks whether to go on with something that cannot be undone. If nobody can be asked, `--yes` is needed.
pub(crate) fn confirm(what: &str, terminal: &mut Terminal) -> Result<(), Stop> {
    if !is_interactive(terminal) {
        return Err(Failure::unsent(format!("{what}; pass --yes to confirm")).into());
    }
    terminal.ask(&format!("{what}. Continue? [y/N] "));
    match line("the answer")?.to_ascii_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::unsent("not confirmed").into()),
    }
}
