//! The command line: commands, and flags with one dash or two as the original took them. Help, man page and completions are
//! made from the table of options; reading is our own, so that all mistakes are told at once and Go's rules hold.

use crate::config::{Inputs, OPTIONS, Start, Takes, moment, nearest};
use clap::{Arg, ArgAction, Command};
use std::collections::HashMap;

/// What the agent is asked to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    Run,
    PrintConfig,
    Doctor(DoctorFlags),
    Status { json: bool },
    Verify(VerifyFlags),
    Man,
    Completion { shell: String },
    Help { command: Option<&'static str> },
    Version,
}

/// What `doctor` is to do besides looking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DoctorFlags {
    pub json: bool,
    /// The group that an event is written into.
    pub write_test: Option<String>,
    pub as_service: bool,
}

/// Which time `verify` compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifyFlags {
    pub json: bool,
    pub since: Start,
    pub until: Start,
}

/// A command line, read.
#[derive(Clone, Debug)]
pub struct Invocation {
    pub action: Action,
    pub inputs: Inputs,
    pub warnings: Vec<String>,
}

/// A command besides running: name, sentence, its own flags.
struct CommandSpec {
    name: &'static str,
    about: &'static str,
    flags: &'static [OwnFlag],
}

struct OwnFlag {
    name: &'static str,
    /// What its value is called; empty for a switch.
    value: &'static str,
    help: &'static str,
}

const fn own(name: &'static str, value: &'static str, help: &'static str) -> OwnFlag {
    OwnFlag { name, value, help }
}

const JSON: OwnFlag = own("json", "", "Print JSON");
const COMMANDS: &[CommandSpec] = &[
    CommandSpec {
        name: "doctor",
        about: "Check all that shipping depends on, and say what to do; exits 1 when there is a problem",
        flags: &[
            JSON,
            own(
                "write-test",
                "GROUP",
                "Prove the permissions: make a stream in this log group and write one event",
            ),
            own(
                "as-service",
                "",
                "Run with the rights of the unit ecs-logs.service, by systemd-run (as root)",
            ),
        ],
    },
    CommandSpec {
        name: "status",
        about: "Say how the running agent is; exits 1 when something is wrong or none runs",
        flags: &[JSON],
    },
    CommandSpec {
        name: "verify",
        about: "Read CloudWatch back and compare with the journal, by stream and hour",
        flags: &[
            JSON,
            own(
                "since",
                "TIME",
                "From then on, or so long ago [default: 24h]",
            ),
            own(
                "until",
                "TIME",
                "Until then, or so long ago: what is not delivered yet is no difference [default: 1m]",
            ),
        ],
    },
    CommandSpec {
        name: "man",
        about: "Print the man page",
        flags: &[],
    },
    CommandSpec {
        name: "completion",
        about: "Print completions for bash, zsh or fish",
        flags: &[],
    },
];

const SHELLS: &[&str] = &["bash", "zsh", "fish"];

/// Reads the arguments behind the program's name. The errors are all there are.
pub fn parse(
    arguments: &[String],
    environment: HashMap<String, String>,
) -> Result<Invocation, Vec<String>> {
    let mut reader = Reader::default();
    let command = reader.command(arguments);
    let rest = &arguments[usize::from(command.is_some()).min(arguments.len())..];
    reader.flags(command, rest);
    let action = reader.action(command);
    if !reader.errors.is_empty() && !matches!(action, Action::Help { .. }) {
        return Err(reader.errors);
    }
    // These are about one thing only: nobody need say so.
    match action {
        Action::Status { .. } => reader.imply("src", "journald"),
        Action::Verify(_) => {
            reader.imply("src", "journald");
            reader.imply("dst", "cloudwatchlogs");
        }
        _ => {}
    }
    Ok(Invocation {
        action,
        inputs: Inputs {
            flags: reader.flags,
            environment,
        },
        warnings: reader.warnings,
    })
}

#[derive(Default)]
struct Reader {
    flags: Vec<(String, Option<String>)>,
    own: HashMap<&'static str, String>,
    words: Vec<String>,
    help: bool,
    version: bool,
    errors: Vec<String>,
    warnings: Vec<String>,
}

