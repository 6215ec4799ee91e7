//! Reads the bundle: operations, example pairs, documented errors.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::{ID_INSTANCE, TOKEN};

/// What a caller does not give as an argument.
const CREDENTIALS: [&str; 3] = ["idInstance", "apiTokenInstance", "partnerToken"];
const VERBS: [&str; 5] = ["get", "post", "put", "delete", "patch"];

/// An OpenAPI document.
#[derive(Clone, Debug)]
pub struct Spec {
    document: Value,
}

/// Returns the bundle of this repository.
pub fn bundle() -> &'static Spec {
    static BUNDLE: LazyLock<Spec> = LazyLock::new(|| {
        let text = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../spec/openapi.json"));
        Spec::new(serde_json::from_str(text).expect("the bundle is JSON"))
    });
    &BUNDLE
}

impl Spec {
    /// Wraps a document.
    #[must_use]
    pub fn new(document: Value) -> Self {
        Self { document }
    }

    /// Returns the document as JSON, to be changed.
    #[must_use]
    pub fn document(&self) -> &Value {
        &self.document
    }

    /// Follows `$ref`.
    #[must_use]
    pub fn resolve<'a>(&'a self, mut value: &'a Value) -> &'a Value {
        while let Some(reference) = value["$ref"].as_str() {
            value = reference
                .strip_prefix('#')
                .and_then(|pointer| self.document.pointer(pointer))
                .expect("references lead somewhere");
        }
        value
    }

    /// Returns the named schemas.
    pub fn schemas(&self) -> impl Iterator<Item = (&str, &Value)> {
        entries(&self.document["components"]["schemas"])
    }

    /// Returns all operations, in the order of the document.
    #[must_use]
    pub fn operations(&self) -> Vec<Operation<'_>> {
        let items = entries(&self.document["paths"]);
        let operations = items.flat_map(|(path, item)| {
            entries(item)
                .filter(|(verb, _)| VERBS.contains(verb))
                .map(move |(verb, value)| Operation {
                    spec: self,
                    id: value["operationId"]
                        .as_str()
                        .expect("operations have names"),
                    verb: verb.to_uppercase(),
                    path,
                    item,
                    value,
                })
        });
        operations.collect()
    }
}

/// Returns the entries of a JSON object, and nothing of anything else.
pub fn entries(value: &Value) -> impl Iterator<Item = (&str, &Value)> {
    value
        .as_object()
        .into_iter()
        .flatten()
        .map(|(key, value)| (key.as_str(), value))
}

/// One operation of the bundle.
#[derive(Clone, Debug)]
pub struct Operation<'a> {
    /// The document.
    pub spec: &'a Spec,
    /// The documented name.
    pub id: &'a str,
    /// In capitals.
    pub verb: String,
    /// The template.
    pub path: &'a str,
    item: &'a Value,
    value: &'a Value,
}

/// A request of the examples with the answer that belongs to it.
#[derive(Clone, Debug)]
pub struct Pair<'a> {
    /// What both halves are called.
    pub name: &'a str,
    /// What a caller gives.
    pub arguments: Map<String, Value>,
    /// What is sent for it.
    pub request: Request,
    /// What comes back; `None` where the documentation knows of no body.
    pub answer: Option<&'a Value>,
}

/// A request as the description has it.
#[derive(Clone, Debug)]
pub struct Request {
    /// The verb in capitals.
    pub verb: String,
    /// The whole path.
    pub path: String,
    /// The query, decoded.
    pub query: Vec<(String, String)>,
    /// Headers that belong to the operation.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Body,
}

/// The body of a documented request.
#[derive(Clone, Debug)]
pub enum Body {
    /// None at all.
    Nothing,
    /// JSON.
    Json(Value),
    /// The parts of a form: name, whether it is a file, and the text.
    Form(Vec<(String, bool, String)>),
    /// A file as it is.
    Raw(String),
}

