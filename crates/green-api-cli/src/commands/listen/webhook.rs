//! Serving as the webhook endpoint.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use green_api::webhook::WebhookBuilder;
use green_api::{Received, server};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use super::Watched;
use super::handling::Handling;
use crate::failure::{Exit, Failure, Stop};
use crate::terminal::{Event, Terminal};

/// The time that open connections get to end, once every request has been answered.
const FAREWELL: Duration = Duration::from_secs(5);

/// A notification, and the channel for its outcome.
type Posted = (Received, oneshot::Sender<io::Result<()>>);

pub(super) async fn run(
    address: SocketAddr,
    endpoint: WebhookBuilder,
    watched: Option<Watched>,
    handling: &mut Handling,
    terminal: &mut Terminal,
) -> Result<(), Stop> {
    // A queue, so that notifications are handled one at a time and in order.
    let (post, mut posted) = mpsc::unbounded_channel::<Posted>();
    let webhook = endpoint.handler(move |received| {
        let (answer, answered) = oneshot::channel();
        let sent = post.send((received, answer));
        async move {
            let ending = || io::Error::other("the endpoint is shutting down");
            sent.map_err(|_| ending())?;
            answered.await.unwrap_or_else(|_| Err(ending()))
        }
    });
    let unusable = |error| {
        let message = format!("cannot listen on {address}: {error}");
        Failure::new(Exit::Input, "listen", message)
    };
    let listener = TcpListener::bind(address).await.map_err(unusable)?;
    let url = format!("http://{}", listener.local_addr().map_err(unusable)?);
    let router: Router = webhook.clone().into_router();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(server::serve(listener, router, async move {
        drop(stopped.await);
    }));
    terminal.event(&Event::Listening { url: &url })?;
    terminal.note(&format!("Receiving notifications at {url} until Ctrl-C."));

    if let Some((instance, limit)) = watched {
        tokio::spawn(webhook.clone().report_silence(instance, limit));
    }

    let first = handling.interrupts.first();
    let mut first = pin!(first);
    // The notification that was being handled when the command was interrupted.
    let mut in_hand = None;
    let end = loop {
        tokio::select! {
            biased;
            () = &mut first => break Ok(()),
            Some(report) = handling.reports.recv() => report.show(terminal)?,
            Some((received, answer)) = posted.recv() => {
                let handled = match handling.handle(&received, None, terminal).await {
                    Ok(handled) => handled,
                    Err(stop) => {
                        in_hand = Some(answer);
                        break Err(stop);
                    }
                };
                let done = handled.is_ok() && handling.is_enough();
                // Sending fails if the client has hung up.
                let _ = answer.send(handled);
                if done {
                    break Ok(());
                }
            }
        }
    };
    // Pending notifications fail, so that the server posts them again. The endpoint is closed first: from then on, no failure counts as the last
    // attempt.
    let mut shutdown = pin!(webhook.shutdown());
    tokio::select! {
        biased;
        () = &mut shutdown => {}
        () = std::future::ready(()) => {
            drop((posted, in_hand));
            shutdown.await;
        }
    }
    let _ = stop.send(());
    let _ = tokio::time::timeout(FAREWELL, server).await;
    handling.report(terminal)?;
    end
}
