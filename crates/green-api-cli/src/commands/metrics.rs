//! `--metrics`: an endpoint for Prometheus.

use std::future::{pending, ready};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use green_api::server;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::task::JoinHandle;

use crate::failure::{Exit, Failure, Stop};
use crate::terminal::{Event, Terminal};

/// What a call takes: from an answer at once to the longest wait for a notification.
const SECONDS: [f64; 12] = [
    0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 60.0, 120.0,
];
/// How old a notification can be: the server drops those of 24 hours.
const LAG: [f64; 9] = [
    1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3_600.0, 14_400.0, 86_400.0,
];
/// How often what was recorded is put together where nobody asks for it.
const UPKEEP: Duration = Duration::from_secs(5);

/// An address that is listened on, and what will be served there.
pub(crate) struct Metrics {
    listener: TcpListener,
    address: SocketAddr,
    recorded: PrometheusHandle,
}

/// The endpoint, which ends when this is dropped.
pub(crate) struct Serving(JoinHandle<()>);

impl Metrics {
    /// Begins to record, and takes the address before anything is sent.
    pub(crate) fn bind(address: SocketAddr) -> Result<Self, Failure> {
        let unusable = |error| {
            let message = format!("--metrics: cannot listen on {address}: {error}");
            Failure::new(Exit::Input, "listen", message)
        };
        let listener = TcpListener::bind(address).map_err(unusable)?;
        listener.set_nonblocking(true).map_err(unusable)?;
        let address = listener.local_addr().map_err(unusable)?;
        let recorded = recorder().map_err(|error| {
            let message = format!("--metrics: nothing can be recorded: {error}");
            Failure::new(Exit::Input, "listen", message)
        })?;
        Ok(Self {
            listener,
            address,
            recorded,
        })
    }

    /// Serves what is recorded, and what `refresh` adds to it for each answer.
    pub(crate) fn serve<F: Future<Output = ()> + Send + 'static>(
        self,
        terminal: &mut Terminal,
        refresh: impl Fn() -> F + Send + Sync + 'static,
    ) -> Result<Serving, Stop> {
        let Self {
            listener,
            address,
            recorded,
        } = self;
        let listener = tokio::net::TcpListener::from_std(listener)
            .map_err(|error| Failure::new(Exit::Input, "listen", format!("--metrics: {error}")))?;
        let url = format!("http://{address}/metrics");
        terminal.event(&Event::Metrics { url: &url })?;
        terminal.note(&format!("Metrics for Prometheus: {url}"));
        let (rendered, refresh) = (recorded.clone(), Arc::new(refresh));
        let render = move || {
            let (rendered, refresh) = (rendered.clone(), Arc::clone(&refresh));
            async move {
                refresh().await;
                rendered.render()
            }
        };
        let router = server::metrics(Some(address.ip()), render)
            .fallback(|| ready((StatusCode::NOT_FOUND, "the metrics are at /metrics\n")));
        Ok(Serving(tokio::spawn(async move {
            let serving = server::serve(listener, router, pending());
            let upkeep = async {
                loop {
                    tokio::time::sleep(UPKEEP).await;
                    recorded.run_upkeep();
                }
            };
            tokio::join!(serving, upkeep);
        })))
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.abort();
    }
}

fn recorder() -> Result<PrometheusHandle, BuildError> {
    PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &SECONDS)?
        .set_buckets_for_metric(
            Matcher::Full("green_api_notification_lag_seconds".to_owned()),
            &LAG,
        )?
        .install_recorder()
}
