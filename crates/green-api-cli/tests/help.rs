//! What `--help` says, for the whole tree of commands.

mod common;

use std::pin::Pin;

use common::{green_api, run, settings};

/// The subcommands that a help text lists.
fn subcommands(help: &str) -> Vec<String> {
    let listed = help
        .lines()
        .skip_while(|line| *line != "Commands:")
        .skip(1)
        .take_while(|line| !line.is_empty());
    let name = |line: &str| {
        line.strip_prefix("  ")
            .filter(|rest| !rest.starts_with(' '))
            .and_then(|rest| rest.split(' ').next())
            .map(str::to_owned)
    };
    listed
        .filter_map(name)
        .filter(|name| name != "help")
        .collect()
}

/// The help of a command and of all that are below it.
fn help<'a>(path: Vec<String>, all: &'a mut String) -> Pin<Box<dyn Future<Output = usize> + 'a>> {
    Box::pin(async move {
        let arguments: Vec<&str> = path.iter().map(String::as_str).chain(["--help"]).collect();
        let ran = run(green_api(&arguments)).await;
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{arguments:?}");
        *all += &format!("$ green-api {}\n{}\n", arguments.join(" "), ran.out);
        let mut commands = 1;
        for name in subcommands(&ran.out) {
            commands += help([path.clone(), vec![name]].concat(), all).await;
        }
        commands
    })
}

#[tokio::test]
async fn help_of_every_command() {
    let mut all = String::new();
    let commands = help(Vec::new(), &mut all).await;
    // Otherwise the lists were not found.
    assert!(commands > 40, "{commands}");
    settings().bind(|| insta::assert_snapshot!("help", all));
}

#[tokio::test]
async fn the_version_is_the_packages() {
    let ran = run(green_api(&["--version"])).await;
    assert_eq!(
        (ran.code, ran.out),
        (0, format!("green-api {}\n", env!("CARGO_PKG_VERSION")))
    );
}
