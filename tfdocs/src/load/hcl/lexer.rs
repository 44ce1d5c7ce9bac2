//! Bytes to tokens. The state is a stack of what is open: plain text, a quoted template, a heredoc.

use memchr::memchr2;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    OBrace,
    CBrace,
    OBrack,
    CBrack,
    OParen,
    CParen,
    OQuote,
    CQuote,
    OHeredoc,
    CHeredoc,
    /// `${`, with or without `~`.
    Interp,
    /// `%{`.
    Control,
    /// The `}` of the two above.
    SeqEnd,
    QuotedLit,
    StringLit,
    QuotedNewline,
    Number,
    Ident,
    Comment,
    Newline,
    Star,
    StarStar,
    Slash,
    Plus,
    Minus,
    Percent,
    Equal,
    EqualOp,
    NotEqual,
    Less,
    LessEq,
    Greater,
    GreaterEq,
    And,
    Or,
    Bang,
    Dot,
    Comma,
    DoubleColon,
    Ellipsis,
    FatArrow,
    Question,
    Colon,
    BitAnd,
    BitOr,
    BitXor,
    BitNot,
    Apostrophe,
    Backtick,
    Semicolon,
    Invalid,
    BadUtf8,
    Eof,
}

/// A token and its bytes, as offsets into the file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Lexeme {
    pub(super) token: Token,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// What encloses the current position.
enum Mode {
    /// Plain text inside `${` or `%{`, with the number of braces open in it.
    Sequence {
        braces: u32,
    },
    Quoted,
    Heredoc {
        marker: (usize, usize),
    },
}

/// All tokens of a file; the last is `Eof`.
pub(super) fn tokens(source: &[u8]) -> Vec<Lexeme> {
    let start = if source.starts_with(b"\xef\xbb\xbf") {
        3
    } else {
        0
    };
    tokens_of(source, start..source.len())
}

/// The tokens of a part of a file.
pub(super) fn tokens_of(source: &[u8], span: std::ops::Range<usize>) -> Vec<Lexeme> {
    let source = source.get(..span.end).unwrap_or(source);
    let out = Vec::with_capacity(span.len() / 5 + 8);
    let mut lexer = Lexer {
        source,
        at: span.start,
        out,
        modes: Vec::new(),
    };
    while lexer.at < source.len() {
        match lexer.modes.last() {
            None | Some(Mode::Sequence { .. }) => lexer.plain(),
            Some(Mode::Quoted) => lexer.quoted(),
            Some(Mode::Heredoc { marker }) => {
                let marker = *marker;
                lexer.heredoc(marker);
            }
        }
    }
    lexer.push(Token::Eof, lexer.at);
    lexer.out
}

struct Lexer<'a> {
    source: &'a [u8],
    at: usize,
    out: Vec<Lexeme>,
    modes: Vec<Mode>,
}

