//! Quoted strings and heredocs: literal text, `${}` and `%{}`, the trimming of `~` and of `<<-`.

use super::Problem;
use super::escape::{undouble, unescape};
use super::lexer::{Lexeme, Token};
use super::parser::{Parser, Problems, opposite, span};
use super::tree::{Expr, Kind, Part};

/// A template before its directives are paired.
enum Piece<'a> {
    Text(String),
    Value(Expr<'a>),
    If(Expr<'a>, Lexeme),
    For {
        key_name: Option<&'a str>,
        value_name: &'a str,
        collection: Expr<'a>,
        at: Lexeme,
    },
    Else(Lexeme),
    EndIf(Lexeme),
    EndFor(Lexeme),
}

impl<'a> Parser<'a> {
    pub(super) fn template(&mut self, problems: &mut Problems) -> Expr<'a> {
        let open = self.read();
        let close = opposite(open.token).unwrap_or(Token::CQuote);
        let mut pieces = self.pieces(close, problems);
        if self.text(open).starts_with("<<-") {
            outdent(&mut pieces);
        }
        let kind = match <[Piece; 1]>::try_from(pieces) {
            Ok([Piece::Value(value)]) => Kind::Wrap(Box::new(value)),
            Ok([Piece::Text(text)]) => Kind::Template(vec![Part::Text(text)]),
            Ok([piece]) => Kind::Template(pair(vec![piece], problems)),
            Err(pieces) => Kind::Template(pair(pieces, problems)),
        };
        Expr {
            kind,
            span: open.start as usize..self.end_of_last(),
        }
    }

    fn pieces(&mut self, close: Token, problems: &mut Problems) -> Vec<Piece<'a>> {
        let mut pieces: Vec<Piece> = Vec::new();
        let mut trim_next = false;
        loop {
            let next = self.read();
            let trim = std::mem::take(&mut trim_next);
            match next.token {
                token if token == close => return pieces,
                Token::QuotedLit | Token::StringLit => {
                    let text = match next.token {
                        Token::QuotedLit => unescape(self.source, span(next), problems),
                        _ => undouble(self.source, span(next)),
                    };
                    pieces.push(Piece::Text(if trim {
                        text.trim_start().to_owned()
                    } else {
                        text
                    }));
                }
                Token::Interp => {
                    self.trim_before(next, &mut pieces);
                    let (piece, trim) =
                        self.with_newlines(false, |parser| parser.interpolation(close, problems));
                    pieces.push(Piece::Value(piece));
                    trim_next = trim;
                }
                Token::Control => {
                    self.trim_before(next, &mut pieces);
                    let (piece, trim) =
                        self.with_newlines(false, |parser| parser.directive(next, problems));
                    pieces.extend(piece);
                    trim_next = trim;
                }
                _ => {
                    if !self.recovery {
                        let detail = "No closing marker was found for the string.";
                        problems.push(Problem::new(
                            "Unterminated template string",
                            detail,
                            span(next),
                        ));
                    }
                    self.recover(close);
                    return pieces;
                }
            }
        }
    }

    /// `${~` takes the blanks before it.
    fn trim_before(&self, open: Lexeme, pieces: &mut [Piece]) {
        if let (3, Some(Piece::Text(text))) = (open.end - open.start, pieces.last_mut()) {
            text.truncate(text.trim_end().len());
        }
    }

    fn interpolation(&mut self, close: Token, problems: &mut Problems) -> (Expr<'a>, bool) {
        let value = self.expression(problems);
        let end = self.peek();
        if end.token == Token::SeqEnd {
            self.read();
            return (value, end.end - end.start == 2);
        }
        if !self.recovery {
            let (summary, detail) = match end.token {
                Token::Eof => (
                    UNCLOSED,
                    "There is no closing brace for this interpolation sequence before the end of the file. This might be caused by incorrect nesting inside the given expression.",
                ),
                Token::Colon => (
                    EXTRA,
                    "Template interpolation doesn't expect a colon at this location. Did you intend this to be a literal sequence to be processed as part of another language? If so, you can escape it by starting with \"$${\" instead of just \"${\".",
                ),
                Token::CQuote | Token::OQuote if close == Token::CQuote => (
                    UNCLOSED,
                    "There is no closing brace for this interpolation sequence before the end of the quoted template. This might be caused by incorrect nesting inside the given expression.",
                ),
                _ => (
                    EXTRA,
                    "Expected a closing brace to end the interpolation expression, but found extra characters.\n\nThis can happen when you include interpolation syntax for another language, such as shell scripting, but forget to escape the interpolation start token. If this is an embedded sequence for another language, escape it by starting with \"$${\" instead of just \"${\".",
                ),
            };
            problems.push(Problem::new(summary, detail, span(end)));
        }
        self.recover(Token::SeqEnd);
        (value, false)
    }

    fn directive(&mut self, open: Lexeme, problems: &mut Problems) -> (Option<Piece<'a>>, bool) {
        let word = self.peek();
        if word.token != Token::Ident {
            if !self.recovery {
                let detail = "A template directive keyword (\"if\", \"for\", etc) is expected at the beginning of a %{ sequence.";
                problems.push(Problem::new(
                    "Invalid template directive",
                    detail,
                    span(word),
                ));
            }
            self.recover(Token::SeqEnd);
            return (None, false);
        }
        self.read();
        let piece = match self.text(word) {
            "if" => Piece::If(self.expression(problems), open),
            "else" => Piece::Else(open),
            "endif" => Piece::EndIf(open),
            "endfor" => Piece::EndFor(open),
            "for" => match self.for_directive(open, problems) {
                Some(piece) => piece,
                None => return (None, false),
            },
            other => {
                if !self.recovery {
                    let detail = format!("{other:?} is not a valid template control keyword.");
                    problems.push(Problem::new(
                        "Invalid template control keyword",
                        detail,
                        span(word),
                    ));
                }
                self.recover(Token::SeqEnd);
                return (None, false);
            }
        };
        let end = self.peek();
        if end.token == Token::SeqEnd {
            self.read();
            return (Some(piece), end.end - end.start == 2);
        }
        if !self.recovery {
            let summary = format!("Extra characters in {} marker", self.text(word));
            let detail =
                "Expected a closing brace to end the sequence, but found extra characters.";
            problems.push(Problem::new(summary, detail, span(end)));
        }
        self.recover(Token::SeqEnd);
        (Some(piece), false)
    }

    fn for_directive(&mut self, open: Lexeme, problems: &mut Problems) -> Option<Piece<'a>> {
        let wrong = |parser: &mut Self, detail: &str, problems: &mut Problems| {
            if !parser.recovery {
                let at = span(parser.peek());
                problems.push(Problem::new("Invalid 'for' directive", detail, at));
            }
            parser.recover(Token::SeqEnd);
            None
        };
        if self.peek_token() != Token::Ident {
            return wrong(
                self,
                "For directive requires variable name after 'for'.",
                problems,
            );
        }
        let mut value = self.read();
        let mut key_name = None;
        if self.peek_token() == Token::Comma {
            self.read();
            key_name = Some(self.text(value));
            if self.peek_token() != Token::Ident {
                return wrong(
                    self,
                    "For directive requires value variable name after comma.",
                    problems,
                );
            }
            value = self.read();
        }
        if !self.keyword("in") {
            return wrong(
                self,
                "For directive requires 'in' keyword after names.",
                problems,
            );
        }
        self.read();
        let collection = self.expression(problems);
        Some(Piece::For {
            key_name,
            value_name: self.text(value),
            collection,
            at: open,
        })
    }
}

