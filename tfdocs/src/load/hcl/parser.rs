//! Tokens to bodies, blocks and attributes. After the first mistake it goes on as HCL does, so that the
//! number of messages is the same.

use std::ops::Range;

use super::Problem;
use super::escape::unescape;
use super::lexer::{self, Lexeme, Token};
use super::mistakes;
use super::tree::{Attribute, Block, Body, Expr, Kind, Label};

/// Parses a whole file. The body holds what could be read even when there are problems.
pub(crate) fn parse(source: &[u8]) -> (Body<'_>, Vec<Problem>) {
    let tokens = lexer::tokens(source);
    let mut problems = mistakes::problems(source, &tokens);
    let mut parser = Parser {
        source,
        tokens,
        next: 0,
        newlines: vec![true],
        recovery: false,
        depth: 0,
    };
    let body = parser.body(Token::Eof, &mut problems);
    (body, problems)
}

/// Parses one expression that fills a range of the file.
pub(super) fn parse_expression<'a>(
    source: &'a [u8],
    span: Range<usize>,
    problems: &mut Problems,
) -> Expr<'a> {
    let tokens = lexer::tokens_of(source, span);
    let mut parser = Parser {
        source,
        tokens,
        next: 0,
        newlines: vec![true],
        recovery: false,
        depth: 0,
    };
    parser.expression(problems)
}

/// The deepest nesting of expressions and blocks; HCL has no limit, but a stack has.
pub(super) const MAX_DEPTH: u32 = 500;

pub(super) type Problems = Vec<Problem>;

pub(super) struct Parser<'a> {
    pub(super) source: &'a [u8],
    tokens: Vec<Lexeme>,
    next: usize,
    /// Whether line ends are tokens: not so in brackets.
    newlines: Vec<bool>,
    /// Set by the first mistake that needed a guess to go on: others are then often not told.
    pub(super) recovery: bool,
    pub(super) depth: u32,
}

impl<'a> Parser<'a> {
    /// The next token that counts, and the index behind it.
    fn find(&self) -> (Lexeme, usize) {
        let newlines = self.newlines.last().copied().unwrap_or(true);
        let mut at = self.next;
        while let Some(lexeme) = self.tokens.get(at) {
            at += 1;
            match lexeme.token {
                Token::Comment => {
                    let end = lexeme.end as usize;
                    if newlines && self.source.get(end.wrapping_sub(1)) == Some(&b'\n') {
                        return (
                            Lexeme {
                                token: Token::Newline,
                                start: lexeme.end - 1,
                                end: lexeme.end,
                            },
                            at,
                        );
                    }
                }
                Token::Newline if !newlines => {}
                _ => return (*lexeme, at),
            }
        }
        let end = self.source.len() as u32;
        (
            self.tokens.last().copied().unwrap_or(Lexeme {
                token: Token::Eof,
                start: end,
                end,
            }),
            at,
        )
    }

    pub(super) fn peek(&self) -> Lexeme {
        self.find().0
    }

    pub(super) fn peek_token(&self) -> Token {
        self.find().0.token
    }

    pub(super) fn read(&mut self) -> Lexeme {
        let (lexeme, at) = self.find();
        self.next = at;
        lexeme
    }

    pub(super) fn text(&self, lexeme: Lexeme) -> &'a str {
        let bytes = self
            .source
            .get(lexeme.start as usize..lexeme.end as usize)
            .unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    pub(super) fn keyword(&self, word: &str) -> bool {
        let lexeme = self.peek();
        lexeme.token == Token::Ident && self.text(lexeme) == word
    }

    /// Runs `inside` with line ends counting or not.
    pub(super) fn with_newlines<T>(
        &mut self,
        count: bool,
        inside: impl FnOnce(&mut Self) -> T,
    ) -> T {
        self.newlines.push(count);
        let value = inside(self);
        self.newlines.pop();
        value
    }

