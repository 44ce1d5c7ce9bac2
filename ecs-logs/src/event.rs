//! A line and its entry → one event in a PutLogEvents body. The default format is the original's event JSON, byte for byte,
//! and what the original would lose is kept: members it does not know go to `data`, lines it cannot hold whole stay whole.

use crate::{
    decode::{Decoded, Shape},
    entry::{Entry, field},
    envelope::{self, DATA, Fragments, INFO, LEVEL, MESSAGE, Own, Said, TIME},
    escape::{EventWriter, Syntax},
    intern::Interner,
    json::Tape,
    split::fitting_prefix,
    timestamp::{OpeningPrinter, Timestamp, TimestampPrinter},
    tree::{Member, Renamed, TreeWriter, sort_members},
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
                out.syntax(LEVEL);
                envelope::level(said.unwrap_or_else(|| own.level()), out);
                out.syntax(TIME);
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
        self.data(text, line.part, !whole, out);
        out.syntax(MESSAGE);
        if whole {
            out.nested(text);
        } else if let Some(place) = self.decoded.message {
            out.nested(self.tape.span(text, place));
        }
        out.syntax(END);
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
        self.sort_data(text, with_foreign);
        for (at, member) in self.data.iter().enumerate() {
            let name = member.name(&self.renamed, &self.tape, text);
            match at {
                0 => out.name(name),
                _ => out.next_name(name),
            }
            self.tree
                .write(&self.tape, text, self.tape.next(member.place), out);
        }
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
