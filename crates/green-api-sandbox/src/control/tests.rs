//! The document, which programs and people of every language read.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::document::{Document, Endpoint};
use super::routes;
use crate::Sandbox;

fn endpoints() -> Vec<Endpoint> {
    Document::new(routes().get_openapi()).endpoints()
}

/// What can be done in Rust, by the type and its method, and where it is over HTTP. What is one endpoint may be several methods.
const METHODS: &[(&str, &str, &str)] = &[
    ("Faults", "add", "POST /sandbox/faults"),
    ("Faults", "clear", "DELETE /sandbox/faults"),
    (
        "Instance",
        "api_token_instance",
        "GET /sandbox/instances/{idInstance}/credentials",
    ),
    (
        "Instance",
        "credentials",
        "GET /sandbox/instances/{idInstance}/credentials",
    ),
    (
        "Instance",
        "creating",
        "POST /sandbox/instances/{idInstance}/creating",
    ),
    (
        "Instance",
        "expire",
        "POST /sandbox/instances/{idInstance}/expired",
    ),
    ("Instance", "id_instance", "GET /sandbox/instances"),
    (
        "Instance",
        "is_deleted",
        "GET /sandbox/instances/{idInstance}",
    ),
    (
        "Instance",
        "link",
        "POST /sandbox/instances/{idInstance}/link",
    ),
    (
        "Instance",
        "notify",
        "POST /sandbox/instances/{idInstance}/notifications",
    ),
    (
        "Instance",
        "notify_raw",
        "POST /sandbox/instances/{idInstance}/notifications/raw",
    ),
    (
        "Instance",
        "pending_notifications",
        "GET /sandbox/instances/{idInstance}",
    ),
    (
        "Instance",
        "phone_number",
        "GET /sandbox/instances/{idInstance}",
    ),
    (
        "Instance",
        "qr",
        "GET /sandbox/instances/{idInstance}/qr/content",
    ),
    (
        "Instance",
        "refuse_codes",
        "POST /sandbox/instances/{idInstance}/refuse-codes",
    ),
    (
        "Instance",
        "set_state",
        "POST /sandbox/instances/{idInstance}/state",
    ),
    ("Instance", "state", "GET /sandbox/instances/{idInstance}"),
    (
        "Instance",
        "wait_for_webhook_deliveries",
        "GET /sandbox/instances/{idInstance}/webhook-deliveries",
    ),
    (
        "Instance",
        "webhook_deliveries",
        "GET /sandbox/instances/{idInstance}/webhook-deliveries",
    ),
    (
        "Phone",
        "add_contact",
        "POST /sandbox/phones/{number}/contacts",
    ),
    (
        "Phone",
        "add_product",
        "POST /sandbox/phones/{number}/products",
    ),
    ("Phone", "call", "POST /sandbox/phones/{number}/calls"),
    ("Phone", "chats", "GET /sandbox/phones/{number}/chats"),
    (
        "Phone",
        "create_group",
        "POST /sandbox/phones/{number}/groups",
    ),
    (
        "Phone",
        "forward",
        "POST /sandbox/phones/{number}/messages/{idMessage}/forward",
    ),
    ("Phone", "is_linked", "GET /sandbox/phones/{number}"),
    ("Phone", "is_online", "GET /sandbox/phones/{number}"),
    (
        "Phone",
        "messages",
        "GET /sandbox/phones/{number}/chats/{chatId}/messages",
    ),
    ("Phone", "number", "GET /sandbox/phones/{number}"),
    (
        "Phone",
        "order",
        "POST /sandbox/phones/{number}/chats/{chatId}/shop",
    ),
    (
        "Phone",
        "products",
        "GET /sandbox/phones/{number}/chats/{chatId}/shop",
    ),
    ("Phone", "publish", "POST /sandbox/phones/{number}/statuses"),
    (
        "Phone",
        "read",
        "POST /sandbox/phones/{number}/chats/{chatId}/read",
    ),
    ("Phone", "reply", "POST /sandbox/phones/{number}/messages"),
    ("Phone", "scan_qr", "POST /sandbox/phones/{number}/scan-qr"),
    ("Phone", "send", "POST /sandbox/phones/{number}/messages"),
    (
        "Phone",
        "send_text",
        "POST /sandbox/phones/{number}/messages",
    ),
    ("Phone", "set_business", "POST /sandbox/phones"),
    ("Phone", "set_name", "POST /sandbox/phones"),
    (
        "Phone",
        "set_online",
        "POST /sandbox/phones/{number}/online",
    ),
    ("Phone", "set_whatsapp", "POST /sandbox/phones"),
    ("Phone", "statuses", "GET /sandbox/phones/{number}/statuses"),
    (
        "Phone",
        "stop_typing",
        "DELETE /sandbox/phones/{number}/type-codes",
    ),
    (
        "Phone",
        "type_code",
        "POST /sandbox/phones/{number}/type-code",
    ),
    (
        "Phone",
        "type_code_when_issued",
        "POST /sandbox/phones/{number}/type-codes",
    ),
    ("Phone", "unlink", "POST /sandbox/phones/{number}/unlink"),
    (
        "Phone",
        "view_status",
        "POST /sandbox/phones/{number}/statuses/{idMessage}/view",
    ),
    (
        "Phone",
        "attachment",
        "POST /sandbox/phones/{number}/messages",
    ),
    (
        "Phone",
        "send_file",
        "POST /sandbox/phones/{number}/messages",
    ),
    ("Product", "new", "POST /sandbox/phones/{number}/products"),
    ("Sandbox", "clock", "GET /sandbox/clock"),
    (
        "Sandbox",
        "credentials",
        "GET /sandbox/instances/{idInstance}/credentials",
    ),
    ("Sandbox", "clock", "POST /sandbox/clock/advance"),
    ("Sandbox", "faults", "GET /sandbox/faults"),
    ("Sandbox", "instance", "GET /sandbox/instances"),
    ("Sandbox", "instances", "GET /sandbox/instances"),
    (
        "Sandbox",
        "partner_token",
        "GET /sandbox/partner/credentials",
    ),
    ("Sandbox", "phone", "POST /sandbox/phones"),
    ("Sandbox", "answered", "GET /sandbox/requests"),
    ("Sandbox", "requests", "GET /sandbox/requests"),
    ("Sandbox", "url", "GET /sandbox/partner/credentials"),
    (
        "Sandbox",
        "wait_for_calls",
        "GET /sandbox/operations/{operation}/calls",
    ),
    ("Builder", "creation_time", "POST /sandbox/options"),
    ("Builder", "delivery_time", "POST /sandbox/options"),
    ("Builder", "instance", "POST /sandbox/instances"),
    ("Builder", "journal_delay", "POST /sandbox/options"),
    ("Builder", "link_time", "POST /sandbox/options"),
    (
        "Builder",
        "linked_to",
        "POST /sandbox/instances/{idInstance}/link",
    ),
    ("Builder", "plan", "POST /sandbox/options"),
    ("Builder", "restart_time", "POST /sandbox/options"),
    ("Builder", "sending_delay", "POST /sandbox/options"),
    ("Builder", "webhook_retry", "POST /sandbox/options"),
];

