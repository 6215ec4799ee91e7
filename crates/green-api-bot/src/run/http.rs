//! What a bot serves: its health, its metrics, its webhook.

use std::future::pending;
use std::net::IpAddr;
use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use green_api::server;
use serde_json::json;

use super::Running;
use crate::Error;

pub(crate) type Render = Arc<dyn Fn() -> String + Send + Sync>;

pub(super) fn router(
    running: &Running,
    metrics: Option<Render>,
    listening: Option<IpAddr>,
) -> Router {
    let bot = running.clone();
    let health = move || {
        let bot = bot.clone();
        async move { health(&bot).await }
    };
    let router = Router::new().route("/health", get(health));
    let Some(render) = metrics else {
        return router;
    };
    let (inbox, outbox) = (running.store.inbox(), running.store.outbox());
    let render = move || {
        let (inbox, outbox, render) = (inbox.clone(), outbox.clone(), Arc::clone(&render));
        async move {
            // What waits is counted for each answer. While the store cannot be reached, the last count stays.
            let _ = tokio::join!(inbox.stats(), outbox.stats());
            render()
        }
    };
    router.merge(server::metrics(listening, render))
}

async fn health(running: &Running) -> Response {
    let instances = running.instances.len();
    match running.store.inbox().stats().await {
        Ok(stats) => Json(json!({
            "status": "ok",
            "instances": instances,
            "waiting": stats.waiting,
            "parked": stats.parked,
        }))
        .into_response(),
        Err(_) => {
            let answer = json!({ "status": "the store cannot be reached", "instances": instances });
            (StatusCode::SERVICE_UNAVAILABLE, Json(answer)).into_response()
        }
    }
}

/// Serves for ever, or until it cannot.
pub(super) async fn serve(
    listening: Option<std::net::TcpListener>,
    router: Router,
) -> Result<(), Error> {
    let Some(listener) = listening else {
        return pending().await;
    };
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    server::serve(listener, router, pending()).await;
    Ok(())
}
