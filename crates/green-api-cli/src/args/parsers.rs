//! Parsers of single arguments.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use green_api::{ChatId, ChatKind};
use green_api_sandbox::State;

/// Nothing waits or is waited for longer at one go, and much longer times would overflow the clock.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// A message can be written this long before it is sent.
const LATEST: Duration = Duration::from_secs(366 * 24 * 60 * 60);

pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    seconds_up_to(text, LONGEST)
}

pub(crate) fn delay(text: &str) -> Result<Duration, String> {
    seconds_up_to(text, LATEST)
}

fn seconds_up_to(text: &str, longest: Duration) -> Result<Duration, String> {
    let seconds: Option<Duration> = text
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.filter(|time| *time <= longest).ok_or_else(|| {
        format!(
            "expected seconds, such as 90 or 1.5, up to {}",
            longest.as_secs()
        )
    })
}

pub(crate) fn time_limit(text: &str) -> Result<Duration, String> {
    Some(duration(text)?)
        .filter(|time| !time.is_zero())
        .ok_or_else(|| "must be greater than 0".to_owned())
}

/// A shell succeeds with an empty command, as of an unset variable, and every notification would count as handled.
pub(crate) fn command(text: &str) -> Result<String, String> {
    if text.trim().is_empty() {
        return Err("the command is empty".to_owned());
    }
    Ok(text.to_owned())
}

pub(crate) fn named_file(text: &str) -> Result<(String, PathBuf), String> {
    assignment(text)
        .filter(|(_, path)| !path.is_empty())
        .map(|(name, path)| (name, path.into()))
        .ok_or_else(|| "expected ARGUMENT=PATH, such as file=me.jpg".to_owned())
}

pub(crate) fn setting(text: &str) -> Result<(String, String), String> {
    assignment(text).ok_or_else(|| "expected NAME=VALUE, such as incomingWebhook=yes".to_owned())
}

fn assignment(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=').filter(|(name, _)| !name.is_empty())?;
    Some((name.to_owned(), value.to_owned()))
}

/// Accepts names that can stand in messages as they are.
pub(crate) fn profile_name(text: &str) -> Result<String, String> {
    let good =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    if !text.is_empty() && text.len() <= 64 && text.chars().all(good) {
        Ok(text.to_owned())
    } else {
        Err("expected 1 to 64 letters, digits, dots, dashes and underscores".to_owned())
    }
}

pub(crate) fn group(text: &str) -> Result<ChatId, String> {
    let chat: ChatId = text
        .parse()
        .map_err(|error: green_api::ParseChatIdError| error.to_string())?;
    if chat.kind() == ChatKind::Group {
        Ok(chat)
    } else {
        Err("a group id ends in @g.us, such as 120363000000000001@g.us".to_owned())
    }
}

pub(crate) fn latitude(text: &str) -> Result<f64, String> {
    degrees(text, 90.0)
}

pub(crate) fn longitude(text: &str) -> Result<f64, String> {
    degrees(text, 180.0)
}

fn degrees(text: &str, limit: f64) -> Result<f64, String> {
    let degrees: Option<f64> = text.parse().ok();
    degrees
        .filter(|degrees| degrees.abs() <= limit)
        .ok_or_else(|| format!("expected degrees from -{limit} to {limit}, such as 51.4779"))
}

pub(crate) fn yes_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" | "true" | "on" => Ok(true),
        "no" | "false" | "off" => Ok(false),
        _ => Err("expected yes or no".to_owned()),
    }
}

pub(crate) fn state() -> PossibleValuesParser {
    PossibleValuesParser::new(State::ALL.iter().map(|state| state.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_within_a_day() {
        assert_eq!(duration("1.5"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("0"), Ok(Duration::ZERO));
        for bad in ["", "-1", "abc", "NaN", "inf", "1e300", "86401", "2m"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
        assert!(time_limit("0").is_err());
        assert_eq!(time_limit("90"), Ok(Duration::from_secs(90)));
    }

    #[test]
    fn files_have_a_name_and_a_path() {
        assert_eq!(
            named_file("file=a=b.jpg"),
            Ok(("file".to_owned(), "a=b.jpg".into()))
        );
        for bad in ["me.jpg", "=me.jpg", "file="] {
            assert!(named_file(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn settings_may_be_empty_but_have_a_name() {
        assert_eq!(
            setting("webhookUrl="),
            Ok(("webhookUrl".to_owned(), String::new()))
        );
        assert_eq!(
            setting("webhookUrl=https://a.example/?b=c").unwrap().1,
            "https://a.example/?b=c"
        );
        assert!(setting("incomingWebhook").is_err() && setting("=yes").is_err());
    }

    #[test]
    fn names_of_profiles_are_no_paths() {
        assert!(profile_name("sales-2.eu").is_ok());
        for bad in ["", "../x", "a b", "ä", &"x".repeat(65)] {
            assert!(profile_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn degrees_are_on_the_globe() {
        assert_eq!((latitude("-0.5"), longitude("180")), (Ok(-0.5), Ok(180.0)));
        for bad in ["91", "NaN", "inf", "", "51,5"] {
            assert!(latitude(bad).is_err(), "{bad}");
        }
    }
}
