//! What is wrong with a spec is refused with the file, the place and what to write instead.

use std::fs;
use std::path::{Path, PathBuf};

use quote::ToTokens as _;
use xtask::WORKSPACE;

/// A copy of the small spec with one text replaced, and what code generation says to it.
fn refusal_of(name: &str, file: &str, old: &str, new: &str) -> String {
    let folder = copy(name);
    let path = folder.join(file);
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains(old), "{file} has no {old:?}");
    fs::write(&path, text.replacen(old, new, 1)).unwrap();
    match xtask::run(&folder, &WORKSPACE) {
        Ok(_) => panic!("{name}: accepted"),
        Err(problems) => problems.to_string(),
    }
}

fn copy(name: &str) -> PathBuf {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/spec");
    let to = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name.replace(' ', "-"));
    let _ = fs::remove_dir_all(&to);
    for folder in ["", "paths", "schemas"] {
        fs::create_dir_all(to.join(folder)).unwrap();
        for entry in fs::read_dir(from.join(folder))
            .unwrap()
            .map(Result::unwrap)
            .filter(|entry| entry.path().is_file())
        {
            fs::copy(entry.path(), to.join(folder).join(entry.file_name())).unwrap();
        }
    }
    to
}

const THINGS: &str = "paths/things.yaml";
const SCHEMAS: &str = "schemas/things.yaml";

