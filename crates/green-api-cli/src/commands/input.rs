//! Reading from standard input and from the person at the terminal.

use std::io::{self, IsTerminal, Read as _};

use crate::failure::{Failure, Stop};
use crate::terminal::Terminal;

/// Reads all of standard input.
pub(crate) fn standard_input() -> Result<String, Failure> {
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| Failure::unreadable("standard input", &error))?;
    Ok(text)
}

/// Reads a line of standard input, without surrounding whitespace.
pub(crate) fn line(what: &str) -> Result<String, Failure> {
    let mut text = String::new();
    io::stdin()
        .read_line(&mut text)
        .map_err(|error| Failure::unreadable(what, &error))?;
    Ok(text.trim().to_owned())
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
