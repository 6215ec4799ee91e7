//! What takes how many bytes: run by `cargo xtask bench`. `green-api-memory NAME COUNT ADDRESS` prints the bytes of one of so many.

use std::future::IntoFuture as _;
use std::time::Duration;

use allocation_counter::measure;
use green_api::{Client, Credentials, Instance};
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

const TOKEN: &str = "d75b3a66374942c5b3c019c698abc2067e151558acbd412345";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, count, address] = &arguments[..] else {
        return println!("run by `cargo xtask bench`");
    };
    let count = count.parse().expect("a number of times");
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime can be made");
    let bytes = match what.as_str() {
        "instance/green-api" => instances(count),
        "waiting/green-api" => waiting(&runtime, address, count),
        "waiting/reqwest" => waiting_by_reqwest(&runtime, address, count),
        other => panic!("there is no {other}"),
    };
    println!("{}", bytes / count);
}

fn instance(client: &Client, address: &str, number: u64) -> Instance {
    let id = (7_103_000_001 + number).to_string();
    client.instance(Credentials::new(address, &id, TOKEN).expect("they are sound"))
}

/// Instances over one pool.
fn instances(count: u64) -> u64 {
    let client = Client::new().expect("TLS can be set up");
    let mut instances = Vec::new();
    let kept = measure(|| {
        let all =
            (0..count).map(|number| instance(&client, "https://7103.api.greenapi.com", number));
        instances = all.collect();
    });
    kept.bytes_current.unsigned_abs()
}

/// Calls that all wait for their answers, each on a connection of its own.
fn waiting(runtime: &Runtime, address: &str, count: u64) -> u64 {
    let client = Client::new().expect("TLS can be set up");
    let instances: Vec<Instance> = (0..count)
        .map(|number| instance(&client, address, number))
        .collect();
    at_once(
        runtime,
        instances.iter().map(|instance| {
            let request = instance.receive_notification();
            request
                .receive_timeout(Duration::from_secs(30))
                .into_future()
        }),
    )
}

fn waiting_by_reqwest(runtime: &Runtime, address: &str, count: u64) -> u64 {
    let client = reqwest::Client::builder().no_proxy().build();
    let client = client.expect("TLS can be set up");
    at_once(
        runtime,
        (0..count).map(|number| {
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
        }),
    )
}

/// How much larger the process was than before when these were under way: buffers that nothing was written to take no memory.
fn at_once<F>(runtime: &Runtime, calls: impl Iterator<Item = F>) -> u64
where
    F: Future<Output: Send> + Send + 'static,
{
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
