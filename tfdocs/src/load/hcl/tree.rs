//! The syntax tree: bodies, blocks, attributes, expressions, with the bytes each came from.

use std::ops::Range;

use crate::value::Value;

/// Attributes and blocks in the order of the file.
#[derive(Debug, Default)]
pub(crate) struct Body<'a> {
    pub(crate) attributes: Vec<Attribute<'a>>,
    pub(crate) blocks: Vec<Block<'a>>,
}

impl<'a> Body<'a> {
    pub(crate) fn attribute(&self, name: &str) -> Option<&Attribute<'a>> {
        self.attributes
            .iter()
            .find(|attribute| attribute.name == name)
    }

    pub(crate) fn attribute_mut(&mut self, name: &str) -> Option<&mut Attribute<'a>> {
        self.attributes
            .iter_mut()
            .find(|attribute| attribute.name == name)
    }
}

#[derive(Debug)]
pub(crate) struct Attribute<'a> {
    pub(crate) name: &'a str,
    pub(crate) name_span: Range<usize>,
    pub(crate) value: Expr<'a>,
}

#[derive(Debug)]
pub(crate) struct Block<'a> {
    pub(crate) kind: &'a str,
    pub(crate) kind_span: Range<usize>,
    pub(crate) labels: Vec<Label>,
    pub(crate) body: Body<'a>,
}

#[derive(Debug)]
pub(crate) struct Label {
    pub(crate) text: String,
    pub(crate) span: Range<usize>,
}

#[derive(Debug)]
pub(crate) struct Expr<'a> {
    pub(crate) kind: Kind<'a>,
    pub(crate) span: Range<usize>,
}

#[derive(Debug)]
pub(crate) enum Kind<'a> {
    Literal(Value),
    /// What stands where an expression could not be read.
    Broken,
    Template(Vec<Part<'a>>),
    /// A template of one interpolation only: its value keeps its type.
    Wrap(Box<Expr<'a>>),
    Variable(&'a str),
    Attribute(Box<Expr<'a>>, &'a str),
    Index(Box<Expr<'a>>, Box<Expr<'a>>),
    /// `list.0`
    LegacyIndex(Box<Expr<'a>>, &'a str),
    /// `[*]` and `.*`; the second is what is done with each element, over `Anonymous`.
    Splat(Box<Expr<'a>>, Box<Expr<'a>>),
    Anonymous,
    Call(Vec<Expr<'a>>),
    Tuple(Vec<Expr<'a>>),
    Object(Vec<Item<'a>>),
    For(Box<For<'a>>),
    Not(Box<Expr<'a>>),
    Negate(Box<Expr<'a>>),
    Binary(Operator, Box<Expr<'a>>, Box<Expr<'a>>),
    Conditional(Box<Expr<'a>>, Box<Expr<'a>>, Box<Expr<'a>>),
    Parentheses(Box<Expr<'a>>),
}

/// `key = value` of an object; a bare identifier as a key is its own text unless `forced` by parentheses.
#[derive(Debug)]
pub(crate) struct Item<'a> {
    pub(crate) key: Expr<'a>,
    pub(crate) forced: bool,
    pub(crate) value: Expr<'a>,
}

#[derive(Debug)]
pub(crate) struct For<'a> {
    pub(crate) key_name: Option<&'a str>,
    pub(crate) value_name: &'a str,
    pub(crate) collection: Expr<'a>,
    pub(crate) key: Option<Expr<'a>>,
    pub(crate) value: Expr<'a>,
    pub(crate) condition: Option<Expr<'a>>,
    pub(crate) object: bool,
    pub(crate) group: bool,
}

#[derive(Debug)]
pub(crate) enum Part<'a> {
    Text(String),
    Value(Expr<'a>),
    If {
        condition: Expr<'a>,
        then: Vec<Part<'a>>,
        otherwise: Vec<Part<'a>>,
    },
    For {
        key_name: Option<&'a str>,
        value_name: &'a str,
        collection: Expr<'a>,
        body: Vec<Part<'a>>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessEq,
    Greater,
    GreaterEq,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}