impl Reader {
    /// The command, where the first argument is one. A word in its place is a slip, for the original had no use for it.
    fn command(&mut self, arguments: &[String]) -> Option<&'static CommandSpec> {
        let first = arguments.first().filter(|first| !first.starts_with('-'))?;
        if first == "help" {
            self.help = true;
        }
        let name = match first.as_str() {
            "help" => arguments.get(1)?,
            name => name,
        };
        let found = COMMANDS.iter().find(|command| command.name == name);
        if found.is_none() {
            let names = COMMANDS.iter().map(|command| command.name);
            let hint = match nearest(name, names.clone()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("there are {}", names.collect::<Vec<_>>().join(", ")),
            };
            self.errors
                .push(format!("unknown command {name:?} ({hint})"));
        }
        found
    }

    fn flags(&mut self, command: Option<&'static CommandSpec>, arguments: &[String]) {
        let mut arguments = arguments.iter().peekable();
        while let Some(argument) = arguments.next() {
            let dashed = argument
                .strip_prefix("--")
                .or_else(|| argument.strip_prefix('-'));
            let Some(flag) = dashed.filter(|flag| !flag.is_empty()) else {
                if argument == "--" {
                    continue;
                }
                self.words.push(argument.clone());
                if command.is_none() {
                    // As Go's flag package: the first word ends the flags, and the original looked at none of them.
                    self.warnings
                        .push(format!("{argument:?} and what follows is not looked at"));
                    return;
                }
                continue;
            };
            let (name, mut value) = match flag.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (flag, None),
            };
            match name {
                "h" | "help" => {
                    self.help = true;
                    continue;
                }
                "version" | "V" => {
                    self.version = true;
                    continue;
                }
                _ => {}
            }
            let own = command.and_then(|command| command.flags.iter().find(|own| own.name == name));
            let known = OPTIONS.iter().find(|option| option.name == name);
            let wants_value = match (own, known) {
                (Some(own), _) => !own.value.is_empty(),
                (None, Some(option)) => option.takes != Takes::Switch,
                // A slip of a flag is followed by its value, not by the end of the flags.
                (None, None) => arguments.peek().is_some_and(|next| !next.starts_with('-')),
            };
            if value.is_none() && wants_value {
                value = arguments.next_if(|next| !is_known_flag(next)).cloned();
            }
            match own {
                Some(own) => {
                    if value.is_none() && wants_value {
                        self.errors
                            .push(format!("--{name} needs a value: --{name} {}", own.value));
                    }
                    self.own
                        .insert(own.name, value.unwrap_or_else(|| "true".to_owned()));
                }
                None => self.flags.push((name.to_owned(), value)),
            }
        }
    }

    fn imply(&mut self, name: &str, value: &str) {
        if !self.flags.iter().any(|(given, _)| given == name) {
            self.flags.push((name.to_owned(), Some(value.to_owned())));
        }
    }

    fn time(&mut self, name: &'static str, default: &str) -> Start {
        let text = self.own.get(name).map_or(default, String::as_str);
        match moment(text) {
            Ok(time @ (Start::Time(_) | Start::Ago(_))) => time,
            _ => {
                self.errors.push(format!(
                    "--{name} {text:?} is no time (write 2h, 2026-01-31 or 2026-01-31T12:00:00Z)"
                ));
                Start::Head
            }
        }
    }

    fn action(&mut self, command: Option<&'static CommandSpec>) -> Action {
        if self.help {
            return Action::Help {
                command: command.map(|command| command.name),
            };
        }
        if self.version {
            return Action::Version;
        }
        let json = self.own.get("json").is_some_and(|text| text == "true");
        match command.map(|command| command.name) {
            None => {
                let print = |(name, value): &(String, Option<String>)| {
                    name == "print-config" && value.as_deref().unwrap_or("true") == "true"
                };
                match self.flags.iter().any(print) {
                    true => Action::PrintConfig,
                    false => Action::Run,
                }
            }
            Some("doctor") => Action::Doctor(DoctorFlags {
                json,
                write_test: self.own.get("write-test").cloned(),
                as_service: self
                    .own
                    .get("as-service")
                    .is_some_and(|text| text == "true"),
            }),
            Some("verify") => Action::Verify(VerifyFlags {
                json,
                since: self.time("since", "24h"),
                until: self.time("until", "1m"),
            }),
            Some("status") => Action::Status { json },
            Some("man") => Action::Man,
            Some(_) => {
                let shell = self.words.first().cloned().unwrap_or_default();
                if !SHELLS.contains(&shell.as_str()) {
                    self.errors.push(format!(
                        "completion {shell:?} is none of {}",
                        SHELLS.join(", ")
                    ));
                }
                Action::Completion { shell }
            }
        }
    }
}

/// A flag in the place of a value is a value forgotten.
fn is_known_flag(argument: &str) -> bool {
    let name = argument
        .strip_prefix("--")
        .or_else(|| argument.strip_prefix('-'));
    let name = name.and_then(|name| name.split('=').next());
    name.is_some_and(|name| OPTIONS.iter().any(|option| option.name == name))
}

