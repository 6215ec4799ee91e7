//! The other end of the stream: each message is handled, in order within its chat, whatever is killed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::future::ready;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures_util::StreamExt as _;
use green_api::{BoxError, HandlerError, Received};
use green_api_mailbox::{ConsumerError, JetStream, JetStreamConsumer, Relayed, Sink as _};
use serde_json::Value;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::oneshot;

use crate::proxy::Proxy;
use crate::server::Server;
use crate::world::{INSTANCE, message, options, until};

/// What was handled, by chats.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<BTreeMap<String, Vec<usize>>>>);

impl Log {
    fn write(&self, received: &Received) {
        let (chat, number) = of(received);
        self.0.lock().unwrap().entry(chat).or_default().push(number);
    }

    fn count(&self) -> usize {
        self.0.lock().unwrap().values().map(Vec::len).sum()
    }

    /// Each number once, and in order within its chat.
    fn judge(&self, numbers: usize) {
        for (chat, found) in &*self.0.lock().unwrap() {
            assert!(
                found.is_sorted_by(|one, next| one < next),
                "{chat}: {found:?}"
            );
        }
        assert_eq!(self.count(), numbers);
    }
}

fn of(received: &Received) -> (String, usize) {
    let notification = &received.notification;
    let number = notification.id_message().unwrap().as_str().parse().unwrap();
    (notification.chat_id().unwrap().to_string(), number)
}

async fn publish(server: &Server, messages: impl IntoIterator<Item = Value>) {
    publish_every(Duration::ZERO, server, messages).await;
}

async fn publish_every(
    pause: Duration,
    server: &Server,
    messages: impl IntoIterator<Item = Value>,
) {
    let sink = JetStream::connect(&server.url(), options()).await.unwrap();
    for message in messages {
        let relayed = Relayed::new(serde_json::from_value(message).unwrap());
        while sink.deliver(&relayed).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        tokio::time::sleep(pause).await;
    }
}

async fn consumer(server: &Server) -> JetStreamConsumer {
    consumer_at(&server.url()).await
}

const ACK_WAIT: Duration = Duration::from_secs(1);

