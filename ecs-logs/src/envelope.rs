//! What stands around a line in an event: level and `info`. The line's own word comes first, then the entry's interned fields;
//! what these give is written once for entries that the source knows to be alike, and copied from then on.

use crate::{
    decode::{Decoded, LEVELS},
    entry::{Entry, FieldId, field},
    escape::{EventWriter, Syntax},
    event::{EncoderSettings, MissingLevel},
    identity::{ByIdentity, Identity},
    intern::Interner,
    json::{Place, Tape},
    tree::TreeWriter,
};
use std::io::Write as _;

pub(crate) const LEVEL: Syntax = Syntax::new(r#"{\"level\":\""#);
pub(crate) const TIME: Syntax = Syntax::new(r#"\",\"time\":\""#);
pub(crate) const INFO: Syntax = Syntax::new(r#"\",\"info\":{"#);
pub(crate) const DATA: Syntax = Syntax::new(r#"},\"data\":{"#);
pub(crate) const MESSAGE: Syntax = Syntax::new(r#"},\"message\":\""#);
const QUOTE: Syntax = Syntax::new(r#"\""#);
const HOST: Syntax = Syntax::new(r#"\"host\":"#);
const SOURCE: Syntax = Syntax::new(r#"\"source\":"#);
const ID: Syntax = Syntax::new(r#"\"id\":"#);
const JOURNAL_ID: Syntax = Syntax::new(r#"\"journal_id\":"#);
const PID: Syntax = Syntax::new(r#"\"pid\":"#);
const UID: Syntax = Syntax::new(r#"\"uid\":"#);
const GID: Syntax = Syntax::new(r#"\"gid\":"#);
const ERRORS: Syntax = Syntax::new(r#"\"errors\":"#);
const TYPE: Syntax = Syntax::new(r#"\"type\":"#);
const ERROR: Syntax = Syntax::new(r#"\"error\":"#);
const ERRNO: Syntax = Syntax::new(r#"\"errno\":"#);
const STACK: Syntax = Syntax::new(r#"\"stack\":"#);

const INFO_PRIORITY: i64 = 6;

/// What the entry knows without its line.
#[derive(Clone, Copy)]
pub(crate) struct Own<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) names: &'a Interner,
    pub(crate) settings: &'a EncoderSettings,
}

impl<'a> Own<'a> {
    pub(crate) fn level(&self) -> i64 {
        let priority = self.names.get(self.entry.symbol(field::PRIORITY));
        match (priority, self.settings.missing_level) {
            (None, MissingLevel::None) => -1,
            (text, _) => text
                .and_then(|text| std::str::from_utf8(text).ok())
                .and_then(|text| text.parse().ok())
                .unwrap_or(INFO_PRIORITY),
        }
    }

    fn value(&self, id: FieldId) -> Option<&'a [u8]> {
        let value = self.names.get(self.entry.symbol(id));
        value.filter(|value| !value.is_empty())
    }
}

/// What a line said, and where.
#[derive(Clone, Copy)]
pub(crate) struct Said<'a> {
    pub(crate) decoded: &'a Decoded,
    pub(crate) tape: &'a Tape,
    pub(crate) text: &'a [u8],
}

impl<'a> Said<'a> {
    fn content(&self, place: Option<Place>) -> Option<&'a [u8]> {
        let content = place.map(|place| self.tape.content(self.text, place));
        content.filter(|content| !content.is_empty())
    }

    /// Whether there is nothing in its `info` but a source.
    fn at_most_a_source(&self) -> bool {
        let said = self.decoded;
        said.host.is_none()
            && said.id.is_none()
            && (said.pid | said.uid | said.gid) == 0
            && said.errors.items().is_empty()
    }
}

pub(crate) fn level(level: i64, out: &mut EventWriter<'_>) {
    match usize::try_from(level).ok().and_then(|at| LEVELS.get(at)) {
        Some(name) => out.plain(name.as_bytes()),
        None => {
            out.plain(b"Level(");
            out.integer(level);
            out.plain(b")");
        }
    }
}

/// The members of `info`.
pub(crate) fn info(
    said: Said<'_>,
    own: &Own<'_>,
    known: Option<Fragment<'_>>,
    tree: &mut TreeWriter,
    out: &mut EventWriter<'_>,
) {
    if let Some(known) = known.filter(|_| said.at_most_a_source()) {
        return info_with_source(said.content(said.decoded.source), known, out);
    }
    let mut members = Members::default();
    host(said, own, &mut members, out);
    source(said, own, &mut members, out);
    rest(said, own, &mut members, out);
    if !said.decoded.errors.items().is_empty() {
        members.name(ERRORS, out);
        errors(said, tree, out);
    }
    let place = own.entry.journal_id;
    if let Some((series, number)) = place.filter(|_| own.settings.journal_id) {
        // Of fixed width, so that it also sorts.
        let mut id = [0; 32 + 1 + 16];
        if write!(&mut id[..], "{series:032x}-{number:016x}").is_ok() {
            members.string(JOURNAL_ID, &id, out);
        }
    }
}

/// The members of `info` of a line that says at most its source.
pub(crate) fn info_with_source(
    source: Option<&[u8]>,
    known: Fragment<'_>,
    out: &mut EventWriter<'_>,
) {
    let mut members = Members {
        any: known.host(out),
    };
    match source.filter(|source| !source.is_empty()) {
        Some(source) => members.string(SOURCE, source, out),
        None => members.any |= known.source(out),
    }
    known.rest(&mut members, out);
}

fn host(said: Said<'_>, own: &Own<'_>, members: &mut Members, out: &mut EventWriter<'_>) {
    let host = said
        .content(said.decoded.host)
        .or_else(|| own.value(field::HOSTNAME))
        .unwrap_or(own.settings.hostname.as_bytes());
    if !host.is_empty() {
        members.string(HOST, host, out);
    }
}

fn source(said: Said<'_>, own: &Own<'_>, members: &mut Members, out: &mut EventWriter<'_>) {
    if let Some(source) = said.content(said.decoded.source) {
        return members.string(SOURCE, source, out);
    }
    let file = own.value(field::CODE_FILE).unwrap_or_default();
    let function = own.value(field::CODE_FUNC).unwrap_or_default();
    let line = own.value(field::CODE_LINE).map_or(0, clamped_integer);
    if !file.is_empty() || !function.is_empty() || line != 0 {
        members.name(SOURCE, out);
        out.syntax(QUOTE);
        out.nested(file);
        out.plain(b":");
        out.integer(line);
        out.plain(b":");
        out.nested(function);
        out.syntax(QUOTE);
    }
}

fn rest(said: Said<'_>, own: &Own<'_>, members: &mut Members, out: &mut EventWriter<'_>) {
    let decoded = said.decoded;
    let id = said.content(decoded.id);
    if let Some(id) = id.or_else(|| own.value(field::MESSAGE_ID)) {
        members.string(ID, id, out);
    }
    for (name, value, id) in [
        (PID, decoded.pid, field::PID),
        (UID, decoded.uid, field::UID),
        (GID, decoded.gid, field::GID),
    ] {
        let value = match value {
            0 => own.value(id).map_or(0, clamped_integer),
            said => said,
        };
        if value != 0 {
            members.name(name, out);
            out.integer(value);
        }
    }
}

fn errors(said: Said<'_>, tree: &mut TreeWriter, out: &mut EventWriter<'_>) {
    let Said {
        decoded,
        tape,
        text,
    } = said;
    out.plain(b"[");
    for (at, item) in decoded.errors.items().iter().enumerate() {
        if at > 0 {
            out.plain(b",");
        }
        out.plain(b"{");
        let mut members = Members::default();
        for (name, place) in [(TYPE, item.kind), (ERROR, item.error)] {
            if let Some(content) = said.content(place) {
                members.string(name, content, out);
            }
        }
        if item.errno != 0 {
            members.name(ERRNO, out);
            out.integer(item.errno);
        }
        if let Some(stack) = item.stack {
            members.name(STACK, out);
            tree.write(tape, text, stack, out);
        }
        out.plain(b"}");
    }
    out.plain(b"]");
}

/// Commas between an object's members.
#[derive(Default)]
struct Members {
    any: bool,
}

impl Members {
    fn name(&mut self, name: Syntax, out: &mut EventWriter<'_>) {
        if self.any {
            out.plain(b",");
        }
        self.any = true;
        out.syntax(name);
    }

    fn string(&mut self, name: Syntax, value: &[u8], out: &mut EventWriter<'_>) {
        self.name(name, out);
        out.string(value);
    }
}

/// By identity, what the entries' interned fields make of an event that says nothing of its own.
#[derive(Debug, Default)]
pub(crate) struct Fragments {
    slots: ByIdentity<Slot>,
    text: Vec<u8>,
    generation: u32,
}

/// Ten thousand containers take half of it.
const MAX_BYTES: usize = 4 << 20;
/// What is longer is written anew each time: an application can fill CODE_FILE with a megabyte.
const MAX_FRAGMENT: usize = 2 << 10;

#[derive(Clone, Copy, Debug)]
struct Slot {
    start: u32,
    /// All zero when there is nothing to copy.
    marks: Marks,
}

/// Where the pieces of a fragment end.
#[derive(Clone, Copy, Debug, Default)]
struct Marks {
    opening: Mark,
    info: Mark,
    host: Mark,
    source: Mark,
    rest: Mark,
    end: Mark,
}

/// Bytes up to here, and how many of them only the body has.
#[derive(Clone, Copy, Debug, Default)]
struct Mark {
    at: u16,
    surplus: u16,
}

/// The pieces `{"level":…,"time":"`, `","info":{`, host, source, the other members, `},"data":{},"message":"`.
#[derive(Clone, Copy)]
pub(crate) struct Fragment<'a> {
    text: &'a [u8],
    marks: &'a Marks,
}

impl Fragments {
    /// What the entry's fields make, unless the source has not told that they are another's as well.
    #[inline]
    pub(crate) fn of(&mut self, own: &Own<'_>) -> Option<Fragment<'_>> {
        let identity = own.entry.identity()?;
        let current = self.generation == own.names.generation();
        if !current || self.slots.get(identity).is_none() {
            self.add(identity, own);
        }
        let slot = self.slots.get(identity)?;
        if slot.marks.end.at == 0 {
            return None;
        }
        let fragment = Fragment {
            text: &self.text[slot.start as usize..][..usize::from(slot.marks.end.at)],
            marks: &slot.marks,
        };
        debug_assert_eq!(fragment.text, written(own).0, "{identity:?} was another's");
        Some(fragment)
    }

    #[cold]
    fn add(&mut self, identity: Identity, own: &Own<'_>) {
        // The place in the journal is each entry's own.
        if own.settings.journal_id {
            return;
        }
        let (mut text, mut marks) = written(own);
        if text.len() > MAX_FRAGMENT {
            text.clear();
            marks = Marks::default();
        }
        if self.generation != own.names.generation() || self.text.len() + text.len() > MAX_BYTES {
            self.slots.clear();
            self.text.clear();
            self.generation = own.names.generation();
        }
        let start = self.text.len() as u32;
        self.slots.insert(identity, Slot { start, marks });
        self.text.extend_from_slice(&text);
    }
}

/// The whole fragment. Its marks are good for one of at most [`MAX_FRAGMENT`] bytes.
fn written(own: &Own<'_>) -> (Vec<u8>, Marks) {
    let nothing = Said {
        decoded: &Decoded::default(),
        tape: &Tape::default(),
        text: b"",
    };
    let mut text = Vec::new();
    let mut out = EventWriter::new(&mut text);
    let mark = |out: &EventWriter<'_>| {
        let (at, surplus) = out.so_far();
        Mark {
            at: at as u16,
            surplus: surplus as u16,
        }
    };
    let mut members = Members::default();
    out.syntax(LEVEL);
    level(own.level(), &mut out);
    out.syntax(TIME);
    let opening = mark(&out);
    out.syntax(INFO);
    let info = mark(&out);
    host(nothing, own, &mut members, &mut out);
    let host = mark(&out);
    source(nothing, own, &mut members, &mut out);
    let source = mark(&out);
    rest(nothing, own, &mut members, &mut out);
    let rest = mark(&out);
    out.syntax(DATA);
    out.syntax(MESSAGE);
    let end = mark(&out);
    let marks = Marks {
        opening,
        info,
        host,
        source,
        rest,
        end,
    };
    (text, marks)
}

impl Fragment<'_> {
    #[inline]
    fn piece(&self, from: Mark, to: Mark, out: &mut EventWriter<'_>) -> bool {
        let piece = &self.text[usize::from(from.at)..usize::from(to.at)];
        out.written(piece, usize::from(to.surplus - from.surplus));
        !piece.is_empty()
    }

    /// What stands before the time.
    #[inline]
    pub(crate) fn opening(&self, out: &mut EventWriter<'_>) {
        self.piece(Mark::default(), self.marks.opening, out);
    }

    /// What stands between the time and the message of a line without data.
    #[inline]
    pub(crate) fn around(&self, out: &mut EventWriter<'_>) {
        self.piece(self.marks.opening, self.marks.end, out);
    }

    /// What stands between the time and the end of `info`.
    #[inline]
    pub(crate) fn whole_info(&self, out: &mut EventWriter<'_>) {
        self.piece(self.marks.opening, self.marks.rest, out);
    }

    /// Tells whether there is one.
    fn host(&self, out: &mut EventWriter<'_>) -> bool {
        self.piece(self.marks.info, self.marks.host, out)
    }

    /// Tells whether there is one; its comma is in it.
    fn source(&self, out: &mut EventWriter<'_>) -> bool {
        self.piece(self.marks.host, self.marks.source, out)
    }

    /// The other members, whose comma is in them if others stood before when they were written.
    fn rest(&self, members: &mut Members, out: &mut EventWriter<'_>) {
        let had_others = self.marks.source.at > self.marks.info.at;
        if members.any && !had_others && self.marks.rest.at > self.marks.source.at {
            out.plain(b",");
        }
        self.piece(self.marks.source, self.marks.rest, out);
    }
}

/// As Go's `ParseInt` whose error is ignored: out of 64 bits is the nearest limit, anything else that is no number is 0.
fn clamped_integer(text: &[u8]) -> i64 {
    let (negative, digits) = match text {
        [b'-', digits @ ..] => (true, digits),
        [b'+', digits @ ..] => (false, digits),
        digits => (false, digits),
    };
    let mut value: u64 = 0;
    let mut over = false;
    for &digit in digits {
        if !digit.is_ascii_digit() {
            return 0;
        }
        let next = value
            .checked_mul(10)
            .and_then(|value| value.checked_add(u64::from(digit - b'0')));
        match next {
            Some(next) => value = next,
            // Go does not look at what follows.
            None => {
                over = true;
                break;
            }
        }
    }
    if over {
        value = u64::MAX;
    }
    match (negative, i64::try_from(value)) {
        (false, value) => value.unwrap_or(i64::MAX),
        (true, Ok(value)) => -value,
        (true, Err(_)) => i64::MIN,
    }
}

#[cfg(test)]
#[path = "envelope_tests.rs"]
mod tests;
