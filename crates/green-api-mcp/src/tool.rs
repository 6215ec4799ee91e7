//! The tools, made of the table of operations.

use std::sync::Arc;

use green_api::operation::{Effect, Operation};
use green_api::{operations, operations::EDIT_MESSAGE};
use rmcp::model::{JsonObject, Tool, ToolAnnotations};
use serde_json::{Map, Value, json};

use crate::scope::Scope;

/// What the spec says of each operation, and the schema of its input: generated.
const DESCRIBED: &str = include_str!("tools.json");

/// The argument of sending tools that the operation does not have.
pub(crate) const KEY: &str = "idempotencyKey";
/// The tool that tells what became of a message.
pub(crate) const STATUS: &str = "outbox_status";

/// Returns the tools of the operations that these scopes allow.
pub(crate) fn tools(scopes: &[Scope]) -> Result<Vec<Tool>, serde_json::Error> {
    let mut described: Map<String, Value> = serde_json::from_str(DESCRIBED)?;
    let mut tools = Vec::new();
    for operation in operations::ALL {
        let described = described.remove(operation.id).unwrap_or_default();
        if Scope::of(operation).is_ok_and(|scope| scopes.contains(&scope)) {
            tools.push(tool(operation, described));
        }
    }
    if scopes.contains(&Scope::Send) {
        tools.push(status());
    }
    Ok(tools)
}

fn tool(operation: &Operation, mut described: Value) -> Tool {
    let mut schema = match described["inputSchema"].take() {
        Value::Object(schema) => schema,
        _ => JsonObject::new(),
    };
    if operation.sends()
        && let Some(properties) = schema.get_mut("properties")
    {
        properties[KEY] = json!({
            "type": "string",
            "minLength": 1,
            "maxLength": 512,
            "description": "What stands for this message, such as `order-4711-shipped`. The same key again sends nothing more, so repeat a call with \
                its key. Without one, every call is a message of its own.",
        });
    }
    let described = described["description"].as_str().unwrap_or_default();
    let beta = if operation.beta { " (beta)" } else { "" };
    let reads = operation.reads();
    let hints = ToolAnnotations::new()
        .read_only(reads)
        // What sends only adds; an edit replaces.
        .destructive(!reads && (!operation.sends() || operation.id == EDIT_MESSAGE.id))
        .idempotent(operation.effect == Effect::Reads)
        .open_world(true);
    Tool::new(
        operation.name,
        format!("{}{beta}\n\n{described}", operation.summary),
        Arc::new(schema),
    )
    .with_title(operation.id)
    .with_annotations(hints)
}

fn status() -> Tool {
    let schema = json!({
        "type": "object",
        "required": [KEY],
        "properties": {
            KEY: { "type": "string", "minLength": 1, "maxLength": 512, "description": "The key of the message." },
        },
        "additionalProperties": false,
    });
    let schema = schema.as_object().cloned().unwrap_or_default();
    Tool::new(
        STATUS,
        "Reads what became of a message that was sent by this or another program through the same outbox.",
        Arc::new(schema),
    )
    .with_annotations(
        ToolAnnotations::new()
            .read_only(true)
            .destructive(false)
            .idempotent(true)
            .open_world(false),
    )
}
