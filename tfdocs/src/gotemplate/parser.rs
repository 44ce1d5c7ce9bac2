//! Tokens to a tree: actions, pipelines, control structures and template definitions.

use std::collections::BTreeMap;

use super::ast::{Arg, Branch, Command, List, Node, Number, Pipe, Term};
use super::lexer::{Kind, Token, lex};
use super::literal;

/// How deep blocks, parentheses and `else if` chains may nest.
const MAX_DEPTH: usize = 100;

/// The bodies of a template file by name, the main one under the file's own.
pub(super) type Trees = BTreeMap<String, List>;

/// A mistake in the text, and the byte it was noticed at.
#[derive(Debug)]
pub(super) struct Mistake {
    pub(super) position: usize,
    pub(super) message: String,
}

/// Parses a template; `known` tells which functions exist.
pub(super) fn parse(
    name: &str,
    text: &str,
    known: &dyn Fn(&str) -> bool,
) -> Result<Trees, Mistake> {
    let mut parser = Parser {
        tokens: lex(text),
        at: 0,
        known,
        variables: vec!["$".into()],
        trees: Trees::new(),
        loops: 0,
        depth: 0,
    };
    let main = parser
        .file()
        .and_then(|list| parser.add(name.to_owned(), list));
    match main {
        Ok(()) => Ok(parser.trees),
        Err(message) => Err(Mistake {
            position: parser.peek().position,
            message,
        }),
    }
}

struct Parser<'t> {
    tokens: Vec<Token>,
    at: usize,
    known: &'t dyn Fn(&str) -> bool,
    variables: Vec<String>,
    trees: Trees,
    loops: usize,
    depth: usize,
}

/// What ended a list of nodes.
#[derive(PartialEq)]
enum End {
    Block,
    Else,
    ElseIf,
    ElseWith,
    File,
}

type Parsed<T> = Result<T, String>;

