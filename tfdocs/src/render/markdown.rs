//! `markdown table` and `markdown document`. Sections end with two line ends; the clean-up makes one blank line of
//! what stands between them.

use super::Rendered;
use super::markup::{
    address, assemble, cell_text, fenced, shows_resources, tells_sensitive, visible_resources,
    without_stray_lines,
};
use crate::config::{Config, Section};
use crate::model::{Input, Module, Output, Resource};
use crate::text;

/// All sections of a module.
pub(super) fn sections(module: &Module, config: &Config, table: bool) -> Rendered {
    let page = Page {
        module,
        config,
        table,
    };
    let shown = |section: Section, render: fn(&Page) -> String| {
        if config.shows(section) {
            render(&page)
        } else {
            String::new()
        }
    };
    let rendered = Rendered {
        content: String::new(),
        header: shown(Section::Header, |page| page.prose(&page.module.header)),
        requirements: shown(Section::Requirements, |page| page.requirements()),
        providers: shown(Section::Providers, |page| page.providers()),
        modules: shown(Section::Modules, |page| page.modules()),
        resources: if shows_resources(config) {
            page.resources()
        } else {
            String::new()
        },
        inputs: shown(Section::Inputs, |page| page.inputs()),
        outputs: shown(Section::Outputs, |page| page.outputs()),
        footer: shown(Section::Footer, |page| page.prose(&page.module.footer)),
    };
    without_stray_lines(assemble(rendered, config), config)
}

/// A link target and a link to it, or the name alone.
pub(crate) fn anchor(prefix: &str, name: &str, config: &Config) -> String {
    let escape = config.settings.escape;
    let shown = text::name(name, escape);
    if !config.settings.anchor {
        return shown;
    }
    // Of this there are many, and joining is cheaper than formatting.
    let joint = if escape { "\\_" } else { "_" };
    let target = text::name(prefix, escape);
    [
        "<a name=\"",
        prefix,
        "_",
        name,
        "\"></a> [",
        &shown,
        "](#",
        &target,
        joint,
        &shown,
        ")",
    ]
    .concat()
}

struct Page<'a> {
    module: &'a Module,
    config: &'a Config,
    table: bool,
}

