//! The raw module to what is documented: descriptions from comments, derived types, versions, links.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use super::lockfile;
use super::outputs::OutputValue;
use super::raw::{Raw, RawResource, Requirement as RawRequirement};
use super::source::Source;
use crate::config::Config;
use crate::model::{
    Input, Mode, Module, ModuleCall, Output, Position, Provider, Requirement, Resource,
};
use crate::value::Value;

/// A block whose comment holds this is left out.
const IGNORE: &str = "terraform-docs-ignore";

/// The comments above blocks, by position.
struct Comments<'a> {
    sources: BTreeMap<&'a Arc<str>, &'a Source>,
    read: bool,
    /// Compat off: with their lines, in all styles.
    whole: bool,
}

impl Comments<'_> {
    /// The comment above; none for a block that is to be ignored.
    fn above(&self, position: &Position) -> Option<String> {
        let comment = self
            .sources
            .get(&position.file)
            .map(|source| match self.whole {
                true => source.whole_comment_above(position.line),
                false => source.comment_above(position.line),
            })
            .unwrap_or_default();
        memchr::memmem::find(comment.as_bytes(), IGNORE.as_bytes())
            .is_none()
            .then_some(comment)
    }

    /// A description, or the comment where there is none and comments are read.
    fn describe(&self, description: &str, comment: String) -> String {
        // Windows line ends are made plain in descriptions only.
        if description.is_empty() && self.read {
            comment
        } else if description.contains('\r') {
            description.replace("\r\n", "\n")
        } else {
            description.to_owned()
        }
    }
}

pub(super) fn fill(
    module: &mut Module,
    raw: Raw,
    sources: &[Source],
    values: Option<BTreeMap<String, OutputValue>>,
    dir: &Path,
    config: &Config,
) {
    let sources = sources
        .iter()
        .map(|source| (&source.path, source))
        .collect();
    let comments = Comments {
        sources,
        read: config.settings.read_comments,
        whole: !config.settings.compat,
    };
    module.requirements = requirements(&raw);
    resources(module, &raw, &comments, dir, config);
    for (name, variable) in raw.variables {
        let Some(comment) = comments.above(&variable.position) else {
            continue;
        };
        let default = if config.settings.compat {
            variable.default.with_floats()
        } else {
            variable.default
        };
        module.inputs.push(Input {
            name,
            type_text: type_text(variable.type_text, &default),
            description: comments.describe(&variable.description, comment),
            default,
            required: variable.required,
            sensitive: variable.sensitive,
            position: variable.position,
        });
    }
    for (name, call) in raw.calls {
        let Some(comment) = comments.above(&call.position) else {
            continue;
        };
        let (source, version) = source_and_version(call.source, call.version);
        let description = if comments.read {
            comment
        } else {
            String::new()
        };
        module.modules.push(ModuleCall {
            name,
            source,
            version,
            description,
            position: call.position,
        });
    }
    for (name, output) in raw.outputs {
        let Some(comment) = comments.above(&output.position) else {
            continue;
        };
        let mut documented = Output {
            description: comments.describe(&output.description, comment),
            position: output.position,
            show_value: values.is_some(),
            ..Output::default()
        };
        if let Some(values) = &values {
            let known = values.get(&name);
            documented.sensitive = known.is_some_and(|known| known.sensitive);
            documented.value = Some(match known {
                Some(known) if known.sensitive => Value::String("<sensitive>".into()),
                Some(known) => known.value.clone(),
                // The original's text, not a null.
                None => Value::String("null".into()),
            });
        }
        documented.name = name;
        module.outputs.push(documented);
    }
}

/// The declared type, or what the default looks like.
fn type_text(declared: String, default: &Value) -> String {
    if !declared.is_empty() {
        return declared;
    }
    let text = match default {
        Value::String(_) => "string",
        Value::Number(_) => "number",
        Value::Bool(_) => "bool",
        Value::List(_) => "list",
        Value::Map(_) => "map",
        Value::Null => "any",
    };
    text.to_owned()
}

