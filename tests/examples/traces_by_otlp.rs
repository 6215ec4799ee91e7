//! Exports traces to a collector by OTLP: `cargo run -p green-api-tests --example traces_by_otlp`.
//!
//! It needs `GREEN_API_URL`, `GREEN_API_ID_INSTANCE` and `GREEN_API_TOKEN_INSTANCE`, and a collector at `OTEL_EXPORTER_OTLP_ENDPOINT`, which is
//! <http://localhost:4318> unless set. One that shows them in a browser:
//! `docker run --rm -p 4318:4318 -p 16686:16686 jaegertracing/jaeger:latest`. Ctrl+C ends it.

use green_api::{Instance, Received};
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::Instrument as _;
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Layer as _, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let exporter = SpanExporter::builder().with_http().build()?;
    let service = Resource::builder().with_service_name("traces_by_otlp");
    let provider = SdkTracerProvider::builder()
        .with_batch_exporter(exporter)
        .with_resource(service.build())
        .build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("green-api"));
    tracing_subscriber::registry()
        .with(layer.with_filter(LevelFilter::INFO))
        .init();

    let instance = Instance::from_env()?;
    let state = instance.get_state_instance().await?;
    println!("{state:?}");
    instance
        .notifications()
        .until(async { tokio::signal::ctrl_c().await.unwrap_or_default() })
        .for_each(handle)
        .await?;
    // What has not been exported yet is exported now.
    tokio::task::spawn_blocking(move || provider.shutdown()).await??;
    Ok(())
}

/// Handles a notification in spans of its own, which hang under that of the notification.
async fn handle(received: Received) -> Result<(), std::convert::Infallible> {
    let looking_up = async { println!("{}", received.notification.kind()) };
    looking_up
        .instrument(tracing::info_span!("look up the customer"))
        .await;
    Ok(())
}
