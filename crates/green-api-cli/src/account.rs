//! Whose account operations are called for, and where its credentials are.

mod credentials;
mod profiles;

pub(crate) use self::credentials::{Account, Unlisted};
pub(crate) use self::profiles::{DEFAULT, PARTNER, Profile, Store};
