use std::future::pending;
use std::io;
use std::sync::Arc;
use std::time::SystemTime;

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{
    ConnectInfo, FromRequestParts as _, Request, State as Shared, WebSocketUpgrade,
};
use axum::handler::Handler as _;
use axum::http::header::{CONTENT_LENGTH, DATE};
use axum::http::request::Parts;
use axum::http::{HeaderValue, Method, Response};
use axum::middleware::{Next, from_fn_with_state};
use axum::routing::get;
use futures_util::stream::{self, StreamExt as _};
use httpdate::fmt_http_date;

use super::bundle::{self, Route, SCANQRCODE};
use super::call::NO_INSTANCE;
use super::contract::checked;
use super::faults::instead;
use super::files;
use super::operations::{account, answer, partner};
use super::reply::Reply;
use super::scanning;
use super::state::Api;
use crate::kit::connection::Reset;
use crate::kit::guard::Guard;
use crate::kit::requests::{Answer, Request as Logged, text_of};
use crate::kit::secrets;
use crate::world::World;
use crate::world::faults::Outcome;

/// The largest JSON body that the server takes.
const MAX_JSON: usize = 100 * 1024;
/// The largest file that the server takes, and a little for the form around it.
const MAX_FILE: usize = 101 * 1024 * 1024;

const TEXT: &str = "text/plain; charset=utf-8";

/// Returns the routes of the API and of the files.
pub(crate) fn router(api: Arc<Api>, guard: Guard) -> Router {
    let of_files = from_fn_with_state(guard.clone(), admit_embedding);
    Router::new()
        .route(files::ROUTE, get(files::serve).layer(of_files))
        .fallback(serve.layer(from_fn_with_state(guard, admit)))
        .with_state(api)
}

/// Keeps pages of other origins out: GET alone is enough to log an instance out.
async fn admit(Shared(guard): Shared<Guard>, request: Request, next: Next) -> Response<Body> {
    let admitted = guard.admit(request, next).await;
    admitted.unwrap_or_else(refused)
}

/// Keeps other names than the sandbox's out. What has been sent may be shown on any page.
async fn admit_embedding(
    Shared(guard): Shared<Guard>,
    request: Request,
    next: Next,
) -> Response<Body> {
    let admitted = guard.admit_embedding(request, next).await;
    admitted.unwrap_or_else(refused)
}

fn refused(reason: String) -> Response<Body> {
    Reply::new(403, Some(TEXT), reason).into_response()
}

/// Answers one request, or drops the connection when the sandbox ends meanwhile.
async fn serve(Shared(api): Shared<Arc<Api>>, request: Request) -> Response<Body> {
    let mut closed = api.core.closed.subscribe();
    let mut response = tokio::select! {
        response = respond(&api, request) => response,
        _ = closed.wait_for(|closed| *closed) => broken_off(),
    };
    let date = fmt_http_date(api.core.clock.now());
    if let Ok(date) = HeaderValue::try_from(date) {
        response.headers_mut().insert(DATE, date);
    }
    response
}

async fn respond(api: &Api, request: Request) -> Response<Body> {
    let reset = request
        .extensions()
        .get::<ConnectInfo<Reset>>()
        .map(|ConnectInfo(reset)| reset.clone());
    let (mut parts, body) = request.into_parts();
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await;
    if parts.method == Method::OPTIONS {
        return Reply::new(204, None, "").into_response();
    }
    let route = api.bundle.route(parts.method.as_str(), parts.uri.path());
    let (number, arrived) = log_arrival(api, &parts, route.as_ref());
    let Some(route) = route else {
        return log_answer(api, number, None, Reply::not_found()).into_response();
    };

    let instance = route.parameter("idInstance");
    let instance = instance.and_then(|id| id.parse().ok());
    let fault = api.core.with(|world| {
        let operation = &route.operation.id;
        world.faults.apply_to_operation(operation, instance)
    });
    // The body is read before anything is refused: closing on a client that still sends would look like a broken connection.
    let limit = match route.operation.body {
        bundle::Body::Form(_) | bundle::Body::File => MAX_FILE,
        bundle::Body::Json(_) | bundle::Body::None => MAX_JSON,
    };
    let body = to_bytes(body, limit).await;
    log_body(api, number, &route, body.as_deref().unwrap_or_default());
    let usual = match fault.carried_out {
        true => Some(process(api, &route, &parts, body, arrived).await),
        false => None,
    };
    let reply = match fault.outcome {
        Outcome::DropConnection | Outcome::Reset => None,
        // Until the client gives up or the sandbox ends.
        Outcome::NoAnswer => pending().await,
        ref outcome => instead(outcome, route.operation).or(usual),
    };
    let due = arrived + api.options.delay + fault.delay;
    api.core.clock.sleep_until(due).await;
    match reply {
        Some(reply) if reply.status == 101 && route.operation.id == SCANQRCODE => {
            open_socket(api, number, &route, reply, upgrade)
        }
        Some(reply) if matches!(fault.outcome, Outcome::Truncate) => {
            truncated(log_answer(api, number, Some(&route), reply))
        }
        Some(reply) => log_answer(api, number, Some(&route), reply).into_response(),
        None => {
            if let (Outcome::Reset, Some(reset)) = (fault.outcome, reset) {
                reset.set();
            }
            broken_off()
        }
    }
}

