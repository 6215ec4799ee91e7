//! Stands for the metrics where the feature is off.

use std::time::Duration;

pub(super) fn describe() {}
pub(super) fn received(_: &'static str, _: &'static str) {}
pub(super) fn handled(_: &'static str, _: &'static str, _: Duration) {}
pub(super) fn waited(_: Duration) {}
pub(super) fn stats(_: u64, _: u64, _: Option<Duration>) {}
