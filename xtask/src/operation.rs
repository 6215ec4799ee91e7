//! The operations of the spec, as code generation sees them.

use std::collections::BTreeMap;

use heck::{ToPascalCase, ToSnakeCase};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::load::{Spec, schema_name};
use crate::problem::Problems;

/// One operation, with everything the dialect says about it.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The documented name, `getAuthorizationCode`.
    pub id: String,
    /// The file it was written in.
    pub file: String,
    /// Its path template.
    pub path: String,
    /// Its verb, in capitals.
    pub verb: String,
    /// Its section.
    pub section: String,
    /// The family that gives it its credentials, if any.
    pub family: Option<String>,
    /// One sentence.
    pub summary: String,
    /// What it does, in Markdown.
    pub description: String,
    /// The documentation's address.
    pub documentation: String,
    /// Whether it goes to the media host.
    pub media: bool,
    /// Time limit of one attempt, in seconds.
    pub timeout: u64,
    /// Documented requests a second.
    pub rate_limit: Option<f64>,
    /// What it does.
    pub effect: Effect,
    /// Marked beta.
    pub beta: bool,
    /// Marked deprecated.
    pub deprecated: bool,
    /// Which answers are refusals.
    pub refused: Option<Refused>,
    /// The one property of the answer that callers get.
    pub returns: Option<String>,
    /// Parameters other than the credentials, in the order written.
    pub parameters: Vec<Parameter>,
    /// What the request carries.
    pub body: Body,
    /// What a 200 carries.
    pub answer: Answer,
    /// The named schema of a 200, if it has one.
    pub answer_schema: Option<String>,
    /// Documented limits of what is sent: a path into the arguments such as `options/*/optionName`, and the schema that has them.
    pub limits: Vec<(String, Value)>,
}

/// What an operation does: `x-effect`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Only reads.
    Reads,
    /// Sends a message or a status.
    Sends,
    /// Changes something.
    Changes,
    /// Must not be repeated.
    Once,
}

/// How the server says no with a 200: `x-refused`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// Which answers are refusals.
    pub when: RefusedWhen,
    /// What a person can do about it.
    pub advice: String,
}

/// What makes an answer a refusal.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub enum RefusedWhen {
    /// The answer is a bare text: `text`.
    Text(Text),
    /// Properties, each with a value or `'*'` for any.
    Properties(BTreeMap<String, Value>),
}

/// The word `text`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Text {
    /// The word itself.
    #[serde(rename = "text")]
    Text,
}

/// A path, query or header parameter.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The name on the wire.
    pub name: String,
    /// `path`, `query` or `header`.
    pub location: String,
    /// Whether it must be given.
    pub required: bool,
    /// What it is for.
    pub description: String,
    /// Its schema.
    pub schema: Value,
    /// `seconds` or `milliseconds`, if it is a duration.
    pub unit: Option<String>,
    /// `contentType` or `fileName`, if it comes from the file that is sent.
    pub from_file: Option<String>,
}

/// What a request carries.
#[derive(Clone, Debug)]
pub enum Body {
    /// Nothing.
    None,
    /// JSON of this component schema.
    Json(String),
    /// A form of these parts: name, schema and whether it is required.
    Multipart(Vec<Parameter>),
    /// Bytes as they are.
    Raw,
}

/// What a 200 carries.
#[derive(Clone, Debug)]
pub enum Answer {
    /// Nothing that is documented.
    Empty,
    /// JSON, and whether the whole body may be `null`.
    Json {
        /// Whether the whole body may be `null`.
        nullable: bool,
    },
}

impl Operation {
    /// What to use instead: the first paragraph of a deprecated operation's description, as the lint demands it.
    #[must_use]
    pub fn deprecation(&self) -> String {
        let first = self
            .description
            .split("\n\n")
            .next()
            .unwrap_or_default()
            .replace('\n', " ");
        first
            .trim_start_matches("Deprecated: ")
            .trim_end_matches('.')
            .to_owned()
    }

