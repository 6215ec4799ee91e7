//! Numbers of instances.

use std::fmt;
use std::str::FromStr;

/// The number of an instance, as the console shows it.
///
/// ```
/// use green_api_types::models::InstanceId;
///
/// let id: InstanceId = "7103000001".parse()?;
/// assert_eq!(id.to_string(), "7103000001");
/// # Ok::<(), green_api_types::models::ParseInstanceIdError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstanceId(i64);

/// An error returned when a text or a number is not the number of an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParseInstanceIdError;

impl InstanceId {
    /// Returns the number.
    #[must_use]
    pub fn get(self) -> i64 {
        self.0
    }
}

impl FromStr for InstanceId {
    type Err = ParseInstanceIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let text = text.trim();
        // `parse` would take a sign.
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        digits
            .then(|| text.parse().ok())
            .flatten()
            .map_or(Err(ParseInstanceIdError), |id: i64| id.try_into())
    }
}

impl TryFrom<&str> for InstanceId {
    type Error = ParseInstanceIdError;

    fn try_from(text: &str) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl TryFrom<i64> for InstanceId {
    type Error = ParseInstanceIdError;

    fn try_from(id: i64) -> Result<Self, Self::Error> {
        if id > 0 {
            Ok(Self(id))
        } else {
            Err(ParseInstanceIdError)
        }
    }
}

impl fmt::Display for InstanceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for ParseInstanceIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the instance's number must be digits only, such as 7103000001")
    }
}

impl std::error::Error for ParseInstanceIdError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_of_any_length() {
        for good in ["1", "7103000001", "710722000001"] {
            assert_eq!(good.parse::<InstanceId>().unwrap().to_string(), good);
        }
        for bad in ["", "0", "-1", "+1", "7103a", "1.5", "99999999999999999999"] {
            assert!(bad.parse::<InstanceId>().is_err(), "{bad}");
        }
    }
}
