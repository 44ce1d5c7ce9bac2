//! A file in a form that the YAML library does not panic on.

use std::borrow::Cow;

/// A file that begins with the mark of UTF-16, as UTF-8: the library's own reading of it panics. None for any other.
pub(super) fn from_utf16(text: &[u8]) -> Result<Option<Vec<u8>>, String> {
    let unit: fn([u8; 2]) -> u16 = match text {
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        _ => return Ok(None),
    };
    let (pairs, rest) = text.as_chunks::<2>();
    let units = pairs.iter().skip(1).map(|pair| unit(*pair));
    let decoded: Result<String, _> = char::decode_utf16(units).collect();
    match decoded {
        Ok(decoded) if rest.is_empty() => Ok(Some(decoded.into_bytes())),
        _ => Err("yaml: incomplete UTF-16 character".into()),
    }
}

/// A text in which no tag has a comma right behind it, where the library panics: blanks stand between them, and are
/// taken out of the strings again.
pub(super) struct Apart<'t> {
    pub(super) text: Cow<'t, [u8]>,
    /// The blanks with the comma. The file itself has nothing like it.
    pub(super) added: Option<String>,
}

impl<'t> Apart<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        let commas = commas_behind_tags(text);
        if commas.is_empty() {
            return Apart {
                text: Cow::Borrowed(text),
                added: None,
            };
        }
        let tabs = |comma| {
            let before = text.get(..comma).unwrap_or_default();
            before.iter().rev().take_while(|b| **b == b'\t').count()
        };
        let most = memchr::memchr_iter(b',', text).map(tabs).max();
        let blanks = "\t".repeat(most.unwrap_or(0) + 1);
        let mut out = Vec::with_capacity(text.len() + commas.len() * blanks.len());
        let mut from = 0;
        for comma in commas {
            out.extend_from_slice(text.get(from..comma).unwrap_or_default());
            out.extend_from_slice(blanks.as_bytes());
            from = comma;
        }
        out.extend_from_slice(text.get(from..).unwrap_or_default());
        Apart {
            text: Cow::Owned(out),
            added: Some(blanks + ","),
        }
    }
}

/// Where a comma follows on an exclamation mark, and no blank is between them.
fn commas_behind_tags(text: &[u8]) -> Vec<usize> {
    let mut found = Vec::new();
    let mut tag = false;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'!' => tag = true,
            b',' if tag => {
                found.push(at);
                tag = false;
            }
            b' ' | b'\t' | b'\r' | b'\n' => tag = false,
            _ => {}
        }
    }
    found
}

/// The text with a line end after a last line that may be of a block of text, or that ends with a backslash: the library
/// panics where it lacks.
pub(super) fn with_end(text: &[u8]) -> Cow<'_, [u8]> {
    let open = text.ends_with(b"\\") || memchr::memchr2(b'|', b'>', text).is_some();
    if last_line(text).is_empty() || !open {
        return Cow::Borrowed(text);
    }
    Cow::Owned([text, b"\n"].concat())
}

/// Whether the line end that was added is the last one of a block of text; one of the file's stays.
pub(super) fn is_added(value: &str, text: &[u8]) -> bool {
    if last_line(text).iter().all(u8::is_ascii_whitespace) {
        // Blanks are either no line of the block, or one that has nothing else.
        return [" \n", "\t\n", "\n\n"]
            .iter()
            .any(|end| value.ends_with(end));
    }
    value.ends_with('\n')
}

/// What comes after the last line end.
fn last_line(text: &[u8]) -> &[u8] {
    let start = memchr::memrchr(b'\n', text).map_or(0, |at| at + 1);
    text.get(start..).unwrap_or_default()
}
