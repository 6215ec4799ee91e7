//! What is printed, and what ends the printing.

use crate::common::children::end;
use crate::common::{calls, green_api_at, run, settings};
use crate::support::{listen, spawn, with_texts};

#[tokio::test]
async fn notifications_are_printed_and_deleted() {
    let sandbox = with_texts(&["one", "two\n\u{1b}[2J", "three"]).await;
    let human = listen(&sandbox, &["--limit", "2"]).await;
    let json = listen(&sandbox, &["--once", "--json"]).await;
    assert_eq!(calls(&sandbox, "deleteNotification"), 3);
    settings()
        .bind(|| insta::assert_snapshot!("printed", format!("{}\n{}", human.show(), json.show())));
}

#[tokio::test]
async fn what_waiting_does_not_mend_ends_it() {
    let sandbox = with_texts(&[]).await;
    let mut command = green_api_at(&sandbox.url(), &["listen"]);
    command.env("GREEN_API_TOKEN_INSTANCE", "0123456789abcdef");
    let ran = run(command).await;
    assert_eq!(ran.code, 4, "{ran:?}");
    assert!(
        ran.err
            .starts_with("error: receiveNotification: the token is wrong (HTTP 401)"),
        "{}",
        ran.err
    );
    let ran = listen(&sandbox, &["--dead-letter", "no/such/folder/dead.jsonl"]).await;
    assert_eq!(ran.code, 2, "{ran:?}");
}

#[tokio::test]
async fn a_closed_pipe_keeps_the_notification() {
    let sandbox = with_texts(&["one"]).await;
    let mut child = spawn(&sandbox, &["--json"]);
    drop(child.stdout.take());
    let (code, err) = end(child).await;
    assert_eq!((code, err.as_str()), (Some(0), ""));
    assert_eq!(calls(&sandbox, "deleteNotification"), 0);
}