/// What is decided before there is a sandbox: over HTTP these are options of `green-api sandbox`.
const BEFORE: &[(&str, &str)] = &[
    ("Sandbox", "start"),
    ("Sandbox", "builder"),
    ("Builder", "listen"),
    ("Builder", "public_url"),
    ("Builder", "seed"),
    ("Builder", "clock"),
    ("Builder", "partner_token"),
    ("Builder", "delay"),
    ("Builder", "rate_limits"),
    ("Builder", "allow_origin"),
    ("Builder", "remote_webhooks"),
    // The same as by the API, without a restart.
    ("Builder", "settings"),
    ("Builder", "start"),
];

/// Returns the public methods in a source, by their types.
fn methods(source: &str) -> BTreeSet<(&str, &str)> {
    let mut of = "";
    let mut methods = BTreeSet::new();
    for line in source.lines() {
        if let Some(name) = line.strip_prefix("impl ") {
            of = name.split(['<', ' ']).next().unwrap();
        }
        let method = line
            .strip_prefix("    pub fn ")
            .or_else(|| line.strip_prefix("    pub async fn "));
        methods.extend(method.map(|rest| (of, rest.split(['(', '<']).next().unwrap())));
    }
    methods
}

#[test]
fn whatever_the_library_can_do_is_there_over_http() {
    let sources = [
        include_str!("../handles/chats.rs"),
        include_str!("../handles/faults.rs"),
        include_str!("../handles/instance.rs"),
        include_str!("../handles/phone.rs"),
        include_str!("../handles/shop.rs"),
        include_str!("../sandbox.rs"),
        include_str!("../sandbox/builder.rs"),
        include_str!("../world/catalog.rs"),
    ];
    let written: BTreeSet<_> = sources.into_iter().flat_map(methods).collect();
    let listed = METHODS.iter().map(|(of, method, _)| (*of, *method));
    let listed: BTreeSet<_> = listed.chain(BEFORE.iter().copied()).collect();
    assert_eq!(written, listed, "METHODS has every method and no other");

    let endpoints = endpoints();
    let endpoints = endpoints
        .iter()
        .map(|endpoint| format!("{} {}", endpoint.method, endpoint.path));
    let endpoints: BTreeSet<_> = endpoints.collect();
    for (of, method, endpoint) in METHODS {
        assert!(
            endpoints.contains(*endpoint),
            "{of}::{method}: there is no {endpoint}"
        );
    }
}

