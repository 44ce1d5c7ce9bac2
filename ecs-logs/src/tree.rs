//! Members in the order of their names, and values of any depth, as the original's encoder prints them.

use crate::{
    escape::EventWriter,
    json::{Kind, Place, Tape},
    scan::Span,
};

/// What takes members and values: an event, or the form of many.
pub(crate) trait Sink {
    /// Syntax that needs no escape.
    fn plain(&mut self, text: &[u8]);
    /// A member's name and its colon.
    fn name(&mut self, name: Span<'_>);
    /// The same behind another member.
    fn next_name(&mut self, name: Span<'_>);
    fn string(&mut self, value: Span<'_>);
    /// A number or a literal.
    fn scalar(&mut self, value: Span<'_>);
}

impl Sink for EventWriter<'_> {
    #[inline]
    fn plain(&mut self, text: &[u8]) {
        EventWriter::plain(self, text);
    }

    #[inline]
    fn name(&mut self, name: Span<'_>) {
        EventWriter::name(self, name);
    }

    #[inline]
    fn next_name(&mut self, name: Span<'_>) {
        EventWriter::next_name(self, name);
    }

    #[inline]
    fn string(&mut self, value: Span<'_>) {
        EventWriter::string(self, value);
    }

    #[inline]
    fn scalar(&mut self, value: Span<'_>) {
        EventWriter::scalar(self, value);
    }
}

/// A member: where its name stands on the tape, or the name it got instead.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member {
    /// How the name begins, which tells most names apart.
    key: u64,
    pub(crate) place: Place,
    /// From 1, its place among the names that were made up.
    renamed: u32,
}

/// Names that members got because theirs were taken.
#[derive(Debug, Default)]
pub(crate) struct Renamed {
    text: Vec<u8>,
    names: Vec<(usize, usize)>,
}

impl Renamed {
    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.names.clear();
    }
}

impl Member {
    #[inline]
    pub(crate) fn in_tape(place: Place, tape: &Tape, text: &[u8]) -> Self {
        Member {
            key: tape.span(text, place).key(),
            place,
            renamed: 0,
        }
    }

    #[inline]
    pub(crate) fn name<'a>(
        &self,
        renamed: &'a Renamed,
        tape: &'a Tape,
        text: &'a [u8],
    ) -> Span<'a> {
        match self.renamed {
            0 => tape.span(text, self.place),
            number => {
                let (from, end) = renamed.names[number as usize - 1];
                Span::new(&renamed.text, from, end)
            }
        }
    }

    /// Puts an underscore before its name.
    pub(crate) fn rename(&mut self, renamed: &mut Renamed, tape: &Tape, text: &[u8]) {
        let start = renamed.text.len();
        renamed.text.push(b'_');
        match self.renamed {
            0 => renamed
                .text
                .extend_from_slice(tape.content(text, self.place)),
            number => {
                let (from, end) = renamed.names[number as usize - 1];
                renamed.text.extend_from_within(from..end);
            }
        }
        renamed.names.push((start, renamed.text.len()));
        self.renamed = renamed.names.len() as u32;
        self.key = Span::from(&renamed.text[start..]).key();
    }
}

/// Sorts by name; of equal names the last one stays, as in a Go map. Members come in the order of their places.
/// Tells whether all names were different.
pub(crate) fn sort_members<'a>(
    members: &mut Vec<Member>,
    name: impl Fn(&Member) -> Span<'a>,
) -> bool {
    if members.is_sorted_by(|a, b| a.key < b.key) {
        return true;
    }
    // The later of two equal names comes first, and is the one that `dedup` keeps.
    members.sort_unstable_by(|a, b| {
        a.key.cmp(&b.key).then_with(|| {
            let names = name(a).get().cmp(name(b).get());
            names.then(b.place.cmp(&a.place))
        })
    });
    if members.is_sorted_by(|a, b| a.key < b.key) {
        return true;
    }
    let before = members.len();
    members.dedup_by(|later, kept| later.key == kept.key && name(later).get() == name(kept).get());
    members.len() == before
}

/// Prints a value of any depth with sorted names, without recursion: depth comes from the input.
#[derive(Debug, Default)]
pub(crate) struct TreeWriter {
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
    #[inline]
    pub(crate) fn write(&mut self, tape: &Tape, text: &[u8], value: Place, out: &mut impl Sink) {
        match tape.kind(value) {
            Kind::String => out.string(tape.span(text, value)),
            Kind::Null | Kind::Bool | Kind::Number => out.scalar(tape.raw_span(text, value)),
            Kind::Array | Kind::Object => self.container(tape, text, value, out),
        }
    }

    fn container(&mut self, tape: &Tape, text: &[u8], value: Place, out: &mut impl Sink) {
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
                    out.name(tape.span(text, name));
                    self.value(tape, text, tape.next(name), out);
                }
            }
        }
    }

    fn value(&mut self, tape: &Tape, text: &[u8], value: Place, out: &mut impl Sink) {
        match tape.kind(value) {
            Kind::String => out.string(tape.span(text, value)),
            Kind::Null | Kind::Bool | Kind::Number => out.scalar(tape.raw_span(text, value)),
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
                    self.scratch.push(Member::in_tape(name, tape, text));
                    name = tape.next(tape.next(name));
                }
                sort_members(&mut self.scratch, |member| tape.span(text, member.place));
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
