//! Reads the spec's files and bundles them into one plain OpenAPI document.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::dialect::{self, Operation, Parameter, PathItem, Response, Root, Schema};
use crate::problem::Problems;

/// The verbs an OpenAPI path item can have.
pub const VERBS: [&str; 8] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace",
];

/// A family of operations: what all paths under one prefix share.
#[derive(Clone, Debug)]
pub struct Family {
    /// Its name in `x-families`.
    pub name: String,
    /// What the paths begin with.
    pub prefix: String,
    /// The names of its credentials in the path.
    pub credentials: Vec<String>,
}

/// The loaded spec.
#[derive(Clone, Debug, Default)]
pub struct Spec {
    /// The bundle: plain OpenAPI 3.0.3, every convenience spelled out.
    pub document: Value,
    /// The families, as declared.
    pub families: Vec<Family>,
    /// The path items of the bundle, as the grammar has them.
    pub items: dialect::Map<PathItem>,
    /// The schemas of the bundle, as the grammar has them.
    pub grammars: dialect::Map<Schema>,
    /// The shared parameters and responses.
    pub components: dialect::Components,
    /// Which file a path was written in.
    pub path_files: BTreeMap<String, String>,
    /// Which file a schema was written in.
    pub schema_files: BTreeMap<String, String>,
    /// Which schemas a schema refers to directly.
    references: BTreeMap<String, BTreeSet<String>>,
}

impl Spec {
    /// Follows `$ref` until something else is found.
    #[must_use]
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
    #[must_use]
    pub fn schemas(&self) -> &Map<String, Value> {
        static NONE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
        self.document
            .pointer("/components/schemas")
            .and_then(Value::as_object)
            .unwrap_or(&NONE)
    }

    /// Returns every operation: its path, its verb, the path item and itself.
    pub fn operations(&self) -> impl Iterator<Item = (&str, &str, &Value, &Value)> {
        let paths = self
            .document
            .get("paths")
            .and_then(Value::as_object)
            .into_iter()
            .flatten();
        paths.flat_map(|(path, item)| {
            let verbs = item.as_object().into_iter().flatten();
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
    #[must_use]
    pub fn schema<'a>(&'a self, mut schema: &'a Schema) -> &'a Schema {
        while let Some(target) = schema
            .reference
            .as_deref()
            .and_then(|reference| self.grammars.get(reference.rsplit('/').next()?))
        {
            schema = target;
        }
        schema
    }

    /// Returns the response of that status, with references followed.
    #[must_use]
    pub fn response<'a>(&'a self, operation: &'a Operation, status: &str) -> Option<&'a Response> {
        let response = operation.responses.get(status)?;
        Some(self.components.response(response))
    }

    /// Returns the family of a path, if it has one.
    #[must_use]
    pub fn family(&self, path: &str) -> Option<&Family> {
        self.families
            .iter()
            .find(|family| path.starts_with(&family.prefix))
    }

    /// Returns the names of all schemas that the server sends with a 200.
    #[must_use]
    pub fn received(&self) -> BTreeSet<String> {
        self.reached(|operation| &self.resolve(&operation["responses"]["200"])["content"])
    }

    /// Returns the names of all schemas that the client sends.
    #[must_use]
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
        let mut direct = BTreeSet::new();
        references(value, &mut direct);
        let mut open: Vec<&String> = direct.iter().collect();
        while let Some(name) = open.pop() {
            if names.insert(name.clone()) {
                open.extend(self.references.get(name).into_iter().flatten());
            }
        }
    }

    /// Returns the file that a path was written in.
    #[must_use]
    pub fn file_of_path(&self, path: &str) -> &str {
        self.path_files
            .get(path)
            .map_or("openapi.yaml", String::as_str)
    }

    /// Returns the file that a schema was written in.
    #[must_use]
    pub fn file_of_schema(&self, name: &str) -> &str {
        self.schema_files
            .get(name)
            .map_or("openapi.yaml", String::as_str)
    }
}

/// The names of the schemas that are referred to directly.
fn references(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            names.extend(schema_name(value).map(str::to_owned));
            map.iter()
                .filter(|(key, _)| *key != "examples")
                .for_each(|(_, inner)| references(inner, names));
        }
        Value::Array(list) => list.iter().for_each(|inner| references(inner, names)),
        _ => {}
    }
}

/// Returns the reference inside `allOf`, which only gives it a description of its own, or the schema itself.
#[must_use]
pub fn unwrapped(schema: &Value) -> &Value {
    if schema["allOf"][0].is_object() {
        &schema["allOf"][0]
    } else {
        schema
    }
}

/// Returns the name of the component schema that a `$ref` points to.
#[must_use]
pub fn schema_name(schema: &Value) -> Option<&str> {
    schema
        .get("$ref")?
        .as_str()?
        .strip_prefix("#/components/schemas/")
}

