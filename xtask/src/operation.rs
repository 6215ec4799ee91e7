//! The operations of the spec, as code generation sees them.

use heck::ToPascalCase;
use syn::Ident;

use crate::dialect::{self, Effect, Kind, Parameter, Place, Refused, Schema};
use crate::load::Spec;
use crate::names;
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
    /// The family that gives it its credentials.
    pub family: String,
    /// The credentials in the path, each with whether it is a number.
    pub credentials: Vec<(Ident, bool)>,
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
    /// What is checked before anything is sent.
    pub rules: Rules,
}

/// A fact that a file states about itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FromFile {
    /// Its media type.
    ContentType,
    /// Its name.
    FileName,
}

/// The body of a request.
#[derive(Clone, Debug)]
pub enum Body {
    /// Nothing.
    None,
    /// JSON of this component schema.
    Json(String),
    /// A form of these parts.
    Multipart(Vec<Parameter>),
    /// Bytes as they are.
    Raw,
}

/// The JSON body of a 200.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Whether the whole body may be `null`.
    pub nullable: bool,
    /// The named schema, if it has one.
    pub schema: Option<String>,
}

impl Answer {
    /// Returns `true` if nothing but an object is documented.
    pub fn is_object(&self, spec: &Spec) -> bool {
        let schema = self
            .schema
            .as_ref()
            .and_then(|name| spec.grammars.get(name));
        !self.nullable
            && schema.is_some_and(|schema| !schema.properties.is_empty() && schema.list.is_none())
    }
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

    /// Returns which property of the file that is sent as it is a parameter is: headers say what it is.
    pub fn file_property(&self, parameter: &Parameter) -> Option<FromFile> {
        match (&self.body, parameter.place?) {
            (Body::Raw, Place::Header) if parameter.name.eq_ignore_ascii_case("content-type") => {
                Some(FromFile::ContentType)
            }
            (Body::Raw, Place::Header) => Some(FromFile::FileName),
            _ => None,
        }
    }

    /// Returns the Rust method's name.
    pub fn snake(&self) -> Ident {
        names::snake(&self.id)
    }

    /// Returns the Rust name of the type that stands for it.
    pub fn pascal(&self) -> Ident {
        names::pascal(&self.id)
    }

    /// Returns the name of the type that holds the credentials.
    pub fn owner(&self) -> String {
        self.family.to_pascal_case()
    }
}

/// Reads every operation out of a spec that passed the lint, and refuses what the generator has no form for.
pub fn read(spec: &Spec) -> Result<Vec<Operation>, Problems> {
    let mut problems = Problems::default();
    let operations = spec
        .described()
        .map(|(path, verb, item, operation)| {
            let mut refuse = |message| {
                problems.add(spec.file_of(path), &operation.operation_id, message);
            };
            let body = body(spec, operation, &mut refuse);
            let answer = answer(spec, operation, &mut refuse);
            // progenitor writes everything else.
            if matches!(body, Body::Multipart(_))
                && matches!(&answer, Some(a) if a.nullable || a.schema.is_none())
            {
                let message =
                    "what answers a form is a named schema that is not `nullable`, or nothing";
                refuse(message.to_owned());
            }
            let holders = item.parameters.iter().chain(&operation.parameters);
            let (credentials, own): (Vec<_>, Vec<_>) = holders
                .map(|parameter| spec.components.parameter(parameter))
                .partition(|parameter| spec.is_credential(path, &parameter.name));
            let mut rules = Rules::default();
            for parameter in &own {
                rules.collect(spec, &parameter.name, &parameter.schema, 0);
            }
            for (_, content) in operation.request_body.content.iter().take(1) {
                rules.collect(spec, "", &content.schema, 0);
            }
            Operation {
                id: operation.operation_id.clone(),
                file: spec.file_of(path).to_owned(),
                path: path.to_owned(),
                verb: verb.to_uppercase(),
                section: operation.tags.first().cloned().unwrap_or_default(),
                family: spec
                    .family(path)
                    .map_or("instance", |(name, _)| name)
                    .to_owned(),
                credentials: credentials
                    .into_iter()
                    .map(|p| (names::snake(&p.name), p.schema.kind == Some(Kind::Integer)))
                    .collect(),
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
                parameters: own.into_iter().cloned().collect(),
                rules,
                body,
                answer,
            }
        })
        .collect();
    problems.or(operations)
}

fn body(spec: &Spec, operation: &dialect::Operation, refuse: &mut impl FnMut(String)) -> Body {
    let Some((media, content)) = operation.request_body.content.first() else {
        return Body::None;
    };
    match media.as_str() {
        "application/json" => match content.schema.name() {
            Some(name) => return Body::Json(name.to_owned()),
            None => refuse(
                "the JSON request body needs a name: move its schema to schemas/ and refer to it"
                    .to_owned(),
            ),
        },
        "multipart/form-data" => {
            return Body::Multipart(parts(spec.schema(&content.schema)));
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
        schema: content.schema.name().map(str::to_owned),
    })
}

/// The properties of a form, as what the parameters of other operations are.
fn parts(form: &Schema) -> Vec<Parameter> {
    let part = |(name, part): (&String, &Schema)| {
        let mut parameter = Parameter::default();
        parameter.name.clone_from(name);
        parameter.place = Some(Place::Form);
        parameter.required = form.required.contains(name);
        parameter.description = part.words().to_owned();
        parameter.schema = part.clone();
        parameter
    };
    form.properties.iter().map(part).collect()
}

/// The model of a chat's id.
const CHAT: &str = "ChatId";
/// The format of a secret text.
const SECRET: &str = "password";
/// The format of a text that is a phone number.
const PHONE: &str = "phone";

/// The checks before anything is sent, each with a path into the arguments such as `options/*/optionName`.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Documented limits, written as in the generated table, such as `MaxLength(20)`.
    pub limits: Vec<(String, String)>,
    /// Where a caller names a chat.
    pub chats: Vec<String>,
    /// Where a caller gives a secret.
    pub secrets: Vec<String>,
}

impl Rules {
    fn collect(&mut self, spec: &Spec, at: &str, schema: &Schema, depth: usize) {
        // Deep enough for every request there is; a schema that refers to itself stops here.
        if depth > 6 {
            return;
        }
        if schema.name() == Some(CHAT) {
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
            (schema.format.as_deref() == Some(PHONE)).then(|| "PhoneNumber".to_owned()),
            count("MinItems", schema.min_properties),
            (!names.is_empty()).then(|| format!("FileName(&{names:?})")),
        ];
        for limit in own.into_iter().flatten() {
            let limit = (at.to_owned(), limit);
            // Variants of a union share limits.
            if !self.limits.contains(&limit) {
                self.limits.push(limit);
            }
        }
        let inside = |name: &str| match at {
            "" => name.to_owned(),
            at => format!("{at}/{name}"),
        };
        for (name, property) in &schema.properties {
            self.collect(spec, &inside(name), property, depth + 1);
        }
        for part in schema.all_of.iter().chain(&schema.one_of) {
            self.collect(spec, at, part, depth + 1);
        }
        if let Some(items) = &schema.items {
            self.collect(spec, &inside("*"), items, depth + 1);
        }
    }
}
