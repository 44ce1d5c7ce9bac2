//! A line and its entry → one event in a PutLogEvents body. The default format is the original's event JSON, byte for byte,
//! and what the original would lose is kept: members it does not know go to `data`, lines it cannot hold whole stay whole.

use crate::{
    decode::{Decoded, LEVELS, Shape},
    entry::{Entry, FieldId, field},
    escape::{EventWriter, Syntax, push_integer},
    intern::Interner,
    json::{Kind, Place, Tape},
    split::fitting_prefix,
    timestamp::{Timestamp, TimestampPrinter},
};
use std::io::Write as _;

/// What CloudWatch counts for each event beyond its text.
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html>
pub const EVENT_OVERHEAD: usize = 26;
/// The longest text of an event: 1 MiB less the overhead.
pub const MAX_EVENT_BYTES: usize = 1_048_576 - EVENT_OVERHEAD;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// `{"level":…,"time":…,"info":{…},"data":{…},"message":…}`.
    #[default]
    EcsLogs,
    /// MESSAGE as it is.
    Raw,
}

/// What stands for the level where neither the line nor PRIORITY gives one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingLevel {
    /// INFO.
    #[default]
    Info,
    /// None at all, printed `Level(-1)`: events from stdin.
    None,
}

#[derive(Clone, Debug)]
pub struct EncoderSettings {
    pub format: Format,
    /// Stands where neither the line nor `_HOSTNAME` names a host.
    pub hostname: String,
    pub missing_level: MissingLevel,
    /// Whether `info` names the entry's place in its journal.
    pub journal_id: bool,
    /// Longest text of an event; longer lines are split.
    pub max_event_bytes: usize,
}

impl Default for EncoderSettings {
    fn default() -> Self {
        EncoderSettings {
            format: Format::default(),
            hostname: String::new(),
            missing_level: MissingLevel::default(),
            journal_id: false,
            max_event_bytes: MAX_EVENT_BYTES,
        }
    }
}

/// What an application wrote, whole again if Docker had cut it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    pub text: &'a [u8],
    /// Set when this is a piece of a line that is longer than an event may be.
    pub part: Option<Part>,
}

/// Which piece of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// From 1.
    pub number: u32,
    pub last: bool,
}

impl<'a> From<&'a [u8]> for Line<'a> {
    fn from(text: &'a [u8]) -> Self {
        Line { text, part: None }
    }
}

/// An event that was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoded<'a> {
    /// Milliseconds since 1970.
    pub timestamp_ms: i64,
    /// What CloudWatch counts: text and overhead.
    pub api_bytes: usize,
    /// What did not fit, to be encoded next.
    pub rest: Option<Line<'a>>,
}

/// Makes events. Its buffers are used again, so that an event allocates nothing.
#[derive(Debug, Default)]
pub struct Encoder {
    settings: EncoderSettings,
    tape: Tape,
    decoded: Decoded,
    times: TimestampPrinter,
    tree: TreeWriter,
    data: Vec<Member>,
    renamed: Vec<u8>,
}

impl Encoder {
    pub fn new(settings: EncoderSettings) -> Self {
        Encoder {
            settings,
            ..Encoder::default()
        }
    }

    pub fn reconfigure(&mut self, settings: EncoderSettings) {
        self.settings = settings;
    }

    /// Whether entries must come with their place in the journal.
    pub fn wants_journal_id(&self) -> bool {
        self.settings.journal_id
    }

    /// For a server that still refuses events over 256 KiB.
    pub fn set_max_event_bytes(&mut self, max: usize) {
        self.settings.max_event_bytes = self.settings.max_event_bytes.min(max);
    }

