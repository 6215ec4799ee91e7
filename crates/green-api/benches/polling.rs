//! Notifications a second through the polling loop, from the sandbox on loopback: `cargo bench -p green-api --bench polling`.
//!
//! Each takes two requests, one to receive it and one to delete it, and the server's side is in the same process.

use std::time::{Duration, Instant};

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use futures_util::StreamExt;
use green_api::{Credentials, Instance, Pace};
use green_api_sandbox::Sandbox;
use serde_json::json;

const TOKEN: &str = "0123456789abcdef0123456789abcdef0123456789abcdef01";
/// In the queue at once.
const BATCH: u64 = 200;

fn polling(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let (sandbox, instance) = runtime.block_on(async {
        let sandbox = Sandbox::builder()
            .instance(7_103_000_001, TOKEN)
            .rate_limits(false)
            .start()
            .await
            .unwrap();
        let instance =
            Instance::new(Credentials::new(&sandbox.url(), "7103000001", TOKEN).unwrap())
                .unwrap()
                .with_pace(Pace::off());
        (sandbox, instance)
    });
    let body = json!({
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": 7_103_000_001_u64, "wid": "447700900123@c.us", "typeInstance": "whatsapp"},
        "timestamp": 1_767_225_600,
        "idMessage": "3EB0C767D097B7C7C030",
        "senderData": {"chatId": "447700900145@c.us", "sender": "447700900145@c.us", "senderName": "Ann"},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": "Hello"}},
    });
    let mut group = criterion.benchmark_group("polling");
    group.throughput(Throughput::Elements(BATCH));
    group.bench_function("notifications", |bencher| {
        bencher.iter_custom(|times| {
            let mut spent = Duration::ZERO;
            for _ in 0..times {
                for _ in 0..BATCH {
                    sandbox.instance().notify(&body);
                }
                spent += runtime.block_on(async {
                    let start = Instant::now();
                    let mut notifications = instance.notifications();
                    for _ in 0..BATCH {
                        let (_, receipt) = notifications.next().await.unwrap().unwrap();
                        receipt.ack().await.unwrap();
                    }
                    start.elapsed()
                });
            }
            spent
        });
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(10).warm_up_time(Duration::from_secs(1)).measurement_time(Duration::from_secs(5));
    targets = polling
}
criterion_main!(benches);
