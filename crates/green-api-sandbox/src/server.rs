use std::collections::BTreeMap;
use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Query, Request, State as Shared};
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response};
use futures_util::stream::{self, StreamExt as _};
use serde_json::{Value, json};

use crate::bundle::{self, Route};
use crate::chat_ids;
use crate::connection::Reset;
use crate::fault::Outcome;
use crate::form::Form;
use crate::limiter::Rate;
use crate::operations::{self, Call, NO_INSTANCE};
use crate::reply::Reply;
use crate::requests::{Answer, Request as Logged};
use crate::secrets;
use crate::world::{Core, World};

/// The largest JSON body that the server takes.
const MAX_JSON: usize = 100 * 1024;
/// The largest file that the server takes, and a little for the form around it.
const MAX_FILE: usize = 101 * 1024 * 1024;

/// Answers one request, or drops the connection when the sandbox ends meanwhile.
pub(crate) async fn serve(Shared(core): Shared<Arc<Core>>, request: Request) -> Response<Body> {
    let mut closed = core.closed.subscribe();
    tokio::select! {
        response = respond(&core, request) => response,
        _ = closed.wait_for(|closed| *closed) => broken_off(),
    }
}

async fn respond(core: &Core, request: Request) -> Response<Body> {
    let reset = request
        .extensions()
        .get::<ConnectInfo<Reset>>()
        .map(|ConnectInfo(reset)| reset.clone());
    let (parts, body) = request.into_parts();
    if parts.method == Method::OPTIONS {
        return Reply::new(204, None, "").into_response();
    }
    let route = core.bundle.route(parts.method.as_str(), parts.uri.path());
    let (number, arrived) = log_arrival(core, &parts, route.as_ref());
    let Some(route) = route else {
        return log_answer(core, number, None, Reply::not_found()).into_response();
    };

    let fault = core.with(|world| world.strike(&route.operation.id));
    let (late, outcome) = fault.map_or((Duration::ZERO, Outcome::Usual), |fault| {
        (fault.delay, fault.outcome)
    });
    // The body is read before anything is refused: closing on a client that still sends would look like a broken connection.
    let limit = match route.operation.body {
        bundle::Body::Form(_) | bundle::Body::File => MAX_FILE,
        bundle::Body::Json(_) | bundle::Body::None => MAX_JSON,
    };
    let body = to_bytes(body, limit).await;
    let reply = match (&outcome, outcome.instead()) {
        (Outcome::DropConnection | Outcome::Reset, _) => None,
        // Until the client gives up or the sandbox ends.
        (Outcome::NoAnswer, _) => pending().await,
        (_, Some(reply)) => Some(reply),
        (_, None) => Some(process(core, &route, &parts, body, arrived).await),
    };
    core.clock
        .sleep_until(arrived + core.options.delay + late)
        .await;
    match reply {
        Some(reply) if matches!(outcome, Outcome::Truncate) => {
            truncated(log_answer(core, number, Some(&route), reply))
        }
        Some(reply) => log_answer(core, number, Some(&route), reply).into_response(),
        None => {
            if let (Outcome::Reset, Some(reset)) = (outcome, reset) {
                reset.set();
            }
            broken_off()
        }
    }
}

/// The checks in the order of the real server, and then the operation itself.
async fn process(
    core: &Core,
    route: &Route<'_, '_>,
    parts: &Parts,
    body: Result<Bytes, axum::Error>,
    arrived: SystemTime,
) -> Reply {
    let instance = match route.parameter("idInstance") {
        Some(id) => match known_instance(core, id) {
            Some(id) => id,
            None => return Reply::forbidden(),
        },
        None => NO_INSTANCE,
    };
    let rate = core
        .options
        .rate_limits
        .then(|| take(core, instance, route));
    let reply = match rate {
        Some(rate) if !rate.allowed && route.operation.id != "setProfilePicture" => {
            Reply::too_many_requests()
        }
        _ if !token_fits(core, instance, route) => match instance {
            NO_INSTANCE => operations::partner_unauthorized(),
            _ => Reply::unauthorized(),
        },
        Some(rate) if !rate.allowed => operations::over_limit(),
        _ => match checked(core, route, parts, instance, body, arrived).await {
            Ok(call) => operations::answer(&call).await,
            Err(refusal) => refusal,
        },
    };
    match rate {
        Some(rate) => reply.with_rate(rate),
        None => reply,
    }
}

fn known_instance(core: &Core, id: &str) -> Option<u64> {
    let id = id.parse().ok()?;
    core.with(|world| world.accounts.contains_key(&id))
        .then_some(id)
}

fn take(core: &Core, instance: u64, route: &Route<'_, '_>) -> Rate {
    let operation = route.operation;
    core.with(|world| {
        world
            .limiter
            .take(instance, &operation.id, operation.rate_limit_rps, world.now)
    })
}

fn token_fits(core: &Core, instance: u64, route: &Route<'_, '_>) -> bool {
    if let Some(token) = route.parameter("partnerToken") {
        return token == core.partner_token;
    }
    let token = route.parameter("apiTokenInstance");
    core.with(|world| {
        world
            .accounts
            .get(&instance)
            .map(|account| account.token.as_str())
            == token
    })
}

