//! A parsed `.tf` file to the raw module: the blocks that are documented and what is said of them.

use super::hcl::eval::{self, unsuitable};
use super::hcl::{self, Attribute, Block, Body, Expr, Kind, Problem};
use super::json;
use super::raw::{
    Raw, RawModuleCall, RawOutput, RawResource, RawVariable, Requirement, default_provider,
};
use super::source::Source;
use crate::model::{Mode, Position};
use crate::value::Value;

/// Reads one file into the module; gives back all its problems in the original's order.
pub(super) fn read(source: &Source, raw: &mut Raw) -> Vec<Problem> {
    if source.path.ends_with(".json") {
        let (document, mut problems) = json::Document::parse(&source.bytes);
        let body = document.body(&mut problems);
        return blocks(source, raw, &body, problems);
    }
    if let Some(body) = hcl::outline(&source.bytes, raw.notes_aliases) {
        return blocks(source, raw, &body, Vec::new());
    }
    let (body, problems) = hcl::parse(&source.bytes);
    blocks(source, raw, &body, problems)
}

fn blocks(source: &Source, raw: &mut Raw, body: &Body, mut problems: Vec<Problem>) -> Vec<Problem> {
    let mut blocks = Vec::with_capacity(body.blocks.len());
    for block in &body.blocks {
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
    fn block(&mut self, block: &Block) {
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
                let mut variable = self.variable(&block.body);
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

    /// The aliases among the `providers` that a module is given.
    fn given(&mut self, providers: &Expr, position: &Position) {
        let Kind::Object(items) = &providers.kind else {
            return;
        };
        for item in items {
            let steps = match &item.value.kind {
                Kind::Literal(Value::String(text)) => quoted_traversal(text),
                _ => traversal(&item.value),
            };
            self.alias(steps.as_deref(), position);
        }
    }

    fn alias(&mut self, steps: Option<&[Option<String>]>, position: &Position) {
        if let Some([Some(provider), Some(alias)]) = steps {
            self.raw.aliases.push(RawResource {
                provider: provider.clone(),
                alias: alias.clone(),
                position: position.clone(),
            });
        }
    }

    fn variable(&mut self, body: &Body) -> RawVariable {
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
        let default = body.attribute("default");
        let required = default.is_none();
        let default =
            default.and_then(|attribute| eval::evaluate(&attribute.value, &mut self.problems));
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

    fn terraform(&mut self, block: &Block) {
        if let Some(version) = self.text_or_none(block.body.attribute("required_version")) {
            self.raw.core.push(version);
        }
        for inner in block
            .body
            .blocks
            .iter()
            .filter(|inner| inner.kind == "required_providers")
        {
            if let Some(problem) = label_problem(inner, &[]) {
                self.problems.push(problem);
                continue;
            }
            self.required_providers(inner);
        }
    }

    fn required_providers(&mut self, block: &Block) {
        if let Some(inner) = block.body.blocks.first() {
            let summary = format!("Unexpected {:?} block", inner.kind);
            let detail = "Blocks are not allowed here.";
            self.problems
                .push(Problem::new(summary, detail, inner.kind_span.clone()));
        }
        for attribute in &block.body.attributes {
            let Some(requirement) = self.required_provider(&attribute.value) else {
                continue;
            };
            let span = block.kind_span.clone();
            self.problems
                .extend(self.raw.require(attribute.name, requirement, span));
        }
    }

    fn required_provider(&mut self, value: &Expr) -> Option<Requirement> {
        let mut ignored = Vec::new();
        let plain = eval::evaluate(value, &mut ignored).filter(|_| ignored.is_empty());
        if let Some(Value::String(_) | Value::Number(_) | Value::Bool(_)) = plain {
            let version = eval::string(value, &mut self.problems)?;
            return Some(Requirement {
                versions: vec![version],
                ..Requirement::default()
            });
        }
        let Kind::Object(items) = &value.kind else {
            let detail = "Required providers entries must be strings or objects.";
            self.problems.push(Problem::new(
                "Invalid required_providers object",
                detail,
                value.span.clone(),
            ));
            return None;
        };
        let mut requirement = Requirement::default();
        for item in items {
            let key = match (&item.key.kind, item.forced) {
                (Kind::Variable(name), false) => Some(Value::String((*name).to_owned())),
                _ => eval::evaluate(&item.key, &mut self.problems),
            };
            match key {
                Some(Value::String(key)) => match key.as_str() {
                    "version" => requirement.versions.extend(self.strict_text(&item.value)),
                    "source" => {
                        if let Some(source) = self.strict_text(&item.value) {
                            requirement.source = source;
                        }
                    }
                    "configuration_aliases" => self.aliases(&item.value),
                    _ => {}
                },
                Some(_) => {
                    let detail = "Invalid attribute value for provider requirement";
                    self.problems.push(Problem::new(
                        "Invalid Attribute",
                        detail,
                        item.key.span.clone(),
                    ));
                }
                None => {}
            }
        }
        Some(requirement)
    }

    /// A string and nothing that could be made one.
    fn strict_text(&mut self, value: &Expr) -> Option<String> {
        let mut found = Vec::new();
        match eval::evaluate(value, &mut found) {
            Some(Value::String(text)) if found.is_empty() => Some(text),
            Some(Value::Null) if found.is_empty() => {
                // A bare null is of no type, which is not a string either.
                self.problems
                    .push(unsuitable("string required", value.span.clone()));
                None
            }
            _ => {
                self.problems
                    .push(unsuitable("string required", value.span.clone()));
                None
            }
        }
    }

    fn aliases(&mut self, value: &Expr) {
        let Kind::Tuple(items) = &value.kind else {
            let detail = "A static list expression is required.";
            self.problems.push(Problem::new(
                "Invalid expression",
                detail,
                value.span.clone(),
            ));
            return;
        };
        for item in items {
            let steps = match &item.kind {
                // Only JSON has plain strings here.
                Kind::Literal(Value::String(text)) => quoted_traversal(text),
                _ => traversal(item),
            };
            match steps {
                None => self.problems.push(not_static(item)),
                Some(steps) if steps.len() == 2 => {
                    if self.raw.notes_aliases {
                        let position = self.source.position(item.span.start);
                        self.alias(Some(&steps), &position);
                    }
                }
                Some(_) => {
                    let detail = "Configuration aliases can only contain references to local provider configuration names in the format of provider.alias";
                    self.problems.push(Problem::new(
                        "Invalid configuration_aliases value",
                        detail,
                        item.span.clone(),
                    ));
                }
            }
        }
    }

    /// Name and alias of a `provider` argument: a reference, or one in quotes.
    fn provider(&mut self, value: &Expr) -> (String, String) {
        let mut steps = traversal(value);
        if steps.is_none() {
            let mut ignored = Vec::new();
            steps = match eval::string(value, &mut ignored) {
                Some(text) if ignored.is_empty() => quoted_traversal(&text),
                _ => first_variable(value),
            };
        }
        match steps.as_deref() {
            Some([name, rest @ ..]) => {
                let alias = rest.first().cloned().flatten().unwrap_or_default();
                (name.clone().unwrap_or_default(), alias)
            }
            _ => {
                let detail = "Provider argument requires a provider name followed by an optional alias, like \"aws.foo\".";
                self.problems.push(Problem::new(
                    "Invalid provider reference",
                    detail,
                    value.span.clone(),
                ));
                (String::new(), String::new())
            }
        }
    }
}

fn not_static(item: &Expr) -> Problem {
    let detail = "A single static variable reference is required: only attribute access and indexing with constant keys. No calculations, function calls, template expressions, etc are allowed here.";
    Problem::new("Invalid expression", detail, item.span.clone())
}

/// The steps of a reference: its root, then attributes; none inside for an index.
fn traversal(value: &Expr) -> Option<Vec<Option<String>>> {
    match &value.kind {
        Kind::Variable(name) => Some(vec![Some((*name).to_owned())]),
        // Keywords are names here.
        Kind::Literal(Value::Null) => Some(vec![Some("null".into())]),
        Kind::Literal(Value::Bool(value)) => Some(vec![Some(value.to_string())]),
        Kind::Attribute(from, name) => {
            let mut steps = traversal(from)?;
            steps.push(Some((*name).to_owned()));
            Some(steps)
        }
        Kind::Index(from, key) => {
            let constant = matches!(
                &key.kind,
                Kind::Literal(Value::Number(_) | Value::String(_))
            ) || matches!(&key.kind, Kind::Template(parts) if matches!(parts.as_slice(), [] | [hcl::tree::Part::Text(_)]));
            let mut steps = traversal(from).filter(|_| constant)?;
            steps.push(None);
            Some(steps)
        }
        Kind::LegacyIndex(from, _) => {
            let mut steps = traversal(from)?;
            steps.push(None);
            Some(steps)
        }
        _ => None,
    }
}

fn quoted_traversal(text: &str) -> Option<Vec<Option<String>>> {
    let source = format!("x = {text}\n");
    let (body, problems) = hcl::parse(source.as_bytes());
    let attribute = body.attribute("x").filter(|_| problems.is_empty())?;
    traversal(&attribute.value)
}

/// The first reference somewhere in an expression.
fn first_variable(value: &Expr) -> Option<Vec<Option<String>>> {
    if let Some(steps) = traversal(value) {
        return Some(steps);
    }
    match &value.kind {
        Kind::Attribute(from, _)
        | Kind::LegacyIndex(from, _)
        | Kind::Wrap(from)
        | Kind::Parentheses(from) => first_variable(from),
        Kind::Not(from) | Kind::Negate(from) | Kind::Splat(from, _) => first_variable(from),
        Kind::Index(a, b) | Kind::Binary(_, a, b) => {
            first_variable(a).or_else(|| first_variable(b))
        }
        Kind::Conditional(a, b, c) => first_variable(a)
            .or_else(|| first_variable(b))
            .or_else(|| first_variable(c)),
        Kind::Tuple(items) | Kind::Call(items) => items.iter().find_map(first_variable),
        Kind::Object(items) => items.iter().find_map(|item| first_variable(&item.value)),
        Kind::Template(parts) => parts.iter().find_map(|part| match part {
            hcl::tree::Part::Value(value) => first_variable(value),
            _ => None,
        }),
        _ => None,
    }
}
