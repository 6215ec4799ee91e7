//! The contract of a request: parameters and body as the bundle has them.

use std::collections::BTreeMap;
use std::time::SystemTime;

use axum::body::Bytes;
use axum::extract::Query;
use axum::http::header::CONTENT_TYPE;
use axum::http::request::Parts;
use serde_json::{Value, json};

use super::bundle::{Body, Route};
use super::call::Call;
use super::chat_ids;
use super::form::Form;
use super::reply::Reply;
use crate::world::core::Core;

/// Checks parameters and body against the bundle.
pub(super) async fn checked<'a>(
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
        Body::Json(_) => {
            // Whatever `Content-Type` says or does not say: the documentation's own Python example sends none.
            call.body = parse_json(&call.raw_body)
                .map_err(|message| Reply::error(400, &message, path, arrived))?;
            route
                .operation
                .body_complaint(&call.body)
                .or_else(|| chat_ids::complaint(&call.body))
        }
        Body::Form(_) => {
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
        Body::File | Body::None => None,
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
