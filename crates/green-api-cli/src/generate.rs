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

pub(crate) fn completions<O: Write, E: Write>(shell: Shell, output: &mut Output<O, E>) -> Result<(), Stop> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut args::command(), NAME, &mut script);
    show(&shell.to_string(), &script, output)
}

pub(crate) fn man<O: Write, E: Write>(folder: Option<&Path>, output: &mut Output<O, E>) -> Result<(), Stop> {
    let Some(folder) = folder else {
        let mut page = Vec::new();
        Man::new(args::command()).render(&mut page)?;
        return show(NAME, &page, output);
    };
    let written = fs::create_dir_all(folder).and_then(|()| clap_mangen::generate_to(args::command(), folder));
    written.map_err(|error| Failure::input(format!("the pages cannot be written to {}: {error}", folder.display())))?;
    output.event(&Event::Written { folder: &folder.to_string_lossy() })?;
    output.result(&format!("Written to {}", folder.display()))?;
    Ok(())
}

fn show<O: Write, E: Write>(name: &str, text: &[u8], output: &mut Output<O, E>) -> Result<(), Stop> {
    let text = String::from_utf8_lossy(text);
    output.event(&Event::Text { name, text: &text })?;
    output.result(text.trim_end())?;
    Ok(())
}
