//! Finds the receipt in an answer that cannot be decoded: without it, what cannot be read could not be removed either, and would block the queue.

use green_api_types::lenient;

/// The `receiptId` of the envelope, wherever the rest is broken.
///
/// One at the envelope's own depth counts first. Where the depth is lost, any counts, as long as there is only one: texts inside a message have
/// their quotation marks escaped, but nothing is certain in JSON that is broken.
pub(super) fn find(body: &[u8]) -> Option<i64> {
    let mut elsewhere = Vec::new();
    let mut depth = 0_usize;
    let mut at = 0;
    while let Some(byte) = body.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => {
                let text = string(&body[at..]);
                if text == b"receiptId"
                    && let Some(receipt) =
                        number_after(body.get(at + text.len() + 1..).unwrap_or_default())
                {
                    if depth == 1 {
                        return Some(receipt);
                    }
                    elsewhere.push(receipt);
                }
                at += text.len() + 1;
            }
            _ => {}
        }
    }
    let first = *elsewhere.first()?;
    elsewhere
        .iter()
        .all(|other| *other == first)
        .then_some(first)
}

/// The rest of a string, up to its closing quotation mark.
fn string(rest: &[u8]) -> &[u8] {
    let mut escaped = false;
    let end = rest.iter().position(|byte| {
        let closes = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        closes
    });
    &rest[..end.unwrap_or(rest.len())]
}

/// The number behind a colon, as a number or as text.
fn number_after(rest: &[u8]) -> Option<i64> {
    let value = rest
        .trim_ascii_start()
        .strip_prefix(b":")?
        .trim_ascii_start();
    let value = value.strip_prefix(b"\"").unwrap_or(value);
    let length = value
        .iter()
        .take_while(|byte| byte.is_ascii_digit() || b"+-.eE".contains(byte))
        .count();
    let (number, rest) = value.split_at(length);
    // What the body ends with may have gone on.
    let number = std::str::from_utf8(number)
        .ok()
        .filter(|_| !rest.is_empty())?;
    let number: i64 = lenient::read(&mut serde_json::Deserializer::from_str(number)).ok()?;
    (number >= 0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn it_is_found_in_what_is_broken() {
        let cases: [(&[u8], i64); 10] = [
            (br#"{"receiptId": 7}"#, 7),
            (br#"{"receiptId":7,"body":{"typeWebhook":"inc"#, 7),
            (br#"{"receiptId":"12","body":"#, 12),
            (
                br#"{"body":{"text":"it says \"receiptId\": 9"},"receiptId" : 7}"#,
                7,
            ),
            (br#"{"body":{"receiptId":9},"receiptId":7}"#, 7),
            (br#"{"body":{"a":[1,2},"receiptId":7}"#, 7),
            (b"{\"receiptId\":7,\"body\":{\"text\":\"\xff\xfe\"}}", 7),
            (br#""receiptId":7,"body":{}}"#, 7),
            (br#"{"receiptId":7.0,"body":{}"#, 7),
            (br#"{"body":{{{"receiptId":7}"#, 7),
        ];
        for (body, receipt) in cases {
            assert_eq!(
                find(body),
                Some(receipt),
                "{}",
                String::from_utf8_lossy(body)
            );
        }
    }

    #[test]
    fn none_is_made_up() {
        let cases: [&[u8]; 12] = [
            b"",
            b"{}",
            b"<html>receiptId: 7</html>",
            br#"{"body":{"text":"\"receiptId\": 9"}}"#,
            br#"{"receiptId":null,"body":{}}"#,
            br#"{"receiptId":-7,"body":{}}"#,
            br#"{"receiptId":1.5,"body":{}}"#,
            br#"{"receiptId":"1.5","body":{}}"#,
            br#"{"receiptId":1e-3,"body":{}}"#,
            br#"{"receiptId":99999999999999999999}"#,
            // It may go on: 7, or 71.
            br#"{"receiptId":7"#,
            // Two of them, and none in its place.
            br#"{"body":{{"receiptId":7},{"receiptId":8}}"#,
        ];
        for body in cases {
            assert_eq!(find(body), None, "{}", String::from_utf8_lossy(body));
        }
    }
}
