//! Help texts, made from the tree of commands and the table of flags.

use super::commands::Command;
use super::flags::{self, Flag, Kind};

/// The help of the last command of a path.
pub(super) fn help(path: &[&Command]) -> String {
    let Some(command) = path.last() else {
        return String::new();
    };
    let name = path.iter().map(|command| {
        if command.name == "terraform-docs" {
            "tfdocs"
        } else {
            command.name
        }
    });
    let name = name.collect::<Vec<_>>().join(" ");
    let mut out = format!("{}\n\nUsage:\n", command.about);
    if command.formatter.is_some() {
        out += &format!("  {name} [PATH] [flags]\n");
    }
    if !command.children.is_empty() {
        out += &format!("  {name} [command]\n\nAvailable Commands:\n");
        for child in command.children {
            out += &format!("  {:<12} {}\n", child.name, child.about);
        }
    }
    if !command.aliases.is_empty() {
        out += &format!(
            "\nAliases:\n  {}, {}\n",
            command.name,
            command.aliases.join(", ")
        );
    }
    if !command.flags.is_empty() {
        out += "\nFlags:\n";
        command.flags.iter().for_each(|flag| out += &line(flag));
    }
    out += "\nGlobal Flags:\n";
    flags::GLOBAL.iter().for_each(|flag| out += &line(flag));
    out + "  -h, --help                          help for the command\n"
}

fn line(flag: &Flag) -> String {
    let short = flag
        .short
        .map_or_else(|| "    ".to_owned(), |short| format!("-{short}, "));
    let kind = match flag.kind {
        Kind::Bool => "",
        Kind::Int => " int",
        Kind::Text => " string",
        Kind::List => " strings",
    };
    let default = match (flag.kind, flag.default) {
        (_, "") | (Kind::Bool, "false") => String::new(),
        (Kind::Text, text) => format!(" (default {text:?})"),
        (_, text) => format!(" (default {text})"),
    };
    format!(
        "  {short}{:<30}{}{default}\n",
        format!("--{}{kind}", flag.name),
        flag.help
    )
}
