//! A parsed `.tf` file to the raw module: the blocks that are documented and what is said of them.

mod providers;
mod references;

use super::hcl::eval;
use super::hcl::{self, Attribute, Block, Body, Kind, Problem};
use super::json;
use super::raw::{Raw, RawModuleCall, RawOutput, RawResource, RawVariable, default_provider};
use super::source::Source;
use crate::model::Mode;
use crate::value::Value;

/// Reads one file into the module; gives back all its problems in the original's order.
pub(super) fn read(source: &Source, raw: &mut Raw) -> Vec<Problem> {
    if source.path.ends_with(".json") {
        let (document, mut problems) = json::Document::parse(&source.bytes);
        let body = document.body(&mut problems);
        return blocks(source, raw, body, problems);
    }
    if let Some(body) = hcl::outline(&source.bytes, raw.notes_aliases) {
        return blocks(source, raw, body, Vec::new());
    }
    let (body, problems) = hcl::parse(&source.bytes);
    blocks(source, raw, body, problems)
}

fn blocks(
    source: &Source,
    raw: &mut Raw,
    mut body: Body,
    mut problems: Vec<Problem>,
) -> Vec<Problem> {
    let mut blocks = Vec::with_capacity(body.blocks.len());
    for block in &mut body.blocks {
        let Some(names) = label_names(block.kind) else {
            continue;
        };
        match label_problem(block, names) {
            Some(problem) => problems.push(problem),
            None => blocks.push(block),
        }
    }
    let mut reader = Reader {
        source,
        raw,
        problems,
    };
    for block in blocks {
        reader.block(block);
    }
    reader.problems
}

/// The names of a block's labels; none for a block that is not documented.
pub(super) fn label_names(kind: &str) -> Option<&'static [&'static str]> {
    Some(match kind {
        "terraform" => &[],
        "variable" | "output" | "provider" | "module" => &["name"],
        "resource" | "data" => &["type", "name"],
        _ => return None,
    })
}

fn label_problem(block: &Block, names: &[&str]) -> Option<Problem> {
    let kind = block.kind;
    if let Some(extra) = block.labels.get(names.len()) {
        let detail = match names {
            [] => format!("No labels are expected for {kind} blocks."),
            _ => format!(
                "Only {} labels ({}) are expected for {kind} blocks.",
                names.len(),
                names.join(", ")
            ),
        };
        return Some(Problem::new(
            format!("Extraneous label for {kind}"),
            detail,
            extra.span.clone(),
        ));
    }
    let missing = names.get(block.labels.len())?;
    let detail = format!(
        "All {kind} blocks must have {} labels ({}).",
        names.len(),
        names.join(", ")
    );
    Some(Problem::new(
        format!("Missing {missing} for {kind}"),
        detail,
        block.kind_span.clone(),
    ))
}

struct Reader<'s, 'r> {
    source: &'s Source,
    raw: &'r mut Raw,
    problems: Vec<Problem>,
}

impl Reader<'_, '_> {
    fn block(&mut self, block: &mut Block) {
        let label = |at: usize| {
            block
                .labels
                .get(at)
                .map(|label| label.text.clone())
                .unwrap_or_default()
        };
        let position = self.source.position(block.kind_span.start);
        match block.kind {
            "terraform" => self.terraform(block),
            "variable" => {
                let mut variable = self.variable(&mut block.body);
                variable.position = position;
                self.raw.variable(label(0), variable);
            }
            "output" => {
                let description = self.text(block.body.attribute("description"));
                self.boolean(block.body.attribute("sensitive"));
                self.raw.output(
                    label(0),
                    RawOutput {
                        description,
                        position,
                    },
                );
            }
            "provider" => {
                let name = label(0);
                self.raw.requirements.entry(name.clone()).or_default();
                if let Some(version) = self.text_or_none(block.body.attribute("version")) {
                    self.raw
                        .requirements
                        .entry(name)
                        .or_default()
                        .versions
                        .push(version);
                }
                self.text_or_none(block.body.attribute("alias"));
            }
            "module" => {
                let source = self.text(block.body.attribute("source"));
                let version = self.text(block.body.attribute("version"));
                if let Some(given) = block.body.attribute("providers")
                    && self.raw.notes_aliases
                {
                    self.given(&given.value, &position);
                }
                self.raw.call(
                    label(0),
                    RawModuleCall {
                        source,
                        version,
                        position,
                    },
                );
            }
            kind => {
                let mode = if kind == "data" {
                    Mode::Data
                } else {
                    Mode::Managed
                };
                let type_name = label(0);
                let (provider, alias) = match block.body.attribute("provider") {
                    Some(attribute) => self.provider(&attribute.value),
                    None => (default_provider(&type_name).to_owned(), String::new()),
                };
                let resource = RawResource {
                    provider,
                    alias,
                    position,
                };
                self.raw
                    .resources(mode)
                    .insert((type_name, label(1)), resource);
            }
        }
    }

    fn text_or_none(&mut self, attribute: Option<&Attribute>) -> Option<String> {
        eval::string(&attribute?.value, &mut self.problems)
    }

    fn text(&mut self, attribute: Option<&Attribute>) -> String {
        self.text_or_none(attribute).unwrap_or_default()
    }

    fn boolean(&mut self, attribute: Option<&Attribute>) -> bool {
        attribute
            .and_then(|attribute| eval::boolean(&attribute.value, &mut self.problems))
            .unwrap_or(false)
    }

    fn variable(&mut self, body: &mut Body) -> RawVariable {
        let type_text = body.attribute("type").map(|attribute| {
            // A string is an old way to name a type; anything else is shown as it is written.
            eval::string(&attribute.value, &mut Vec::new()).unwrap_or_else(|| {
                let bytes = self
                    .source
                    .bytes
                    .get(attribute.value.span.clone())
                    .unwrap_or_default();
                String::from_utf8_lossy(bytes).into_owned()
            })
        });
        let description = self.text(body.attribute("description"));
        let mut default = body.attribute_mut("default");
        let required = default.is_none();
        let default = default.as_mut().and_then(|attribute| {
            // Read nowhere else: no need to copy it.
            if let Kind::Literal(value) = &mut attribute.value.kind {
                return Some(std::mem::take(value));
            }
            eval::evaluate(&attribute.value, &mut self.problems)
        });
        let sensitive = self.boolean(body.attribute("sensitive"));
        RawVariable {
            type_text: type_text.unwrap_or_default(),
            description,
            default: default.unwrap_or(Value::Null),
            required,
            sensitive,
            ..RawVariable::default()
        }
    }
}
