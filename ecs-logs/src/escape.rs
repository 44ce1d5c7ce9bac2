//! Text into a PutLogEvents body. An event that is JSON itself is a string within that body, so its strings are escaped twice:
//! here that is one pass, straight into the body, and the event's own length is counted on the way.

use crate::scan::{BLOCK, Span, append_run, clean_block};

/// A piece of JSON syntax, already escaped for the body. Every backslash in it is the body's, not the event's.
#[derive(Clone, Copy)]
pub(crate) struct Syntax {
    text: &'static str,
    backslashes: usize,
}

impl Syntax {
    pub(crate) const fn new(text: &'static str) -> Self {
        let bytes = text.as_bytes();
        let (mut at, mut backslashes) = (0, 0);
        while at < bytes.len() {
            if bytes[at] == b'\\' {
                backslashes += 1;
            }
            at += 1;
        }
        Syntax { text, backslashes }
    }
}

/// Writes one event's text into a body, as the content of a JSON string.
pub(crate) struct EventWriter<'a> {
    body: &'a mut Vec<u8>,
    start: usize,
    /// Bytes that only the body has: each is an escape of what the event holds.
    surplus: usize,
}

impl<'a> EventWriter<'a> {
    pub(crate) fn new(body: &'a mut Vec<u8>) -> Self {
        EventWriter {
            start: body.len(),
            body,
            surplus: 0,
        }
    }

    /// Bytes of the event so far, as CloudWatch counts them: UTF-8, without the body's escapes.
    pub(crate) fn event_bytes(&self) -> usize {
        self.body.len() - self.start - self.surplus
    }

    #[inline]
    pub(crate) fn syntax(&mut self, piece: Syntax) {
        self.body.extend_from_slice(piece.text.as_bytes());
        self.surplus += piece.backslashes;
    }

    /// Text that needs no escape at either level: digits, literals, dates.
    #[inline]
    pub(crate) fn plain(&mut self, text: &[u8]) {
        self.body.extend_from_slice(text);
    }

    /// A piece that such a writer wrote before, with how much of it only the body has.
    #[inline]
    pub(crate) fn written(&mut self, piece: &[u8], surplus: usize) {
        self.body.extend_from_slice(piece);
        self.surplus += surplus;
    }

    /// Bytes in the body so far, and how many of them only the body has.
    pub(crate) fn so_far(&self) -> (usize, usize) {
        (self.body.len() - self.start, self.surplus)
    }

    /// The first `len` bytes of a block that need no escape: all of it is copied, which is shorter to do.
    #[inline]
    pub(crate) fn short<const N: usize>(&mut self, block: &[u8; N], len: usize) {
        push_short(self.body, block, len);
    }

    pub(crate) fn integer(&mut self, value: i64) {
        push_integer(self.body, value);
    }

