//! A line that is a JSON object, read into the original's event the way Go's encoding/json fills its struct: names compared
//! without case, the last of a repeated name wins, a wrong type spoils that member only, a bad level or time ends the reading.

use crate::{
    json::{Kind, Place, Tape, skip_blanks},
    timestamp::Timestamp,
};

/// What a line said. Strings are places in the tape.
#[derive(Debug, Default)]
pub(crate) struct Decoded {
    /// As PRIORITY: 0 is EMERG.
    pub(crate) level: Option<i64>,
    pub(crate) time: Option<Timestamp>,
    pub(crate) host: Option<Place>,
    pub(crate) source: Option<Place>,
    pub(crate) id: Option<Place>,
    pub(crate) pid: i64,
    pub(crate) uid: i64,
    pub(crate) gid: i64,
    pub(crate) message: Option<Place>,
    /// Whether there was an `info`: without one, all of its members are the entry's.
    pub(crate) has_info: bool,
    pub(crate) errors: Errors,
    /// Names of the members of `data`, in the order they came; the value follows its name.
    pub(crate) data: Vec<Place>,
    /// Names of members that the original would lose; the value follows its name.
    pub(crate) foreign: Vec<Place>,
    /// Where level and time stand.
    pub(crate) level_at: Option<Place>,
    pub(crate) time_at: Option<Place>,
    /// Another line of the same members can be another event not by its level, time, source, data and message alone.
    pub(crate) irregular: bool,
    /// Something could not be taken into its place: the text has to stand as the message.
    pub(crate) spoiled: bool,
    /// Something was taken at all: most lines are text, and leave nothing to clear.
    dirty: bool,
}

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ErrorItem {
    pub(crate) kind: Option<Place>,
    pub(crate) error: Option<Place>,
    pub(crate) errno: i64,
    pub(crate) stack: Option<Place>,
}

/// A Go slice: what was cut off comes back when it grows again.
#[derive(Debug, Default)]
pub(crate) struct Errors {
    items: Vec<ErrorItem>,
    len: usize,
}

impl Errors {
    pub(crate) fn items(&self) -> &[ErrorItem] {
        &self.items[..self.len]
    }

    fn clear(&mut self) {
        self.items.clear();
        self.len = 0;
    }

    fn item(&mut self, at: usize) -> &mut ErrorItem {
        if at >= self.items.len() {
            self.items.resize(at + 1, ErrorItem::default());
        }
        &mut self.items[at]
    }
}

/// What kind of line this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Not a JSON object: the text is the message.
    Text,
    /// CloudWatch's embedded metric format, which must reach it untouched.
    Emf,
    /// `Decoded` holds what was taken.
    Event,
}

impl Decoded {
    #[inline]
    pub(crate) fn clear(&mut self) {
        if self.dirty {
            self.clear_all();
        }
    }

    fn clear_all(&mut self) {
        let Decoded {
            level,
            time,
            host,
            source,
            id,
            pid,
            uid,
            gid,
            message,
            has_info,
            errors,
            data,
            foreign,
            spoiled,
            level_at,
            time_at,
            irregular,
            dirty,
        } = self;
        (*level, *time) = (None, None);
        (*level_at, *time_at, *irregular) = (None, None, false);
        (*host, *source, *id, *message) = (None, None, None, None);
        (*pid, *uid, *gid) = (0, 0, 0);
        (*has_info, *spoiled, *dirty) = (false, false, false);
        errors.clear();
        data.clear();
        foreign.clear();
    }

    /// Reads a line; `self` is cleared first.
    pub(crate) fn read(&mut self, tape: &mut Tape, text: &[u8]) -> Shape {
        self.clear();
        if text.get(skip_blanks(text, 0)) != Some(&b'{') {
            return Shape::Text;
        }
        let Ok(end) = tape.read(text) else {
            return Shape::Text;
        };
        let alone = skip_blanks(text, end) == text.len();
        self.dirty = true;
        let mut reader = Reader {
            tape,
            text,
            into: self,
            metrics: false,
        };
        let read = reader.event(0);
        // Behind a bad level or time nothing was looked at.
        let metrics = reader.metrics || read.is_err() && is_emf(tape, text);
        if alone && metrics {
            return Shape::Emf;
        }
        // What follows the first value has no place of its own either.
        self.spoiled |= read.is_err() || !alone;
        Shape::Event
    }
}

#[cold]
fn is_emf(tape: &Tape, text: &[u8]) -> bool {
    members(tape, 0).any(|name| is_metrics(tape, text, name))
}

/// Whether a member makes its line an event of the embedded metric format.
#[inline]
fn is_metrics(tape: &Tape, text: &[u8], name: Place) -> bool {
    tape.content(text, name) == b"_aws" && tape.kind(tape.next(name)) == Kind::Object
}

/// The names of an object's members.
fn members(tape: &Tape, object: Place) -> impl Iterator<Item = Place> {
    let end = tape.next(object);
    let mut at = tape.first(object);
    std::iter::from_fn(move || {
        let name = (at < end).then_some(at)?;
        at = tape.next(tape.next(name));
        Some(name)
    })
}

