//! One JSON value as a flat list of nodes over the text it came from. The lists are used again for the next line, so that
//! reading a line allocates nothing. What is accepted is exactly what Go's encoding/json accepts.

use crate::{
    escape::{REPLACEMENT, character_width},
    scan::{Span, Stop, find},
};

/// Go refuses values that are nested deeper.
const MAX_DEPTH: usize = 10_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

/// How a string's content stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Content {
    /// ASCII without an escape.
    Plain,
    /// UTF-8 without an escape.
    Characters,
    /// It had escapes or bytes that are not UTF-8, and lies in `Tape::decoded`.
    Decoded,
}

/// A value, or a member's name. An object's nodes follow it as name, value, name, value…; an array's as value, value…
#[derive(Clone, Copy, Debug)]
struct Node {
    kind: Kind,
    content: Content,
    /// The value in the text, quotes and brackets included.
    start: u32,
    end: u32,
    /// The node behind this one and all within it; of a decoded string, its place in `Tape::strings`.
    next: u32,
}

/// Place of a node.
pub(crate) type Place = u32;

#[derive(Debug, Default)]
pub(crate) struct Tape {
    nodes: Vec<Node>,
    decoded: Vec<u8>,
    /// Where in `decoded` each string begins and ends.
    strings: Vec<(u32, u32)>,
    open: Vec<Place>,
}

/// The text is no JSON value (as Go sees it).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotJson {
    /// More text could make it one.
    Truncated,
    Wrong,
}

/// What failed at `at` did so for want of text, or not.
fn not_json(text: &[u8], at: usize) -> NotJson {
    if at >= text.len() {
        NotJson::Truncated
    } else {
        NotJson::Wrong
    }
}

impl Tape {
    /// Reads the value that `text` begins with (after blanks) and returns where it ends.
    pub(crate) fn read(&mut self, text: &[u8]) -> Result<usize, NotJson> {
        self.nodes.clear();
        self.decoded.clear();
        self.strings.clear();
        self.open.clear();
        if u32::try_from(text.len()).is_err() {
            return Err(NotJson::Wrong);
        }
        let mut at = 0;
        loop {
            at = skip_blanks(text, at);
            at = match text.get(at) {
                Some(b'"') => self.string(text, at)?,
                Some(b'{') => {
                    let inner = skip_blanks(text, self.open(Kind::Object, at)?);
                    if text.get(inner) != Some(&b'}') {
                        at = self.name(text, inner)?;
                        continue;
                    }
                    inner
                }
                Some(b'[') => {
                    let inner = skip_blanks(text, self.open(Kind::Array, at)?);
                    if text.get(inner) != Some(&b']') {
                        at = inner;
                        continue;
                    }
                    inner
                }
                Some(b'-' | b'0'..=b'9') => {
                    let end = number_end(text, at)?;
                    self.scalar(Kind::Number, at, end)
                }
                Some(b't') => self.literal(text, at, b"true", Kind::Bool)?,
                Some(b'f') => self.literal(text, at, b"false", Kind::Bool)?,
                Some(b'n') => self.literal(text, at, b"null", Kind::Null)?,
                _ => return Err(not_json(text, at)),
            };
            at = match self.after_value(text, at)? {
                Next::Value(at) => at,
                Next::End(at) => return Ok(at),
            };
        }
    }

    fn open(&mut self, kind: Kind, at: usize) -> Result<usize, NotJson> {
        if self.open.len() >= MAX_DEPTH {
            return Err(NotJson::Wrong);
        }
        self.open.push(self.nodes.len() as Place);
        Ok(self.scalar(kind, at, at + 1))
    }

    /// A member's name and its colon.
    #[inline]
    fn name(&mut self, text: &[u8], at: usize) -> Result<usize, NotJson> {
        let at = skip_blanks(text, at);
        if text.get(at) != Some(&b'"') {
            return Err(not_json(text, at));
        }
        let at = skip_blanks(text, self.string(text, at)?);
        match text.get(at) {
            Some(b':') => Ok(at + 1),
            _ => Err(not_json(text, at)),
        }
    }

    #[inline]
    fn after_value(&mut self, text: &[u8], mut at: usize) -> Result<Next, NotJson> {
        loop {
            let Some(&open) = self.open.last() else {
                return Ok(Next::End(at));
            };
            at = skip_blanks(text, at);
            let node = &mut self.nodes[open as usize];
            match (text.get(at), node.kind) {
                (Some(b','), Kind::Object) => return Ok(Next::Value(self.name(text, at + 1)?)),
                (Some(b','), _) => return Ok(Next::Value(at + 1)),
                (Some(b'}'), Kind::Object) | (Some(b']'), Kind::Array) => {
                    at += 1;
                    node.end = at as u32;
                    self.nodes[open as usize].next = self.nodes.len() as Place;
                    self.open.pop();
                }
                _ => return Err(not_json(text, at)),
            }
        }
    }