/// A documented error.
#[derive(Clone, Debug)]
pub struct Failure<'a> {
    /// The status.
    pub status: u16,
    /// `text/html`; `None` without a body.
    pub media_type: Option<&'a str>,
    /// What the example is called: a name that has been there before with the media type behind it, and `empty` without a body.
    pub name: String,
    /// The body as it stands in the description.
    pub value: &'a Value,
}

impl<'a> Operation<'a> {
    /// Returns a key of the operation.
    #[must_use]
    pub fn get(&self, key: &str) -> &'a Value {
        &self.value[key]
    }

    /// Returns whether it goes to the media host.
    #[must_use]
    pub fn media(&self) -> bool {
        self.value["servers"].is_array()
    }

    /// Returns `true` if it is called for a partner's account, and not for an instance.
    #[must_use]
    pub fn is_partners(&self) -> bool {
        self.path.contains("{partnerToken}")
    }

    /// Returns the path with the credentials of the examples and this token.
    #[must_use]
    pub fn address(&self, token: &str) -> String {
        self.path
            .replace("{idInstance}", ID_INSTANCE)
            .replace("{apiTokenInstance}", token)
            .replace("{partnerToken}", token)
    }

    /// Returns `reads`, `sends`, `changes` or `once`.
    #[must_use]
    pub fn effect(&self) -> &'a str {
        self.value["x-effect"].as_str().unwrap_or("changes")
    }

    /// Returns `true` if a 200 means that it was accepted, whatever the answer says.
    #[must_use]
    pub fn sends(&self) -> bool {
        self.effect() == "sends"
    }

    /// Its parameters without the credentials.
    #[must_use]
    pub fn parameters(&self) -> Vec<&'a Value> {
        let holders = [self.item, self.value].into_iter();
        let all = holders
            .flat_map(|holder| holder["parameters"].as_array().into_iter().flatten())
            .map(|parameter| self.spec.resolve(parameter));
        let body = self.request_body();
        let content_type = body.map(|(_, content)| &content["x-content-type"]);
        let all = all.chain(content_type.filter(|parameter| parameter.is_object()));
        all.filter(|parameter| {
            parameter["name"]
                .as_str()
                .is_none_or(|name| !CREDENTIALS.contains(&name))
        })
        .collect()
    }

    /// Returns the request's media type, with its schema and examples.
    #[must_use]
    pub fn request_body(&self) -> Option<(&'a str, &'a Value)> {
        entries(&self.spec.resolve(&self.value["requestBody"])["content"]).next()
    }

    /// Returns the schema and the examples of a 200.
    #[must_use]
    pub fn answer(&self) -> Option<&'a Value> {
        entries(&self.response("200")["content"])
            .next()
            .map(|(_, content)| content)
    }

    fn response(&self, status: &str) -> &'a Value {
        self.spec.resolve(&self.value["responses"][status])
    }

    /// Returns `true` if the description calls this answer a refusal.
    #[must_use]
    pub fn refuses(&self, answer: &Value) -> bool {
        if answer.is_string() && self.value["x-refused"]["when"] == "text" {
            return true;
        }
        entries(&self.value["x-refused"]["when"]).any(|(property, refused)| {
            match &answer[property] {
                Value::Null => false,
                value => refused == "*" || value == refused,
            }
        })
    }

    /// Returns all example pairs.
    ///
    /// # Errors
    ///
    /// A pair that is missing, or only half there.
    pub fn pairs(&self) -> Result<Vec<Pair<'a>>, String> {
        let example = |holder: &'a Value, name: &str| {
            Some(self.spec.resolve(holder["examples"].get(name)?))
                .and_then(|example| example.get("value"))
        };
        let names = |holder: &'a Value| entries(&holder["examples"]).map(|(name, _)| name);
        let (parameters, body, answer) = (self.parameters(), self.request_body(), self.answer());
        let mut requests: BTreeSet<&str> = parameters
            .iter()
            .flat_map(|parameter| names(parameter))
            .collect();
        requests.extend(body.into_iter().flat_map(|(_, content)| names(content)));
        let answers: BTreeSet<&str> = answer.into_iter().flat_map(names).collect();
        let takes_something = body.is_some()
            || parameters
                .iter()
                .any(|parameter| parameter["required"] == true);

        let all: BTreeSet<&str> = requests.union(&answers).copied().collect();
        if all.is_empty() {
            return Err("has no example pair".to_owned());
        }
        if let Some(half) = all
            .iter()
            .find(|name| takes_something && !requests.contains(*name))
        {
            return Err(format!("the answer `{half}` has no request"));
        }
        if let Some(half) = all
            .iter()
            .find(|name| answer.is_some() && !answers.contains(*name))
        {
            return Err(format!("the request `{half}` has no answer"));
        }
        let raw = body.is_some_and(|(media_type, _)| media_type == "application/octet-stream");
        let pair = |name: &'a str| {
            let (mut arguments, mut file) = (Map::new(), Map::new());
            let mut request = Request {
                verb: self.verb.clone(),
                path: self.address(TOKEN),
                query: Vec::new(),
                headers: Vec::new(),
                body: Body::Nothing,
            };
            for parameter in &parameters {
                let key = parameter["name"].as_str().unwrap_or_default();
                let Some(value) = example(parameter, name).cloned() else {
                    continue;
                };
                match parameter["in"].as_str() {
                    Some("query") => request.query.push((key.to_owned(), text(&value))),
                    Some("header") => request.headers.push((key.to_lowercase(), text(&value))),
                    _ => request.path = request.path.replace(&format!("{{{key}}}"), &text(&value)),
                }
                // A file that is sent as it is says its type and its name itself.
                match (parameter["in"] == "header" && raw, key) {
                    (true, "Content-Type") => drop(file.insert("contentType".to_owned(), value)),
                    (true, _) => drop(file.insert("fileName".to_owned(), value)),
                    (false, _) => drop(arguments.insert(key.to_owned(), value)),
                }
            }
            if let Some((media_type, content)) = body
                && let Some(value) = example(content, name)
            {
                request.body = match media_type {
                    "application/json" => Body::Json(value.clone()),
                    "multipart/form-data" => {
                        let is_file = |part: &str| {
                            self.spec
                                .resolve(&self.spec.resolve(&content["schema"])["properties"][part])
                                ["format"]
                                == "binary"
                        };
                        Body::Form(
                            entries(value)
                                .map(|(part, value)| (part.to_owned(), is_file(part), text(value)))
                                .collect(),
                        )
                    }
                    _ => Body::Raw(text(value)),
                };
                match value {
                    Value::Object(fields) => arguments.extend(fields.clone()),
                    content => {
                        file.insert(
                            "base64".to_owned(),
                            Value::from(STANDARD.encode(text(content))),
                        );
                        arguments.insert("file".to_owned(), Value::Object(file));
                    }
                }
            }
            Pair {
                name,
                arguments,
                request,
                answer: answer.and_then(|content| example(content, name)),
            }
        };
        Ok(all.into_iter().map(pair).collect())
    }

    /// Returns every example of every documented error; an error without a body counts as one.
    #[must_use]
    pub fn failures(&self) -> Vec<Failure<'a>> {
        let mut failures: Vec<Failure> = Vec::new();
        for (status, response) in entries(&self.value["responses"]) {
            let Some(status) = status.parse().ok().filter(|status| *status != 200) else {
                continue;
            };
            let before = failures.len();
            for (media_type, content) in entries(&self.spec.resolve(response)["content"]) {
                for (name, example) in entries(&content["examples"]) {
                    let value = &self.spec.resolve(example)["value"];
                    let again = failures[before..].iter().any(|known| known.name == name);
                    failures.push(Failure {
                        status,
                        media_type: Some(media_type),
                        name: if again {
                            format!("{name} ({media_type})")
                        } else {
                            name.to_owned()
                        },
                        value,
                    });
                }
            }
            if failures.len() == before {
                failures.push(Failure {
                    status,
                    media_type: None,
                    name: "empty".to_owned(),
                    value: &Value::Null,
                });
            }
        }
        failures
    }
}

/// A plain value as it stands in an address.
fn text(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}