/// The original stops reading here.
struct Stopped;

struct Reader<'a> {
    tape: &'a Tape,
    text: &'a [u8],
    into: &'a mut Decoded,
    /// A member of the embedded metric format was among those read.
    metrics: bool,
}

impl Reader<'_> {
    fn event(&mut self, object: Place) -> Result<(), Stopped> {
        for name in members(self.tape, object) {
            let value = self.tape.next(name);
            match self.field(name, &TOP) {
                Some(Top::Level) => self.level(value)?,
                Some(Top::Time) => self.time(value)?,
                Some(Top::Info) => {
                    if self.info(value) {
                        self.into.foreign.push(name);
                    }
                }
                Some(Top::Data) => self.data(value),
                Some(Top::Message) => self.string(value, |into| &mut into.message),
                None => {
                    self.metrics |= is_metrics(self.tape, self.text, name);
                    self.into.foreign.push(name);
                }
            }
        }
        Ok(())
    }

    /// The field that a member's name means.
    #[inline]
    fn field<F: Copy, const N: usize>(&self, name: Place, fields: &Fields<F, N>) -> Option<F> {
        let text = self.tape.content(self.text, name);
        let is_plain = self.tape.is_plain(name);
        if is_plain {
            // Nothing but case can differ, and the field's letters are small ones.
            return fields.have_length(text.len()).then(|| fields.find(text))?;
        }
        let is = |&&(field, _): &&(&str, F)| same_name(text, field);
        fields.names.iter().find(is).map(|&(_, meaning)| meaning)
    }

    /// A string that is no level's name forgets an earlier level; anything else leaves it.
    fn level(&mut self, value: Place) -> Result<(), Stopped> {
        self.into.irregular |= self.into.level_at.replace(value).is_some();
        if self.tape.kind(value) != Kind::String {
            return Err(Stopped);
        }
        self.into.level = parse_level(between_quotes(self.tape.raw(self.text, value)));
        self.into.level.map(|_| ()).ok_or(Stopped)
    }

    fn time(&mut self, value: Place) -> Result<(), Stopped> {
        match self.tape.kind(value) {
            Kind::Null => return Ok(()),
            Kind::String => {
                self.into.irregular |= self.into.time_at.replace(value).is_some();
                self.into.time = Timestamp::parse(between_quotes(self.tape.raw(self.text, value)));
            }
            _ => self.into.time = None,
        }
        self.into.time.map(|_| ()).ok_or(Stopped)
    }

    /// Tells whether something in it has no place in the event.
    fn info(&mut self, object: Place) -> bool {
        let mut foreign = false;
        if !self.is(object, Kind::Object) {
            return false;
        }
        self.into.has_info = true;
        for name in members(self.tape, object) {
            let value = self.tape.next(name);
            let field = self.field(name, &INFO);
            self.into.irregular |= !matches!(field, None | Some(Info::Source));
            match field {
                Some(Info::Host) => self.string(value, |into| &mut into.host),
                Some(Info::Source) => self.string(value, |into| &mut into.source),
                Some(Info::Id) => self.string(value, |into| &mut into.id),
                Some(Info::Pid) => self.integer(value, |into| &mut into.pid),
                Some(Info::Uid) => self.integer(value, |into| &mut into.uid),
                Some(Info::Gid) => self.integer(value, |into| &mut into.gid),
                Some(Info::Errors) => foreign |= self.errors(value),
                None => foreign = true,
            }
        }
        foreign
    }

    fn errors(&mut self, array: Place) -> bool {
        if self.tape.kind(array) == Kind::Null {
            self.into.errors.clear();
            return false;
        }
        if !self.is(array, Kind::Array) {
            return false;
        }
        let (mut foreign, mut count) = (false, 0);
        let mut at = self.tape.first(array);
        while at < self.tape.next(array) {
            self.into.errors.item(count);
            if self.is(at, Kind::Object) {
                foreign |= self.error(count, at);
            }
            count += 1;
            at = self.tape.next(at);
        }
        if count == 0 {
            self.into.errors.clear();
        }
        self.into.errors.len = count;
        foreign
    }

    fn error(&mut self, item: usize, object: Place) -> bool {
        let mut foreign = false;
        for name in members(self.tape, object) {
            let value = self.tape.next(name);
            match self.field(name, &ERROR) {
                Some(InError::Type) => self.string(value, |into| &mut into.errors.item(item).kind),
                Some(InError::Error) => {
                    self.string(value, |into| &mut into.errors.item(item).error)
                }
                Some(InError::Errno) => {
                    self.integer(value, |into| &mut into.errors.item(item).errno)
                }
                Some(InError::Stack) => {
                    self.into.errors.item(item).stack =
                        (self.tape.kind(value) != Kind::Null).then_some(value);
                }
                None => foreign = true,
            }
        }
        foreign
    }

    fn data(&mut self, value: Place) {
        match self.tape.kind(value) {
            Kind::Null => self.into.data.clear(),
            Kind::Object => self.into.data.extend(members(self.tape, value)),
            _ => self.into.spoiled = true,
        }
    }

    fn string(&mut self, value: Place, place: impl Fn(&mut Decoded) -> &mut Option<Place>) {
        match self.tape.kind(value) {
            Kind::Null => {}
            Kind::String => *place(self.into) = Some(value),
            _ => self.into.spoiled = true,
        }
    }

    fn integer(&mut self, value: Place, place: impl Fn(&mut Decoded) -> &mut i64) {
        let number = match self.tape.kind(value) {
            Kind::Null => return,
            Kind::Number => std::str::from_utf8(self.tape.raw(self.text, value))
                .ok()
                .and_then(|digits| digits.parse().ok()),
            _ => None,
        };
        match number {
            Some(number) => *place(self.into) = number,
            None => self.into.spoiled = true,
        }
    }

    /// Whether a value is what its place asks for; null changes nothing, anything else spoils the line.
    fn is(&mut self, value: Place, kind: Kind) -> bool {
        let found = self.tape.kind(value);
        self.into.spoiled |= found != kind && found != Kind::Null;
        found == kind
    }
}

