//! Completion scripts and the manual page, made from the tree of commands and the table of flags.

use super::commands::{Command, ROOT};
use super::flags::{Flag, GLOBAL, Kind};

/// The completion script of a shell: `bash`, `zsh` or `fish`.
pub(super) fn script(shell: &str) -> String {
    match shell {
        "fish" => fish(),
        // zsh reads bash's functions after bashcompinit.
        "zsh" => format!(
            "#compdef tfdocs\nautoload -U +X bashcompinit && bashcompinit\n{}",
            bash()
        ),
        _ => bash(),
    }
}

/// A command by the names that lead to it, `md doc` among them, and the command itself.
fn walk(command: &'static Command, path: &str, found: &mut Vec<(String, &'static Command)>) {
    found.push((path.to_owned(), command));
    for child in command.children {
        for name in std::iter::once(&child.name).chain(child.aliases) {
            let path = format!("{path} {name}");
            walk(child, path.trim(), found);
        }
    }
}

fn all() -> Vec<(String, &'static Command)> {
    static TOP: Command = ROOT;
    let mut found = Vec::new();
    walk(&TOP, "", &mut found);
    found
}

fn words(command: &Command) -> String {
    let names = command
        .children
        .iter()
        .flat_map(|child| std::iter::once(child.name).chain(child.aliases.iter().copied()));
    names.collect::<Vec<_>>().join(" ")
}

fn options(flags: &[Flag]) -> String {
    let names: Vec<String> = flags
        .iter()
        .map(|flag| match flag.kind {
            // A bool takes its value after an equals sign only.
            Kind::Bool => format!("--{}", flag.name),
            _ => format!("--{}=", flag.name),
        })
        .collect();
    names.join(" ")
}

/// The values a flag knows.
fn values(flag: &Flag) -> &'static str {
    match flag.name {
        "output-mode" => "inject replace",
        "sort-by" => "name required type",
        "show" | "hide" => {
            "all data-sources footer header inputs modules outputs providers requirements resources"
        }
        _ => "",
    }
}

fn bash() -> String {
    let mut out = String::from(
        "# tfdocs: bash completion\n_tfdocs() {\n  local cur=\"${COMP_WORDS[COMP_CWORD]}\" path=\"\" word words=\"\" flags=\"\"\n  \
         for word in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n    case \"$word\" in\n      -*) ;;\n      *) path=\"${path:+$path }$word\" ;;\n    esac\n  done\n  \
         case \"$cur\" in\n",
    );
    for flag in GLOBAL.iter().filter(|flag| !values(flag).is_empty()) {
        let (name, values) = (flag.name, values(flag));
        out += &format!(
            "    --{name}=*) COMPREPLY=($(compgen -P \"--{name}=\" -W \"{values}\" -- \"${{cur#*=}}\")); return ;;\n"
        );
    }
    out += "  esac\n  case \"$path\" in\n";
    for (path, command) in all() {
        let (words, flags) = (words(command), options(command.flags));
        out += &format!("    \"{path}\") words=\"{words}\" flags=\"{flags}\" ;;\n");
    }
    let global = options(GLOBAL);
    out += &format!(
        "  esac\n  if [[ $cur == -* ]]; then\n    COMPREPLY=($(compgen -W \"$flags {global} --help\" -- \"$cur\"))\n    \
         [[ ${{COMPREPLY[0]-}} == *= ]] && compopt -o nospace 2>/dev/null\n  else\n    \
         COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"; compgen -d -- \"$cur\"))\n  fi\n}}\ncomplete -F _tfdocs tfdocs\n"
    );
    out
}

fn fish() -> String {
    let mut out = String::from(
        "# tfdocs: fish completion\ncomplete -c tfdocs -f -a '(__fish_complete_directories)'\n",
    );
    for (path, command) in all() {
        let seen = match path.as_str() {
            "" => "__fish_use_subcommand".to_owned(),
            path => {
                let last = path.rsplit(' ').next().unwrap_or(path);
                format!("__fish_seen_subcommand_from {last}")
            }
        };
        for child in command.children {
            let names = std::iter::once(&child.name).chain(child.aliases);
            let names: Vec<&str> = names.copied().collect();
            let (names, about) = (names.join(" "), child.about);
            out += &format!("complete -c tfdocs -n '{seen}' -a '{names}' -d '{about}'\n");
        }
        for flag in command.flags {
            out += &fish_flag(flag, &format!(" -n '{seen}'"));
        }
    }
    GLOBAL.iter().for_each(|flag| out += &fish_flag(flag, ""));
    out
}