impl Parser<'_> {
    fn peek(&self) -> &Token {
        // The last token is Eof or Error, and nothing reads past it.
        self.tokens
            .get(self.at)
            .or(self.tokens.last())
            .unwrap_or(const { &EOF })
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        if self.at + 1 < self.tokens.len() {
            self.at += 1;
        }
        token
    }

    fn skip_space(&mut self) {
        while self.peek().kind == Kind::Space {
            self.next();
        }
    }

    fn next_non_space(&mut self) -> Token {
        self.skip_space();
        self.next()
    }

    fn peek_non_space(&mut self) -> &Token {
        self.skip_space();
        self.peek()
    }

    fn expect(&mut self, kind: Kind, context: &str) -> Parsed<Token> {
        self.skip_space();
        if self.peek().kind == kind {
            return Ok(self.next());
        }
        Err(unexpected(self.peek(), context))
    }

    fn deeper<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= MAX_DEPTH {
            return Err(format!("nested more than {MAX_DEPTH} deep"));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn file(&mut self) -> Parsed<List> {
        let mut list = List::new();
        loop {
            let before = self.at;
            if self.peek().kind == Kind::LeftDelim {
                self.next();
                if self.peek_non_space().kind == Kind::Define {
                    self.next();
                    self.definition()?;
                    continue;
                }
                self.at = before;
            }
            match self.item(&mut list)? {
                None => {}
                Some(End::File) => return Ok(list),
                Some(End::Block) => return Err("unexpected {{end}}".into()),
                Some(_) => return Err("unexpected {{else}}".into()),
            }
        }
    }

    fn definition(&mut self) -> Parsed<()> {
        let token = self.next_non_space();
        let name = template_name(&token, "define clause")?;
        self.expect(Kind::RightDelim, "define clause")?;
        let list = self.fresh_scope(|parser| parser.body("define clause"))?;
        self.add(name, list)
    }

    /// A definition sees no variables and no loop of where it stands.
    fn fresh_scope<T>(&mut self, parse: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        let variables = std::mem::replace(&mut self.variables, vec!["$".into()]);
        let loops = std::mem::take(&mut self.loops);
        let parsed = parse(self);
        self.variables = variables;
        self.loops = loops;
        parsed
    }

    fn body(&mut self, context: &str) -> Parsed<List> {
        let (list, end) = self.deeper(Self::list)?;
        match end {
            End::Block => Ok(list),
            _ => Err(format!("unexpected {{{{else}}}} in {context}")),
        }
    }

    fn add(&mut self, name: String, list: List) -> Parsed<()> {
        match self.trees.get(&name) {
            Some(old) if !is_blank(old) => {
                if !is_blank(&list) {
                    return Err(format!("multiple definition of template {name:?}"));
                }
            }
            _ => {
                self.trees.insert(name, list);
            }
        }
        Ok(())
    }

    fn list(&mut self) -> Parsed<(List, End)> {
        let mut list = List::new();
        loop {
            match self.item(&mut list)? {
                None => {}
                Some(End::File) => return Err("unexpected EOF".into()),
                Some(end) => return Ok((list, end)),
            }
        }
    }

    /// Reads one node into `list`, or tells what ends it.
    fn item(&mut self, list: &mut List) -> Parsed<Option<End>> {
        let token = self.next_non_space();
        match token.kind {
            Kind::Eof => Ok(Some(End::File)),
            Kind::Text => {
                list.push(Node::Text(token.text));
                Ok(None)
            }
            Kind::LeftDelim => self.action(list),
            _ => Err(unexpected(&token, "input")),
        }
    }

    fn action(&mut self, list: &mut List) -> Parsed<Option<End>> {
        let kind = self.peek_non_space().kind;
        let keyword = match kind {
            Kind::Block
            | Kind::Break
            | Kind::Continue
            | Kind::Else
            | Kind::End
            | Kind::If
            | Kind::Range
            | Kind::Template
            | Kind::With => self.next(),
            _ => {
                let position = self.peek().position;
                let kept = self.variables.len();
                let pipe = self.pipeline("command", Kind::RightDelim)?;
                debug_assert!(self.variables.len() >= kept);
                list.push(Node::Action(position, pipe));
                return Ok(None);
            }
        };
        let node = match keyword.kind {
            Kind::End => {
                self.expect(Kind::RightDelim, "end")?;
                return Ok(Some(End::Block));
            }
            Kind::Else => return self.otherwise().map(Some),
            Kind::Break | Kind::Continue => self.jump(&keyword)?,
            Kind::If => Node::If(self.deeper(|parser| parser.control("if"))?),
            Kind::With => Node::With(self.deeper(|parser| parser.control("with"))?),
            Kind::Range => Node::Range(self.deeper(|parser| parser.control("range"))?),
            Kind::Block => self.block()?,
            _ => self.template()?,
        };
        list.push(node);
        Ok(None)
    }

    fn otherwise(&mut self) -> Parsed<End> {
        match self.peek_non_space().kind {
            Kind::If => Ok(End::ElseIf),
            Kind::With => Ok(End::ElseWith),
            _ => {
                self.expect(Kind::RightDelim, "else")?;
                Ok(End::Else)
            }
        }
    }

    fn jump(&mut self, keyword: &Token) -> Parsed<Node> {
        let word = format!("{{{{{}}}}}", keyword.text);
        self.expect(Kind::RightDelim, &word)?;
        if self.loops == 0 {
            return Err(format!("{word} outside {{{{range}}}}"));
        }
        Ok(match keyword.kind {
            Kind::Break => Node::Break(keyword.position),
            _ => Node::Continue(keyword.position),
        })
    }

    fn control(&mut self, context: &str) -> Parsed<Branch> {
        let kept = self.variables.len();
        let pipe = self.pipeline(context, Kind::RightDelim)?;
        let in_loop = usize::from(context == "range");
        self.loops += in_loop;
        let (list, end) = self.list()?;
        self.loops -= in_loop;
        let otherwise = match end {
            End::Block | End::File => None,
            End::ElseIf if context == "if" => {
                self.next();
                Some(vec![Node::If(self.deeper(|parser| parser.control("if"))?)])
            }
            End::ElseWith if context == "with" => {
                self.next();
                let branch = self.deeper(|parser| parser.control("with"))?;
                Some(vec![Node::With(branch)])
            }
            End::ElseIf | End::ElseWith => return Err(unexpected(self.peek(), "input")),
            End::Else => match self.list()? {
                (list, End::Block) => Some(list),
                _ => return Err("expected end; found {{else}}".into()),
            },
        };
        self.variables.truncate(kept);
        Ok(Branch {
            position: pipe.position,
            pipe,
            list,
            otherwise,
        })
    }

    fn block(&mut self) -> Parsed<Node> {
        let token = self.next_non_space();
        let name = template_name(&token, "block clause")?;
        let pipe = self.pipeline("block clause", Kind::RightDelim)?;
        let list = self.fresh_scope(|parser| parser.body("block clause"))?;
        self.add(name.clone(), list)?;
        Ok(Node::Template {
            position: token.position,
            name,
            pipe: Some(pipe),
        })
    }

    fn template(&mut self) -> Parsed<Node> {
        let token = self.next_non_space();
        let name = template_name(&token, "template clause")?;
        let pipe = if self.peek_non_space().kind == Kind::RightDelim {
            self.next();
            None
        } else {
            Some(self.pipeline("template clause", Kind::RightDelim)?)
        };
        Ok(Node::Template {
            position: token.position,
            name,
            pipe,
        })
    }

    fn pipeline(&mut self, context: &str, end: Kind) -> Parsed<Pipe> {
        let mut pipe = Pipe {
            position: self.peek_non_space().position,
            assigns: false,
            variables: Vec::new(),
            commands: Vec::new(),
        };
        self.declarations(&mut pipe, context)?;
        loop {
            let kind = self.peek_non_space().kind;
            if kind == end {
                self.next();
                return checked(pipe, context);
            }
            match kind {
                Kind::Bool
                | Kind::CharConstant
                | Kind::Dot
                | Kind::Field
                | Kind::Identifier
                | Kind::Number
                | Kind::Nil
                | Kind::RawString
                | Kind::String
                | Kind::Variable
                | Kind::LeftParen => {
                    let command = self.command()?;
                    pipe.commands.push(command);
                }
                _ => return Err(unexpected(self.peek(), context)),
            }
        }
    }

    /// `$x :=`, `$x =`, `$i, $x :=` at the beginning of a pipeline.
    fn declarations(&mut self, pipe: &mut Pipe, context: &str) -> Parsed<()> {
        while self.peek_non_space().kind == Kind::Variable {
            let before = self.at;
            let variable = self.next();
            let next = self.peek_non_space().clone();
            match next.kind {
                Kind::Assign | Kind::Declare => {
                    pipe.assigns = next.kind == Kind::Assign;
                    self.next();
                    self.declare(pipe, variable.text);
                    return Ok(());
                }
                Kind::Char if next.text == "," => {
                    self.next();
                    self.declare(pipe, variable.text);
                    if context != "range" || pipe.variables.len() >= 2 {
                        return Err(format!("too many declarations in {context}"));
                    }
                    match self.peek_non_space().kind {
                        Kind::Variable | Kind::RightDelim | Kind::RightParen => {}
                        _ => return Err("range can only initialize variables".into()),
                    }
                }
                _ => {
                    self.at = before;
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    fn declare(&mut self, pipe: &mut Pipe, name: String) {
        pipe.variables.push(name.clone());
        self.variables.push(name);
    }

    fn command(&mut self) -> Parsed<Command> {
        let mut command = Command {
            position: self.peek_non_space().position,
            args: Vec::new(),
        };
        loop {
            self.skip_space();
            if let Some(arg) = self.operand()? {
                command.args.push(arg);
            }
            match self.peek().kind {
                Kind::Space => continue,
                Kind::RightDelim | Kind::RightParen => break,
                Kind::Pipe => {
                    self.next();
                    break;
                }
                _ => return Err(unexpected(self.peek(), "operand")),
            }
        }
        if command.args.is_empty() {
            return Err("empty command".into());
        }
        Ok(command)
    }

    fn operand(&mut self) -> Parsed<Option<Arg>> {
        let Some(mut arg) = self.term()? else {
            return Ok(None);
        };
        if self.peek().kind != Kind::Field {
            return Ok(Some(arg));
        }
        // Go gives a chain the position of its second link.
        let position = self.peek().position;
        let mut links = Vec::new();
        while self.peek().kind == Kind::Field {
            links.push(field_name(&self.next().text));
        }
        match &mut arg.term {
            Term::Field(names) | Term::Variable(names) => {
                names.append(&mut links);
                arg.position = position;
                Ok(Some(arg))
            }
            Term::Bool(_) | Term::Text(..) | Term::Number(_) | Term::Nil | Term::Dot => {
                Err(format!("unexpected . after term {:?}", arg.to_string()))
            }
            _ => Ok(Some(Arg {
                position,
                term: Term::Chain(Box::new(arg), links),
            })),
        }
    }

    fn term(&mut self) -> Parsed<Option<Arg>> {
        let token = self.peek_non_space().clone();
        let term = match token.kind {
            Kind::Identifier if !(self.known)(&token.text) => {
                return Err(format!("function {:?} not defined", token.text));
            }
            Kind::Identifier => Term::Function(token.text),
            Kind::Dot => Term::Dot,
            Kind::Nil => Term::Nil,
            Kind::Variable if !self.variables.contains(&token.text) => {
                return Err(format!("undefined variable {:?}", token.text));
            }
            Kind::Variable => Term::Variable(vec![token.text]),
            Kind::Field => Term::Field(vec![field_name(&token.text)]),
            Kind::Bool => Term::Bool(token.text == "true"),
            Kind::CharConstant | Kind::Number => Term::Number(number(&token)?),
            Kind::String | Kind::RawString => {
                let said = literal::unquote(&token.text).ok_or("invalid syntax")?;
                Term::Text(token.text, said)
            }
            Kind::LeftParen => {
                self.next();
                let pipe =
                    self.deeper(|p| p.pipeline("parenthesized pipeline", Kind::RightParen))?;
                return Ok(Some(Arg {
                    position: pipe.position,
                    term: Term::Pipe(Box::new(pipe)),
                }));
            }
            _ => return Ok(None),
        };
        self.next();
        Ok(Some(Arg {
            position: token.position,
            term,
        }))
    }
}

const EOF: Token = Token {
    kind: Kind::Eof,
    text: String::new(),
    position: 0,
};

fn field_name(text: &str) -> String {
    text.trim_start_matches('.').to_owned()
}

fn number(token: &Token) -> Parsed<Number> {
    literal::number(&token.text).ok_or_else(|| match token.kind {
        Kind::CharConstant => format!("malformed character constant: {}", token.text),
        _ => format!("illegal number syntax: {:?}", token.text),
    })
}

fn template_name(token: &Token, context: &str) -> Parsed<String> {
    match token.kind {
        Kind::String | Kind::RawString => {
            literal::unquote(&token.text).ok_or_else(|| "invalid syntax".into())
        }
        _ => Err(unexpected(token, context)),
    }
}

/// A stage after the first must be something that takes a value.
fn checked(pipe: Pipe, context: &str) -> Parsed<Pipe> {
    if pipe.commands.is_empty() {
        return Err(format!("missing value for {context}"));
    }
    for (index, command) in pipe.commands.iter().enumerate().skip(1) {
        if let Some(Term::Bool(_) | Term::Dot | Term::Nil | Term::Number(_) | Term::Text(..)) =
            command.args.first().map(|arg| &arg.term)
        {
            return Err(format!(
                "non executable command in pipeline stage {}",
                index + 1
            ));
        }
    }
    Ok(pipe)
}

fn is_blank(list: &List) -> bool {
    list.iter()
        .all(|node| matches!(node, Node::Text(text) if text.trim().is_empty()))
}

fn unexpected(token: &Token, context: &str) -> String {
    match token.kind {
        Kind::Error => token.text.clone(),
        Kind::Eof => "unexpected EOF".into(),
        Kind::Block
        | Kind::Break
        | Kind::Continue
        | Kind::Define
        | Kind::Else
        | Kind::End
        | Kind::If
        | Kind::Nil
        | Kind::Range
        | Kind::Template
        | Kind::With => format!("unexpected <{}> in {context}", token.text),
        _ if token.text.chars().count() > 10 => {
            let head: String = token.text.chars().take(10).collect();
            format!("unexpected {head:?}... in {context}")
        }
        _ => format!("unexpected {:?} in {context}", token.text),
    }
}