    /// A whole JSON string of the event, quotes included.
    #[inline]
    pub(crate) fn string<'t>(&mut self, text: impl Into<Span<'t>>) {
        self.quoted(text.into(), "\\\"", Syntax::new("\\\""));
    }

    /// A member's name and its colon.
    #[inline]
    pub(crate) fn name(&mut self, text: Span<'_>) {
        self.quoted(text, "\\\"", Syntax::new("\\\":"));
    }

    /// A member's name and its colon behind another member.
    #[inline]
    pub(crate) fn next_name(&mut self, text: Span<'_>) {
        self.quoted(text, ",\\\"", Syntax::new("\\\":"));
    }

    /// A JSON string with what stands before and behind it, each with one backslash.
    #[inline(always)]
    fn quoted(&mut self, text: Span<'_>, before: &str, behind: Syntax) {
        let (before, behind) = (before.as_bytes(), behind.text.as_bytes());
        if let Some(block) = clean_block(text) {
            // Most names and many values are this short. Put together elsewhere first, the copy would wait for the pieces.
            self.body.reserve(before.len() + BLOCK + behind.len());
            self.body.extend_from_slice(before);
            push_short(self.body, block, text.len());
            self.body.extend_from_slice(behind);
        } else {
            self.body.extend_from_slice(before);
            self.nested(text);
            self.body.extend_from_slice(behind);
        }
        self.surplus += 2;
    }

    /// A number or a literal, where it stands in a text.
    #[inline]
    pub(crate) fn scalar(&mut self, text: Span<'_>) {
        match clean_block(text) {
            Some(block) => self.short(block, text.len()),
            None => self.plain(text.get()),
        }
    }

    /// Text of the line that needs no escape at either level.
    #[inline]
    pub(crate) fn verbatim(&mut self, text: Span<'_>) {
        match text.block() {
            Some(block) => self.short(block, text.len()),
            None => self.plain(text.get()),
        }
    }

    /// The content of a JSON string of the event: escaped as the original's encoder does, then once more for the body.
    /// A byte that is not UTF-8 becomes the six characters `\ufffd`.
    pub(crate) fn nested<'t>(&mut self, text: impl Into<Span<'t>>) {
        self.nested_span(text.into());
    }

    fn nested_span(&mut self, mut rest: Span<'_>) {
        loop {
            rest = rest.skip(append_run::<true>(rest, self.body));
            let Some(byte) = rest.first() else { return };
            let mut done = 1;
            match byte {
                b'"' => self.both(b"\\\\\\\"", 2),
                b'\\' => self.both(b"\\\\\\\\", 2),
                b'\n' => self.both(b"\\\\n", 1),
                b'\r' => self.both(b"\\\\r", 1),
                b'\t' => self.both(b"\\\\t", 1),
                0x80.. => done = self.nested_characters(rest.get()),
                _ => {
                    let [high, low] = hex(byte);
                    self.both(&[b'\\', b'\\', b'u', b'0', b'0', high, low], 1);
                }
            }
            rest = rest.skip(done);
        }
    }

    /// A run of characters beyond ASCII; returns where it ends.
    fn nested_characters(&mut self, text: &[u8]) -> usize {
        let (mut at, mut copied) = (0, 0);
        while let Some(&byte) = text.get(at) {
            if byte < 0x80 {
                break;
            }
            let width = character_width(&text[at..]);
            let escape: Option<&[u8]> = match (width, &text[at..at + width.max(1)]) {
                (0, _) => Some(b"\\\\ufffd"),
                (_, [0xe2, 0x80, 0xa8]) => Some(b"\\\\u2028"),
                (_, [0xe2, 0x80, 0xa9]) => Some(b"\\\\u2029"),
                _ => None,
            };
            if let Some(escape) = escape {
                self.body.extend_from_slice(&text[copied..at]);
                self.both(escape, 1);
                copied = at + width.max(1);
            }
            at += width.max(1);
        }
        self.body.extend_from_slice(&text[copied..at]);
        at
    }

    #[inline]
    fn both(&mut self, escaped: &[u8], surplus: usize) {
        self.body.extend_from_slice(escaped);
        self.surplus += surplus;
    }

    /// Text that is the event itself, escaped once. A byte that is not UTF-8 becomes U+FFFD.
    pub(crate) fn text(&mut self, text: &[u8]) {
        let mut rest = Span::from(text);
        loop {
            rest = rest.skip(append_run::<false>(rest, self.body));
            let Some(byte) = rest.first() else { return };
            let mut done = 1;
            match byte {
                b'"' => self.both(b"\\\"", 1),
                b'\\' => self.both(b"\\\\", 1),
                b'\n' => self.both(b"\\n", 1),
                b'\r' => self.both(b"\\r", 1),
                b'\t' => self.both(b"\\t", 1),
                0x80.. => match character_width(rest.get()) {
                    0 => self.body.extend_from_slice(REPLACEMENT),
                    width => {
                        self.body.extend_from_slice(&rest.get()[..width]);
                        done = width;
                    }
                },
                _ => {
                    let [high, low] = hex(byte);
                    self.both(&[b'\\', b'u', b'0', b'0', high, low], 5);
                }
            }
            rest = rest.skip(done);
        }
    }

    /// Takes back all that was written.
    pub(crate) fn undo(self) {
        self.body.truncate(self.start);
    }
}

/// U+FFFD as UTF-8.
pub(crate) const REPLACEMENT: &[u8] = "\u{fffd}".as_bytes();

/// Bytes of the character that `bytes` begins with, 0 when they are not UTF-8.
/// Unlike [`str::from_utf8`] a broken sequence is one byte long, as Go sees it.
#[inline]
pub(crate) fn character_width(bytes: &[u8]) -> usize {
    let continues = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xc0 == 0x80);
    let second_in =
        |low: u8, high: u8| bytes.get(1).is_some_and(|byte| (low..=high).contains(byte));
    match bytes.first() {
        None => 0,
        Some(0..=0x7f) => 1,
        Some(0xc2..=0xdf) if continues(1) => 2,
        Some(0xe0) if second_in(0xa0, 0xbf) && continues(2) => 3,
        Some(0xed) if second_in(0x80, 0x9f) && continues(2) => 3,
        Some(0xe1..=0xec | 0xee..=0xef) if continues(1) && continues(2) => 3,
        Some(0xf0) if second_in(0x90, 0xbf) && continues(2) && continues(3) => 4,
        Some(0xf4) if second_in(0x80, 0x8f) && continues(2) && continues(3) => 4,
        Some(0xf1..=0xf3) if continues(1) && continues(2) && continues(3) => 4,
        Some(_) => 0,
    }
}

