//! The example of the README for programs that are not `async`, word for word.

use std::process::Command;

use green_api_sandbox::Sandbox;

mod readme {
    include!(concat!(env!("OUT_DIR"), "/readme_script.rs"));
}

/// Runs in a process of its own, whose environment leads to the sandbox of the test below.
#[test]
#[ignore = "it is run by the other test"]
fn the_example() {
    readme::main().unwrap();
}

#[tokio::test]
async fn a_program_without_async_gets_a_code() {
    let sandbox = Sandbox::start().await.unwrap();
    let mut child = Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "the_example", "--ignored", "--nocapture"]);
    sandbox.credentials(0).pass_to(|url, id, token| {
        child
            .env("GREEN_API_URL", url)
            .env("GREEN_API_ID_INSTANCE", id)
            .env("GREEN_API_TOKEN_INSTANCE", token);
    });
    let output = tokio::task::spawn_blocking(move || child.output())
        .await
        .unwrap()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && printed.contains("Type "),
        "{output:?}"
    );
}
