//! What decoding costs in allocations, which unlike time is the same on every machine and every day.

mod corpus;

use allocation_counter::{AllocationInfo, measure};
use green_api::types::Notification;
use serde::de::DeserializeOwned;
use serde_json::Value;

fn of<T: DeserializeOwned>(text: &str) -> AllocationInfo {
    measure(|| {
        drop(std::hint::black_box(
            serde_json::from_str::<T>(text).unwrap(),
        ))
    })
}

#[test]
fn types_cost_about_half_of_what_values_do() {
    let kinds = corpus::kinds();
    assert!(kinds.len() > 35, "{:?}", kinds.keys());
    let mut table = String::from(
        "| kind | bytes | typed: allocations, bytes | `Value`: allocations, bytes |\n|---|---|---|---|\n",
    );
    let mut dear = Vec::new();
    let mut sums = [0; 2];
    for (kind, text) in &kinds {
        let (typed, value) = (of::<Notification>(text), of::<Value>(text));
        table += &format!(
            "| {kind} | {} | {}, {} | {}, {} |\n",
            text.len(),
            typed.count_total,
            typed.bytes_total,
            value.count_total,
            value.bytes_total
        );
        // They keep the fields that are not described, as values.
        let keeps_all = kind.ends_with("MessageStatus");
        // What is not known is read a second time, with care.
        let limit = if kind.starts_with("some") { 10 } else { 6 };
        if typed.count_total * 10 > value.count_total * limit && !keeps_all {
            dear.push(format!(
                "{kind}: {} allocations, {} as a value",
                typed.count_total, value.count_total
            ));
        }
        sums[0] += typed.count_total;
        sums[1] += value.count_total;
    }
    println!("{table}\n{sums:?}");
    assert!(dear.is_empty(), "{}", dear.join("\n"));
    // All kinds together.
    assert!(
        sums[0] * 2 <= sums[1],
        "{} allocations, {} as values",
        sums[0],
        sums[1]
    );
}
