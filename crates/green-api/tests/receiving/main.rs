//! What holds at both doors: nothing is deleted that nobody took, nothing is handled again without need, and trouble is told.

#[path = "../common/mod.rs"]
mod common;
#[path = "../wire/mod.rs"]
mod wire;

mod bounds;
mod examples;
mod giving_up;
mod outages;
mod progress;
mod silence;
mod support;
