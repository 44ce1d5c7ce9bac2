//! The structural scanner: one pass over the bytes of a file that finds blocks, labels and the places of values,
//! without tokens or trees. It is tolerant of nothing it does not understand: whatever is not plainly valid makes it
//! give up, and the parser has the last word. Nearly all files are plainly valid.

use std::ops::Range;

use memchr::memchr;

/// The documented blocks of a file.
#[derive(Debug, Default)]
pub(crate) struct Outline {
    pub(crate) blocks: Vec<OutlineBlock>,
}

/// Where a block and what is in it stand in the file.
#[derive(Debug)]
pub(crate) struct OutlineBlock {
    pub(crate) kind: Range<usize>,
    /// Without quotes.
    pub(crate) labels: Vec<Range<usize>>,
    /// Names and values.
    pub(crate) attributes: Vec<(Range<usize>, Range<usize>)>,
    pub(crate) blocks: Vec<OutlineBlock>,
}

/// Scans a file. None when something in it needs the parser.
pub(crate) fn scan(source: &[u8]) -> Option<Outline> {
    outline(source, is_documented)
}

/// Blocks whose content is read.
fn is_documented(kind: &[u8]) -> bool {
    matches!(
        kind,
        b"variable"
            | b"output"
            | b"module"
            | b"resource"
            | b"data"
            | b"provider"
            | b"terraform"
            | b"required_providers"
    )
}

/// Scans a file; `keep` says of which blocks at the top the content is noted.
pub(super) fn outline(source: &[u8], keep: fn(&[u8]) -> bool) -> Option<Outline> {
    // Only comments may hold what is not UTF-8; such files are rare enough for the parser.
    std::str::from_utf8(source).ok()?;
    let at = if source.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    let mut scanner = Scanner {
        source,
        at,
        end: at,
        depth: 0,
        keep,
        noting: true,
        names: Vec::new(),
    };
    let mut top = OutlineBlock::at(0..0);
    scanner.body(&mut top, None)?;
    Some(Outline { blocks: top.blocks })
}

impl OutlineBlock {
    fn at(kind: Range<usize>) -> Self {
        OutlineBlock {
            kind,
            labels: Vec::new(),
            attributes: Vec::new(),
            blocks: Vec::new(),
        }
    }
}

/// Nesting that is left to the parser.
const MAX_DEPTH: u32 = 100;

struct Scanner<'a> {
    source: &'a [u8],
    at: usize,
    /// Behind the last thing that is neither blank nor comment.
    end: usize,
    depth: u32,
    keep: fn(&[u8]) -> bool,
    /// Whether what is found is noted.
    noting: bool,
    /// Arguments of the bodies that are open.
    names: Vec<Range<usize>>,
}

