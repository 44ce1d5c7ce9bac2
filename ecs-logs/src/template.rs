//! Names made from an entry's fields: `/prod/{CONTAINER_TAG}`, `{CONTAINER_NAME|CONTAINER_ID}`, `{{` for a brace.

use crate::{
    entry::{Entry, FieldId, FieldTable, Kind},
    intern::Interner,
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Text(Box<str>),
    /// The first of these fields that the entry has, with any content.
    Field(Vec<FieldId>),
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{template:?} is no template: character {character}: {reason}")]
pub struct TemplateError {
    template: String,
    /// From 1.
    character: usize,
    reason: String,
}

impl TemplateError {
    /// What is wrong where, without the template.
    pub fn reason(&self) -> String {
        format!("character {}: {}", self.character, self.reason)
    }
}

impl Template {
    /// Reads a template; the fields it names are added to `fields`.
    pub fn parse(template: &str, fields: &mut FieldTable) -> Result<Self, TemplateError> {
        let error = |place: usize, reason: String| TemplateError {
            template: template.to_owned(),
            character: place + 1,
            reason,
        };
        if template.is_empty() {
            return Err(error(0, "it is empty".into()));
        }
        let mut pieces = Vec::new();
        let mut text = String::new();
        let mut characters = template.chars().enumerate().peekable();
        while let Some((place, character)) = characters.next() {
            match character {
                '{' | '}' if characters.next_if(|&(_, next)| next == character).is_some() => {
                    text.push(character);
                }
                '}' => {
                    return Err(error(
                        place,
                        "this '}' closes nothing (write '}}' for a brace)".into(),
                    ));
                }
                '{' => {
                    let mut names = String::new();
                    loop {
                        match characters.next() {
                            Some((_, '}')) => break,
                            Some((_, character)) => names.push(character),
                            None => {
                                return Err(error(
                                    place,
                                    "this '{' is not closed (write '{{' for a brace)".into(),
                                ));
                            }
                        }
                    }
                    let ids = names
                        .split('|')
                        .map(|name| {
                            if !is_field_name(name) {
                                return Err(error(place, format!("{name:?} is not a field's name: upper-case letters, digits and '_'")));
                            }
                            Ok(fields.add(name, Kind::Interned))
                        })
                        .collect::<Result<_, _>>()?;
                    if !text.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut text).into()));
                    }
                    pieces.push(Piece::Field(ids));
                }
                _ => text.push(character),
            }
        }
        if !text.is_empty() {
            pieces.push(Piece::Text(text.into()));
        }
        Ok(Template { pieces })
    }

    /// The name, or nothing when a field it needs is missing or empty. `allowed` says which fields may be believed.
    pub(crate) fn fill(
        &self,
        entry: &Entry,
        names: &Interner,
        allowed: impl Fn(FieldId) -> bool,
    ) -> Option<Vec<u8>> {
        let mut name = Vec::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => name.extend_from_slice(text.as_bytes()),
                Piece::Field(ids) => name.extend_from_slice(
                    ids.iter()
                        .filter(|&&id| allowed(id))
                        .filter_map(|&id| entry.value(id, names))
                        .find(|value| !value.is_empty())?,
                ),
            }
        }
        Some(name)
    }

    /// All fields it looks at.
    pub(crate) fn fields(&self) -> impl Iterator<Item = FieldId> {
        self.pieces
            .iter()
            .flat_map(|piece| match piece {
                Piece::Field(ids) => ids.as_slice(),
                Piece::Text(_) => &[],
            })
            .copied()
    }

    /// Whether it names a field at all.
    pub fn is_fixed(&self) -> bool {
        self.fields().next().is_none()
    }
}

/// journald takes no others (`journal_field_valid`), except that its own begin with an underscore.
pub(crate) fn is_field_name(name: &str) -> bool {
    (1..=64).contains(&name.len())
        && !name.starts_with(|first: char| first.is_ascii_digit())
        && name
            .bytes()
            .all(|byte| matches!(byte, b'A'..=b'Z' | b'0'..=b'9' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(template: &str, fields: &[(&str, &str)]) -> Result<Option<String>, String> {
        let mut table = FieldTable::default();
        let template = Template::parse(template, &mut table).map_err(|error| error.to_string())?;
        let mut names = Interner::default();
        let mut entry = Entry::default();
        for (name, _) in fields {
            table.add(name, Kind::Interned);
        }
        entry.reset(table.len());
        for (name, value) in fields {
            entry.set_symbol(
                table.add(name, Kind::Interned),
                names.intern(value.as_bytes()),
            );
        }
        Ok(template
            .fill(&entry, &names, |_| true)
            .map(|name| String::from_utf8(name).unwrap()))
    }

    #[test]
    fn fields_fill_a_template() {
        let fields = &[
            ("CONTAINER_TAG", "web"),
            ("CONTAINER_NAME", ""),
            ("COM_AMAZONAWS_ECS_CLUSTER", "main"),
        ];
        for (template, name) in [
            ("{CONTAINER_TAG}", Some("web")),
            ("/prod/{CONTAINER_TAG}/x", Some("/prod/web/x")),
            ("{CONTAINER_NAME|CONTAINER_TAG}", Some("web")),
            (
                "{COM_AMAZONAWS_ECS_CLUSTER}/{CONTAINER_TAG}",
                Some("main/web"),
            ),
            ("{{{CONTAINER_TAG}}}", Some("{web}")),
            ("fixed", Some("fixed")),
            ("{CONTAINER_NAME}", None),
            ("a/{NOT_THERE}", None),
        ] {
            assert_eq!(
                check(template, fields),
                Ok(name.map(str::to_owned)),
                "{template}"
            );
        }
    }

    #[test]
    fn a_wrong_template_says_where_and_why() {
        for (template, message) in [
            ("", r#""" is no template: character 1: it is empty"#),
            (
                "a{B",
                r#""a{B" is no template: character 2: this '{' is not closed (write '{{' for a brace)"#,
            ),
            (
                "a}",
                r#""a}" is no template: character 2: this '}' closes nothing (write '}}' for a brace)"#,
            ),
            (
                "x{tag}",
                r#""x{tag}" is no template: character 2: "tag" is not a field's name: upper-case letters, digits and '_'"#,
            ),
        ] {
            assert_eq!(check(template, &[]), Err(message.to_owned()));
        }
    }
}
