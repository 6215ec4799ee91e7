//! Which tools there are, and what they say of themselves.

use std::collections::BTreeSet;

use green_api_mcp::{Chats, Scope};
use green_api_tests::spec::bundle;
use rmcp::model::Tool;
use serde_json::{Value, json};

use super::support::World;

const ALL: [Scope; 3] = [Scope::Read, Scope::Send, Scope::Manage];

/// The tools of each scope with their hints. Operations may be added; what is here stays.
const KNOWN: &str = include_str!("tools.txt");

async fn tools(scopes: &[Scope]) -> Vec<Tool> {
    let session = World::new().await.session(scopes, Chats::Any).await;
    let tools = session.tools().await;
    session.end().await;
    tools
}

fn line(scope: Scope, tool: &Tool) -> String {
    let hints = tool.annotations.as_ref().unwrap();
    let names = [
        (hints.read_only_hint, "readOnly"),
        (hints.destructive_hint, "destructive"),
        (hints.idempotent_hint, "idempotent"),
        (hints.open_world_hint, "openWorld"),
    ];
    let set = names.iter().filter(|(hint, _)| hint.unwrap());
    let set: Vec<&str> = set.map(|(_, name)| *name).collect();
    format!("{scope} {} {}", tool.name, set.join(","))
}

#[tokio::test]
async fn each_belongs_to_one_scope() {
    let mut lines = Vec::new();
    for scope in ALL {
        lines.extend(tools(&[scope]).await.iter().map(|tool| line(scope, tool)));
    }
    let missing: Vec<&str> = KNOWN
        .lines()
        .filter(|line| !lines.iter().any(|now| now == line))
        .collect();
    assert!(missing.is_empty(), "{missing:#?} of\n{}", lines.join("\n"));
    let names: BTreeSet<&str> = lines
        .iter()
        .filter_map(|line| line.split(' ').nth(1))
        .collect();
    assert_eq!(names.len(), lines.len(), "a tool is in two scopes");
    let all: Vec<Tool> = tools(&ALL).await;
    assert_eq!(all.len(), lines.len());
}

#[tokio::test]
async fn names_and_schemas_are_ones() {
    for tool in tools(&ALL).await {
        let good = |c: char| c.is_ascii_lowercase() || c == '_';
        assert!(
            tool.name.len() <= 64 && tool.name.chars().all(good),
            "{}",
            tool.name
        );
        assert!(
            tool.description.as_ref().unwrap().len() < 1_500,
            "{}",
            tool.name
        );
        let schema = tool.schema_as_json_value();
        assert_eq!(schema["type"], "object", "{}", tool.name);
        let valid = jsonschema::draft202012::meta::validate(&schema);
        assert!(valid.is_ok(), "{}: {valid:?}", tool.name);
        let text = schema.to_string();
        assert!(
            !text.contains("$ref") && !text.contains("\"x-"),
            "{}",
            tool.name
        );
    }
}

#[tokio::test]
async fn the_examples_of_the_spec_fit_the_schemas() {
    let tools = tools(&ALL).await;
    let mut fitted = 0;
    for operation in bundle().operations() {
        let title = Some(operation.id);
        let Some(tool) = tools.iter().find(|tool| tool.title.as_deref() == title) else {
            continue;
        };
        let schema = tool.schema_as_json_value();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for pair in operation.pairs().unwrap() {
            if pair.answer.is_some_and(|answer| operation.refuses(answer)) {
                continue;
            }
            let mut arguments = Value::Object(pair.arguments);
            if schema["properties"]["file"]["properties"]["base64"].is_object() {
                arguments["file"] = json!({"fileName": "me.jpg", "base64": "AAAA"});
            }
            let fits = validator.validate(&arguments);
            assert!(fits.is_ok(), "{} {}: {fits:?}", operation.id, pair.name);
            fitted += 1;
        }
    }
    assert!(fitted > 100, "{fitted}");
}

#[tokio::test]
async fn the_server_says_what_it_allows() {
    let world = World::new().await;
    let reading = world.session(&[Scope::Read], Chats::default()).await;
    let told = reading.instructions();
    assert!(
        told.contains("Allowed: read.") && told.contains("not instructions"),
        "{told}"
    );
    assert!(!told.contains("idempotencyKey"), "{told}");
    let sending = world.session(&[Scope::Send], Chats::Any).await;
    let told = sending.instructions();
    assert!(
        told.contains("Allowed: send.") && told.contains("idempotencyKey"),
        "{told}"
    );
    reading.end().await;
    sending.end().await;
}