impl Lexer<'_> {
    fn push(&mut self, token: Token, end: usize) {
        // Files of 4 GiB are refused before they come here.
        self.out.push(Lexeme {
            token,
            start: self.at as u32,
            end: end as u32,
        });
        self.at = end;
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.source.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn rest(&self) -> &[u8] {
        self.source.get(self.at..).unwrap_or_default()
    }

    /// One token outside strings.
    fn plain(&mut self) {
        let byte = self.peek(0);
        let (next, third) = (self.peek(1), self.peek(2));
        let at = self.at;
        match byte {
            b' ' | b'\t' => {
                while matches!(self.peek(0), b' ' | b'\t') && self.at < self.source.len() {
                    self.at += 1;
                }
            }
            b'\n' => self.push(Token::Newline, at + 1),
            b'\r' if next == b'\n' => self.push(Token::Newline, at + 2),
            b'a'..=b'z' | b'A'..=b'Z' | b'_' => self.ident(),
            b'0'..=b'9' => self.number(),
            b'"' => {
                self.push(Token::OQuote, at + 1);
                self.modes.push(Mode::Quoted);
            }
            b'#' => self.line_comment(),
            b'/' if next == b'/' => self.line_comment(),
            b'/' if next == b'*' => {
                match memchr::memmem::find(self.source.get(at + 2..).unwrap_or_default(), b"*/") {
                    Some(end) => self.push(Token::Comment, at + 2 + end + 2),
                    None => self.push(Token::Slash, at + 1),
                }
            }
            b'{' => {
                if let Some(Mode::Sequence { braces }) = self.modes.last_mut() {
                    *braces += 1;
                }
                self.push(Token::OBrace, at + 1);
            }
            b'}' => self.close_brace(at + 1),
            b'~' if next == b'}'
                && matches!(self.modes.last(), Some(Mode::Sequence { braces: 0 })) =>
            {
                self.close_brace(at + 2);
            }
            b'<' if next == b'<' && self.heredoc_start() => {}
            b'.' if next == b'.' && third == b'.' => self.push(Token::Ellipsis, at + 3),
            _ => match two_bytes(byte, next) {
                Some(token) => self.push(token, at + 2),
                None => match one_byte(byte) {
                    Some(token) => self.push(token, at + 1),
                    None => self.other(),
                },
            },
        }
    }

    fn ident(&mut self) {
        let mut end = self.at;
        loop {
            while self
                .source
                .get(end)
                .is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
            {
                end += 1;
            }
            match self.source.get(end..).and_then(first_char) {
                Some(c) if !c.is_ascii() && continues_ident(c) => end += c.len_utf8(),
                _ => break,
            }
        }
        self.push(Token::Ident, end);
    }

    fn number(&mut self) {
        let digits = |mut at: usize| {
            while self.source.get(at).is_some_and(u8::is_ascii_digit) {
                at += 1;
            }
            at
        };
        let mut end = digits(self.at);
        if self.source.get(end) == Some(&b'.')
            && self.source.get(end + 1).is_some_and(u8::is_ascii_digit)
        {
            end = digits(end + 1);
        }
        if matches!(self.source.get(end), Some(b'e' | b'E')) {
            let sign = usize::from(matches!(self.source.get(end + 1), Some(b'+' | b'-')));
            if self
                .source
                .get(end + 1 + sign)
                .is_some_and(u8::is_ascii_digit)
            {
                end = digits(end + 1 + sign);
            }
        }
        self.push(Token::Number, end);
    }

    /// A comment takes its line end with it.
    fn line_comment(&mut self) {
        let end =
            memchr::memchr(b'\n', self.rest()).map_or(self.source.len(), |at| self.at + at + 1);
        self.push(Token::Comment, end);
    }

    fn close_brace(&mut self, end: usize) {
        match self.modes.last_mut() {
            Some(Mode::Sequence { braces: 0 }) => {
                self.modes.pop();
                self.push(Token::SeqEnd, end);
            }
            Some(Mode::Sequence { braces }) => {
                *braces -= 1;
                self.push(Token::CBrace, end);
            }
            _ => self.push(Token::CBrace, end),
        }
    }

    fn heredoc_start(&mut self) -> bool {
        let mut at = self.at + 2;
        if self.source.get(at) == Some(&b'-') {
            at += 1;
        }
        let start = at;
        let Some(line) = self.source.get(at..) else {
            return false;
        };
        let line_end = memchr::memchr(b'\n', line).map_or(line.len(), |end| end);
        let mut marker = line.get(..line_end).unwrap_or_default();
        if at + line_end >= self.source.len() {
            return false;
        }
        if let [head @ .., b'\r'] = marker {
            marker = head;
        }
        if !is_ident(marker) {
            return false;
        }
        at += line_end + 1;
        self.push(Token::OHeredoc, at);
        self.modes.push(Mode::Heredoc {
            marker: (start, start + marker.len()),
        });
        true
    }

    fn other(&mut self) {
        match first_char(self.rest()) {
            Some(c) if starts_ident(c) => self.ident(),
            Some(c) => self.push(Token::Invalid, self.at + c.len_utf8()),
            None => self.push(Token::BadUtf8, self.at + 1),
        }
    }

    /// One token of a quoted template.
    fn quoted(&mut self) {
        match (self.peek(0), self.peek(1)) {
            (b'"', _) => {
                self.modes.pop();
                self.push(Token::CQuote, self.at + 1);
            }
            (b'\n', _) => self.push(Token::QuotedNewline, self.at + 1),
            (b'\r', b'\n') => self.push(Token::QuotedNewline, self.at + 2),
            (sign @ (b'$' | b'%'), b'{') => self.sequence(sign),
            _ => self.quoted_literal(),
        }
    }

    fn sequence(&mut self, sign: u8) {
        let length = if self.peek(2) == b'~' { 3 } else { 2 };
        self.push(
            if sign == b'$' {
                Token::Interp
            } else {
                Token::Control
            },
            self.at + length,
        );
        self.modes.push(Mode::Sequence { braces: 0 });
    }

    fn quoted_literal(&mut self) {
        let mut end = self.at;
        while let Some(&byte) = self.source.get(end) {
            match byte {
                b'"' | b'\n' => break,
                b'\r' if self.source.get(end + 1) == Some(&b'\n') => break,
                b'\\' => match self.source.get(end + 1) {
                    Some(b'\n' | b'\r') | None => end += 1,
                    Some(byte) if byte.is_ascii() => end += 2,
                    Some(_) => end += 1,
                },
                b'$' | b'%' => match self.source.get(end + 1..).unwrap_or_default() {
                    [b'{', ..] => break,
                    [again, b'{', ..] if *again == byte => end += 3,
                    _ => end += 1,
                },
                byte if byte.is_ascii() => end += 1,
                _ => match self.source.get(end..).and_then(first_char) {
                    Some(c) => end += c.len_utf8(),
                    None => break,
                },
            }
        }
        if end == self.at {
            self.push(Token::BadUtf8, end + 1)
        } else {
            self.push(Token::QuotedLit, end)
        }
    }

    /// A line of a heredoc, or its part before or after a sequence.
    fn heredoc(&mut self, marker: (usize, usize)) {
        let at_line_start = self.at > 0 && self.source.get(self.at - 1) == Some(&b'\n');
        if at_line_start {
            let rest = self.rest();
            if let Some(line_end) = memchr::memchr(b'\n', rest) {
                let line = rest.get(..line_end).unwrap_or_default();
                if Some(line.trim_ascii()) == self.source.get(marker.0..marker.1) {
                    let line_end = if line.ends_with(b"\r") {
                        line_end - 1
                    } else {
                        line_end
                    };
                    self.modes.pop();
                    self.push(Token::CHeredoc, self.at + line_end);
                    return;
                }
            }
        }
        if let (sign @ (b'$' | b'%'), b'{') = (self.peek(0), self.peek(1)) {
            self.sequence(sign);
            return;
        }
        let line_end =
            memchr::memchr(b'\n', self.rest()).map_or(self.source.len(), |end| self.at + end + 1);
        let mut end = self.at;
        while let Some(sign) = self
            .source
            .get(end..line_end)
            .and_then(|text| memchr2(b'$', b'%', text))
        {
            end += sign;
            let byte = self.source.get(end).copied().unwrap_or(0);
            match self.source.get(end + 1..).unwrap_or_default() {
                [b'{', ..] => {
                    self.heredoc_text(end);
                    return;
                }
                [again, b'{', ..] if *again == byte => end += 3,
                _ => end += 1,
            }
        }
        self.heredoc_text(line_end);
    }

    /// Text of a heredoc up to `end`, cut where it is not UTF-8.
    fn heredoc_text(&mut self, end: usize) {
        let text = self.source.get(self.at..end).unwrap_or_default();
        match std::str::from_utf8(text) {
            Ok(_) => self.push(Token::StringLit, end),
            Err(error) if error.valid_up_to() > 0 => {
                self.push(Token::StringLit, self.at + error.valid_up_to())
            }
            Err(_) => self.push(Token::BadUtf8, self.at + 1),
        }
    }
}

