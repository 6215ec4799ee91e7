//! The description against the documentation: `documented/operations.json` was made from the documentation's pages and the official
//! libraries, and not from the description. It lists every method with its verb, path, host and the fields of its request.
//!
//! `required` is `null` where the documentation does not say.

use std::collections::BTreeMap;
use std::io::Write as _;

use green_api_tests::spec::{Operation, Spec, bundle, entries};
use serde::Deserialize;
use serde_json::{Value, json};

/// Where the description differs on purpose, and why.
const EXCEPTIONS: [(&str, &str); 9] = [
    (
        "getStateInstanceHistory: content",
        "a GET with a body is dropped by proxies; the official JavaScript library sends the count in the query",
    ),
    (
        "getStateInstanceHistory: body field `count`",
        "in the query, see above",
    ),
    (
        "getStateInstanceHistory: query field `count`",
        "in the query, see above",
    ),
    (
        "sendMessage: body field `archiveChat`",
        "gone from today's page; only the documentation of 2023 has it",
    ),
    (
        "sendFileByUrl: body field `archiveChat`",
        "gone from today's page; only the documentation of 2023 has it",
    ),
    (
        "setDisappearingChat: body field `ephemeralExpiration`",
        "said to be optional, but most official libraries demand it: without it there is nothing to set",
    ),
    (
        "createInstance: body field `catalogWebhook`",
        "inferred: it takes the other switches of the settings",
    ),
    (
        "createInstance: body field `outgoingCallWebhook`",
        "inferred: it takes the other switches of the settings",
    ),
    (
        "createInstance: body field `incomingMessageStatusWebhook`",
        "inferred: it takes the other switches of the settings",
    ),
];

#[derive(Deserialize)]
struct Documented {
    name: String,
    section: String,
    verb: String,
    path: String,
    host: String,
    content: Option<String>,
    fields: Vec<Field>,
}

#[derive(Deserialize)]
struct Field {
    #[serde(rename = "in")]
    place: String,
    name: String,
    #[serde(rename = "type")]
    kind: String,
    required: Option<bool>,
}

fn documented() -> Vec<Documented> {
    serde_json::from_str(include_str!("../documented/operations.json"))
        .expect("the list is well-formed")
}

/// What a request of the description has: place and name, with type and whether it must be given.
type Fields = BTreeMap<(String, String), (String, bool)>;

fn described(operation: &Operation<'_>) -> Fields {
    let spec = operation.spec;
    let mut fields = Fields::new();
    for parameter in operation.parameters() {
        let text = |key: &str| parameter[key].as_str().unwrap_or_default().to_owned();
        fields.insert(
            (text("in"), text("name")),
            (
                kind(spec, &parameter["schema"]),
                parameter["required"] == true,
            ),
        );
    }
    match operation.request_body() {
        Some(("application/json", content)) => {
            collect(spec, &content["schema"], "body", "", &mut fields)
        }
        Some(("multipart/form-data", content)) => {
            collect(spec, &content["schema"], "form", "", &mut fields)
        }
        // A file as it is has no name.
        Some((_, content)) => drop(fields.insert(
            ("body".to_owned(), "(body)".to_owned()),
            (kind(spec, &content["schema"]), true),
        )),
        None => {}
    }
    fields
}

/// The type of a value.
fn kind(spec: &Spec, schema: &Value) -> String {
    let schema = spec.resolve(schema);
    match (&schema["type"], &schema["allOf"][0]) {
        _ if schema["format"] == "binary" => "file".to_owned(),
        (Value::String(kind), _) => kind.clone(),
        (_, inner) if inner.is_object() => kind(spec, inner),
        _ => "no plain type".to_owned(),
    }
}

/// All properties of a schema, those of objects and lists within it included.
fn collect(spec: &Spec, schema: &Value, place: &str, prefix: &str, fields: &mut Fields) {
    let schema = spec.resolve(schema);
    schema["allOf"]
        .as_array()
        .into_iter()
        .flatten()
        .for_each(|part| collect(spec, part, place, prefix, fields));
    if schema["x-discriminator"].is_object() {
        collect_union(spec, schema, place, prefix, fields);
    }
    let required = |name: &str| {
        schema["required"]
            .as_array()
            .is_some_and(|list| list.iter().any(|required| required == name))
    };
    for (name, property) in entries(&schema["properties"]) {
        let path = format!("{prefix}{name}");
        fields.insert(
            (place.to_owned(), path.clone()),
            (kind(spec, property), required(name)),
        );
        collect(spec, property, place, &format!("{path}."), fields);
    }
    if schema["items"].is_object() {
        collect(
            spec,
            &schema["items"],
            place,
            &format!("{}[].", prefix.trim_end_matches('.')),
            fields,
        );
    }
}

/// The properties of all variants. What every variant demands is required.
fn collect_union(spec: &Spec, schema: &Value, place: &str, prefix: &str, fields: &mut Fields) {
    let variants: Vec<Fields> = entries(&schema["x-discriminator"]["mapping"])
        .map(|(_, reference)| {
            let mut found = Fields::new();
            collect(
                spec,
                &json!({ "$ref": reference }),
                place,
                prefix,
                &mut found,
            );
            found
        })
        .collect();
    for (key, (kind, _)) in variants.iter().flatten() {
        let everywhere = variants
            .iter()
            .all(|variant| variant.get(key).is_some_and(|(_, required)| *required));
        fields.insert(key.clone(), (kind.clone(), everywhere));
    }
}

