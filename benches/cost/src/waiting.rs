//! Calls that all wait for their answers.

use std::future::IntoFuture as _;
use std::time::Duration;

use green_api::{Client, Credentials, Instance};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

const TOKEN: &str = "d75b3a66374942c5b3c019c698abc2067e151558acbd412345";

pub fn runtime() -> Runtime {
    let runtime = Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be made")
}

pub fn instance(client: &Client, address: &str, number: u64) -> Instance {
    let id = (7_103_000_001 + number).to_string();
    client.instance(Credentials::new(address, &id, TOKEN).expect("they are sound"))
}

pub fn waiting(client: &Client, address: &str, count: u64) -> u64 {
    let instances: Vec<Instance> = (0..count)
        .map(|number| instance(client, address, number))
        .collect();
    at_once(instances.iter().map(|instance| {
        let request = instance.receive_notification();
        request
            .receive_timeout(Duration::from_secs(30))
            .into_future()
    }))
}

pub fn waiting_by_reqwest(client: &reqwest::Client, address: &str, count: u64) -> u64 {
    at_once((0..count).map(|number| {
        let id = 7_103_000_001 + number;
        let request = client
            .get(format!(
                "{address}/waInstance{id}/receiveNotification/{TOKEN}?receiveTimeout=30"
            ))
            .timeout(Duration::from_secs(35));
        async move {
            let response = request.send().await.expect("it answers");
            response.json::<Value>().await.expect("it is JSON")
        }
    }))
}

/// How much larger the process was than before when these were under way: buffers that nothing was written to take no memory.
fn at_once<F>(calls: impl Iterator<Item = F>) -> u64
where
    F: Future<Output: Send> + Send + 'static,
{
    let runtime = runtime();
    let before = kilobytes("VmRSS:");
    runtime.block_on(async {
        let mut running = JoinSet::new();
        for call in calls {
            running.spawn(async move { drop(call.await) });
        }
        while running.join_next().await.is_some() {}
    });
    (kilobytes("VmHWM:") - before) * 1024
}

/// What Linux knows of this process.
fn kilobytes(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("it is Linux");
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let number = line.and_then(|line| line.split_whitespace().next());
    number
        .and_then(|number| number.parse().ok())
        .expect("it is there")
}
