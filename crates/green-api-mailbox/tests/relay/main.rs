//! The relay, with a real NATS server as a child of the test. Where there is no `nats-server`, the tests say so and pass; the environment
//! variable `GREEN_API_TEST_NATS_SERVER` names another one.
//!
//! With 10,000 notifications: `cargo test -p green-api-mailbox --features nats --test relay -- --ignored --nocapture`.

#![cfg(feature = "nats")]

mod consumer;
mod killed;
mod proxy;
mod server;
mod sink;
mod world;
