//! What waiting mends, and what it does not.

use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::StreamExt as _;
use green_api::{ErrorKind, ProblemKind, ReceiveOptions};
use green_api_sandbox::Fault;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::common::{AT_MOST, Log, message, sandbox, text};
use crate::queue::{A_MOMENT, calls, handle, is_empty, next};
use crate::support::eager;
use crate::wire::instance_at;

#[tokio::test]
async fn an_outage_is_waited_out() {
    let (sandbox, instance) = sandbox().await;
    sandbox
        .faults()
        .add(Fault::on("receiveNotification").times(6).status(502).html());
    sandbox
        .faults()
        .add(Fault::on("receiveNotification").times(2).drop_connection());
    sandbox
        .faults()
        .add(Fault::on("receiveNotification").times(1).truncate());
    sandbox
        .faults()
        .add(Fault::on("receiveNotification").times(1).status(429));
    sandbox
        .faults()
        .add(Fault::on("deleteNotification").times(1).status(500));
    sandbox.instance().notify(&message("3EB01", "Hello"));
    sandbox.instance().notify(&message("3EB02", "Bye"));
    let problems = Log::default();
    let reported = problems.clone();
    let options = ReceiveOptions::new().on_problem(move |problem| {
        reported.note(match &problem.kind {
            ProblemKind::Receiving { error } => format!("{:?}", error.kind()),
            ProblemKind::Deleting { error } => format!("deleting: {:?}", error.kind()),
            ProblemKind::Recovered { .. } => "recovered".to_owned(),
            other => panic!("{other}"),
        });
    });
    let notifications = eager(&instance).options(options);
    // What could not be deleted is not handled again, but deleted the next time.
    assert_eq!(handle(&sandbox, notifications, 3).await, ["Hello", "Bye"]);
    let mut wanted = vec!["Gateway"; 6];
    wanted.extend([
        "ConnectionLost",
        "ConnectionLost",
        "ConnectionLost",
        "RateLimited",
        "recovered",
        "deleting: Server",
        "recovered",
    ]);
    assert_eq!(problems.noted(), wanted);
    assert!(is_empty(&sandbox).await);
}

#[tokio::test]
async fn an_acknowledgement_that_failed_is_made_up_for() {
    let (sandbox, instance) = sandbox().await;
    sandbox
        .faults()
        .add(Fault::on("deleteNotification").times(2).status(500));
    sandbox.instance().notify(&message("3EB01", "Hello"));
    sandbox.instance().notify(&message("3EB02", "Bye"));
    let mut notifications = eager(&instance);
    let error = next(&mut notifications).await.1.ack().await.unwrap_err();
    assert_eq!(
        (error.operation(), error.kind()),
        ("deleteNotification", ErrorKind::Server)
    );
    let (received, _) = next(&mut notifications).await;
    assert_eq!(
        (&*text(&received), calls(&sandbox, "deleteNotification")),
        ("Bye", 3)
    );
}

#[tokio::test]
async fn what_waiting_does_not_mend_is_given_and_ends_it() {
    let (sandbox, instance) = sandbox().await;
    instance
        .set_settings()
        .webhook_url("https://hooks.example.com/")
        .await
        .unwrap();
    sandbox.clock().advance(Duration::from_secs(60));
    let mut notifications = eager(&instance);
    let error = timeout(AT_MOST, notifications.next())
        .await
        .unwrap()
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WebhookUrlSet);
    assert!(
        error
            .to_string()
            .contains("clear `webhookUrl` with setSettings"),
        "{error}"
    );
    assert!(notifications.next().await.is_none());
    let error = eager(&instance)
        .for_each(async |_| Ok::<(), String>(()))
        .await
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WebhookUrlSet);

    for (status, kind) in [(401, ErrorKind::Unauthorized), (403, ErrorKind::Forbidden)] {
        sandbox.faults().clear();
        sandbox
            .faults()
            .add(Fault::on("receiveNotification").status(status));
        let error = eager(&instance).next().await.unwrap().unwrap_err();
        assert_eq!(error.kind(), kind);
    }
    let error = instance
        .notifications()
        .receive_timeout(Duration::from_secs(61))
        .next()
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn the_time_limit_follows_the_time_that_the_server_waits() {
    let server = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let instance = instance_at(&format!("http://{}", server.local_addr().unwrap()));
    let (stop, stopped) = tokio::sync::oneshot::channel();
    let stop = Mutex::new(Some(stop));
    let options = ReceiveOptions::new().on_problem(move |problem| {
        let ProblemKind::Receiving { error } = problem.kind else {
            panic!("{problem}")
        };
        assert_eq!(error.kind(), ErrorKind::TimedOut);
        stop.lock().unwrap().take().unwrap().send(()).unwrap();
    });
    let mut notifications = eager(&instance)
        .receive_timeout(Duration::from_secs(40))
        .options(options)
        .until(async { stopped.await.unwrap() });
    let mut first = pin!(notifications.next());
    let (connection, _) = tokio::select! {
        _ = &mut first => panic!("nothing was answered"),
        connection = server.accept() => connection.unwrap(),
    };
    // The request is under way, and from here on waiting takes no time.
    assert!(timeout(A_MOMENT, &mut first).await.is_err());
    tokio::time::pause();
    let start = tokio::time::Instant::now();
    assert!(first.await.is_none());
    let waited = start.elapsed() + A_MOMENT;
    assert!(
        waited > Duration::from_secs(50) && waited < Duration::from_secs(60),
        "{waited:?}"
    );
    drop(connection);
}

#[tokio::test]
async fn one_connection_is_kept() {
    let (sandbox, _) = sandbox().await;
    for number in 1..=5 {
        sandbox
            .instance()
            .notify(&message(&format!("3EB0{number}"), "Hello"));
    }
    let address = sandbox.url().replace("http://", "");
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let instance = instance_at(&format!("http://{}", listener.local_addr().unwrap()));
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    let relay = tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            counted.fetch_add(1, Ordering::Relaxed);
            let mut server = TcpStream::connect(&address).await.unwrap();
            tokio::spawn(
                async move { tokio::io::copy_bidirectional(&mut client, &mut server).await },
            );
        }
    });
    assert_eq!(handle(&sandbox, eager(&instance), 5).await.len(), 5);
    assert_eq!(connections.load(Ordering::Relaxed), 1);
    relay.abort();
}
