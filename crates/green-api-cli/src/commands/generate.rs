//! `green-api completions` and `green-api man`.

use std::fs;
use std::path::Path;

use clap_complete::Shell;
use clap_mangen::Man;

use crate::args;
use crate::failure::{Failure, Stop};
use crate::terminal::{Event, Terminal};

const NAME: &str = "green-api";

pub(crate) fn completions(shell: Shell, terminal: &mut Terminal) -> Result<(), Stop> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::command(), NAME, &mut script);
    let script = String::from_utf8_lossy(&script);
    // clap_complete escapes the dash of this command in two ways, so bash completes nothing after a subcommand:
    // https://github.com/clap-rs/clap/issues/6421
    let script = if shell == Shell::Bash {
        script.replace("green__subcmd__api", "green__api")
    } else {
        script.into_owned()
    };
    show(&shell.to_string(), &script, terminal)
}

pub(crate) fn man(folder: Option<&Path>, terminal: &mut Terminal) -> Result<(), Stop> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        Man::new(args::command()).render(&mut page)?;
        return show(NAME, &String::from_utf8_lossy(&page), terminal);
    };
    let written =
        fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(args::command(), folder));
    written.map_err(|error| {
        Failure::input(format!(
            "cannot write the pages to {}: {error}",
            folder.display()
        ))
    })?;
    terminal.event(&Event::Written {
        folder: &folder.to_string_lossy(),
    })?;
    terminal.result(&format!("Written to {}", folder.display()))?;
    Ok(())
}

fn show(name: &str, text: &str, terminal: &mut Terminal) -> Result<(), Stop> {
    terminal.event(&Event::Text { name, text })?;
    terminal.result(text.trim_end())?;
    Ok(())
}
