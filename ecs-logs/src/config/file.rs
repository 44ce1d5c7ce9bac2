//! The configuration file: keys as the options are named, `[tags]`, and the tables `[[route]]` and `[[multiline]]`.
//! A mistake names file and line, and an unknown key the nearest known one.

use super::{
    layers::{Origin, Setting},
    options::{OPTIONS, Takes, find, nearest},
};
use std::{
    collections::HashMap,
    io::ErrorKind,
    ops::Range,
    path::{Path, PathBuf},
};
use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

/// What the file says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct FileContent {
    pub(crate) settings: HashMap<&'static str, Setting>,
    pub(crate) routes: Vec<FileTable>,
    pub(crate) multiline: Vec<FileTable>,
}

/// A `[[route]]` or `[[multiline]]`: its keys, checked against the known ones, with the lines they stand on.
#[derive(Clone, Debug, Default)]
pub(crate) struct FileTable {
    path: PathBuf,
    line: usize,
    values: Vec<(&'static str, Vec<String>, usize)>,
}

/// Lines may move without a change.
impl PartialEq for FileTable {
    fn eq(&self, other: &FileTable) -> bool {
        let values = |table: &FileTable| -> Vec<_> {
            let pairs = table.values.iter();
            pairs.map(|(key, texts, _)| (*key, texts.clone())).collect()
        };
        values(self) == values(other)
    }
}

impl Eq for FileTable {}

impl FileTable {
    pub(crate) fn get(&self, key: &str) -> Option<(&[String], usize)> {
        let found = self.values.iter().find(|(known, ..)| *known == key);
        found.map(|(_, texts, line)| (texts.as_slice(), *line))
    }

    /// `file:line`.
    pub(crate) fn place(&self) -> String {
        self.place_of(self.line)
    }

    pub(crate) fn place_of(&self, line: usize) -> String {
        format!("{}:{line}", self.path.display())
    }

    pub(crate) fn print(&self) -> String {
        self.values
            .iter()
            .map(|(key, texts, _)| match texts.as_slice() {
                [text] => format!("{key} = {text:?}\n"),
                texts => format!("{key} = {texts:?}\n"),
            })
            .collect()
    }
}

const ROUTE_KEYS: &[&str] = &["unit", "match", "group", "stream"];
const MULTILINE_KEYS: &[&str] = &["group", "start", "timeout"];
const TABLES: &[&str] = &["route", "multiline"];

/// Reads the file. Where it was not asked for by name it may be missing.
pub(crate) fn read_file(path: &Path, must_exist: bool) -> (FileContent, Vec<String>) {
    match std::fs::read_to_string(path) {
        Ok(text) => parse(path, &text),
        Err(error) if error.kind() == ErrorKind::NotFound && !must_exist => Default::default(),
        Err(error) => {
            let error = format!(
                "cannot read the configuration file {}: {error}",
                path.display()
            );
            (FileContent::default(), vec![error])
        }
    }
}

/// Reads the file's text.
pub(crate) fn parse(path: &Path, text: &str) -> (FileContent, Vec<String>) {
    let mut reader = Reader {
        path,
        text,
        content: FileContent::default(),
        errors: Vec::new(),
    };
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in errors {
        reader.error(error.span().unwrap_or(0..0), error.message());
    }
    // What could be read of a broken file is not looked at: its other mistakes would be guesses.
    if reader.errors.is_empty() {
        reader.top(table.get_ref());
    }
    (reader.content, reader.errors)
}

struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
    content: FileContent,
    errors: Vec<String>,
}

