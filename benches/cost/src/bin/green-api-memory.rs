//! What takes how many bytes: run by `cargo xtask bench`. `green-api-memory NAME COUNT ADDRESS` prints the bytes of one of so many.

#[path = "../waiting.rs"]
mod waiting;

use allocation_counter::measure;
use green_api::Client;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [what, count, address] = &arguments[..] else {
        return println!("run by `cargo xtask bench`");
    };
    let count = count.parse().expect("a number of times");
    let bytes = match what.as_str() {
        "instance/green-api" => instances(count),
        "waiting/green-api" => {
            let client = Client::new().expect("TLS can be set up");
            waiting::waiting(&client, address, count)
        }
        "waiting/reqwest" => {
            let client = reqwest::Client::builder().no_proxy().build();
            waiting::waiting_by_reqwest(&client.expect("TLS can be set up"), address, count)
        }
        other => panic!("there is no {other}"),
    };
    println!("{}", bytes / count);
}

/// Instances over one pool.
fn instances(count: u64) -> u64 {
    let client = Client::new().expect("TLS can be set up");
    let mut instances = Vec::new();
    let kept = measure(|| {
        let all = (0..count)
            .map(|number| waiting::instance(&client, "https://7103.api.greenapi.com", number));
        instances = all.collect();
    });
    kept.bytes_current.unsigned_abs()
}