impl Scanner<'_> {
    fn byte(&self) -> u8 {
        self.source.get(self.at).copied().unwrap_or(0)
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.source.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn done(&self) -> bool {
        self.at >= self.source.len()
    }

    fn take(&mut self, count: usize) {
        self.at += count;
        self.end = self.at;
    }

    fn deeper<T>(&mut self, inside: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        if self.depth >= MAX_DEPTH {
            return None;
        }
        self.depth += 1;
        let found = inside(self);
        self.depth -= 1;
        found
    }

    /// Skips blanks and comments, and line ends where they mean nothing.
    #[inline]
    fn skip(&mut self, lines: bool) -> Option<()> {
        // Mostly there are none: all that is skipped begins with a slash or something below it.
        if self.byte() > b'/' {
            return Some(());
        }
        self.skip_some(lines)
    }

    /// A leaf but for comments, so that it saves no registers: it runs more often than anything else here.
    #[inline(never)]
    fn skip_some(&mut self, lines: bool) -> Option<()> {
        self.blanks(lines);
        match self.byte() {
            b'\r' | b'#' | b'/' => self.skip_comments(lines),
            _ => Some(()),
        }
    }

    #[inline(always)]
    fn blanks(&mut self, lines: bool) {
        loop {
            match self.byte() {
                b' ' => {
                    let rest = self.source.get(self.at..).unwrap_or_default();
                    let run = rest.iter().position(|byte| *byte != b' ');
                    self.at += run.unwrap_or(rest.len());
                }
                b'\t' => self.at += 1,
                b'\n' if lines => self.at += 1,
                _ => return,
            }
        }
    }

    /// What remains to be skipped where it begins with no blank.
    #[inline(never)]
    fn skip_comments(&mut self, lines: bool) -> Option<()> {
        loop {
            match (self.byte(), self.peek(1)) {
                (b'\r', b'\n') if lines => self.at += 2,
                (b'#', _) | (b'/', b'/') if lines => self.line_comment(),
                (b'/', b'*') => {
                    let rest = self.source.get(self.at + 2..)?;
                    self.at += 2 + memchr::memmem::find(rest, b"*/")? + 2;
                }
                _ => return Some(()),
            }
            self.blanks(lines);
        }
    }

    fn line_comment(&mut self) {
        let rest = self.source.get(self.at..).unwrap_or_default();
        self.at += memchr(b'\n', rest).map_or(rest.len(), |end| end + 1);
    }

    /// The end of a line, a comment before it included; the end of the file will do.
    fn line_end(&mut self) -> Option<()> {
        self.skip(false)?;
        match self.byte() {
            b'\n' => self.at += 1,
            b'\r' if self.peek(1) == b'\n' => self.at += 2,
            b'#' => self.line_comment(),
            b'/' if self.peek(1) == b'/' => self.line_comment(),
            _ if self.done() => {}
            _ => return None,
        }
        Some(())
    }

    /// An identifier of plain letters.
    fn ident(&mut self) -> Option<Range<usize>> {
        if !matches!(self.byte(), b'a'..=b'z' | b'A'..=b'Z' | b'_') {
            return None;
        }
        let start = self.at;
        let rest = self.source.get(start..)?;
        let length = rest
            .iter()
            .position(|byte| !is_ident(*byte))
            .unwrap_or(rest.len());
        // Letters beyond ASCII go on.
        if rest.get(length).is_some_and(|byte| !byte.is_ascii()) {
            return None;
        }
        self.take(length);
        Some(start..self.at)
    }

    /// Items up to the closing brace, or the end of the file at the top.
    fn body(&mut self, into: &mut OutlineBlock, close: Option<u8>) -> Option<()> {
        let outer = self.names.len();
        loop {
            self.skip(true)?;
            if self.done() {
                return close.is_none().then_some(());
            }
            if Some(self.byte()) == close {
                self.take(1);
                break;
            }
            let name = self.ident()?;
            self.skip(false)?;
            if self.byte() == b'=' && self.peek(1) != b'=' {
                self.take(1);
                let value = self.value()?;
                self.line_end()?;
                if self.noting {
                    into.attributes.push((name.clone(), value));
                }
                self.names.push(name);
            } else {
                self.block(name, into)?;
            }
        }
        let repeated = self.repeated(self.names.get(outer..).unwrap_or_default());
        self.names.truncate(outer);
        (!repeated).then_some(())
    }

    /// Whether an argument is set twice.
    fn repeated(&self, names: &[Range<usize>]) -> bool {
        let text = |name: &Range<usize>| self.source.get(name.clone()).unwrap_or_default();
        if names.len() > 32 {
            let mut seen = std::collections::HashSet::with_capacity(names.len());
            return names.iter().any(|name| !seen.insert(text(name)));
        }
        let mut rest = names;
        while let Some((first, after)) = rest.split_first() {
            if after
                .iter()
                .any(|other| other.len() == first.len() && text(other) == text(first))
            {
                return true;
            }
            rest = after;
        }
        false
    }

    fn block(&mut self, kind: Range<usize>, into: &mut OutlineBlock) -> Option<()> {
        let mut block = OutlineBlock::at(kind);
        loop {
            self.skip(false)?;
            match self.byte() {
                b'{' => break,
                b'"' => block.labels.push(self.label()?),
                _ => block.labels.push(self.ident()?),
            }
        }
        self.take(1);
        let outer = self.noting;
        self.noting = outer && (self.keep)(self.source.get(block.kind.clone())?);
        self.deeper(|scanner| scanner.block_body(&mut block))?;
        self.noting = outer;
        self.line_end()?;
        if outer {
            into.blocks.push(block);
        }
        Some(())
    }

    fn block_body(&mut self, block: &mut OutlineBlock) -> Option<()> {
        self.skip(false)?;
        match self.byte() {
            b'\n' | b'\r' | b'#' | b'/' | b'}' => self.body(block, Some(b'}')),
            _ => {
                // One argument on one line.
                let name = self.ident()?;
                self.skip(false)?;
                if self.byte() != b'=' || self.peek(1) == b'=' {
                    return None;
                }
                self.take(1);
                let value = self.value()?;
                self.skip(false)?;
                if self.byte() != b'}' {
                    return None;
                }
                self.take(1);
                block.attributes.push((name, value));
                Some(())
            }
        }
    }

    /// A quoted label without escapes and templates.
    fn label(&mut self) -> Option<Range<usize>> {
        let start = self.at + 1;
        let rest = self.source.get(start..)?;
        let length = memchr(b'"', rest)?;
        let plain = rest
            .get(..length)?
            .iter()
            .all(|byte| !matches!(byte, b'\\' | b'$' | b'%' | b'\n' | b'\r'));
        self.take(length + 2);
        plain.then_some(start..start + length)
    }

    /// An argument's value and where it is.
    fn value(&mut self) -> Option<Range<usize>> {
        self.skip(false)?;
        let start = self.at;
        self.expression(false)?;
        Some(start..self.end)
    }

    /// An expression; `lines` when line ends do not count.
    fn expression(&mut self, lines: bool) -> Option<()> {
        self.deeper(|scanner| scanner.operands(lines))
    }

    fn operands(&mut self, lines: bool) -> Option<()> {
        loop {
            self.skip(lines)?;
            while matches!(self.byte(), b'!' | b'-') && self.peek(1) != b'=' {
                self.take(1);
                self.skip(lines)?;
            }
            self.term(lines)?;
            self.traversals(lines)?;
            match (self.byte(), self.peek(1)) {
                (b'|', b'|') | (b'&', b'&') | (b'=', b'=') | (b'!' | b'<' | b'>', b'=') => {
                    self.take(2)
                }
                // A comment that ends the line.
                (b'/', b'/') => return Some(()),
                (b'<', b'<') | (b'*', b'*') => return None,
                (b'<' | b'>' | b'+' | b'-' | b'*' | b'/' | b'%', _) => self.take(1),
                (b'?', _) => {
                    self.take(1);
                    self.expression(lines)?;
                    self.skip(lines)?;
                    if self.byte() != b':' || self.peek(1) == b':' {
                        return None;
                    }
                    self.take(1);
                }
                _ => return Some(()),
            }
        }
    }

    fn term(&mut self, lines: bool) -> Option<()> {
        match self.byte() {
            b'"' => self.quoted(),
            b'0'..=b'9' => self.number(),
            b'(' => {
                self.take(1);
                self.expression(true)?;
                self.close(b')')
            }
            b'[' => {
                self.take(1);
                self.tuple()
            }
            b'{' => {
                self.take(1);
                self.object()
            }
            b'<' => self.heredoc(),
            _ => {
                self.ident()?;
                self.skip(lines)?;
                if self.byte() == b':' && self.peek(1) == b':' {
                    return None;
                }
                if self.byte() == b'(' {
                    self.take(1);
                    return self.arguments();
                }
                Some(())
            }
        }
    }

    fn close(&mut self, bracket: u8) -> Option<()> {
        self.skip(true)?;
        (self.byte() == bracket).then(|| self.take(1))
    }

    fn traversals(&mut self, lines: bool) -> Option<()> {
        loop {
            self.skip(lines)?;
            match (self.byte(), self.peek(1)) {
                (b'.', b'.') => return Some(()),
                (b'.', _) => {
                    self.take(1);
                    self.skip(lines)?;
                    match self.byte() {
                        // What follows `.*` and digits has rules of its own.
                        b'*' | b'0'..=b'9' => return None,
                        _ => {
                            self.ident()?;
                        }
                    }
                }
                (b'[', _) => {
                    self.take(1);
                    self.skip(lines)?;
                    if self.byte() == b'*' {
                        self.take(1);
                        self.skip(lines)?;
                        if self.byte() != b']' {
                            return None;
                        }
                        self.take(1);
                    } else {
                        self.expression(true)?;
                        self.close(b']')?;
                    }
                }
                _ => return Some(()),
            }
        }
    }

    fn number(&mut self) -> Option<()> {
        let rest = self.source.get(self.at..)?;
        let length = rest
            .iter()
            .position(|byte| !byte.is_ascii_digit())
            .unwrap_or(rest.len());
        match rest.get(length..)? {
            [b'.', b'0'..=b'9', after @ ..] => {
                let fraction = after
                    .iter()
                    .position(|byte| !byte.is_ascii_digit())
                    .unwrap_or(after.len());
                if matches!(after.get(fraction), Some(b'e' | b'E')) {
                    return None;
                }
                self.take(length + 2 + fraction);
            }
            [b'e' | b'E', ..] => return None,
            _ => self.take(length),
        }
        Some(())
    }

    fn arguments(&mut self) -> Option<()> {
        loop {
            self.skip(true)?;
            if self.byte() == b')' {
                self.take(1);
                return Some(());
            }
            self.expression(true)?;
            self.skip(true)?;
            match self.byte() {
                b',' => self.take(1),
                b')' => {}
                b'.' if self.peek(1) == b'.' && self.peek(2) == b'.' => {
                    self.take(3);
                    return self.close(b')');
                }
                _ => return None,
            }
        }
    }

    fn tuple(&mut self) -> Option<()> {
        self.skip(true)?;
        if self.at_word(b"for") {
            return self.comprehension(false);
        }
        loop {
            self.skip(true)?;
            if self.byte() == b']' {
                self.take(1);
                return Some(());
            }
            self.expression(true)?;
            self.skip(true)?;
            match self.byte() {
                b',' => self.take(1),
                b']' => {}
                _ => return None,
            }
        }
    }

    fn at_word(&self, word: &[u8]) -> bool {
        let rest = self.source.get(self.at..).unwrap_or_default();
        rest.starts_with(word)
            && rest
                .get(word.len())
                .is_none_or(|byte| !is_ident(*byte) && byte.is_ascii())
    }

    fn object(&mut self) -> Option<()> {
        self.skip(true)?;
        if self.at_word(b"for") {
            return self.comprehension(true);
        }
        loop {
            self.skip(true)?;
            if self.byte() == b'}' {
                self.take(1);
                return Some(());
            }
            self.expression(false)?;
            self.skip(false)?;
            match (self.byte(), self.peek(1)) {
                (b'=', b'=' | b'>') | (b':', b':') => return None,
                (b'=' | b':', _) => self.take(1),
                _ => return None,
            }
            self.expression(false)?;
            self.skip(false)?;
            match self.byte() {
                b',' => self.take(1),
                b'}' => {}
                _ => self.line_end()?,
            }
            if self.done() {
                return None;
            }
        }
    }

    /// What is between the brackets of a `for`, its closing one included.
    fn comprehension(&mut self, object: bool) -> Option<()> {
        self.ident()?;
        self.skip(true)?;
        self.ident()?;
        self.skip(true)?;
        if self.byte() == b',' {
            self.take(1);
            self.skip(true)?;
            self.ident()?;
            self.skip(true)?;
        }
        if !self.at_word(b"in") {
            return None;
        }
        self.ident()?;
        self.expression(true)?;
        self.skip(true)?;
        if self.byte() != b':' || self.peek(1) == b':' {
            return None;
        }
        self.take(1);
        self.expression(true)?;
        self.skip(true)?;
        let arrow = self.byte() == b'=' && self.peek(1) == b'>';
        if arrow != object {
            return None;
        }
        if arrow {
            self.take(2);
            self.expression(true)?;
            self.skip(true)?;
            if self.byte() == b'.' && self.peek(1) == b'.' && self.peek(2) == b'.' {
                self.take(3);
                self.skip(true)?;
            }
        }
        if self.at_word(b"if") {
            self.ident()?;
            self.expression(true)?;
        }
        self.close(if object { b'}' } else { b']' })
    }

    /// A string with `${}` but without `%{}`.
    fn quoted(&mut self) -> Option<()> {
        self.take(1);
        loop {
            let rest = self.source.get(self.at..)?;
            let length = rest.iter().position(|byte| is(*byte, SPECIAL))?;
            self.take(length);
            match (self.byte(), self.peek(1), self.peek(2)) {
                (b'"', _, _) => {
                    self.take(1);
                    return Some(());
                }
                (b'\\', b'n' | b'r' | b't' | b'"' | b'\\', _) => self.take(2),
                (b'$', b'$', b'{') | (b'%', b'%', b'{') => self.take(3),
                (b'$', b'{', _) => self.sequence()?,
                (b'%', b'{', _) => return None,
                (b'$' | b'%', _, _) => self.take(1),
                _ => return None,
            }
        }
    }

    /// `${`, an expression, `}`.
    fn sequence(&mut self) -> Option<()> {
        self.take(if self.peek(2) == b'~' { 3 } else { 2 });
        self.expression(true)?;
        self.skip(true)?;
        if self.byte() == b'~' {
            self.take(1);
        }
        (self.byte() == b'}').then(|| self.take(1))
    }

    fn heredoc(&mut self) -> Option<()> {
        if self.peek(1) != b'<' {
            return None;
        }
        self.take(if self.peek(2) == b'-' { 3 } else { 2 });
        let marker = self.ident()?;
        let marker = self.source.get(marker)?;
        match (self.byte(), self.peek(1)) {
            (b'\n', _) => self.take(1),
            (b'\r', b'\n') => self.take(2),
            _ => return None,
        }
        let mut line_start = true;
        loop {
            let rest = self.source.get(self.at..)?;
            let length = memchr(b'\n', rest)?;
            let line = rest.get(..length)?;
            if line_start && line.trim_ascii() == marker {
                let line = line.strip_suffix(b"\r").unwrap_or(line);
                self.take(line.len());
                return Some(());
            }
            line_start = self.heredoc_line(length)?;
        }
    }

    /// The rest of a heredoc's line; false when it stops behind a sequence.
    fn heredoc_line(&mut self, length: usize) -> Option<bool> {
        let end = self.at + length + 1;
        loop {
            let rest = self.source.get(self.at..end)?;
            let Some(sign) = memchr::memchr2(b'$', b'%', rest) else {
                self.take(rest.len());
                return Some(true);
            };
            self.take(sign);
            match (self.byte(), self.peek(1), self.peek(2)) {
                (b'$', b'$', b'{') | (b'%', b'%', b'{') => self.take(3),
                (b'$', b'{', _) => {
                    self.sequence()?;
                    return Some(false);
                }
                (b'%', b'{', _) => return None,
                _ => self.take(1),
            }
        }
    }
}

/// What a byte can be: a part of an identifier, the end of what means itself in quotes.
const IDENT: u8 = 1;
const SPECIAL: u8 = 2;

static CLASSES: [u8; 256] = classes();

const fn classes() -> [u8; 256] {
    let mut table = [0; 256];
    let mut byte = 0u8;
    loop {
        let class = match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' => IDENT,
            b'"' | b'\\' | b'$' | b'%' | b'\n' | b'\r' => SPECIAL,
            _ => 0,
        };
        #[expect(clippy::indexing_slicing, reason = "as many entries as bytes")]
        {
            table[byte as usize] = class;
        }
        if byte == u8::MAX {
            return table;
        }
        byte += 1;
    }
}

fn is(byte: u8, class: u8) -> bool {
    CLASSES.get(usize::from(byte)) == Some(&class)
}

fn is_ident(byte: u8) -> bool {
    is(byte, IDENT)
}