    /// The Rust method's name.
    #[must_use]
    pub fn snake(&self) -> String {
        self.id.to_snake_case()
    }

    /// The Rust type's name.
    #[must_use]
    pub fn pascal(&self) -> String {
        self.id.to_pascal_case()
    }

    /// The name of the type that holds the credentials.
    #[must_use]
    pub fn owner(&self) -> String {
        self.family
            .as_deref()
            .unwrap_or("instance")
            .to_pascal_case()
    }
}

/// Reads every operation out of a spec that passed the lint.
///
/// # Errors
///
/// What the generator has no form for.
pub fn read(spec: &Spec) -> Result<Vec<Operation>, Problems> {
    let mut problems = Problems::default();
    let operations = spec
        .operations()
        .map(|(path, verb, item, operation)| {
            read_one(spec, path, verb, item, operation, &mut problems)
        })
        .collect();
    problems.or(operations)
}

fn read_one(
    spec: &Spec,
    path: &str,
    verb: &str,
    item: &Value,
    operation: &Value,
    problems: &mut Problems,
) -> Operation {
    let text = |key: &str| {
        operation[key]
            .as_str()
            .unwrap_or_default()
            .trim()
            .to_owned()
    };
    let flag = |key: &str| operation[key].as_bool().unwrap_or(false);
    let id = text("operationId");
    let file = spec.file_of_path(path).to_owned();
    let family = spec
        .families
        .iter()
        .find(|family| path.starts_with(&family.prefix));

    let own = [item, operation]
        .into_iter()
        .flat_map(|holder| holder["parameters"].as_array().into_iter().flatten());
    let parameters = own
        .map(|parameter| spec.resolve(parameter))
        .filter(|p| {
            !family.is_some_and(|f| f.credentials.iter().any(|name| p["name"] == name.as_str()))
        })
        .map(|p| Parameter {
            name: p["name"].as_str().unwrap_or_default().to_owned(),
            location: p["in"].as_str().unwrap_or_default().to_owned(),
            required: p["required"].as_bool().unwrap_or(false),
            description: p["description"]
                .as_str()
                .unwrap_or_default()
                .trim()
                .to_owned(),
            schema: p["schema"].clone(),
            unit: unit(p).or_else(|| unit(&p["schema"])),
            from_file: p["x-from-file"].as_str().map(str::to_owned),
        })
        .collect::<Vec<_>>();

    let mut refuse = |message: &str| problems.add(&file, &id, message);
    let body = spec.resolve(&operation["requestBody"]);
    let body = match body["content"]
        .as_object()
        .and_then(|content| content.iter().next())
    {
        None => Body::None,
        Some((media, content)) if media == "application/json" => {
            match schema_name(&content["schema"]) {
                Some(name) => Body::Json(name.to_owned()),
                None => {
                    refuse(
                        "the JSON request body needs a name: move its schema to schemas/ and refer to it",
                    );
                    Body::None
                }
            }
        }
        Some((media, content)) if media == "multipart/form-data" => {
            Body::Multipart(parts(spec.resolve(&content["schema"])))
        }
        Some((media, _)) if media == "application/octet-stream" => Body::Raw,
        Some((media, _)) => {
            refuse(&format!(
                "`{media}` bodies are not supported; use application/json, multipart/form-data or application/octet-stream"
            ));
            Body::None
        }
    };

    let ok = spec.resolve(&operation["responses"]["200"]);
    let answer = match ok["content"]
        .as_object()
        .and_then(|content| content.iter().next())
    {
        None => Answer::Empty,
        Some((media, content)) if media == "application/json" => Answer::Json {
            nullable: spec.resolve(&content["schema"])["nullable"] == true,
        },
        Some((media, _)) => {
            refuse(&format!(
                "a 200 response of `{media}` is not supported; describe it as application/json"
            ));
            Answer::Empty
        }
    };

    Operation {
        path: path.to_owned(),
        verb: verb.to_uppercase(),
        section: operation["tags"][0].as_str().unwrap_or_default().to_owned(),
        family: family.map(|f| f.name.clone()),
        summary: text("summary"),
        description: text("description"),
        documentation: operation["externalDocs"]["url"]
            .as_str()
            .unwrap_or_default()
            .to_owned(),
        media: operation["x-host"] == "media",
        timeout: operation["x-timeout-seconds"].as_u64().unwrap_or(70),
        rate_limit: operation["x-rate-limit-rps"].as_f64(),
        effect: effect(operation).unwrap_or(Effect::Changes),
        beta: flag("x-beta"),
        deprecated: flag("deprecated"),
        refused: refused(operation),
        returns: operation["x-returns"].as_str().map(str::to_owned),
        limits: limits(spec, &parameters, &body),
        answer_schema: ok["content"]["application/json"]["schema"]["$ref"]
            .as_str()
            .and_then(|r| r.rsplit('/').next())
            .map(str::to_owned),
        id,
        file,
        parameters,
        body,
        answer,
    }
}

