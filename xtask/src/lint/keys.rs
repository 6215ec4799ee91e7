//! Unknown and misspelled keys, and references to nothing.

use serde_json::Value;

use crate::load::{Spec, VERBS};
use crate::problem::Problems;

/// What an object may hold: a key, and what stands behind it.
type Keys = &'static [(&'static str, Kind)];

#[derive(Clone, Copy)]
enum Kind {
    /// Anything at all: text, numbers, example values.
    Any,
    /// One object of this shape.
    One(fn() -> Keys),
    /// A list of such objects.
    List(fn() -> Keys),
    /// A map from free names to such objects.
    Map(fn() -> Keys),
}
use Kind::{Any, List, Map, One};

fn root() -> Keys {
    &[
        ("openapi", Any),
        ("info", One(info)),
        ("servers", List(server)),
        ("tags", List(tag)),
        ("security", Any),
        ("externalDocs", One(external_docs)),
        ("paths", Any),
        ("components", One(components)),
    ]
}
fn info() -> Keys {
    &[
        ("title", Any),
        ("version", Any),
        ("description", Any),
        ("license", Any),
        ("termsOfService", Any),
        ("contact", Any),
    ]
}
fn server() -> Keys {
    &[
        ("url", Any),
        ("description", Any),
        ("variables", Map(server_variable)),
    ]
}
fn server_variable() -> Keys {
    &[("default", Any), ("enum", Any), ("description", Any)]
}
fn tag() -> Keys {
    &[
        ("name", Any),
        ("description", Any),
        ("externalDocs", One(external_docs)),
    ]
}
fn external_docs() -> Keys {
    &[("url", Any), ("description", Any)]
}
fn components() -> Keys {
    &[
        ("parameters", Map(parameter)),
        ("responses", Map(response)),
        ("headers", Map(header)),
        ("schemas", Map(schema)),
        ("examples", Map(example)),
    ]
}
fn path_item() -> Keys {
    &[
        ("parameters", List(parameter)),
        ("summary", Any),
        ("description", Any),
        ("get", One(operation)),
        ("put", One(operation)),
        ("post", One(operation)),
        ("delete", One(operation)),
        ("options", One(operation)),
        ("head", One(operation)),
        ("patch", One(operation)),
        ("trace", One(operation)),
    ]
}
fn operation() -> Keys {
    &[
        ("operationId", Any),
        ("tags", Any),
        ("summary", Any),
        ("description", Any),
        ("externalDocs", One(external_docs)),
        ("deprecated", Any),
        ("servers", List(server)),
        ("parameters", List(parameter)),
        ("requestBody", One(request_body)),
        ("responses", Map(response)),
        ("security", Any),
        ("x-host", Any),
        ("x-timeout-seconds", Any),
        ("x-rate-limit-rps", Any),
        ("x-effect", Any),
        ("x-beta", Any),
        ("x-refused", One(refused)),
        ("x-returns", Any),
    ]
}
fn refused() -> Keys {
    &[("when", Any), ("advice", Any)]
}
fn parameter() -> Keys {
    &[
        ("$ref", Any),
        ("name", Any),
        ("in", Any),
        ("required", Any),
        ("description", Any),
        ("schema", One(schema)),
        ("example", Any),
        ("examples", Map(example)),
        ("deprecated", Any),
        ("x-unit", Any),
        ("x-from-file", Any),
    ]
}
fn request_body() -> Keys {
    &[
        ("$ref", Any),
        ("required", Any),
        ("description", Any),
        ("content", Map(media_type)),
    ]
}
fn response() -> Keys {
    &[
        ("$ref", Any),
        ("description", Any),
        ("headers", Map(header)),
        ("content", Map(media_type)),
    ]
}
fn header() -> Keys {
    &[
        ("$ref", Any),
        ("description", Any),
        ("required", Any),
        ("schema", One(schema)),
        ("example", Any),
    ]
}
fn media_type() -> Keys {
    &[
        ("schema", One(schema)),
        ("examples", Map(example)),
        ("encoding", Any),
    ]
}
fn example() -> Keys {
    &[
        ("$ref", Any),
        ("summary", Any),
        ("description", Any),
        ("value", Any),
    ]
}
fn schema() -> Keys {
    &[
        ("$ref", Any),
        ("type", Any),
        ("format", Any),
        ("description", Any),
        ("nullable", Any),
        ("deprecated", Any),
        ("readOnly", Any),
        ("enum", Any),
        ("example", Any),
        ("properties", Map(schema)),
        ("required", Any),
        ("items", One(schema)),
        ("allOf", List(schema)),
        ("oneOf", List(schema)),
        ("discriminator", One(discriminator)),
        ("additionalProperties", Any),
        ("minimum", Any),
        ("maximum", Any),
        ("minLength", Any),
        ("maxLength", Any),
        ("minItems", Any),
        ("maxItems", Any),
        ("minProperties", Any),
        ("maxProperties", Any),
        ("uniqueItems", Any),
        // Known so that they can be refused with a reason.
        ("default", Any),
        ("pattern", Any),
        ("x-model", Any),
        ("x-lenient", Any),
        ("x-unit", Any),
        ("x-enum-descriptions", Any),
    ]
}
fn discriminator() -> Keys {
    &[("propertyName", Any), ("mapping", Any)]
}

