//! Text that is not UTF-8 keeps its bytes: each stands as a character of its own until it is printed.
//! The original prints such bytes as they are, but for JSON, which shows `\ufffd`.

use std::borrow::Cow;

/// The characters for bytes 0x80 to 0xff: code points at the far end of the private planes.
const FIRST: u32 = 0x0010_fe00;

/// Text of bytes.
pub(crate) fn decode(bytes: &[u8]) -> String {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        out.extend(
            chunk
                .invalid()
                .iter()
                .filter_map(|byte| char::from_u32(FIRST + u32::from(*byte))),
        );
    }
    out
}

/// Whether a character stands for a byte that is no text.
pub(crate) fn stands_for_byte(c: char) -> bool {
    (FIRST + 0x80..=FIRST + 0xff).contains(&u32::from(c))
}

/// The bytes of text from `decode`.
pub(crate) fn encode(text: &str) -> Cow<'_, [u8]> {
    // All of them begin with the same two bytes.
    if memchr::memmem::find(text.as_bytes(), b"\xf4\x8f").is_none() {
        return Cow::Borrowed(text.as_bytes());
    }
    let mut out = Vec::with_capacity(text.len());
    for c in text.chars() {
        if stands_for_byte(c) {
            out.push((u32::from(c) & 0xff) as u8);
        } else {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_come_out_as_they_went_in() {
        for bytes in [b"plain".as_slice(), b"a\xffb\xe9", "é\u{10ffff}".as_bytes()] {
            assert_eq!(encode(&decode(bytes)).as_ref(), bytes);
        }
    }
}
