//! Lists the types that are written by hand, or made by hand-written macros, so that `tests/schemas.rs` cannot forget one.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use serde_json::Value;

fn main() {
    let bundle = Path::new(env!("CARGO_MANIFEST_DIR")).join("../spec/openapi.json");
    println!("cargo:rerun-if-changed={}", bundle.display());
    let document: Value =
        serde_json::from_str(&fs::read_to_string(bundle).expect("the bundle can be read"))
            .expect("the bundle is JSON");
    let mut list = String::from("[\n");
    for (name, schema) in document["components"]["schemas"]
        .as_object()
        .expect("the bundle has schemas")
    {
        let model = &schema["x-type"]["model"];
        let module = if model.is_null() { "types" } else { "models" };
        if [model, &schema["enum"], &schema["x-discriminator"]]
            .iter()
            .any(|key| !key.is_null())
        {
            writeln!(
                list,
                "(\"{name}\", ::schemars::schema_for!(::green_api_types::{module}::{name})),"
            )
            .expect("a text can be written");
        }
    }
    list.push(']');
    let out = env::var_os("OUT_DIR").expect("cargo says where");
    let example = send_example();
    fs::write(Path::new(&out).join("readme_send.rs"), example).expect("it can be written");
    let target = Path::new(&out).join("hand_written.rs");
    fs::write(target, list).expect("the list can be written");
}

/// The example of the README that sends, as it stands there, for `tests/never_twice.rs`.
fn send_example() -> String {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../README.md");
    println!("cargo:rerun-if-changed={}", readme.display());
    let text = fs::read_to_string(readme).expect("the README can be read");
    let example = text
        .split("```")
        .find(|block| block.starts_with("rust") && block.contains("send_message"))
        .expect("the README has an example that sends");
    let (_, code) = example.split_once('\n').expect("it has lines");
    code.replace("async fn main", "pub async fn main")
}