/// Checks parameters and body against the description.
async fn checked<'a>(
    core: &'a Core,
    route: &'a Route<'a, 'a>,
    parts: &'a Parts,
    instance: u64,
    raw_body: Result<Bytes, axum::Error>,
    arrived: SystemTime,
) -> Result<Call<'a>, Reply> {
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let Ok(raw_body) = raw_body else {
        return Err(Reply::error(500, "request entity too large", path, arrived));
    };
    let query = Query::<BTreeMap<String, String>>::try_from_uri(&parts.uri)
        .map(|query| query.0)
        .unwrap_or_default();
    if let Some(complaint) = route.complaint(&query) {
        return Err(Reply::error(400, &complaint, path, arrived));
    }
    let mut call = Call {
        core,
        route,
        instance,
        path,
        query,
        headers: &parts.headers,
        body: Value::Null,
        form: Form::default(),
        raw_body,
        arrived,
    };
    let complaint = match route.operation.body {
        bundle::Body::Json(_) => {
            // Whatever `Content-Type` says or does not say: the documentation's own Python example sends none.
            call.body = parse_json(&call.raw_body)
                .map_err(|message| Reply::error(400, &message, path, arrived))?;
            route
                .operation
                .body_complaint(&call.body)
                .or_else(|| chat_ids::complaint(&call.body))
        }
        bundle::Body::Form(_) => {
            call.form = Form::read(
                call.header(CONTENT_TYPE.as_str()),
                std::mem::take(&mut call.raw_body),
            )
            .await;
            route
                .operation
                .form_complaint(&call.form.fields)
                .or_else(|| chat_ids::form_complaint(&call.form.fields))
        }
        bundle::Body::File | bundle::Body::None => None,
    };
    match complaint {
        Some(complaint) => Err(Reply::validation(&complaint, path, arrived)),
        None => Ok(call),
    }
}

/// A JSON body, or the complaint of the server's own parser. No body counts as an empty object.
fn parse_json(raw: &[u8]) -> Result<Value, String> {
    if raw.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(raw).map_err(|error| {
        if error.is_eof() {
            return "Unexpected end of JSON input".to_owned();
        }
        let before: usize = raw
            .split_inclusive(|byte| *byte == b'\n')
            .take(error.line() - 1)
            .map(<[u8]>::len)
            .sum();
        let position = (before + error.column()).saturating_sub(1);
        let token = raw.get(position).map_or(' ', |byte| char::from(*byte));
        format!("Unexpected token {token} in JSON at position {position}")
    })
}

/// Notes a request; returns the number under which its answer is noted, and the time.
fn log_arrival(core: &Core, parts: &Parts, route: Option<&Route<'_, '_>>) -> (usize, SystemTime) {
    let path = parts.uri.path();
    core.with(|world| {
        world.stirred = true;
        // Nobody knows what follows the instance and the method in a path that fits nothing.
        let segments = if route.is_some() { usize::MAX } else { 3 };
        let path = secrets::mask_in_path(path, segments, &secrets_of(core, world, route));
        let number = world.requests.arrived(Logged {
            operation: route.map(|route| route.operation.id.clone()),
            method: parts.method.to_string(),
            path,
            status: None,
            at: world.now,
        });
        (number, world.now)
    })
}

/// The tokens that are valid, and what this request has in their place.
fn secrets_of(core: &Core, world: &World, route: Option<&Route<'_, '_>>) -> Vec<String> {
    let sent =
        ["apiTokenInstance", "partnerToken"].map(|name| Some(route?.parameter(name)?.to_owned()));
    let partner = core.partner_token.clone();
    world
        .tokens()
        .into_iter()
        .chain([partner])
        .chain(sent.into_iter().flatten())
        .collect()
}

fn log_answer(core: &Core, number: usize, route: Option<&Route<'_, '_>>, reply: Reply) -> Reply {
    core.with(|world| {
        world.stirred = true;
        let answer = Answer::of(&reply, &secrets_of(core, world, route));
        world.requests.answered(number, reply.status, answer);
    });
    reply
}

/// The answer with its full length announced and half its body.
fn truncated(mut reply: Reply) -> Response<Body> {
    let whole = reply.body.len();
    reply.body.truncate(whole / 2);
    let half = Bytes::from(std::mem::take(&mut reply.body));
    let mut response = reply.into_response();
    response
        .headers_mut()
        .insert(CONTENT_LENGTH, HeaderValue::from(whole));
    let end = stream::once(async {
        // Lets what there is leave before the end comes.
        tokio::task::yield_now().await;
        broken()
    });
    *response.body_mut() = Body::from_stream(stream::once(async { Ok(half) }).chain(end));
    response
}

/// Ends the connection. The body breaks off at once, so not even the head of the answer leaves.
fn broken_off() -> Response<Body> {
    Response::new(Body::from_stream(stream::once(async { broken() })))
}

fn broken() -> io::Result<Bytes> {
    Err(io::ErrorKind::ConnectionReset.into())
}