impl Reader<'_> {
    fn top(&mut self, table: &DeTable<'_>) {
        let mut members: Vec<_> = table.iter().collect();
        members.sort_by_key(|(key, _)| key.span().start);
        for (key, value) in members {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("tags", DeValue::Table(tags)) => self.tags(tags, key.span()),
                ("route", DeValue::Array(_)) => {
                    self.content.routes = self.tables("route", value, ROUTE_KEYS);
                }
                ("multiline", DeValue::Array(_)) => {
                    self.content.multiline = self.tables("multiline", value, MULTILINE_KEYS);
                }
                ("route" | "multiline", _) => {
                    let name = key.get_ref();
                    self.error(
                        key.span(),
                        &format!("{name} is not a list of tables (write [[{name}]])"),
                    );
                }
                (name, _) => self.option(name, key.span(), value),
            }
        }
    }

    fn option(&mut self, name: &str, span: Range<usize>, value: &Spanned<DeValue<'_>>) {
        let known = || {
            let keys = OPTIONS
                .iter()
                .filter(|option| !option.flag_only)
                .map(|option| option.name);
            keys.chain(TABLES.iter().copied())
        };
        let Some(option) = find(name).filter(|option| !option.flag_only) else {
            let near = nearest(&name.replace('_', "-"), known());
            let hint = near.map_or("see ecs-logs --print-config".to_owned(), |near| {
                format!("did you mean {}?", near.replace('-', "_"))
            });
            return self.error(span, &format!("unknown key {name:?} ({hint})"));
        };
        let Some(texts) = texts(value.get_ref()) else {
            let kind = value.get_ref().type_str();
            return self.error(value.span(), &format!("{name} cannot be a {kind}"));
        };
        if texts.len() != 1 && !option.is_list() {
            return self.error(value.span(), &format!("{name} takes one value, not a list"));
        }
        let texts = match option.takes {
            Takes::List if !matches!(value.get_ref(), DeValue::Array(_)) => {
                let pieces = texts.iter().flat_map(|text| text.split(','));
                pieces.map(|piece| piece.trim().to_owned()).collect()
            }
            _ => texts,
        };
        let origin = self.origin(&span);
        self.content
            .settings
            .insert(option.name, Setting { texts, origin });
    }

    fn tags(&mut self, tags: &DeTable<'_>, span: Range<usize>) {
        let mut pairs: Vec<String> = Vec::new();
        for (key, value) in tags {
            match texts(value.get_ref()).as_deref() {
                Some([text]) => pairs.push(format!("{}={text}", key.get_ref())),
                _ => self.error(
                    value.span(),
                    &format!("the tag {} is not a text", key.get_ref()),
                ),
            }
        }
        pairs.sort();
        let origin = self.origin(&span);
        self.content.settings.insert(
            "tags",
            Setting {
                texts: pairs,
                origin,
            },
        );
    }

    fn tables(
        &mut self,
        heading: &str,
        value: &Spanned<DeValue<'_>>,
        known: &'static [&'static str],
    ) -> Vec<FileTable> {
        let DeValue::Array(tables) = value.get_ref() else {
            return Vec::new();
        };
        let mut read = Vec::new();
        for table in tables.iter() {
            let DeValue::Table(members) = table.get_ref() else {
                self.error(
                    table.span(),
                    &format!("{heading} is not a list of tables (write [[{heading}]])"),
                );
                continue;
            };
            let mut values = Vec::new();
            for (key, value) in members {
                let name = key.get_ref().as_ref();
                let Some(found) = known.iter().find(|known| **known == name) else {
                    let hint = match nearest(name, known.iter().copied()) {
                        Some(near) => format!("did you mean {near}?"),
                        None => format!("known: {}", known.join(", ")),
                    };
                    self.error(
                        key.span(),
                        &format!("unknown key {name:?} in [[{heading}]] ({hint})"),
                    );
                    continue;
                };
                match texts(value.get_ref()) {
                    Some(texts) => values.push((*found, texts, self.line(&key.span()))),
                    None => self.error(value.span(), &format!("{name} is not a text")),
                }
            }
            values.sort_by_key(|(_, _, line)| *line);
            read.push(FileTable {
                path: self.path.to_owned(),
                line: self.line(&table.span()),
                values,
            });
        }
        read
    }

    fn origin(&self, span: &Range<usize>) -> Origin {
        Origin::File {
            path: self.path.to_owned(),
            line: self.line(span),
        }
    }

    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.text.as_bytes().get(..span.start).unwrap_or_default();
        1 + before.iter().filter(|&&byte| byte == b'\n').count()
    }

    fn error(&mut self, span: Range<usize>, reason: &str) {
        let line = self.line(&span);
        self.errors
            .push(format!("{}:{line}: {reason}", self.path.display()));
    }
}

/// A value as the texts that a flag would have given.
fn texts(value: &DeValue<'_>) -> Option<Vec<String>> {
    let text = match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Boolean(on) => on.to_string(),
        DeValue::Integer(number) if number.radix() == 10 => number.as_str().to_owned(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Datetime(time) => time.to_string(),
        DeValue::Array(items) => {
            let each = items
                .iter()
                .map(|item| match texts(item.get_ref())?.as_slice() {
                    [text] if !matches!(item.get_ref(), DeValue::Array(_)) => Some(text.clone()),
                    _ => None,
                });
            return each.collect();
        }
        _ => return None,
    };
    Some(vec![text])
}