    /// Skips to behind the `end` that closes what is open.
    pub(super) fn recover(&mut self, end: Token) {
        self.recovery = true;
        let start = opposite(end);
        let mut nest = 0;
        loop {
            let mut token = self.read().token;
            if end == Token::SeqEnd && token == Token::Control {
                token = Token::Interp;
            }
            if Some(token) == start {
                nest += 1;
            } else if token == end {
                if nest == 0 {
                    return;
                }
                nest -= 1;
            } else if token == Token::Eof {
                return;
            }
        }
    }

    /// Skips to the opening bracket and behind its end.
    pub(super) fn recover_over(&mut self, start: Token) {
        loop {
            let token = self.read().token;
            if token == start || token == Token::Eof {
                break;
            }
        }
        self.recover(opposite(start).unwrap_or(Token::Eof));
    }

    /// Skips to the line after the current item.
    fn recover_after_item(&mut self) {
        self.recovery = true;
        let mut open: Vec<Token> = Vec::new();
        loop {
            let token = self.read().token;
            match token {
                Token::Newline if open.is_empty() => return,
                Token::Eof => return,
                Token::OBrace | Token::OBrack | Token::OParen | Token::OQuote | Token::OHeredoc => {
                    open.push(token)
                }
                Token::Interp | Token::Control => open.push(Token::Interp),
                Token::CBrace
                | Token::CBrack
                | Token::CParen
                | Token::CQuote
                | Token::CHeredoc
                | Token::SeqEnd => {
                    let opener = opposite(token);
                    while open.last().is_some_and(|last| Some(*last) != opener) {
                        open.pop();
                    }
                    open.pop();
                }
                _ => {}
            }
        }
    }

    fn previous_end(&self) -> usize {
        self.tokens
            .get(self.next.saturating_sub(1))
            .map_or(self.source.len(), |lexeme| lexeme.end as usize)
    }

