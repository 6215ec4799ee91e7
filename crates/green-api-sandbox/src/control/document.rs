//! The OpenAPI document of the control, and the list of its endpoints, which is made from it.

use std::sync::Arc;

use axum::Extension;
use axum::response::Json;
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;
use utoipa::{OpenApi as _, ToSchema};

use super::problem::Problem;

/// What is said once for all; paths and schemas come from the handlers.
#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "The control of a GREEN-API sandbox",
        description = "What tests and people do with a sandbox, beside the API that it imitates. Requests that change something \
                       need `Content-Type: application/json`. Failures are answered with a `Problem`.",
        license(name = "MIT", identifier = "MIT"),
    ),
    components(schemas(Problem))
)]
struct Frame;

/// Returns a document without paths.
pub(super) fn frame() -> OpenApi {
    Frame::openapi()
}

const BAD_REQUEST: &str =
    "The request does not have the form described here, or asks for something that cannot be.";
const FORBIDDEN: &str = "The request comes from a web page of another origin, or names a host that is not this sandbox.";

/// The whole document, as it is served.
#[derive(Serialize)]
pub(super) struct Document(Value);

impl Document {
    /// Completes what the handlers say by what follows from paths and bodies: tags, and the answers that many share.
    pub(super) fn new(openapi: &OpenApi) -> Self {
        let mut document = json!(openapi);
        for (path, _, operation) in operations_mut(&mut document) {
            let group = path.split('/').nth(2).unwrap_or_default();
            let is_list = group.is_empty() || group.contains('.');
            operation["tags"] = json!([if is_list { "document" } else { group }]);
            let has_body = operation.get("requestBody").is_some();
            let has_input = has_body || operation.get("parameters").is_some();
            let names_instance = path.contains("{idInstance}");
            let answers = &mut operation["responses"];
            for (applies, status, description) in [
                (has_input, "400", BAD_REQUEST),
                (true, "403", FORBIDDEN),
                (names_instance, "404", "There is no such instance."),
                (has_body, "415", "The body is not JSON."),
            ] {
                if applies && answers.get(status).is_none() {
                    let schema = json!({ "$ref": "#/components/schemas/Problem" });
                    let content = json!({ "application/json": { "schema": schema } });
                    answers[status] = json!({ "description": description, "content": content });
                }
            }
            for (status, description) in [
                ("200", "What was asked for."),
                ("201", "It has been added."),
                ("204", "It has been done."),
            ] {
                if let Some(answer) = answers.get_mut(status) {
                    answer["description"] = json!(description);
                }
            }
        }
        Self(document)
    }

    /// Returns every endpoint.
    pub(super) fn endpoints(&self) -> Vec<Endpoint> {
        let paths = self.0["paths"].as_object().into_iter().flatten();
        let operations = paths.flat_map(|(path, item)| {
            let operations = item.as_object().into_iter().flatten();
            operations.map(move |(method, operation)| (path, method, operation))
        });
        let endpoints = operations.map(|(path, method, operation)| Endpoint {
            method: method.to_uppercase(),
            path: path.clone(),
            does: operation["summary"].as_str().unwrap_or_default().to_owned(),
            body: operation["requestBody"]["content"]["application/json"]
                .get("example")
                .cloned(),
        });
        endpoints.collect()
    }
}

/// Returns the operations of a document, each with its path and method.
fn operations_mut(document: &mut Value) -> impl Iterator<Item = (&String, &String, &mut Value)> {
    let paths = document["paths"].as_object_mut().into_iter().flatten();
    paths.flat_map(|(path, item)| {
        let operations = item.as_object_mut().into_iter().flatten();
        operations.map(move |(method, operation)| (path, method, operation))
    })
}

/// Everything that can be asked for, in short.
#[derive(Serialize, ToSchema)]
pub(super) struct Index {
    about: &'static str,
    /// The page for people.
    page: &'static str,
    /// The OpenAPI document.
    document: &'static str,
    endpoints: Vec<Endpoint>,
}

/// One thing that can be asked for.
#[derive(Serialize, ToSchema)]
pub(super) struct Endpoint {
    pub(super) method: String,
    pub(super) path: String,
    does: String,
    /// An example of the body.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) body: Option<Value>,
}

/// Lists all endpoints, with examples.
#[utoipa::path(get, path = "/sandbox/", operation_id = "getIndex", responses((status = 200, body = Index)))]
pub(super) async fn index(Extension(document): Extension<Arc<Document>>) -> Json<Index> {
    Json(Index {
        about: "The control of a sandbox: what tests and people do with it, beside the API that it imitates. \
                Requests that change something need Content-Type: application/json; errors are {\"error\", \"message\"}.",
        page: "/",
        document: "/sandbox/openapi.json",
        endpoints: document.endpoints(),
    })
}

/// Returns this document.
#[utoipa::path(get, path = "/sandbox/openapi.json", operation_id = "getDocument", responses((status = 200, body = Object)))]
pub(super) async fn show(Extension(document): Extension<Arc<Document>>) -> Json<Value> {
    Json(document.0.clone())
}
