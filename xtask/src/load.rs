//! Reads the spec's files and bundles them into one plain OpenAPI document.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

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
#[derive(Clone, Debug)]
pub struct Spec {
    /// The bundle: plain OpenAPI 3.0.3, every convenience spelled out.
    pub document: Value,
    /// The families, as declared.
    pub families: Vec<Family>,
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

    /// The component schemas.
    #[must_use]
    pub fn schemas(&self) -> &Map<String, Value> {
        static NONE: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
        self.document
            .pointer("/components/schemas")
            .and_then(Value::as_object)
            .unwrap_or(&NONE)
    }

    /// Every operation: its path, its verb, the path item and itself.
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

    /// The names of all schemas that the server sends with a 200.
    #[must_use]
    pub fn received(&self) -> BTreeSet<String> {
        self.reached(|operation| &self.resolve(&operation["responses"]["200"])["content"])
    }

    /// The names of all schemas that the client sends.
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

    /// The file a path was written in.
    #[must_use]
    pub fn file_of_path(&self, path: &str) -> &str {
        self.path_files
            .get(path)
            .map_or("openapi.yaml", String::as_str)
    }

    /// The file a schema was written in.
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

/// The reference inside `allOf`, which only gives a reference a description of its own; anything else as it is.
#[must_use]
pub fn unwrapped(schema: &Value) -> &Value {
    if schema["allOf"][0].is_object() {
        &schema["allOf"][0]
    } else {
        schema
    }
}

/// The name of the component schema that a `$ref` points to.
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
/// Files that are missing or are not YAML, and things defined twice.
pub fn load(folder: &Path) -> Result<Spec, Problems> {
    let root = read(folder, "openapi.yaml")?;
    let Value::Object(mut document) = root else {
        return Err(Problems::one(
            "openapi.yaml",
            "the file",
            "must be a mapping",
        ));
    };
    let mut problems = Problems::default();
    let families = document
        .shift_remove("x-families")
        .unwrap_or_else(|| json!({}));
    let media_servers = document.shift_remove("x-media-servers");
    let sections: Vec<String> = document
        .get("tags")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(|tag| Some(tag.get("name")?.as_str()?.to_owned()))
        .collect();

    let mut spec = Spec {
        document: Value::Null,
        families: read_families(&families, &document),
        path_files: BTreeMap::new(),
        schema_files: BTreeMap::new(),
        references: BTreeMap::new(),
    };

    let mut paths = Map::new();
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
    for section in &sections {
        let file = format!("paths/{section}.yaml");
        for (path, mut item) in mapping(read(folder, &file)?, &file)? {
            complete(&mut item, &path, section, &families, media_servers.as_ref());
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

    let components = document.entry("components").or_insert_with(|| json!({}));
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
            references(&schema, spec.references.entry(name.clone()).or_default());
            schemas.insert(name, schema);
        }
    }
    components["schemas"] = Value::Object(schemas);
    document.insert("paths".to_owned(), Value::Object(paths));
    spec.document = Value::Object(document);
    problems.or(spec)
}

/// Adds to a path item what its family, its section and its host say for it.
fn complete(
    item: &mut Value,
    path: &str,
    section: &str,
    families: &Value,
    media_servers: Option<&Value>,
) {
    let family = families
        .as_object()
        .into_iter()
        .flatten()
        .map(|(_, family)| family);
    let family = family.into_iter().find(|f| {
        f["prefix"]
            .as_str()
            .is_some_and(|prefix| path.starts_with(prefix))
    });
    let Some(item) = item.as_object_mut() else {
        return;
    };
    if let Some(shared) = family.and_then(|f| f["parameters"].as_array()) {
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
        let Some(operation) = operation
            .as_object_mut()
            .filter(|_| VERBS.contains(&verb.as_str()))
        else {
            continue;
        };
        operation.entry("tags").or_insert_with(|| json!([section]));
        if operation.get("x-host").is_some_and(|host| host == "media")
            && let Some(servers) = media_servers
        {
            operation
                .entry("servers")
                .or_insert_with(|| servers.clone());
        }
        if let (Some(shared), Some(own)) = (
            family.and_then(|f| f["responses"].as_object()),
            operation
                .get_mut("responses")
                .and_then(Value::as_object_mut),
        ) {
            for (status, response) in shared {
                own.entry(status.as_str())
                    .or_insert_with(|| response.clone());
            }
        }
    }
}

fn read_families(families: &Value, document: &Map<String, Value>) -> Vec<Family> {
    let name_of = |parameter: &Value| -> Option<String> {
        let parameter = match parameter.get("$ref").and_then(Value::as_str) {
            Some(target) => document
                .get("components")?
                .pointer(target.strip_prefix("#/components")?)?,
            None => parameter,
        };
        Some(parameter.get("name")?.as_str()?.to_owned())
    };
    families
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, family)| Family {
            name: name.clone(),
            prefix: family["prefix"].as_str().unwrap_or_default().to_owned(),
            credentials: family["parameters"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(name_of)
                .collect(),
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
