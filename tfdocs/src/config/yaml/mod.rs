//! YAML as Go's yaml.v3 reads it into `map[string]interface{}`: its types of plain scalars, anchors and merges,
//! and its messages. The events come from `libyaml-safer`: a maintained port of the same C library that Go's is one of,
//! so that syntax errors have the same words and lines.

mod input;
mod scalar;

use std::collections::BTreeMap;

use input::{Apart, from_utf16, is_added, with_end};
use libyaml_safer::{ErrorKind, EventData, Parser, ScalarStyle};
use scalar::scalar;

/// A configuration value, typed as Go sees it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    /// In the order of the file.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// The name of the Go type behind an `interface{}`.
    pub(crate) fn go_type(&self) -> &'static str {
        match self {
            Node::Null => "<nil>",
            Node::Bool(_) => "bool",
            Node::Int(_) => "int",
            Node::Float(_) => "float64",
            Node::Text(_) => "string",
            Node::List(_) => "[]interface {}",
            Node::Map(_) => "map[string]interface {}",
        }
    }
}

/// The first document, as a map; null or nothing is an empty one.
///
/// # Errors
/// The message of yaml.v3.
pub(crate) fn parse(text: &[u8]) -> Result<Vec<(String, Node)>, String> {
    let plain = from_utf16(text)?;
    let text = plain.as_deref().unwrap_or(text);
    let ended = with_end(text);
    let apart = Apart::new(&ended);
    let mut input: &[u8] = &apart.text;
    let mut parser = Parser::new();
    parser.set_input_string(&mut input);
    let mut reader = Reader {
        parser,
        added_at: (ended.len() > text.len()).then(|| apart.text.len() as u64 - 1),
        text,
        added: apart.added,
        anchors: BTreeMap::new(),
        faults: Vec::new(),
        nodes: 0,
        depth: 0,
    };
    let root = reader.document()?;
    let result = match root {
        Some(Item {
            node: Node::Map(items),
            ..
        }) => items,
        None
        | Some(Item {
            node: Node::Null, ..
        }) => Vec::new(),
        Some(item) => {
            reader.faults.push(format!(
                "line {}: cannot unmarshal {} into map[string]interface {{}}",
                item.line,
                item.shown()
            ));
            Vec::new()
        }
    };
    if reader.faults.is_empty() {
        return Ok(result);
    }
    Err(format!(
        "yaml: unmarshal errors:\n  {}",
        reader.faults.join("\n  ")
    ))
}

/// A node with what messages tell of it.
#[derive(Debug, Clone)]
struct Item {
    node: Node,
    line: u64,
    text: Option<String>,
    plain: bool,
}

impl Item {
    /// `!!str` and the beginning of its text.
    fn shown(&self) -> String {
        let tag = match &self.node {
            Node::Null => "!!null",
            Node::Bool(_) => "!!bool",
            Node::Int(_) => "!!int",
            Node::Float(_) => "!!float",
            Node::Text(_) => "!!str",
            Node::List(_) => return "!!seq".into(),
            Node::Map(_) => return "!!map".into(),
        };
        let text = self.text.as_deref().unwrap_or_default();
        let short = match text.char_indices().nth(7) {
            Some((at, _)) if text.len() > 10 => {
                format!("{}...", text.get(..at).unwrap_or_default())
            }
            _ => text.to_owned(),
        };
        format!("{tag} `{short}`")
    }
}

/// More nodes than any configuration has; aliases of aliases would make billions.
const MAX_NODES: usize = 1_000_000;
const MAX_DEPTH: usize = 1_000;

struct Reader<'r, 'b> {
    parser: Parser<&'r mut &'b [u8]>,
    /// Where the line end is that the file lacks.
    added_at: Option<u64>,
    /// The file as it was.
    text: &'r [u8],
    /// What was put into strings.
    added: Option<String>,
    anchors: BTreeMap<String, Item>,
    faults: Vec<String>,
    nodes: usize,
    depth: usize,
}

impl Reader<'_, '_> {
    fn next(&mut self) -> Result<(EventData, u64), String> {
        match self.parser.parse() {
            Ok(mut event) => {
                if let EventData::Scalar {
                    value,
                    style: ScalarStyle::Literal | ScalarStyle::Folded,
                    ..
                } = &mut event.data
                    && self.added_at.is_some_and(|at| event.end_mark.index > at)
                    && is_added(value, self.text)
                {
                    // It is not the file's.
                    value.pop();
                }
                if let (EventData::Scalar { value, .. }, Some(added)) =
                    (&mut event.data, &self.added)
                {
                    *value = value.replace(added.as_str(), ",");
                }
                Ok((event.data, event.start_mark.line + 1))
            }
            Err(error) => Err(syntax(&error)),
        }
    }

