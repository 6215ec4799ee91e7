//! `green-api completions` and `green-api man`: files about the command, made from the same description as its help.

use std::fs;
use std::io::Write;
use std::path::Path;

use clap_complete::Shell;
use clap_mangen::Man;

use crate::args;
use crate::failure::{Failure, Stop};
use crate::output::{Event, Output};

const NAME: &str = "green-api";

pub(crate) fn completions<O: Write, E: Write>(
    shell: Shell,
    output: &mut Output<O, E>,
) -> Result<(), Stop> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::command(), NAME, &mut script);
    let script = String::from_utf8_lossy(&script);
    // clap_complete spells the dash of this command in two ways, so that bash completes nothing after a subcommand:
    // https://github.com/clap-rs/clap/issues/6421
    let script = if shell == Shell::Bash {
        script.replace("green__subcmd__api", "green__api")
    } else {
        script.into_owned()
    };
    show(&shell.to_string(), &script, output)
}

pub(crate) fn man<O: Write, E: Write>(
    folder: Option<&Path>,
    output: &mut Output<O, E>,
) -> Result<(), Stop> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        Man::new(args::command()).render(&mut page)?;
        return show(NAME, &String::from_utf8_lossy(&page), output);
    };
    let written =
        fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(args::command(), folder));
    written.map_err(|error| {
        Failure::input(format!(
            "the pages cannot be written to {}: {error}",
            folder.display()
        ))
    })?;
    output.event(&Event::Written {
        folder: &folder.to_string_lossy(),
    })?;
    output.result(&format!("Written to {}", folder.display()))?;
    Ok(())
}

fn show<O: Write, E: Write>(name: &str, text: &str, output: &mut Output<O, E>) -> Result<(), Stop> {
    output.event(&Event::Text { name, text })?;
    output.result(text.trim_end())?;
    Ok(())
}
