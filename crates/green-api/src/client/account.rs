//! Who calls: an instance or a partner, and the credentials of each.

mod credentials;
mod instance;

pub(super) use credentials::is_loopback;
pub use credentials::{ConfigError, Credentials, PartnerCredentials};
pub use instance::{Instance, Partner};