    /// Appends `{"timestamp":…,"message":"…"}` to `body`, without a comma. A line that is too long for one event leaves a rest.
    pub fn encode<'l>(
        &mut self,
        line: &Line<'l>,
        entry: &Entry,
        names: &Interner,
        body: &mut Vec<u8>,
    ) -> Encoded<'l> {
        let start = body.len();
        let shape = match line.part {
            None => self.decoded.read(&mut self.tape, line.text),
            Some(_) => {
                self.decoded.clear();
                Shape::Text
            }
        };
        let journal_time = Timestamp::from_realtime(entry.realtime_usec);
        let raw = self.settings.format == Format::Raw || shape == Shape::Emf;
        let time = match (raw, self.decoded.time) {
            (false, Some(time)) if !time.is_none() => time,
            _ => journal_time,
        };
        let timestamp_ms = time.millis();
        begin(body, timestamp_ms);
        let mut writer = EventWriter::new(body);
        if raw {
            if let Some(part) = line.part {
                write_raw_part(&mut writer, part);
            }
            writer.text(line.text);
        } else {
            self.event(shape, line, &time, entry, names, &mut writer);
        }
        let event_bytes = writer.event_bytes();
        if event_bytes > self.settings.max_event_bytes {
            writer.undo();
            body.truncate(start);
            return self.encode_piece(line, entry, names, body);
        }
        body.extend_from_slice(b"\"}");
        Encoded {
            timestamp_ms,
            api_bytes: event_bytes + EVENT_OVERHEAD,
            rest: None,
        }
    }

    /// The longest beginning of a line that fits, as text and a part of its own.
    #[cold]
    fn encode_piece<'l>(
        &mut self,
        line: &Line<'l>,
        entry: &Entry,
        names: &Interner,
        body: &mut Vec<u8>,
    ) -> Encoded<'l> {
        let max = std::mem::replace(&mut self.settings.max_event_bytes, usize::MAX);
        let format = self.settings.format;
        let (number, is_last) = line.part.map_or((1, true), |part| (part.number, part.last));
        let part = |last| Some(Part { number, last });
        let empty = Line {
            text: b"",
            part: part(true),
        };
        let envelope = self.event_bytes(&empty, entry, names);
        // An application can fill CODE_FILE with a megabyte: then the text goes without an envelope.
        if envelope > max / 2 {
            self.settings.format = Format::Raw;
        }
        let envelope = self.event_bytes(&empty, entry, names);
        let room = max.saturating_sub(envelope).max(4);
        let raw = self.settings.format == Format::Raw;
        let cut = fitting_prefix(line.text, room, raw)
            .max(1)
            .min(line.text.len());
        let (head, tail) = line.text.split_at(cut);
        let rest = (!tail.is_empty()).then_some(Line {
            text: tail,
            part: Some(Part {
                number: number + 1,
                last: is_last,
            }),
        });
        let piece = Line {
            text: head,
            part: part(rest.is_none() && is_last),
        };
        let encoded = self.encode(&piece, entry, names, body);
        self.settings.format = format;
        self.settings.max_event_bytes = self.settings.max_event_bytes.min(max);
        Encoded { rest, ..encoded }
    }

    fn event_bytes(&mut self, line: &Line<'_>, entry: &Entry, names: &Interner) -> usize {
        let mut scratch = Vec::new();
        self.encode(line, entry, names, &mut scratch).api_bytes - EVENT_OVERHEAD
    }

    /// A line of our own in somebody's stream, in the format of that stream.
    pub fn encode_marker(
        &mut self,
        text: &str,
        realtime_usec: u64,
        body: &mut Vec<u8>,
    ) -> Encoded<'static> {
        let mut entry = Entry::default();
        entry.realtime_usec = realtime_usec;
        let mut names = Interner::default();
        entry.reset(usize::from(field::PRIORITY.0) + 1);
        entry.set_symbol(field::PRIORITY, names.intern(b"4"));
        let Encoded {
            timestamp_ms,
            api_bytes,
            ..
        } = self.encode(&Line::from(text.as_bytes()), &entry, &names, body);
        Encoded {
            timestamp_ms,
            api_bytes,
            rest: None,
        }
    }

    fn event(
        &mut self,
        shape: Shape,
        line: &Line<'_>,
        time: &Timestamp,
        entry: &Entry,
        names: &Interner,
        out: &mut EventWriter<'_>,
    ) {
        let text = line.text;
        let whole = shape == Shape::Text || self.decoded.spoiled;
        out.syntax(LEVEL);
        self.level(entry, names, out);
        out.syntax(TIME);
        self.times.print(time, out);
        out.syntax(INFO);
        self.info(text, entry, names, out);
        out.syntax(DATA);
        self.data(text, line.part, !whole, out);
        out.syntax(MESSAGE);
        if whole {
            out.nested(text);
        } else if let Some(place) = self.decoded.message {
            out.nested(self.tape.content(text, place));
        }
        out.syntax(END);
    }

    fn level(&self, entry: &Entry, names: &Interner, out: &mut EventWriter<'_>) {
        let priority = || match (
            names.get(entry.symbol(field::PRIORITY)),
            self.settings.missing_level,
        ) {
            (None, MissingLevel::None) => -1,
            (text, _) => text
                .and_then(|text| std::str::from_utf8(text).ok())
                .and_then(|text| text.parse().ok())
                .unwrap_or(INFO_PRIORITY),
        };
        let level: i64 = self.decoded.level.unwrap_or_else(priority);
        match usize::try_from(level).ok().and_then(|at| LEVELS.get(at)) {
            Some(name) => out.plain(name.as_bytes()),
            None => {
                out.plain(b"Level(");
                out.integer(level);
                out.plain(b")");
            }
        }
    }

    fn info(&mut self, text: &[u8], entry: &Entry, names: &Interner, out: &mut EventWriter<'_>) {
        let decoded = &self.decoded;
        let mut members = Members::default();
        let said = |place: Option<Place>| {
            place
                .map(|place| self.tape.content(text, place))
                .filter(|content| !content.is_empty())
        };
        let of_entry = |id: FieldId| {
            names
                .get(entry.symbol(id))
                .filter(|value| !value.is_empty())
        };

        let hostname = self.settings.hostname.as_bytes();
        let host = said(decoded.host)
            .or_else(|| of_entry(field::HOSTNAME))
            .unwrap_or(hostname);
        if !host.is_empty() {
            members.string(HOST, host, out);
        }
        if let Some(source) = said(decoded.source) {
            members.string(SOURCE, source, out);
        } else {
            let file = of_entry(field::CODE_FILE).unwrap_or_default();
            let function = of_entry(field::CODE_FUNC).unwrap_or_default();
            let line = of_entry(field::CODE_LINE).map_or(0, clamped_integer);
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
        if let Some(id) = said(decoded.id).or_else(|| of_entry(field::MESSAGE_ID)) {
            members.string(ID, id, out);
        }
        for (name, value, id) in [
            (PID, decoded.pid, field::PID),
            (UID, decoded.uid, field::UID),
            (GID, decoded.gid, field::GID),
        ] {
            let value = match value {
                0 => of_entry(id).map_or(0, clamped_integer),
                said => said,
            };
            if value != 0 {
                members.name(name, out);
                out.integer(value);
            }
        }
        if !decoded.errors.items().is_empty() {
            members.name(ERRORS, out);
            self.errors(text, out);
        }
        if let Some((series, number)) = entry.journal_id.filter(|_| self.settings.journal_id) {
            // Of fixed width, so that it also sorts.
            let mut id = [0; 32 + 1 + 16];
            if write!(&mut id[..], "{series:032x}-{number:016x}").is_ok() {
                members.string(JOURNAL_ID, &id, out);
            }
        }
    }

    fn errors(&mut self, text: &[u8], out: &mut EventWriter<'_>) {
        out.plain(b"[");
        for (at, item) in self.decoded.errors.items().iter().enumerate() {
            if at > 0 {
                out.plain(b",");
            }
            out.plain(b"{");
            let mut members = Members::default();
            for (name, place) in [(TYPE, item.kind), (ERROR, item.error)] {
                let content = place.map_or(&b""[..], |place| self.tape.content(text, place));
                if !content.is_empty() {
                    members.string(name, content, out);
                }
            }
            if item.errno != 0 {
                members.name(ERRNO, out);
                out.integer(item.errno);
            }
            if let Some(stack) = item.stack {
                members.name(STACK, out);
                self.tree.write(&self.tape, text, stack, out);
            }
            out.plain(b"}");
        }
        out.plain(b"]");
    }

    /// The members of `data`, sorted, and beside them what has no place elsewhere.
    fn data(
        &mut self,
        text: &[u8],
        part: Option<Part>,
        with_foreign: bool,
        out: &mut EventWriter<'_>,
    ) {
        if let Some(part) = part {
            out.syntax(PART);
            out.integer(part.number.into());
            if part.last {
                out.syntax(LAST);
            }
        }
        self.data.clear();
        self.renamed.clear();
        for &name in &self.decoded.data {
            self.data.push(Member::in_tape(name));
        }
        sort_members(&mut self.data, |member| {
            member.name(&self.renamed, &self.tape, text)
        });
        if with_foreign && !self.decoded.foreign.is_empty() {
            self.add_foreign(text);
        }
        for (at, member) in self.data.iter().enumerate() {
            if at > 0 {
                out.plain(b",");
            }
            out.string(member.name(&self.renamed, &self.tape, text));
            out.plain(b":");
            self.tree
                .write(&self.tape, text, self.tape.next(member.place), out);
        }
    }

    /// Members that the original drops join `data`; one whose name is taken there gets underscores in front until it is free.
    fn add_foreign(&mut self, text: &[u8]) {
        for &place in &self.decoded.foreign {
            let mut member = Member::in_tape(place);
            loop {
                let taken = self.data.iter().any(|other| {
                    other.name(&self.renamed, &self.tape, text)
                        == member.name(&self.renamed, &self.tape, text)
                });
                if !taken {
                    break;
                }
                let start = self.renamed.len();
                self.renamed.push(b'_');
                match member.renamed {
                    None => self
                        .renamed
                        .extend_from_slice(self.tape.content(text, place)),
                    Some((from, to)) => self.renamed.extend_from_within(from..to),
                }
                member.renamed = Some((start, self.renamed.len()));
            }
            self.data.push(member);
        }
        sort_members(&mut self.data, |member| {
            member.name(&self.renamed, &self.tape, text)
        });
    }
}

