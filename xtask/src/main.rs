//! `cargo xtask`: the chores of this workspace.

use std::io;
use std::path::Path;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The chores of this workspace")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Generate the client, the request builders, the typed mocks, the table of methods, the tools of assistants, the bundle and the Postman collection from spec/
    Codegen {
        /// Write nothing; show what differs and exit with 1 if anything does
        #[arg(long)]
        check: bool,
        /// Name every operation and what wrote it, and every file, changed or not
        #[arg(short, long)]
        verbose: bool,
    },
    /// Count the instructions of calls and of decoding beside the same by hand, and write BENCHMARKS.md; needs valgrind
    Bench {
        /// Write nothing; exit with 1 if a ratio is worse than in BENCHMARKS.md
        #[arg(long)]
        check: bool,
    },
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Codegen { check, verbose } => codegen(check, verbose),
        Command::Bench { check } => {
            root().and_then(|root| xtask::bench::bench(root, check).map(|()| ExitCode::SUCCESS))
        }
    };
    done.unwrap_or_else(|message| {
        eprintln!("{message}");
        ExitCode::FAILURE
    })
}

fn root() -> Result<&'static Path, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    root.ok_or_else(|| "xtask has no parent folder".to_owned())
}

fn codegen(check: bool, verbose: bool) -> Result<ExitCode, String> {
    let root = root()?;
    let generated = xtask::run(&root.join("spec"), &xtask::WORKSPACE)
        .map_err(|problems| problems.to_string())?;
    if verbose {
        print!("{}", generated.details);
    }
    println!("{}", generated.summary);
    let mut stale = 0;
    for output in &generated.outputs {
        let failed = |error: io::Error| format!("{}: {error}", output.path);
        let diff = output.diff(root).map_err(failed)?;
        stale += usize::from(diff.is_some());
        match diff {
            Some(diff) if check => print!("{diff}"),
            Some(_) => {
                output.write(root).map_err(failed)?;
                println!("wrote {}", output.path);
            }
            None if verbose => println!("unchanged {}", output.path),
            None => {}
        }
    }
    if check && stale > 0 {
        eprintln!(
            "{stale} generated file(s) do not match spec/. Run `cargo xtask codegen` and commit what it writes."
        );
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}
