//! The OpenAPI bundle: which operations there are, what they take and what they answer by default.

mod document;
mod route;
mod schema;

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use jsonschema::Validator;
use serde_json::Value;

use self::document::{Document, Operation as Described, Parameter as DescribedParameter, Response};
use self::route::Template;
use crate::world::faults::Names;

/// The rate of operations for which none is documented: the one that the server was seen to send with `getAuthorizationCode`.
const UNDOCUMENTED_RPS: f64 = 50.0;

/// The operation that opens a websocket, which an OpenAPI document cannot describe.
pub(crate) const SCANQRCODE: &str = "scanqrcode";

/// The path parameters that are checked before everything else, and by other means than a schema.
const CREDENTIALS: [&str; 3] = ["idInstance", "apiTokenInstance", "partnerToken"];

static EMBEDDED: LazyLock<Arc<Bundle>> = LazyLock::new(|| {
    let bundle = Bundle::parse(include_str!("../../openapi.json"));
    Arc::new(bundle.expect("openapi.json is a bundle of the spec"))
});

/// All operations of a bundle.
pub(crate) struct Bundle {
    operations: Vec<Operation>,
    /// The kinds of notifications, as `typeWebhook` has them.
    notifications: Vec<String>,
}

/// One operation of the API.
pub(crate) struct Operation {
    pub(crate) id: String,
    /// Its first tag, such as `sending`.
    pub(crate) section: String,
    pub(crate) rate_limit_rps: f64,
    method: &'static str,
    template: Template,
    parameters: Vec<Parameter>,
    pub(crate) body: Body,
    /// The first example of a 200 answer; `None` when that answer has no body.
    example: Option<String>,
}

/// What an operation takes as its body.
pub(crate) enum Body {
    None,
    Json(Validator),
    /// A form, and its parts but for the files.
    Form(Vec<Parameter>),
    /// Bytes that are a file.
    File,
}

pub(crate) struct Parameter {
    name: String,
    required: bool,
    schema: Validator,
}

/// An operation and the path parameters that it was called with.
pub(crate) struct Route<'b, 'p> {
    pub(crate) operation: &'b Operation,
    parameters: Vec<(&'b str, &'p str)>,
}

impl Bundle {
    /// Returns the bundle that this crate was built with.
    pub(crate) fn embedded() -> Arc<Self> {
        Arc::clone(&EMBEDDED)
    }

    pub(crate) fn parse(json: &str) -> Result<Self, String> {
        let document: Document = serde_json::from_str(json).map_err(|error| error.to_string())?;
        let schemas = schema::to_json_schema(&document.components.schemas);
        let mut operations = Vec::new();
        for (path, item) in &document.paths {
            let verbs = [
                ("GET", &item.get),
                ("POST", &item.post),
                ("PUT", &item.put),
                ("PATCH", &item.patch),
                ("DELETE", &item.delete),
            ];
            for (method, described) in verbs {
                let Some(described) = described else { continue };
                let operation = Operation {
                    id: described.operation_id.clone(),
                    section: described.tags.first().cloned().unwrap_or_default(),
                    rate_limit_rps: described.rate_limit_rps.unwrap_or(UNDOCUMENTED_RPS),
                    method,
                    template: Template::parse(path),
                    parameters: parameters(&document, &item.parameters, described, &schemas)?,
                    body: body(&document, described, &schemas)?,
                    example: first_example(&document, described),
                };
                operations.push(operation);
            }
        }
        operations.push(scanqrcode());
        let notifications = notifications(&document.components.schemas);
        Ok(Self {
            operations,
            notifications,
        })
    }

    /// Finds the operation of a verb and a path.
    pub(crate) fn route<'b, 'p>(&'b self, method: &str, path: &'p str) -> Option<Route<'b, 'p>> {
        let mut operations = self.operations.iter();
        operations.find_map(|operation| {
            (operation.method == method).then_some(())?;
            let parameters = operation.template.matches(path)?;
            Some(Route {
                operation,
                parameters,
            })
        })
    }

    /// Returns the names of all operations and notifications.
    pub(crate) fn names(&self) -> Names {
        let operations = self.operations.iter();
        Names {
            operations: operations.map(|operation| operation.id.clone()).collect(),
            notifications: self.notifications.iter().cloned().collect(),
        }
    }

    pub(crate) fn has(&self, operation_id: &str) -> bool {
        let mut operations = self.operations.iter();
        operations.any(|operation| operation.id == operation_id)
    }
}

/// Returns the operation that opens a websocket.
fn scanqrcode() -> Operation {
    Operation {
        id: SCANQRCODE.to_owned(),
        section: "account".to_owned(),
        rate_limit_rps: 1.0,
        method: "GET",
        template: Template::parse("/waInstance{idInstance}/scanqrcode/{apiTokenInstance}"),
        parameters: Vec::new(),
        body: Body::None,
        example: None,
    }
}

/// Returns the kinds in the union of all notifications.
fn notifications(schemas: &Value) -> Vec<String> {
    let schemas = schemas.as_object().into_iter().flatten();
    let unions = schemas.map(|(_, schema)| &schema["x-discriminator"]);
    let kinds = unions
        .filter(|union| union["propertyName"] == "typeWebhook")
        .filter_map(|union| union["mapping"].as_object());
    kinds.flat_map(|mapping| mapping.keys().cloned()).collect()
}