/// An object's fields. Most members are not among them, and most of these by their length alone.
struct Fields<F, const N: usize> {
    names: [(&'static str, F); N],
    /// A bit for each length that a name has.
    lengths: u32,
}

impl<F: Copy, const N: usize> Fields<F, N> {
    const fn new(names: [(&'static str, F); N]) -> Self {
        let (mut at, mut lengths) = (0, 0);
        while at < N {
            lengths |= 1 << names[at].0.len();
            at += 1;
        }
        Fields { names, lengths }
    }

    #[inline]
    fn find(&self, name: &[u8]) -> Option<F> {
        for (field, meaning) in self.names {
            // As it is spelled nearly always, which is compared in one step.
            let is_exact = name == field.as_bytes();
            if is_exact || name.len() == field.len() && name.eq_ignore_ascii_case(field.as_bytes())
            {
                return Some(meaning);
            }
        }
        None
    }

    #[inline]
    fn have_length(&self, length: usize) -> bool {
        length < 32 && self.lengths >> length & 1 == 1
    }
}

#[derive(Clone, Copy)]
enum Top {
    Level,
    Time,
    Info,
    Data,
    Message,
}

const TOP: Fields<Top, 5> = Fields::new([
    ("level", Top::Level),
    ("time", Top::Time),
    ("info", Top::Info),
    ("data", Top::Data),
    ("message", Top::Message),
]);

#[derive(Clone, Copy)]
enum Info {
    Host,
    Source,
    Id,
    Pid,
    Uid,
    Gid,
    Errors,
}

const INFO: Fields<Info, 7> = Fields::new([
    ("host", Info::Host),
    ("source", Info::Source),
    ("id", Info::Id),
    ("pid", Info::Pid),
    ("uid", Info::Uid),
    ("gid", Info::Gid),
    ("errors", Info::Errors),
]);

#[derive(Clone, Copy)]
enum InError {
    Type,
    Error,
    Errno,
    Stack,
}

const ERROR: Fields<InError, 4> = Fields::new([
    ("type", InError::Type),
    ("error", InError::Error),
    ("errno", InError::Errno),
    ("stack", InError::Stack),
]);

/// Whether a member's name is a field's, compared as Go does: without case, `ſ` as s and the Kelvin sign as k.
pub(crate) fn same_name(name: &[u8], field: &str) -> bool {
    if name.len() == field.len() {
        return name.eq_ignore_ascii_case(field.as_bytes());
    }
    if name.len() < field.len() || name.is_ascii() {
        return false;
    }
    let mut rest = name;
    for wanted in field.bytes() {
        rest = match (wanted, rest) {
            (b's', [0xc5, 0xbf, rest @ ..]) | (b'k', [0xe2, 0x84, 0xaa, rest @ ..]) => rest,
            (_, [byte, rest @ ..]) if byte.eq_ignore_ascii_case(&wanted) => rest,
            _ => return false,
        };
    }
    rest.is_empty()
}

pub(crate) const LEVELS: [&str; 9] = [
    "EMERG", "ALERT", "CRIT", "ERROR", "WARN", "NOTICE", "INFO", "DEBUG", "TRACE",
];

/// A level's name after Go's upper-casing, where the dotless `ı` is an I as well.
pub(crate) fn parse_level(name: &[u8]) -> Option<i64> {
    // As nearly all programs spell them.
    match name {
        b"INFO" | b"info" => return Some(6),
        b"ERROR" | b"error" => return Some(3),
        b"WARN" | b"warn" => return Some(4),
        b"DEBUG" | b"debug" => return Some(7),
        _ => {}
    }
    let matches = |level: &str| {
        let mut rest = name;
        for wanted in level.bytes() {
            rest = match (wanted, rest) {
                (b'I', [0xc4, 0xb1, rest @ ..]) => rest,
                (_, [byte, rest @ ..]) if byte.eq_ignore_ascii_case(&wanted) => rest,
                _ => return false,
            };
        }
        rest.is_empty()
    };
    let place = LEVELS.iter().position(|level| matches(level))?;
    i64::try_from(place).ok()
}

fn between_quotes(raw: &[u8]) -> &[u8] {
    raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default()
}
