//! `asciidoc table` and `asciidoc document`. As in markdown, sections end with line ends that the clean-up evens out;
//! descriptions keep markdown's marks, and nothing is escaped.

use super::Rendered;
use super::markdown::output_value;
use super::markup::{
    address, assemble, fenced, shows_resources, tells_sensitive, visible_resources,
    without_stray_lines,
};
use crate::config::{Config, Section};
use crate::model::{Input, Module, Resource};
use crate::text::{self, Escape};

/// All sections of a module.
pub(super) fn sections(module: &Module, config: &Config, table: bool) -> Rendered {
    let page = Page {
        module,
        config,
        table,
    };
    let shown = |section: Section, render: fn(&Page) -> String| match config.shows(section) {
        true => render(&page),
        false => String::new(),
    };
    let rendered = Rendered {
        content: String::new(),
        header: shown(Section::Header, |page| prose(&page.module.header)),
        requirements: shown(Section::Requirements, |page| page.requirements()),
        providers: shown(Section::Providers, |page| page.providers()),
        modules: shown(Section::Modules, |page| page.modules()),
        resources: match shows_resources(config) {
            true => page.resources(),
            false => String::new(),
        },
        inputs: shown(Section::Inputs, |page| page.inputs()),
        outputs: shown(Section::Outputs, |page| page.outputs()),
        footer: shown(Section::Footer, |page| prose(&page.module.footer)),
    };
    without_stray_lines(assemble(rendered, config), config)
}

/// A link target and a link to it, or the name alone.
pub(crate) fn anchor(prefix: &str, name: &str, shown: &str, config: &Config) -> String {
    match config.settings.anchor {
        true => format!("[[{prefix}_{name}]] <<{prefix}_{name},{shown}>>"),
        false => shown.to_owned(),
    }
}

fn prose(text: &str) -> String {
    match text {
        "" => String::new(),
        text => text::section(text, Escape::Off) + "\n\n",
    }
}

struct Page<'a> {
    module: &'a Module,
    config: &'a Config,
    table: bool,
}