impl Operation {
    /// Returns the first example of a 200 answer, as JSON text.
    pub(crate) fn example(&self) -> Option<&str> {
        self.example.as_deref()
    }

    /// Returns what is wrong with a JSON body.
    pub(crate) fn body_complaint(&self, body: &Value) -> Option<String> {
        match &self.body {
            Body::Json(schema) => schema::complaint(schema, body, "value"),
            _ => None,
        }
    }

    /// Returns what is wrong with the text parts of a form. Its files are checked by the operation.
    pub(crate) fn form_complaint(&self, fields: &BTreeMap<String, String>) -> Option<String> {
        match &self.body {
            Body::Form(parts) => parts
                .iter()
                .find_map(|part| part.complaint_about(fields.get(&part.name).map(String::as_str))),
            _ => None,
        }
    }
}

impl<'p> Route<'_, 'p> {
    pub(crate) fn parameter(&self, name: &str) -> Option<&'p str> {
        let mut parameters = self.parameters.iter();
        parameters.find_map(|(known, value)| (*known == name).then_some(*value))
    }

    /// Returns what is wrong with the parameters in path and query, in the words of the server.
    pub(crate) fn complaint(&self, query: &BTreeMap<String, String>) -> Option<String> {
        self.operation.parameters.iter().find_map(|parameter| {
            match self.parameter(&parameter.name) {
                // The only ones beside the credentials are numbers, and they are not checked by the validator.
                Some(in_path) => parameter
                    .complaint(in_path)
                    .map(|_| format!("Parameter {} must be a Number", parameter.name)),
                None => parameter
                    .complaint_about(query.get(&parameter.name).map(String::as_str))
                    .map(|details| format!("Validation failed. Details: {details}")),
            }
        })
    }
}

impl Parameter {
    fn complaint_about(&self, given: Option<&str>) -> Option<String> {
        match given {
            Some(text) => self.complaint(text),
            None => self
                .required
                .then(|| format!("'{}' is required", self.name)),
        }
    }

    /// Returns what is wrong with a value. On the wire it is text, so `5` passes both as a number and as a string.
    fn complaint(&self, text: &str) -> Option<String> {
        let as_text = schema::complaint(&self.schema, &Value::from(text), &self.name)?;
        match serde_json::from_str(text) {
            Ok(value) => schema::complaint(&self.schema, &value, &self.name),
            Err(_) => Some(as_text),
        }
    }
}

fn parameters(
    document: &Document,
    shared: &[DescribedParameter],
    operation: &Described,
    schemas: &Value,
) -> Result<Vec<Parameter>, String> {
    let known = &document.components.parameters;
    let all = shared.iter().chain(&operation.parameters);
    let resolved = all.map(|parameter| match &parameter.reference {
        Some(reference) => known
            .get(last_segment(reference))
            .ok_or_else(|| reference.clone()),
        None => Ok(parameter),
    });
    let mut parameters = Vec::new();
    for parameter in resolved {
        let parameter = parameter?;
        let checked = matches!(parameter.location.as_str(), "path" | "query")
            && !CREDENTIALS.contains(&parameter.name.as_str());
        if checked && let Some(schema) = &parameter.schema {
            parameters.push(Parameter {
                name: parameter.name.clone(),
                required: parameter.required,
                schema: schema::compile(schema, schemas)?,
            });
        }
    }
    Ok(parameters)
}

fn body(document: &Document, operation: &Described, schemas: &Value) -> Result<Body, String> {
    let Some((kind, schema)) = operation
        .request_body
        .iter()
        .flat_map(|body| &body.content)
        .find_map(|(kind, body)| Some((kind, body.schema.as_ref()?)))
    else {
        return Ok(Body::None);
    };
    match kind.as_str() {
        "application/json" => Ok(Body::Json(schema::compile(schema, schemas)?)),
        "multipart/form-data" => Ok(Body::Form(form_parts(document, schema, schemas)?)),
        _ => Ok(Body::File),
    }
}

/// Returns the text parts of a form.
fn form_parts(
    document: &Document,
    form: &Value,
    schemas: &Value,
) -> Result<Vec<Parameter>, String> {
    let form = match form.get("$ref").and_then(Value::as_str) {
        Some(reference) => document
            .components
            .schemas
            .get(last_segment(reference))
            .ok_or_else(|| reference.to_owned())?,
        None => form,
    };
    let required = |name: &str| {
        form["required"]
            .as_array()
            .is_some_and(|required| required.iter().any(|known| known == name))
    };
    let properties = form["properties"].as_object().into_iter().flatten();
    let texts = properties.filter(|(_, property)| property["format"] != "binary");
    texts
        .map(|(name, property)| {
            Ok(Parameter {
                name: name.clone(),
                required: required(name),
                schema: schema::compile(property, schemas)?,
            })
        })
        .collect()
}

fn first_example(document: &Document, operation: &Described) -> Option<String> {
    let mut response: &Response = operation.responses.get("200")?;
    if let Some(reference) = &response.reference {
        response = document.components.responses.get(last_segment(reference))?;
    }
    let (_, body) = response.content.first()?;
    let first = body.examples.first();
    let example = first
        .and_then(|(_, example)| example.value.as_ref())
        .or(body.example.as_ref())?;
    Some(example.get().to_owned())
}

/// Returns the name at the end of `#/components/parameters/IdInstance`.
fn last_segment(reference: &str) -> &str {
    reference.rsplit('/').next().unwrap_or(reference)
}

#[cfg(test)]
mod tests;