/// `00` to `99`.
const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut at = 0;
    while at < 100 {
        pairs[at] = [b'0' + (at / 10) as u8, b'0' + (at % 10) as u8];
        at += 1;
    }
    pairs
};

/// A number below 100 as two digits.
#[inline]
pub(crate) fn two_digits(value: u32) -> [u8; 2] {
    PAIRS[(value % 100) as usize]
}

/// Appends the first `len` bytes of a block.
#[inline]
pub(crate) fn push_short<const N: usize>(out: &mut Vec<u8>, block: &[u8; N], len: usize) {
    let end = out.len() + len;
    out.extend_from_slice(block);
    out.truncate(end);
}

pub(crate) fn push_integer(out: &mut Vec<u8>, value: i64) {
    const DIGITS: usize = 20;
    // Twice as long as a number, so that as many bytes can be copied wherever it begins.
    let mut digits = [0; 2 * DIGITS];
    let mut at = DIGITS;
    let mut rest = value.unsigned_abs();
    while rest >= 10 {
        at -= 2;
        [digits[at], digits[at + 1]] = two_digits((rest % 100) as u32);
        rest /= 100;
    }
    if rest > 0 || at == DIGITS {
        at -= 1;
        digits[at] = b'0' + rest as u8;
    }
    if value < 0 {
        out.push(b'-');
    }
    let block: [u8; DIGITS] = std::array::from_fn(|place| digits[at + place]);
    push_short(out, &block, DIGITS - at);
}

fn hex(byte: u8) -> [u8; 2] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    [
        DIGITS[usize::from(byte >> 4)],
        DIGITS[usize::from(byte & 15)],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Appends `text` as UTF-8, U+FFFD for each byte that is none.
    fn push_repaired(out: &mut Vec<u8>, text: &[u8]) {
        let mut at = 0;
        while at < text.len() {
            let width = character_width(&text[at..]);
            if width == 0 {
                out.extend_from_slice(REPLACEMENT);
                at += 1;
            } else {
                out.extend_from_slice(&text[at..at + width]);
                at += width;
            }
        }
    }

    fn repaired(text: &[u8]) -> String {
        let mut out = Vec::new();
        push_repaired(&mut out, text);
        String::from_utf8(out).unwrap()
    }

    /// Writes with `write`, then decodes the body's string; the counted length must be the decoded one.
    fn through_the_body(write: impl Fn(&mut EventWriter<'_>)) -> String {
        let mut body = vec![b'"'];
        let mut writer = EventWriter::new(&mut body);
        write(&mut writer);
        let counted = writer.event_bytes();
        body.push(b'"');
        let event: String = serde_json::from_slice(&body).unwrap();
        assert_eq!(counted, event.len(), "{event:?}");
        event
    }

    proptest! {
        #[test]
        fn any_bytes_become_valid_json_that_decodes_to_the_repaired_text(text in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(through_the_body(|w| w.text(&text)), repaired(&text));
            let event = through_the_body(|w| w.string(&text[..]));
            prop_assert_eq!(serde_json::from_str::<String>(&event).unwrap(), repaired(&text));
        }

        #[test]
        fn any_text_comes_back_unchanged(text in "\\PC*|.*") {
            let event = through_the_body(|w| w.string(text.as_bytes()));
            prop_assert_eq!(serde_json::from_str::<String>(&event).unwrap(), text);
        }

        #[test]
        fn a_character_is_as_wide_as_the_standard_library_says(bytes in prop::collection::vec(any::<u8>(), 1..5)) {
            let wide = (1..=bytes.len()).find(|&n| std::str::from_utf8(&bytes[..n]).is_ok()).unwrap_or(0);
            prop_assert_eq!(character_width(&bytes), wide);
        }

        #[test]
        fn integers_are_printed_as_the_standard_library_prints_them(value in any::<i64>()) {
            let mut out = Vec::new();
            push_integer(&mut out, value);
            prop_assert_eq!(String::from_utf8(out).unwrap(), value.to_string());
        }
    }

    #[test]
    fn a_truncated_character_is_one_replacement_a_byte() {
        assert_eq!(repaired(b"a\xe2\x80"), "a\u{fffd}\u{fffd}");
    }
}
