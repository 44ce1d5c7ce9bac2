//! Lines of JSON that differ in their values alone. A program writes most of its lines in a few forms: the same members in the
//! same order, the same blanks. A form is worked out once, by reading such a line as any other; of the next line the text
//! between its values is compared with what is known, its values are copied to where the form has them, and nothing is sorted.

use crate::{
    escape::{EventWriter, Syntax, character_width},
    json::{Kind, Place, Tape, number_end},
    scan::{Span, Stop, find},
    tree::Sink,
};

/// What may be remembered: some 1 MiB at the most, as for a thousand forms.
const MOST_NODES: usize = 1 << 12;
const MOST_TEXT: usize = 256 << 10;
const MOST_FORMS_BYTES: usize = 512 << 10;
/// Ways to go on that are tried at one point: a program that makes up names of members has a new one in each line.
const MOST_SIBLINGS: usize = 16;
/// Lines of more values are read as they come.
const MOST_VALUES: usize = 32;
/// Text between the values of a line, and what a form makes of it.
const LONGEST: usize = 2 << 10;
const LONGEST_PIECES: usize = 8 << 10;
/// How deep a value of a form may stand.
const MOST_DEPTH: usize = 8;
/// A form is worth its work where it is found again. Lines of unknown forms are learnt from as long as others were found,
/// then each so many.
const MOST_CREDIT: u32 = 256;
const EACH: u32 = 16;
/// Lines that had no room at their point until all is forgotten.
const MOST_REFUSED: u32 = 1 << 12;

/// The forms seen, as a tree: each node is some text and the value behind it.
#[derive(Debug, Default)]
pub(crate) struct Forms {
    /// Empty until there is the first; then the first is the root.
    nodes: Vec<Node>,
    /// What stands between values.
    text: Vec<u8>,
    forms: Vec<Form>,
    forms_bytes: usize,
    values: Values,
    spent: u32,
    passed: u32,
    refused: u32,
}

type Values = [Value; MOST_VALUES];

#[derive(Clone, Copy, Debug)]
struct Node {
    /// The first bytes of the text, and which of these are its.
    beginning: u128,
    mask: u128,
    start: u32,
    len: u32,
    next: Next,
    child: u32,
    sibling: u32,
    /// What a line is that ends here.
    form: u32,
}

const NOTHING: u32 = u32::MAX;
const BEGINNING: usize = 16;

/// What comes behind a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Next {
    /// A string's content.
    String,
    Number,
    /// `true` or `false`.
    Bool,
    /// The end of the line.
    End,
}

/// A value in a line; a string's without its quotes.
#[derive(Clone, Copy, Debug, Default)]
struct Value {
    from: u32,
    end: u32,
    /// Nothing of it is to be escaped.
    clean: bool,
}

/// Where a form has its values in the event. What comes before `data` depends on the entry too, and is written elsewhere.
#[derive(Debug)]
struct Form {
    head: Head,
    text: Box<[u8]>,
    pieces: Box<[Piece]>,
}

impl Form {
    fn bytes(&self) -> usize {
        size_of::<Form>() + self.text.len() + size_of_val(&*self.pieces)
    }
}

/// Which of a line's values say what stands before `data`.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Head {
    pub(crate) level: Option<u8>,
    pub(crate) time: Option<u8>,
    pub(crate) source: Option<u8>,
    pub(crate) has_info: bool,
}

/// Text of the event, and the value that follows.
#[derive(Clone, Copy, Debug)]
struct Piece {
    end: u16,
    surplus: u16,
    value: u8,
}

/// No value follows: the last piece.
const LAST: u8 = u8::MAX;

/// A line whose form is known.
#[derive(Clone, Copy)]
pub(crate) struct Found<'a> {
    text: &'a [u8],
    form: &'a Form,
    values: &'a Values,
}

