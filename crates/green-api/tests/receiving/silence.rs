//! When nothing comes.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use green_api::ProblemKind;
use serde_json::json;

use crate::common::Log;
use crate::support::{REMOVED, eager, empty, head, server, until};

#[tokio::test]
async fn silence_is_told_once_and_its_end() {
    let polls = Arc::<AtomicUsize>::default();
    let states = Arc::<AtomicUsize>::default();
    let instance = server({
        let states = Arc::clone(&states);
        move |operation| match operation {
            "receiveNotification" => match polls.fetch_add(1, Ordering::Relaxed) {
                20 => (200, head(1, "a")),
                _ => (200, empty()),
            },
            "getStateInstance" => {
                // Where no account is linked, nothing is missed.
                let linked = states.fetch_add(1, Ordering::Relaxed) >= 2;
                let state = if linked {
                    "authorized"
                } else {
                    "notAuthorized"
                };
                (200, json!({ "stateInstance": state }).to_string())
            }
            _ => (REMOVED.0, REMOVED.1.to_owned()),
        }
    })
    .await;
    let log = Log::default();
    let handled = eager(&instance)
        .silence(Duration::ZERO)
        .options(log.options())
        .for_each(|_| async { Ok::<(), String>(()) });
    until(handled, || log.noted().len() >= 3).await;
    let told = log.noted();
    let kinds: Vec<&str> = told.iter().map(|told| &told[..7]).collect();
    assert_eq!(kinds, ["Silence", "Recover", "Silence"], "{told:?}");
    let words =
        "though the instance is linked; see whether its settings have notifications switched on";
    assert!(told[0].ends_with(words), "{told:?}");
    assert_eq!(states.load(Ordering::Relaxed), 4);
}

#[test]
fn it_has_words() {
    let lasting = Duration::from_secs(7_200);
    let words = ProblemKind::Silence { lasting }.to_string();
    assert!(
        words.starts_with("no notification has come for 2 h though"),
        "{words}"
    );
}
