//! Base64 as `b64` reads it: the padding may be there or not.

/// The bytes behind a text; nothing if it is not Base64.
///
/// Up to two `=` at the end are padding, whatever is missing. Bits that are left over have to be
/// zero, so that each value has only one text.
pub(super) fn decode(text: &[u8]) -> Option<Vec<u8>> {
    let once = text.strip_suffix(b"=").unwrap_or(text);
    let digits = once
        .strip_suffix(b"=")
        .filter(|_| once.len() < text.len())
        .unwrap_or(once);
    if digits.is_empty() {
        return text.is_empty().then(Vec::new);
    }
    let mut bytes = Vec::with_capacity(digits.len() / 4 * 3 + 2);
    let (mut bits, mut held) = (0_u32, 0);
    for digit in digits {
        bits = bits << 6 | value(*digit)?;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held).ok()?);
            bits &= (1 << held) - 1;
        }
    }
    (held < 6 && bits == 0).then_some(bytes)
}

fn value(digit: u8) -> Option<u32> {
    let place = |first: u8, offset: u8| u32::from(digit - first + offset);
    Some(match digit {
        b'A'..=b'Z' => place(b'A', 0),
        b'a'..=b'z' => place(b'a', 26),
        b'0'..=b'9' => place(b'0', 52),
        b'+' => 62,
        b'/' => 63,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_free_and_the_rest_is_not() {
        for (text, expected) in [
            ("aGVsbG8=", Some("hello")),
            ("aGVsbG8", Some("hello")),
            ("d29ybGQgIQ==", Some("world !")),
            ("d29ybGQgIQ=", Some("world !")),
            ("YWJj", Some("abc")),
            ("YWJj=", Some("abc")),
            ("", Some("")),
            ("=", None),
            ("==", None),
            ("Y", None),
            ("YWJjZ", None),
            ("YR", None),
            ("YW=J", None),
            ("YW J", None),
            ("Y-J_", None),
            ("YWJj===", None),
        ] {
            let decoded = decode(text.as_bytes());
            assert_eq!(decoded.as_deref(), expected.map(str::as_bytes), "{text}");
        }
    }
}
