//! What comes is on disk before the server forgets it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use green_api::webhook::WebhookToken;
use green_api::{Client, Credentials, Instance, Pace, RetryPolicy};
use green_api_mailbox::{BoxError, Inbox, Store};
use green_api_sandbox::{Fault, Sandbox};

use crate::stores::{List, Place, message_in, number_of};

const INSTANCE: u64 = 7_103_000_001;
const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef01";
const MILLISECOND: Duration = Duration::from_millis(1);

async fn sandbox() -> Sandbox {
    let sandbox = Sandbox::builder()
        .instance(INSTANCE, TOKEN)
        .restart_time(Duration::ZERO)
        .webhook_retry(MILLISECOND * 50)
        .rate_limits(false);
    sandbox.start().await.unwrap()
}

fn instance(sandbox: &Sandbox) -> Instance {
    let client = Client::builder()
        .retry(RetryPolicy::never())
        .pace(Pace::off());
    let credentials = Credentials::new(&sandbox.url(), &INSTANCE.to_string(), TOKEN).unwrap();
    client.build().unwrap().instance(credentials)
}

/// Waits until so many are in the inbox or were, and none at the server.
async fn until_in(inbox: &Inbox, sandbox: &Sandbox, number: u64) {
    let all_in = async {
        loop {
            let stats = inbox.stats().await;
            let all = stats.map_or(0, |stats| stats.waiting + stats.parked + stats.done);
            if all >= number && sandbox.instance().pending_notifications() == 0 {
                return;
            }
            tokio::time::sleep(MILLISECOND * 5).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), all_in)
        .await
        .expect("they come");
}

#[tokio::test]
async fn put_in_then_deleted_over_faults_of_the_server() {
    for place in Place::all() {
        let (sandbox, inbox) = (sandbox().await, place.open().await.inbox());
        for number in 0..60 {
            sandbox.instance().notify(&message_in(number % 7, number));
        }
        sandbox
            .faults()
            .add(
                Fault::on("deleteNotification")
                    .one_in(4)
                    .carried_out()
                    .drop_connection(),
            )
            .add(Fault::on("deleteNotification").one_in(5).status(502).html())
            .add(Fault::on("deleteNotification").one_in(6).reset_connection())
            .add(Fault::on("receiveNotification").one_in(7).status(500));
        let receive = inbox
            .receive(&instance(&sandbox))
            .backoff(MILLISECOND, MILLISECOND * 3);
        let receive = receive.receive_timeout(Duration::from_secs(5));
        tokio::select! {
            ended = receive => panic!("it ended: {ended:?}"),
            () = until_in(&inbox, &sandbox, 60) => {}
        }
        let handled: List<usize> = List::default();
        let list = Arc::clone(&handled);
        inbox
            .work(1, move |received, _| {
                list.lock().unwrap().push(number_of(&received));
                async { Ok::<_, BoxError>(()) }
            })
            .until_empty()
            .await
            .unwrap();
        let handled = handled.lock().unwrap().clone();
        assert_eq!(handled.len(), 60);
        assert_eq!(handled.iter().collect::<BTreeSet<_>>().len(), 60);
        assert_eq!(inbox.stats().await.unwrap().parked, 0);
    }
}

#[tokio::test]
async fn nothing_is_deleted_while_the_store_is_out() {
    for place in Place::all() {
        let sandbox = sandbox().await;
        let (out, problems) = (
            Arc::new(AtomicBool::new(true)),
            Arc::new(AtomicUsize::new(0)),
        );
        let is_out = Arc::clone(&out);
        let builder = Store::builder().probe(move || is_out.load(Ordering::Relaxed));
        let inbox = place.open_as(builder).await.inbox();
        for number in 0..20 {
            sandbox.instance().notify(&message_in(1, number));
        }
        let told = Arc::clone(&problems);
        let receive = inbox
            .receive(&instance(&sandbox))
            .backoff(MILLISECOND, MILLISECOND)
            .on_problem(move |problem| {
                assert!(
                    problem
                        .to_string()
                        .contains("the store does not take it now"),
                    "{problem}"
                );
                told.fetch_add(1, Ordering::Relaxed);
            });
        let back = async {
            while problems.load(Ordering::Relaxed) < 50 {
                tokio::time::sleep(MILLISECOND * 5).await;
            }
            assert_eq!(sandbox.instance().pending_notifications(), 20);
            // The end of the problem is told as well.
            out.store(false, Ordering::Relaxed);
            until_in(&inbox, &sandbox, 20).await;
        };
        let receive = tokio::spawn(receive.into_future());
        back.await;
        receive.abort();
        let stats = inbox.stats().await.unwrap();
        assert_eq!((stats.waiting, stats.parked), (20, 0));
    }
}

#[tokio::test]
async fn what_cannot_be_read_is_kept_and_holds_up_nothing() {
    for place in Place::all() {
        let (sandbox, inbox) = (sandbox().await, place.open().await.inbox());
        sandbox.instance().notify(&message_in(1, 1));
        sandbox
            .instance()
            .notify_raw(&b"{\"typeWebhook\": \"incoming"[..]);
        sandbox.instance().notify(&message_in(1, 2));
        let receive = inbox
            .receive(&instance(&sandbox))
            .backoff(MILLISECOND, MILLISECOND);
        tokio::select! {
            ended = receive => panic!("it ended: {ended:?}"),
            () = until_in(&inbox, &sandbox, 3) => {}
        }
        let parked = inbox.parked(10, None).await.unwrap();
        let raw = String::from_utf8_lossy(parked[0].raw().unwrap()).into_owned();
        assert!(raw.contains("incoming"), "{raw}");
        assert!(parked[0].received().is_none() && parked[0].problem().is_some());
        // It is tried again by a version that can read it; this one cannot.
        inbox.replay(parked[0].key()).await.unwrap();
        inbox
            .work(2, async |_, _| Ok::<_, BoxError>(()))
            .until_empty()
            .await
            .unwrap();
        let stats = inbox.stats().await.unwrap();
        assert_eq!((stats.done, stats.parked, stats.waiting), (2, 1, 0));
    }
}

#[tokio::test]
async fn an_endpoint_answers_after_the_commit() {
    for place in Place::all() {
        let sandbox = sandbox().await;
        let out = Arc::new(AtomicBool::new(true));
        let is_out = Arc::clone(&out);
        let builder = Store::builder().probe(move || is_out.load(Ordering::Relaxed));
        let inbox = place.open_as(builder).await.inbox();
        let token: WebhookToken = "open-sesame".parse().unwrap();
        let webhook = inbox.endpoint(token).build();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let serve = axum::serve(listener, webhook.into_router::<()>());
        let serve = tokio::spawn(serve.into_future());
        let settings = instance(&sandbox).set_settings().webhook_url(url);
        settings.webhook_url_token("open-sesame").await.unwrap();
        for number in 0..20 {
            sandbox.instance().notify(&message_in(1, number));
        }
        sandbox.instance().wait_for_webhook_deliveries(3).await;
        assert_eq!(sandbox.instance().pending_notifications(), 20);
        out.store(false, Ordering::Relaxed);
        until_in(&inbox, &sandbox, 20).await;
        let stats = inbox.stats().await.unwrap();
        assert_eq!((stats.waiting, stats.parked), (20, 0));
        serve.abort();
    }
}
