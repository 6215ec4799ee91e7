//! The code in large letters.

/// The rows and columns of a letter.
const SIZE: usize = 5;

/// Draws a code in letters five lines high. Returns `None` unless all characters are Latin letters, digits or dashes.
pub(crate) fn large(code: &str) -> Option<String> {
    let letters = code.chars().map(letter).collect::<Option<Vec<_>>>()?;
    let row = |row: usize| {
        let pixels: Vec<String> = letters
            .iter()
            .map(|letter| letter[row].replace('#', "█"))
            .collect();
        format!("  {}", pixels.join("  ")).trim_end().to_owned()
    };
    Some((0..SIZE).map(row).collect::<Vec<_>>().join("\n"))
}

/// Draws a character. Zero has a stroke, unlike O.
#[rustfmt::skip]
fn letter(character: char) -> Option<[&'static str; SIZE]> {
    Some(match character.to_ascii_uppercase() {
        'A' => [" ### ", "#   #", "#####", "#   #", "#   #"],
        'B' => ["#### ", "#   #", "#### ", "#   #", "#### "],
        'C' => [" ####", "#    ", "#    ", "#    ", " ####"],
        'D' => ["#### ", "#   #", "#   #", "#   #", "#### "],
        'E' => ["#####", "#    ", "#### ", "#    ", "#####"],
        'F' => ["#####", "#    ", "#### ", "#    ", "#    "],
        'G' => [" ####", "#    ", "#  ##", "#   #", " ####"],
        'H' => ["#   #", "#   #", "#####", "#   #", "#   #"],
        'I' => ["#####", "  #  ", "  #  ", "  #  ", "#####"],
        'J' => ["  ###", "    #", "    #", "#   #", " ### "],
        'K' => ["#   #", "#  # ", "###  ", "#  # ", "#   #"],
        'L' => ["#    ", "#    ", "#    ", "#    ", "#####"],
        'M' => ["#   #", "## ##", "# # #", "#   #", "#   #"],
        'N' => ["#   #", "##  #", "# # #", "#  ##", "#   #"],
        'O' => [" ### ", "#   #", "#   #", "#   #", " ### "],
        'P' => ["#### ", "#   #", "#### ", "#    ", "#    "],
        'Q' => [" ### ", "#   #", "#   #", "#  # ", " ## #"],
        'R' => ["#### ", "#   #", "#### ", "#  # ", "#   #"],
        'S' => [" ####", "#    ", " ### ", "    #", "#### "],
        'T' => ["#####", "  #  ", "  #  ", "  #  ", "  #  "],
        'U' => ["#   #", "#   #", "#   #", "#   #", " ### "],
        'V' => ["#   #", "#   #", "#   #", " # # ", "  #  "],
        'W' => ["#   #", "#   #", "# # #", "## ##", "#   #"],
        'X' => ["#   #", " # # ", "  #  ", " # # ", "#   #"],
        'Y' => ["#   #", " # # ", "  #  ", "  #  ", "  #  "],
        'Z' => ["#####", "   # ", "  #  ", " #   ", "#####"],
        '0' => [" ### ", "#  ##", "# # #", "##  #", " ### "],
        '1' => ["  #  ", " ##  ", "  #  ", "  #  ", " ### "],
        '2' => ["#### ", "    #", " ### ", "#    ", "#####"],
        '3' => ["#### ", "    #", " ### ", "    #", "#### "],
        '4' => ["#   #", "#   #", "#####", "    #", "    #"],
        '5' => ["#####", "#    ", "#### ", "    #", "#### "],
        '6' => [" ### ", "#    ", "#### ", "#   #", " ### "],
        '7' => ["#####", "    #", "   # ", "  #  ", "  #  "],
        '8' => [" ### ", "#   #", " ### ", "#   #", " ### "],
        '9' => [" ### ", "#   #", " ####", "    #", " ### "],
        '-' => ["     ", "     ", " ### ", "     ", "     "],
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_letter_has_its_own_shape_and_the_same_size() {
        let characters: Vec<char> = ('A'..='Z').chain('0'..='9').chain(['-']).collect();
        let shapes: HashSet<_> = characters
            .iter()
            .map(|character| letter(*character).unwrap())
            .collect();
        assert_eq!(shapes.len(), characters.len());
        assert!(shapes.iter().flatten().all(|row| row.len() == SIZE));
    }

    #[test]
    fn a_code_fits_a_terminal() {
        let code = large("GAPI-2018").unwrap();
        assert_eq!(code.lines().count(), SIZE);
        assert!(code.lines().all(|line| line.chars().count() < 80), "{code}");
    }

    #[test]
    fn what_cannot_be_drawn_is_not() {
        assert_eq!(large("ÄÖÜ"), None);
    }
}
