//! What becomes of what is under way when the output or the receiving fails.

use std::fs::File;
use std::process::Stdio;
use std::time::Duration;

use green_api_sandbox::Fault;

use crate::common::children::{end, first_line, start};
use crate::common::{PATIENCE, PHONE, calls};
use crate::{Desk, FRIEND};

#[tokio::test]
async fn sends_under_way_are_finished_though_the_output_fails() {
    // Other systems have no such file.
    for full in [cfg!(target_os = "linux"), false] {
        let desk = Desk::new().await;
        for (place, delay) in [(1, 1000), (3, 2000)] {
            let slow = Fault::on("sendMessage").delay(Duration::from_millis(delay));
            desk.sandbox.faults().add(slow.times(place));
        }
        for friend in 0..4 {
            let to = format!("44770090015{friend}");
            let add = ["outbox", "add", "--key", &to, "text", "--to", &to, "Hello"];
            assert_eq!(desk.run(&add).await.code, 0);
        }
        let mut command = desk.process(&["outbox", "run"]);
        command.stderr(Stdio::piped());
        if full {
            command.stdout(File::options().write(true).open("/dev/full").unwrap());
        } else {
            command.stdout(std::io::pipe().unwrap().1);
        }
        let (code, err) = end(command.spawn().unwrap()).await;
        assert_eq!(code, Some(i32::from(full)), "{err}");
        assert_eq!(err.contains("cannot write the output"), full, "{err}");
        let sent = desk.json(&["outbox", "list", "sent"]).await.len();
        let queued = desk.json(&["outbox", "list", "queued"]).await.len();
        assert_eq!(
            (sent + queued, calls(&desk.sandbox, "sendMessage")),
            (4, sent)
        );
        assert!(sent > 1, "{sent}");
    }
}

#[tokio::test]
async fn commands_under_way_are_finished_though_receiving_fails() {
    let desk = Desk::new().await;
    desk.sandbox.phone(FRIEND).send_text(PHONE, "Is it far?");
    let go = desk.folder.path().join("go");
    let exec = format!(
        "echo started; while ! test -e '{}'; do sleep 0.02; done",
        go.display()
    );
    let mut child = start(&mut desk.process(&["inbox", "run", "--exec", &exec]));
    assert_eq!(first_line(&mut child).await, "started\n");
    let refused = Fault::on("receiveNotification").status(401);
    desk.sandbox.faults().add(refused);
    desk.sandbox.phone(FRIEND).send_text(PHONE, "Hello?");
    let is_refused = || {
        let requests = desk.sandbox.requests();
        requests.iter().any(|request| request.status == Some(401))
    };
    let refusing = async {
        while !is_refused() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(PATIENCE, refusing).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    std::fs::write(&go, "").unwrap();
    let (code, err) = end(child).await;
    assert_eq!(code, Some(4), "{err}");
    let stats = desk.json(&["inbox", "stats"]).await;
    assert_eq!(stats[0]["done"], 1, "{stats:?} {err}");
}