    fn body(&mut self, end: Token, problems: &mut Problems) -> Body<'a> {
        let mut body = Body::default();
        let opened = self.previous_end();
        loop {
            let next = self.peek();
            if next.token == end {
                self.read();
                return body;
            }
            match next.token {
                Token::Newline => {
                    self.read();
                }
                Token::Ident => self.item(&mut body, problems),
                _ => {
                    let bad = self.read();
                    if !self.recovery {
                        let (summary, detail, span) = match bad.token {
                            Token::OQuote => (
                                "Invalid argument name",
                                "Argument names must not be quoted.",
                                span(bad),
                            ),
                            Token::Eof => (
                                UNCLOSED_BLOCK.0,
                                UNCLOSED_BLOCK.1,
                                opened.saturating_sub(1)..opened,
                            ),
                            _ => (
                                ITEM_REQUIRED,
                                "An argument or block definition is required here.",
                                span(bad),
                            ),
                        };
                        problems.push(Problem::new(summary, detail, span));
                    }
                    self.recover(end);
                    return body;
                }
            }
        }
    }

    fn item(&mut self, body: &mut Body<'a>, problems: &mut Problems) {
        let name = self.read();
        match self.peek_token() {
            Token::Equal => {
                let attribute = self.attribute(name, false, problems);
                match body.attribute(attribute.name) {
                    Some(first) => {
                        problems.push(self.redefined(&attribute, first.name_span.clone()))
                    }
                    None => body.attributes.push(attribute),
                }
            }
            Token::OQuote | Token::OBrace | Token::Ident => {
                let block = self.block(name, problems);
                body.blocks.push(block);
            }
            _ => {
                self.recover_after_item();
                problems.push(Problem::new(ITEM_REQUIRED, ITEM_OR_EQUALS, span(name)));
            }
        }
    }

    /// The one message that names a place; `{FILE}` stands for the file, which is not known here.
    fn redefined(&self, again: &Attribute, first: Range<usize>) -> Problem {
        let place = |at: usize| crate::load::source::line_column(self.source, at);
        let ((line, column), (_, end)) = (place(first.start), place(first.end));
        let (name, file) = (again.name, "{FILE}");
        let detail = format!(
            "The argument {name:?} was already set at {file}:{line},{column}-{end}. Each argument may be set only once."
        );
        Problem::new("Attribute redefined", detail, again.name_span.clone())
    }

    fn attribute(
        &mut self,
        name: Lexeme,
        single_line: bool,
        problems: &mut Problems,
    ) -> Attribute<'a> {
        self.read();
        let before = problems.len();
        let value = self.expression(problems);
        if self.recovery && problems.len() > before {
            self.recover_after_item();
        } else if !single_line {
            let end = self.peek();
            if matches!(end.token, Token::Newline | Token::Eof) {
                self.read();
            } else {
                if !self.recovery {
                    let rule = "An argument definition must end with a newline.";
                    let (summary, detail) = match end.token {
                        Token::Comma => (
                            "Unexpected comma after argument",
                            format!(
                                "Argument definitions must be separated by newlines, not commas. {rule}"
                            ),
                        ),
                        _ => ("Missing newline after argument", rule.to_owned()),
                    };
                    problems.push(Problem::new(summary, detail, span(end)));
                }
                self.recover_after_item();
            }
        }
        Attribute {
            name: self.text(name),
            name_span: span(name),
            value,
        }
    }

    fn block(&mut self, kind: Lexeme, problems: &mut Problems) -> Block<'a> {
        let mut block = Block {
            kind: self.text(kind),
            kind_span: span(kind),
            labels: Vec::new(),
            body: Body::default(),
        };
        loop {
            let next = self.peek();
            match next.token {
                Token::OBrace => {
                    self.read();
                    break;
                }
                Token::OQuote => block.labels.push(self.quoted_label(problems)),
                Token::Ident => {
                    self.read();
                    block.labels.push(Label {
                        text: self.text(next).to_owned(),
                        span: span(next),
                    });
                }
                _ => {
                    let detail = match next.token {
                        Token::Equal => Some(
                            "The equals sign \"=\" indicates an argument definition, and must not be used when defining a block.",
                        ),
                        Token::Newline => Some(
                            "A block definition must have block content delimited by \"{\" and \"}\", starting on the same line as the block header.",
                        ),
                        _ if self.recovery => None,
                        _ => Some(
                            "Either a quoted string block label or an opening brace (\"{\") is expected here.",
                        ),
                    };
                    problems.extend(detail.map(|detail| {
                        Problem::new("Invalid block definition", detail, span(next))
                    }));
                    self.recover_after_item();
                    return block;
                }
            }
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            problems.push(too_deep(span(kind)));
            self.recover(Token::Eof);
        } else {
            block.body = match self.peek_token() {
                Token::Newline | Token::Eof | Token::CBrace => self.body(Token::CBrace, problems),
                _ => self.single_line_body(problems),
            };
        }
        self.depth -= 1;
        let end = self.peek();
        if matches!(end.token, Token::Newline | Token::Eof) {
            self.read();
        } else {
            if !self.recovery {
                let detail = "A block definition must end with a newline.";
                problems.push(Problem::new(
                    "Missing newline after block definition",
                    detail,
                    span(end),
                ));
            }
            self.recover_after_item();
        }
        block
    }

    /// `{ name = value }` on one line.
    fn single_line_body(&mut self, problems: &mut Problems) -> Body<'a> {
        let mut inner = Problems::new();
        let mut body = Body::default();
        let name = self.read();
        match (name.token, self.peek_token()) {
            (Token::Ident, Token::Equal) => {
                body.attributes.push(self.attribute(name, true, &mut inner))
            }
            (Token::Ident, Token::OQuote | Token::OBrace | Token::Ident) => {
                self.recover_after_item();
                let detail = format!(
                    "A single-line block definition can contain only a single argument. If you meant to define argument {:?}, use an equals sign to assign it a value. To define a nested block, place it on a line of its own within its parent block.",
                    self.text(name)
                );
                inner.push(Problem::new(
                    "Argument definition required",
                    detail,
                    span(name),
                ));
            }
            (token, _) => {
                self.recover_after_item();
                let detail = match token {
                    Token::Ident => ITEM_OR_EQUALS,
                    _ => "An argument or block definition is required here.",
                };
                inner.push(Problem::new(ITEM_REQUIRED, detail, span(name)));
            }
        }
        let end = self.peek();
        let detail = match end.token {
            Token::CBrace => {
                self.read();
                problems.append(&mut inner);
                return body;
            }
            Token::Comma => Some(
                "Single-line block syntax can include only one argument definition. To define multiple arguments, use the multi-line block syntax with one argument definition per line.",
            ),
            Token::Newline => Some(
                "An argument definition on the same line as its containing block creates a single-line block definition, which must also be closed on the same line. Place the block's closing brace immediately after the argument definition.",
            ),
            _ if self.recovery => None,
            Token::Eof => {
                problems.push(Problem::new(UNCLOSED_BLOCK.0, UNCLOSED_BLOCK.1, span(end)));
                None
            }
            _ => Some(
                "A single-line block definition must end with a closing brace immediately after its single argument definition.",
            ),
        };
        problems.extend(detail.map(|detail| {
            Problem::new(
                "Invalid single-argument block definition",
                detail,
                span(end),
            )
        }));
        self.recover(Token::CBrace);
        problems.append(&mut inner);
        body
    }

    fn quoted_label(&mut self, problems: &mut Problems) -> Label {
        let open = self.read();
        let mut text = String::new();
        let end = loop {
            let lexeme = self.read();
            match lexeme.token {
                Token::CQuote => break lexeme.end,
                Token::QuotedLit => text.push_str(&unescape(self.source, span(lexeme), problems)),
                Token::Interp | Token::Control => {
                    let sign = if lexeme.token == Token::Interp {
                        '$'
                    } else {
                        '%'
                    };
                    let detail = format!(
                        "Template sequences are not allowed in this string. To include a literal \"{sign}\", double it (as \"{sign}{sign}\") to escape it."
                    );
                    problems.push(Problem::new("Invalid string literal", detail, span(lexeme)));
                    self.recover(Token::SeqEnd);
                }
                Token::Eof => {
                    let detail =
                        "Unable to find the closing quote mark before the end of the file.";
                    problems.push(Problem::new(
                        "Unterminated string literal",
                        detail,
                        span(open),
                    ));
                    break lexeme.end;
                }
                _ => {
                    let detail = "This item is not valid in a string literal.";
                    problems.push(Problem::new("Invalid string literal", detail, span(lexeme)));
                    self.recover(Token::CQuote);
                    break lexeme.end;
                }
            }
        };
        Label {
            text,
            span: open.start as usize..end as usize,
        }
    }

    /// The place behind the last token read.
    pub(super) fn end_of_last(&self) -> usize {
        self.previous_end()
    }

    pub(super) fn broken(&self, start: usize) -> Expr<'a> {
        Expr {
            kind: Kind::Broken,
            span: start..self.previous_end().max(start),
        }
    }
}