const UNCLOSED: &str = "Unclosed template interpolation sequence";
const EXTRA: &str = "Extra characters after interpolation expression";

/// `<<-`: the smallest indent of the lines is taken from all; lines of blanks only do not count.
fn outdent(pieces: &mut [Piece]) {
    let mut smallest = usize::MAX;
    let mut at_line_start = true;
    let mut starts = Vec::new();
    for (index, piece) in pieces.iter().enumerate() {
        let Piece::Text(text) = piece else {
            if std::mem::take(&mut at_line_start) {
                smallest = 0;
            }
            continue;
        };
        if at_line_start {
            let trimmed = text.trim_start();
            if !(trimmed.is_empty() && text.ends_with('\n')) {
                smallest = smallest.min(text.chars().count() - trimmed.chars().count());
                starts.push(index);
            }
        }
        at_line_start = text.ends_with('\n');
    }
    for index in starts {
        if let Some(Piece::Text(text)) = pieces.get_mut(index) {
            *text = text.chars().skip(smallest).collect();
        }
    }
}

/// Puts the text between directives under them.
fn pair<'a>(pieces: Vec<Piece<'a>>, problems: &mut Problems) -> Vec<Part<'a>> {
    let mut pieces = pieces.into_iter();
    let (parts, end) = parts(&mut pieces, problems);
    match end {
        Some(Piece::Else(at)) => unexpected("else", at, problems),
        Some(Piece::EndIf(at)) => unexpected("endif", at, problems),
        Some(Piece::EndFor(at)) => unexpected("endfor", at, problems),
        _ => {}
    }
    parts
}

fn unexpected(word: &str, at: Lexeme, problems: &mut Problems) {
    let detail = "The control directives within this template are unbalanced.".to_owned();
    problems.push(Problem::new(
        format!("Unexpected {word} directive"),
        detail,
        span(at),
    ));
}

/// Parts up to a directive that ends them, which is returned.
fn parts<'a>(
    pieces: &mut std::vec::IntoIter<Piece<'a>>,
    problems: &mut Problems,
) -> (Vec<Part<'a>>, Option<Piece<'a>>) {
    let mut out: Vec<Part> = Vec::new();
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Text(text) => match out.last_mut() {
                Some(Part::Text(last)) => last.push_str(&text),
                _ => out.push(Part::Text(text)),
            },
            Piece::Value(value) => out.push(Part::Value(value)),
            Piece::If(condition, at) => {
                let (then, mut end) = parts(pieces, problems);
                let mut otherwise = Vec::new();
                if let Some(Piece::Else(_)) = end {
                    (otherwise, end) = parts(pieces, problems);
                }
                match end {
                    Some(Piece::EndIf(_)) => {}
                    Some(Piece::EndFor(at)) => unexpected("endfor", at, problems),
                    Some(Piece::Else(at)) => unexpected("else", at, problems),
                    _ => unclosed("if", at, problems),
                }
                out.push(Part::If {
                    condition,
                    then,
                    otherwise,
                });
            }
            Piece::For {
                key_name,
                value_name,
                collection,
                at,
            } => {
                let (body, end) = parts(pieces, problems);
                match end {
                    Some(Piece::EndFor(_)) => {}
                    Some(Piece::EndIf(at)) => unexpected("endif", at, problems),
                    Some(Piece::Else(at)) => unexpected("else", at, problems),
                    _ => unclosed("for", at, problems),
                }
                out.push(Part::For {
                    key_name,
                    value_name,
                    collection,
                    body,
                });
            }
            end => return (out, Some(end)),
        }
    }
    (out, None)
}

fn unclosed(word: &str, at: Lexeme, problems: &mut Problems) {
    let detail = format!("There is no end{word} directive for this {word} directive.");
    problems.push(Problem::new("Unexpected end of template", detail, span(at)));
}
