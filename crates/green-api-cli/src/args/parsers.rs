//! What single arguments may be.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use green_api::{ChatId, ChatKind};
use green_api_sandbox::State;

/// The longest time that makes sense here; far longer ones would overflow the clock.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let seconds: Option<Duration> = text
        .parse()
        .ok()
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    seconds.filter(|time| *time <= LONGEST).ok_or_else(|| {
        format!(
            "write seconds, such as 90 or 1.5, up to {}",
            LONGEST.as_secs()
        )
    })
}

pub(crate) fn time_limit(text: &str) -> Result<Duration, String> {
    Some(duration(text)?)
        .filter(|time| !time.is_zero())
        .ok_or_else(|| "it must be more than 0".to_owned())
}

pub(crate) fn named_file(text: &str) -> Result<(String, PathBuf), String> {
    match text.split_once('=') {
        Some((name, path)) if !name.is_empty() && !path.is_empty() => {
            Ok((name.to_owned(), path.into()))
        }
        _ => Err("write the argument's name, = and the path, such as file=me.jpg".to_owned()),
    }
}

pub(crate) fn setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => {
            Err("write the setting's name, = and its value, such as incomingWebhook=yes".to_owned())
        }
    }
}

/// The name becomes a key in a file and part of messages, no path.
pub(crate) fn profile_name(text: &str) -> Result<String, String> {
    let good =
        |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    if !text.is_empty() && text.len() <= 64 && text.chars().all(good) {
        Ok(text.to_owned())
    } else {
        Err(
            "a profile's name has up to 64 letters, digits, dots, dashes and underscores"
                .to_owned(),
        )
    }
}

pub(crate) fn group(text: &str) -> Result<ChatId, String> {
    let chat: ChatId = text
        .parse()
        .map_err(|error: green_api::ParseChatIdError| error.to_string())?;
    if chat.kind() == ChatKind::Group {
        Ok(chat)
    } else {
        Err("a group's id ends in @g.us, such as 120363000000000001@g.us".to_owned())
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
        .ok_or_else(|| format!("write degrees from -{limit} to {limit}, such as 51.4779"))
}

pub(crate) fn yes_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" | "true" | "on" => Ok(true),
        "no" | "false" | "off" => Ok(false),
        _ => Err("write yes or no".to_owned()),
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
