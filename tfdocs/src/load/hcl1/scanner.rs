//! Tokens of the old syntax. Any mistake is the end.

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Ident(String),
    Text(String),
    Bool(bool),
    Number(String),
    Float(f64),
    Open(u8),
    Close(u8),
    Comma,
    Assign,
    /// `.`, `+` and `-`, which are valid nowhere.
    Other,
    Eof,
}

pub(super) struct Scanner<'a> {
    source: &'a [u8],
    at: usize,
    /// JSON has neither comments nor single words but three.
    json: bool,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(source: &'a [u8], json: bool) -> Self {
        let at = if source.starts_with(b"\xef\xbb\xbf") {
            3
        } else {
            0
        };
        Scanner { source, at, json }
    }

    /// Takes a colon, which only JSON has.
    pub(super) fn colon(&mut self) -> bool {
        let found = self.skip_blanks().is_some() && self.peek(0) == b':';
        self.at += usize::from(found);
        found
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.source.get(self.at + ahead).copied().unwrap_or(0)
    }

    /// The next token and where it begins; none for what is illegal.
    pub(super) fn next(&mut self) -> Option<(Token, usize)> {
        self.skip_blanks()?;
        let start = self.at;
        let Some(byte) = self.source.get(start).copied() else {
            return Some((Token::Eof, start));
        };
        let token = match byte {
            b'"' => {
                let end = self.string_end()?;
                let inner = self.source.get(start + 1..end - 1)?;
                self.at = end;
                Token::Text(super::text::unquote(std::str::from_utf8(inner).ok()?)?)
            }
            b'<' => self.heredoc()?,
            b'0'..=b'9' => self.number()?,
            b'-' if self.peek(1).is_ascii_digit() => self.number()?,
            b'{' | b'[' => self.one(Token::Open(byte)),
            b'}' | b']' => self.one(Token::Close(byte)),
            b',' => self.one(Token::Comma),
            b'=' => self.one(Token::Assign),
            b'.' | b'+' | b'-' => self.one(Token::Other),
            _ => self.ident()?,
        };
        Some((token, start))
    }

    fn one(&mut self, token: Token) -> Token {
        self.at += 1;
        token
    }

    fn skip_blanks(&mut self) -> Option<()> {
        loop {
            match (self.peek(0), self.peek(1)) {
                (b' ' | b'\t' | b'\n' | b'\r', _) => self.at += 1,
                (b'#', _) | (b'/', b'/') if !self.json => {
                    let rest = self.source.get(self.at..)?;
                    self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
                }
                (b'/', b'*') if !self.json => {
                    let rest = self.source.get(self.at + 2..)?;
                    self.at += 2 + memchr::memmem::find(rest, b"*/")? + 2;
                }
                _ => return Some(()),
            }
        }
    }

    fn ident(&mut self) -> Option<Token> {
        let rest = self.source.get(self.at..)?;
        let valid = match std::str::from_utf8(rest) {
            Ok(text) => text,
            Err(error) => std::str::from_utf8(rest.get(..error.valid_up_to())?).ok()?,
        };
        if !valid.starts_with(|c: char| c == '_' || c.is_alphabetic()) {
            return None;
        }
        let end = valid
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.')))
            .unwrap_or(valid.len());
        self.at += end;
        Some(match valid.get(..end)? {
            "true" => Token::Bool(true),
            "false" => Token::Bool(false),
            word => Token::Ident(word.to_owned()),
        })
    }

    fn number(&mut self) -> Option<Token> {
        let start = self.at;
        self.at += usize::from(self.peek(0) == b'-');
        if self.peek(0) == b'0' && matches!(self.peek(1), b'x' | b'X') {
            self.at += 2;
            let digits = self.at;
            while self.peek(0).is_ascii_hexdigit() {
                self.at += 1;
            }
            let text = std::str::from_utf8(self.source.get(digits..self.at)?).ok()?;
            let value = i64::from_str_radix(text, 16).ok()?;
            return Some(Token::Number(value.to_string()));
        }
        let mut float = false;
        while matches!(self.peek(0), b'0'..=b'9' | b'.' | b'e' | b'E')
            || (matches!(self.peek(0), b'+' | b'-')
                && matches!(self.source.get(self.at.wrapping_sub(1)), Some(b'e' | b'E')))
        {
            float |= !self.peek(0).is_ascii_digit();
            self.at += 1;
        }
        let text = std::str::from_utf8(self.source.get(start..self.at)?).ok()?;
        if float {
            text.parse().ok().map(Token::Float)
        } else {
            Some(Token::Number(text.to_owned()))
        }
    }

    /// Behind the closing quote. Inside `${}` quotes and line ends are text.
    fn string_end(&self) -> Option<usize> {
        let mut at = self.at + 1;
        let mut braces = 0u32;
        loop {
            let byte = *self.source.get(at)?;
            match byte {
                b'\n' if braces == 0 => return None,
                b'"' if braces == 0 => return Some(at + 1),
                b'$' if braces == 0 && self.source.get(at + 1) == Some(&b'{') => {
                    braces = 1;
                    at += 1;
                }
                b'{' if braces > 0 => braces += 1,
                b'}' if braces > 0 => braces -= 1,
                b'\\' => {
                    at += 1;
                    let length = match self.source.get(at)? {
                        b'a' | b'b' | b'f' | b'n' | b'r' | b't' | b'v' | b'\\' | b'"' => 0,
                        b'0'..=b'7' => 2,
                        b'x' => 2,
                        b'u' => 4,
                        b'U' => 8,
                        _ => return None,
                    };
                    at += length;
                }
                _ => {}
            }
            at += 1;
        }
    }

    fn heredoc(&mut self) -> Option<Token> {
        let rest = self.source.get(self.at..)?;
        let rest = rest.strip_prefix(b"<<")?;
        let line_end = memchr::memchr(b'\n', rest)?;
        let marker = rest.get(..line_end)?;
        let marker = marker.strip_suffix(b"\r").unwrap_or(marker);
        let (indented, marker) = marker
            .strip_prefix(b"-")
            .map_or((false, marker), |marker| (true, marker));
        if marker.is_empty()
            || !marker
                .iter()
                .all(|b| b.is_ascii_alphanumeric() || *b == b'_' || !b.is_ascii())
        {
            return None;
        }
        let body_start = line_end + 1;
        let mut at = body_start;
        loop {
            let line = rest.get(at..)?;
            if line.is_empty() {
                return None;
            }
            let end = memchr::memchr(b'\n', line).unwrap_or(line.len());
            let text = line.get(..end)?;
            let text = text.strip_suffix(b"\r").unwrap_or(text);
            let bare = if indented {
                text.trim_ascii_start()
            } else {
                text
            };
            if bare == marker {
                let body = std::str::from_utf8(rest.get(body_start..at)?)
                    .ok()?
                    .to_owned();
                // The line end behind the marker belongs to it.
                self.at += 2 + at + end;
                return Some(Token::Text(if indented {
                    super::text::outdent(&body, text.len() - bare.len())
                } else {
                    body
                }));
            }
            at += end + 1;
        }
    }
}
