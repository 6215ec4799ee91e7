//! HTTP/2: many long polls over few connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use green_api::{
    ChatId, Client, ClientBuilder, Credentials, Delivery, ErrorKind, Instance, RetryPolicy,
};
use green_api_sandbox::Sandbox;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef01";

/// Passes connections on, but for the first ones if they are to be dead, and counts them.
async fn counting(sandbox: &Sandbox, dead: usize) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::<AtomicUsize>::default();
    let (count, to) = (Arc::clone(&connections), sandbox.url());
    tokio::spawn(async move {
        while let Ok((mut from, _)) = listener.accept().await {
            let number = count.fetch_add(1, Ordering::Relaxed);
            let address = to.trim_start_matches("http://").to_owned();
            tokio::spawn(async move {
                if number < dead {
                    let _ = tokio::io::copy(&mut from, &mut tokio::io::sink()).await;
                    return;
                }
                let mut to = TcpStream::connect(address).await.unwrap();
                let _ = copy_bidirectional(&mut from, &mut to).await;
            });
        }
    });
    (url, connections)
}

/// Polls for so many instances at once and sends a message meanwhile, and returns how many connections that took.
async fn poll(client: Client, polls: usize) -> usize {
    let ids = (0..polls as i64).map(|number| 7_103_000_001 + number);
    let builder = Sandbox::builder().rate_limits(false);
    let builder = ids
        .clone()
        .fold(builder, |builder, id| builder.instance(id as u64, TOKEN));
    let sandbox = builder.start().await.unwrap();
    let (url, connections) = counting(&sandbox, 0).await;
    let instances: Vec<Instance> = ids
        .map(|id| client.instance(Credentials::new(&url, &id.to_string(), TOKEN).unwrap()))
        .collect();
    let waiting: Vec<_> = instances
        .iter()
        .map(|instance| tokio::spawn(instance.receive_notification().into_future()))
        .collect();
    sandbox.wait_for_calls("receiveNotification", polls).await;
    let chat = "447700900123@c.us".parse::<ChatId>().unwrap();
    let sent = instances[0]
        .send_message(chat, "It waits for no poll.")
        .await;
    sent.unwrap();
    for instance in sandbox.instances() {
        let id = instance.id_instance().get();
        instance.notify(
            &json!({"typeWebhook": "stateInstanceChanged", "instanceData": {"idInstance": id}}),
        );
    }
    for (poll, instance) in waiting.into_iter().zip(&instances) {
        let notification = poll.await.unwrap().unwrap().expect("there is one");
        assert_eq!(notification.body.instance_id(), Some(instance.id()));
    }
    connections.load(Ordering::Relaxed)
}

fn by_http2() -> ClientBuilder {
    Client::builder().http2_prior_knowledge()
}

#[tokio::test]
async fn fifty_long_polls_share_one_connection() {
    assert_eq!(poll(by_http2().build().unwrap(), 50).await, 1);
}

/// A server allows only so many at once on one connection: the sandbox 200, others 128 or 100. What is beyond would wait for half a minute.
#[tokio::test]
async fn no_call_waits_for_the_end_of_a_poll() {
    assert_eq!(poll(by_http2().build().unwrap(), 500).await, 6);
}

#[tokio::test]
async fn a_connection_is_shared_by_as_many_as_the_program_says() {
    assert_eq!(
        poll(by_http2().http2_streams(20).build().unwrap(), 50).await,
        3
    );
    assert_eq!(
        poll(by_http2().http2_streams(0).build().unwrap(), 3).await,
        4
    );
}

/// A server that has stopped, or a network that lets nothing through: the connection stays open, and no call would ever come back from it.
#[tokio::test]
async fn a_dead_connection_is_given_up() {
    let sandbox = Sandbox::builder().instance(7_103_000_001, TOKEN);
    let sandbox = sandbox.start().await.unwrap();
    let (url, connections) = counting(&sandbox, 1).await;
    let credentials = Credentials::new(&url, "7103000001", TOKEN).unwrap();
    let client = by_http2().retry(RetryPolicy::never()).build().unwrap();
    let instance = client.instance(credentials);
    tokio::time::pause();
    let begun = Instant::now();
    let lost = instance.get_settings().await.unwrap_err();
    assert_eq!(lost.delivery(), Delivery::MaybeSent);
    assert_eq!(begun.elapsed().as_secs(), 25);
    tokio::time::resume();
    instance.get_settings().await.unwrap();
    assert_eq!(connections.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn without_http2_each_has_its_own() {
    assert_eq!(poll(Client::new().unwrap(), 50).await, 51);
}

/// Answers the first request of each connection with these frames, closes it then, and says how many requests came.
async fn answering(frames: &'static [u8]) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let requests = Arc::<AtomicUsize>::default();
    let count = Arc::clone(&requests);
    tokio::spawn(async move {
        const HEADERS: u8 = 1;
        const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut preface = [0; 24];
            stream.read_exact(&mut preface).await.unwrap();
            stream.write_all(&SETTINGS).await.unwrap();
            loop {
                let mut head = [0; 9];
                stream.read_exact(&mut head).await.unwrap();
                let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
                let mut payload = vec![0; length as usize];
                stream.read_exact(&mut payload).await.unwrap();
                if head[3] == HEADERS {
                    break;
                }
            }
            count.fetch_add(1, Ordering::Relaxed);
            stream.write_all(frames).await.unwrap();
            stream.shutdown().await.unwrap();
            let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
        }
    });
    (url, requests)
}

/// A server closes a connection after so many requests, and says which it took. What it did not take is repeated like what found no connection.
#[tokio::test]
async fn what_the_server_did_not_take_is_not_sent() {
    const GO_AWAY: &[u8] = &[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    const GO_AWAY_AFTER_IT: &[u8] = &[0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0];
    const REFUSED_STREAM: &[u8] = &[0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 7];
    const INTERNAL_ERROR: &[u8] = &[0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 2];
    let twice = RetryPolicy::default()
        .attempts(2)
        .backoff(Duration::ZERO, Duration::ZERO);
    let not_sent = (ErrorKind::Connect, Delivery::NotSent, 2);
    let lost = (ErrorKind::ConnectionLost, Delivery::MaybeSent, 1);
    for (frames, told) in [
        (GO_AWAY, not_sent),
        (REFUSED_STREAM, not_sent),
        (GO_AWAY_AFTER_IT, lost),
        (INTERNAL_ERROR, lost),
    ] {
        let (url, requests) = answering(frames).await;
        let client = by_http2().retry(twice.clone()).build().unwrap();
        let instance = client.instance(Credentials::new(&url, "7103000001", TOKEN).unwrap());
        let chat = "447700900123@c.us".parse::<ChatId>().unwrap();
        let error = instance.send_message(chat, "Hello").await.unwrap_err();
        let requests = requests.load(Ordering::Relaxed);
        assert_eq!(
            (error.kind(), error.delivery(), requests),
            told,
            "{frames:?}"
        );
    }
}
