//! The control over HTTP, for tests and people, under `/sandbox/`, where GREEN-API itself has no path.

mod chats;
mod clock;
mod faults;
mod guard;
mod input;
mod instances;
mod page;
mod phones;
mod problem;
mod requests;
mod shop;
mod state;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Json, Response};
use axum::routing::{MethodRouter, delete, get, post};
use serde::Serialize;

pub(crate) use self::guard::Hosts;
use self::problem::Problem;
use crate::world::core::Core;

type Handler = MethodRouter<Arc<Core>>;

/// One thing that can be asked for; `GET /sandbox/` lists them all.
#[derive(Serialize)]
struct Endpoint {
    method: &'static str,
    path: &'static str,
    does: &'static str,
    /// An example of the body, optional fields included.
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<&'static str>,
    #[serde(skip)]
    handler: Handler,
}

#[derive(Serialize)]
struct Index {
    about: &'static str,
    page: &'static str,
    endpoints: Vec<Endpoint>,
}

/// Describes a `GET`.
fn read(path: &'static str, does: &'static str, handler: Handler) -> Endpoint {
    Endpoint {
        method: "GET",
        path,
        does,
        body: None,
        handler,
    }
}

/// Describes a `POST` with an example of its body.
fn write(path: &'static str, does: &'static str, body: &'static str, handler: Handler) -> Endpoint {
    Endpoint {
        method: "POST",
        body: Some(body),
        ..read(path, does, handler)
    }
}

