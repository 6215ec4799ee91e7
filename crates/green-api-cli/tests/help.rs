//! What `--help` says, for the whole tree of commands.

mod common;

use common::{green_api, run, settings};

#[tokio::test]
async fn help_of_every_command() {
    let mut all = String::new();
    for command in [None, Some("link"), Some("state"), Some("call"), Some("sandbox")] {
        let arguments: Vec<&str> = command.into_iter().chain(["--help"]).collect();
        let ran = run(green_api(&arguments)).await;
        assert_eq!((ran.code, ran.err.as_str()), (0, ""));
        all += &format!("$ green-api {}\n{}\n", arguments.join(" "), ran.out);
    }
    settings().bind(|| insta::assert_snapshot!("help", all));
}

#[tokio::test]
async fn the_version_is_the_packages() {
    let ran = run(green_api(&["--version"])).await;
    assert_eq!((ran.code, ran.out), (0, format!("green-api {}\n", env!("CARGO_PKG_VERSION"))));
}