/// Everything in which a description differs from the documentation, but for the exceptions; and the exceptions that are none any more.
fn mismatches(spec: &Spec) -> Vec<String> {
    let mut problems = Vec::new();
    let mut unused: Vec<&str> = EXCEPTIONS.iter().map(|(what, _)| *what).collect();
    let mut report = |what: String, problem: String| {
        if let Some((exception, _)) = EXCEPTIONS.iter().find(|(exception, _)| *exception == what) {
            unused.retain(|unused| unused != exception);
        } else {
            problems.push(format!("{what}: {problem}"));
        }
    };
    let documented = documented();
    let operations = spec.operations();
    for method in &documented {
        let name = &method.name;
        let Some(operation) = operations.iter().find(|operation| operation.id == *name) else {
            report(name.clone(), "is documented, but not described".to_owned());
            continue;
        };
        let content = operation.request_body().map(|(media_type, _)| media_type);
        let host = if operation.media() { "media" } else { "api" };
        for (what, wanted, got) in [
            (
                "verb",
                Some(method.verb.as_str()),
                Some(operation.verb.as_str()),
            ),
            ("path", Some(&method.path), Some(operation.path)),
            ("host", Some(&method.host), Some(host)),
            (
                "section",
                Some(&method.section),
                operation.get("tags")[0].as_str(),
            ),
            ("content", method.content.as_deref(), content),
        ] {
            if wanted != got {
                report(
                    format!("{name}: {what}"),
                    format!(
                        "documented {}, described {}",
                        wanted.unwrap_or("none"),
                        got.unwrap_or("none")
                    ),
                );
            }
        }
        let mut described = described(operation);
        for Field {
            place,
            name: field,
            kind,
            required,
        } in &method.fields
        {
            let what = format!("{name}: {place} field `{field}`");
            match described.remove(&(place.clone(), field.clone())) {
                None => report(what, "is documented, but not described".to_owned()),
                Some((described, _)) if described != *kind => report(
                    what,
                    format!("documented as {kind}, described as {described}"),
                ),
                Some((_, described)) if required.is_some_and(|required| required != described) => {
                    let word = |required| if required { "required" } else { "optional" };
                    report(
                        what,
                        format!(
                            "documented as {}, described as {}",
                            word(!described),
                            word(described)
                        ),
                    );
                }
                Some(_) => {}
            }
        }
        for (place, field) in described.into_keys() {
            report(
                format!("{name}: {place} field `{field}`"),
                "is described, but not documented".to_owned(),
            );
        }
    }
    // A method that is newer than the list is no mistake; a misspelled one leaves a documented one missing.
    for operation in operations
        .iter()
        .filter(|operation| documented.iter().all(|method| method.name != operation.id))
    {
        // Past the test's captured output, so that it is seen although nothing fails.
        let _ = writeln!(
            std::io::stderr(),
            "{} is described, but not in documented/operations.json",
            operation.id
        );
    }
    problems.extend(
        unused
            .into_iter()
            .map(|exception| format!("{exception}: is an exception, but differs no more")),
    );
    problems
}

#[test]
fn the_description_says_what_the_documentation_says() {
    let problems = mismatches(bundle());
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}

#[test]
fn the_list_has_every_documented_method_once() {
    let documented = documented();
    let mut names: Vec<&str> = documented
        .iter()
        .map(|method| method.name.as_str())
        .collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!((names.len(), documented.len()), (92, 92));
}

#[test]
fn every_kind_of_mistake_is_found() {
    let path = "/waInstance{idInstance}/getAuthorizationCode/{apiTokenInstance}";
    let body = "/components/schemas/GetAuthorizationCodeRequest";
    type Change = fn(&mut Value);
    let cases: [(&str, Change, &str); 5] = [
        (
            "/paths",
            |paths| {
                drop(
                    paths.as_object_mut().map(|paths| {
                        paths.remove("/waInstance{idInstance}/reboot/{apiTokenInstance}")
                    }),
                )
            },
            "reboot",
        ),
        (
            path,
            |item| item["put"] = item["post"].take(),
            "getAuthorizationCode: verb",
        ),
        (
            body,
            |schema| schema["properties"] = json!({ "phone": schema["properties"]["phoneNumber"] }),
            "field `phoneNumber`",
        ),
        (
            body,
            |schema| schema["properties"]["phoneNumber"] = json!({ "type": "string" }),
            "documented as integer, described as string",
        ),
        (
            body,
            |schema| schema["required"] = json!([]),
            "documented as required, described as optional",
        ),
    ];
    for (place, change, wanted) in cases {
        let mut document = bundle().document().clone();
        let place = if place == path {
            format!("/paths/{}", path.replace('/', "~1"))
        } else {
            place.to_owned()
        };
        change(document.pointer_mut(&place).expect("the place exists"));
        // A verb that was taken away leaves `null` behind.
        if let Some(item) = document.pointer_mut(&place).and_then(Value::as_object_mut) {
            item.retain(|_, value| !value.is_null());
        }
        let problems = mismatches(&Spec::new(document));
        assert!(
            problems.iter().any(|problem| problem.contains(wanted)),
            "{wanted} was not found, but {problems:?}"
        );
    }
}
