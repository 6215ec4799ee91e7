//! The operations of the spec, as code generation sees them.

use heck::{ToPascalCase, ToSnakeCase};
use serde_json::Value;

use crate::dialect::{self, Effect, Place, Refused, Schema, Unit};
use crate::load::Spec;
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
    pub section: String,
    /// The family that gives it its credentials, if any.
    pub family: Option<String>,
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
    pub effect: Effect,
    pub beta: bool,
    pub deprecated: bool,
    pub refused: Option<Refused>,
    /// The one property of the answer that callers get.
    pub returns: Option<String>,
    /// Parameters other than the credentials, in the order written.
    pub parameters: Vec<Parameter>,
    /// What the request carries.
    pub body: Body,
    /// What a 200 carries, if that is documented.
    pub answer: Option<Answer>,
    /// Documented limits of what is sent, each with a path into the arguments such as `options/*/optionName`, and written as in the
    /// generated table, such as `MaxLength(20)`.
    pub limits: Vec<(String, String)>,
    /// Where a caller names a chat, as such paths.
    pub chats: Vec<String>,
    /// Where a caller gives a secret, likewise.
    pub secrets: Vec<String>,
}

/// What a file says about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromFile {
    /// Its media type.
    ContentType,
    /// Its name.
    FileName,
}

/// A parameter, or a part of a form.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// The name on the wire.
    pub name: String,
    pub place: Place,
    pub required: bool,
    pub description: String,
    pub schema: Value,
    /// What it counts, if it is a duration.
    pub unit: Option<Unit>,
    /// Which property of the file it is, if it comes from the file that is sent.
    pub from_file: Option<FromFile>,
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

/// What a 200 carries: JSON.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Whether the whole body may be `null`.
    pub nullable: bool,
    /// The named schema, if it has one.
    pub schema: Option<String>,
}

impl Operation {
    /// Says what to use instead: the first paragraph of a deprecated operation's description, as the lint demands it.
    pub fn deprecation(&self) -> String {
        let first = self.description.split("\n\n").next().unwrap_or_default();
        let advice = first
            .trim_start_matches("Deprecated: ")
            .trim_end_matches('.');
        advice.replace('\n', " ")
    }

    /// Returns whether it takes a form, for which progenitor has no code.
    pub fn is_form(&self) -> bool {
        matches!(self.body, Body::Multipart(_))
    }

    /// Returns the Rust method's name.
    pub fn snake(&self) -> String {
        self.id.to_snake_case()
    }

    /// Returns the family that gives it its credentials.
    pub fn family(&self) -> &str {
        self.family.as_deref().unwrap_or("instance")
    }

    /// Returns the name of the type that holds the credentials.
    pub fn owner(&self) -> String {
        self.family().to_pascal_case()
    }
}

/// Reads every operation out of a spec that passed the lint, and refuses what the generator has no form for.
pub fn read(spec: &Spec) -> Result<Vec<Operation>, Problems> {
    let mut problems = Problems::default();
    let operations = spec
        .operations()
        .filter_map(|(path, verb, raw_item, raw)| {
            let item = spec.items.get(path)?;
            let operation = item.operation(verb)?;
            let mut refuse = |message| {
                problems.add(spec.file_of_path(path), &operation.operation_id, message);
            };
            let body = body(spec, operation, raw, &mut refuse);
            let answer = answer(spec, operation, &mut refuse);
            let holders = item.parameters.iter().chain(&operation.parameters);
            let own = holders
                .map(|parameter| spec.components.parameter(parameter))
                .filter(|parameter| !spec.is_credential(path, &parameter.name));
            let mut rules = Rules::default();
            for parameter in own.clone() {
                rules.collect(spec, &parameter.name, &parameter.schema, 0);
            }
            for (_, content) in operation.request_body.content.iter().take(1) {
                rules.collect(spec, "", &content.schema, 0);
            }
            let Rules {
                limits,
                chats,
                secrets,
            } = rules;
            Some(Operation {
                id: operation.operation_id.clone(),
                file: spec.file_of_path(path).to_owned(),
                path: path.to_owned(),
                verb: verb.to_uppercase(),
                section: operation.tags.first().cloned().unwrap_or_default(),
                family: spec.family(path).map(|family| family.name.clone()),
                summary: operation.summary.trim().to_owned(),
                description: operation.description.trim().to_owned(),
                documentation: operation.external_docs.url.clone(),
                media: !operation.servers.is_empty(),
                timeout: operation.timeout.unwrap_or(70),
                rate_limit: operation.rate_limit,
                effect: operation.effect,
                beta: operation.beta,
                deprecated: operation.deprecated,
                refused: operation.refused.clone(),
                returns: operation.returns.clone(),
                parameters: own
                    .zip(spec.parameters(path, raw_item, raw))
                    .map(|(typed, raw)| parameter(typed, raw, &body))
                    .collect(),
                limits,
                chats,
                secrets,
                body,
                answer,
            })
        })
        .collect();
    problems.or(operations)
}

