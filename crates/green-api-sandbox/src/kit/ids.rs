//! Tokens, codes and ids, all drawn by the generator of the seed.

use fastrand::Rng;

/// Returns a token like the real ones: 50 lower-case hexadecimal digits.
pub(crate) fn token(rng: &mut Rng) -> String {
    (0..50)
        .map(|_| char::from_digit(rng.u32(0..16), 16).unwrap_or('0'))
        .collect()
}

/// Returns an authorization code: 8 upper-case letters and digits.
pub(crate) fn code(rng: &mut Rng) -> String {
    (0..8)
        .map(|_| {
            rng.choice(b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
                .map_or('0', |&byte| char::from(byte))
        })
        .collect()
}

/// Returns an id like those of messages that are sent through the API: `3EB0` and 16 upper-case hexadecimal digits.
pub(crate) fn message(rng: &mut Rng) -> String {
    format!("3EB0{:016X}", rng.u64(..))
}

/// Returns the id of a call: 32 upper-case hexadecimal digits.
pub(crate) fn call(rng: &mut Rng) -> String {
    format!("{:032X}", rng.u128(..))
}

/// Returns the chat id of a group.
pub(crate) fn group(rng: &mut Rng) -> String {
    format!("120363{:012}@g.us", rng.u64(..1_000_000_000_000))
}

/// Returns a random UUID: version 4, variant 1.
pub(crate) fn uuid(rng: &mut Rng) -> String {
    let bits = rng.u128(..) & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let digits = format!("{bits:032x}");
    [0..8, 8..12, 12..16, 16..20, 20..32]
        .map(|range| &digits[range])
        .join("-")
}

/// Returns the ASCII digits of a phone number that is written as people write it.
pub(crate) fn digits(number: &str) -> String {
    number.chars().filter(char::is_ascii_digit).collect()
}
