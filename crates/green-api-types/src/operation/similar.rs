//! Names that may be meant by another one.

/// How many names are suggested.
const MOST: usize = 3;
/// Longer texts are not names.
const LONGEST: usize = 64;

/// The known names that are most like this one.
pub(super) fn similar<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Vec<&'n str> {
    let name = folded(name);
    if name.is_empty() || name.len() > LONGEST {
        return Vec::new();
    }
    let distances = known.map(|known| (distance(&name, &folded(known)), known));
    let mut near: Vec<_> = distances
        .filter(|(distance, _)| *distance <= name.len() / 2)
        .collect();
    near.sort_by_key(|(distance, _)| *distance);
    // What differs in nothing but the case is what is meant.
    let most = if near.first().is_some_and(|(distance, _)| *distance == 0) {
        1
    } else {
        MOST
    };
    near.into_iter()
        .take(most)
        .map(|(_, known)| known)
        .collect()
}

/// A name without case and separators.
fn folded(name: &str) -> Vec<char> {
    let characters = name.chars().filter(|c| !matches!(c, '_' | '-' | ' '));
    characters.flat_map(char::to_lowercase).collect()
}

/// How many characters must be added, left out or changed to make one of the other (Levenshtein).
fn distance(from: &[char], to: &[char]) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, a) in from.iter().enumerate() {
        let mut above_left = line;
        row[0] = line + 1;
        for (column, b) in to.iter().enumerate() {
            let above = row[column + 1];
            row[column + 1] = (above_left + usize::from(a != b))
                .min(above + 1)
                .min(row[column] + 1);
            above_left = above;
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_changes() {
        for (from, to, changes) in [
            ("", "abc", 3),
            ("abc", "", 3),
            ("abc", "abc", 0),
            ("kitten", "sitting", 3),
            ("flaw", "lawn", 2),
            ("getsettings", "setsettings", 1),
        ] {
            assert_eq!(distance(&folded(from), &folded(to)), changes, "{from} {to}");
        }
    }

    #[test]
    fn the_nearest_come_first() {
        let known = ["sendMessage", "sendPoll", "editMessage", "getSettings"];
        let near = |name| similar(name, known.into_iter());
        assert_eq!(near("sendMesage")[0], "sendMessage");
        assert_eq!(near("send_message"), ["sendMessage"]);
        assert_eq!(near("SENDPOLL"), ["sendPoll"]);
        assert!(near("makeCoffee").is_empty() && near("").is_empty());
        assert!(near(&"sendMessage".repeat(1000)).is_empty());
    }
}
