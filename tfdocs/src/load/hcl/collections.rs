//! Tuples, objects and `for` expressions, by recursive descent, in HCL's order of reading and reporting.

use super::Problem;
use super::lexer::{Lexeme, Token};
use super::parser::{Parser, Problems, span};
use super::tree::{Expr, For, Item, Kind};

impl<'a> Parser<'a> {
    pub(super) fn tuple(&mut self, problems: &mut Problems) -> Expr<'a> {
        let open = self.read();
        self.with_newlines(false, |parser| {
            if parser.keyword("for") {
                return parser.for_expression(open, Token::CBrack, problems);
            }
            let items = parser.tuple_items(problems);
            parser.node(Kind::Tuple(items), open.start as usize)
        })
    }

    fn tuple_items(&mut self, problems: &mut Problems) -> Vec<Expr<'a>> {
        let mut items = Vec::new();
        while self.peek_token() != Token::CBrack {
            let before = problems.len();
            items.push(self.expression(problems));
            if self.lost(problems, before) {
                self.recover(Token::CBrack);
                return items;
            }
            let next = self.peek();
            match next.token {
                Token::CBrack => break,
                Token::Comma => {
                    self.read();
                }
                token => {
                    if !self.recovery {
                        let (summary, detail) = if token == Token::Eof {
                            (
                                "Unterminated tuple constructor expression",
                                "There is no corresponding closing bracket before the end of the file. This may be caused by incorrect bracket nesting elsewhere in this file.",
                            )
                        } else {
                            (
                                "Missing item separator",
                                "Expected a comma to mark the beginning of the next item.",
                            )
                        };
                        problems.push(Problem::new(summary, detail, span(next)));
                    }
                    self.recover(Token::CBrack);
                    return items;
                }
            }
        }
        self.read();
        items
    }

    pub(super) fn object(&mut self, problems: &mut Problems) -> Expr<'a> {
        let open = self.read();
        if self.with_newlines(false, |parser| parser.keyword("for")) {
            return self.with_newlines(false, |parser| {
                parser.for_expression(open, Token::CBrace, problems)
            });
        }
        self.with_newlines(true, |parser| {
            let items = parser.object_items(problems);
            parser.node(Kind::Object(items), open.start as usize)
        })
    }

    fn object_items(&mut self, problems: &mut Problems) -> Vec<Item<'a>> {
        let mut items = Vec::new();
        loop {
            match self.peek_token() {
                Token::Newline => {
                    self.read();
                    continue;
                }
                Token::CBrace => {
                    self.read();
                    return items;
                }
                _ => {}
            }
            let forced = self.peek_token() == Token::OParen;
            let before = problems.len();
            let key = self.expression(problems);
            if self.lost(problems, before) {
                self.recover(Token::CBrace);
                return items;
            }
            let next = self.peek();
            if !matches!(next.token, Token::Equal | Token::Colon) {
                self.missing_equals(next, problems);
                return items;
            }
            self.read();
            let before = problems.len();
            let value = self.expression(problems);
            if self.lost(problems, before) {
                self.recover(Token::CBrace);
                return items;
            }
            items.push(Item { key, forced, value });
            let next = self.peek();
            match next.token {
                Token::CBrace => {}
                Token::Comma | Token::Newline => {
                    self.read();
                }
                token => {
                    if !self.recovery {
                        let (summary, detail) = if token == Token::Eof {
                            UNTERMINATED_OBJECT
                        } else {
                            (
                                "Missing attribute separator",
                                "Expected a newline or comma to mark the beginning of the next attribute.",
                            )
                        };
                        problems.push(Problem::new(summary, detail, span(next)));
                    }
                    self.recover(Token::CBrace);
                    return items;
                }
            }
        }
    }

    fn missing_equals(&mut self, next: Lexeme, problems: &mut Problems) {
        if !self.recovery {
            let (summary, detail) = match next.token {
                Token::Newline | Token::Comma => (
                    "Missing attribute value",
                    "Expected an attribute value, introduced by an equals sign (\"=\").",
                ),
                Token::Ident => (
                    "Missing key/value separator",
                    "Expected an equals sign (\"=\") to mark the beginning of the attribute value. If you intended to given an attribute name containing periods or spaces, write the name in quotes to create a string literal.",
                ),
                Token::Eof => UNTERMINATED_OBJECT,
                _ => (
                    "Missing key/value separator",
                    "Expected an equals sign (\"=\") to mark the beginning of the attribute value.",
                ),
            };
            problems.push(Problem::new(summary, detail, span(next)));
        }
        self.recover(Token::CBrace);
    }

    pub(super) fn for_expression(
        &mut self,
        open: Lexeme,
        close: Token,
        problems: &mut Problems,
    ) -> Expr<'a> {
        let start = open.start as usize;
        let object = close == Token::CBrace;
        self.read();
        let Some((key_name, value_name)) = self.for_names(close, problems) else {
            return self.broken(start);
        };
        let before = problems.len();
        let collection = self.expression(problems);
        if self.lost(problems, before) {
            self.recover(close);
            return self.broken(start);
        }
        if self.peek_token() != Token::Colon {
            self.bad_for(
                "For expression requires a colon after the collection expression.",
                close,
                problems,
            );
            return self.broken(start);
        }
        self.read();
        let before = problems.len();
        let mut value = self.expression(problems);
        let mut key = None;
        if self.peek_token() == Token::FatArrow {
            self.read();
            key = Some(value);
            value = self.expression(problems);
        }
        if self.lost(problems, before) {
            self.recover(close);
            return self.broken(start);
        }
        let group = self.peek_token() == Token::Ellipsis;
        if group {
            self.read();
        }
        let mut condition = None;
        if self.keyword("if") {
            self.read();
            let before = problems.len();
            condition = Some(self.expression(problems));
            if self.lost(problems, before) {
                self.recover(close);
                return self.broken(start);
            }
        }
        if self.peek_token() == close {
            self.read();
        } else {
            self.bad_for(
                "Extra characters after the end of the 'for' expression.",
                close,
                problems,
            );
        }
        let at = start..self.end_of_last();
        let mut wrong = |detail: &str| problems.push(Problem::new(INVALID_FOR, detail, at.clone()));
        if object && key.is_none() {
            wrong("Key expression is required when building an object.");
        }
        if !object && key.is_some() {
            wrong("Key expression is not valid when building a tuple.");
        }
        if !object && group {
            wrong("Grouping ellipsis (...) cannot be used when building a tuple.");
        }
        let node = For {
            key_name,
            value_name,
            collection,
            key,
            value,
            condition,
            object,
            group,
        };
        self.node(Kind::For(Box::new(node)), start)
    }

    /// `k, v in` or `v in`.
    fn for_names(
        &mut self,
        close: Token,
        problems: &mut Problems,
    ) -> Option<(Option<&'a str>, &'a str)> {
        if self.peek_token() != Token::Ident {
            self.bad_for(
                "For expression requires variable name after 'for'.",
                close,
                problems,
            );
            return None;
        }
        let mut value = self.read();
        let mut key = None;
        if self.peek_token() == Token::Comma {
            self.read();
            key = Some(self.text(value));
            if self.peek_token() != Token::Ident {
                self.bad_for(
                    "For expression requires value variable name after comma.",
                    close,
                    problems,
                );
                return None;
            }
            value = self.read();
        }
        if !self.keyword("in") {
            self.bad_for(
                "For expression requires the 'in' keyword after its name declarations.",
                close,
                problems,
            );
            return None;
        }
        self.read();
        Some((key, self.text(value)))
    }

    fn bad_for(&mut self, detail: &str, close: Token, problems: &mut Problems) {
        if !self.recovery {
            let at = span(self.peek());
            problems.push(Problem::new(INVALID_FOR, detail, at));
        }
        self.recover(close);
    }
}

const INVALID_FOR: &str = "Invalid 'for' expression";
const UNTERMINATED_OBJECT: (&str, &str) = (
    "Unterminated object constructor expression",
    "There is no corresponding closing brace before the end of the file. This may be caused by incorrect brace nesting elsewhere in this file.",
);