/// Name of the case, file, what is replaced by what, and what the refusal must say.
const CASES: &[(&str, &str, &str, &str, &[&str])] = &[
    (
        "misspelled key",
        THINGS,
        "summary: Makes",
        "sumary: Makes",
        &[
            "spec/paths/things.yaml",
            "makeThing",
            "unknown key `sumary`; did you mean `summary`?",
        ],
    ),
    (
        "a list that is none",
        SCHEMAS,
        "description: A part of a thing.",
        "description: A part of a thing.\n  x-list: name",
        &["Part", "x-list names `name`"],
    ),
    (
        "unknown extension",
        THINGS,
        "x-beta: true",
        "x-alpha: true",
        &["makeThing", "`x-alpha`", "here the dialect knows", "x-beta"],
    ),
    (
        "misspelled schema key",
        SCHEMAS,
        "required: [made]",
        "requried: [made]",
        &[
            "spec/schemas/things.yaml: MakeThingResponse",
            "did you mean `required`?",
        ],
    ),
    (
        "comma in a flow description",
        SCHEMAS,
        "description: Out of what.",
        "description: Out of what, and more",
        &[
            "MakeThingRequest.properties.parts",
            "unknown key `and more`",
        ],
    ),
    (
        "dangling reference",
        SCHEMAS,
        "#/components/schemas/AnyTime",
        "#/components/schemas/AnyTimes",
        &["MakeThingResponse", "AnyTimes", "does not exist"],
    ),
    (
        "key beside a reference",
        THINGS,
        "schema: {$ref: '#/components/schemas/Colour'}",
        "schema: {$ref: '#/components/schemas/Colour', nullable: true}",
        &["listThings", "allOf"],
    ),
    (
        "accepted or not",
        THINGS,
        "x-effect: once",
        "x-effect: sends",
        &["makeThing.x-refused", "contradicts `x-effect: sends`"],
    ),
    (
        "accepted with an answer that must be there",
        THINGS,
        "schema: {$ref: '#/components/schemas/SentThing'}",
        "schema: {$ref: '#/components/schemas/Circle'}",
        &["sendThing.x-effect", "requires nothing"],
    ),
    (
        "no summary",
        THINGS,
        "    summary: Makes a thing.\n",
        "",
        &["makeThing", "has no summary"],
    ),
    (
        "deprecated without a replacement",
        THINGS,
        "'Deprecated: use `nextThing` instead.'",
        "'Old.'",
        &["listThings.description", "Deprecated: use"],
    ),
    (
        "no page",
        THINGS,
        "externalDocs: {url: https://example.com/makeThing}",
        "externalDocs: {description: none}",
        &["makeThing", "externalDocs.url"],
    ),
    (
        "wrong effect",
        THINGS,
        "x-effect: once",
        "x-effect: sometimes",
        &["makeThing.x-effect", "reads, sends, changes, once"],
    ),
    (
        "missing pair",
        THINGS,
        "            notMade: {value: {chatId: 447700900123@c.us, parts: []}}\n",
        "",
        &[
            "makeThing",
            "`notMade` has no request example of the same name",
        ],
    ),
    (
        "no example at all",
        "paths/files.yaml",
        "            examples:\n              sent: {value: {name: abc}}\n",
        "",
        &["has no 200 response example"],
    ),
    (
        "example of the wrong type",
        THINGS,
        "count: 3}}",
        "count: many}}",
        &[
            "makeThing.request.examples.made/count",
            "\"many\" is not of type \"integer\"",
        ],
    ),
    (
        "example with an unknown field",
        THINGS,
        "parts: [{name: a}]",
        "parts: [{nmae: a}]",
        &["makeThing.request.examples.made/parts/0", "nmae"],
    ),
    (
        "enum without a name",
        SCHEMAS,
        "name: {type: string, description: Its name.}",
        "name: {type: string, enum: [a], description: Its name.}",
        &["Part.name", "an enum needs a name"],
    ),
    (
        "yes without quotes",
        SCHEMAS,
        "enum: ['yes', 'no']",
        "enum: [true, false]",
        &["YesNo", "in quotes"],
    ),
    (
        "default",
        SCHEMAS,
        "count: {type: integer,",
        "count: {default: 1, type: integer,",
        &["MakeThingRequest.count", "sent always"],
    ),
    (
        "pattern on an answer",
        SCHEMAS,
        "name: {type: string, description: Its name.}",
        "name: {type: string, maxLength: 3, description: Its name.}",
        &["Part.name", "the server sends it"],
    ),
    (
        "property required but not there",
        SCHEMAS,
        "required: [made]",
        "required: [maid]",
        &["requires `maid`"],
    ),
    (
        "union without discriminator",
        SCHEMAS,
        "  discriminator:\n    propertyName: kind\n    mapping:\n      circle: '#/components/schemas/Circle'\n      square: '#/components/schemas/Square'\n      Square: '#/components/schemas/Square'\n",
        "",
        &["Thing", "discriminator.propertyName"],
    ),
    (
        "returned property that is not there",
        THINGS,
        "x-returns: idMessage",
        "x-returns: id",
        &[
            "makeThing.x-returns",
            "`id`, which the 200 answer does not have",
        ],
    ),
    (
        "parameter missing from the list",
        THINGS,
        "- name: thing\n        in: path",
        "- name: other\n        in: path",
        &["removeThing", "`{thing}`"],
    ),
    (
        "code block in prose",
        THINGS,
        "      A second paragraph.",
        "      A second paragraph.\n\n          let code;",
        &["makeThing.description", "code block"],
    ),
    (
        "media type that is not supported",
        "paths/files.yaml",
        "application/octet-stream",
        "image/png",
        &["sendRaw", "`image/png` bodies are not supported"],
    ),
    (
        "stray file",
        "openapi.yaml",
        "  - {name: files, description: Files.}\n",
        "",
        &["spec/paths/files.yaml", "add `- name: files` under `tags`"],
    ),
    (
        "value of the wrong kind",
        THINGS,
        "x-beta: true",
        "x-beta: perhaps",
        &[
            "spec/paths/things.yaml: makeThing.x-beta:",
            "expected a boolean",
        ],
    ),
    (
        "two mistakes at once",
        THINGS,
        "summary: Makes a thing.\n    description: |-",
        "sumary: Makes a thing.\n    descripton: |-",
        &[
            "makeThing.sumary: unknown key `sumary`",
            "makeThing.descripton: unknown key `descripton`",
        ],
    ),
    (
        "refusal without advice",
        THINGS,
        "      advice: Use other parts.\n",
        "",
        &["makeThing.x-refused: has no `advice`"],
    ),
    (
        "refusal that is neither text nor properties",
        THINGS,
        "when: text",
        "when: words",
        &["removeThing.x-refused.when", "`text` or properties"],
    ),
    (
        "key of a family",
        "openapi.yaml",
        "prefix: /partner/",
        "prefx: /partner/",
        &[
            "spec/openapi.yaml: openapi.x-families.partner.prefx",
            "did you mean `prefix`?",
        ],
    ),
    (
        "misspelled type",
        SCHEMAS,
        "AnyTime: {x-type: integer,",
        "AnyTime: {x-type: intger,",
        &["AnyTime.x-type: is `intger`; write one of string, integer, number, model"],
    ),
    (
        "misspelled model",
        SCHEMAS,
        "x-type: {model: from-text}",
        "x-type: {model: from-texts}",
        &[
            "MessageId.x-type.model",
            "write one of plain, from-text, from-others",
        ],
    ),
    (
        "misspelled unit",
        SCHEMAS,
        "x-unit: milliseconds",
        "x-unit: millis",
        &[
            "MakeThingRequest.properties.wait.x-unit: is `millis`; write one of seconds, milliseconds, minutes",
        ],
    ),
    (
        "limit that is no number",
        SCHEMAS,
        "maxItems: 12",
        "maxItems: many",
        &["parts.maxItems", "expected a whole number"],
    ),
    (
        "another host",
        "paths/files.yaml",
        "{url: '{mediaUrl}',",
        "{url: 'https://example.com',",
        &["postForm.servers", "is not the media host"],
    ),
    (
        "third header of a file",
        "paths/files.yaml",
        "      - name: GA-Filename",
        "      - {name: X, in: header, description: X., schema: {type: string}, example: x}\n      - name: GA-Filename",
        &["sendRaw.GA-Filename", "second header"],
    ),
    (
        "setter that every request has",
        SCHEMAS,
        "    count: {type",
        "    timeout: {type",
        &[
            "makeThing.timeout: is optional",
            "every request has one of that name; leave it out, callers give it by `extra`",
        ],
    ),
    (
        "one name twice in a request",
        SCHEMAS,
        "    count: {type",
        "    chatID: {type",
        &["makeThing.chatID: becomes the argument `chat_id`, as `chatId` does"],
    ),
    (
        "parameter beside a form",
        "paths/files.yaml",
        "    requestBody:\n      content:\n        multipart",
        "    parameters: [{name: x, in: query, description: X., schema: {type: string}, example: x}]\n    requestBody:\n      content:\n        multipart",
        &["postForm.x: stands beside a form", "a part of the form"],
    ),
    (
        "list in a form",
        "paths/files.yaml",
        "caption: {type: string, description: Words below it., maxLength: 10}",
        "caption: {type: array, items: {type: string}, description: Words below it.}",
        &["postForm.caption: is not a single value"],
    ),
    (
        "answer of a form without a name",
        "paths/files.yaml",
        "schema: {$ref: '#/components/schemas/Part'}",
        "schema: {allOf: [{$ref: '#/components/schemas/Part'}]}",
        &["postForm: what answers a form is a named schema"],
    ),
    (
        "not yaml",
        THINGS,
        "x-beta: true",
        "x-beta: [",
        &["spec/paths/things.yaml", "is not YAML"],
    ),
];

