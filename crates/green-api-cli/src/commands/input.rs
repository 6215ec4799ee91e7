//! Reading from standard input and from the person at the terminal.

use std::fs::File;
use std::io::{self, BufRead as _, IsTerminal, Read};
use std::path::Path;
use std::sync::mpsc;
use std::thread;

use crate::args::LimitArgs;
use crate::failure::{Failure, Stop};
use crate::terminal::Terminal;

const MIB: u64 = 1024 * 1024;
/// How much text is read. No request may be that long.
const TEXT: u64 = 16 * MIB;
/// How much of a file is read. The server takes at most 100 MB.
const CONTENT: u64 = 128 * MIB;

/// Reads all of standard input.
pub(crate) fn standard_input(limit: LimitArgs) -> Result<String, Failure> {
    text("standard input", limit, || Ok(io::stdin()))
}

/// Reads a file or a pipe that holds text.
pub(crate) fn text_in(path: &str, limit: LimitArgs) -> Result<String, Failure> {
    let file = path.to_owned();
    text(path, limit, || File::open(file))
}

/// Reads a file or a pipe.
pub(crate) fn content(path: &Path, limit: LimitArgs) -> Result<Vec<u8>, Failure> {
    let file = path.to_owned();
    all(&path.display().to_string(), CONTENT, limit, || {
        File::open(file)
    })
}

/// Reads a line of standard input, without surrounding whitespace.
pub(crate) fn line(what: &str, limit: LimitArgs) -> Result<String, Failure> {
    let line = within(what, limit, || {
        let mut line = String::new();
        io::stdin().lock().take(TEXT + 1).read_line(&mut line)?;
        Ok(line)
    })?;
    Ok(no_longer(what, TEXT, line)?.trim().to_owned())
}

fn text<R: Read>(
    what: &str,
    limit: LimitArgs,
    open: impl FnOnce() -> io::Result<R> + Send + 'static,
) -> Result<String, Failure> {
    let bytes = all(what, TEXT, limit, open)?;
    String::from_utf8(bytes)
        .map_err(|_| Failure::unreadable(what, &io::Error::other("it is not UTF-8")))
}

fn all<R: Read>(
    what: &str,
    longest: u64,
    limit: LimitArgs,
    open: impl FnOnce() -> io::Result<R> + Send + 'static,
) -> Result<Vec<u8>, Failure> {
    let bytes = within(what, limit, move || {
        let mut bytes = Vec::new();
        open()?.take(longest + 1).read_to_end(&mut bytes)?;
        Ok(bytes)
    })?;
    no_longer(what, longest, bytes)
}

/// Reads within the time limit. The other end of a pipe may never write, and opening it waits for that as well.
fn within<T: Send + 'static>(
    what: &str,
    limit: LimitArgs,
    read: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    let Some(limit) = limit.timeout else {
        return read().map_err(|error| Failure::unreadable(what, &error));
    };
    let (result, received) = mpsc::channel();
    // It ends with the process at the latest. Sending fails if nobody waits any more.
    thread::spawn(move || drop(result.send(read())));
    match received.recv_timeout(limit) {
        Ok(result) => result.map_err(|error| Failure::unreadable(what, &error)),
        Err(_) => Err(Failure::unsent(format!(
            "{what} did not end within the {} s of --timeout",
            limit.as_secs_f64()
        ))),
    }
}

fn no_longer<T: AsRef<[u8]>>(what: &str, longest: u64, read: T) -> Result<T, Failure> {
    if read.as_ref().len() as u64 > longest {
        let longest = longest / MIB;
        return Err(Failure::unsent(format!(
            "{what} is longer than {longest} MiB"
        )));
    }
    Ok(read)
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
    match line("the answer", LimitArgs::NONE)?
        .to_ascii_lowercase()
        .as_str()
    {
        "y" | "yes" => Ok(()),
        _ => Err(Failure::unsent("not confirmed").into()),
    }
}
