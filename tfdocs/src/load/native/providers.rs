//! What a module says of providers: requirements, aliases, and the `provider` of a resource.

use super::super::hcl::eval::{self, unsuitable};
use super::super::hcl::{Block, Expr, Kind, Problem};
use super::super::raw::{RawResource, Requirement};
use super::references::{first_variable, quoted_traversal, traversal};
use super::{Reader, label_problem};
use crate::model::Position;
use crate::value::Value;

impl Reader<'_, '_> {
    /// The aliases among the `providers` that a module is given.
    pub(super) fn given(&mut self, providers: &Expr, position: &Position) {
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

    pub(super) fn terraform(&mut self, block: &Block) {
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
    pub(super) fn provider(&mut self, value: &Expr) -> (String, String) {
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