/// `x-effect`, if it is one.
#[must_use]
pub fn effect(operation: &Value) -> Option<Effect> {
    Effect::deserialize(&operation["x-effect"]).ok()
}

/// `x-refused`, if it is one.
#[must_use]
pub fn refused(operation: &Value) -> Option<Refused> {
    Refused::deserialize(&operation["x-refused"]).ok()
}

fn parts(schema: &Value) -> Vec<Parameter> {
    let required = |name: &str| {
        schema["required"]
            .as_array()
            .into_iter()
            .flatten()
            .any(|r| r == name)
    };
    let properties: Vec<(&String, &Value)> = schema["properties"]
        .as_object()
        .map(Map::iter)
        .into_iter()
        .flatten()
        .collect();
    properties
        .into_iter()
        .map(|(name, part)| Parameter {
            name: name.clone(),
            location: "form".to_owned(),
            required: required(name),
            description: part["description"]
                .as_str()
                .unwrap_or_default()
                .trim()
                .to_owned(),
            schema: part.clone(),
            unit: unit(part),
            from_file: None,
        })
        .collect()
}

/// The unit of a number that is a duration.
#[must_use]
pub fn unit(schema: &Value) -> Option<String> {
    schema["x-unit"].as_str().map(str::to_owned)
}

/// The keys that are limits.
const LIMITS: [&str; 7] = [
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
];

fn limits(spec: &Spec, parameters: &[Parameter], body: &Body) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    let parts: &[Parameter] = if let Body::Multipart(parts) = body {
        parts
    } else {
        &[]
    };
    for parameter in parameters.iter().chain(parts) {
        collect_limits(spec, &parameter.name, &parameter.schema, 0, &mut found);
    }
    if let Body::Json(name) = body {
        collect_limits(spec, "", &spec.schemas()[name], 0, &mut found);
    }
    found
}

fn collect_limits(
    spec: &Spec,
    at: &str,
    schema: &Value,
    depth: usize,
    found: &mut Vec<(String, Value)>,
) {
    // Deep enough for every request there is; a schema that refers to itself stops here.
    if depth > 6 {
        return;
    }
    let schema = spec.resolve(schema);
    let own: Map<String, Value> = LIMITS
        .iter()
        .filter_map(|key| Some(((*key).to_owned(), schema.get(*key)?.clone())))
        .collect();
    if !own.is_empty() {
        found.push((at.to_owned(), Value::Object(own)));
    }
    let inside = |name: &str| {
        if at.is_empty() {
            name.to_owned()
        } else {
            format!("{at}/{name}")
        }
    };
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        collect_limits(spec, &inside(name), property, depth + 1, found);
    }
    for part in schema["allOf"].as_array().into_iter().flatten() {
        collect_limits(spec, at, part, depth + 1, found);
    }
    if schema["items"].is_object() {
        collect_limits(spec, &inside("*"), &schema["items"], depth + 1, found);
    }
}
