//! What a Terraform module says about itself: the types every renderer, sorter and content template reads.
//! Fields and their order are those of terraform-docs' JSON; positions and extras are left out of it.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

pub use crate::value::{Number, Value};

/// A documented module. Sections that are hidden are empty.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Module {
    pub header: String,
    pub footer: String,
    pub inputs: Vec<Input>,
    pub modules: Vec<ModuleCall>,
    pub outputs: Vec<Output>,
    pub providers: Vec<Provider>,
    pub requirements: Vec<Requirement>,
    pub resources: Vec<Resource>,
}

impl Module {
    /// Inputs without a `default`, in the order of `inputs`.
    pub fn required_inputs(&self) -> impl Iterator<Item = &Input> {
        self.inputs.iter().filter(|input| input.required)
    }

    /// Inputs with a `default` (which may be null), in the order of `inputs`.
    pub fn optional_inputs(&self) -> impl Iterator<Item = &Input> {
        self.inputs.iter().filter(|input| !input.required)
    }
}

/// Where a block begins: the file's path as it was opened, and the line and column of its first token, from 1.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    pub file: Arc<str>,
    pub line: u32,
    pub column: u32,
}

impl Default for Position {
    fn default() -> Self {
        Position {
            file: Arc::from(""),
            line: 0,
            column: 0,
        }
    }
}

/// A `variable` block.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Input {
    pub name: String,
    /// The source text of the type, or one derived from the default.
    #[serde(rename = "type")]
    pub type_text: String,
    pub description: String,
    /// `Value::Null` both for `default = null` and for none at all: `required` tells them apart.
    pub default: Value,
    pub required: bool,
    /// Shown with compat off only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
    #[serde(skip)]
    pub position: Position,
}

impl Input {
    /// The default as indented JSON; empty when there is none.
    pub fn value_text(&self) -> String {
        match (&self.default, self.required) {
            (Value::Null, true) => String::new(),
            (value, _) => value.to_json(false),
        }
    }

    /// Whether a `default` is given, null included.
    pub fn has_default(&self) -> bool {
        !matches!(self.default, Value::Null) || !self.required
    }
}

/// A `module` block.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ModuleCall {
    pub name: String,
    pub source: String,
    pub version: String,
    pub description: String,
    #[serde(skip)]
    pub position: Position,
}

impl ModuleCall {
    /// `SOURCE,VERSION`, or `SOURCE` alone.
    pub fn full_name(&self) -> String {
        if self.version.is_empty() {
            self.source.clone()
        } else {
            format!("{},{}", self.source, self.version)
        }
    }
}

/// An `output` block.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Output {
    pub name: String,
    pub description: String,
    /// Only with output values; a name the values file does not know has the string `null`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sensitive: bool,
    /// Whether values were asked for.
    #[serde(skip)]
    pub show_value: bool,
    #[serde(skip)]
    pub position: Position,
}

impl Output {
    /// The value as indented JSON with `<`, `>` and `&` as `\u00xx`; empty without values and for null.
    pub fn value_text(&self) -> String {
        match &self.value {
            Some(value) if self.show_value && *value != Value::Null => value.to_json(true),
            _ => String::new(),
        }
    }

    /// Whether there is a value to show.
    pub fn has_default(&self) -> bool {
        self.show_value && matches!(&self.value, Some(value) if *value != Value::Null)
    }
}

/// A provider that a resource or data source uses, once for each alias.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provider {
    pub name: String,
    pub alias: String,
    pub version: String,
    /// Of its first use.
    #[serde(skip)]
    pub position: Position,
}

impl Provider {
    /// `NAME.ALIAS`, or `NAME` alone.
    pub fn full_name(&self) -> String {
        if self.alias.is_empty() {
            self.name.clone()
        } else {
            format!("{}.{}", self.name, self.alias)
        }
    }
}

/// One version constraint on Terraform or a provider.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Requirement {
    pub name: String,
    pub version: String,
}

/// Managed or data; the text is what JSON shows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    #[default]
    Managed,
    Data,
}

impl Mode {
    /// `managed` or `data`.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Managed => "managed",
            Mode::Data => "data",
        }
    }

    /// `resource` or `data source`, as tables show it.
    pub fn label(self) -> &'static str {
        match self {
            Mode::Managed => "resource",
            Mode::Data => "data source",
        }
    }
}

/// A `resource` or `data` block.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Resource {
    /// Without the leading `PROVIDER_`.
    #[serde(rename = "type")]
    pub type_name: String,
    pub name: String,
    #[serde(rename = "provider")]
    pub provider_name: String,
    /// `hashicorp/aws`.
    #[serde(rename = "source")]
    pub provider_source: String,
    pub mode: Mode,
    /// For the link: an exact version or `latest`.
    pub version: String,
    pub description: String,
    #[serde(skip)]
    pub position: Position,
}

impl Resource {
    /// `aws_instance.web`.
    pub fn spec(&self) -> String {
        let (provider, kind, name) = (&self.provider_name, &self.type_name, &self.name);
        [provider, "_", kind, ".", name].concat()
    }

    /// Its page in the public registry; none for a provider of another registry.
    pub fn url(&self) -> Option<String> {
        if self.provider_source.matches('/').count() > 1 {
            return None;
        }
        let kind = match self.mode {
            Mode::Managed => "resources",
            Mode::Data => "data-sources",
        };
        let (source, version, type_name) = (&self.provider_source, &self.version, &self.type_name);
        let site = "https://registry.terraform.io/providers/";
        let parts = [site, source, "/", version, "/docs/", kind, "/", type_name];
        Some(parts.concat())
    }
}