const ITEM_REQUIRED: &str = "Argument or block definition required";
const ITEM_OR_EQUALS: &str = "An argument or block definition is required here. To set an argument, use the equals sign \"=\" to introduce the argument value.";
const UNCLOSED_BLOCK: (&str, &str) = (
    "Unclosed configuration block",
    "There is no closing brace for this block before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.",
);

pub(super) fn too_deep(span: Range<usize>) -> Problem {
    Problem::new(
        "Nesting too deep",
        format!("More than {MAX_DEPTH} levels of nesting."),
        span,
    )
}

pub(super) fn span(lexeme: Lexeme) -> Range<usize> {
    lexeme.start as usize..lexeme.end as usize
}

/// The bracket that belongs to this one.
pub(super) fn opposite(token: Token) -> Option<Token> {
    Some(match token {
        Token::OBrace => Token::CBrace,
        Token::OBrack => Token::CBrack,
        Token::OParen => Token::CParen,
        Token::OQuote => Token::CQuote,
        Token::OHeredoc => Token::CHeredoc,
        Token::CBrace => Token::OBrace,
        Token::CBrack => Token::OBrack,
        Token::CParen => Token::OParen,
        Token::CQuote => Token::OQuote,
        Token::CHeredoc => Token::OHeredoc,
        Token::Control | Token::Interp => Token::SeqEnd,
        Token::SeqEnd => Token::Interp,
        _ => return None,
    })
}
