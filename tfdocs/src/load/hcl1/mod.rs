//! The syntax of Terraform before 0.12, for the original's second attempt at a module it could not read.
//! Only whether a file is valid and what its documented blocks hold matters: its own errors are never shown.

mod parser;
mod scanner;
mod text;

pub(super) use parser::parse;

/// A key or a scalar, with its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Node {
    Bool(bool),
    /// An integer, as written.
    Number(String),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Object(Vec<Item>),
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Item {
    pub(super) keys: Vec<Key>,
    pub(super) value: Node,
    /// Offset of the first key.
    pub(super) at: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Key {
    pub(super) text: String,
    pub(super) at: usize,
}

/// Items whose first key is `name` in any case, without that key.
pub(super) fn filter(items: &[Item], name: &str) -> Vec<Item> {
    let matching = items.iter().filter_map(|item| {
        let (first, rest) = item.keys.split_first()?;
        let same = first.text.eq_ignore_ascii_case(name);
        same.then(|| Item {
            keys: rest.to_vec(),
            value: item.value.clone(),
            at: rest.first().map_or(item.at, |key| key.at),
        })
    });
    matching.collect()
}
