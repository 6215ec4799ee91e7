//! Being the address that notifications are posted to.

use std::fmt;
use std::net::SocketAddr;
use std::pin::pin;
use std::time::Duration;

use axum::Router;
use green_api::Received;
use green_api::webhook::WebhookBuilder;
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use super::exec::ExecError;
use super::handling::Handling;
use super::server;
use crate::failure::{Exit, Failure, Stop};
use crate::terminal::{Event, Terminal};

/// How long connections may take to end, once everything that came has been answered.
const FAREWELL: Duration = Duration::from_secs(5);

/// Why a notification that was posted was not handled.
#[derive(Debug)]
enum Unhandled {
    Exec(ExecError),
    /// The command ends; the server posts it again.
    Ending,
}

impl fmt::Display for Unhandled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exec(error) => error.fmt(f),
            Self::Ending => f.write_str("the endpoint is ending"),
        }
    }
}

impl std::error::Error for Unhandled {}

/// A notification, and where the outcome goes.
type Posted = (Received, oneshot::Sender<Result<(), Unhandled>>);

pub(super) async fn run(
    address: SocketAddr,
    endpoint: WebhookBuilder,
    handling: &mut Handling,
    terminal: &mut Terminal,
) -> Result<(), Stop> {
    // One at a time and in order, as they are printed.
    let (post, mut posted) = mpsc::unbounded_channel::<Posted>();
    let webhook = endpoint.handler(move |received| {
        let (answer, answered) = oneshot::channel();
        let sent = post.send((received, answer));
        async move {
            sent.map_err(|_| Unhandled::Ending)?;
            answered.await.unwrap_or(Err(Unhandled::Ending))
        }
    });
    let unusable = |error| {
        Failure::new(
            Exit::Input,
            "listen",
            format!("cannot listen on {address}: {error}"),
        )
    };
    let listener = TcpListener::bind(address).await.map_err(unusable)?;
    let url = format!("http://{}", listener.local_addr().map_err(unusable)?);
    let router: Router = webhook.clone().into_router();
    let (stop, stopped) = oneshot::channel::<()>();
    let server = tokio::spawn(server::serve(listener, router, async move {
        drop(stopped.await);
    }));
    terminal.event(&Event::Listening { url: &url })?;
    terminal.note(&format!("Taking notifications at {url} until Ctrl-C."));

    let first = handling.interrupts.first();
    let mut first = pin!(first);
    // Its outcome is not known when the command is interrupted.
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
                // Nobody waits for the outcome if whoever posted it has hung up and the endpoint is gone.
                let _ = answer.send(handled.map_err(Unhandled::Exec));
                if done {
                    break Ok(());
                }
            }
        }
    };
    // What was posted meanwhile is answered with a failure, so that the server posts it again. The endpoint is closed first: from then on no failure is
    // the last attempt.
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
