//! JSON as HCL's own parser reads it: every value with its bytes, mistakes in its words.

use std::ops::Range;

use super::hcl::Problem;
use crate::value::Number;

pub(super) struct Json {
    pub(super) node: Node,
    pub(super) span: Range<usize>,
}

pub(super) enum Node {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    Array(Vec<Json>),
    Object(Vec<Member>),
    /// What could not be read.
    Broken,
}

pub(super) struct Member {
    pub(super) name: String,
    pub(super) name_span: Range<usize>,
    pub(super) value: Json,
}

/// Parses one value that fills the text.
pub(super) fn parse(source: &[u8]) -> (Json, Vec<Problem>) {
    let mut parser = Parser {
        source,
        at: 0,
        depth: 0,
        problems: Vec::new(),
    };
    let root = parser.value();
    if parser.problems.is_empty() && parser.peek() != Token::Eof {
        parser.wrong(
            "Extraneous data after value",
            "Extra characters appear after the JSON value.",
        );
    }
    (root, parser.problems)
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Token {
    Open(u8),
    Close(u8),
    Comma,
    Colon,
    Equals,
    Number,
    Text,
    Keyword,
    Invalid,
    Eof,
}

const START: &str =
    "A JSON value must start with a brace, a bracket, a number, a string, or a keyword.";
const MAX_DEPTH: u32 = 500;

struct Parser<'a> {
    source: &'a [u8],
    at: usize,
    depth: u32,
    problems: Vec<Problem>,
}