/// The command line as clap knows it: for help, man page and completions.
pub fn command() -> Command {
    let mut command = Command::new("ecs-logs")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Ships container logs from journald to CloudWatch Logs: a group for each service, a stream for each container, nothing lost")
        .after_help(
            "Flags may have one dash or two. An option --max-batch-bytes is also ECS_LOGS_MAX_BATCH_BYTES in the environment\nand max_batch_bytes in the configuration file; flags win over the environment, which wins over the file.\n\nExit codes: 0 done, 1 failed, 2 wrong usage or configuration.",
        )
        .max_term_width(110)
        .subcommand_negates_reqs(true)
        .disable_help_subcommand(true)
        .disable_help_flag(true)
        .disable_version_flag(true);
    for option in OPTIONS {
        let mut arg = Arg::new(option.name)
            .long(option.name)
            .help_heading(option.section);
        let mut help = option.help.to_owned();
        arg = match option.takes {
            Takes::Switch if option.default == "true" => {
                arg.value_name("BOOL").num_args(0..=1).require_equals(true)
            }
            Takes::Switch => arg.action(ArgAction::SetTrue),
            Takes::Choice(choices) => arg
                .value_name(option.value)
                .value_parser(choices.to_vec())
                .hide_possible_values(true),
            Takes::Path => arg
                .value_name(option.value)
                .value_hint(clap::ValueHint::AnyPath),
            Takes::Repeated => arg.value_name(option.value).action(ArgAction::Append),
            _ => arg.value_name(option.value),
        };
        if !option.default.is_empty() && option.takes != Takes::Switch || option.default == "true" {
            help += &format!(" [default: {}]", option.default);
        }
        command = command.arg(arg.help(help));
    }
    command = command
        .arg(
            Arg::new("help")
                .long("help")
                .short('h')
                .action(ArgAction::SetTrue)
                .help("Print help"),
        )
        .arg(
            Arg::new("version")
                .long("version")
                .short('V')
                .action(ArgAction::SetTrue)
                .help("Print the version"),
        );
    for spec in COMMANDS {
        let mut sub = Command::new(spec.name)
            .about(spec.about)
            .disable_help_flag(true);
        for own in spec.flags {
            let arg = Arg::new(own.name).long(own.name).help(own.help);
            sub = sub.arg(match own.value {
                "" => arg.action(ArgAction::SetTrue),
                value => arg.value_name(value),
            });
        }
        if spec.name == "completion" {
            sub = sub.arg(
                Arg::new("shell")
                    .value_name("SHELL")
                    .value_parser(SHELLS.to_vec())
                    .required(true),
            );
        }
        command = command.subcommand(sub);
    }
    command
}

/// The help text of the agent or of one of its commands.
pub fn help(of: Option<&str>) -> String {
    let mut all = command();
    let one = of.and_then(|name| all.find_subcommand(name).cloned());
    match one {
        Some(one) => one
            .bin_name(format!("ecs-logs {}", of.unwrap_or_default()))
            .render_help()
            .to_string(),
        None => all.render_help().to_string(),
    }
}

/// The man page, as roff.
pub fn man() -> std::io::Result<Vec<u8>> {
    let mut page = Vec::new();
    // clap's own list of commands names pages that there are not; ours has their flags.
    let mut all = command();
    for spec in COMMANDS {
        all = all.mut_subcommand(spec.name, |sub| sub.hide(true));
    }
    clap_mangen::Man::new(all).render(&mut page)?;
    page.extend_from_slice(commands_section().as_bytes());
    Ok(page)
}

fn commands_section() -> String {
    let roff = |text: &str| text.replace('\\', "\\\\").replace('-', "\\-");
    let mut text = ".SH COMMANDS\n".to_owned();
    for spec in COMMANDS {
        let (name, about) = (roff(spec.name), roff(spec.about));
        text += &format!(".SS \"ecs\\-logs {name}\"\n{about}.\n");
        for flag in spec.flags {
            let (name, value, help) = (roff(flag.name), roff(flag.value), roff(flag.help));
            let value = match value.as_str() {
                "" => String::new(),
                value => format!(" \\fI{value}\\fR"),
            };
            text += &format!(".TP\n\\fB\\-\\-{name}\\fR{value}\n{help}\n");
        }
    }
    text
}

/// Completions for a shell of [`parse`]'s choice.
pub fn completion(shell: &str) -> Vec<u8> {
    use clap_complete::{Shell, generate};
    let mut out = Vec::new();
    let shell = match shell {
        "zsh" => Shell::Zsh,
        "fish" => Shell::Fish,
        _ => Shell::Bash,
    };
    generate(shell, &mut command(), "ecs-logs", &mut out);
    out
}

#[cfg(test)]
#[path = "cli_tests.rs"]
mod tests;