pub(super) fn check(spec: &Spec, problems: &mut Problems) {
    let mut walk = Walk { spec, problems };
    walk.object("openapi.yaml", "openapi", &spec.document, root());
    for (path, item) in spec.document["paths"].as_object().into_iter().flatten() {
        let file = spec.file_of_path(path);
        let id = VERBS
            .iter()
            .find_map(|verb| item[*verb]["operationId"].as_str())
            .unwrap_or(path);
        walk.object(file, id, item, path_item());
    }
}

struct Walk<'a> {
    spec: &'a Spec,
    problems: &'a mut Problems,
}

impl Walk<'_> {
    fn object(&mut self, file: &str, place: &str, value: &Value, keys: Keys) {
        let Some(map) = value.as_object() else {
            return self
                .problems
                .add(file, place, format!("must be a mapping, not `{value}`"));
        };
        if let Some(target) = map.get("$ref") {
            let found = target
                .as_str()
                .and_then(|t| t.strip_prefix('#'))
                .is_some_and(|t| self.spec.document.pointer(t).is_some());
            if !found {
                self.problems.add(file, place, format!("refers to {target}, which does not exist; references look like '#/components/schemas/Name'"));
            }
            if map.len() > 1 {
                self.problems.add(file, place, "has other keys beside `$ref`, which would be ignored; write `allOf: [{$ref: …}]` beside them");
            }
        }
        for (key, inner) in map {
            let Some((_, kind)) = keys.iter().find(|(known, _)| known == key) else {
                let place = format!("{place}.{key}");
                self.problems.add(
                    file,
                    place,
                    format!("unknown key `{key}`{}", suggestion(key, keys)),
                );
                continue;
            };
            let place = format!("{place}.{key}");
            match kind {
                Any => {}
                One(keys) => self.object(file, &place, inner, keys()),
                List(keys) => match inner.as_array() {
                    Some(list) => list.iter().enumerate().for_each(|(i, item)| {
                        self.object(file, &format!("{place}[{i}]"), item, keys())
                    }),
                    None => self.problems.add(file, place, "must be a list"),
                },
                Map(keys) => match inner.as_object() {
                    Some(entries) => {
                        for (name, item) in entries {
                            let (file, place) = match place.as_str() {
                                "openapi.components.schemas" => {
                                    (self.spec.file_of_schema(name), name.clone())
                                }
                                _ => (file, format!("{place}.{name}")),
                            };
                            let file = file.to_owned();
                            self.object(&file, &place, item, keys());
                        }
                    }
                    None => self.problems.add(file, place, "must be a mapping"),
                },
            }
        }
    }
}

fn suggestion(key: &str, keys: Keys) -> String {
    let nearest = keys
        .iter()
        .map(|(known, _)| (strsim::osa_distance(key, known), *known))
        .min();
    match nearest {
        Some((distance, known)) if distance <= 2 => format!("; did you mean `{known}`?"),
        _ => {
            let known: Vec<&str> = keys.iter().map(|(known, _)| *known).collect();
            format!("; here the dialect knows {}", known.join(", "))
        }
    }
}
