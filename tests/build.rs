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
    for (name, example) in [
        ("readme_send.rs", send_example()),
        ("guide_send_once.rs", settling_example()),
        ("readme_script.rs", script_example()),
    ] {
        fs::write(Path::new(&out).join(name), example).expect("it can be written");
    }
    let target = Path::new(&out).join("hand_written.rs");
    fs::write(target, list).expect("the list can be written");
}

/// The example of the README that sends, for `tests/never_twice.rs`.
fn send_example() -> String {
    example("../README.md", "instance.send_message")
}

/// The example of the guide that settles, for `tests/send_once.rs`.
fn settling_example() -> String {
    example(
        "../crates/green-api/src/guides/never_twice.md",
        "async fn send_once",
    )
}

/// The example of the crate's README that is not `async`, for `tests/script.rs`.
fn script_example() -> String {
    example("../crates/green-api/README.md", "\nfn main")
}

/// The first example in a file that has this function, as it stands there but with its functions public.
fn example(file: &str, function: &str) -> String {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    println!("cargo:rerun-if-changed={}", file.display());
    let text = fs::read_to_string(file).expect("the file can be read");
    let example = text
        .split("```")
        .find(|block| block.contains(function))
        .expect("the file has this example");
    let (_, code) = example.split_once('\n').expect("it has lines");
    code.replace("\nasync fn ", "\npub async fn ")
        .replace("\nfn ", "\npub fn ")
}
