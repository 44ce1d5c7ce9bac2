//! Cuts template text into tokens: text, delimiters with their trim markers, and what stands inside actions.

/// What a token is; its text is kept beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    LeftDelim,
    RightDelim,
    Space,
    Assign,
    Declare,
    Pipe,
    LeftParen,
    RightParen,
    Bool,
    Char,
    CharConstant,
    Number,
    String,
    RawString,
    Field,
    Variable,
    Identifier,
    Dot,
    Nil,
    Block,
    Break,
    Continue,
    Define,
    Else,
    End,
    If,
    Range,
    Template,
    With,
    Error,
    Eof,
}

/// A token: its kind, its text (the message, for an error) and the byte it begins at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) text: String,
    pub(super) position: usize,
}

/// All tokens of a template, ending with `Eof` or `Error`.
pub(super) fn lex(input: &str) -> Vec<Token> {
    let mut lexer = Lexer {
        input,
        at: 0,
        start: 0,
        parens: 0,
        tokens: Vec::new(),
    };
    if let Err(message) = lexer.run() {
        let position = lexer.start;
        lexer.tokens.push(Token {
            kind: Kind::Error,
            text: message,
            position,
        });
    }
    lexer.tokens
}

struct Lexer<'t> {
    input: &'t str,
    /// The byte to look at next.
    at: usize,
    /// The byte the token in hand begins at.
    start: usize,
    parens: usize,
    tokens: Vec<Token>,
}

const SPACES: [char; 4] = [' ', '\t', '\r', '\n'];

impl<'t> Lexer<'t> {
    fn run(&mut self) -> Result<(), String> {
        while let Some(found) = self.rest().find("{{") {
            let action = self.at + found;
            let trims = trims_left(self.slice(action + 2));
            let text = self.input.get(self.start..action).unwrap_or_default();
            let kept = if trims {
                text.trim_end_matches(SPACES)
            } else {
                text
            };
            if !kept.is_empty() {
                self.push(Kind::Text, kept.to_owned(), self.start);
            }
            self.at = action + 2;
            let body = self.at + if trims { 2 } else { 0 };
            if self.slice(body).starts_with("/*") {
                self.start = body;
                self.comment(body)?;
            } else {
                self.push(Kind::LeftDelim, "{{".into(), action);
                self.at = body;
                self.start = body;
                self.parens = 0;
                self.action()?;
            }
            self.start = self.at;
        }
        if !self.rest().is_empty() {
            self.push(Kind::Text, self.rest().to_owned(), self.at);
        }
        self.push(Kind::Eof, String::new(), self.input.len());
        Ok(())
    }