/// Returns every endpoint: routes, index and tests are made from this list. To add a control, add it here.
fn endpoints() -> Vec<Endpoint> {
    vec![
        read(
            "/sandbox/state",
            "Instances, phones, faults and the time. With ?after=VERSION it waits until something has changed, with &wait=SECONDS not longer than that (0 to 60, otherwise 25).",
            get(state::show),
        ),
        write(
            "/sandbox/phones",
            "Picks up a phone. What others see is optional: its name, and whether it has WhatsApp, and that as a business, which may have a catalogue.",
            r#"{"number": "447700900123", "name": "Ann", "hasWhatsapp": true, "isBusiness": true}"#,
            post(phones::create),
        ),
        write(
            "/sandbox/phones/{number}/type-code",
            "Types the code that getAuthorizationCode gave out for this number. A moment later the instance is linked.",
            r#"{"code": "GAPI-2018"}"#,
            post(phones::type_code),
        ),
        write(
            "/sandbox/phones/{number}/scan-qr",
            "Scans the QR code that an instance shows now or, with content, one that was read from a picture.",
            r#"{"idInstance": 1101000001}"#,
            post(phones::scan_qr),
        ),
        write(
            "/sandbox/phones/{number}/unlink",
            "Logs out every linked device on the phone.",
            "{}",
            post(phones::unlink),
        ),
        read(
            "/sandbox/phones/{number}/chats",
            "The chats, the one with the latest message first.",
            get(chats::list),
        ),
        read(
            "/sandbox/phones/{number}/chats/{chatId}/messages",
            "The messages in a chat, oldest first, with what became of them.",
            get(chats::messages),
        ),
        write(
            "/sandbox/phones/{number}/messages",
            "Sends a message from the phone: a text, a file {\"name\", \"mimeType\", \"base64\", \"caption\"}, or any content; quotedMessageId is optional.",
            r#"{"chatId": "447700900145@c.us", "text": "Hello"}"#,
            post(chats::send).layer(DefaultBodyLimit::max(chats::MAX_MESSAGE)),
        ),
        write(
            "/sandbox/phones/{number}/chats/{chatId}/read",
            "Reads everything in a chat.",
            "{}",
            post(chats::read),
        ),
        write(
            "/sandbox/phones/{number}/products",
            "Adds an approved product to the catalogue of the phone. The price is in hundredths; description, retailerId, url and imageUrl are optional.",
            r#"{"name": "Kettle", "price": 4590, "currency": "GBP"}"#,
            post(shop::sell),
        ),
        read(
            "/sandbox/phones/{number}/chats/{chatId}/shop",
            "The products that the phone sees of the seller with whom it chats.",
            get(shop::show),
        ),
        write(
            "/sandbox/phones/{number}/chats/{chatId}/shop",
            "Orders products from the seller.",
            r#"{"items": [{"productId": "10000000000000001", "quantity": 2}]}"#,
            post(shop::order),
        ),
        write(
            "/sandbox/phones/{number}/online",
            "Connects the phone or disconnects it.",
            r#"{"online": false}"#,
            post(chats::set_online),
        ),
        read(
            "/sandbox/instances",
            "The instances and their states.",
            get(instances::list),
        ),
        write(
            "/sandbox/instances",
            "Adds an instance and answers with its credentials; number and token are drawn unless given.",
            r#"{"idInstance": 7103000001, "apiTokenInstance": "0123456789abcdef0123456789abcdef0123456789abcdef01"}"#,
            post(instances::create),
        ),
        read(
            "/sandbox/instances/{idInstance}/credentials",
            "apiUrl, idInstance and apiTokenInstance, to be copied.",
            get(instances::credentials),
        ),
        read(
            "/sandbox/instances/{idInstance}/qr",
            "The QR code that the instance shows now, as PNG.",
            get(instances::qr),
        ),
        write(
            "/sandbox/instances/{idInstance}/state",
            "Puts the instance into a state.",
            r#"{"stateInstance": "blocked"}"#,
            post(instances::set_state),
        ),
        write(
            "/sandbox/instances/{idInstance}/refuse-codes",
            "Sets whether getAuthorizationCode fails from now on.",
            r#"{"refuse": true}"#,
            post(instances::refuse_codes),
        ),
        write(
            "/sandbox/instances/{idInstance}/notifications",
            "Queues the body as a notification, just as it is.",
            r#"{"typeWebhook": "somethingNew"}"#,
            post(instances::notify),
        ),
        read(
            "/sandbox/faults",
            "The faults that are still to happen, oldest first.",
            get(faults::list),
        ),
        write(
            "/sandbox/faults",
            "Makes the next calls of an operation, or the next notifications of a kind, go wrong; see the README for the kinds of faults.",
            r#"{"operation": "getStateInstance", "times": 2, "delaySeconds": 0.5, "answer": {"kind": "html", "status": 502}}"#,
            post(faults::add),
        ),
        Endpoint {
            method: "DELETE",
            ..read(
                "/sandbox/faults",
                "Removes every fault.",
                delete(faults::clear),
            )
        },
        read(
            "/sandbox/clock",
            "The time, and whether it stands still.",
            get(clock::show),
        ),
        write(
            "/sandbox/clock/advance",
            "Moves the clock ahead.",
            r#"{"seconds": 150}"#,
            post(clock::advance),
        ),
        read(
            "/sandbox/requests",
            "The latest requests to the API, newest first, with the beginning of their answers and without tokens. ?limit=NUMBER, otherwise 50.",
            get(requests::list),
        ),
    ]
}

/// Returns the routes: the control behind its guard, and the page.
pub(crate) fn router(core: Arc<Core>, hosts: Hosts) -> Router {
    let mut router = Router::new()
        .route("/sandbox", get(index))
        .route("/sandbox/", get(index));
    for endpoint in endpoints() {
        router = router.route(endpoint.path, endpoint.handler);
    }
    router
        .route(
            "/sandbox/{*rest}",
            axum::routing::any(async || Problem::no_such_path()),
        )
        .method_not_allowed_fallback(async || Problem::wrong_method())
        .layer(axum::middleware::map_response(headers))
        .layer(from_fn_with_state(hosts, guard::check))
        .with_state(core)
        .merge(page::router())
}

async fn index() -> Json<Index> {
    Json(Index {
        about: "The control of a sandbox: what tests and people do with it, beside the API that it imitates. \
                Requests that change something need Content-Type: application/json; errors are {\"error\", \"message\"}.",
        page: "/",
        endpoints: endpoints(),
    })
}

async fn headers(response: Response) -> Response {
    let headers = [
        (CACHE_CONTROL, "no-store"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    (headers, response).into_response()
}

/// The answer to a request that was carried out and has no result.
const DONE: StatusCode = StatusCode::NO_CONTENT;

#[cfg(test)]
mod tests;