impl Parser<'_> {
    fn peek(&mut self) -> Token {
        while matches!(self.source.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        match self.source.get(self.at) {
            None => Token::Eof,
            Some(open @ (b'{' | b'[')) => Token::Open(*open),
            Some(close @ (b'}' | b']')) => Token::Close(*close),
            Some(b',') => Token::Comma,
            Some(b':') => Token::Colon,
            Some(b'=') => Token::Equals,
            Some(b'"') => Token::Text,
            Some(b'-' | b'0'..=b'9') => Token::Number,
            Some(b'a'..=b'z' | b'A'..=b'Z') => Token::Keyword,
            Some(_) => Token::Invalid,
        }
    }

    fn end(&self) -> usize {
        let rest = self.source.get(self.at..).unwrap_or_default();
        let run = |member: fn(&u8) -> bool| rest.iter().take_while(|byte| member(byte)).count();
        self.at
            + match rest.first() {
                None => 0,
                Some(b'"') => string_length(rest),
                Some(b'-' | b'0'..=b'9') => {
                    run(|b| b.is_ascii_digit() || matches!(b, b'-' | b'+' | b'.' | b'e' | b'E'))
                }
                Some(b'a'..=b'z' | b'A'..=b'Z') => run(|b| b.is_ascii_alphabetic()),
                Some(byte) if byte.is_ascii() => 1,
                Some(_) => {
                    1 + rest
                        .iter()
                        .skip(1)
                        .take_while(|byte| **byte & 0xc0 == 0x80)
                        .count()
                }
            }
    }

    /// The next token and its bytes.
    fn read(&mut self) -> (Token, Range<usize>) {
        let token = self.peek();
        let span = self.at..self.end();
        self.at = span.end;
        (token, span)
    }

    fn wrong(&mut self, summary: &str, detail: &str) {
        self.peek();
        let span = self.at..self.end();
        self.problems.push(Problem::new(summary, detail, span));
    }

    fn value(&mut self) -> Json {
        let token = self.peek();
        let start = self.at;
        self.depth += 1;
        let node = if self.depth > MAX_DEPTH {
            self.wrong("Nesting too deep", "More than 500 levels of nesting.");
            self.at = self.source.len();
            Node::Broken
        } else {
            self.node(token)
        };
        self.depth -= 1;
        Json {
            node,
            span: start..self.at.max(start),
        }
    }

    fn node(&mut self, token: Token) -> Node {
        match token {
            Token::Open(b'{') => self.object().map_or(Node::Broken, Node::Object),
            Token::Open(_) => self.array().map_or(Node::Broken, Node::Array),
            Token::Number => self.number(),
            Token::Text => self.text(),
            Token::Keyword => self.keyword(),
            _ => {
                let (summary, detail) = match token {
                    Token::Close(b'}') => ("Missing JSON value", START),
                    Token::Close(_) => ("Missing array element value", START),
                    Token::Eof => ("Missing value", "The JSON data ends prematurely."),
                    _ => ("Invalid start of value", START),
                };
                self.wrong(summary, detail);
                Node::Broken
            }
        }
    }

    fn slice(&self, span: Range<usize>) -> &str {
        std::str::from_utf8(self.source.get(span).unwrap_or_default()).unwrap_or_default()
    }

    fn number(&mut self) -> Node {
        let (_, span) = self.read();
        let digits = self.slice(span.clone()).to_owned();
        match (
            serde_json::from_str::<serde_json::Value>(&digits),
            digits.parse::<f64>(),
        ) {
            (Ok(_), Ok(float)) => Node::Number(Number {
                float,
                exact: Some(digits.into()),
            }),
            _ => {
                self.problems.push(Problem::new(
                    "Invalid JSON number",
                    "There is a syntax error in the given JSON number.",
                    span,
                ));
                Node::Broken
            }
        }
    }

    fn text(&mut self) -> Node {
        let (_, span) = self.read();
        match serde_json::from_slice(self.source.get(span.clone()).unwrap_or_default()) {
            Ok(text) => Node::Text(text),
            Err(_) => {
                self.problems.push(Problem::new(
                    "Invalid JSON string",
                    "There is a syntax error in the given JSON string.",
                    span,
                ));
                Node::Broken
            }
        }
    }

    fn keyword(&mut self) -> Node {
        let (_, span) = self.read();
        match self.slice(span.clone()) {
            "true" => Node::Bool(true),
            "false" => Node::Bool(false),
            "null" => Node::Null,
            "undefined" => {
                let detail = "The JavaScript identifier \"undefined\" cannot be used in JSON.";
                self.problems
                    .push(Problem::new("Invalid JSON keyword", detail, span));
                Node::Broken
            }
            word => {
                let hint = ["false", "true", "null"]
                    .into_iter()
                    .find(|known| crate::config::decode::distance(known, word) < 3);
                let hint =
                    hint.map_or_else(String::new, |known| format!(" Did you mean {known:?}?"));
                let detail = format!("{word:?} is not a valid JSON keyword.{hint}");
                self.problems
                    .push(Problem::new("Invalid JSON keyword", detail, span));
                Node::Broken
            }
        }
    }

    /// Skips to the end of the current bracket, having read `first` inside it.
    fn recover(&mut self, first: Token, open: u8) {
        let close = if open == b'{' { b'}' } else { b']' };
        let mut depth = 1;
        let mut token = first;
        loop {
            if token == Token::Open(open) {
                depth += 1;
            } else if token == Token::Close(close) {
                depth -= 1;
                if depth <= 1 {
                    return;
                }
            } else if token == Token::Eof {
                return;
            }
            token = self.read().0;
        }
    }

    fn object(&mut self) -> Option<Vec<Member>> {
        self.read();
        let mut members = Vec::new();
        while self.peek() != Token::Close(b'}') {
            let key = self.value();
            let Node::Text(name) = key.node else {
                let detail = "A JSON object property name must be a string";
                self.problems.push(Problem::new(
                    "Invalid object property name",
                    detail,
                    key.span,
                ));
                return None;
            };
            self.peek();
            let (colon, colon_span) = self.read();
            if colon != Token::Colon {
                self.recover(colon, b'{');
                let (summary, detail) = match colon {
                    Token::Close(b'}') | Token::Comma => (
                        "Missing object value",
                        "A JSON object attribute must have a value, introduced by a colon.",
                    ),
                    Token::Equals => (
                        "Missing property value colon",
                        "JSON uses a colon as its name/value delimiter, not an equals sign.",
                    ),
                    _ => (
                        "Missing property value colon",
                        "A colon must appear between an object property's name and its value.",
                    ),
                };
                self.problems
                    .push(Problem::new(summary, detail, colon_span));
                return None;
            }
            let value = self.value();
            members.push(Member {
                name,
                name_span: key.span,
                value,
            });
            match self.peek() {
                Token::Close(b'}') => break,
                Token::Comma => {
                    let (_, comma) = self.read();
                    if self.peek() == Token::Close(b'}') {
                        let detail = "JSON does not permit a trailing comma after the final property in an object.";
                        self.problems
                            .push(Problem::new("Trailing comma in object", detail, comma));
                        return None;
                    }
                }
                Token::Eof => {
                    self.wrong(
                        "Unclosed object",
                        "No closing brace was found for this JSON object.",
                    );
                    return None;
                }
                Token::Close(_) => {
                    self.wrong(
                        "Mismatched braces",
                        "A JSON object must be closed with a brace, not a bracket.",
                    );
                    self.read();
                    return None;
                }
                _ => {
                    self.wrong(
                        "Missing attribute seperator comma",
                        "A comma must appear between each property definition in an object.",
                    );
                    let (first, _) = self.read();
                    self.recover(first, b'{');
                    return None;
                }
            }
        }
        self.read();
        Some(members)
    }

    fn array(&mut self) -> Option<Vec<Json>> {
        self.read();
        let mut items = Vec::new();
        while self.peek() != Token::Close(b']') {
            items.push(self.value());
            let (summary, detail) = match self.peek() {
                Token::Close(b']') => break,
                Token::Comma => {
                    let (_, comma) = self.read();
                    if self.peek() == Token::Close(b']') {
                        let detail = "JSON does not permit a trailing comma after the final value in an array.";
                        self.problems
                            .push(Problem::new("Trailing comma in array", detail, comma));
                        return None;
                    }
                    continue;
                }
                Token::Colon => (
                    "Invalid array value",
                    "A colon is not used to introduce values in a JSON array.",
                ),
                Token::Eof => (
                    "Unclosed object",
                    "No closing bracket was found for this JSON array.",
                ),
                Token::Close(_) => (
                    "Mismatched brackets",
                    "A JSON array must be closed with a bracket, not a brace.",
                ),
                _ => (
                    "Missing attribute seperator comma",
                    "A comma must appear between each value in an array.",
                ),
            };
            self.wrong(summary, detail);
            let (first, _) = self.read();
            self.recover(first, b'[');
            return None;
        }
        self.read();
        Some(items)
    }
}

/// The length of a string with its quotes; up to the end of the line when it is not closed.
fn string_length(rest: &[u8]) -> usize {
    let mut at = 1;
    while let Some(byte) = rest.get(at) {
        match byte {
            b'"' => return at + 1,
            b'\\' => at += 2,
            b'\n' => break,
            _ => at += 1,
        }
    }
    at.min(rest.len())
}
