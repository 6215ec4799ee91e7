//! The command while it runs: signals to it, what it says first, and its end.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::PATIENCE;

/// Starts a command whose output and errors are read by the test.
pub fn start(command: &mut Command) -> Child {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// The exit code, and what was written to standard error.
pub fn wait(child: Child) -> (Option<i32>, String) {
    let output = child.wait_with_output().unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

/// The same, beside a server in this process. A child that outlasts [`PATIENCE`] is killed, and has no exit code.
pub async fn end(child: Child) -> (Option<i32>, String) {
    let id = child.id().to_string();
    let mut ended = tokio::task::spawn_blocking(move || wait(child));
    match tokio::time::timeout(PATIENCE, &mut ended).await {
        Ok(end) => end.unwrap(),
        Err(_) => {
            let _ = Command::new("kill").args(["-KILL", &id]).status();
            ended.await.unwrap()
        }
    }
}

/// Signals that wait are one, so the first has to have arrived before the second is sent: it is sent until it has.
pub async fn end_by_signals(child: Child) -> Option<i32> {
    let id = child.id().to_string();
    let ended = tokio::spawn(end(child));
    while !ended.is_finished() {
        let _ = Command::new("kill")
            .args(["-INT", &id])
            .stderr(Stdio::null())
            .status();
        tokio::task::yield_now().await;
    }
    ended.await.unwrap().0
}

pub fn signal(name: &str, child: &Child) {
    let kill = Command::new("kill")
        .args([name, &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
}

/// The first line that the command under test writes.
pub async fn first_line(child: &mut Child) -> String {
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let (line, out) = tokio::task::spawn_blocking(move || {
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        (line, out.into_inner())
    })
    .await
    .unwrap();
    child.stdout = Some(out);
    line
}
