//! The server and its queue: what it shows again, uses again or takes away.

use std::time::Duration;

use crate::common::{Log, message, sandbox, text};
use crate::support::{NOT_THERE, REMOVED, eager, empty, head, scripted, until};
use crate::wire::instance_at;

#[tokio::test]
async fn the_same_receipt_for_ever_is_handled_once() {
    for deletion in [REMOVED, NOT_THERE] {
        let instance = scripted([head(7, "a")], [deletion]).await;
        let (log, problems) = (Log::default(), Log::default());
        let handled = instance
            .notifications()
            .backoff(Duration::from_millis(20), Duration::from_millis(40))
            .options(problems.options())
            .for_each(|received| {
                log.note(text(&received));
                async { Ok::<(), String>(()) }
            });
        until(handled, || problems.count("NoProgress: ") >= 5).await;
        assert_eq!(log.noted(), ["a"], "{deletion:?}");
        let told = problems.noted();
        assert!(
            told.iter().all(|told| told.starts_with(
                "NoProgress: instance 7103000001: the server shows the notification with receipt 7 again"
            )),
            "{told:?}"
        );
    }
}

#[tokio::test]
async fn two_that_take_turns_are_handled_once_each() {
    let heads = (0..20).map(|number| head(number % 2, if number % 2 == 0 { "a" } else { "b" }));
    let instance = scripted(heads, [REMOVED]).await;
    let (log, problems) = (Log::default(), Log::default());
    let handled = eager(&instance)
        .options(problems.options())
        .for_each(|received| {
            log.note(text(&received));
            async { Ok::<(), String>(()) }
        });
    until(handled, || problems.count("NoProgress: ") >= 10).await;
    assert_eq!(log.noted(), ["a", "b"]);
}

#[tokio::test]
async fn a_receipt_that_is_used_again_is_another_notification() {
    // The answer to the first deletion is lost, though it was carried out; the server begins again with its numbers.
    let lost = (502, "");
    let instance = scripted(
        [head(1, "a"), head(1, "b"), head(1, "c"), empty()],
        [lost, REMOVED],
    )
    .await;
    let (log, problems) = (Log::default(), Log::default());
    let handled = eager(&instance)
        .options(problems.options())
        .for_each(|received| {
            log.note(text(&received));
            async { Ok::<(), String>(()) }
        });
    until(handled, || log.noted().len() == 3).await;
    assert_eq!(log.noted(), ["a", "b", "c"]);
    assert_eq!(problems.count("OtherReceiver"), 0, "{:?}", problems.noted());
}

#[tokio::test]
async fn attempts_belong_to_the_content_and_not_to_the_receipt() {
    let instance = scripted([head(1, "a"), head(1, "b"), empty()], [REMOVED]).await;
    let log = Log::default();
    let handled = eager(&instance).for_each(|received| {
        log.note(format!("{} {}", text(&received), received.attempt()));
        let fails = text(&received) == "a";
        async move { if fails { Err("not yet") } else { Ok(()) } }
    });
    until(handled, || log.noted().len() == 2).await;
    assert_eq!(log.noted(), ["a 1", "b 1"]);
}

#[tokio::test]
async fn what_was_gone_when_it_was_to_be_deleted_is_told() {
    let instance = scripted(
        [head(1, "a"), head(2, "b"), head(3, "c"), empty()],
        [NOT_THERE],
    )
    .await;
    let (log, problems) = (Log::default(), Log::default());
    let handled = eager(&instance)
        .options(problems.options())
        .for_each(|received| {
            log.note(text(&received));
            async { Ok::<(), String>(()) }
        });
    until(handled, || log.noted().len() == 3).await;
    let told = problems.noted();
    // At most once a minute.
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(
        told[0].starts_with(
            "OtherReceiver: instance 7103000001: the notification with receipt 1 disappeared"
        ),
        "{told:?}"
    );
}

#[tokio::test]
async fn what_disappears_while_it_fails_is_told() {
    for after in [empty(), head(2, "b")] {
        let instance = scripted([head(1, "a"), after], [REMOVED]).await;
        let problems = Log::default();
        let handled = eager(&instance)
            .options(problems.options())
            .for_each(|received| {
                let fails = text(&received) == "a";
                async move { if fails { Err("not yet") } else { Ok(()) } }
            });
        until(handled, || problems.count("OtherReceiver: ") == 1).await;
    }
}

#[tokio::test]
async fn a_deletion_whose_answer_was_lost_is_not_taken_for_another_receiver() {
    let instance = scripted(
        [head(1, "a"), head(1, "a"), head(2, "b"), empty()],
        [(502, ""), NOT_THERE, REMOVED],
    )
    .await;
    let problems = Log::default();
    let log = Log::default();
    let handled = eager(&instance)
        .options(problems.options())
        .for_each(|received| {
            log.note(text(&received));
            async { Ok::<(), String>(()) }
        });
    until(handled, || log.noted().len() == 2).await;
    assert_eq!(problems.count("OtherReceiver"), 0, "{:?}", problems.noted());
    assert_eq!(
        (problems.count("Deleting: "), problems.count("Recovered: ")),
        (1, 1)
    );
}

#[tokio::test]
async fn two_programs_that_poll_one_instance_find_out() {
    let (sandbox, _) = sandbox().await;
    for number in 0..100 {
        sandbox
            .instance()
            .notify(&message(&format!("3EB0{number}"), "a"));
    }
    let problems = Log::default();
    let poll = || {
        let instance = instance_at(&sandbox.url());
        eager(&instance)
            .options(problems.options())
            .for_each(async |_| {
                tokio::time::sleep(Duration::from_millis(1)).await;
                Ok::<(), String>(())
            })
    };
    let both = async { tokio::join!(poll(), poll()) };
    until(both, || problems.count("OtherReceiver: ") >= 1).await;
}
