//! Reads the spec's files and bundles them into one plain OpenAPI document.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use indexmap::IndexSet;
use serde_json::{Map, Value, json};

use crate::dialect::{self, Family, Operation, PathItem, Response, Root, Schema};
use crate::json::{entries, items, items_mut, string};
use crate::problem::Problems;

/// The verbs an OpenAPI path item can have.
pub const VERBS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// The file of everything that has no file of its own.
const ROOT: &str = "openapi.yaml";

/// The loaded spec.
#[derive(Clone, Debug, Default)]
pub struct Spec {
    /// The bundle: plain OpenAPI 3.0.3, every convenience spelled out.
    pub document: Value,
    /// The families, as declared: what all paths under one prefix share.
    pub families: dialect::Map<Family>,
    /// The path items of the bundle, as the grammar has them.
    pub items: dialect::Map<PathItem>,
    /// The schemas of the bundle, as the grammar has them.
    pub grammars: dialect::Map<Schema>,
    /// The shared parameters and responses.
    pub components: dialect::Components,
    /// Which file a path or a schema was written in.
    files: BTreeMap<String, String>,
}

impl Spec {
    /// Follows `$ref` until something else is found.
    pub fn resolve<'a>(&'a self, mut value: &'a Value) -> &'a Value {
        while let Some(target) = value
            .get("$ref")
            .and_then(Value::as_str)
            .and_then(|r| self.document.pointer(r.strip_prefix('#')?))
        {
            value = target;
        }
        value
    }

    /// Returns the component schemas.
    pub fn schemas(&self) -> impl Iterator<Item = (&String, &Value)> {
        entries(&self.document["components"]["schemas"])
    }

    /// Returns a property of the component schema of that name.
    pub fn property(&self, name: &str, property: &str) -> Option<&Schema> {
        self.grammars.get(name)?.properties.get(property)
    }

    /// Returns every operation: its path, its verb, the path item and itself.
    pub fn operations(&self) -> impl Iterator<Item = (&str, &str, &Value, &Value)> {
        entries(&self.document["paths"]).flat_map(|(path, item)| {
            let verbs = entries(item);
            verbs
                .filter(|(verb, _)| VERBS.contains(&verb.as_str()))
                .map(move |(verb, operation)| (path.as_str(), verb.as_str(), item, operation))
        })
    }

    /// Returns every operation as the grammar has it: its path, its verb, the path item and itself.
    pub fn described(&self) -> impl Iterator<Item = (&str, &str, &PathItem, &Operation)> {
        self.operations().filter_map(|(path, verb, _, _)| {
            let item = self.items.get(path)?;
            Some((path, verb, item, item.operation(verb)?))
        })
    }

    /// Returns the schema that a reference leads to, or itself.
    pub fn schema<'a>(&'a self, mut schema: &'a Schema) -> &'a Schema {
        while let Some(target) = schema.name().and_then(|name| self.grammars.get(name)) {
            schema = target;
        }
        schema
    }

    /// Returns the response of that status, with references followed.
    pub fn response<'a>(&'a self, operation: &'a Operation, status: &str) -> Option<&'a Response> {
        let response = operation.responses.get(status)?;
        Some(self.components.response(response))
    }

    /// Returns the family of a path and its name, if it has one.
    pub fn family(&self, path: &str) -> Option<(&str, &Family)> {
        let mut families = self.families.iter();
        let (name, family) = families.find(|(_, family)| path.starts_with(&family.prefix))?;
        Some((name, family))
    }

    /// Returns whether that parameter of a path is a credential.
    pub fn is_credential(&self, path: &str, name: &str) -> bool {
        let family = self.family(path).into_iter();
        let mut shared = family.flat_map(|(_, family)| &family.parameters);
        shared.any(|parameter| self.components.parameter(parameter).name == name)
    }

