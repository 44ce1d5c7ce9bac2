//! Command line, environment and file laid over each other: for each option the texts that are in force and who set them.
//! All mistakes are collected; each names the value, the place and the way out.

use super::{
    file::{FileContent, read_file},
    options::{OPTIONS, OptionSpec, Takes, find, nearest},
    values,
};
use std::{collections::HashMap, fmt, path::PathBuf};

/// Who set a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    Default,
    File { path: PathBuf, line: usize },
    Environment(String),
    Flag,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::File { path, line } => write!(f, "{}:{line}", path.display()),
            Origin::Environment(variable) => f.write_str(variable),
            Origin::Flag => f.write_str("command line"),
        }
    }
}

/// An option's texts, several for a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    pub texts: Vec<String>,
    pub origin: Origin,
}

/// Where to look.
#[derive(Clone, Debug, Default)]
pub struct Inputs {
    /// Flags and their texts, in order; a switch without a text has none.
    pub flags: Vec<(String, Option<String>)>,
    pub environment: HashMap<String, String>,
}

/// What is in force, before it is given types.
#[derive(Clone, Debug, Default)]
pub struct Layers {
    settings: HashMap<&'static str, Setting>,
    /// The file's tables, which flags cannot express.
    pub(crate) file: FileContent,
    pub(crate) errors: Vec<String>,
    /// What is odd and does no harm.
    pub warnings: Vec<String>,
}

pub(crate) const DEFAULT_FILE: &str = "/etc/ecs-logs/ecs-logs.toml";

impl Layers {
    pub fn collect(inputs: &Inputs) -> Layers {
        let mut layers = Layers::default();
        let by_flag = layers.flags(&inputs.flags);
        let by_variable = layers.environment(&inputs.environment);
        let chosen = [&by_flag, &by_variable]
            .into_iter()
            .find_map(|settings| settings.get("config"))
            .and_then(|setting| setting.texts.last());
        let path = chosen.map_or(DEFAULT_FILE, String::as_str);
        let (content, errors) = read_file(path.as_ref(), chosen.is_some());
        layers.errors.extend(errors);
        layers.file = content;
        for option in OPTIONS {
            let setting = by_flag
                .get(option.name)
                .or_else(|| by_variable.get(option.name))
                .or_else(|| layers.file.settings.get(option.name))
                .cloned()
                .unwrap_or_else(|| Setting {
                    texts: match option.default {
                        "" => Vec::new(),
                        default => split(option, default),
                    },
                    origin: Origin::Default,
                });
            for text in &setting.texts {
                if let Err(reason) = values::check(option, text) {
                    layers.error(option, &setting.origin, text, &reason);
                }
            }
            layers.settings.insert(option.name, setting);
        }
        layers
    }

