//! Recovery is told like trouble, and everything names its instance.

use std::time::Duration;

use crate::common::{Log, text};
use crate::support::{REMOVED, eager, empty, head, scripted, server, until};

#[tokio::test]
async fn the_end_of_an_outage_is_told() {
    let requests = Log::default();
    let counted = requests.clone();
    let instance = server(move |operation| {
        counted.note(operation);
        match (operation, counted.noted().len()) {
            ("receiveNotification", 1..4) => (502, String::new()),
            ("receiveNotification", _) => (200, empty()),
            _ => (200, REMOVED.1.to_owned()),
        }
    })
    .await;
    let problems = Log::default();
    let polled = eager(&instance)
        .options(problems.options())
        .for_each(async |_| Ok::<(), String>(()));
    until(polled, || requests.noted().len() > 8).await;
    let told = problems.noted();
    assert_eq!(
        (problems.count("Receiving: "), told.len()),
        (3, 4),
        "{told:?}"
    );
    assert!(
        told.iter()
            .all(|told| told.contains("instance 7103000001: ")),
        "{told:?}"
    );
    assert!(
        told[3].starts_with("Recovered: instance 7103000001: recovered after "),
        "{told:?}"
    );
}

#[tokio::test]
async fn durations_are_in_words() {
    let instance = scripted([head(1, "a")], [REMOVED]).await;
    let problems = Log::default();
    tokio::time::pause();
    let polled = instance
        .notifications()
        .options(problems.options())
        .for_each(|received| {
            let fails = received.attempt() < 12;
            assert_eq!(text(&received), "a");
            async move { if fails { Err("not yet") } else { Ok(()) } }
        });
    tokio::select! {
        end = polled => panic!("{end:?}"),
        () = async {
            while problems.count("Recovered: ") == 0 {
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        } => {}
    }
    for told in problems.noted() {
        let words = told.rsplit(" in ").next().unwrap_or_default();
        assert!(
            told.starts_with("Recovered") || words.ends_with(" s)") || words.ends_with(" ms)"),
            "{told}"
        );
        assert!(!told.contains('.'), "{told}");
    }
}
