//! What the files of a module say together, before comments, sorting and hiding: later blocks replace earlier ones.

use std::collections::BTreeMap;
use std::ops::Range;

use super::hcl::Problem;
use crate::model::{Mode, Position};
use crate::value::Value;

#[derive(Default)]
pub(super) struct Raw {
    /// Whether the blocks that come are laid over earlier ones, as Terraform does with those of override files.
    pub(super) merging: bool,
    /// `required_version` of each `terraform` block.
    pub(super) core: Vec<String>,
    pub(super) requirements: BTreeMap<String, Requirement>,
    pub(super) variables: BTreeMap<String, RawVariable>,
    pub(super) outputs: BTreeMap<String, RawOutput>,
    pub(super) calls: BTreeMap<String, RawModuleCall>,
    /// By type and name.
    pub(super) managed: BTreeMap<(String, String), RawResource>,
    pub(super) data: BTreeMap<(String, String), RawResource>,
    /// Providers with an alias that a caller has to give, or that are given to a module. Noted with compat off only.
    pub(super) aliases: Vec<RawResource>,
    pub(super) notes_aliases: bool,
}

#[derive(Default)]
pub(super) struct Requirement {
    pub(super) source: String,
    pub(super) versions: Vec<String>,
}

#[derive(Default)]
pub(super) struct RawVariable {
    pub(super) type_text: String,
    pub(super) description: String,
    pub(super) default: Value,
    pub(super) required: bool,
    pub(super) sensitive: bool,
    pub(super) position: Position,
}

pub(super) struct RawOutput {
    pub(super) description: String,
    pub(super) position: Position,
}

pub(super) struct RawModuleCall {
    pub(super) source: String,
    pub(super) version: String,
    pub(super) position: Position,
}

pub(super) struct RawResource {
    pub(super) provider: String,
    pub(super) alias: String,
    pub(super) position: Position,
}

impl Raw {
    pub(super) fn resources(&mut self, mode: Mode) -> &mut BTreeMap<(String, String), RawResource> {
        match mode {
            Mode::Managed => &mut self.managed,
            Mode::Data => &mut self.data,
        }
    }

    pub(super) fn variable(&mut self, name: String, mut variable: RawVariable) {
        if self.merging
            && let Some(earlier) = self.variables.remove(&name)
        {
            if variable.type_text.is_empty() {
                variable.type_text = earlier.type_text;
            }
            if variable.description.is_empty() {
                variable.description = earlier.description;
            }
            if variable.required {
                (variable.default, variable.required) = (earlier.default, earlier.required);
            }
            variable.sensitive |= earlier.sensitive;
            variable.position = earlier.position;
        }
        self.variables.insert(name, variable);
    }

    pub(super) fn output(&mut self, name: String, mut output: RawOutput) {
        if self.merging
            && let Some(earlier) = self.outputs.remove(&name)
        {
            if output.description.is_empty() {
                output.description = earlier.description;
            }
            output.position = earlier.position;
        }
        self.outputs.insert(name, output);
    }

    /// A module call keeps the source of the block it overrides.
    pub(super) fn call(&mut self, name: String, mut call: RawModuleCall) {
        if call.source.is_empty()
            && let Some(earlier) = self.calls.remove(&name)
        {
            call.source = earlier.source;
            if self.merging && call.version.is_empty() {
                call.version = earlier.version;
            }
        }
        self.calls.insert(name, call);
    }

    /// Adds an entry of `required_providers`; sources of the same provider must agree.
    pub(super) fn require(
        &mut self,
        name: &str,
        requirement: Requirement,
        span: Range<usize>,
    ) -> Option<Problem> {
        let Some(known) = self.requirements.get_mut(name) else {
            self.requirements.insert(name.to_owned(), requirement);
            return None;
        };
        let mut problem = None;
        if !requirement.source.is_empty() {
            if !known.source.is_empty() && known.source != requirement.source {
                let (first, second) = (&known.source, &requirement.source);
                let detail = format!(
                    "Found multiple source attributes for provider {name}: {first:?}, {second:?}"
                );
                problem = Some(Problem::new(
                    "Multiple provider source attributes",
                    detail,
                    span,
                ));
            } else {
                known.source = requirement.source;
            }
        }
        known.versions.extend(requirement.versions);
        problem
    }
}

/// A type's provider: its text before the first underscore.
pub(super) fn default_provider(type_name: &str) -> &str {
    type_name.split('_').next().unwrap_or(type_name)
}
