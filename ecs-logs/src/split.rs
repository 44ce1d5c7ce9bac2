//! Where to cut a line that is longer than an event may be: on a character boundary, as far as its escaped form fits.

use crate::{
    escape::character_width,
    scan::{Stop, find},
};

/// Length of the longest beginning of `text` whose event text is at most `room` bytes: as it is (`raw`), or as the content of a JSON string.
pub(crate) fn fitting_prefix(text: &[u8], room: usize, raw: bool) -> usize {
    let (mut at, mut used) = (0, 0);
    while at < text.len() {
        let stop = if raw { Stop::Json } else { Stop::Html };
        let run_end = find(text, at, stop);
        let run = run_end - at;
        if used + run > room {
            return at + (room - used);
        }
        (at, used) = (run_end, used + run);
        let Some(&byte) = text.get(at) else { break };
        let width = character_width(&text[at..]);
        let cost = match (raw, byte, width) {
            (true, _, 0) => 3,
            (false, _, 0) => 6,
            (true, _, width) => width,
            (false, b'"' | b'\\' | b'\n' | b'\r' | b'\t', _) => 2,
            (false, 0x80.., 3) if is_line_separator(&text[at..]) => 6,
            (false, 0x80.., width) => width,
            (false, ..) => 6,
        };
        if used + cost > room {
            return at;
        }
        (at, used) = (at + width.max(1), used + cost);
    }
    at
}

fn is_line_separator(text: &[u8]) -> bool {
    text.starts_with(&[0xe2, 0x80, 0xa8]) || text.starts_with(&[0xe2, 0x80, 0xa9])
}
