//! Module to text. One file a format; what they share is in `markup` (markdown and asciidoc) and `crate::text`.

mod asciidoc;
mod content;
mod fields;
mod json;
mod markdown;
mod markup;
mod pretty;
mod tfvars;
mod toml;
mod xml;
mod yaml;
mod yaml_scalar;

pub use markup::visible_resources;

use crate::config::Config;
use crate::model::Module;

/// The formats, by what `formatter` and the sub-commands call them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    MarkdownTable,
    MarkdownDocument,
    AsciidocTable,
    AsciidocDocument,
    Json,
    Yaml,
    Toml,
    Xml,
    Pretty,
    TfvarsHcl,
    TfvarsJson,
}

impl Format {
    /// The format of a `formatter` text, aliases included; none for a plugin's name.
    pub fn parse(text: &str) -> Option<Format> {
        let (first, second) = text.split_once(' ').unwrap_or((text, ""));
        let table = match second {
            "" | "table" | "tbl" => Some(true),
            "document" | "doc" => Some(false),
            _ => None,
        };
        match (first, second) {
            ("markdown" | "md", _) if table == Some(true) => Some(Format::MarkdownTable),
            ("markdown" | "md", _) if table == Some(false) => Some(Format::MarkdownDocument),
            ("asciidoc" | "adoc", _) if table == Some(true) => Some(Format::AsciidocTable),
            ("asciidoc" | "adoc", _) if table == Some(false) => Some(Format::AsciidocDocument),
            ("tfvars", "hcl") => Some(Format::TfvarsHcl),
            ("tfvars", "json") => Some(Format::TfvarsJson),
            _ => match text {
                "json" => Some(Format::Json),
                "yaml" => Some(Format::Yaml),
                "toml" => Some(Format::Toml),
                "xml" => Some(Format::Xml),
                "pretty" => Some(Format::Pretty),
                _ => None,
            },
        }
    }
}

/// Why nothing could be rendered; the text is what the original prints.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RenderError {
    /// Exit 1 after `Error: TEXT`.
    #[error("{0}")]
    Failed(String),
    /// The original dies of a panic here: exit 2. The text is our explanation.
    #[error("{0}")]
    Panicked(String),
}

/// The sections of markdown and asciidoc (and `pretty`, where all but `content` are empty), for content templates.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Rendered {
    /// All visible sections in the usual order.
    pub content: String,
    pub header: String,
    pub footer: String,
    pub inputs: String,
    pub modules: String,
    pub outputs: String,
    pub providers: String,
    pub requirements: String,
    pub resources: String,
}

/// Renders a sorted module. Fails only on what the original fails on, too: a null in a TOML list, a content template.
///
/// # Errors
/// See `RenderError`.
pub fn render(module: &Module, format: Format, config: &Config) -> Result<String, RenderError> {
    let rendered = match format {
        Format::MarkdownTable => markdown::sections(module, config, true),
        Format::MarkdownDocument => markdown::sections(module, config, false),
        Format::AsciidocTable => asciidoc::sections(module, config, true),
        Format::AsciidocDocument => asciidoc::sections(module, config, false),
        Format::Pretty => Rendered {
            content: pretty::render(module, config)?,
            ..Rendered::default()
        },
        Format::Json => return json::render(module, config),
        Format::Yaml => return yaml::render(module, config),
        Format::Toml => return toml::render(module, config),
        Format::Xml => return xml::render(module, config),
        Format::TfvarsHcl => return tfvars::hcl(module, config),
        Format::TfvarsJson => return tfvars::json(module, config),
    };
    match config.content.is_empty() {
        true => Ok(rendered.content),
        false => content::apply(&rendered, module, config),
    }
}

/// An output template around the content.
pub(crate) fn wrap(template: &str, content: &str) -> Result<String, RenderError> {
    content::wrap(template, content)
}

#[cfg(test)]
mod tests;