    #[inline]
    fn push(&mut self, kind: Kind, content: Content, start: usize, end: usize) {
        let next = self.nodes.len() as Place + 1;
        self.nodes.push(Node {
            kind,
            content,
            start: start as u32,
            end: end as u32,
            next,
        });
    }

    #[inline]
    fn scalar(&mut self, kind: Kind, start: usize, end: usize) -> usize {
        self.push(kind, Content::Plain, start, end);
        end
    }

    #[inline]
    fn literal(
        &mut self,
        text: &[u8],
        at: usize,
        word: &[u8],
        kind: Kind,
    ) -> Result<usize, NotJson> {
        let rest = &text[at..];
        if rest.starts_with(word) {
            Ok(self.scalar(kind, at, at + word.len()))
        } else if word.starts_with(rest) {
            Err(NotJson::Truncated)
        } else {
            Err(NotJson::Wrong)
        }
    }

    #[inline]
    fn string(&mut self, text: &[u8], start: usize) -> Result<usize, NotJson> {
        let at = find(text, start + 1, Stop::Json);
        if text.get(at) == Some(&b'"') {
            return Ok(self.scalar(Kind::String, start, at + 1));
        }
        self.string_with_characters(text, start, at)
    }

    /// A string that is plain up to `at`.
    fn string_with_characters(
        &mut self,
        text: &[u8],
        start: usize,
        mut at: usize,
    ) -> Result<usize, NotJson> {
        loop {
            match text.get(at) {
                Some(b'"') => {
                    self.push(Kind::String, Content::Characters, start, at + 1);
                    return Ok(at + 1);
                }
                Some(0x80..) => match character_width(&text[at..]) {
                    0 => return self.string_decoded(text, start, at),
                    width => at += width,
                },
                Some(b'\\') => return self.string_decoded(text, start, at),
                _ => return Err(not_json(text, at)),
            }
            at = find(text, at, Stop::Json);
        }
    }

    /// A string that cannot be used as it stands: from `at` on it is decoded into `decoded`.
    fn string_decoded(
        &mut self,
        text: &[u8],
        start: usize,
        mut at: usize,
    ) -> Result<usize, NotJson> {
        let content = self.decoded.len();
        self.decoded.extend_from_slice(&text[start + 1..at]);
        loop {
            let stop = find(text, at, Stop::Json);
            self.decoded.extend_from_slice(&text[at..stop]);
            at = match text.get(stop) {
                Some(b'"') => {
                    self.push(Kind::String, Content::Decoded, start, stop + 1);
                    if let Some(node) = self.nodes.last_mut() {
                        node.next = self.strings.len() as u32;
                    }
                    self.strings
                        .push((content as u32, self.decoded.len() as u32));
                    return Ok(stop + 1);
                }
                Some(b'\\') => self.escape(text, stop)?,
                Some(0x80..) => match character_width(&text[stop..]) {
                    0 => {
                        self.decoded.extend_from_slice(REPLACEMENT);
                        stop + 1
                    }
                    width => {
                        self.decoded.extend_from_slice(&text[stop..stop + width]);
                        stop + width
                    }
                },
                _ => return Err(not_json(text, stop)),
            };
        }
    }

    /// Decodes the escape at `at` and returns where it ends. A surrogate without its partner becomes U+FFFD.
    fn escape(&mut self, text: &[u8], at: usize) -> Result<usize, NotJson> {
        let plain = match text.get(at + 1) {
            Some(&byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'b') => 0x08,
            Some(b'f') => 0x0c,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => {
                let unit = hex4(text, at + 2).ok_or(not_json(text, at + 6))?;
                let low = match text.get(at + 6..at + 8) {
                    Some(b"\\u") => hex4(text, at + 8),
                    _ => None,
                };
                let (character, width) = match (unit, low) {
                    (0xd800..=0xdbff, Some(low @ 0xdc00..=0xdfff)) => {
                        (0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00), 12)
                    }
                    _ => (unit, 6),
                };
                let character = char::from_u32(character).unwrap_or('\u{fffd}');
                self.decoded
                    .extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                return Ok(at + width);
            }
            _ => return Err(not_json(text, at + 1)),
        };
        self.decoded.push(plain);
        Ok(at + 2)
    }

    #[inline]
    pub(crate) fn kind(&self, place: Place) -> Kind {
        self.nodes[place as usize].kind
    }

    /// The value as it stands in the text.
    #[inline]
    pub(crate) fn raw<'t>(&self, text: &'t [u8], place: Place) -> &'t [u8] {
        self.raw_span(text, place).get()
    }

    #[inline]
    pub(crate) fn raw_span<'t>(&self, text: &'t [u8], place: Place) -> Span<'t> {
        let node = &self.nodes[place as usize];
        Span::new(text, node.start as usize, node.end as usize)
    }

    /// A string's content, decoded, always UTF-8.
    #[inline]
    pub(crate) fn content<'t>(&'t self, text: &'t [u8], place: Place) -> &'t [u8] {
        self.span(text, place).get()
    }

    #[inline]
    pub(crate) fn span<'t>(&'t self, text: &'t [u8], place: Place) -> Span<'t> {
        let node = &self.nodes[place as usize];
        if node.content == Content::Decoded {
            let (from, end) = self.strings[node.next as usize];
            return Span::new(&self.decoded, from as usize, end as usize);
        }
        Span::new(text, node.start as usize + 1, node.end as usize - 1)
    }

    /// Whether a string is ASCII without an escape.
    #[inline]
    pub(crate) fn is_plain(&self, place: Place) -> bool {
        self.nodes[place as usize].content == Content::Plain
    }

    /// Whether a string could not be used as it stands in the text.
    pub(crate) fn has_decoded(&self) -> bool {
        !self.strings.is_empty()
    }

    /// First node within a container.
    pub(crate) fn first(&self, place: Place) -> Place {
        place + 1
    }

    /// The node behind `place` and all within it; a container's end when there is none.
    #[inline]
    pub(crate) fn next(&self, place: Place) -> Place {
        let node = &self.nodes[place as usize];
        if node.content == Content::Decoded {
            return place + 1;
        }
        node.next
    }
}

