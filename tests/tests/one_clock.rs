//! The client and the sandbox by one clock, Tokio's, and credentials that go from one to the other.

use std::time::{Duration, Instant as Wall};

use green_api::types::StateInstance;
use green_api::{Client, Credentials};
use green_api_sandbox::{Clock, Sandbox};
use tokio::time::Instant;

const PHONE: &str = "447700900123";

#[tokio::test(start_paused = true)]
async fn linking_takes_minutes_that_nobody_waits_for() {
    let (real, began) = (Wall::now(), Instant::now());
    let sandbox = Sandbox::builder()
        .clock(Clock::tokio())
        .link_time(Duration::from_secs(20))
        .start()
        .await
        .unwrap();
    let start = sandbox.clock().now();
    let typed_after = Duration::from_secs(100);
    sandbox.phone(PHONE).type_code_when_issued(typed_after);

    let credentials = sandbox.credentials(0).pass_to(Credentials::new).unwrap();
    assert_eq!(credentials.id(), sandbox.instance().id_instance());
    let instance = Client::new().unwrap().instance(credentials);
    let linked = instance.link(PHONE.parse().unwrap()).await.unwrap();
    assert_eq!(*linked.state(), StateInstance::Authorized);

    let (by_client, by_sandbox) = (began.elapsed(), sandbox.clock().now().duration_since(start));
    let difference = by_client.abs_diff(by_sandbox.unwrap());
    assert!(by_client >= typed_after, "{by_client:?}");
    assert!(difference < Duration::from_secs(1), "{difference:?}");
    assert!(real.elapsed() < Duration::from_secs(60));
}