impl<'a> Found<'a> {
    #[inline]
    pub(crate) fn head(&self) -> &'a Head {
        &self.form.head
    }

    #[inline]
    fn span(&self, value: u8) -> Span<'a> {
        let value = &self.values[usize::from(value) % MOST_VALUES];
        Span::new(self.text, value.from as usize, value.end as usize)
    }

    /// A value's text.
    #[inline]
    pub(crate) fn value(&self, value: u8) -> &'a [u8] {
        self.span(value).get()
    }

    /// Writes from the end of `info` on.
    #[inline]
    pub(crate) fn write(&self, out: &mut EventWriter<'_>) {
        let mut from = 0;
        for piece in &self.form.pieces {
            let end = usize::from(piece.end);
            out.written(&self.form.text[from..end], usize::from(piece.surplus));
            from = end;
            let Some(value) = self.values.get(usize::from(piece.value)) else {
                return;
            };
            let span = self.span(piece.value);
            match value.clean {
                true => out.verbatim(span),
                false => out.nested(span),
            }
        }
    }
}

impl Forms {
    /// The form of a line, if it was seen.
    #[inline]
    pub(crate) fn find<'a>(&'a mut self, text: &'a [u8]) -> Option<Found<'a>> {
        u32::try_from(text.len()).ok()?;
        let mut node = self.nodes.first()?;
        let (mut at, mut count) = (0, 0);
        let form = loop {
            node = step(&self.nodes, &self.text, node, text.get(at..)?)?;
            at += node.len as usize;
            if node.next == Next::End {
                break self.forms.get(node.form as usize)?;
            }
            let from = at;
            let clean;
            (at, clean) = match node.next {
                Next::String => string_end(text, at)?,
                Next::Number => (number_end(text, at).ok()?, true),
                _ => (bool_end(text, at)?, true),
            };
            *self.values.get_mut(count)? = Value {
                from: from as u32,
                end: at as u32,
                clean,
            };
            count += 1;
        };
        self.spent = self.spent.saturating_sub(1);
        Some(Found {
            text,
            form,
            values: &self.values,
        })
    }

    /// Whether to learn from a line of an unknown form.
    pub(crate) fn wants(&mut self) -> bool {
        if self.spent < MOST_CREDIT {
            self.spent += 1;
            return true;
        }
        self.passed = self.passed.wrapping_add(1);
        self.passed.is_multiple_of(EACH)
    }

    /// Remembers the form of a line.
    pub(crate) fn insert(&mut self, text: &[u8], writer: FormWriter<'_>, head: Head) {
        let Some(form) = writer.finish(head) else {
            return;
        };
        let is_full = self.nodes.len() + MOST_VALUES >= MOST_NODES
            || self.text.len() + LONGEST > MOST_TEXT
            || self.forms_bytes + form.bytes() > MOST_FORMS_BYTES
            || self.refused > MOST_REFUSED;
        if is_full {
            *self = Forms::default();
        }
        if self.nodes.is_empty() {
            self.add(b"", Next::End);
        }
        let (mut node, mut at) = (0, 0);
        let scalars = writer.scalars.iter();
        for (from, end, next) in scalars
            .map(|scalar| (scalar.from, scalar.end, scalar.next))
            .chain([(text.len(), text.len(), Next::End)])
        {
            let Some(child) = self.child(node, &text[at..from], next) else {
                self.refused += 1;
                return;
            };
            (node, at) = (child, end);
        }
        let node = &mut self.nodes[node as usize];
        if node.form == NOTHING {
            node.form = self.forms.len() as u32;
            self.forms_bytes += form.bytes();
            self.forms.push(form);
        }
    }

    /// The node with this text behind `parent`, there already or new. None when too many others are.
    fn child(&mut self, parent: u32, text: &[u8], next: Next) -> Option<u32> {
        let first = self.nodes[parent as usize].child;
        let (mut child, mut count) = (first, 0);
        while let Some(node) = self.nodes.get(child as usize) {
            let start = node.start as usize;
            if node.next == next && self.text[start..start + node.len as usize] == *text {
                return Some(child);
            }
            (child, count) = (node.sibling, count + 1);
        }
        if count >= MOST_SIBLINGS {
            return None;
        }
        let new = self.add(text, next);
        self.nodes[new as usize].sibling = first;
        self.nodes[parent as usize].child = new;
        Some(new)
    }

