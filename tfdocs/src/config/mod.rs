//! What the user asked for: the keys of `.terraform-docs.yml` and the flags, typed, with terraform-docs' defaults.

pub(crate) mod decode;
pub(crate) mod lookup;
pub(crate) mod validate;
pub(crate) mod version;
pub(crate) mod yaml;

use crate::text::Escape;

/// All settings of a run over one module.
#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    /// The configuration file as given on the command line, or the usual name.
    pub file: String,
    /// As written: `markdown table`, `md tbl`, `json`, a plugin's name.
    pub formatter: String,
    /// Constraint on the program's version.
    pub version: String,
    pub header_from: String,
    pub footer_from: String,
    pub recursive: Recursive,
    pub sections: Sections,
    /// A template in Go's language that arranges the sections; empty for the usual order.
    pub content: String,
    pub output: OutputFile,
    pub output_values: OutputValues,
    pub sort: Sort,
    pub settings: Settings,
    /// The module's directory as given on the command line; `include` of a content template starts here.
    pub module_root: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Recursive {
    pub enabled: bool,
    pub path: String,
    pub include_main: bool,
    pub exclude: Vec<String>,
}

/// Section names to show or to hide; at most one of the lists is filled.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Sections {
    pub show: Vec<String>,
    pub hide: Vec<String>,
}

/// The parts of a document that can be shown or hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Section {
    Header,
    Requirements,
    Providers,
    Modules,
    Resources,
    DataSources,
    Inputs,
    Outputs,
    Footer,
}

impl Section {
    /// The name in `show` and `hide`.
    pub fn name(self) -> &'static str {
        match self {
            Section::Header => "header",
            Section::Requirements => "requirements",
            Section::Providers => "providers",
            Section::Modules => "modules",
            Section::Resources => "resources",
            Section::DataSources => "data-sources",
            Section::Inputs => "inputs",
            Section::Outputs => "outputs",
            Section::Footer => "footer",
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct OutputFile {
    pub file: String,
    /// `replace`; anything else injects.
    pub mode: String,
    pub template: String,
    pub check: bool,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct OutputValues {
    pub enabled: bool,
    pub from: String,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Sort {
    pub enabled: bool,
    /// `name`, `required` or `type`.
    pub by: String,
}

/// How things are printed.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    pub anchor: bool,
    pub atx_closed: bool,
    pub color: bool,
    pub default: bool,
    pub description: bool,
    pub escape: bool,
    pub hide_empty: bool,
    pub html: bool,
    /// Heading level of a section, 1 to 5; others mean 2.
    pub indent: i64,
    pub lockfile: bool,
    pub read_comments: bool,
    pub required: bool,
    pub sensitive: bool,
    pub type_: bool,
    /// Whether terraform-docs' quirks are kept.
    pub compat: bool,
}

/// The lines around injected content.
pub const OUTPUT_TEMPLATE: &str = "<!-- BEGIN_TF_DOCS -->\n{{ .Content }}\n<!-- END_TF_DOCS -->";

impl Default for Config {
    fn default() -> Self {
        Config {
            file: lookup::DEFAULT_NAME.into(),
            formatter: String::new(),
            version: String::new(),
            header_from: "main.tf".into(),
            footer_from: String::new(),
            recursive: Recursive {
                enabled: false,
                path: "modules".into(),
                include_main: true,
                exclude: Vec::new(),
            },
            sections: Sections::default(),
            content: String::new(),
            output: OutputFile {
                file: String::new(),
                mode: "inject".into(),
                template: OUTPUT_TEMPLATE.into(),
                check: false,
            },
            output_values: OutputValues::default(),
            sort: Sort {
                enabled: true,
                by: "name".into(),
            },
            settings: Settings::default(),
            module_root: String::new(),
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            anchor: true,
            atx_closed: false,
            color: true,
            default: true,
            description: false,
            escape: true,
            hide_empty: false,
            html: true,
            indent: 2,
            lockfile: true,
            read_comments: true,
            required: true,
            sensitive: true,
            type_: true,
            compat: true,
        }
    }
}

impl Settings {
    /// Which underscores of prose are escaped.
    pub fn escaping(&self) -> Escape {
        match (self.escape, self.compat) {
            (false, _) => Escape::Off,
            (true, true) => Escape::Original,
            (true, false) => Escape::Meaning,
        }
    }
}

impl Config {
    /// Whether a section is to be printed. The footer also needs a file to come from.
    pub fn shows(&self, section: Section) -> bool {
        if section == Section::Footer && self.footer_from.is_empty() {
            return false;
        }
        let listed = |names: &[String]| {
            names
                .iter()
                .any(|name| name == section.name() || name == "all")
        };
        let Sections { show, hide } = &self.sections;
        (show.is_empty() && hide.is_empty()) || listed(show) || (!hide.is_empty() && !listed(hide))
    }

    /// The heading level in force.
    pub fn indent(&self) -> usize {
        usize::try_from(self.settings.indent)
            .ok()
            .filter(|indent| (1..=5).contains(indent))
            .unwrap_or(2)
    }
}