#[test]
fn whatever_the_readme_names_exists() {
    let readme = include_str!("../../README.md");
    let endpoints = endpoints();
    let exists = |name: &str| {
        let mut endpoints = endpoints.iter();
        endpoints.any(|endpoint| format!("{} {}", endpoint.method, endpoint.path) == name)
    };
    let mut last = String::new();
    let mut found = 0;
    for name in readme.split('`').skip(1).step_by(2) {
        // `…/link` after `POST /sandbox/instances/{idInstance}/state` is its neighbour.
        let neighbour = name.strip_prefix('…').map(|rest| {
            let parent = last.rfind('/').map_or("", |end| &last[..end]);
            format!("{parent}{rest}")
        });
        let name = neighbour.unwrap_or_else(|| name.to_owned());
        if name.contains(" /sandbox/") {
            assert!(exists(&name), "{name}");
            found += 1;
            last = name;
        }
    }
    assert!(found > 10, "{found}");
}

/// Returns the paths that a router was given: nothing else lists them but its `Debug`.
fn paths(router: &axum::Router<Arc<crate::world::core::Core>>) -> BTreeSet<String> {
    let shown = format!("{router:?}");
    let texts = shown.split('"').skip(1).step_by(2);
    texts
        .filter(|text| text.starts_with("/sandbox"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn the_document_has_every_path_of_the_router_and_no_other() {
    let documented = endpoints().into_iter().map(|endpoint| endpoint.path);
    // Another name of the index, and what answers that there is nothing.
    let others = ["/sandbox", "/sandbox/{*rest}"].map(str::to_owned);
    let (router, _) = routes().split_for_parts();
    assert_eq!(paths(&router), documented.chain(others).collect());
}

#[tokio::test]
async fn the_document_has_every_method_of_a_path_and_no_other() {
    let sandbox = Sandbox::start().await.unwrap();
    let http = reqwest::Client::new();
    let endpoints = endpoints();
    let paths: BTreeSet<_> = endpoints.iter().map(|endpoint| &endpoint.path).collect();
    for path in paths {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let documented = endpoints
                .iter()
                .any(|endpoint| endpoint.path == *path && endpoint.method == method);
            let request = http.request(
                method.parse().unwrap(),
                format!("{}{}", sandbox.url(), in_use(path)),
            );
            // A body that nothing takes, so that nothing happens.
            let request = request.header("content-type", "application/json").body("?");
            let exists = request.send().await.unwrap().status() != 405;
            assert_eq!(exists, documented, "{method} {path}");
        }
    }
}

/// Calls `look` with every value of a document and the names that lead to it.
fn visit(value: &Value, path: &str, look: &mut impl FnMut(&str, &Value)) {
    look(path, value);
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| (name.clone(), value))
            .collect(),
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(place, value)| (place.to_string(), value))
            .collect(),
        _ => return,
    };
    for (name, child) in children {
        visit(child, &format!("{path}/{name}"), look);
    }
}

#[test]
fn the_document_is_written_for_people_of_every_language() {
    let openapi = json!(Document::new(routes().get_openapi()));
    let mut ids = BTreeSet::new();
    visit(&openapi, "", &mut |path, value| {
        if let Some(status) = path
            .split("/responses/")
            .nth(1)
            .filter(|rest| rest.len() == 3)
        {
            assert!(
                value["description"].is_string(),
                "{path} {status} has no description"
            );
        }
        if let Some(text) = value.as_str() {
            let rust = ["crate::", "```", "](", "::"];
            assert!(
                !rust.iter().any(|rust| text.contains(rust)),
                "{path}: {text}"
            );
            if path.ends_with("/operationId") {
                assert!(ids.insert(text.to_owned()), "{text} is there twice");
            }
            if path.ends_with("/$ref") {
                let schema = openapi.pointer(text.trim_start_matches('#'));
                assert!(schema.is_some(), "{path}: {text} leads nowhere");
            }
        }
    });
}

/// Returns a path with an example for each part that has a name.
fn in_use(path: &str) -> String {
    path.replace("{number}", "447700900123")
        .replace("{idInstance}", "1101000001")
        .replace("{chatId}", "447700900145@c.us")
        .replace("{idMessage}", "3EB0000000000000")
        .replace("{operation}", "sendMessage")
}

#[tokio::test]
async fn the_index_has_everything_and_every_example_works() {
    let sandbox = Sandbox::start().await.unwrap();
    let http = reqwest::Client::new();
    let index = reqwest::get(format!("{}/sandbox/", sandbox.url())).await;
    let index = index.unwrap().text().await.unwrap();
    for endpoint in endpoints() {
        let Endpoint {
            method, path, body, ..
        } = endpoint;
        assert!(index.contains(&format!(r#""path":"{path}""#)), "{path}");
        assert_eq!(
            body.is_some(),
            method == "POST",
            "{method} {path} needs an example"
        );
        let url = format!("{}{}", sandbox.url(), in_use(&path));
        let request = http.request(method.parse().unwrap(), url);
        let request = match body {
            Some(body) => request.json(&body),
            None => request,
        };
        let status = request.send().await.unwrap().status().as_u16();
        // Nobody has asked for a code, no message has this id, and nobody sells this product.
        let expected = if path.ends_with("type-code") {
            status == 409
        } else if path.contains("{idMessage}") || (method == "POST" && path.ends_with("shop")) {
            status == 404
        } else {
            (200..300).contains(&status)
        };
        assert!(expected, "{method} {path}: {status}");
    }
}