    /// Returns the parameters of an operation and its path item, apart from the credentials.
    pub fn parameters<'a>(
        &'a self,
        path: &'a str,
        item: &'a Value,
        operation: &'a Value,
    ) -> impl Iterator<Item = &'a Value> {
        let all = items(&item["parameters"]).chain(items(&operation["parameters"]));
        all.map(|parameter| self.resolve(parameter))
            .filter(|parameter| !self.is_credential(path, string(&parameter["name"])))
    }

    /// Returns the names of all schemas that the server sends with a 200.
    pub fn received(&self) -> BTreeSet<String> {
        self.reached(|operation| &self.resolve(&operation["responses"]["200"])["content"])
    }

    /// Returns the names of all schemas that the client sends.
    pub fn sent(&self) -> BTreeSet<String> {
        self.reached(|operation| &operation["requestBody"])
    }

    fn reached<'a>(&'a self, start: impl Fn(&'a Value) -> &'a Value) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for (_, _, _, operation) in self.operations() {
            self.collect(start(operation), &mut names);
        }
        names
    }

    /// Adds the names of all schemas that are referred to from here, directly or through others.
    pub fn collect(&self, value: &Value, names: &mut BTreeSet<String>) {
        match value {
            Value::Object(map) => {
                if let Some(name) = schema_name(value)
                    && names.insert(name.to_owned())
                {
                    self.collect(&self.document["components"]["schemas"][name], names);
                }
                map.iter()
                    .filter(|(key, _)| *key != "examples")
                    .for_each(|(_, inner)| self.collect(inner, names));
            }
            Value::Array(list) => list.iter().for_each(|inner| self.collect(inner, names)),
            _ => {}
        }
    }

    /// Notes the file of a path or a schema; each name is defined once.
    fn define(&mut self, name: &str, file: &str, remedy: &str, problems: &mut Problems) {
        if let Some(first) = self.files.insert(name.to_owned(), file.to_owned()) {
            let message = format!("is already defined in {first}; {remedy}");
            problems.add(file, name, message);
        }
    }

    /// Returns the file that a path or a schema was written in.
    pub fn file_of(&self, name: &str) -> &str {
        self.files.get(name).map_or(ROOT, String::as_str)
    }
}

/// Returns the name of the component schema that a `$ref` points to.
pub fn schema_name(schema: &Value) -> Option<&str> {
    schema_of(schema.get("$ref")?)
}

/// Returns the name of the component schema that stands behind this address.
pub fn schema_of(address: &Value) -> Option<&str> {
    address.as_str()?.strip_prefix("#/components/schemas/")
}

/// Reads and bundles the spec in `folder`. Refuses files that are missing or are not YAML, things defined twice, and keys that the
/// dialect does not know.
pub fn load(folder: &Path) -> Result<Spec, Problems> {
    let mut root = read(folder, ROOT)?;
    let mut problems = Problems::default();
    let grammar: Option<Root> = dialect::read(&root, |path, message| {
        problems.add(ROOT, format!("openapi.{path}"), message);
    });
    let Some(grammar) = grammar else {
        return Err(problems);
    };
    let shared = root["x-families"].take();
    let mut spec = Spec {
        families: grammar.families,
        components: grammar.components,
        ..Spec::default()
    };

    let sections: Vec<String> = grammar.tags.into_iter().map(|tag| tag.name).collect();
    for file in yaml_files(folder, "paths") {
        let section = file.trim_start_matches("paths/").trim_end_matches(".yaml");
        if !sections.iter().any(|known| known == section) {
            let message =
                format!("has no tag; add `- name: {section}` under `tags` in openapi.yaml");
            problems.add(&file, "the file", message);
        }
    }
    let mut paths = Map::new();
    for section in &sections {
        let file = format!("paths/{section}.yaml");
        for (path, mut item) in mapping(folder, &file)? {
            let family = spec
                .family(&path)
                .map_or(&Value::Null, |(family, _)| &shared[family]);
            complete(&mut item, section, family);
            let grammar = dialect::read(&item, |place, message| {
                problems.add(&file, place_in_item(&item, &path, place), message);
            });
            spec.items.insert(path.clone(), grammar.unwrap_or_default());
            spec.define(&path, &file, "put both verbs under one path", &mut problems);
            paths.insert(path, item);
        }
    }

    let mut schemas = Map::new();
    for file in yaml_files(folder, "schemas") {
        for (name, schema) in mapping(folder, &file)? {
            spec.define(&name, &file, "give one of them another name", &mut problems);
            let grammar = dialect::read(&schema, |place, message| {
                problems.add(&file, format!("{name}.{place}"), message);
            });
            let grammar = grammar.unwrap_or_default();
            spec.grammars.insert(name.clone(), grammar);
            schemas.insert(name, schema);
        }
    }
    if let Some(root) = root.as_object_mut() {
        root.shift_remove("x-families");
    }
    root["components"]["schemas"] = Value::Object(schemas);
    root["paths"] = Value::Object(paths);
    spec.document = root;
    problems.or(spec)
}