async fn consumer_at(url: &str) -> JetStreamConsumer {
    JetStreamConsumer::connect(url, "tests", options())
        .await
        .unwrap()
        .ack_wait(ACK_WAIT)
        .backoff(Duration::from_millis(5), Duration::from_millis(20))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chat_is_handled_in_order_while_the_server_is_killed() {
    let Some(mut server) = Server::started() else {
        return;
    };
    publish(&server, (0..400).map(message)).await;
    let (log, tries) = (Log::default(), Arc::new(Mutex::new(HashMap::new())));
    let (writer, now) = (log.clone(), Arc::new(Mutex::new((0, 0))));
    let most = now.clone();
    let handler = move |received: Received| {
        let (writer, tries, now) = (writer.clone(), tries.clone(), now.clone());
        async move {
            let (_, number) = of(&received);
            {
                let mut now = now.lock().unwrap();
                now.0 += 1;
                now.1 = now.0.max(now.1);
            }
            tokio::time::sleep(Duration::from_millis(fastrand::u64(0..20))).await;
            now.lock().unwrap().0 -= 1;
            let mut tries = tries.lock().unwrap();
            let tries: &mut u32 = tries.entry(number).or_default();
            *tries += 1;
            if number % 7 == 3 && *tries < 3 {
                assert_eq!(received.attempt(), *tries);
                return Err("not yet");
            }
            writer.write(&received);
            Ok(())
        }
    };
    let handling = tokio::spawn(consumer(&server).await.at_once(4).for_each(handler));
    for goal in [100, 200] {
        until("it goes on", async || log.count() >= goal).await;
        server.kill();
        tokio::time::sleep(Duration::from_millis(200)).await;
        server.start();
    }
    until("all are handled", async || log.count() >= 400).await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    handling.abort();
    log.judge(400);
    assert_eq!(most.lock().unwrap().1, 4);
}

#[tokio::test]
async fn what_a_dead_worker_had_in_hand_is_not_overtaken() {
    let Some(server) = Server::started() else {
        return;
    };
    publish(&server, (0..24).map(message)).await;
    let first = consumer(&server).await;
    // Nothing is ever done, and then it is dropped as if it were killed.
    let stuck = first.for_each(|_| std::future::pending::<Result<(), BoxError>>());
    let stuck = tokio::spawn(stuck);
    let stream = server
        .context()
        .await
        .get_stream("GREEN_API")
        .await
        .unwrap();
    let pending = async || {
        let info = stream.consumer_info("tests").await;
        info.map_or(0, |info| info.num_ack_pending)
    };
    until("all are in hand", async || pending().await == 24).await;
    stuck.abort();
    publish(&server, (24..48).map(message)).await;
    let log = Log::default();
    let writer = log.clone();
    let handling = consumer(&server).await.for_each(move |received| {
        writer.write(&received);
        ready(Ok::<_, BoxError>(()))
    });
    let handling = tokio::spawn(handling);
    until("all are handled", async || log.count() >= 48).await;
    handling.abort();
    log.judge(48);
}

#[tokio::test]
async fn what_fails_holds_up_its_chat_alone_and_ends_as_a_dead_letter() {
    let Some(server) = Server::started() else {
        return;
    };
    publish(&server, (0..16).map(message)).await;
    let context = server.context().await;
    let unreadable = context.publish("green-api.7.someKind.-", "not JSON".into());
    unreadable.await.unwrap().await.unwrap();
    let letters = Arc::new(Mutex::new(Vec::new()));
    let (taken, log) = (letters.clone(), Log::default());
    let writer = log.clone();
    let (stop, stopped) = oneshot::channel::<()>();
    let consumer = consumer(&server)
        .await
        .at_once(1)
        .attempts(3)
        .dead_letter(move |letter| {
            let instance = letter.instance().map(|instance| instance.get());
            taken.lock().unwrap().push((instance, letter.to_string()));
            ready(Ok::<_, BoxError>(()))
        })
        .until(async move {
            let _ = stopped.await;
        });
    let handling = tokio::spawn(consumer.for_each(move |received| {
        let (_, number) = of(&received);
        ready(match number {
            1 => Err(BoxError::from("no")),
            2 => Err(HandlerError::hopeless("never").into()),
            3 => panic!("it cannot do that"),
            4 if received.attempt() < 6 => Err(HandlerError::later("later").into()),
            _ => {
                writer.write(&received);
                Ok(())
            }
        })
    }));
    until("all are dealt with", async || {
        log.count() == 13 && letters.lock().unwrap().len() == 4
    })
    .await;
    stop.send(()).unwrap();
    handling.await.unwrap().unwrap();
    log.judge(13);
    let mut letters = letters.lock().unwrap().clone();
    letters.sort();
    let ends = [
        "cannot be read: expected ident at line 1 column 2",
        "attempts: 1: never",
        "attempts: 3: no",
        "attempts: 3: the handler panicked",
    ];
    for ((_, letter), end) in letters.iter().zip(ends) {
        assert!(letter.ends_with(end), "{letter}");
    }
    assert_eq!(
        (letters[0].0, letters[1].0),
        (Some(7), Some(INSTANCE as i64))
    );
    let info = context
        .get_stream("GREEN_API")
        .await
        .unwrap()
        .consumer_info("tests")
        .await;
    assert_eq!(info.unwrap().num_ack_pending, 0);
}

#[tokio::test]
async fn what_waits_is_given_back_at_the_end() {
    let Some(server) = Server::started() else {
        return;
    };
    publish(&server, (0..24).map(message)).await;
    let log = Log::default();
    let started = Instant::now();
    for _ in 0..3 {
        let (stop, stopped) = oneshot::channel::<()>();
        let stop = Mutex::new(Some(stop));
        let writer = log.clone();
        let consumer = consumer(&server).await.ack_wait(Duration::from_secs(60));
        let consumer = consumer.at_once(1).until(async move {
            let _ = stopped.await;
        });
        let handled = consumer.for_each(move |received| {
            writer.write(&received);
            if writer.count() % 8 == 0 {
                drop(stop.lock().unwrap().take());
            }
            async {
                tokio::time::sleep(Duration::from_millis(10)).await;
                Ok::<_, BoxError>(())
            }
        });
        handled.await.unwrap();
    }
    until("all are handled", async || log.count() >= 24).await;
    log.judge(24);
    assert!(started.elapsed() < Duration::from_secs(30));
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_stops_takes_nothing_more_and_keeps_what_is_in_hand() {
    let Some(server) = Server::started() else {
        return;
    };
    publish(&server, [message(0)]).await;
    let (log, (stop, stopped)) = (Log::default(), oneshot::channel::<()>());
    let (writer, stop) = (log.clone(), Mutex::new(Some(stop)));
    let first = consumer(&server).await.at_once(1);
    let stopping = first.until(async move {
        let _ = stopped.await;
    });
    let stopping = tokio::spawn(stopping.for_each(move |received| {
        writer.write(&received);
        drop(stop.lock().unwrap().take());
        async {
            tokio::time::sleep(Duration::from_secs(3)).await;
            Ok::<_, BoxError>(())
        }
    }));
    until("one is in hand", async || log.count() == 1).await;
    let started = Instant::now();
    // Others of other chats come all the time.
    let others = (1..200).filter(|number| number % 8 > 0);
    let count = others.clone().count();
    let pause = Duration::from_millis(40);
    let publishing = publish_every(pause, &server, others.map(message));
    // Another one that works meanwhile gets them, and not what is in hand.
    let writer = log.clone();
    let other = consumer(&server).await.for_each(move |received| {
        writer.write(&received);
        ready(Ok::<_, BoxError>(()))
    });
    let other = tokio::spawn(other);
    let stops = async {
        stopping.await.unwrap().unwrap();
        started.elapsed()
    };
    let (stopped, ()) = tokio::join!(stops, publishing);
    assert!(stopped < Duration::from_secs(5), "{stopped:?}");
    until("all are handled", async || log.count() > count).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    other.abort();
    // In what order two have them is not said.
    let log = log.0.lock().unwrap();
    let once: BTreeSet<_> = log.values().flatten().collect();
    let all = log.values().flatten().count();
    assert_eq!((once.len(), all), (count + 1, count + 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_lost_on_the_way_is_not_overtaken() {
    for outage in [Duration::ZERO, ACK_WAIT * 2] {
        lost_on_the_way(outage).await;
    }
}

async fn lost_on_the_way(outage: Duration) {
    let Some(server) = Server::started() else {
        return;
    };
    let proxy = Proxy::to(&server).await;
    publish(&server, [message(0)]).await;
    let log = Log::default();
    let writer = log.clone();
    let handling = consumer_at(&proxy.url()).await.for_each(move |received| {
        writer.write(&received);
        ready(Ok::<_, BoxError>(()))
    });
    let handling = tokio::spawn(handling);
    until("the first is handled", async || log.count() == 1).await;
    let stream = server.context().await;
    let stream = stream.get_stream("GREEN_API").await.unwrap();
    let pending = async || {
        let info = stream.consumer_info("tests").await;
        info.map_or(0, |info| info.num_ack_pending)
    };
    until("it is confirmed", async || pending().await == 0).await;
    proxy.silence();
    if outage > Duration::ZERO {
        proxy.close();
        tokio::time::sleep(outage).await;
    }
    publish(&server, [message(8)]).await;
    until("it was given out", async || pending().await == 1).await;
    if outage > Duration::ZERO {
        proxy.open();
    } else {
        proxy.cut();
    }
    publish(&server, [message(16)]).await;
    until("all are handled", async || log.count() == 3).await;
    handling.abort();
    log.judge(3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_came_before_an_error_is_not_overtaken() {
    let Some(server) = Server::started() else {
        return;
    };
    publish(&server, [message(0)]).await;
    let context = server.context().await;
    let mut pulls = context
        .client()
        .subscribe("$JS.API.CONSUMER.MSG.NEXT.GREEN_API.tests")
        .await
        .unwrap();
    let log = Log::default();
    let writer = log.clone();
    let handling = consumer(&server).await.for_each(move |received| {
        writer.write(&received);
        ready(Ok::<_, BoxError>(()))
    });
    let handling = tokio::spawn(handling);
    until("the first is handled", async || log.count() == 1).await;
    let inbox = pulls.next().await.unwrap().reply.unwrap();
    // What a server says that has just started.
    let status = "NATS/1.0 503\r\n\r\n";
    let length = status.len();
    let mut connection = TcpStream::connect(server.address()).await.unwrap();
    let said = format!(
        "CONNECT {{\"verbose\":false,\"headers\":true}}\r\nHPUB {inbox} {length} {length}\r\n{status}\r\nPING\r\n"
    );
    connection.write_all(said.as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_millis(300)).await;
    publish(&server, [message(8)]).await;
    pulls.next().await.unwrap();
    publish(&server, [message(16)]).await;
    until("all are handled", async || log.count() == 3).await;
    handling.abort();
    log.judge(3);
}

#[tokio::test]
async fn a_consumer_that_is_deleted_is_told() {
    let Some(server) = Server::started() else {
        return;
    };
    publish(&server, (0..3).map(message)).await;
    let log = Log::default();
    let writer = log.clone();
    let handling = tokio::spawn(consumer(&server).await.for_each(move |received| {
        writer.write(&received);
        ready(Ok::<_, BoxError>(()))
    }));
    until("they are handled", async || log.count() == 3).await;
    let context = server.context().await;
    let stream = context.get_stream("GREEN_API").await.unwrap();
    stream.delete_consumer("tests").await.unwrap();
    let ended = tokio::time::timeout(Duration::from_secs(60), handling).await;
    let error = ended.unwrap().unwrap().unwrap_err();
    assert!(matches!(error, ConsumerError::Deleted { name } if name == "tests"));
}
