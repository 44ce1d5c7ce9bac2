//! Configuration values into `Config`, as weakly typed as viper and mapstructure are, with their messages.

use super::Config;
use super::yaml::Node;
use crate::cli::flags::{parse_bool, parse_int};

/// Lays the values of a file over a configuration.
///
/// # Errors
/// mapstructure's list of everything that does not fit.
pub(crate) fn apply(config: &mut Config, items: Vec<(String, Node)>) -> Result<(), String> {
    let mut leaves = Vec::new();
    flatten("", items, &mut leaves);
    let mut decoder = Decoder {
        leaves,
        faults: Vec::new(),
    };
    decoder.text("formatter", &mut config.formatter);
    decoder.text("version", &mut config.version);
    decoder.text("header-from", &mut config.header_from);
    decoder.text("footer-from", &mut config.footer_from);
    decoder.group("recursive", |decoder| {
        decoder.flag("recursive.enabled", &mut config.recursive.enabled);
        decoder.text("recursive.path", &mut config.recursive.path);
        decoder.flag("recursive.include-main", &mut config.recursive.include_main);
        decoder.list("recursive.exclude", &mut config.recursive.exclude);
    });
    decoder.text("content", &mut config.content);
    decoder.group("sections", |decoder| {
        decoder.list("sections.show", &mut config.sections.show);
        decoder.list("sections.hide", &mut config.sections.hide);
    });
    decoder.group("output", |decoder| {
        decoder.text("output.file", &mut config.output.file);
        decoder.text("output.mode", &mut config.output.mode);
        decoder.text("output.template", &mut config.output.template);
        decoder.flag("output.check", &mut config.output.check);
    });
    decoder.group("output-values", |decoder| {
        decoder.flag("output-values.enabled", &mut config.output_values.enabled);
        decoder.text("output-values.from", &mut config.output_values.from);
    });
    decoder.group("sort", |decoder| {
        decoder.flag("sort.enabled", &mut config.sort.enabled);
        decoder.text("sort.by", &mut config.sort.by);
    });
    let settings = &mut config.settings;
    decoder.group("settings", |decoder| {
        decoder.flag("settings.anchor", &mut settings.anchor);
        decoder.flag("settings.atx-closed", &mut settings.atx_closed);
        decoder.flag("settings.color", &mut settings.color);
        decoder.flag("settings.default", &mut settings.default);
        decoder.flag("settings.description", &mut settings.description);
        decoder.flag("settings.escape", &mut settings.escape);
        decoder.flag("settings.hide-empty", &mut settings.hide_empty);
        decoder.flag("settings.html", &mut settings.html);
        decoder.int("settings.indent", &mut settings.indent);
        decoder.flag("settings.lockfile", &mut settings.lockfile);
        decoder.flag("settings.read-comments", &mut settings.read_comments);
        decoder.flag("settings.required", &mut settings.required);
        decoder.flag("settings.sensitive", &mut settings.sensitive);
        decoder.flag("settings.type", &mut settings.type_);
        decoder.flag("settings.compat", &mut settings.compat);
    });
    if decoder.faults.is_empty() {
        return Ok(());
    }
    let faults = decoder.faults.join("\n");
    Err(format!(
        "unable to decode config, decoding failed due to the following error(s):\n\n{faults}"
    ))
}

/// All keys that are known, for warnings about others.
pub(crate) const KEYS: &[&str] = &[
    "formatter",
    "version",
    "header-from",
    "footer-from",
    "recursive.enabled",
    "recursive.path",
    "recursive.include-main",
    "recursive.exclude",
    "content",
    "sections.show",
    "sections.hide",
    "output.file",
    "output.mode",
    "output.template",
    "output.check",
    "output-values.enabled",
    "output-values.from",
    "sort.enabled",
    "sort.by",
    "settings.anchor",
    "settings.atx-closed",
    "settings.color",
    "settings.default",
    "settings.description",
    "settings.escape",
    "settings.hide-empty",
    "settings.html",
    "settings.indent",
    "settings.lockfile",
    "settings.read-comments",
    "settings.required",
    "settings.sensitive",
    "settings.type",
    "settings.compat",
];

/// Keys of a file that mean nothing, each with the known one that is nearest.
pub(crate) fn unknown_keys(items: &[(String, Node)]) -> Vec<(String, Option<&'static str>)> {
    let mut leaves = Vec::new();
    flatten("", items.to_vec(), &mut leaves);
    let groups = [
        "recursive",
        "sections",
        "output",
        "output-values",
        "sort",
        "settings",
    ];
    let unknown = leaves
        .into_iter()
        .map(|(key, _)| key)
        .filter(|key| !KEYS.contains(&key.as_str()) && !groups.contains(&key.as_str()));
    unknown
        .map(|key| {
            let nearest = KEYS
                .iter()
                .copied()
                .min_by_key(|known| distance(known, &key))
                .filter(|known| distance(known, &key) <= 3);
            (key, nearest)
        })
        .collect()
}