/// The name of the operation and the place in it.
fn place_in_item(item: &Value, path: &str, place: &serde_path_to_error::Path) -> String {
    let place = place.to_string();
    let (verb, rest) = place.split_once('.').unwrap_or((&place, ""));
    match item[verb]["operationId"].as_str() {
        Some(id) => format!("{id}.{rest}"),
        None => format!("{path}: {place}"),
    }
}

/// Adds to a path item what its family and its section say for it, and spells out examples that stand for several pairs.
fn complete(item: &mut Value, section: &str, family: &Value) {
    let Some(item) = item.as_object_mut() else {
        return;
    };
    if family["parameters"].is_array() {
        let own = item.shift_remove("parameters").unwrap_or_default();
        let all = items(&family["parameters"]).chain(items(&own)).cloned();
        item.shift_insert(0, "parameters".to_owned(), all.collect());
    }
    for (verb, operation) in item.iter_mut() {
        if !VERBS.contains(&verb.as_str()) {
            continue;
        }
        spell_out_examples(operation);
        let Some(operation) = operation.as_object_mut() else {
            continue;
        };
        operation.entry("tags").or_insert_with(|| json!([section]));
        if let Some(Value::Object(own)) = operation.get_mut("responses") {
            for (status, response) in entries(&family["responses"]) {
                own.entry(status).or_insert_with(|| response.clone());
            }
        }
    }
}

/// The `example` of a parameter stands for every pair that its `examples` do not name.
fn spell_out_examples(operation: &mut Value) {
    let contents = [
        &operation["responses"]["200"]["content"],
        &operation["requestBody"]["content"],
    ];
    let media = contents.into_iter().flat_map(entries);
    let names = media.flat_map(|(_, media)| entries(&media["examples"]));
    let names: IndexSet<String> = names.map(|(name, _)| name.clone()).collect();
    let parameters = operation.get_mut("parameters").into_iter();
    for parameter in parameters.flat_map(items_mut) {
        let Some(parameter) = parameter.as_object_mut() else {
            continue;
        };
        let Some(value) = parameter.shift_remove("example") else {
            continue;
        };
        let own = parameter.shift_remove("examples").unwrap_or_default();
        let example = |name: String| match own.get(&name) {
            Some(own) => (name, own.clone()),
            None => (name, json!({ "value": value.clone() })),
        };
        let mut all: Map<String, Value> = names.iter().cloned().map(example).collect();
        // A name without a pair stays, to be refused.
        for (name, own) in entries(&own) {
            all.entry(name).or_insert_with(|| own.clone());
        }
        parameter.insert("examples".to_owned(), Value::Object(all));
    }
}

/// The YAML files of a sub-folder, sorted, so that the bundle does not depend on the file system.
fn yaml_files(folder: &Path, sub: &str) -> Vec<String> {
    let files = fs::read_dir(folder.join(sub)).into_iter().flatten();
    let mut names: Vec<String> = files
        .flatten()
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.ends_with(".yaml"))
        .map(|name| format!("{sub}/{name}"))
        .collect();
    names.sort();
    names
}

fn mapping(folder: &Path, file: &str) -> Result<Map<String, Value>, Problems> {
    match read(folder, file)? {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(Map::new()),
        _ => Err(Problems::of_file(
            file,
            "must be a mapping from name to definition",
        )),
    }
}

fn read(folder: &Path, file: &str) -> Result<Value, Problems> {
    let problem = |message| Problems::of_file(file, message);
    let not_yaml = |error| problem(format!("is not YAML: {error}"));
    let text = fs::read_to_string(folder.join(file))
        .map_err(|error| problem(format!("cannot be read: {error}")))?;
    let mut yaml: serde_yaml_ng::Value = serde_yaml_ng::from_str(&text).map_err(not_yaml)?;
    yaml.apply_merge().map_err(not_yaml)?;
    serde_json::to_value(yaml)
        .map_err(|error| problem(format!("holds what JSON cannot say: {error}")))
}
