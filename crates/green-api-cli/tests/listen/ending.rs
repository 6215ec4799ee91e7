//! What Ctrl-C ends, the first time and the second.

use std::fs;
use std::process::Command;

use assert_cmd::cargo::cargo_bin;
use green_api_sandbox::Fault;

use crate::common::children::{end, end_by_signals, first_line, signal};
use crate::common::{calls, silent};
use crate::support::{at, spawn, with_texts};

#[tokio::test]
async fn ctrl_c_finishes_the_one_in_hand() {
    const EVERYWHERE: [&str; 10] = [
        "-INT", "-TERM", "-HUP", "-QUIT", "-USR1", "-USR2", "-ALRM", "-VTALRM", "-PROF", "-XCPU",
    ];
    // By number, since not every `kill` has the same names: IO, PWR, STKFLT and real-time signals.
    #[cfg(target_os = "linux")]
    const MORE: [&str; 6] = ["-29", "-30", "-16", "-36", "-50", "-64"];
    #[cfg(not(target_os = "linux"))]
    const MORE: [&str; 0] = [];
    for name in EVERYWHERE.into_iter().chain(MORE) {
        let sandbox = with_texts(&["one", "two"]).await;
        let folder = tempfile::tempdir().unwrap();
        let go = folder.path().join("go");
        let command = format!(
            "echo started; while ! test -e '{}'; do sleep 0.02; done; echo finished",
            go.display()
        );
        let mut child = spawn(&sandbox, &["--exec", &command]);
        assert_eq!(first_line(&mut child).await, "started\n");
        signal(name, &child);
        fs::write(&go, "").unwrap();
        let (code, err) = end(child).await;
        assert_eq!(code, Some(0), "{name}: {err}");
        assert_eq!(calls(&sandbox, "deleteNotification"), 1, "{name}");
    }
}

#[tokio::test]
async fn what_is_ignored_from_the_start_stays_ignored() {
    for (name, ignored) in [("-HUP", "HUP"), ("-INT", "INT"), ("-QUIT", "QUIT")] {
        let sandbox = with_texts(&["one", "two"]).await;
        let folder = tempfile::tempdir().unwrap();
        let go = folder.path().join("go");
        let exec = format!(
            "echo started; while ! test -e '{}'; do sleep 0.02; done",
            go.display()
        );
        let mut shell = Command::new("sh");
        let ignoring = format!("trap '' {ignored}; exec \"$0\" \"$@\"");
        shell.args(["-c", &ignoring]).arg(cargo_bin!("green-api"));
        shell.args(["listen", "--limit", "2", "--exec", &exec]);
        let mut child = at(shell, &sandbox.url());
        assert_eq!(first_line(&mut child).await, "started\n");
        signal(name, &child);
        fs::write(&go, "").unwrap();
        let (code, err) = end(child).await;
        assert_eq!(code, Some(0), "{name}: {err}");
        assert_eq!(calls(&sandbox, "deleteNotification"), 2, "{name}");
    }
}

#[tokio::test]
async fn the_second_ctrl_c_waits_for_nothing() {
    let sandbox = with_texts(&["one"]).await;
    let mut child = spawn(&sandbox, &["--exec", "echo started; sleep 60"]);
    assert_eq!(first_line(&mut child).await, "started\n");
    assert_eq!(end_by_signals(child).await, Some(130));
    assert_eq!(calls(&sandbox, "deleteNotification"), 0);
}

#[tokio::test]
async fn the_second_ctrl_c_ends_a_command_that_does_not_listen() {
    let sandbox = with_texts(&["one"]).await;
    let folder = tempfile::tempdir().unwrap();
    let beats = folder.path().join("beats");
    // A shell of its own, which is not the one that is started.
    let exec = format!(
        "sh -c 'trap \"\" TERM INT HUP; echo started; while :; do echo >> {}; sleep 0.02; done' & wait",
        beats.display()
    );
    let mut child = spawn(&sandbox, &["--exec", &exec]);
    assert_eq!(first_line(&mut child).await, "started\n");
    // Whoever still lives has the other end of the output.
    drop(child.stdout.take());
    drop(child.stderr.take());
    assert_eq!(end_by_signals(child).await, Some(130));
    let size = || fs::metadata(&beats).unwrap().len();
    let before = size();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(size(), before, "it goes on");
}

#[tokio::test]
async fn the_second_ctrl_c_does_not_wait_for_the_server_either() {
    let sandbox = with_texts(&["one"]).await;
    sandbox
        .faults()
        .add(Fault::on("deleteNotification").no_answer());
    let mut child = spawn(&sandbox, &[]);
    assert!(first_line(&mut child).await.contains("one"));
    assert_eq!(end_by_signals(child).await, Some(130));
}

#[tokio::test]
async fn ctrl_c_ends_it_before_it_has_begun() {
    let (listener, url) = silent();
    let mut command = Command::new(cargo_bin!("green-api"));
    command.arg("listen");
    let child = at(command, &url);
    let accepted = tokio::task::spawn_blocking(move || listener.accept().unwrap().0);
    let connection = accepted.await.unwrap();
    signal("-INT", &child);
    assert_eq!(
        end(child).await,
        (Some(0), String::new()),
        "it waits for the server"
    );
    drop(connection);
}
