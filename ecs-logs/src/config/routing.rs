//! What decides where an entry goes: templates, trusted units, matches, and the file's tables of routes and multi-line groups.

use super::{Builder, SourceKind, file::FileTable, values};
use crate::{
    multiline::MultilineRule,
    route::{Condition, RouteSettings, Trust, UnitRoute},
    template::{Template, is_field_name},
};
use std::time::Duration;

impl Builder {
    pub(super) fn routing(&mut self, source: SourceKind, hostname: &str) -> RouteSettings {
        let group = self.template("group");
        let stream = self.template("stream");
        let any_text =
            source == SourceKind::Stdin && group.as_ref().is_some_and(Template::is_fixed);
        let trust = match self.switch("trust-container-fields") {
            true => Trust::All,
            false => Trust::Units(self.layers.setting("trusted-unit").texts.clone()),
        };
        if trust == Trust::Units(Vec::new()) {
            self.layers.wrong(
                "trusted-unit",
                "names no unit: no container's entries would be shipped",
            );
        }
        let stream_field = self.text("journald-stream-name");
        if let Some(name) = &stream_field
            && !is_field_name(name)
        {
            // As the original: it then takes the container's name.
            let warning =
                format!("JOURNALD_STREAM_NAME: {name:?} is not a field's name and has no effect");
            self.layers.warnings.push(warning);
        }
        let mut matches = Vec::new();
        for text in self.layers.setting("match").texts.clone() {
            match Condition::parse(&text) {
                Ok(condition) => matches.push(condition),
                Err(reason) => self.layers.wrong_item("match", &text, &reason),
            }
        }
        RouteSettings {
            trust,
            group,
            stream,
            stream_field,
            matches,
            routes: self.routes(),
            any_text,
            hostname: hostname.to_owned(),
        }
    }

    fn template(&mut self, name: &str) -> Option<Template> {
        let text = self.text(name)?;
        let template = Template::parse(&text, &mut self.fields);
        template
            .map_err(|error| {
                let reason = format!("is no template: {}", error.reason());
                self.layers.wrong(name, &reason)
            })
            .ok()
    }

    fn routes(&mut self) -> Vec<UnitRoute> {
        let tables = std::mem::take(&mut self.layers.file.routes);
        tables
            .iter()
            .filter_map(|table| self.route(table))
            .collect()
    }

    fn route(&mut self, table: &FileTable) -> Option<UnitRoute> {
        let mut conditions = Vec::new();
        for (key, prefix) in [("unit", "_SYSTEMD_UNIT="), ("match", "")] {
            let (texts, line) = table.get(key).unwrap_or((&[], 0));
            for text in texts {
                match Condition::parse(&format!("{prefix}{text}")) {
                    Ok(condition) => conditions.push(condition),
                    Err(reason) => self.layers.errors.push(format!(
                        "{}: {key}: {text:?} {reason}",
                        table.place_of(line)
                    )),
                }
            }
        }
        if conditions.is_empty() && table.get("unit").is_none() && table.get("match").is_none() {
            self.layers.errors.push(format!(
                "{}: a route needs a unit or a match, or it would take everything",
                table.place()
            ));
        }
        let group = self.table_template(table, "group");
        if group.is_none() && table.get("group").is_none() {
            self.layers
                .errors
                .push(format!("{}: a route needs a group", table.place()));
        }
        Some(UnitRoute {
            conditions,
            stream: self.table_template(table, "stream"),
            group: group?,
        })
    }

    fn table_template(&mut self, table: &FileTable, key: &str) -> Option<Template> {
        let (texts, line) = table.get(key)?;
        let template = Template::parse(texts.first()?, &mut self.fields);
        template
            .map_err(|error| {
                self.layers
                    .errors
                    .push(format!("{}: {key}: {error}", table.place_of(line)))
            })
            .ok()
    }

    pub(super) fn multiline(&mut self) -> Vec<MultilineRule> {
        let tables = std::mem::take(&mut self.layers.file.multiline);
        tables
            .iter()
            .filter_map(|table| self.multiline_rule(table))
            .collect()
    }

    fn multiline_rule(&mut self, table: &FileTable) -> Option<MultilineRule> {
        let first = |key| {
            table
                .get(key)
                .and_then(|(texts, line)| Some((texts.first()?.clone(), line)))
        };
        let Some((start, line)) = first("start") else {
            self.layers.errors.push(format!(
                "{}: multi-line grouping needs a start: a pattern that the first line matches",
                table.place()
            ));
            return None;
        };
        let start = match regex::bytes::Regex::new(&start) {
            Ok(start) => start,
            Err(error) => {
                let reason = error.to_string();
                let last = reason.lines().last().unwrap_or_default().trim();
                self.layers.errors.push(format!(
                    "{}: start: {start:?} is no pattern: {}",
                    table.place_of(line),
                    last.trim_start_matches("error: ")
                ));
                return None;
            }
        };
        let timeout = match first("timeout") {
            None => Duration::from_secs(1),
            Some((text, line)) => match values::duration(&text) {
                Ok(timeout) => timeout,
                Err(reason) => {
                    self.layers.errors.push(format!(
                        "{}: timeout: {text:?} {reason}",
                        table.place_of(line)
                    ));
                    return None;
                }
            },
        };
        Some(MultilineRule {
            group: first("group").map_or("*".to_owned(), |(group, _)| group),
            start,
            timeout,
        })
    }
}