    fn flags(&mut self, flags: &[(String, Option<String>)]) -> HashMap<&'static str, Setting> {
        let mut settings: HashMap<&'static str, Setting> = HashMap::new();
        for (name, text) in flags {
            let Some(option) = find(name) else {
                let near = nearest(name, OPTIONS.iter().map(|option| option.name));
                let hint = near.map_or("see --help".to_owned(), |near| {
                    format!("did you mean --{near}?")
                });
                self.errors.push(format!("unknown flag --{name} ({hint})"));
                continue;
            };
            let text = match (text, option.takes) {
                (Some(text), _) => text.clone(),
                (None, Takes::Switch) => "true".to_owned(),
                (None, _) => {
                    self.errors
                        .push(format!("--{name} needs a value: --{name} {}", option.value));
                    continue;
                }
            };
            let setting = settings.entry(option.name).or_insert_with(|| Setting {
                texts: Vec::new(),
                origin: Origin::Flag,
            });
            if option.takes != Takes::Repeated {
                // The last one counts, as in the original.
                setting.texts.clear();
            }
            setting.texts.extend(split(option, &text));
        }
        settings
    }

    fn environment(
        &mut self,
        environment: &HashMap<String, String>,
    ) -> HashMap<&'static str, Setting> {
        let mut settings = HashMap::new();
        for option in OPTIONS {
            let own = option.variable();
            let original = match option.name {
                "journald-stream-name" => Some("JOURNALD_STREAM_NAME"),
                _ => None,
            };
            for variable in [Some(own.as_str()), original].into_iter().flatten() {
                // An empty variable is as good as none, as it was.
                if let Some(text) = environment.get(variable).filter(|text| !text.is_empty()) {
                    let setting = Setting {
                        texts: split(option, text),
                        origin: Origin::Environment(variable.to_owned()),
                    };
                    settings.entry(option.name).or_insert(setting);
                }
            }
        }
        let mut unknown: Vec<_> = environment
            .keys()
            .filter_map(|variable| Some((variable, variable.strip_prefix("ECS_LOGS_")?)))
            .filter(|(_, name)| find(&name.to_lowercase()).is_none())
            .map(|(variable, _)| {
                format!("the environment variable {variable} is no option and has no effect")
            })
            .collect();
        unknown.sort();
        self.warnings.extend(unknown);
        settings
    }

    /// Notes that a text is wrong.
    pub(crate) fn error(&mut self, option: &OptionSpec, origin: &Origin, text: &str, reason: &str) {
        let place = match origin {
            Origin::Default | Origin::Flag => format!("--{}", option.name),
            Origin::Environment(variable) => variable.clone(),
            Origin::File { .. } => format!("{origin}: {}", option.key()),
        };
        self.errors.push(format!("{place}: {text:?} {reason}"));
    }

    /// Notes that an option's value is wrong in a way that its kind does not tell.
    pub(crate) fn wrong(&mut self, name: &str, reason: &str) {
        if let Some(option) = find(name) {
            let setting = self.setting(name).clone();
            self.error(option, &setting.origin, &setting.texts.join(","), reason);
        }
    }

    /// Notes that one of a list's texts is wrong.
    pub(crate) fn wrong_item(&mut self, name: &str, text: &str, reason: &str) {
        if let Some(option) = find(name) {
            let origin = self.setting(name).origin.clone();
            self.error(option, &origin, text, reason);
        }
    }

    pub(crate) fn setting(&self, name: &str) -> &Setting {
        self.settings
            .get(name)
            .expect("every option in the table has a setting")
    }

    /// The text in force; nothing when there is none.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        let last = self.setting(name).texts.last();
        last.map(String::as_str).filter(|text| !text.is_empty())
    }

    pub(crate) fn is_default(&self, name: &str) -> bool {
        self.setting(name).origin == Origin::Default
    }

    /// Another default for an option that nobody gave.
    pub fn assume(&mut self, name: &str, text: &str) {
        if let Some(setting) = self.settings.get_mut(name)
            && setting.origin == Origin::Default
        {
            setting.texts = vec![text.to_owned()];
        }
    }

    /// What differs in `new`: the option's name, and whether that takes effect without a restart.
    pub fn changes(&self, new: &Layers) -> Vec<Change> {
        let mut changes: Vec<Change> = OPTIONS
            .iter()
            .filter(|option| !option.flag_only)
            .filter(|option| self.setting(option.name).texts != new.setting(option.name).texts)
            .map(|option| Change {
                name: option.key(),
                from: self.setting(option.name).texts.join(","),
                to: new.setting(option.name).texts.join(","),
                live: option.live,
            })
            .collect();
        for (name, from, to) in [
            ("route", self.file.routes.len(), new.file.routes.len()),
            (
                "multiline",
                self.file.multiline.len(),
                new.file.multiline.len(),
            ),
        ] {
            let same = match name {
                "route" => self.file.routes == new.file.routes,
                _ => self.file.multiline == new.file.multiline,
            };
            if !same {
                changes.push(Change {
                    name: name.to_owned(),
                    from: format!("{from} tables"),
                    to: format!("{to} tables"),
                    live: true,
                });
            }
        }
        changes
    }

    /// What is in force, as a configuration file with the origin of each value.
    pub fn print(&self) -> String {
        let mut out = String::new();
        let mut section = "";
        for option in OPTIONS.iter().filter(|option| !option.flag_only) {
            if option.section != section {
                section = option.section;
                out += &format!("\n# {section}\n");
            }
            let setting = self.setting(option.name);
            let value = toml_value(option, &setting.texts);
            let line = match value {
                Some(value) => format!("{} = {value}", option.key()),
                None => format!("# {} is not set", option.key()),
            };
            out += &match setting.origin {
                Origin::Default => format!("{line}\n"),
                ref origin => format!("{line}  # {origin}\n"),
            };
        }
        for (heading, tables) in [
            ("route", &self.file.routes),
            ("multiline", &self.file.multiline),
        ] {
            for table in tables {
                out += &format!("\n[[{heading}]]  # {}\n{}", table.place(), table.print());
            }
        }
        out.trim_start().to_owned()
    }
}

/// One option that a reload would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub name: String,
    pub from: String,
    pub to: String,
    /// It takes effect at once; otherwise at the next start.
    pub live: bool,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Change {
            name,
            from,
            to,
            live,
        } = self;
        let when = if *live { "now" } else { "at the next start" };
        write!(f, "{name} changes from {from:?} to {to:?} {when}")
    }
}

fn toml_value(option: &OptionSpec, texts: &[String]) -> Option<String> {
    let quoted = |text: &String| format!("{:?}", text);
    match option.takes {
        Takes::List | Takes::Repeated if texts.is_empty() => None,
        Takes::List | Takes::Repeated => {
            let items: Vec<_> = texts.iter().map(quoted).collect();
            Some(format!("[{}]", items.join(", ")))
        }
        Takes::Switch | Takes::Count => texts.first().cloned(),
        _ => texts.first().map(quoted),
    }
}

fn split(option: &OptionSpec, text: &str) -> Vec<String> {
    match option.takes {
        Takes::List => {
            let pieces = text.split(',').map(str::trim);
            pieces
                .filter(|piece| !piece.is_empty())
                .map(str::to_owned)
                .collect()
        }
        _ => vec![text.to_owned()],
    }
}

#[cfg(test)]
#[path = "layers_tests.rs"]
mod tests;