fn parameter(parameter: &dialect::Parameter, raw: &Value, body: &Body) -> Parameter {
    let place = parameter.place.unwrap_or(Place::Path);
    // A file that is sent as it is says in headers what it is.
    let from_file = match (body, place) {
        (Body::Raw, Place::Header) if parameter.name.eq_ignore_ascii_case("content-type") => {
            Some(FromFile::ContentType)
        }
        (Body::Raw, Place::Header) => Some(FromFile::FileName),
        _ => None,
    };
    Parameter {
        name: parameter.name.clone(),
        place,
        required: parameter.required,
        description: parameter.description.trim().to_owned(),
        schema: raw["schema"].clone(),
        unit: parameter.unit.or(parameter.schema.unit),
        from_file,
    }
}

fn body(
    spec: &Spec,
    operation: &dialect::Operation,
    raw: &Value,
    refuse: &mut impl FnMut(String),
) -> Body {
    let Some((media, content)) = operation.request_body.content.first() else {
        return Body::None;
    };
    match media.as_str() {
        "application/json" => match named(&content.schema) {
            Some(name) => return Body::Json(name.to_owned()),
            None => refuse(
                "the JSON request body needs a name: move its schema to schemas/ and refer to it"
                    .to_owned(),
            ),
        },
        "multipart/form-data" => {
            let raw = &raw["requestBody"]["content"][media]["schema"];
            return Body::Multipart(parts(spec.schema(&content.schema), spec.resolve(raw)));
        }
        "application/octet-stream" => return Body::Raw,
        _ => refuse(format!(
            "`{media}` bodies are not supported; use application/json, multipart/form-data or application/octet-stream"
        )),
    }
    Body::None
}

fn answer(
    spec: &Spec,
    operation: &dialect::Operation,
    refuse: &mut impl FnMut(String),
) -> Option<Answer> {
    let (media, content) = spec.response(operation, "200")?.content.first()?;
    if media != "application/json" {
        refuse(format!(
            "a 200 response of `{media}` is not supported; describe it as application/json"
        ));
        return None;
    }
    Some(Answer {
        nullable: spec.schema(&content.schema).nullable,
        schema: named(&content.schema).map(str::to_owned),
    })
}

/// The name of the component that a schema refers to.
fn named(schema: &Schema) -> Option<&str> {
    schema.reference.as_deref()?.rsplit('/').next()
}

fn parts(form: &Schema, raw: &Value) -> Vec<Parameter> {
    let part = |(name, part): (&String, &Schema)| {
        let raw = &raw["properties"][name];
        let description = part.description.as_deref().unwrap_or_default();
        Parameter {
            name: name.clone(),
            place: Place::Form,
            required: form.required.contains(name),
            description: description.trim().to_owned(),
            schema: raw.clone(),
            unit: part.unit,
            from_file: None,
        }
    };
    form.properties.iter().map(part).collect()
}

/// The model of a chat's id.
const CHAT: &str = "ChatId";
/// The format of a secret text.
const SECRET: &str = "password";

/// What is checked before anything is sent, each with the path to it.
#[derive(Default)]
struct Rules {
    limits: Vec<(String, String)>,
    chats: Vec<String>,
    secrets: Vec<String>,
}

impl Rules {
    fn collect(&mut self, spec: &Spec, at: &str, schema: &Schema, depth: usize) {
        // Deep enough for every request there is; a schema that refers to itself stops here.
        if depth > 6 {
            return;
        }
        if named(schema) == Some(CHAT) {
            self.chats.push(at.to_owned());
        }
        let schema = spec.schema(schema);
        if schema.format.as_deref() == Some(SECRET) {
            self.secrets.push(at.to_owned());
        }
        let names = &schema.file_name;
        let number = |kind, limit: Option<f64>| limit.map(|limit| format!("{kind}({limit:?})"));
        let count = |kind, limit: Option<u64>| limit.map(|limit| format!("{kind}({limit})"));
        let own = [
            number("AtLeast", schema.minimum),
            number("AtMost", schema.maximum),
            count("MinLength", schema.min_length),
            count("MaxLength", schema.max_length),
            count("MinItems", schema.min_items),
            count("MaxItems", schema.max_items),
            schema.unique_items.then(|| "UniqueItems".to_owned()),
            count("MinItems", schema.min_properties),
            (!names.is_empty()).then(|| format!("FileName(&{names:?})")),
        ];
        let own = own.into_iter().flatten();
        self.limits.extend(own.map(|limit| (at.to_owned(), limit)));
        let inside = |name: &str| match at {
            "" => name.to_owned(),
            at => format!("{at}/{name}"),
        };
        for (name, property) in &schema.properties {
            self.collect(spec, &inside(name), property, depth + 1);
        }
        for part in &schema.all_of {
            self.collect(spec, at, part, depth + 1);
        }
        if let Some(items) = &schema.items {
            self.collect(spec, &inside("*"), items, depth + 1);
        }
    }
}