fn fish_flag(flag: &Flag, condition: &str) -> String {
    let short = flag.short.map_or(String::new(), |c| format!(" -s {c}"));
    let takes = match (flag.kind, values(flag)) {
        (Kind::Bool, _) => String::new(),
        (_, "") => " -r -F".into(),
        (_, values) => format!(" -x -a '{values}'"),
    };
    let (name, help) = (flag.name, flag.help.replace('\'', "\\'"));
    format!("complete -c tfdocs{condition} -l {name}{short}{takes} -d '{help}'\n")
}

/// The manual page, in roff.
pub(super) fn man() -> String {
    let mut out = String::from(
        ".TH TFDOCS 1\n.SH NAME\ntfdocs \\- document Terraform modules\n.SH SYNOPSIS\n.B tfdocs\n[\\fICOMMAND\\fR] [\\fIPATH\\fR] [\\fIFLAGS\\fR]\n\
         .SH DESCRIPTION\nReads the Terraform module in the directory \\fIPATH\\fR and prints its documentation, or writes it into a file between two marker comments. \
         A drop-in for terraform-docs: commands, flags, the configuration file .terraform-docs.yml and the text itself are the same.\n.SH COMMANDS\n",
    );
    let commands = all().into_iter().filter(|(path, command)| {
        // Aliases are told with their command.
        path.rsplit(' ').next() == Some(command.name) && main_names(path)
    });
    for (path, command) in commands {
        let aliases = match command.aliases {
            [] => String::new(),
            aliases => format!(" ({})", aliases.join(", ")),
        };
        out += &format!(
            ".TP\n.B {}\n{}.\n",
            roff(&(path + &aliases)),
            roff(command.about)
        );
    }
    out += ".SH FLAGS\n";
    GLOBAL.iter().for_each(|flag| out += &man_flag(flag));
    for (path, command) in all() {
        if command.flags.is_empty()
            || !main_names(&path)
            || path.contains(' ') && !path.starts_with("tfvars")
        {
            continue;
        }
        out += &format!(".SS {}\n", roff(&path));
        command.flags.iter().for_each(|flag| out += &man_flag(flag));
    }
    out += ".SH FILES\n.TP\n.B .terraform-docs.yml\nSettings. Looked for in \\fIPATH\\fR, its .config directory, the current directory, ./.config and ~/.tfdocs.d; flags win over it.\n\
            .SH EXIT STATUS\n0 when all went well, 1 on any error and when \\fB\\-\\-output\\-check\\fR finds a difference.\n";
    out
}

/// Whether a path is made of commands' own names and no aliases.
fn main_names(path: &str) -> bool {
    static TOP: Command = ROOT;
    let mut at: &'static Command = &TOP;
    path.split_whitespace().all(|name| {
        let child = at.children.iter().find(|child| child.name == name);
        child.is_some_and(|child| {
            at = child;
            true
        })
    })
}

fn man_flag(flag: &Flag) -> String {
    let value = match flag.kind {
        Kind::Bool => "=\\fIBOOL\\fR",
        Kind::Int => " \\fINUMBER\\fR",
        Kind::Text => " \\fITEXT\\fR",
        Kind::List => " \\fINAMES\\fR",
    };
    let short = flag
        .short
        .map_or(String::new(), |c| format!("\\fB\\-{c}\\fR, "));
    let key = match flag.key {
        "" => String::new(),
        key => format!(" In the configuration: {}.", roff(key)),
    };
    let default = match flag.default {
        "" => String::new(),
        text => format!(" Default: {}.", roff(text)),
    };
    let (name, help) = (roff(flag.name), roff(flag.help));
    format!(".TP\n{short}\\fB\\-\\-{name}\\fR{value}\n{help}.{default}{key}\n")
}

/// Text with roff's own signs escaped.
fn roff(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    match text.starts_with(['.', '\'']) {
        true => format!("\\&{text}"),
        false => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_and_flag_is_completed_and_in_the_manual() {
        let manual = man();
        for shell in ["bash", "zsh", "fish"] {
            let script = script(shell);
            for (path, command) in all() {
                let word = path.rsplit(' ').next().unwrap_or_default();
                assert!(script.contains(word), "{shell}: {path}");
                for flag in command.flags.iter().chain(GLOBAL) {
                    assert!(script.contains(flag.name), "{shell}: --{}", flag.name);
                    assert!(manual.contains(&roff(flag.name)), "man: --{}", flag.name);
                }
            }
        }
    }
}