/// How many letters must change to make one word of the other.
pub(crate) fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.chars().enumerate() {
            let change = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = change.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row.last().copied().unwrap_or(0)
}

/// Nested maps to dotted lower-case keys; nulls do not count.
fn flatten(prefix: &str, items: Vec<(String, Node)>, out: &mut Vec<(String, Node)>) {
    for (key, value) in items {
        let key = format!("{prefix}{}", key.to_lowercase());
        match value {
            Node::Map(items) => flatten(&format!("{key}."), items, out),
            Node::Null => {}
            value => out.push((key, value)),
        }
    }
}

struct Decoder {
    leaves: Vec<(String, Node)>,
    faults: Vec<String>,
}

impl Decoder {
    fn take(&self, key: &str) -> Option<Node> {
        if let Some((_, node)) = self.leaves.iter().find(|(known, _)| known == key) {
            return Some(node.clone());
        }
        // A map where a plain value belongs.
        let prefix = format!("{key}.");
        self.leaves
            .iter()
            .any(|(known, _)| known.starts_with(&prefix))
            .then_some(Node::Map(Vec::new()))
    }

    /// A group of keys; anything but a map in its place is a fault.
    fn group(&mut self, key: &str, inside: impl FnOnce(&mut Self)) {
        match self.leaves.iter().find(|(known, _)| known == key) {
            Some((_, node)) => {
                let kind = match node {
                    Node::List(_) => "slice",
                    node => node.go_type(),
                };
                self.faults
                    .push(format!("'{key}' expected a map or struct, got {kind:?}"));
            }
            None => inside(self),
        }
    }

    fn unconvertible(&mut self, key: &str, wanted: &str, node: &Node) {
        self.faults.push(format!(
            "'{key}' expected type '{wanted}', got unconvertible type '{}'",
            node.go_type()
        ));
    }

    fn text(&mut self, key: &str, target: &mut String) {
        let Some(node) = self.take(key) else { return };
        match as_text(&node) {
            Some(text) => *target = text,
            None => self.unconvertible(key, "string", &node),
        }
    }

    fn flag(&mut self, key: &str, target: &mut bool) {
        let Some(node) = self.take(key) else { return };
        match &node {
            Node::Bool(value) => *target = *value,
            Node::Int(value) => *target = *value != 0,
            Node::Float(value) => *target = *value != 0.0,
            Node::Text(text) if text.is_empty() => *target = false,
            Node::Text(text) => match parse_bool(text) {
                Some(value) => *target = value,
                None => self.faults.push(format!(
                    "'{key}' cannot parse value as 'bool': strconv.ParseBool: invalid syntax"
                )),
            },
            node => self.unconvertible(key, "bool", node),
        }
    }

    fn int(&mut self, key: &str, target: &mut i64) {
        let Some(node) = self.take(key) else { return };
        match &node {
            Node::Int(value) => *target = *value,
            #[expect(
                clippy::cast_possible_truncation,
                reason = "as weakly typed as the original"
            )]
            Node::Float(value) => *target = *value as i64,
            Node::Bool(value) => *target = i64::from(*value),
            Node::Text(text) if text.is_empty() => *target = 0,
            Node::Text(text) => match parse_int(text) {
                Ok(value) => *target = value,
                Err(why) => self.faults.push(format!(
                    "'{key}' cannot parse value as 'int': strconv.ParseInt: {why}"
                )),
            },
            node => self.unconvertible(key, "int", node),
        }
    }

    fn list(&mut self, key: &str, target: &mut Vec<String>) {
        let Some(node) = self.take(key) else { return };
        match node {
            Node::Text(text) if text.is_empty() => target.clear(),
            Node::Text(text) => *target = text.split(',').map(str::to_owned).collect(),
            Node::List(items) => {
                target.clear();
                for (at, item) in items.iter().enumerate() {
                    match as_text(item) {
                        Some(text) => target.push(text),
                        None => self.unconvertible(&format!("{key}[{at}]"), "string", item),
                    }
                }
            }
            Node::Map(_) => {
                self.unconvertible(&format!("{key}[0]"), "string", &Node::Map(Vec::new()))
            }
            single => *target = as_text(&single).into_iter().collect(),
        }
    }
}

fn as_text(node: &Node) -> Option<String> {
    match node {
        Node::Null => Some(String::new()),
        Node::Text(text) => Some(text.clone()),
        Node::Bool(value) => Some(if *value { "1" } else { "0" }.to_owned()),
        Node::Int(value) => Some(value.to_string()),
        Node::Float(value) => Some(value.to_string()),
        Node::List(items) if items.is_empty() => Some(String::new()),
        Node::List(_) | Node::Map(_) => None,
    }
}
