//! The parts of an OpenAPI document that the sandbox reads.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

#[derive(Deserialize)]
pub(super) struct Document {
    pub(super) paths: BTreeMap<String, PathItem>,
    #[serde(default)]
    pub(super) components: Components,
}

#[derive(Default, Deserialize)]
pub(super) struct Components {
    #[serde(default)]
    pub(super) schemas: Value,
    #[serde(default)]
    pub(super) parameters: BTreeMap<String, Parameter>,
    #[serde(default)]
    pub(super) responses: BTreeMap<String, Response>,
}

#[derive(Deserialize)]
pub(super) struct PathItem {
    #[serde(default)]
    pub(super) parameters: Vec<Parameter>,
    pub(super) get: Option<Operation>,
    pub(super) post: Option<Operation>,
    pub(super) put: Option<Operation>,
    pub(super) patch: Option<Operation>,
    pub(super) delete: Option<Operation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Operation {
    pub(super) operation_id: String,
    #[serde(default)]
    pub(super) tags: Vec<String>,
    #[serde(default)]
    pub(super) parameters: Vec<Parameter>,
    pub(super) request_body: Option<RequestBody>,
    pub(super) responses: BTreeMap<String, Response>,
    #[serde(rename = "x-rate-limit-rps")]
    pub(super) rate_limit_rps: Option<f64>,
}

/// A parameter, or a reference to one.
#[derive(Clone, Deserialize)]
pub(super) struct Parameter {
    #[serde(rename = "$ref")]
    pub(super) reference: Option<String>,
    #[serde(default)]
    pub(super) name: String,
    #[serde(rename = "in", default)]
    pub(super) location: String,
    #[serde(default)]
    pub(super) required: bool,
    pub(super) schema: Option<Value>,
}

#[derive(Deserialize)]
pub(super) struct RequestBody {
    #[serde(default)]
    pub(super) content: IndexMap<String, MediaType>,
}

/// A response, or a reference to one.
#[derive(Default, Deserialize)]
pub(super) struct Response {
    #[serde(rename = "$ref")]
    pub(super) reference: Option<String>,
    #[serde(default)]
    pub(super) content: IndexMap<String, MediaType>,
}

#[derive(Default, Deserialize)]
pub(super) struct MediaType {
    pub(super) schema: Option<Value>,
    pub(super) example: Option<Box<RawValue>>,
    /// In the order of the file: the first example is the answer.
    #[serde(default)]
    pub(super) examples: IndexMap<String, Example>,
}

#[derive(Deserialize)]
pub(super) struct Example {
    pub(super) value: Option<Box<RawValue>>,
}
