//! The dialect: every key that the files of `spec/` may have, and what may stand behind it.
//!
//! These types are the grammar, the reader and the list of keys in one: what they do not name is refused. The words of each refusal are
//! made in `dialect/read.rs`.

mod read;

use indexmap::IndexMap;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;

pub use read::read;

/// A mapping in the order in which it is written.
pub type Map<T> = IndexMap<String, T>;

/// Declares mappings: every key may be left out, and what is not named is refused.
macro_rules! mappings {
    ($($(#[$meta:meta])* $vis:vis struct $name:ident $keys:tt)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(default, rename_all = "camelCase", deny_unknown_fields)]
        $vis struct $name $keys
    )*};
}

mappings! {
    /// `openapi.yaml`.
    pub struct Root {
        openapi: IgnoredAny,
        info: Info,
        servers: Vec<Server>,
        pub tags: Vec<Tag>,
        security: IgnoredAny,
        external_docs: ExternalDocs,
        paths: IgnoredAny,
        pub components: Components,
        #[serde(rename = "x-families")]
        pub families: Map<Family>,
    }

    struct Info {
        title: String,
        version: String,
        description: String,
        license: IgnoredAny,
        terms_of_service: IgnoredAny,
        contact: IgnoredAny,
    }

    pub struct Server {
        pub url: String,
        description: String,
        variables: Map<ServerVariable>,
    }

    struct ServerVariable {
        default: String,
        #[serde(rename = "enum")]
        values: Vec<String>,
        description: String,
    }

    pub struct Tag {
        pub name: String,
        description: String,
        external_docs: ExternalDocs,
    }

    pub struct ExternalDocs {
        pub url: String,
        description: String,
    }

    pub struct Components {
        pub parameters: Map<Parameter>,
        pub responses: Map<Response>,
        headers: Map<Header>,
        examples: Map<Example>,
    }

    /// The part that all paths under one prefix share.
    pub struct Family {
        pub prefix: String,
        pub parameters: Vec<Parameter>,
        responses: Map<Response>,
    }

    /// The operations behind a path.
    pub struct PathItem {
        pub parameters: Vec<Parameter>,
        summary: String,
        description: String,
        get: Option<Operation>,
        put: Option<Operation>,
        post: Option<Operation>,
        delete: Option<Operation>,
        options: Option<Operation>,
        head: Option<Operation>,
        patch: Option<Operation>,
        trace: Option<Operation>,
    }

    pub struct Operation {
        pub operation_id: String,
        pub tags: Vec<String>,
        pub summary: String,
        pub description: String,
        pub external_docs: ExternalDocs,
        pub deprecated: bool,
        pub servers: Vec<Server>,
        pub parameters: Vec<Parameter>,
        pub request_body: RequestBody,
        pub responses: Map<Response>,
        security: IgnoredAny,
        /// Time limit of one attempt.
        #[serde(rename = "x-timeout-seconds")]
        pub timeout: Option<u64>,
        /// Documented requests a second.
        #[serde(rename = "x-rate-limit-rps")]
        pub rate_limit: Option<f64>,
        #[serde(rename = "x-effect")]
        pub effect: Effect,
        /// Marked as beta by the documentation.
        #[serde(rename = "x-beta")]
        pub beta: bool,
        #[serde(rename = "x-refused")]
        pub refused: Option<Refused>,
        /// The one property of the answer that callers get.
        #[serde(rename = "x-returns")]
        pub returns: Option<String>,
    }

    /// A parameter, or a reference to one.
    pub struct Parameter {
        #[serde(rename = "$ref")]
        pub reference: Option<String>,
        pub name: String,
        #[serde(rename = "in")]
        pub place: Option<Place>,
        pub required: bool,
        pub description: String,
        pub schema: Schema,
        /// Stands for every pair that `examples` does not name.
        example: IgnoredAny,
        examples: Map<Example>,
        deprecated: bool,
        #[serde(rename = "x-unit")]
        pub unit: Option<Unit>,
    }

    pub struct RequestBody {
        required: bool,
        description: String,
        pub content: Map<MediaType>,
    }

    /// A response, or a reference to one.
    pub struct Response {
        #[serde(rename = "$ref")]
        pub reference: Option<String>,
        description: String,
        headers: Map<Header>,
        pub content: Map<MediaType>,
    }

    struct Header {
        #[serde(rename = "$ref")]
        reference: Option<String>,
        description: String,
        required: bool,
        schema: Schema,
        example: IgnoredAny,
    }

    pub struct MediaType {
        pub schema: Schema,
        examples: Map<Example>,
        encoding: IgnoredAny,
    }

    struct Example {
        #[serde(rename = "$ref")]
        reference: Option<String>,
        summary: String,
        description: String,
        value: IgnoredAny,
    }

    /// A schema, or a reference to one.
    pub struct Schema {
        #[serde(rename = "$ref")]
        pub reference: Option<String>,
        #[serde(rename = "type")]
        pub kind: Option<Kind>,
        pub format: Option<String>,
        pub description: Option<String>,
        pub nullable: bool,
        deprecated: bool,
        read_only: bool,
        #[serde(rename = "enum")]
        pub values: Option<Vec<Value>>,
        example: IgnoredAny,
        pub properties: Map<Schema>,
        pub required: Vec<String>,
        pub items: Option<Box<Schema>>,
        pub all_of: Vec<Schema>,
        pub one_of: Vec<Schema>,
        pub discriminator: Option<Discriminator>,
        pub additional_properties: Option<Value>,
        pub minimum: Option<f64>,
        pub maximum: Option<f64>,
        pub min_length: Option<u64>,
        pub max_length: Option<u64>,
        pub min_items: Option<u64>,
        pub max_items: Option<u64>,
        pub min_properties: Option<u64>,
        max_properties: Option<u64>,
        pub unique_items: bool,
        /// Known so that it can be refused with a reason.
        pub default: Option<Value>,
        /// Known so that it can be refused with a reason.
        pub pattern: Option<String>,
        #[serde(rename = "x-type")]
        pub rust_type: Option<RustType>,
        #[serde(rename = "x-unit")]
        pub unit: Option<Unit>,
        /// The arguments that name the file which is sent, the first that is given counts.
        #[serde(rename = "x-file-name")]
        pub file_name: Vec<String>,
        /// The property that a list in place of the object is read as.
        #[serde(rename = "x-list")]
        pub list: Option<String>,
        #[serde(rename = "x-enum-descriptions")]
        pub value_descriptions: Map<String>,
    }

    /// The property that tells the values of a union apart.
    pub struct Discriminator {
        pub property_name: String,
        pub mapping: Map<String>,
    }
}

impl Components {
    /// Returns the parameter that a reference leads to, or itself.
    pub fn parameter<'a>(&'a self, parameter: &'a Parameter) -> &'a Parameter {
        target(&self.parameters, parameter.reference.as_deref()).unwrap_or(parameter)
    }

    /// Returns the response that a reference leads to, or itself.
    pub fn response<'a>(&'a self, response: &'a Response) -> &'a Response {
        target(&self.responses, response.reference.as_deref()).unwrap_or(response)
    }
}

fn target<'a, T>(known: &'a Map<T>, reference: Option<&str>) -> Option<&'a T> {
    known.get(reference?.rsplit('/').next()?)
}