/// Reads and bundles the spec in `folder`.
///
/// # Errors
///
/// Files that are missing or are not YAML, things defined twice, and keys that the dialect does not know.
pub fn load(folder: &Path) -> Result<Spec, Problems> {
    let mut root = read(folder, "openapi.yaml")?;
    let mut problems = Problems::default();
    let grammar: Option<Root> = dialect::read(&root, |path, message| {
        problems.add("openapi.yaml", format!("openapi.{path}"), message);
    });
    let Some(grammar) = grammar else {
        return Err(problems);
    };
    let shared = root["x-families"].take();
    let mut spec = Spec {
        families: families(&grammar),
        components: grammar.components,
        ..Spec::default()
    };

    let sections: Vec<String> = grammar.tags.into_iter().map(|tag| tag.name).collect();
    for stray in yaml_files(folder, "paths")
        .iter()
        .filter(|name| !sections.contains(&stem(name)))
    {
        problems.add(
            stray.as_str(),
            "the file",
            format!(
                "has no tag; add `- name: {}` under `tags` in openapi.yaml",
                stem(stray)
            ),
        );
    }
    let mut paths = Map::new();
    for section in &sections {
        let file = format!("paths/{section}.yaml");
        for (path, mut item) in mapping(read(folder, &file)?, &file)? {
            let family = spec
                .family(&path)
                .map_or(&Value::Null, |family| &shared[&family.name]);
            complete(&mut item, section, family);
            let grammar = dialect::read(&item, |place, message| {
                problems.add(&file, place_in_item(&item, &path, place), message);
            });
            spec.items.insert(path.clone(), grammar.unwrap_or_default());
            if let Some(first) = spec.path_files.insert(path.clone(), file.clone()) {
                problems.add(
                    &file,
                    &path,
                    format!("is already defined in {first}; put both verbs under one path"),
                );
            }
            paths.insert(path, item);
        }
    }

    let mut schemas = Map::new();
    for file in yaml_files(folder, "schemas") {
        for (name, schema) in mapping(read(folder, &file)?, &file)? {
            if let Some(first) = spec.schema_files.insert(name.clone(), file.clone()) {
                problems.add(
                    &file,
                    &name,
                    format!("is already defined in {first}; give one of them another name"),
                );
            }
            let grammar = dialect::read(&schema, |place, message| {
                problems.add(&file, format!("{name}.{place}"), message);
            });
            spec.grammars
                .insert(name.clone(), grammar.unwrap_or_default());
            references(&schema, spec.references.entry(name.clone()).or_default());
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
    if let Some(shared) = family["parameters"].as_array() {
        let own = item
            .get("parameters")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        item.shift_insert(
            0,
            "parameters".to_owned(),
            shared.iter().cloned().chain(own).collect(),
        );
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
        let own = operation
            .get_mut("responses")
            .and_then(Value::as_object_mut);
        if let (Some(shared), Some(own)) = (family["responses"].as_object(), own) {
            for (status, response) in shared {
                own.entry(status.as_str())
                    .or_insert_with(|| response.clone());
            }
        }
    }
}

/// The `example` of a parameter stands for every pair that its `examples` do not name.
fn spell_out_examples(operation: &mut Value) {
    let mut names: Vec<String> = Vec::new();
    let mut collect = |examples: &Value| {
        for (name, _) in examples.as_object().into_iter().flatten() {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    };
    for content in [
        &operation["responses"]["200"]["content"],
        &operation["requestBody"]["content"],
    ] {
        for (_, media) in content.as_object().into_iter().flatten() {
            collect(&media["examples"]);
        }
    }
    let parameters = operation
        .get_mut("parameters")
        .and_then(Value::as_array_mut);
    for parameter in parameters.into_iter().flatten() {
        let Some(parameter) = parameter.as_object_mut() else {
            continue;
        };
        let Some(value) = parameter.shift_remove("example") else {
            continue;
        };
        let own = parameter
            .shift_remove("examples")
            .unwrap_or_else(|| json!({}));
        let example = |name: String| match own.get(&name) {
            Some(own) => (name, own.clone()),
            None => (name, json!({ "value": value.clone() })),
        };
        let mut all: Map<String, Value> = names.iter().cloned().map(example).collect();
        // A name without a pair stays, to be refused.
        for (name, own) in own.as_object().into_iter().flatten() {
            all.entry(name.as_str()).or_insert_with(|| own.clone());
        }
        parameter.insert("examples".to_owned(), Value::Object(all));
    }
}

fn families(root: &Root) -> Vec<Family> {
    let name = |parameter: &Parameter| {
        let parameter = root.components.parameter(parameter);
        parameter.name.clone()
    };
    root.families
        .iter()
        .map(|(family, shared)| Family {
            name: family.clone(),
            prefix: shared.prefix.clone(),
            credentials: shared.parameters.iter().map(name).collect(),
        })
        .collect()
}

fn stem(file: &str) -> String {
    Path::new(file)
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The YAML files of a sub-folder, sorted, so that the bundle does not depend on the file system.
fn yaml_files(folder: &Path, sub: &str) -> Vec<String> {
    let entries = fs::read_dir(folder.join(sub))
        .into_iter()
        .flatten()
        .flatten();
    let mut names: Vec<String> = entries
        .filter_map(|entry| entry.file_name().into_string().ok())
        .filter(|name| name.ends_with(".yaml"))
        .map(|name| format!("{sub}/{name}"))
        .collect();
    names.sort();
    names
}

fn mapping(value: Value, file: &str) -> Result<Map<String, Value>, Problems> {
    match value {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(Map::new()),
        _ => Err(Problems::one(
            file,
            "the file",
            "must be a mapping from name to definition",
        )),
    }
}

fn read(folder: &Path, file: &str) -> Result<Value, Problems> {
    let text = fs::read_to_string(folder.join(file))
        .map_err(|error| Problems::one(file, "the file", format!("cannot be read: {error}")))?;
    let not_yaml = |error: serde_yaml_ng::Error| {
        Problems::one(file, "the file", format!("is not YAML: {error}"))
    };
    let mut yaml: serde_yaml_ng::Value = serde_yaml_ng::from_str(&text).map_err(not_yaml)?;
    yaml.apply_merge().map_err(not_yaml)?;
    serde_json::to_value(yaml).map_err(|error| {
        Problems::one(
            file,
            "the file",
            format!("holds what JSON cannot say: {error}"),
        )
    })
}
