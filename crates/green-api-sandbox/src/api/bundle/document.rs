//! The parts of an OpenAPI document that the sandbox reads.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
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
    pub(super) content: Pairs<MediaType>,
}

/// A response, or a reference to one.
#[derive(Default, Deserialize)]
pub(super) struct Response {
    #[serde(rename = "$ref")]
    pub(super) reference: Option<String>,
    #[serde(default)]
    pub(super) content: Pairs<MediaType>,
}

#[derive(Default, Deserialize)]
pub(super) struct MediaType {
    pub(super) schema: Option<Value>,
    pub(super) example: Option<Box<RawValue>>,
    #[serde(default)]
    pub(super) examples: Pairs<Example>,
}

#[derive(Deserialize)]
pub(super) struct Example {
    pub(super) value: Option<Box<RawValue>>,
}

/// A JSON object in the order in which it is written: the first example is the one that comes first in the file.
pub(super) struct Pairs<T>(pub(super) Vec<(String, T)>);

impl<T> Default for Pairs<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Pairs<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>> Visitor<'de> for InOrder<T> {
            type Value = Pairs<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Pairs<T>, M::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }

        deserializer.deserialize_map(InOrder(PhantomData))
    }
}