const INFO_PRIORITY: i64 = 6;

const LEVEL: Syntax = Syntax::new(r#"{\"level\":\""#);
const TIME: Syntax = Syntax::new(r#"\",\"time\":\""#);
const INFO: Syntax = Syntax::new(r#"\",\"info\":{"#);
const DATA: Syntax = Syntax::new(r#"},\"data\":{"#);
const MESSAGE: Syntax = Syntax::new(r#"},\"message\":\""#);
const END: Syntax = Syntax::new(r#"\"}"#);
const PART: Syntax = Syntax::new(r#"\"part\":"#);
const LAST: Syntax = Syntax::new(r#",\"last\":true"#);
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

fn begin(body: &mut Vec<u8>, timestamp_ms: i64) {
    body.extend_from_slice(b"{\"timestamp\":");
    push_integer(body, timestamp_ms);
    body.extend_from_slice(b",\"message\":\"");
}

fn write_raw_part(out: &mut EventWriter<'_>, part: Part) {
    out.plain(b"[part ");
    out.integer(part.number.into());
    out.plain(if part.last { b", last] " } else { b"] " });
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

/// A member of `data`: where its name stands on the tape, and the name it got instead.
#[derive(Clone, Copy, Debug)]
struct Member {
    place: Place,
    renamed: Option<(usize, usize)>,
}

impl Member {
    fn in_tape(place: Place) -> Self {
        Member {
            place,
            renamed: None,
        }
    }

    fn name<'a>(&self, renamed: &'a [u8], tape: &'a Tape, text: &'a [u8]) -> &'a [u8] {
        match self.renamed {
            Some((from, to)) => &renamed[from..to],
            None => tape.content(text, self.place),
        }
    }
}

/// Sorts by name; of equal names the last one stays, as in a Go map. Members come in the order of their places.
fn sort_members<'a>(members: &mut Vec<Member>, name: impl Fn(&Member) -> &'a [u8]) {
    if members.is_sorted_by(|a, b| name(a) < name(b)) {
        return;
    }
    // The later of two equal names comes first, and is the one that `dedup` keeps.
    members.sort_unstable_by(|a, b| name(a).cmp(name(b)).then(b.place.cmp(&a.place)));
    members.dedup_by(|later, kept| name(later) == name(kept));
}

/// Prints a value of any depth with sorted names, without recursion: depth comes from the input.
#[derive(Debug, Default)]
struct TreeWriter {
    frames: Vec<Frame>,
    order: Vec<Member>,
    scratch: Vec<Member>,
}

#[derive(Clone, Copy, Debug)]
enum Frame {
    Array {
        at: Place,
        end: Place,
        first: bool,
    },
    /// Members `order[at..]`, which end where the next frame's begin.
    Object {
        base: usize,
        at: usize,
        end: usize,
    },
}

impl TreeWriter {
    fn write(&mut self, tape: &Tape, text: &[u8], value: Place, out: &mut EventWriter<'_>) {
        self.frames.clear();
        self.order.clear();
        self.value(tape, text, value, out);
        while let Some(frame) = self.frames.last_mut() {
            match frame {
                Frame::Array { at, end, first } => {
                    if at >= end {
                        self.frames.pop();
                        out.plain(b"]");
                        continue;
                    }
                    if !*first {
                        out.plain(b",");
                    }
                    let value = *at;
                    (*at, *first) = (tape.next(value), false);
                    self.value(tape, text, value, out);
                }
                Frame::Object { base, at, end } => {
                    if at >= end {
                        self.order.truncate(*base);
                        self.frames.pop();
                        out.plain(b"}");
                        continue;
                    }
                    if at > base {
                        out.plain(b",");
                    }
                    let name = self.order[*at].place;
                    *at += 1;
                    out.string(tape.content(text, name));
                    out.plain(b":");
                    self.value(tape, text, tape.next(name), out);
                }
            }
        }
    }

    fn value(&mut self, tape: &Tape, text: &[u8], value: Place, out: &mut EventWriter<'_>) {
        match tape.kind(value) {
            Kind::String => out.string(tape.content(text, value)),
            Kind::Null | Kind::Bool | Kind::Number => out.plain(tape.raw(text, value)),
            Kind::Array => {
                out.plain(b"[");
                self.frames.push(Frame::Array {
                    at: tape.first(value),
                    end: tape.next(value),
                    first: true,
                });
            }
            Kind::Object => {
                out.plain(b"{");
                self.scratch.clear();
                let mut name = tape.first(value);
                while name < tape.next(value) {
                    self.scratch.push(Member::in_tape(name));
                    name = tape.next(tape.next(name));
                }
                sort_members(&mut self.scratch, |member| tape.content(text, member.place));
                let base = self.order.len();
                self.order.extend_from_slice(&self.scratch);
                self.frames.push(Frame::Object {
                    base,
                    at: base,
                    end: self.order.len(),
                });
            }
        }
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
#[path = "event_tests.rs"]
mod tests;
