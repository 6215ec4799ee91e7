//! HTTP/2 where the two sides agree on it by TLS, as they do with GREEN-API's own servers: many long polls over few connections.

use std::ops::RangeInclusive;
use std::time::Duration;

use futures_util::future::join_all;
use green_api::{ChatId, Client, Credentials, Instance};
use green_api_sandbox::Sandbox;
use green_api_tests::{TOKEN, tls};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// More than the sandbox allows on one connection, which is 200.
const POLLS: usize = 350;
const PATIENCE: Duration = Duration::from_secs(60);

/// Lets all instances poll at once, over a server that offers these protocols, until about so many connections are left; sends a message meanwhile.
async fn poll(protocols: &[&[u8]], connections: RangeInclusive<usize>) {
    let ids: Vec<u64> = (0..POLLS as u64).map(|id| 7_103_000_001 + id).collect();
    let builder = Sandbox::builder().rate_limits(false);
    let builder = ids
        .iter()
        .fold(builder, |builder, id| builder.instance(*id, TOKEN));
    let sandbox = builder.start().await.unwrap();
    let issuer = tls::issuer();
    let (url, mut open) = tls::front(&issuer, Duration::ZERO, protocols, &sandbox.url()).await;
    let opened = open.clone();
    let client = Client::builder().root_certificates(issuer.pem()).build();
    let client = client.unwrap();
    let instances: Vec<Instance> = ids
        .iter()
        .map(|id| client.instance(Credentials::new(&url, &id.to_string(), TOKEN).unwrap()))
        .collect();
    let mut polls = JoinSet::new();
    for instance in &instances {
        let poll = instance.receive_notification();
        polls.spawn(poll.receive_timeout(Duration::from_secs(60)).into_future());
    }
    let settled = async {
        sandbox.wait_for_calls("receiveNotification", POLLS).await;
        // Before the first handshake nobody knows that a connection can be shared.
        open.wait_for(|open| connections.contains(open))
            .await
            .unwrap();
        let chat = "447700900123@c.us".parse::<ChatId>().unwrap();
        instances[0]
            .send_message(chat, "It waits for no poll.")
            .await
            .unwrap();
    };
    let settled = timeout(PATIENCE, settled).await;
    assert!(settled.is_ok(), "{} connections are open", *opened.borrow());
    for (instance, id) in sandbox.instances().iter().zip(ids) {
        instance.notify(&serde_json::json!({
            "typeWebhook": "stateInstanceChanged",
            "instanceData": { "idInstance": id },
        }));
    }
    for polled in polls.join_all().await {
        assert!(polled.unwrap().is_some());
    }
    // All of them anew, over what is there already.
    let states = instances
        .iter()
        .map(|instance| instance.get_state_instance().into_future());
    assert!(join_all(states).await.iter().all(Result::is_ok));
    let settled = timeout(PATIENCE, open.wait_for(|open| connections.contains(open))).await;
    assert!(settled.is_ok(), "{} connections are open", *opened.borrow());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_polls_share_a_connection() {
    // Some handshakes end together.
    poll(&[b"h2", b"http/1.1"], 4..=12).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_has_its_own_where_the_server_knows_no_better() {
    poll(&[b"http/1.1"], POLLS..=POLLS + 1).await;
}
