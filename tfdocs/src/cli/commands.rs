//! The tree of commands and cobra's way of finding one among flags.

use super::flags::{self, Flag, Kind};

/// A command: its names, what it formats, the flags it has beyond the global ones.
pub struct Command {
    pub name: &'static str,
    pub aliases: &'static [&'static str],
    /// The formatter it stands for; none for those that only group others or do something else.
    pub formatter: Option<&'static str>,
    pub flags: &'static [Flag],
    pub about: &'static str,
    pub children: &'static [Command],
}

const fn formatter(
    name: &'static str,
    formatter: &'static str,
    flags: &'static [Flag],
    about: &'static str,
) -> Command {
    Command {
        name,
        aliases: &[],
        formatter: Some(formatter),
        flags,
        about,
        children: &[],
    }
}

const fn other(name: &'static str, about: &'static str, children: &'static [Command]) -> Command {
    Command {
        name,
        aliases: &[],
        formatter: None,
        flags: &[],
        about,
        children,
    }
}

pub const ROOT: Command = Command {
    name: "terraform-docs",
    aliases: &[],
    formatter: Some(""),
    flags: &[],
    about: "Generate documentation from Terraform modules in various formats",
    children: &[
        Command {
            aliases: &["adoc"],
            children: &[
                Command {
                    aliases: &["doc"],
                    ..formatter(
                        "document",
                        "asciidoc document",
                        flags::ASCIIDOC,
                        "AsciiDoc document",
                    )
                },
                Command {
                    aliases: &["tbl"],
                    ..formatter(
                        "table",
                        "asciidoc table",
                        flags::ASCIIDOC,
                        "AsciiDoc tables",
                    )
                },
            ],
            ..formatter(
                "asciidoc",
                "asciidoc table",
                flags::ASCIIDOC,
                "Generate AsciiDoc of inputs and outputs",
            )
        },
        other(
            "completion",
            "Generate shell completion code for bash, zsh or fish",
            &[
                other("bash", "Completion code for bash", &[]),
                other("fish", "Completion code for fish", &[]),
                other("zsh", "Completion code for zsh", &[]),
            ],
        ),
        other("help", "Help about any command", &[]),
        formatter(
            "json",
            "json",
            flags::JSON,
            "Generate JSON of inputs and outputs",
        ),
        other("man", "Print the manual page (roff)", &[]),
        Command {
            aliases: &["md"],
            children: &[
                Command {
                    aliases: &["doc"],
                    ..formatter(
                        "document",
                        "markdown document",
                        flags::MARKDOWN,
                        "Markdown document",
                    )
                },
                Command {
                    aliases: &["tbl"],
                    ..formatter(
                        "table",
                        "markdown table",
                        flags::MARKDOWN,
                        "Markdown tables",
                    )
                },
            ],
            ..formatter(
                "markdown",
                "markdown table",
                flags::MARKDOWN,
                "Generate Markdown of inputs and outputs",
            )
        },
        formatter(
            "pretty",
            "pretty",
            flags::PRETTY,
            "Generate colorized pretty of inputs and outputs",
        ),
        other(
            "tfvars",
            "Generate terraform.tfvars of inputs",
            &[
                formatter(
                    "hcl",
                    "tfvars hcl",
                    flags::TFVARS_HCL,
                    "Generate HCL format of terraform.tfvars of inputs",
                ),
                formatter(
                    "json",
                    "tfvars json",
                    &[],
                    "Generate JSON format of terraform.tfvars of inputs",
                ),
            ],
        ),
        formatter("toml", "toml", &[], "Generate TOML of inputs and outputs"),
        other("version", "Print the version number", &[]),
        formatter("xml", "xml", &[], "Generate XML of inputs and outputs"),
        formatter("yaml", "yaml", &[], "Generate YAML of inputs and outputs"),
    ],
};

impl Command {
    fn child(&self, name: &str) -> Option<&'static Command> {
        self.children
            .iter()
            .find(|child| child.name == name || child.aliases.contains(&name))
    }

    /// The flags that may stand with this command.
    pub fn all_flags(&self) -> Vec<Flag> {
        self.flags.iter().chain(flags::GLOBAL).copied().collect()
    }
}

/// The command the arguments name, the commands on the way to it, and the arguments without those names.
pub fn find(args: &[String]) -> (Vec<&'static Command>, Vec<String>) {
    static TOP: Command = ROOT;
    let mut path = vec![&TOP];
    let mut args = args.to_vec();
    loop {
        let Some(command) = path.last() else {
            return (path, args);
        };
        let found = first_word(&args, &command.all_flags())
            .and_then(|at| Some((at, command.child(args.get(at)?)?)));
        match found {
            Some((at, child)) => {
                args.remove(at);
                path.push(child);
            }
            None => return (path, args),
        }
    }
}

/// Where the first argument stands that is neither a flag nor a flag's value.
fn first_word(args: &[String], flags: &[Flag]) -> Option<usize> {
    let mut at = 0;
    while let Some(arg) = args.get(at) {
        let takes_next = if arg == "--" {
            return None;
        } else if let Some(long) = arg.strip_prefix("--") {
            !long.contains('=')
                && long != "help"
                && !flags
                    .iter()
                    .any(|flag| flag.name == long && flag.kind == Kind::Bool)
        } else if arg.starts_with('-') {
            arg.len() == 2 && arg != "-h" && arg != "-v"
        } else if arg.is_empty() {
            false
        } else {
            return Some(at);
        };
        at += 1;
        if takes_next {
            // A flag's value at the very end leaves no room for a command.
            if args.len() - at <= 1 {
                return None;
            }
            at += 1;
        }
    }
    None
}
