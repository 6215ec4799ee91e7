//! Guides: how parts of this crate play together.

#[cfg_attr(feature = "client", doc = include_str!("guides/never_twice.md"))]
#[cfg_attr(
    not(feature = "client"),
    doc = "How not to send twice; for the feature `client`."
)]
pub mod never_twice {}

#[cfg_attr(feature = "client", doc = include_str!("guides/pace.md"))]
#[cfg_attr(
    not(feature = "client"),
    doc = "How fast to send; for the feature `client`."
)]
pub mod pace {}

#[cfg_attr(feature = "client", doc = include_str!("guides/telemetry.md"))]
#[cfg_attr(
    not(feature = "client"),
    doc = "What a program shows of its calls and notifications; for the feature `client`."
)]
pub mod telemetry {}
