//! Items of the old syntax: `key "label" { }` and `key = value`. None for a file that is not valid.

use super::scanner::{Scanner, Token};
use super::{Item, Key, Node};

/// Nesting that a stack can bear.
const MAX_DEPTH: u32 = 500;

/// All items of a file, and whether it is JSON: files that begin with `{` are.
pub(in crate::load) fn parse(source: &[u8]) -> Option<(Vec<Item>, bool)> {
    let json = source.trim_ascii_start().starts_with(b"{");
    let mut parser = Parser {
        scanner: Scanner::new(source, json),
        back: None,
        depth: 0,
        json,
    };
    if json {
        let (open, _) = parser.next()?;
        if open != Token::Open(b'{') {
            return None;
        }
        // What follows the root is not looked at.
        return match parser.json_object()? {
            Node::Object(items) => Some((flatten(items), true)),
            _ => None,
        };
    }
    let items = parser.items(false)?;
    Some((items, false))
}

/// Objects that hold nothing but objects become more keys, and lists of objects more items, as the old reader has them.
fn flatten(items: Vec<Item>) -> Vec<Item> {
    let mut out = Vec::new();
    for item in items {
        flatten_item(item, &mut out);
    }
    out
}

fn flatten_item(item: Item, out: &mut Vec<Item>) {
    let is_object = |node: &Node| matches!(node, Node::Object(_));
    match item.value {
        Node::Object(inner)
            if !inner.is_empty() && inner.iter().all(|below| is_object(&below.value)) =>
        {
            for below in inner {
                let mut keys = item.keys.clone();
                keys.extend(below.keys);
                let value = below.value;
                flatten_item(
                    Item {
                        keys,
                        value,
                        ..item
                    },
                    out,
                );
            }
        }
        Node::List(elements) if !elements.is_empty() && elements.iter().all(is_object) => {
            for value in elements {
                let keys = item.keys.clone();
                flatten_item(
                    Item {
                        keys,
                        value,
                        ..item
                    },
                    out,
                );
            }
        }
        value => out.push(Item {
            value: flatten_below(value),
            ..item
        }),
    }
}

fn flatten_below(node: Node) -> Node {
    match node {
        Node::Object(items) => Node::Object(flatten(items)),
        Node::List(nodes) => Node::List(nodes.into_iter().map(flatten_below).collect()),
        scalar => scalar,
    }
}

struct Parser<'a> {
    scanner: Scanner<'a>,
    back: Option<(Token, usize)>,
    depth: u32,
    json: bool,
}

impl Parser<'_> {
    fn next(&mut self) -> Option<(Token, usize)> {
        match self.back.take() {
            Some(token) => Some(token),
            None => self.scanner.next(),
        }
    }

    fn items(&mut self, inside: bool) -> Option<Vec<Item>> {
        let mut items = Vec::new();
        loop {
            let token = self.next()?;
            match token.0 {
                Token::Close(b'}') if inside => return Some(items),
                Token::Eof => return (!inside).then_some(items),
                _ => self.back = Some(token),
            }
            items.push(self.item()?);
            let token = self.next()?;
            if token.0 != Token::Comma {
                self.back = Some(token);
            }
        }
    }

    fn item(&mut self) -> Option<Item> {
        let mut keys = Vec::new();
        loop {
            let (token, at) = self.next()?;
            match token {
                Token::Ident(text) | Token::Text(text) => keys.push(Key { text, at }),
                Token::Assign if keys.len() == 1 => {
                    let (first, at) = self.next()?;
                    return self.value(first).map(|value| Item {
                        at: keys.first().map_or(at, |key| key.at),
                        keys,
                        value,
                    });
                }
                Token::Open(b'{') if !keys.is_empty() => {
                    return self.object().map(|value| Item {
                        at: keys.first().map_or(at, |key| key.at),
                        keys,
                        value,
                    });
                }
                _ => return None,
            }
        }
    }

    fn object(&mut self) -> Option<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let items = if self.json {
            self.json_object()
        } else {
            self.items(true).map(Node::Object)
        };
        self.depth -= 1;
        items
    }

    fn value(&mut self, first: Token) -> Option<Node> {
        Some(match first {
            Token::Bool(value) => Node::Bool(value),
            Token::Number(text) => Node::Number(text),
            Token::Float(value) => Node::Float(value),
            Token::Text(text) => Node::Text(text),
            Token::Open(b'{') => self.object()?,
            Token::Open(_) => self.list()?,
            Token::Ident(word) if self.json && word == "null" => Node::Text(String::new()),
            _ => return None,
        })
    }

    fn list(&mut self) -> Option<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let mut items = Vec::new();
        let mut comma = false;
        loop {
            let (token, _) = self.next()?;
            match token {
                Token::Close(b']') => break,
                Token::Comma => comma = false,
                _ if comma => return None,
                token => {
                    items.push(self.value(token)?);
                    comma = true;
                }
            }
        }
        self.depth -= 1;
        Some(Node::List(items))
    }

    /// Members of a JSON object, behind its brace; a comma may trail.
    fn json_object(&mut self) -> Option<Node> {
        let mut items = Vec::new();
        loop {
            let (token, at) = self.next()?;
            match token {
                Token::Close(b'}') => return Some(Node::Object(items)),
                Token::Comma => {}
                Token::Text(text) => {
                    if !self.scanner.colon() {
                        return None;
                    }
                    let (first, _) = self.next()?;
                    let value = self.value(first)?;
                    items.push(Item {
                        keys: vec![Key { text, at }],
                        value,
                        at,
                    });
                }
                _ => return None,
            }
        }
    }
}
