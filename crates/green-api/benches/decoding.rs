//! Decoding every kind of notification, against `serde_json::Value`: `cargo bench -p green-api --bench decoding`.

#[path = "../tests/corpus/mod.rs"]
mod corpus;

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use green_api::Drift;
use green_api::types::Notification;
use serde_json::Value;

fn decoding(criterion: &mut Criterion) {
    for (kind, text) in corpus::kinds() {
        let mut group = criterion.benchmark_group(kind);
        group.throughput(Throughput::Bytes(text.len() as u64));
        group.bench_function("typed", |bencher| {
            bencher.iter(|| serde_json::from_str::<Notification>(black_box(&text)).unwrap())
        });
        group.bench_function("value", |bencher| {
            bencher.iter(|| serde_json::from_str::<Value>(black_box(&text)).unwrap())
        });
        group.finish();
    }
    let text = &corpus::kinds()["quotedMessage"];
    let notification: Notification = serde_json::from_str(text).unwrap();
    let mut group = criterion.benchmark_group("quotedMessage");
    group.bench_function("deduplication_key", |bencher| {
        bencher.iter(|| black_box(&notification).deduplication_key())
    });
    group.bench_function("drift", |bencher| {
        bencher.iter(|| Drift::of::<Notification>(black_box(text)))
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(20).warm_up_time(Duration::from_millis(200)).measurement_time(Duration::from_millis(600));
    targets = decoding
}
criterion_main!(benches);