#[test]
fn every_refusal_names_the_place_and_the_remedy() {
    let failures: Vec<String> = CASES
        .iter()
        .filter_map(|(name, file, old, new, said)| {
            let refusal = refusal_of(name, file, old, new);
            let missing: Vec<&&str> = said
                .iter()
                .filter(|text| !refusal.contains(**text))
                .collect();
            (!missing.is_empty()).then(|| format!("{name}: missing {missing:?} in\n{refusal}"))
        })
        .collect();
    assert!(failures.is_empty(), "{}", failures.join("\n\n"));
}

/// The names of the functions that the files under `folder` give these types, generated code apart.
fn functions_of(folder: &Path, types: &[&str], found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("generated") {
            functions_of(&path, types, found);
        }
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let file = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
        for item in file.items {
            let syn::Item::Impl(item) = item else {
                continue;
            };
            let syn::Type::Path(of) = &*item.self_ty else {
                continue;
            };
            let of = of.path.segments.last().to_token_stream().to_string();
            if item.trait_.is_none() && types.contains(&of.as_str()) {
                found.extend(item.items.iter().filter_map(|item| match item {
                    syn::ImplItem::Fn(function) => Some(function.sig.ident.to_string()),
                    _ => None,
                }));
            }
        }
    }
}

#[test]
fn names_that_accounts_and_requests_have_by_hand_are_refused() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/green-api/src");
    let refused = |types: &[&str], file, old: &str, new: &dyn Fn(&str) -> String| {
        let mut names = Vec::new();
        functions_of(&sources, types, &mut names);
        assert!(names.len() > 5, "{names:?}");
        for name in names {
            let refusal = refusal_of("by hand", file, old, &new(&name));
            assert!(refusal.contains(&format!("`{name}`")), "{refusal}");
        }
    };
    refused(
        &["Instance", "Partner"],
        THINGS,
        "operationId: makeThing",
        &|name| format!("operationId: {name}"),
    );
    refused(&["Request < O >"], SCHEMAS, "    count: {type", &|name| {
        format!("    {name}: {{type")
    });
}

#[test]
fn two_operations_that_become_one_name_are_refused() {
    let refusal = refusal_of(
        "twins",
        THINGS,
        "operationId: nextThing",
        "operationId: MakeThing",
    );
    assert!(
        refusal.contains("`makeThing` and `MakeThing` both become `make_thing` in Rust"),
        "{refusal}"
    );
}

#[test]
fn a_schema_defined_twice_is_refused() {
    let folder = copy("schema-twice");
    fs::write(
        folder.join("schemas/zz.yaml"),
        "Part: {type: string, description: Again.}\n",
    )
    .unwrap();
    let refusal = xtask::run(&folder, &WORKSPACE).unwrap_err().to_string();
    assert!(
        refusal.contains("spec/schemas/zz.yaml: Part: is already defined in schemas/things.yaml"),
        "{refusal}"
    );
}

#[test]
fn a_panic_inside_progenitor_is_reported_with_the_operation() {
    // progenitor takes one media type and panics at a second.
    let examples = "            nothing: {value: {chatId: 447700900123@c.us, parts: []}}\n";
    let second = format!("{examples}        text/plain:\n          schema: {{type: string}}\n");
    let refusal = refusal_of("panic", THINGS, examples, &second);
    assert!(
        refusal.contains("spec/paths/things.yaml: makeThing: progenitor panicked"),
        "{refusal}"
    );
}

#[test]
fn what_progenitor_chokes_on_is_reported_with_the_operation() {
    let refusal = refusal_of(
        "progenitor",
        THINGS,
        "schema: {type: integer, format: int64, minimum: 1}",
        "schema: {format: int64}",
    );
    assert!(
        refusal.contains("spec/paths/things.yaml: listThings: progenitor"),
        "{refusal}"
    );
}