impl Schema {
    /// Returns the name of the component that it refers to.
    pub fn name(&self) -> Option<&str> {
        self.reference.as_deref()?.rsplit('/').next()
    }

    /// Returns the reference inside `allOf`, which only gives it a description of its own, or itself.
    pub fn inner(&self) -> &Self {
        self.all_of.first().unwrap_or(self)
    }

    /// Returns the model if its type is written by hand.
    pub fn model(&self) -> Option<Model> {
        match self.rust_type? {
            RustType::Model(model) => Some(model),
            RustType::String | RustType::Integer | RustType::Number => None,
        }
    }

    /// Returns its description without the space around it.
    pub fn words(&self) -> &str {
        self.description.as_deref().unwrap_or_default().trim()
    }
}

impl PathItem {
    /// Returns the operation of that verb.
    pub fn operation(&self, verb: &str) -> Option<&Operation> {
        match verb {
            "get" => self.get.as_ref(),
            "put" => self.put.as_ref(),
            "post" => self.post.as_ref(),
            "delete" => self.delete.as_ref(),
            "options" => self.options.as_ref(),
            "head" => self.head.as_ref(),
            "patch" => self.patch.as_ref(),
            "trace" => self.trace.as_ref(),
            _ => None,
        }
    }
}

/// The effect of an operation: `x-effect`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Only reads.
    Reads,
    /// Sends a message or a status.
    Sends,
    /// Changes something.
    #[default]
    Changes,
    /// Must not be repeated.
    Once,
}

/// The form of a refusal that comes with a 200: `x-refused`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refused {
    /// The condition that makes an answer a refusal.
    pub when: RefusedWhen,
    /// Advice on what a person can do about it.
    pub advice: String,
}

/// A condition that makes an answer a refusal.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "Value")]
pub enum RefusedWhen {
    /// The answer is a bare text: `text`.
    Text,
    /// Properties, each with a value or `'*'` for any.
    Properties(serde_json::Map<String, Value>),
}

impl TryFrom<Value> for RefusedWhen {
    type Error = String;

    fn try_from(value: Value) -> Result<Self, String> {
        match value {
            Value::String(word) if word == "text" => Ok(Self::Text),
            Value::Object(properties) => Ok(Self::Properties(properties)),
            other => Err(format!(
                "is {other}; write `text` or properties such as `{{status: false}}`"
            )),
        }
    }
}

/// The part of a request that an argument goes into, named as in the generated table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    Path,
    Query,
    Header,
    /// A part of a form, which parameters are not.
    #[serde(skip)]
    Form,
    /// In the body, or all of it.
    #[serde(skip)]
    Body,
}

/// The unit of a number: `x-unit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    Seconds,
    Milliseconds,
    Minutes,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Array,
    Boolean,
    Integer,
    Number,
    Object,
    String,
}

/// The Rust type in place of the one that the schema gives: `x-type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RustType {
    /// A text, read from any of the forms that the description lists.
    String,
    /// A whole number, read likewise.
    Integer,
    /// A number, read likewise.
    Number,
    /// A type written by hand, under the schema's name.
    Model(Model),
}

impl RustType {
    /// Reads `x-type` of a schema that passed the grammar.
    pub fn of(schema: &Value) -> Option<Self> {
        Self::deserialize(schema.get("x-type")?).ok()
    }
}

/// The conversions into a hand-written type, for which setters take `impl Into`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Model {
    /// Only itself.
    Plain,
    /// Any text.
    FromText,
    /// Values of some other types.
    FromOthers,
}