enum Next {
    Value(usize),
    End(usize),
}

#[inline]
pub(crate) fn skip_blanks(text: &[u8], mut at: usize) -> usize {
    while matches!(text.get(at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
        at += 1;
    }
    at
}

/// Where a number ends.
#[inline]
pub(crate) fn number_end(text: &[u8], start: usize) -> Result<usize, NotJson> {
    let digits = |from: usize| {
        let mut at = from;
        while matches!(text.get(at), Some(b'0'..=b'9')) {
            at += 1;
        }
        at
    };
    let mut at = start + usize::from(text.get(start) == Some(&b'-'));
    let mut from = at;
    at = match text.get(at) {
        Some(b'0') => at + 1,
        _ => digits(at),
    };
    if at > from && text.get(at) == Some(&b'.') {
        from = at + 1;
        at = digits(from);
    }
    if at > from && matches!(text.get(at), Some(b'e' | b'E')) {
        from = at + 1 + usize::from(matches!(text.get(at + 1), Some(b'+' | b'-')));
        at = digits(from);
    }
    // Where digits must be, there were none.
    if at == from {
        return Err(not_json(text, at));
    }
    Ok(at)
}

fn hex4(text: &[u8], at: usize) -> Option<u32> {
    text.get(at..at + 4)?.iter().try_fold(0, |value, &digit| {
        Some(value << 4 | char::from(digit).to_digit(16)?)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn accepts(text: &[u8]) -> bool {
        Tape::default()
            .read(text)
            .is_ok_and(|end| skip_blanks(text, end) == text.len())
    }

    #[test]
    fn depth_ends_where_go_ends_it() {
        for (depth, accepted) in [(10_000, true), (10_001, false)] {
            let text = [vec![b'['; depth], vec![b']'; depth]].concat();
            assert_eq!(accepts(&text), accepted, "{depth}");
        }
    }

    #[test]
    fn strings_are_decoded_as_go_does() {
        let cases: &[(&[u8], &str)] = &[
            (br#""a\"b""#, "a\"b"),
            (br#""\ud83d\ude00""#, "\u{1f600}"),
            (br#""\ud83dx\ude00""#, "\u{fffd}x\u{fffd}"),
            (br#""\ud83d\u0041""#, "\u{fffd}A"),
            (b"\"a\xe2\x80\"", "a\u{fffd}\u{fffd}"),
            ("\"ä\\u00e4\"".as_bytes(), "ää"),
        ];
        for (text, decoded) in cases {
            let mut tape = Tape::default();
            tape.read(text).unwrap();
            assert_eq!(String::from_utf8_lossy(tape.content(text, 0)), *decoded);
        }
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in [
            "",
            "{",
            "{]",
            "[}",
            "[1,]",
            "{\"a\":1,}",
            "{\"a\"}",
            "{a:1}",
            "01",
            "-",
            "1.",
            "1e",
            ".5",
            "+1",
            "nul",
            "tru",
            "'a'",
            "\"a",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\u{1}\"",
            "{\"a\":1 \"b\":2}",
            "[1 2]",
            "\u{feff}{}",
        ] {
            assert!(!accepts(text.as_bytes()), "{text:?}");
        }
    }

    fn json() -> impl Strategy<Value = serde_json::Value> {
        use serde_json::Value;
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::hash_map(".*", inner, 0..6)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_value_is_read_to_its_end(value in json(), pretty in any::<bool>()) {
            let text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
            prop_assert!(accepts(text.as_bytes()), "{}", text);
        }

        #[test]
        fn what_serde_json_accepts_is_accepted(text in r#"[\[\]{}",:0-9eE.+\-tfnu\\ ]{0,12}"#) {
            let strict = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            prop_assert_eq!(accepts(text.as_bytes()), strict, "{}", text);
        }

        #[test]
        fn no_bytes_make_it_panic(text in prop::collection::vec(any::<u8>(), 0..60)) {
            let read = Tape::default().read(&text);
            prop_assert!(read.is_ok_and(|end| end <= text.len()) || read.is_err());
        }
    }
}
