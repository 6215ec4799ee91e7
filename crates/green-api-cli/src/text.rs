//! Formatting for people, and making text from others safe to print.

mod said;

use std::time::{Duration, UNIX_EPOCH};

use green_api::{ChatId, ChatKind, UnixTime};

pub(crate) use self::said::said;

/// Puts text from others on one line of a terminal. Characters that would move the cursor, colour the screen or change the writing direction become
/// replacement characters.
pub(crate) fn one_line(text: &str) -> String {
    text.trim()
        .chars()
        .map(|character| match character {
            '\n' => '⏎',
            '\t' => ' ',
            _ if character.is_control() || turns_writing(character) => char::REPLACEMENT_CHARACTER,
            _ => character,
        })
        .collect()
}

/// Tells whether an invisible character changes the writing direction, and so what a line seems to say.
fn turns_writing(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Formats a person as a phone number, and every other chat as its id.
pub(crate) fn chat(chat: &ChatId) -> String {
    match chat.as_str().split_once('@') {
        Some((number, _)) if chat.kind() == ChatKind::Person => format!("+{}", one_line(number)),
        _ => one_line(chat.as_str()),
    }
}

/// Formats a time to the second, in UTC: `2026-10-06 09:41:07Z`.
pub(crate) fn moment(time: UnixTime) -> String {
    let seconds = u64::try_from(time.seconds()).unwrap_or_default();
    // The end of the year 9999: longer years cannot be formatted.
    const LAST: u64 = 253_402_300_799;
    humantime::format_rfc3339_seconds(UNIX_EPOCH + Duration::from_secs(seconds.min(LAST)))
        .to_string()
        .replace('T', " ")
}

/// Rounds up to whole seconds, so that a countdown begins with its full time.
pub(crate) fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs() + u64::from(duration.subsec_nanos() > 0)
}

/// Shows a price as it came, and its unit as documented: converting it would be a guess.
pub(crate) fn price(price: &Option<String>, currency: &Option<String>) -> String {
    let shown = |text: &Option<String>| text.as_deref().map(one_line).unwrap_or_default();
    match (shown(price), shown(currency)) {
        (price, currency) if price.is_empty() || currency.is_empty() => price,
        (price, currency) => format!("{price} ({currency}/100)"),
    }
}

/// Aligns the columns of these rows.
pub(crate) fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or_default()
    };
    let widths: [usize; N] = std::array::from_fn(width);
    let line = |row: &[String; N]| {
        let cells: Vec<String> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        cells.join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_else_writes_on_the_terminal() {
        assert_eq!(one_line("a\nb\tc"), "a⏎b c");
        assert_eq!(one_line("\u{1b}[2J\u{9b}31m\u{7}\r"), "�[2J�31m�");
        assert_eq!(one_line("gpj.\u{202e}exe"), "gpj.�exe");
        assert_eq!(one_line("Zoë 👩‍👩‍👧 שלום"), "Zoë 👩‍👩‍👧 שלום");
    }

    #[test]
    fn people_are_numbers() {
        for (id, shown) in [
            ("447700900123@c.us", "+447700900123"),
            ("120363000000000001@g.us", "120363000000000001@g.us"),
        ] {
            assert_eq!(chat(&id.parse().unwrap()), shown);
        }
    }

    #[test]
    fn every_moment_can_be_shown() {
        assert_eq!(
            moment(UnixTime::from(1_793_698_867)),
            "2026-11-03 09:41:07Z"
        );
        assert_eq!(moment(UnixTime::from(-5)), "1970-01-01 00:00:00Z");
        assert_eq!(
            moment(UnixTime::from(i64::MAX)).len(),
            "1970-01-01 00:00:00Z".len()
        );
    }

    #[test]
    fn columns_stand_below_each_other() {
        let rows = [
            ["a".to_owned(), "b".to_owned()],
            ["ccc".to_owned(), String::new()],
        ];
        assert_eq!(table(&rows), "a    b\nccc");
    }
}