    fn document(&mut self) -> Result<Option<Item>, String> {
        loop {
            match self.next()? {
                (EventData::StreamEnd, _) => return Ok(None),
                (EventData::StreamStart { .. } | EventData::DocumentStart { .. }, _) => {}
                (event, line) => {
                    let item = self.item(event, line)?;
                    // What follows the root must still be a document's end.
                    self.next()?;
                    return Ok(item);
                }
            }
        }
    }

    /// A node from its first event; none where a collection ends.
    fn item(&mut self, event: EventData, line: u64) -> Result<Option<Item>, String> {
        self.nodes += 1;
        if self.nodes > MAX_NODES {
            return Err("yaml: document contains excessive aliasing".into());
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("yaml: exceeded max depth of 10000".into());
        }
        let item = match event {
            EventData::Alias { anchor } => match self.anchors.get(&anchor) {
                Some(item) => {
                    let item = item.clone();
                    self.nodes += size(&item.node);
                    Some(item)
                }
                None => return Err(format!("yaml: unknown anchor '{anchor}' referenced")),
            },
            EventData::Scalar {
                anchor,
                tag,
                value,
                style,
                ..
            } => {
                let plain = style == ScalarStyle::Plain;
                let node = scalar(&value, plain, tag.as_deref());
                Some(self.anchored(
                    anchor,
                    Item {
                        node,
                        line,
                        text: Some(value),
                        plain,
                    },
                ))
            }
            EventData::SequenceStart { anchor, .. } => {
                let mut items = Vec::new();
                loop {
                    let (event, line) = self.next()?;
                    match self.item(event, line)? {
                        Some(item) => items.push(item.node),
                        None => break,
                    }
                }
                Some(self.anchored(
                    anchor,
                    Item {
                        node: Node::List(items),
                        line,
                        text: None,
                        plain: false,
                    },
                ))
            }
            EventData::MappingStart { anchor, .. } => {
                let node = self.mapping()?;
                Some(self.anchored(
                    anchor,
                    Item {
                        node,
                        line,
                        text: None,
                        plain: false,
                    },
                ))
            }
            _ => None,
        };
        self.depth -= 1;
        Ok(item)
    }

    fn anchored(&mut self, anchor: Option<String>, item: Item) -> Item {
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, item.clone());
        }
        item
    }

    fn mapping(&mut self) -> Result<Node, String> {
        let mut items: Vec<(String, Node, u64)> = Vec::new();
        let mut merged: Vec<(String, Node)> = Vec::new();
        loop {
            let (event, line) = self.next()?;
            let Some(key) = self.item(event, line)? else {
                break;
            };
            let (event, line) = self.next()?;
            let value = self.item(event, line)?.map_or(Node::Null, |item| item.node);
            let text = key.text.clone().unwrap_or_default();
            if text == "<<" && key.plain {
                merge(&mut merged, value);
                continue;
            }
            if let Some((_, _, first)) = items.iter().find(|(known, _, _)| *known == text) {
                self.faults.push(format!(
                    "line {}: mapping key {text:?} already defined at line {first}",
                    key.line
                ));
                continue;
            }
            items.push((text, value, key.line));
        }
        let mut out: Vec<(String, Node)> = items
            .into_iter()
            .map(|(key, value, _)| (key, value))
            .collect();
        for (key, value) in merged {
            if !out.iter().any(|(known, _)| *known == key) {
                out.push((key, value));
            }
        }
        Ok(Node::Map(out))
    }
}

fn size(node: &Node) -> usize {
    match node {
        Node::List(items) => 1 + items.iter().map(size).sum::<usize>(),
        Node::Map(items) => 1 + items.iter().map(|(_, item)| size(item)).sum::<usize>(),
        _ => 1,
    }
}

/// `<<:` of a map or of several, the first of which wins.
fn merge(merged: &mut Vec<(String, Node)>, value: Node) {
    match value {
        Node::Map(items) => {
            for (key, value) in items {
                if !merged.iter().any(|(known, _)| *known == key) {
                    merged.push((key, value));
                }
            }
        }
        Node::List(items) => items.into_iter().for_each(|item| merge(merged, item)),
        _ => {}
    }
}

/// The message and line of a syntax error, as yaml.v3 makes them of libyaml's two places.
fn syntax(error: &libyaml_safer::Error) -> String {
    let scanner = u64::from(error.kind() == ErrorKind::Scanner);
    let line =
        |mark: Option<libyaml_safer::Mark>| mark.map(|mark| mark.line).filter(|line| *line != 0);
    let place = line(error.context_mark())
        .or_else(|| line(error.problem_mark()))
        .map(|line| line + scanner);
    let place = place.map_or_else(String::new, |line| format!("line {line}: "));
    format!("yaml: {place}{}", error.problem())
}