impl Page<'_> {
    fn name(&self, prefix: &str, name: &str) -> String {
        anchor(prefix, name, name, self.config)
    }

    fn heading(&self, extra: usize, title: &str) -> String {
        format!("{} {title}\n", "=".repeat(self.config.indent() + extra))
    }

    /// What stands for a section without items.
    fn empty(&self, title: &str, none: &str) -> String {
        match self.config.settings.hide_empty {
            true => "\n\n".into(),
            false => format!("{}\n{none}\n\n", self.heading(0, title)),
        }
    }

    /// A table of rows that end their own lines.
    fn rows(&self, title: &str, columns: &[&str], rows: impl Iterator<Item = String>) -> String {
        let heading = self.heading(0, title);
        let kinds = vec!["a"; columns.len()].join(",");
        let names = cells(columns.iter().copied());
        let rows: String = rows.collect();
        format!(
            "{heading}\n[cols=\"{kinds}\",options=\"header,autowidth\"]\n|===\n{names}{rows}|===\n\n"
        )
    }

    fn requirements(&self) -> String {
        let items = &self.module.requirements;
        if items.is_empty() {
            return self.empty("Requirements", "No requirements.");
        }
        let items = items
            .iter()
            .map(|item| (self.name("requirement", &item.name), item.version.as_str()));
        let lead = "The following requirements are needed by this module:";
        self.versions("Requirements", lead, items)
    }

    fn providers(&self) -> String {
        let items = &self.module.providers;
        if items.is_empty() {
            return self.empty("Providers", "No providers.");
        }
        let items = items.iter().map(|item| {
            (
                self.name("provider", &item.full_name()),
                item.version.as_str(),
            )
        });
        let lead = "The following providers are used by this module:";
        self.versions("Providers", lead, items)
    }

    /// Names with versions, as rows or as a list with blank lines.
    fn versions<'i>(
        &self,
        title: &str,
        lead: &str,
        items: impl Iterator<Item = (String, &'i str)>,
    ) -> String {
        if self.table {
            let row = |(name, version): (String, &str)| {
                let version = if version.is_empty() { "n/a" } else { version };
                cells([name.as_str(), version].into_iter())
            };
            return self.rows(title, &["Name", "Version"], items.map(row));
        }
        let mut out = format!("{}\n{lead}\n", self.heading(0, title));
        for (name, version) in items {
            out.push_str(&match version {
                "" => format!("\n- {name}\n"),
                version => format!("\n- {name} ({version})\n"),
            });
        }
        out + "\n"
    }

    fn modules(&self) -> String {
        let items = &self.module.modules;
        if items.is_empty() && self.config.settings.hide_empty && !self.table {
            // One line end only, and a content template sees it.
            return "\n".into();
        }
        if items.is_empty() {
            return self.empty("Modules", "No modules.");
        }
        if self.table {
            let row = |item: &crate::model::ModuleCall| {
                let name = self.name("module", &item.name);
                cells([name.as_str(), &item.source, &item.version].into_iter())
            };
            let columns = ["Name", "Source", "Version"];
            return self.rows("Modules", &columns, items.iter().map(row));
        }
        let heading = self.heading(0, "Modules");
        let mut out = format!("{heading}\nThe following Modules are called:\n\n");
        for item in items {
            let heading = self.heading(1, &self.name("module", &item.name));
            let (source, version) = (&item.source, &item.version);
            out.push_str(&format!(
                "{heading}\nSource: {source}\n\nVersion: {version}\n\n"
            ));
        }
        out
    }

    fn resources(&self) -> String {
        // Hidden or not is decided over all resources, shown or not.
        if self.module.resources.is_empty() {
            return self.empty("Resources", "No resources.");
        }
        let items = visible_resources(self.module, self.config);
        let link = |item: &Resource| match address(item, self.config) {
            (spec, Some(url)) => format!("{url}[{spec}]"),
            (spec, None) => spec,
        };
        if self.table {
            let row =
                |item: &&Resource| cells([link(item).as_str(), item.mode.label()].into_iter());
            return self.rows("Resources", &["Name", "Type"], items.iter().map(row));
        }
        let heading = self.heading(0, "Resources");
        let lead = "The following resources are used by this module:";
        let mut out = format!("{heading}\n{lead}\n\n");
        for item in &items {
            out.push_str(&format!("- {} ({})\n", link(item), item.mode.label()));
        }
        out + "\n"
    }

    fn inputs(&self) -> String {
        let settings = &self.config.settings;
        let items = &self.module.inputs;
        if self.table {
            return match items.is_empty() {
                true => self.empty("Inputs", "No inputs."),
                false => self.input_rows(items),
            };
        }
        if !settings.required {
            let lead = "The following input variables are supported:";
            return match items.is_empty() {
                true => self.empty("Inputs", "No inputs."),
                false => self.input_list("Inputs", lead, items.iter()),
            };
        }
        let required: Vec<&Input> = self.module.required_inputs().collect();
        let optional: Vec<&Input> = self.module.optional_inputs().collect();
        let mut out = match (required.is_empty(), settings.hide_empty) {
            (true, true) => "\n".into(),
            (true, false) => {
                let text = self.empty("Required Inputs", "No required inputs.");
                // The original lacks the blank line here.
                match settings.compat {
                    true => text.trim_end_matches('\n').to_owned() + "\n",
                    false => text,
                }
            }
            _ => {
                let lead = "The following input variables are required:";
                self.input_list("Required Inputs", lead, required.into_iter())
            }
        };
        out += &match (optional.is_empty(), settings.hide_empty) {
            (true, true) => "\n\n\n".into(),
            (true, false) => self.empty("Optional Inputs", "No optional inputs."),
            _ => {
                let lead = "The following input variables are optional (have default values):";
                self.input_list("Optional Inputs", lead, optional.into_iter())
            }
        };
        out
    }

    fn input_rows(&self, items: &[Input]) -> String {
        let settings = &self.config.settings;
        let mut columns = vec!["Name", "Description"];
        columns.extend(settings.type_.then_some("Type"));
        columns.extend(settings.default.then_some("Default"));
        columns.extend(settings.required.then_some("Required"));
        let sensitive = tells_sensitive(self.module, self.config);
        columns.extend(sensitive.then_some("Sensitive"));
        let row = |item: &Input| {
            let mut row = format!(
                "|{}\n|{}\n",
                self.name("input", &item.name),
                text::asciidoc_cell(&item.description, Escape::Off)
            );
            if settings.type_ {
                row += &format!("|{}\n", code_cell(&item.type_text));
            }
            if settings.default {
                row += &format!("|{}\n", code_cell(&item.value_text()));
            }
            if settings.required {
                row += if item.required { "|yes\n" } else { "|no\n" };
            }
            if sensitive {
                row += if item.sensitive { "|yes\n" } else { "|no\n" };
            }
            row + "\n"
        };
        self.rows("Inputs", &columns, items.iter().map(row))
    }

    fn input_list<'i>(
        &self,
        title: &str,
        lead: &str,
        items: impl Iterator<Item = &'i Input>,
    ) -> String {
        let settings = &self.config.settings;
        let mut out = format!("{}\n{lead}\n\n", self.heading(0, title));
        for item in items {
            out += &self.heading(1, &self.name("input", &item.name));
            let description = text::document(&item.description, Escape::Off);
            out += &format!("\nDescription: {description}\n\n");
            if settings.type_ {
                out += &format!("Type: {}\n\n", listing(&item.type_text, "hcl"));
            }
            if settings.default && (item.has_default() || !settings.required) {
                let value = match item.value_text() {
                    none if none.is_empty() => "n/a".to_owned(),
                    value => listing(&value, "json"),
                };
                out += &format!("Default: {value}\n\n");
            }
            if item.sensitive && tells_sensitive(self.module, self.config) {
                out += "Sensitive: yes\n\n";
            }
        }
        out
    }

    fn outputs(&self) -> String {
        let items = &self.module.outputs;
        if items.is_empty() {
            return self.empty("Outputs", "No outputs.");
        }
        let values = self.config.output_values.enabled;
        let sensitive = values && self.config.settings.sensitive;
        let yes_no = |flag: bool| if flag { "yes" } else { "no" };
        if self.table {
            let mut columns = vec!["Name", "Description"];
            columns.extend(values.then_some("Value"));
            columns.extend(sensitive.then_some("Sensitive"));
            let row = |item: &crate::model::Output| {
                let name = self.name("output", &item.name);
                let mut row = vec![name, text::asciidoc_cell(&item.description, Escape::Off)];
                row.extend(values.then(|| self.value_cell(&output_value(item))));
                row.extend(sensitive.then(|| yes_no(item.sensitive).to_owned()));
                cells(row.iter().map(String::as_str))
            };
            return self.rows("Outputs", &columns, items.iter().map(row));
        }
        let heading = self.heading(0, "Outputs");
        let mut out = format!("{heading}\nThe following outputs are exported:\n\n");
        for item in items {
            out += &self.heading(1, &self.name("output", &item.name));
            let description = text::document(&item.description, Escape::Off);
            out += &format!("\nDescription: {description}\n\n");
            if values {
                let value = text::document(&listing(&output_value(item), "json"), Escape::Off);
                out += &format!("Value: {value}\n\n");
            }
            if sensitive {
                out += &format!("Sensitive: {}\n\n", yes_no(item.sensitive));
            }
        }
        out
    }

    /// An output's value in a cell. The original leaves markdown's fence as it is there.
    fn value_cell(&self, value: &str) -> String {
        match (value.is_empty(), self.config.settings.compat) {
            (true, _) => "n/a".into(),
            (false, true) => fenced(value, "").0,
            (false, false) => code_cell(value),
        }
    }
}

/// A row on one line.
fn cells<'t>(cells: impl Iterator<Item = &'t str>) -> String {
    let cells: Vec<String> = cells.map(|cell| format!("|{cell}")).collect();
    cells.join(" ") + "\n"
}

/// A type or value in a cell; nothing is `n/a`.
fn code_cell(code: &str) -> String {
    match code {
        "" => "n/a".into(),
        code => text::asciidoc_cell(&fenced(code, "").0, Escape::Off),
    }
}

/// A type or value in a document: a listing when it has several lines.
fn listing(code: &str, language: &str) -> String {
    match code.contains('\n') {
        true => format!("\n[source,{language}]\n----\n{code}\n----\n"),
        false => format!("`{code}`"),
    }
}