fn two_bytes(first: u8, second: u8) -> Option<Token> {
    Some(match (first, second) {
        (b'=', b'=') => Token::EqualOp,
        (b'=', b'>') => Token::FatArrow,
        (b'!', b'=') => Token::NotEqual,
        (b'<', b'=') => Token::LessEq,
        (b'>', b'=') => Token::GreaterEq,
        (b'&', b'&') => Token::And,
        (b'|', b'|') => Token::Or,
        (b'*', b'*') => Token::StarStar,
        (b':', b':') => Token::DoubleColon,
        _ => return None,
    })
}

fn one_byte(byte: u8) -> Option<Token> {
    Some(match byte {
        b'[' => Token::OBrack,
        b']' => Token::CBrack,
        b'(' => Token::OParen,
        b')' => Token::CParen,
        b'*' => Token::Star,
        b'/' => Token::Slash,
        b'+' => Token::Plus,
        b'-' => Token::Minus,
        b'%' => Token::Percent,
        b'=' => Token::Equal,
        b'<' => Token::Less,
        b'>' => Token::Greater,
        b'!' => Token::Bang,
        b'.' => Token::Dot,
        b',' => Token::Comma,
        b'?' => Token::Question,
        b':' => Token::Colon,
        b'&' => Token::BitAnd,
        b'|' => Token::BitOr,
        b'^' => Token::BitXor,
        b'~' => Token::BitNot,
        b'\'' => Token::Apostrophe,
        b'`' => Token::Backtick,
        b';' => Token::Semicolon,
        _ => return None,
    })
}

/// The first character of bytes that may not be UTF-8.
fn first_char(bytes: &[u8]) -> Option<char> {
    let head = bytes.get(..bytes.len().min(4))?;
    match std::str::from_utf8(head) {
        Ok(text) => text.chars().next(),
        Err(error) => std::str::from_utf8(head.get(..error.valid_up_to())?)
            .ok()?
            .chars()
            .next(),
    }
}

fn starts_ident(c: char) -> bool {
    c == '_' || c.is_alphabetic()
}

fn continues_ident(c: char) -> bool {
    matches!(c, '_' | '-' | '\u{300}'..='\u{36f}') || c.is_alphanumeric()
}

fn is_ident(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|text| {
        let mut chars = text.chars();
        chars.next().is_some_and(starts_ident) && chars.all(continues_ident)
    })
}