/// Turns the connection into a websocket, unless what was asked for was none.
fn open_socket(
    api: &Api,
    number: usize,
    route: &Route<'_, '_>,
    reply: Reply,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response<Body> {
    match upgrade {
        Ok(upgrade) => {
            log_answer(api, number, Some(route), reply);
            let id = route.parameter("idInstance").unwrap_or_default();
            let (core, instance) = (Arc::clone(&api.core), id.parse().unwrap_or(NO_INSTANCE));
            upgrade.on_upgrade(move |socket| scanning::show(core, instance, socket))
        }
        Err(rejection) => {
            let (status, text) = (rejection.status().as_u16(), rejection.body_text());
            let reply = Reply::new(status, Some(TEXT), text);
            log_answer(api, number, Some(route), reply).into_response()
        }
    }
}

/// Makes the checks in the order of the real server and then carries the operation out.
async fn process(
    api: &Api,
    route: &Route<'_, '_>,
    parts: &Parts,
    body: Result<Bytes, axum::Error>,
    arrived: SystemTime,
) -> Reply {
    let instance = match route.parameter("idInstance") {
        Some(id) => match known_instance(api, id) {
            Some(id) => id,
            None => return Reply::forbidden(),
        },
        None => NO_INSTANCE,
    };
    let rate = api.take(instance, route);
    let reply = match rate {
        Some(rate) if !rate.allowed && route.operation.id != "setProfilePicture" => {
            Reply::too_many_requests()
        }
        _ if !token_fits(api, instance, route) => match instance {
            NO_INSTANCE => partner::unauthorized(),
            _ => Reply::unauthorized(),
        },
        Some(rate) if !rate.allowed => account::over_limit(),
        _ => match checked(&api.core, route, parts, instance, body, arrived).await {
            Ok(call) => answer(&call).await,
            Err(refusal) => refusal,
        },
    };
    reply.with_rate(rate)
}

fn known_instance(api: &Api, id: &str) -> Option<u64> {
    let id = id.parse().ok()?;
    api.core
        .with(|world| world.accounts.contains_key(&id))
        .then_some(id)
}

fn token_fits(api: &Api, instance: u64, route: &Route<'_, '_>) -> bool {
    if let Some(token) = route.parameter("partnerToken") {
        return token == api.partner_token;
    }
    let token = route.parameter("apiTokenInstance");
    api.core.with(|world| {
        let account = world.accounts.get(&instance);
        account.map(|account| account.token.as_str()) == token
    })
}

/// Records a request, and returns the number under which its answer is recorded and the time.
fn log_arrival(api: &Api, parts: &Parts, route: Option<&Route<'_, '_>>) -> (usize, SystemTime) {
    let path = parts.uri.path();
    api.core.with(|world| {
        world.changed = true;
        // Nobody knows what follows the instance and the operation in a path that fits nothing.
        let segments = if route.is_some() { usize::MAX } else { 3 };
        let secrets = secrets_of(api, world, route, &[]);
        let path = secrets::mask_in_path(path, segments, &secrets);
        let number = world.requests.arrived(Logged {
            operation: route.map(|route| route.operation.id.clone()),
            method: parts.method.to_string(),
            path,
            body: None,
            status: None,
            at: world.now,
        });
        (number, world.now)
    })
}

/// Records the body of a request.
fn log_body(api: &Api, number: usize, route: &Route<'_, '_>, body: &[u8]) {
    api.core.with(|world| {
        let body = text_of(body, &secrets_of(api, world, Some(route), body));
        world.requests.came_with(number, body);
    });
}

/// Returns the valid tokens, what this request has in their place, and the tokens of orders in this text.
fn secrets_of(api: &Api, world: &World, route: Option<&Route<'_, '_>>, text: &[u8]) -> Vec<String> {
    let sent =
        ["apiTokenInstance", "partnerToken"].map(|name| Some(route?.parameter(name)?.to_owned()));
    let mut secrets = world.tokens();
    secrets.push(api.partner_token.clone());
    secrets.extend(sent.into_iter().flatten());
    secrets.extend(world.orders.tokens_in(text));
    secrets
}

fn log_answer(api: &Api, number: usize, route: Option<&Route<'_, '_>>, reply: Reply) -> Reply {
    api.core.with(|world| {
        world.changed = true;
        let secrets = secrets_of(api, world, route, &reply.body);
        let answer = Answer::new(reply.content_type, &reply.body, &secrets);
        world.requests.answered(number, reply.status, answer);
    });
    reply
}

/// Announces the full length of an answer and sends half of its body.
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