    fn add(&mut self, text: &[u8], next: Next) -> u32 {
        let mut beginning = [0; BEGINNING];
        let len = text.len().min(BEGINNING);
        beginning[..len].copy_from_slice(&text[..len]);
        let unused = 8 * (BEGINNING - len) as u32;
        self.nodes.push(Node {
            beginning: u128::from_le_bytes(beginning),
            mask: u128::MAX.checked_shr(unused).unwrap_or(0),
            start: self.text.len() as u32,
            len: text.len() as u32,
            next,
            child: NOTHING,
            sibling: NOTHING,
            form: NOTHING,
        });
        self.text.extend_from_slice(text);
        self.nodes.len() as u32 - 1
    }
}

/// The node behind `node` whose text `rest` begins with, and then what that node says.
#[inline]
fn step<'n>(nodes: &'n [Node], known: &[u8], node: &Node, rest: &[u8]) -> Option<&'n Node> {
    let beginning = match rest.first_chunk::<BEGINNING>() {
        Some(beginning) => u128::from_le_bytes(*beginning),
        None => {
            let mut beginning = [0; BEGINNING];
            beginning[..rest.len()].copy_from_slice(rest);
            u128::from_le_bytes(beginning)
        }
    };
    let mut child = node.child;
    loop {
        let node = nodes.get(child as usize)?;
        child = node.sibling;
        let len = node.len as usize;
        if (beginning & node.mask) != node.beginning || len > rest.len() {
            continue;
        }
        if len > BEGINNING {
            let start = node.start as usize;
            if rest[BEGINNING..len] != known[start + BEGINNING..start + len] {
                continue;
            }
        }
        let behind = rest.get(len);
        let goes_on = match node.next {
            Next::String => true,
            Next::Number => matches!(behind, Some(b'-' | b'0'..=b'9')),
            Next::Bool => matches!(behind, Some(b't' | b'f')),
            Next::End => behind.is_none(),
        };
        if goes_on {
            return Some(node);
        }
    }
}

/// Where a string's content ends, and whether nothing of it is to be escaped. None when there is an escape in it, or what the
/// text could not be taken with.
#[inline]
fn string_end(text: &[u8], from: usize) -> Option<(usize, bool)> {
    let at = find(text, from, Stop::Html);
    match text.get(at) {
        Some(b'"') => Some((at, true)),
        _ => Some((string_end_behind(text, at)?, false)),
    }
}

fn string_end_behind(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        at += match text.get(at)? {
            b'"' => return Some(at),
            b'<' | b'>' | b'&' => 1,
            0x80.. => match character_width(&text[at..]) {
                0 => return None,
                width => width,
            },
            _ => return None,
        };
        at = find(text, at, Stop::Html);
    }
}

fn bool_end(text: &[u8], at: usize) -> Option<usize> {
    let rest = &text[at..];
    let word = [&b"true"[..], b"false"];
    let word = word.iter().find(|word| rest.starts_with(word))?;
    Some(at + word.len())
}

/// A value of the line that a form is learnt from.
#[derive(Clone, Copy, Debug)]
struct Scalar {
    from: usize,
    end: usize,
    next: Next,
}

/// Takes what is written of a line as a form: where a value is written, the form has a place for it.
pub(crate) struct FormWriter<'t> {
    tape: &'t Tape,
    scalars: Vec<Scalar>,
    text: Vec<u8>,
    surplus: usize,
    pieces: Vec<(usize, usize, u8)>,
    failed: bool,
}

impl<'t> FormWriter<'t> {
    /// For a line on the tape; none where its values cannot be found without reading all of it.
    pub(crate) fn new(text: &[u8], tape: &'t Tape) -> Option<Self> {
        let mut writer = FormWriter {
            tape,
            scalars: Vec::new(),
            text: Vec::new(),
            surplus: 0,
            pieces: Vec::new(),
            failed: false,
        };
        writer.collect(text, 0, 0)?;
        let values: usize = writer.scalars.iter().map(|it| it.end - it.from).sum();
        let is_small = writer.scalars.len() <= MOST_VALUES && text.len() - values <= LONGEST;
        let is_plain = text.first() == Some(&b'{') && !tape.has_decoded();
        (is_small && is_plain).then_some(writer)
    }

