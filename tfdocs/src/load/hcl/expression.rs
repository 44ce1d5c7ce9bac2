//! Expressions, by recursive descent, in HCL's order of reading and reporting.

use super::Problem;
use super::lexer::Token;
use super::parser::{MAX_DEPTH, Parser, Problems, span, too_deep};
use super::tree::{Expr, Kind, Operator};
use crate::value::{Number, Value};

/// A binary operator and its level: the higher, the closer it binds.
fn operator(token: Token) -> Option<(u32, Operator)> {
    Some(match token {
        Token::Or => (0, Operator::Or),
        Token::And => (1, Operator::And),
        Token::EqualOp => (2, Operator::Equal),
        Token::NotEqual => (2, Operator::NotEqual),
        Token::Less => (3, Operator::Less),
        Token::LessEq => (3, Operator::LessEq),
        Token::Greater => (3, Operator::Greater),
        Token::GreaterEq => (3, Operator::GreaterEq),
        Token::Plus => (4, Operator::Add),
        Token::Minus => (4, Operator::Subtract),
        Token::Star => (5, Operator::Multiply),
        Token::Slash => (5, Operator::Divide),
        Token::Percent => (5, Operator::Modulo),
        _ => return None,
    })
}

impl<'a> Parser<'a> {
    pub(super) fn expression(&mut self, problems: &mut Problems) -> Expr<'a> {
        let start = self.peek().start as usize;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let at = span(self.peek());
            if !self.recovery {
                problems.push(too_deep(at));
            }
            self.recover(Token::Eof);
            self.depth -= 1;
            return self.broken(start);
        }
        let expr = self.conditional(problems);
        self.depth -= 1;
        expr
    }

    /// Whether something since `before` makes going on pointless.
    pub(super) fn lost(&self, problems: &Problems, before: usize) -> bool {
        self.recovery && problems.len() > before
    }

    fn conditional(&mut self, problems: &mut Problems) -> Expr<'a> {
        let start = self.peek().start as usize;
        let before = problems.len();
        let condition = self.binary(0, problems);
        if self.lost(problems, before) || self.peek_token() != Token::Question {
            return condition;
        }
        self.read();
        let before = problems.len();
        let then = self.expression(problems);
        if self.lost(problems, before) {
            return condition;
        }
        let colon = self.peek();
        if colon.token != Token::Colon {
            let detail = "The conditional operator (...?...:...) requires a false expression, delimited by a colon.";
            problems.push(Problem::new(
                "Missing false expression in conditional",
                detail,
                span(colon),
            ));
            return condition;
        }
        self.read();
        let before = problems.len();
        let otherwise = self.expression(problems);
        if self.lost(problems, before) {
            return condition;
        }
        self.node(
            Kind::Conditional(Box::new(condition), Box::new(then), Box::new(otherwise)),
            start,
        )
    }

    /// Operands joined by operators of this level and closer ones.
    fn binary(&mut self, loosest: u32, problems: &mut Problems) -> Expr<'a> {
        let start = self.peek().start as usize;
        let before = problems.len();
        let mut left = self.with_traversals(problems);
        if self.lost(problems, before) {
            return left;
        }
        loop {
            let Some((level, operator)) =
                operator(self.peek_token()).filter(|(level, _)| *level >= loosest)
            else {
                return left;
            };
            self.read();
            let before = problems.len();
            let right = self.binary(level + 1, problems);
            if self.lost(problems, before) {
                return left;
            }
            left = self.node(
                Kind::Binary(operator, Box::new(left), Box::new(right)),
                start,
            );
        }
    }

    pub(super) fn node(&self, kind: Kind<'a>, start: usize) -> Expr<'a> {
        Expr {
            kind,
            span: start..self.end_of_last().max(start),
        }
    }

    fn with_traversals(&mut self, problems: &mut Problems) -> Expr<'a> {
        let term = self.term(problems);
        self.traversals(term, problems)
    }

    fn traversals(&mut self, from: Expr<'a>, problems: &mut Problems) -> Expr<'a> {
        let start = from.span.start;
        let mut expr = from;
        loop {
            match self.peek_token() {
                Token::Dot => {
                    self.read();
                    let step = self.peek();
                    match step.token {
                        Token::Ident => {
                            self.read();
                            expr =
                                self.node(Kind::Attribute(Box::new(expr), self.text(step)), start);
                        }
                        Token::Number => {
                            self.read();
                            let digits = self.text(step);
                            if let Some((first, second)) = digits.split_once('.') {
                                let detail = format!(
                                    "When using the legacy index syntax, chaining two indexes together is not permitted. Use the proper index syntax instead, like [{first}][{second}]."
                                );
                                problems.push(Problem::new(
                                    "Invalid legacy index syntax",
                                    detail,
                                    span(step),
                                ));
                            }
                            expr = self.node(Kind::LegacyIndex(Box::new(expr), digits), start);
                        }
                        Token::Star => {
                            self.read();
                            expr = self.attribute_splat(expr, problems);
                        }
                        _ => {
                            let detail = "An attribute name is required after a dot.";
                            problems.push(Problem::new(
                                "Invalid attribute name",
                                detail,
                                span(step),
                            ));
                            self.recovery = true;
                            return expr;
                        }
                    }
                }
                Token::OBrack => expr = self.index(expr, problems),
                _ => return expr,
            }
        }
    }

    /// What follows `.*`: attributes and indexes by dots only.
    fn attribute_splat(&mut self, from: Expr<'a>, problems: &mut Problems) -> Expr<'a> {
        let start = from.span.start;
        let mut each = self.node(Kind::Anonymous, self.end_of_last());
        while self.peek_token() == Token::Dot {
            self.read();
            let step = self.peek();
            match step.token {
                Token::Ident => {
                    self.read();
                    each = self.node(Kind::Attribute(Box::new(each), self.text(step)), start);
                }
                Token::Number => {
                    self.read();
                    let digits = self.text(step);
                    if let Some((first, second)) = digits.split_once('.') {
                        let detail = format!(
                            "When using the legacy index syntax, chaining two indexes together is not permitted. Use the proper index syntax with a full splat expression [*] instead, like [{first}][{second}]."
                        );
                        problems.push(Problem::new(
                            "Invalid legacy index syntax",
                            detail,
                            span(step),
                        ));
                    }
                    each = self.node(Kind::LegacyIndex(Box::new(each), digits), start);
                }
                token => {
                    if !self.recovery {
                        let (summary, detail) = if token == Token::Star {
                            (
                                "Nested splat expression not allowed",
                                "A splat expression (*) cannot be used inside another attribute-only splat expression.",
                            )
                        } else {
                            (
                                "Invalid attribute name",
                                "An attribute name is required after a dot.",
                            )
                        };
                        problems.push(Problem::new(summary, detail, span(step)));
                    }
                    self.recovery = true;
                    break;
                }
            }
        }
        self.node(Kind::Splat(Box::new(from), Box::new(each)), start)
    }

    fn index(&mut self, from: Expr<'a>, problems: &mut Problems) -> Expr<'a> {
        let start = from.span.start;
        self.read();
        if self.peek_token() == Token::Star {
            self.read();
            let close = self.read();
            if close.token != Token::CBrack && !self.recovery {
                let detail = "The star for a full splat operator must be immediately followed by a closing bracket (\"]\").";
                problems.push(Problem::new(
                    "Missing close bracket on splat index",
                    detail,
                    span(close),
                ));
                self.recover(Token::CBrack);
            }
            let each = self.node(Kind::Anonymous, self.end_of_last());
            let each = self.traversals(each, problems);
            return self.node(Kind::Splat(Box::new(from), Box::new(each)), start);
        }
        let key = self.with_newlines(false, |parser| {
            let before = problems.len();
            let key = parser.expression(problems);
            if parser.lost(problems, before) {
                parser.recover(Token::CBrack);
            } else {
                let close = parser.read();
                if close.token != Token::CBrack && !parser.recovery {
                    let detail = "The index operator must end with a closing bracket (\"]\").";
                    problems.push(Problem::new(
                        "Missing close bracket on index",
                        detail,
                        span(close),
                    ));
                    parser.recover(Token::CBrack);
                }
            }
            key
        });
        self.node(Kind::Index(Box::new(from), Box::new(key)), start)
    }

    fn term(&mut self, problems: &mut Problems) -> Expr<'a> {
        let first = self.peek();
        let start = first.start as usize;
        match first.token {
            Token::OParen => self.parentheses(problems),
            Token::Number => {
                self.read();
                let digits = self.text(first);
                let float = digits.parse().unwrap_or(f64::INFINITY);
                let number = Number {
                    float,
                    exact: Some(digits.into()),
                };
                self.node(Kind::Literal(Value::Number(number)), start)
            }
            Token::Ident => self.name(problems),
            Token::OQuote | Token::OHeredoc => self.template(problems),
            Token::Minus | Token::Bang => {
                self.read();
                self.depth += 1;
                let operand = if self.depth > MAX_DEPTH {
                    self.expression(problems)
                } else {
                    self.with_traversals(problems)
                };
                self.depth -= 1;
                let operand = Box::new(operand);
                let kind = if first.token == Token::Minus {
                    Kind::Negate(operand)
                } else {
                    Kind::Not(operand)
                };
                self.node(kind, start)
            }
            Token::OBrack => self.tuple(problems),
            Token::OBrace => self.object(problems),
            _ => {
                if !self.recovery {
                    let detail = "Expected the start of an expression, but found an invalid expression token.";
                    problems.push(Problem::new("Invalid expression", detail, span(first)));
                }
                self.recovery = true;
                Expr {
                    kind: Kind::Broken,
                    span: span(first),
                }
            }
        }
    }

    fn parentheses(&mut self, problems: &mut Problems) -> Expr<'a> {
        let open = self.read();
        let inner = self.with_newlines(false, |parser| {
            let before = problems.len();
            let inner = parser.expression(problems);
            if problems.len() > before {
                parser.recover(Token::CParen);
                return inner;
            }
            let close = parser.peek();
            if close.token != Token::CParen {
                let detail = "Expected a closing parenthesis to terminate the expression.";
                problems.push(Problem::new("Unbalanced parentheses", detail, span(close)));
                parser.recovery = true;
            }
            parser.read();
            inner
        });
        self.node(Kind::Parentheses(Box::new(inner)), open.start as usize)
    }

    fn name(&mut self, problems: &mut Problems) -> Expr<'a> {
        let name = self.read();
        let start = name.start as usize;
        if matches!(self.peek_token(), Token::OParen | Token::DoubleColon) {
            return self.call(start, problems);
        }
        let kind = match self.text(name) {
            "true" => Kind::Literal(Value::Bool(true)),
            "false" => Kind::Literal(Value::Bool(false)),
            "null" => Kind::Literal(Value::Null),
            name => Kind::Variable(name),
        };
        self.node(kind, start)
    }

    fn call(&mut self, start: usize, problems: &mut Problems) -> Expr<'a> {
        let mut open = self.read();
        while open.token == Token::DoubleColon {
            let name = self.read();
            if name.token != Token::Ident {
                let detail = "Function scope resolution symbol :: must be followed by a function name in this scope.";
                problems.push(Problem::new("Missing function name", detail, span(name)));
                self.recover_over(Token::OParen);
                return self.broken(start);
            }
            open = self.read();
        }
        if open.token != Token::OParen {
            let detail = "Function selector must be followed by an open parenthesis to begin the function call.";
            problems.push(Problem::new("Missing open parenthesis", detail, span(open)));
            self.recover_over(Token::OParen);
            return self.broken(start);
        }
        let arguments = self.with_newlines(false, |parser| parser.arguments(problems));
        self.node(Kind::Call(arguments), start)
    }

    fn arguments(&mut self, problems: &mut Problems) -> Vec<Expr<'a>> {
        let mut arguments = Vec::new();
        while self.peek_token() != Token::CParen {
            let before = problems.len();
            arguments.push(self.expression(problems));
            if self.lost(problems, before) {
                self.recover(Token::CParen);
                return arguments;
            }
            let separator = self.read();
            match separator.token {
                Token::Comma => {}
                Token::CParen => return arguments,
                Token::Ellipsis => {
                    let close = self.peek();
                    if close.token == Token::CParen {
                        self.read();
                    } else {
                        if !self.recovery {
                            let detail = "An expanded function argument (with ...) must be immediately followed by closing parentheses.";
                            problems.push(Problem::new(
                                "Missing closing parenthesis",
                                detail,
                                span(close),
                            ));
                        }
                        self.recover(Token::CParen);
                    }
                    return arguments;
                }
                Token::Eof => {
                    let detail = "There is no closing parenthesis for this function call before the end of the file. This may be caused by incorrect parethesis nesting elsewhere in this file.";
                    problems.push(Problem::new(
                        "Unterminated function call",
                        detail,
                        span(separator),
                    ));
                    self.recover(Token::CParen);
                    return arguments;
                }
                _ => {
                    let detail =
                        "A comma is required to separate each function argument from the next.";
                    problems.push(Problem::new(
                        "Missing argument separator",
                        detail,
                        span(separator),
                    ));
                    self.recover(Token::CParen);
                    return arguments;
                }
            }
        }
        self.read();
        arguments
    }
}
