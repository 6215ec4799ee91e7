//! `scanqrcode`: the QR codes of an instance as frames of a websocket, until one is scanned.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::extract::ws::{Message, WebSocket};
use serde_json::{Value, json};

use super::operations::qr::Shown;
use crate::kit::clock::unix_seconds;
use crate::kit::qr::PERIOD;
use crate::world::core::Core;

/// How long the server waits for a scan, as documented.
const PATIENCE: Duration = Duration::from_secs(100);

/// Shows the codes of an instance until it is linked, cannot be linked, the time is over, or either side goes away.
pub(super) async fn show(core: Arc<Core>, instance: u64, mut socket: WebSocket) {
    let mut closed = core.closed.subscribe();
    tokio::select! {
        // A client that has gone needs nothing any more.
        _ = send_frames(&core, instance, &mut socket) => {}
        _ = closed.wait_for(|closed| *closed) => {}
    }
}

async fn send_frames(
    core: &Core,
    instance: u64,
    socket: &mut WebSocket,
) -> Result<(), axum::Error> {
    let deadline = core.with(|world| world.now) + PATIENCE;
    let mut last = None;
    loop {
        let news = tokio::select! {
            news = next(core, instance, last.as_ref(), deadline) => news,
            received = socket.recv() => match received {
                Some(Ok(Message::Close(_))) | None => return Ok(()),
                Some(Err(error)) => return Err(error),
                // Pings are answered by the socket; nothing else is expected.
                Some(Ok(_)) => continue,
            },
        };
        match news {
            Some(code @ Shown::Code(_)) => {
                send(socket, &code.to_json()).await?;
                last = Some(code);
                continue;
            }
            Some(end) => {
                if end == Shown::Linked && last.is_some() {
                    send(socket, &account_data(core, instance)).await?;
                }
                send(socket, &end.to_json()).await?;
            }
            None => send(socket, &json!({ "type": "timeout", "message": "timeout" })).await?,
        }
        return socket.send(Message::Close(None)).await;
    }
}

/// Waits until the instance shows something else than `last`; `None` if it does not before the deadline.
async fn next(
    core: &Core,
    instance: u64,
    last: Option<&Shown>,
    deadline: SystemTime,
) -> Option<Shown> {
    loop {
        // Codes change by the clock alone.
        let seconds = core.with(|world| unix_seconds(world.now));
        let renewed = UNIX_EPOCH + Duration::from_secs((seconds / PERIOD + 1) * PERIOD);
        let changed = core.wait_for(Some(deadline.min(renewed)), |world| {
            let now = world.now;
            let shown = Shown::by(world.account(instance), now);
            (Some(&shown) != last).then_some(shown)
        });
        match changed.await {
            None if core.with(|world| world.now) < deadline => {}
            changed => return changed,
        }
    }
}

fn account_data(core: &Core, instance: u64) -> Value {
    core.with(|world| {
        let account = world.account(instance);
        let (wid, webhook_url) = (account.wid(), account.setting("webhookUrl").to_owned());
        let number = account.phone.clone().unwrap_or_default();
        json!({ "type": "accountData", "wid": wid, "pushname": world.name_of(&number), "webhookUrl": webhook_url })
    })
}

async fn send(socket: &mut WebSocket, frame: &Value) -> Result<(), axum::Error> {
    socket.send(Message::text(frame.to_string())).await
}
