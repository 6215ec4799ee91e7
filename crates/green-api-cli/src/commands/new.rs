//! `green-api new`.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::args::{NewBotArgs, NewCommand};
use crate::failure::{Failure, Stop};
use crate::terminal::{Event, Terminal};

/// The files of a new bot. `{…}` in them is filled in.
const BOT: [(&str, &str); 8] = [
    (
        "Cargo.toml",
        include_str!("../../templates/bot/manifest.toml"),
    ),
    (".gitignore", include_str!("../../templates/bot/gitignore")),
    (
        ".dockerignore",
        include_str!("../../templates/bot/dockerignore"),
    ),
    (
        "Containerfile",
        include_str!("../../templates/bot/Containerfile"),
    ),
    ("README.md", include_str!("../../templates/bot/README.md")),
    (
        "src/main.rs",
        include_str!("../../templates/bot/src/main.rs"),
    ),
    ("src/bot.rs", include_str!("../../templates/bot/src/bot.rs")),
    (
        "tests/conversation.rs",
        include_str!("../../templates/bot/tests/conversation.rs"),
    ),
];

/// What cargo takes as the name of no package: words of the language, its own folders, and crates that the bot depends on or comes with.
const TAKEN: &str = "abstract alloc as async await become box break build const continue core crate deps do dyn else enum examples extern false final \
    fn for gen green-api-bot if impl in incremental let loop macro match mod move mut override priv proc_macro proc-macro pub ref return self serde static \
    std struct super test tokio tracing-subscriber trait true try type typeof unsafe unsized use virtual where while yield";
/// The longest name that registries take.
const LONGEST: usize = 64;

pub(crate) fn run(command: NewCommand, terminal: &mut Terminal) -> Result<(), Stop> {
    let NewCommand::Bot(NewBotArgs { name, path }) = command;
    check(&name)?;
    let folder = path.unwrap_or_else(|| PathBuf::from(&name));
    if folder.symlink_metadata().is_ok() {
        let message = format!(
            "{} is there already; give another name or --path",
            folder.display()
        );
        return Err(Failure::input(message).into());
    }
    write(&name, &folder)
        .map_err(|error| Failure::input(format!("cannot write {}: {error}", folder.display())))?;
    let event = Event::Written {
        folder: &folder.to_string_lossy(),
    };
    let text = format!("Written to {}", folder.display());
    let written = terminal.event(&event).and_then(|()| terminal.result(&text));
    written.map_err(Stop::done)?;
    terminal.note("Try it: `cargo test` there; README.md says how to run it");
    Ok(())
}

/// Refuses what cargo would refuse later.
fn check(name: &str) -> Result<(), Failure> {
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    let problem = if !name.starts_with(|first: char| first.is_ascii_alphabetic()) {
        "must begin with a letter"
    } else if !name.chars().all(is_letter) {
        "may have the letters a to z, digits, - and _, and nothing else"
    } else if name.len() > LONGEST {
        "may have 64 characters at most"
    } else if TAKEN
        .split_whitespace()
        .any(|taken| taken == name.to_lowercase())
    {
        "cannot be one that Rust, cargo or the bot itself uses"
    } else {
        return Ok(());
    };
    Err(Failure::input(format!("the name of a bot {problem}")))
}

fn write(name: &str, folder: &Path) -> io::Result<()> {
    let source = Source::here();
    for (file, text) in BOT {
        let path = folder.join(file);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        let text = text
            .replace("{name}", name)
            .replace("{tag}", &name.to_lowercase())
            .replace("{volume}", &source.volume())
            .replace("{ {source}", &format!("{{ {}", source.requirement()));
        fs::write(path, text)?;
    }
    if let Source::Checkout(root) = source {
        // The versions that the library is tested with.
        fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    }
    Ok(())
}

/// Where a project gets the library from.
enum Source {
    /// The repository that this command was built in.
    Checkout(PathBuf),
    Registry,
}

impl Source {
    fn here() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
        root.filter(|root| root.join("crates/green-api-bot/Cargo.toml").exists())
            .map_or(Self::Registry, |root| Self::Checkout(root.to_owned()))
    }

    /// What stands in the manifest.
    fn requirement(&self) -> String {
        match self {
            Self::Checkout(root) => {
                let path = root.join("crates/green-api-bot");
                // A string of JSON is one of TOML.
                let path = serde_json::Value::from(path.to_string_lossy());
                format!("path = {path}")
            }
            Self::Registry => format!("version = {:?}", env!("CARGO_PKG_VERSION")),
        }
    }

    /// What lets a build in a container see the library.
    fn volume(&self) -> String {
        match self {
            Self::Checkout(root) => format!("--volume '{0}:{0}:ro' ", root.display()),
            Self::Registry => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_cargo_takes() {
        for name in ["shop", "my-shop_2", "Shop", "bot"] {
            assert!(check(name).is_ok(), "{name}");
        }
        let long = "a".repeat(65);
        for name in [
            "",
            "2shop",
            "-shop",
            "my shop",
            "../shop",
            "магазин",
            "fn",
            "test",
            "Tokio",
            &long,
        ] {
            assert!(check(name).is_err(), "{name}");
        }
    }

    #[test]
    fn without_a_checkout_the_library_is_the_registrys() {
        assert_eq!(
            Source::Registry.requirement(),
            format!("version = \"{}\"", env!("CARGO_PKG_VERSION"))
        );
        assert_eq!(Source::Registry.volume(), "");
    }
}
