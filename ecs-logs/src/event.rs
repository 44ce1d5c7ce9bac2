//! A line and its entry → one event in a PutLogEvents body. The default format is the original's event JSON, byte for byte,
//! and what the original would lose is kept: members it does not know go to `data`, lines it cannot hold whole stay whole.

use crate::{
    decode::{Decoded, Shape, parse_level},
    entry::{Entry, field},
    envelope::{self, DATA, Fragments, INFO, LEVEL, MESSAGE, Own, Said, TIME},
    escape::{EventWriter, Syntax},
    forms::{FormWriter, Forms, Head},
    intern::Interner,
    json::Tape,
    split::fitting_prefix,
    timestamp::{OpeningPrinter, Timestamp, TimestampPrinter},
    tree::{Member, Renamed, Sink, TreeWriter, sort_members},
};

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
    forms: Forms,
    fragments: Fragments,
    openings: OpeningPrinter,
    times: TimestampPrinter,
    tree: TreeWriter,
    data: Vec<Member>,
    renamed: Renamed,
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
        self.fragments = Fragments::default();
    }

    #[cfg(test)]
    pub(crate) fn forms(&mut self) -> &mut Forms {
        &mut self.forms
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
        if let Some(encoded) = self.encode_by_form(line, entry, names, body) {
            return encoded;
        }
        self.encode_by_reading(line, entry, names, body)
    }

    /// A line of a form that is known, whole.
    #[inline]
    fn encode_by_form(
        &mut self,
        line: &Line<'_>,
        entry: &Entry,
        names: &Interner,
        body: &mut Vec<u8>,
    ) -> Option<Encoded<'static>> {
        let is_event = self.settings.format == Format::EcsLogs && line.part.is_none();
        if !is_event || line.text.first() != Some(&b'{') {
            return None;
        }
        let own = Own {
            entry,
            names,
            settings: &self.settings,
        };
        let known = self.fragments.of(&own)?;
        let found = self.forms.find(line.text)?;
        let head = found.head();
        let (mut level, mut time) = (None, None);
        if let Some(said) = head.level {
            level = Some(parse_level(found.value(said))?);
        }
        if let Some(said) = head.time {
            time = Some(Timestamp::parse(found.value(said))?);
        }
        let time = time.filter(|time| !time.is_none());
        let time = time.unwrap_or_else(|| Timestamp::from_realtime(entry.realtime_usec));
        let start = body.len();
        self.openings.print(time.millis(), body);
        let mut out = EventWriter::new(body);
        match level {
            None => known.opening(&mut out),
            Some(level) => open(level, &mut out),
        }
        self.times.print(&time, &mut out);
        if head.has_info {
            out.syntax(INFO);
            let source = head.source.map(|source| found.value(source));
            envelope::info_with_source(source, known, &mut out);
        } else {
            known.whole_info(&mut out);
        }
        found.write(&mut out);
        let event_bytes = out.event_bytes();
        if event_bytes > self.settings.max_event_bytes {
            out.undo();
            body.truncate(start);
            return None;
        }
        body.extend_from_slice(b"\"}");
        let encoded = Encoded {
            timestamp_ms: time.millis(),
            api_bytes: event_bytes + EVENT_OVERHEAD,
            rest: None,
        };
        #[cfg(debug_assertions)]
        {
            let mut read = Vec::new();
            let by_reading = self.encode_by_reading(line, entry, names, &mut read);
            assert_eq!(by_reading, encoded, "{:?}", line.text);
            assert_eq!(read, body[start..], "{:?}", line.text);
        }
        Some(encoded)
    }

    fn encode_by_reading<'l>(
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
        self.openings.print(timestamp_ms, body);
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
        if !raw && shape == Shape::Event && entry.identity().is_some() {
            self.learn(line.text);
        }
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
        let own = Own {
            entry,
            names,
            settings: &self.settings,
        };
        let known = self.fragments.of(&own);
        let is_bare = shape == Shape::Text && line.part.is_none();
        if let Some(known) = known.filter(|_| is_bare) {
            known.opening(out);
            self.times.print(time, out);
            known.around(out);
            out.nested(text);
            return out.syntax(END);
        }
        let whole = shape == Shape::Text || self.decoded.spoiled;
        match (known, self.decoded.level) {
            (Some(known), None) => known.opening(out),
            (_, said) => {
                open(said.unwrap_or_else(|| own.level()), out);
            }
        }
        self.times.print(time, out);
        match known {
            Some(known) if !self.decoded.has_info => known.whole_info(out),
            known => {
                out.syntax(INFO);
                let said = Said {
                    decoded: &self.decoded,
                    tape: &self.tape,
                    text,
                };
                envelope::info(said, &own, known, &mut self.tree, out);
            }
        }
        out.syntax(DATA);
        if let Some(part) = line.part {
            out.syntax(PART);
            out.integer(part.number.into());
            if part.last {
                out.syntax(LAST);
            }
        }
        self.data(text, !whole, out);
        out.syntax(MESSAGE);
        if whole {
            out.nested(text);
        } else if let Some(place) = self.decoded.message {
            out.nested(self.tape.span(text, place));
        }
        out.syntax(END);
    }

    /// The members of `data`, sorted, and beside them what has no place elsewhere.
    fn data(&mut self, text: &[u8], with_foreign: bool, out: &mut EventWriter<'_>) {
        self.sort_data(text, with_foreign);
        write_members(
            &self.data,
            &self.renamed,
            (&self.tape, text),
            &mut self.tree,
            out,
        );
    }

    /// Remembers the form of a line that was read, for the next one.
    fn learn(&mut self, text: &[u8]) {
        let said = &self.decoded;
        if said.spoiled || said.irregular || !self.forms.wants() {
            return;
        }
        let tape = &self.tape;
        let Some(mut form) = FormWriter::new(text, tape) else {
            return;
        };
        let head = Head {
            level: form.value(text, said.level_at),
            time: form.value(text, said.time_at),
            source: form.value(text, said.source),
            has_info: said.has_info,
        };
        form.syntax(DATA);
        // They are still in their order.
        write_members(
            &self.data,
            &self.renamed,
            (tape, text),
            &mut self.tree,
            &mut form,
        );
        form.syntax(MESSAGE);
        if let Some(place) = said.message {
            form.content(tape.span(text, place));
        }
        form.syntax(END);
        self.forms.insert(text, form, head);
    }

    fn sort_data(&mut self, text: &[u8], with_foreign: bool) {
        self.data.clear();
        self.renamed.clear();
        let (tape, renamed) = (&self.tape, &self.renamed);
        let member = |&name: &_| Member::in_tape(name, tape, text);
        let own = &self.decoded.data;
        let foreign = &self.decoded.foreign[..];
        let foreign = if with_foreign { foreign } else { &[] };
        self.data.extend(own.iter().chain(foreign).map(member));
        let name = |member: &Member| member.name(renamed, tape, text);
        let all_differ = sort_members(&mut self.data, name);
        if !all_differ && !foreign.is_empty() {
            self.data.clear();
            self.data.extend(own.iter().map(member));
            sort_members(&mut self.data, name);
            self.add_foreign(text);
        }
    }

    /// Members that the original drops join `data`; one whose name is taken there gets underscores in front until it is free.
    #[cold]
    fn add_foreign(&mut self, text: &[u8]) {
        for &place in &self.decoded.foreign {
            let mut member = Member::in_tape(place, &self.tape, text);
            loop {
                let name = member.name(&self.renamed, &self.tape, text).get();
                let taken = self
                    .data
                    .iter()
                    .any(|other| other.name(&self.renamed, &self.tape, text).get() == name);
                if !taken {
                    break;
                }
                member.rename(&mut self.renamed, &self.tape, text);
            }
            self.data.push(member);
        }
        sort_members(&mut self.data, |member| {
            member.name(&self.renamed, &self.tape, text)
        });
    }
}

const END: Syntax = Syntax::new(r#"\"}"#);
/// Members of `data`, which stand on the tape.
#[inline]
fn write_members(
    members: &[Member],
    renamed: &Renamed,
    (tape, text): (&Tape, &[u8]),
    tree: &mut TreeWriter,
    out: &mut impl Sink,
) {
    for (at, member) in members.iter().enumerate() {
        let name = member.name(renamed, tape, text);
        match at {
            0 => out.name(name),
            _ => out.next_name(name),
        }
        tree.write(tape, text, tape.next(member.place), out);
    }
}

/// What stands before the time of a line that says its level.
fn open(level: i64, out: &mut EventWriter<'_>) {
    out.syntax(LEVEL);
    envelope::level(level, out);
    out.syntax(TIME);
}

const PART: Syntax = Syntax::new(r#"\"part\":"#);
const LAST: Syntax = Syntax::new(r#",\"last\":true"#);

fn write_raw_part(out: &mut EventWriter<'_>, part: Part) {
    out.plain(b"[part ");
    out.integer(part.number.into());
    out.plain(if part.last { b", last] " } else { b"] " });
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