/// Without a version, the text after the last `?ref=` is one.
fn source_and_version(source: String, version: String) -> (String, String) {
    if version.is_empty()
        && let Some((head, reference)) = source.rsplit_once("?ref=")
        && !reference.is_empty()
    {
        return (head.to_owned(), reference.to_owned());
    }
    (source, version)
}

fn requirements(raw: &Raw) -> Vec<Requirement> {
    let row = |name: &str, version: &String| Requirement {
        name: name.to_owned(),
        version: version.clone(),
    };
    let core = raw.core.iter().map(|version| row("terraform", version));
    let providers = raw.requirements.iter();
    core.chain(
        providers
            .flat_map(|(name, known)| known.versions.iter().map(move |version| row(name, version))),
    )
    .collect()
}

fn resources(module: &mut Module, raw: &Raw, comments: &Comments, dir: &Path, config: &Config) {
    let locked = if config.settings.lockfile {
        lockfile::read(dir)
    } else {
        BTreeMap::new()
    };
    let mut providers: BTreeMap<(String, String), Provider> = BTreeMap::new();
    let mut found: BTreeMap<(String, Mode, String, String), Resource> = BTreeMap::new();
    let all = raw
        .managed
        .iter()
        .map(|item| (Mode::Managed, item))
        .chain(raw.data.iter().map(|item| (Mode::Data, item)));
    for (mode, ((type_name, name), resource)) in all {
        let Some(comment) = comments.above(&resource.position) else {
            continue;
        };
        let requirement = raw.requirements.get(&resource.provider);
        note_provider(&mut providers, resource, requirement, &locked);
        let source = requirement
            .map(|known| known.source.as_str())
            .filter(|source| !source.is_empty());
        let provider = &resource.provider;
        let short = type_name
            .strip_prefix(provider.as_str())
            .and_then(|rest| rest.strip_prefix('_'));
        let short = short.unwrap_or(type_name).to_owned();
        let documented = Resource {
            type_name: short.clone(),
            name: name.clone(),
            provider_name: provider.clone(),
            provider_source: source.map_or_else(|| format!("hashicorp/{provider}"), str::to_owned),
            mode,
            version: requirement
                .map(|known| link_version(&known.versions))
                .unwrap_or_default(),
            description: if comments.read {
                comment
            } else {
                String::new()
            },
            position: resource.position.clone(),
        };
        found.insert((provider.clone(), mode, short, name.clone()), documented);
    }
    if !config.settings.compat {
        for used in &raw.aliases {
            let requirement = raw.requirements.get(&used.provider);
            note_provider(&mut providers, used, requirement, &locked);
        }
    }
    module.providers = providers.into_values().collect();
    module.resources = found.into_values().collect();
}

fn note_provider(
    providers: &mut BTreeMap<(String, String), Provider>,
    resource: &RawResource,
    requirement: Option<&RawRequirement>,
    locked: &BTreeMap<String, String>,
) {
    let key = (resource.provider.clone(), resource.alias.clone());
    let provider = providers.entry(key).or_insert_with(|| Provider {
        name: resource.provider.clone(),
        alias: resource.alias.clone(),
        version: match (locked.get(&resource.provider), requirement) {
            (Some(version), _) => version.clone(),
            (None, Some(known)) => known.versions.join(" "),
            (None, None) => String::new(),
        },
        position: resource.position.clone(),
    });
    if resource.position < provider.position {
        provider.position = resource.position.clone();
    }
}

/// The version that a registry link names: one that the last constraint pins, else the latest.
fn link_version(versions: &[String]) -> String {
    let latest = || "latest".to_owned();
    let Some(last) = versions.last() else {
        return latest();
    };
    let parts: Vec<&str> = last.split(' ').collect();
    match parts.as_slice() {
        [word] if word.starts_with(|c: char| c.is_ascii_digit()) => (*word).to_owned(),
        [word] => word.strip_prefix('=').map_or_else(latest, str::to_owned),
        ["=", version] => (*version).to_owned(),
        _ => latest(),
    }
}