impl Page<'_> {
    fn prose(&self, text: &str) -> String {
        if text.is_empty() {
            String::new()
        } else {
            text::section(text, self.config.settings.escaping()) + "\n\n"
        }
    }

    /// A heading of a section, or of an item one level below.
    fn heading(&self, extra: usize, title: &str) -> String {
        let marks = "#".repeat(self.config.indent() + extra);
        // Tables have no items, and the original closes their headings, too.
        if self.config.settings.atx_closed {
            format!("{marks} {title} {marks}\n")
        } else {
            format!("{marks} {title}\n")
        }
    }

    /// What stands for a section without items. The two line ends of a hidden one can be seen at the top.
    fn empty(&self, title: &str, none: &str) -> String {
        if self.config.settings.hide_empty {
            "\n\n".into()
        } else {
            format!("{}\n{none}\n\n", self.heading(0, title))
        }
    }

    fn rows(&self, title: &str, head: &str, rows: impl Iterator<Item = String>) -> String {
        let mut out = format!("{}\n{head}\n", self.heading(0, title));
        for row in rows {
            out.push_str(&row);
            out.push('\n');
        }
        out.push('\n');
        out
    }

    fn requirements(&self) -> String {
        let items = &self.module.requirements;
        if items.is_empty() {
            return self.empty("Requirements", "No requirements.");
        }
        let items = items
            .iter()
            .map(|item| (item.name.as_str(), item.name.clone(), item.version.as_str()));
        self.versions(
            "Requirements",
            "requirement",
            "The following requirements are needed by this module:",
            items,
        )
    }

    fn providers(&self) -> String {
        let items = &self.module.providers;
        if items.is_empty() {
            return self.empty("Providers", "No providers.");
        }
        let items = items
            .iter()
            .map(|item| (item.name.as_str(), item.full_name(), item.version.as_str()));
        self.versions(
            "Providers",
            "provider",
            "The following providers are used by this module:",
            items,
        )
    }

    /// Names with versions, as rows or as a list with blank lines.
    fn versions<'i>(
        &self,
        title: &str,
        prefix: &str,
        lead: &str,
        items: impl Iterator<Item = (&'i str, String, &'i str)>,
    ) -> String {
        if self.table {
            let row = |(_, name, version): (&str, String, &str)| {
                let version = if version.is_empty() { "n/a" } else { version };
                format!("| {} | {version} |", anchor(prefix, &name, self.config))
            };
            return self.rows(
                title,
                "| Name | Version |\n| ---- | ------- |",
                items.map(row),
            );
        }
        let mut out = format!("{}\n{lead}\n", self.heading(0, title));
        for (_, name, version) in items {
            let version = if version.is_empty() {
                String::new()
            } else {
                format!(" ({version})")
            };
            out.push_str(&format!(
                "\n- {}{version}\n",
                anchor(prefix, &name, self.config)
            ));
        }
        out + "\n"
    }

    fn modules(&self) -> String {
        let items = &self.module.modules;
        if items.is_empty() {
            return self.empty("Modules", "No modules.");
        }
        if self.table {
            return self.rows(
                "Modules",
                "| Name | Source | Version |\n| ---- | ------ | ------- |",
                items.iter().map(|item| {
                    let version = if item.version.is_empty() {
                        "n/a"
                    } else {
                        &item.version
                    };
                    format!(
                        "| {} | {} | {version} |",
                        anchor("module", &item.name, self.config),
                        item.source
                    )
                }),
            );
        }
        let mut out = format!(
            "{}\nThe following Modules are called:\n\n",
            self.heading(0, "Modules")
        );
        for item in items {
            let heading = self.heading(1, &anchor("module", &item.name, self.config));
            out.push_str(&format!(
                "{heading}\nSource: {}\n\nVersion: {}\n\n",
                item.source, item.version
            ));
        }
        out
    }

    fn resources(&self) -> String {
        let items = visible_resources(self.module, self.config);
        if items.is_empty() {
            // Hidden or not is decided over all resources, shown or not.
            return match (self.module.resources.is_empty(), self.table) {
                (true, _) => self.empty("Resources", "No resources."),
                (false, true) => self.rows(
                    "Resources",
                    "| Name | Type |\n| ---- | ---- |",
                    std::iter::empty(),
                ),
                (false, false) => format!("{}\n{RESOURCES}\n\n", self.heading(0, "Resources")),
            };
        }
        let link = |item: &&Resource| match address(item, self.config) {
            (spec, Some(url)) => ["[", &spec, "](", &url, ")"].concat(),
            (spec, None) => spec,
        };
        if self.table {
            let row =
                |item: &&Resource| ["| ", &link(item), " | ", item.mode.label(), " |"].concat();
            return self.rows(
                "Resources",
                "| Name | Type |\n| ---- | ---- |",
                items.iter().map(row),
            );
        }
        let mut out = format!("{}\n{RESOURCES}\n\n", self.heading(0, "Resources"));
        for item in &items {
            out.push_str(&format!("- {} ({})\n", link(item), item.mode.label()));
        }
        out + "\n"
    }

    fn inputs(&self) -> String {
        let items = &self.module.inputs;
        if self.table {
            return if items.is_empty() {
                self.empty("Inputs", "No inputs.")
            } else {
                self.input_rows(items)
            };
        }
        if !self.config.settings.required {
            if items.is_empty() {
                return self.empty("Inputs", "No inputs.");
            }
            return self.input_list(
                "Inputs",
                "The following input variables are supported:",
                items.iter(),
            );
        }
        let mut out = String::new();
        let required: Vec<&Input> = self.module.required_inputs().collect();
        let optional: Vec<&Input> = self.module.optional_inputs().collect();
        let hidden = self.config.settings.hide_empty;
        match (required.is_empty(), hidden) {
            // One line end only: it is seen where required inputs come first.
            (true, true) => out.push('\n'),
            (true, false) => out += &self.empty("Required Inputs", "No required inputs."),
            _ => {
                let lead = "The following input variables are required:";
                out += &self.input_list("Required Inputs", lead, required.into_iter());
            }
        }
        match (optional.is_empty(), hidden) {
            (true, true) => out.push_str("\n\n\n"),
            (true, false) => out += &self.empty("Optional Inputs", "No optional inputs."),
            _ => {
                let lead = "The following input variables are optional (have default values):";
                out += &self.input_list("Optional Inputs", lead, optional.into_iter());
            }
        }
        out
    }

    fn input_rows(&self, items: &[Input]) -> String {
        let settings = &self.config.settings;
        let column = |on: bool, text: &'static str| if on { text } else { "" };
        let sensitive = tells_sensitive(self.module, self.config);
        let head = format!(
            "| Name | Description |{}{}{}{}\n| ---- | ----------- |{}{}{}{}",
            column(settings.type_, " Type |"),
            column(settings.default, " Default |"),
            column(settings.required, " Required |"),
            column(sensitive, " Sensitive |"),
            column(settings.type_, " ---- |"),
            column(settings.default, " ------- |"),
            column(settings.required, " :------: |"),
            column(sensitive, " :-------: |"),
        );
        self.rows(
            "Inputs",
            &head,
            items.iter().map(|item| self.input_row(item, sensitive)),
        )
    }

    fn input_row(&self, item: &Input, sensitive: bool) -> String {
        let settings = &self.config.settings;
        let mut row = self.named_row("input", &item.name, &item.description);
        for (on, code) in [
            (settings.type_, &item.type_text),
            (settings.default, &item.value_text()),
        ] {
            if on {
                row.push(' ');
                row.push_str(&self.code_cell(code));
                row.push_str(" |");
            }
        }
        if settings.required {
            row += if item.required { " yes |" } else { " no |" };
        }
        if sensitive {
            row += if item.sensitive { " yes |" } else { " no |" };
        }
        row
    }

    fn cell(&self, text: &str) -> String {
        let settings = &self.config.settings;
        let text = cell_text(text, self.config);
        let cell = text::markdown_cell(&text, settings.escaping(), settings.html);
        match settings.compat {
            true => cell,
            // Tables are cut at pipes before code spans are seen.
            false => cell.replace("\\|", "|").replace('|', "\\|"),
        }
    }

    /// A type or value in a cell; nothing is `n/a`.
    fn code_cell(&self, code: &str) -> String {
        let settings = &self.config.settings;
        if code.is_empty() {
            return "n/a".into();
        }
        let plain = match settings.compat {
            true => text::plain_code_cell(code, settings.html),
            false => None,
        };
        plain.unwrap_or_else(|| self.cell(&fenced(code, "").0))
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
            out += &self.heading(1, &anchor("input", &item.name, self.config));
            out += &format!(
                "\nDescription: {}\n\n",
                text::document(&item.description, settings.escaping())
            );
            if settings.type_ {
                out += &format!("Type: {}\n\n", fenced(&item.type_text, "hcl").0);
            }
            if settings.default && (item.has_default() || !settings.required) {
                let value = match item.value_text() {
                    none if none.is_empty() => "n/a".to_owned(),
                    value => fenced(&value, "json").0,
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
        let (values, sensitive) = (
            self.config.output_values.enabled,
            self.config.settings.sensitive,
        );
        if self.table {
            let mut head = [
                "| Name | Description |".to_owned(),
                "| ---- | ----------- |".to_owned(),
            ];
            if values {
                head[0] += " Value |";
                head[1] += " ----- |";
            }
            if values && sensitive {
                head[0] += " Sensitive |";
                head[1] += " :-------: |";
            }
            return self.rows(
                "Outputs",
                &head.join("\n"),
                items.iter().map(|item| self.output_row(item)),
            );
        }
        let mut out = format!(
            "{}\nThe following outputs are exported:\n\n",
            self.heading(0, "Outputs")
        );
        for item in items {
            out += &self.heading(1, &anchor("output", &item.name, self.config));
            out += &format!(
                "\nDescription: {}\n\n",
                text::document(&item.description, self.config.settings.escaping())
            );
            if values {
                // Even no value is code, and the line end behind it is taken for more of it.
                let (value, fenced) = fenced(&output_value(item), "json");
                let value = if fenced { value } else { value + "\n" };
                out += &format!(
                    "Value: {}\n\n",
                    text::document(&value, self.config.settings.escaping())
                );
            }
            if values && sensitive {
                out += &format!(
                    "Sensitive: {}\n\n",
                    if item.sensitive { "yes" } else { "no" }
                );
            }
        }
        out
    }

    /// The first two cells of a row, with room for more.
    fn named_row(&self, prefix: &str, name: &str, description: &str) -> String {
        let mut row = String::with_capacity(512);
        for text in [
            "| ",
            &anchor(prefix, name, self.config),
            " | ",
            &self.cell(description),
            " |",
        ] {
            row.push_str(text);
        }
        row
    }

    fn output_row(&self, item: &Output) -> String {
        let mut row = self.named_row("output", &item.name, &item.description);
        if self.config.output_values.enabled {
            row += &format!(" {} |", self.code_cell(&output_value(item)));
            if self.config.settings.sensitive {
                row += if item.sensitive { " yes |" } else { " no |" };
            }
        }
        row
    }
}

const RESOURCES: &str = "The following resources are used by this module:";

/// The value's text; a sensitive one says only that.
pub(super) fn output_value(item: &Output) -> String {
    if item.sensitive {
        "<sensitive>".into()
    } else {
        item.value_text()
    }
}
