use super::*;

#[test]
fn reads_what_people_write() {
    for text in [
        "+447700900123",
        "447700900123",
        "00447700900123",
        " +44 (7700) 900-123 ",
        "0044 7700.900/123",
        "+44\u{a0}7700\u{2011}900123",
    ] {
        assert_eq!(
            text.parse::<PhoneNumber>().map(|number| number.0),
            Ok(447_700_900_123),
            "{text}"
        );
    }
}

#[test]
fn drops_what_is_written_for_the_eye_only() {
    for text in [
        "+44 (0)7700 900123",
        "+44(0)7700900123",
        "0044 (0) 7700 900123",
        "44 (0)7700 900123",
        "(+44) 7700 900123",
        "(44) 7700 900123",
        "\u{202a}+44 7700 900123\u{202c}",
        "\u{200e}+44 7700\u{2013}900123",
        "\u{feff}447700900123\t",
    ] {
        assert_eq!(
            text.parse::<PhoneNumber>().map(|number| number.0),
            Ok(447_700_900_123),
            "{text:?}"
        );
    }
    // The zero belongs to the number.
    for (text, digits) in [
        ("+39 06 1234 5678", "390612345678"),
        ("+225 07 00 00 00 00", "2250700000000"),
        ("+84 95 123 45 67", "84951234567"),
        ("84951234567", "84951234567"),
    ] {
        assert_eq!(text.parse::<PhoneNumber>().unwrap().digits(), digits);
    }
}

#[test]
fn refuses_what_is_no_international_number() {
    use ParsePhoneNumberError::{
        AreaCode, Character, CountryCode, Empty, Length, National, NationalEight, TooLong,
        TooShort, TrunkZero,
    };
    let cases = [
        ("", Empty),
        ("+", Empty),
        ("  ", Empty),
        ("00", Empty),
        ("abc", Character('a')),
        ("12", TooShort),
        ("07700900123", National),
        ("+0044", National),
        ("0 11 44 7700 900123", National),
        ("12345678901234567890", TooLong),
        ("44123456789012345", TooLong),
        ("+44+7700", Character('+')),
        ("٤٤٧٧٠٠٩٠٠١٢٣", Character('٤')),
        ("8 (999) 123-45-67", NationalEight),
        ("89991234567", NationalEight),
        ("8 495 123-45-67", NationalEight),
        ("8 (812) 123 45 67", NationalEight),
        ("999 123 45 67", CountryCode("999".to_owned())),
        ("+999 123 45 67", CountryCode("999".to_owned())),
        ("2101234567", CountryCode("210".to_owned())),
        ("(202) 555-0123", AreaCode),
        ("(212) 555-0123 ext", Character('e')),
        ("+44 07700 900123", TrunkZero("44")),
        ("4407700900123", TrunkZero("44")),
        ("+39 (0)6 1234 5678", TrunkZero("39")),
        ("7 999 123 45", Length("7", 11..=11)),
        ("+1 555 010 012", Length("1", 11..=11)),
        ("7025550123", TrunkZero("7")),
    ];
    for (text, error) in cases {
        assert_eq!(text.parse::<PhoneNumber>(), Err(error), "{text}");
    }
}

#[test]
fn what_follows_a_number_is_not_glued_to_it() {
    for text in [
        "447700900145.0",
        "447700900145.00",
        "447700900145.5",
        "+44 7700 900145.0",
        "4915112345678.0",
        "+44 7700 900145/146",
        "+44 7700 900145 / 46",
        "+44 7700 900145 (2)",
        "+49 151 12345678/12",
        "+49 151 12345678/12 13",
        "+49 30/1234567 (2)",
    ] {
        assert_eq!(
            text.parse::<PhoneNumber>(),
            Err(ParsePhoneNumberError::Extension),
            "{text}"
        );
    }
    for text in [
        "+44 7700 900145-12",
        "+44 7700 900145 2",
        "+33 1 23 45 67 89 10",
    ] {
        let length = matches!(
            text.parse::<PhoneNumber>(),
            Err(ParsePhoneNumberError::Length(_, _))
        );
        assert!(length, "{text}");
    }
    for text in [
        "-447700900145",
        ".447700900145",
        "/447700900145",
        "+-447700900145",
    ] {
        let character = matches!(
            text.parse::<PhoneNumber>(),
            Err(ParsePhoneNumberError::Character(_))
        );
        assert!(character, "{text}");
    }
}

