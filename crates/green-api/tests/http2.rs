//! HTTP/2: many long polls over few connections.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use green_api::{Client, Credentials, Instance};
use green_api_sandbox::Sandbox;
use serde_json::json;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};

const POLLS: usize = 50;
const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef01";

/// Passes connections on, and counts them.
async fn counting(sandbox: &Sandbox) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::<AtomicUsize>::default();
    let (count, to) = (Arc::clone(&connections), sandbox.url());
    tokio::spawn(async move {
        while let Ok((mut from, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::Relaxed);
            let address = to.trim_start_matches("http://").to_owned();
            tokio::spawn(async move {
                let mut to = TcpStream::connect(address).await.unwrap();
                let _ = copy_bidirectional(&mut from, &mut to).await;
            });
        }
    });
    (url, connections)
}

/// Polls for all instances at once, and returns how many connections that took.
async fn poll(client: Client) -> usize {
    let ids = (0..POLLS as i64).map(|number| 7_103_000_001 + number);
    let builder = Sandbox::builder().rate_limits(false);
    let builder = ids
        .clone()
        .fold(builder, |builder, id| builder.instance(id as u64, TOKEN));
    let sandbox = builder.start().await.unwrap();
    let (url, connections) = counting(&sandbox).await;
    let instances: Vec<Instance> = ids
        .map(|id| client.instance(Credentials::new(&url, &id.to_string(), TOKEN).unwrap()))
        .collect();
    let polls: Vec<_> = instances
        .iter()
        .map(|instance| tokio::spawn(instance.receive_notification().into_future()))
        .collect();
    sandbox.wait_for_calls("receiveNotification", POLLS).await;
    for instance in sandbox.instances() {
        let id = instance.id_instance().get();
        instance.notify(
            &json!({"typeWebhook": "stateInstanceChanged", "instanceData": {"idInstance": id}}),
        );
    }
    for (poll, instance) in polls.into_iter().zip(&instances) {
        let notification = poll.await.unwrap().unwrap().expect("there is one");
        assert_eq!(notification.body.instance_id(), Some(instance.id()));
    }
    connections.load(Ordering::Relaxed)
}

#[tokio::test]
async fn fifty_long_polls_share_one_connection() {
    let client = Client::builder().http2_prior_knowledge().build().unwrap();
    assert_eq!(poll(client).await, 1);
}

#[tokio::test]
async fn without_http2_each_has_its_own() {
    assert_eq!(poll(Client::new().unwrap()).await, POLLS);
}