    /// Notes the values within a value, in their order in the text.
    fn collect(&mut self, text: &[u8], value: Place, depth: usize) -> Option<()> {
        let tape = self.tape;
        let (span, next) = match tape.kind(value) {
            Kind::String => (tape.span(text, value), Next::String),
            Kind::Number => (tape.raw_span(text, value), Next::Number),
            Kind::Bool => (tape.raw_span(text, value), Next::Bool),
            // There is only one, so it is text as any other.
            Kind::Null => return Some(()),
            kind @ (Kind::Array | Kind::Object) => {
                if depth > MOST_DEPTH || self.scalars.len() > MOST_VALUES {
                    return None;
                }
                let (mut at, end) = (tape.first(value), tape.next(value));
                while at < end {
                    if kind == Kind::Object {
                        at = tape.next(at);
                    }
                    self.collect(text, at, depth + 1)?;
                    at = tape.next(at);
                }
                return Some(());
            }
        };
        self.scalars.push(Scalar {
            from: span.start(),
            end: span.start() + span.len(),
            next,
        });
        Some(())
    }

    /// Which of the line's values this is.
    fn number(&self, span: Span<'_>) -> Option<u8> {
        let start = span.start();
        let number = self.scalars.binary_search_by_key(&start, |it| it.from);
        u8::try_from(number.ok()?).ok()
    }

    /// The value that is a node of the tape.
    pub(crate) fn value(&self, text: &[u8], place: Option<Place>) -> Option<u8> {
        self.number(self.tape.span(text, place?))
    }

    fn with(&mut self, write: impl FnOnce(&mut EventWriter<'_>)) {
        let mut out = EventWriter::new(&mut self.text);
        write(&mut out);
        let (_, surplus) = out.so_far();
        self.surplus += surplus;
    }

    fn place(&mut self, number: Option<u8>) {
        self.failed |= number.is_none();
        let surplus = std::mem::take(&mut self.surplus);
        self.pieces
            .push((self.text.len(), surplus, number.unwrap_or(LAST)));
    }

    pub(crate) fn syntax(&mut self, piece: Syntax) {
        self.with(|out| out.syntax(piece));
    }

    /// A string's content.
    pub(crate) fn content(&mut self, span: Span<'_>) {
        self.place(self.number(span));
    }

    fn finish(&self, head: Head) -> Option<Form> {
        if self.failed || self.text.len() > LONGEST_PIECES {
            return None;
        }
        let last = (self.text.len(), self.surplus, LAST);
        let pieces = self.pieces.iter().chain([&last]);
        let pieces = pieces.map(|&(end, surplus, value)| {
            Some(Piece {
                end: u16::try_from(end).ok()?,
                surplus: u16::try_from(surplus).ok()?,
                value,
            })
        });
        Some(Form {
            head,
            text: self.text.as_slice().into(),
            pieces: pieces.collect::<Option<_>>()?,
        })
    }
}

const QUOTE: Syntax = Syntax::new("\\\"");

impl Sink for FormWriter<'_> {
    fn plain(&mut self, text: &[u8]) {
        self.with(|out| out.plain(text));
    }

    fn name(&mut self, name: Span<'_>) {
        self.with(|out| out.name(name));
    }

    fn next_name(&mut self, name: Span<'_>) {
        self.with(|out| out.next_name(name));
    }

    fn string(&mut self, value: Span<'_>) {
        self.syntax(QUOTE);
        self.place(self.number(value));
        self.syntax(QUOTE);
    }

    fn scalar(&mut self, value: Span<'_>) {
        match value.first() {
            Some(b'n') => self.plain(b"null"),
            _ => self.place(self.number(value)),
        }
    }
}

#[cfg(test)]
#[path = "forms_tests.rs"]
mod tests;