#[test]
fn a_number_within_one_country_is_not_another_countrys() {
    use ParsePhoneNumberError::{AreaCode, Length, NationalEight, TrunkZero, Unassigned};
    let cases = [
        ("+1 123 456 7890", Unassigned("1")),
        ("+1 202 155 0123", Unassigned("1")),
        ("+1 411 555 0123", Unassigned("1")),
        ("15112345678", Unassigned("1")),
        ("11912345678", Unassigned("1")),
        ("151 12345678", AreaCode),
        ("11 91234-5678", AreaCode),
        ("132 1234 5678", AreaCode),
        ("12 99123 4567", AreaCode),
        ("65912 34567", AreaCode),
        ("98765-43210", AreaCode),
        ("9161234567", Length("91", 12..=12)),
        ("9251234567", Length("92", 11..=12)),
        ("9811234567", Length("98", 12..=12)),
        ("9951234567", Length("995", 12..=12)),
        ("3911234567", Length("39", 11..=12)),
        ("2025550123", Length("20", 11..=12)),
        ("4155550132", Length("41", 11..=11)),
        ("212 555 0123", Length("212", 12..=12)),
        ("213 555 0123", Length("213", 11..=12)),
        ("503-555-0123", Length("503", 11..=11)),
        ("916 123 45 67", AreaCode),
        ("495 123-45-67", AreaCode),
        ("202 555 0123", AreaCode),
        ("415-555-0132", AreaCode),
        ("475.555.0123", AreaCode),
        ("8 612 34567", NationalEight),
        ("(8) 612 34567", NationalEight),
        ("8-10-44-7700-900145", NationalEight),
        ("861234567", Length("86", 11..=13)),
        ("+375 8 029 1234567", Length("375", 12..=12)),
        ("+375 (8) 029 1234567", TrunkZero("375")),
        ("+370 8 612 34567", Length("370", 11..=11)),
        ("+4477009", Length("44", 12..=12)),
        ("+44 7700 90014", Length("44", 12..=12)),
    ];
    for (text, error) in cases {
        assert_eq!(text.parse::<PhoneNumber>(), Err(error), "{text}");
    }
}

#[test]
fn numbers_of_every_length_of_a_plan_are_read() {
    for (text, digits) in [
        ("+370 (8) 612 34567", "37061234567"),
        ("+7 (8) 999 123-45-67", "79991234567"),
        ("+61 (8) 5550 1234", "61855501234"),
        ("+49 30/1234567", "49301234567"),
        ("+49 34242/12345", "493424212345"),
        ("+49 (30) 123456-12", "493012345612"),
        ("+43 1 12345", "43112345"),
        ("+39 333 123456", "39333123456"),
        ("+39 333 1234567", "393331234567"),
        ("+52 1 55 1234 5678", "5215512345678"),
        ("+52 55 1234 5678", "525512345678"),
        ("+54 9 11 1234 5678", "5491112345678"),
        ("+54 11 1234 5678", "541112345678"),
        ("+55 11 1234 5678", "551112345678"),
        ("+55 11 91234 5678", "5511912345678"),
        ("+62 812 3456 789", "628123456789"),
        ("+62 812 3456 78901", "62812345678901"),
        ("+20 10 1234 5678", "201012345678"),
        ("+20 3 123 4567", "2031234567"),
        ("+225 12 34 56 78", "22512345678"),
        ("+229 12 34 56 78", "22912345678"),
        ("+372 512 3456", "3725123456"),
        ("372 512 3456", "3725123456"),
        ("+33 6.12.34.56.00", "33612345600"),
        ("+86 138 1234 5678", "8613812345678"),
        ("+234 801 234 5678", "2348012345678"),
        ("447 700 900 145", "447700900145"),
        ("1202 555 0123", "12025550123"),
        ("1 202 555 0123", "12025550123"),
        ("1-202-555-0123", "12025550123"),
        ("(1) 202 555 0123", "12025550123"),
        ("+132 1234 5678", "13212345678"),
        ("+1 800 555 0123", "18005550123"),
        ("+1 500 555 0123", "15005550123"),
        ("+1 555 010 0123", "15550100123"),
        ("6591234567", "6591234567"),
        ("+65912 34567", "6591234567"),
        ("+44 7700 900145\u{fe0f}", "447700900145"),
        ("\u{61c}+44 7700 900145", "447700900145"),
    ] {
        let number = text.parse::<PhoneNumber>().map(|number| number.digits());
        assert_eq!(number.as_deref(), Ok(digits), "{text}");
    }
}

#[test]
fn every_refusal_says_what_to_write() {
    for text in [
        "",
        "abc",
        "07700900123",
        "8 (999) 123-45-67",
        "999 123 45 67",
        "+44 07700 900123",
        "(202) 555-0123",
        "7 999 123 45",
        "+4477009",
        "+44 7700 900145/146",
        "447700900145.0",
        "8 612 34567",
        "916 123 45 67",
        "9161234567",
        "+1 123 456 7890",
    ] {
        let error = text.parse::<PhoneNumber>().unwrap_err().to_string();
        assert!(error.contains("such as +"), "{error}");
    }
}

#[test]
fn travels_as_a_number_and_is_read_from_text_too() {
    let number: PhoneNumber = serde_json::from_str("447700900123").unwrap();
    assert_eq!(serde_json::to_string(&number).unwrap(), "447700900123");
    assert_eq!(
        serde_json::from_str::<PhoneNumber>(r#""447700900123""#).unwrap(),
        number
    );
}
