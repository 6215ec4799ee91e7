//! Country codes and how long the numbers of each country are.

use std::ops::RangeInclusive;

/// Digits of the longest country codes.
pub(super) const LONGEST_CODE: usize = 3;

/// The country codes that the ITU has assigned (list of E.164 assigned country codes), global services included, under the fewest and the most
/// digits that numbers of people and businesses have in the countries' plans, the code included. Where a plan is being changed, both lengths are in.
#[rustfmt::skip]
const PLANS: &[(usize, usize, &str)] = &[
    (7, 8, "290"),
    (7, 10, "683 690"),
    (7, 15, "379"),
    (8, 8, "500 682"),
    (8, 9, "247"),
    (8, 10, "676 677 678 688"),
    (8, 11, "686"),
    (8, 12, "53 95"),
    (8, 13, "358 685"),
    (8, 14, "352"),
    (8, 15, "43 49"),
    (9, 9, "298 299 672 681 687"),
    (9, 10, "597"),
    (9, 11, "46"),
    (9, 12, "252 359 376 508"),
    (9, 13, "378 880"),
    (9, 14, "62"),
    (10, 10, "238 239 246 248 269 291 297 45 47 501 592 65 673 674 679 680 691 692 960"),
    (10, 11, "230 241 267 32 36 372 51 507 599 66 670 675 961 975"),
    (10, 12, "220 231 245 254 265 354 423 57 595 60 63 64 967"),
    (10, 13, "243 353 381 82 850"),
    (10, 15, "882"),
    (11, 11, "1 7 27 216 222 223 226 227 228 232 235 236 253 257 266 268 31 33 34 350 356 357 370 371 373 374 382 386 389"),
    (11, 11, "40 41 48 502 503 504 505 506 509 56 591 598 61 689 800 808 852 853 93 94 965 968 973 974 993"),
    (11, 12, "20 213 218 224 233 237 242 250 258 264 39 355 377 385 387 44 593 81 84 855 92 962 963 970 971 972"),
    (11, 13, "225 229 234 263 383 856 86 886 964 976 977"),
    (11, 15, "883"),
    (12, 12, "211 212 221 240 244 249 251 255 256 260 261 262 30 351 375 380 420 421 58 590 594 596 90 91 966 979 98"),
    (12, 12, "992 994 995 996 998"),
    (12, 13, "52 54 55 881"),
    (12, 15, "870"),
    (14, 14, "888"),
    (15, 15, "878"),
];

/// Beginnings of numbers that are longer or shorter than others of their country: landlines of Egypt and Italy, mobile numbers of Germany and
/// Britain, machines of the Netherlands, services of Australia.
const OTHER_LENGTHS: &[(usize, usize, &str)] = &[
    (8, 13, "390"),
    (10, 12, "2015 2057 203"),
    (11, 12, "611"),
    (11, 13, "3197"),
    (12, 12, "447"),
    (12, 13, "4915 4916 4917"),
];

/// Countries in whose international numbers a zero follows the country code.
pub(super) const ZERO_IS_DIALLED: &[&str] = &["39", "225", "229", "241", "242", "378", "379"];

/// Countries within which an 8 is dialled, or was until lately, before the national number.
pub(super) const EIGHT_IS_TRUNK: &[&str] = &["7", "370", "375", "992", "993", "998"];

/// Returns the country code that a number begins with, and how many digits such numbers have. No code is the beginning of another.
pub(super) fn plan(digits: &str) -> Option<(&'static str, RangeInclusive<usize>)> {
    let find = |plans: &'static [(usize, usize, &'static str)]| {
        plans.iter().find_map(|(fewest, most, beginnings)| {
            let beginning = beginnings.split(' ').find(|one| digits.starts_with(one))?;
            Some((beginning, *fewest..=*most))
        })
    };
    let (code, lengths) = find(PLANS)?;
    Some((
        code,
        find(OTHER_LENGTHS).map_or(lengths, |(_, lengths)| lengths),
    ))
}

/// Whether numbers of the country can go on with these digits. In North America an area code and an exchange follow, both of which begin with 2 to
/// 9, and area codes such as 411 are services.
pub(super) fn goes_on(code: &str, national: &str) -> bool {
    // Made up for examples, so nobody's.
    const FICTIONAL: &str = "55501";
    match (code, national.as_bytes()) {
        ("1", [_, b'1', b'1', ..]) => false,
        ("1", [area, _, _, exchange, ..]) => {
            national.starts_with(FICTIONAL) || (*area >= b'2' && *exchange >= b'2')
        }
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_country_code_is_the_beginning_of_another() {
        let codes = || PLANS.iter().flat_map(|(_, _, codes)| codes.split(' '));
        for code in codes() {
            let same: Vec<_> = codes().filter(|other| other.starts_with(code)).collect();
            assert_eq!(same, [code]);
        }
    }
}