    fn slice(&self, from: usize) -> &'t str {
        self.input.get(from..).unwrap_or_default()
    }

    fn rest(&self) -> &'t str {
        self.slice(self.at)
    }

    fn push(&mut self, kind: Kind, text: String, position: usize) {
        self.tokens.push(Token {
            kind,
            text,
            position,
        });
    }

    /// Ends the token in hand here.
    fn emit(&mut self, kind: Kind) {
        let text = self.input.get(self.start..self.at).unwrap_or_default();
        self.push(kind, text.to_owned(), self.start);
        self.start = self.at;
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn comment(&mut self, body: usize) -> Result<(), String> {
        let end = self.slice(body + 2).find("*/").ok_or("unclosed comment")?;
        self.at = body + 2 + end + 2;
        if self.at_right_delim().is_none() {
            return Err("comment ends before closing delimiter".into());
        }
        self.close();
        Ok(())
    }

    /// At `}}` or ` -}}`: how many bytes come before the braces.
    fn at_right_delim(&self) -> Option<usize> {
        let rest = self.rest();
        if rest.starts_with("}}") {
            return Some(0);
        }
        let marked = rest.strip_prefix(SPACES)?.starts_with("-}}");
        marked.then_some(2)
    }

    /// Passes the closing delimiter, and the blanks after it if it trims.
    fn close(&mut self) {
        let marker = self.at_right_delim().unwrap_or(0);
        self.at += marker + 2;
        if marker > 0 {
            let rest = self.rest();
            self.at += rest.len() - rest.trim_start_matches(SPACES).len();
        }
    }

    fn action(&mut self) -> Result<(), String> {
        loop {
            if let Some(marker) = self.at_right_delim() {
                if self.parens > 0 {
                    return Err("unclosed left paren".into());
                }
                self.push(Kind::RightDelim, "}}".into(), self.at + marker);
                self.close();
                return Ok(());
            }
            self.start = self.at;
            let Some(c) = self.next() else {
                return Err("unclosed action".into());
            };
            match c {
                ' ' | '\t' | '\r' | '\n' => self.space(),
                '=' => self.emit(Kind::Assign),
                ':' => {
                    if self.next() != Some('=') {
                        return Err("expected :=".into());
                    }
                    self.emit(Kind::Declare);
                }
                '|' => self.emit(Kind::Pipe),
                '"' => self.quoted('"', Kind::String, "unterminated quoted string")?,
                '\'' => self.quoted('\'', Kind::CharConstant, "unterminated character constant")?,
                '`' => self.raw()?,
                '$' => self.name(Kind::Variable, Kind::Variable)?,
                '.' if !self.peek().is_some_and(|c| c.is_ascii_digit()) => {
                    self.name(Kind::Field, Kind::Dot)?;
                }
                '.' | '+' | '-' | '0'..='9' => self.number()?,
                '(' => {
                    self.parens += 1;
                    self.emit(Kind::LeftParen);
                }
                ')' => {
                    if self.parens == 0 {
                        return Err(format!("unexpected right paren {}", code_point(c)));
                    }
                    self.parens -= 1;
                    self.emit(Kind::RightParen);
                }
                c if is_word(c) => self.identifier()?,
                c if c.is_ascii_graphic() => self.emit(Kind::Char),
                c => {
                    return Err(format!(
                        "unrecognized character in action: {}",
                        code_point(c)
                    ));
                }
            }
        }
    }

    /// A run of blanks, but for the last one if it belongs to ` -}}`.
    fn space(&mut self) {
        self.at = self.start;
        while self.peek().is_some_and(|c| SPACES.contains(&c)) && self.at_right_delim().is_none() {
            self.next();
        }
        if self.at > self.start {
            self.emit(Kind::Space);
        }
    }

    fn quoted(&mut self, end: char, kind: Kind, unterminated: &str) -> Result<(), String> {
        loop {
            match self.next() {
                Some('\\') if self.peek().is_some_and(|c| c != '\n') => {
                    self.next();
                }
                None | Some('\n' | '\\') => return Err(unterminated.into()),
                Some(c) if c == end => break,
                Some(_) => {}
            }
        }
        self.emit(kind);
        Ok(())
    }

    fn raw(&mut self) -> Result<(), String> {
        let end = self
            .rest()
            .find('`')
            .ok_or("unterminated raw quoted string")?;
        self.at += end + 1;
        self.emit(Kind::RawString);
        Ok(())
    }

    /// The letters after `.` or `$`; `bare` is what the sign alone is.
    fn name(&mut self, kind: Kind, bare: Kind) -> Result<(), String> {
        if self.at_terminator() {
            self.emit(bare);
            return Ok(());
        }
        self.word()?;
        self.emit(kind);
        Ok(())
    }

    fn word(&mut self) -> Result<(), String> {
        while self.peek().is_some_and(is_word) {
            self.next();
        }
        match self.peek() {
            Some(c) if !self.at_terminator() => Err(format!("bad character {}", code_point(c))),
            _ => Ok(()),
        }
    }

    fn identifier(&mut self) -> Result<(), String> {
        self.word()?;
        let kind = match self.input.get(self.start..self.at).unwrap_or_default() {
            "block" => Kind::Block,
            "break" => Kind::Break,
            "continue" => Kind::Continue,
            "define" => Kind::Define,
            "else" => Kind::Else,
            "end" => Kind::End,
            "if" => Kind::If,
            "nil" => Kind::Nil,
            "range" => Kind::Range,
            "template" => Kind::Template,
            "with" => Kind::With,
            "true" | "false" => Kind::Bool,
            _ => Kind::Identifier,
        };
        self.emit(kind);
        Ok(())
    }

    fn at_terminator(&self) -> bool {
        match self.peek() {
            None | Some(' ' | '\t' | '\r' | '\n' | '.' | ',' | '|' | ':' | ')' | '(') => true,
            Some(_) => self.rest().starts_with("}}"),
        }
    }

    fn number(&mut self) -> Result<(), String> {
        self.at = self.start;
        self.accept("+-");
        let mut digits = "0123456789_";
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        self.accept_run(digits);
        if self.accept(".") {
            self.accept_run(digits);
        }
        let exponent = match digits.len() {
            11 => "eE",
            23 => "pP",
            _ => "",
        };
        if self.accept(exponent) {
            self.accept("+-");
            self.accept_run("0123456789_");
        }
        if self.peek().is_some_and(is_word) {
            self.next();
            let text = self.input.get(self.start..self.at).unwrap_or_default();
            return Err(format!("bad number syntax: {text:?}"));
        }
        self.emit(Kind::Number);
        Ok(())
    }

    fn accept(&mut self, set: &str) -> bool {
        let hit = self.peek().is_some_and(|c| set.contains(c));
        if hit {
            self.next();
        }
        hit
    }

    fn accept_run(&mut self, set: &str) {
        while self.accept(set) {}
    }
}

fn trims_left(after: &str) -> bool {
    after
        .strip_prefix('-')
        .is_some_and(|rest| rest.starts_with(SPACES))
}

fn is_word(c: char) -> bool {
    c == '_' || c.is_alphabetic() || c.is_numeric()
}

/// `U+0023 '#'`, as Go's `%#U`.
fn code_point(c: char) -> String {
    format!("U+{:04X} '{c}'", u32::from(c))
}
