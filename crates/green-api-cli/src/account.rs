//! The account that operations are called for, and its credentials.

mod credentials;
mod profiles;

pub(crate) use self::credentials::{Account, Unlisted};
pub(crate) use self::profiles::{DEFAULT, PARTNER, Profile, Store, create_private, warning};
