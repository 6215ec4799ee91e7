//! What those who watch are told: spans by the conventions of OpenTelemetry, and metrics.

#[path = "../common/mod.rs"]
mod common;
#[cfg(feature = "metrics")]
mod metrics;
mod spans;
#[path = "../wire/mod.rs"]
mod wire;
