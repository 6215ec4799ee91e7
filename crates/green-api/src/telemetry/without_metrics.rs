//! Stands for the metrics where the feature is off.

#[cfg(feature = "client")]
pub(super) fn call(_: &'static str, _: &'static str, _: &'static str, _: std::time::Duration) {}
#[cfg(feature = "client")]
pub(super) fn retry(_: &'static str) {}
#[cfg(feature = "client")]
pub(super) fn wait(_: &'static str, _: &'static str, _: std::time::Duration) {}
#[cfg(feature = "client")]
pub(super) fn answer(_: &'static str, _: Option<crate::InstanceId>, _: &[u8]) {}
pub(super) fn notification(_: &'static str, _: &'static str) {}
pub(super) fn lag(_: Option<crate::InstanceId>, _: std::time::Duration) {}
pub(crate) fn describe() {}
