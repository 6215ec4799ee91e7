//! A small spec that uses every feature of the dialect, and what becomes of it.
//!
//! After a change of the generator: `BLESS=1 cargo test -p xtask --test golden`, and look at the difference. `compiled.rs` compiles it.

use std::path::Path;

use serde_json::json;
use xtask::Layout;

const LAYOUT: Layout = Layout {
    types_crate: "golden_client",
    client_crate: "golden_client",
    types: "golden/types",
    client: "golden/client",
    sdk: "golden/sdk",
    examples: "golden/examples.json",
    bundle: "golden/openapi.json",
    embedded: Some("golden/embedded.json"),
    postman: "golden/postman.json",
    methods: "golden/methods.md",
    tools: "golden/tools.json",
};

fn tests() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests"))
}

#[test]
fn every_feature_becomes_what_it_became_before() {
    let generated =
        xtask::run(&tests().join("spec"), &LAYOUT).unwrap_or_else(|problems| panic!("{problems}"));
    let mut stale = Vec::new();
    for output in &generated.outputs {
        if let Some(diff) = output.diff(tests()).unwrap() {
            stale.push(diff);
            if std::env::var_os("BLESS").is_some() {
                output.write(tests()).unwrap();
            }
        }
    }
    assert!(
        stale.is_empty(),
        "{}\nIf this is as meant: BLESS=1 cargo test -p xtask --test golden",
        stale.concat()
    );
}

#[test]
fn one_line_that_differs_is_not_shown_whole() {
    let mut outputs = xtask::run(&tests().join("spec"), &LAYOUT).unwrap().outputs;
    let embedded = outputs
        .iter_mut()
        .find(|output| output.path == "golden/embedded.json")
        .unwrap();
    assert_eq!(embedded.text.lines().count(), 1);
    embedded.text = embedded
        .text
        .replacen("\"openapi\":\"3.0.3\"", "\"openapi\":\"3.1.0\"", 1);
    let diff = embedded.diff(tests()).unwrap().unwrap();
    assert!(diff.len() < 400, "{diff}");
    assert!(
        diff.contains("\n-{\"openapi\":\"3.0.3\"") && diff.contains("\n+{\"openapi\":\"3.1.0\""),
        "{diff}"
    );
}

#[test]
fn same_input_same_bytes() {
    let run = || xtask::run(&tests().join("spec"), &LAYOUT).unwrap().outputs;
    assert_eq!(run(), run());
}

#[test]
fn the_ledger_counts_every_operation() {
    let generated = xtask::run(&tests().join("spec"), &LAYOUT).unwrap();
    assert_eq!(
        generated.summary,
        "8 operations: 7 by progenitor, 1 by xtask, 0 by hand"
    );
    assert_eq!(generated.details.lines().count(), 8);
    let form = "postForm                    files       by xtask: progenitor has no multipart\n";
    assert!(generated.details.contains(form), "{}", generated.details);
}

#[test]
fn the_bundle_is_plain_openapi() {
    let bundle: serde_json::Value =
        serde_json::from_str(include_str!("golden/openapi.json")).unwrap();
    let embedded: serde_json::Value =
        serde_json::from_str(include_str!("golden/embedded.json")).unwrap();
    assert_eq!(embedded, bundle);
    assert!(bundle.get("x-families").is_none());
    let make = &bundle["paths"]["/waInstance{idInstance}/makeThing/{apiTokenInstance}"];
    assert_eq!(
        make["parameters"][0]["$ref"],
        "#/components/parameters/IdInstance"
    );
    assert_eq!(make["post"]["tags"], json!(["things"]));
    assert_eq!(
        make["post"]["responses"]["401"]["$ref"],
        "#/components/responses/Unauthorized"
    );
    let form = &bundle["paths"]["/waInstance{idInstance}/postForm/{apiTokenInstance}"]["post"];
    // Generators leave variables of an operation's own server as they are.
    assert_eq!(form["servers"][0]["url"], "https://media.example.com");
    let list = &bundle["paths"]["/waInstance{idInstance}/listThings/{apiTokenInstance}"]["get"];
    assert_eq!(
        list["responses"]["200"]["content"]["application/json"]["schema"]["oneOf"][1]["type"],
        "object"
    );
    let schemas = &bundle["components"]["schemas"];
    assert_eq!(
        schemas["YesNo"]["x-enum-descriptions"],
        json!(["On.", "Off."])
    );
    // A union, its tags, and what is received beside them.
    assert_eq!(schemas["Thing"]["discriminator"], json!(null));
    assert_eq!(
        schemas["Thing"]["x-discriminator"]["mapping"]["Square"],
        "#/components/schemas/Square"
    );
    assert_eq!(
        schemas["Square"]["properties"]["kind"]["enum"],
        json!(["square", "Square"])
    );
    assert_eq!(
        schemas["Thing"]["anyOf"][2]["$ref"],
        "#/components/schemas/OtherThing"
    );
    assert_eq!(schemas["OtherThing"]["required"], json!(["kind"]));
}

#[test]
fn the_postman_collection_has_every_operation_and_takes_credentials_from_variables() {
    let collection: serde_json::Value =
        serde_json::from_str(include_str!("golden/postman.json")).unwrap();
    let variables: Vec<&str> = collection["variable"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|variable| variable["key"].as_str())
        .collect();
    assert_eq!(
        variables,
        ["mediaUrl", "idInstance", "apiTokenInstance", "partnerToken"]
    );
    let folders = collection["item"].as_array().unwrap();
    let requests: Vec<_> = folders
        .iter()
        .flat_map(|folder| folder["item"].as_array().unwrap())
        .collect();
    assert_eq!(requests.len(), 8);
    let form = requests
        .iter()
        .find(|request| request["name"] == "postForm")
        .unwrap();
    assert_eq!(
        form["request"]["url"]["raw"],
        "{{mediaUrl}}/waInstance{{idInstance}}/postForm/{{apiTokenInstance}}"
    );
    let parts = &form["request"]["body"]["formdata"];
    assert_eq!(
        [&parts[0]["type"], &parts[1]["type"]],
        [&json!("text"), &json!("file")]
    );
    assert_eq!(form["response"][0]["body"], "{\n  \"name\": \"abc\"\n}");
}
