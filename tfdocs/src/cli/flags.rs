//! The flags: which there are, where they may stand, and pflag's way of reading them, messages included.

use std::collections::BTreeMap;

/// How a flag's value is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Bool,
    Int,
    Text,
    /// Comma separated, may be repeated.
    List,
}

/// One flag, its configuration key and its default as help shows it.
#[derive(Debug, Clone, Copy)]
pub struct Flag {
    pub name: &'static str,
    pub short: Option<char>,
    pub kind: Kind,
    pub default: &'static str,
    /// The key of the configuration file, dotted; empty for those that have none.
    pub key: &'static str,
    pub help: &'static str,
}

const fn flag(
    name: &'static str,
    kind: Kind,
    default: &'static str,
    key: &'static str,
    help: &'static str,
) -> Flag {
    Flag {
        name,
        short: None,
        kind,
        default,
        key,
        help,
    }
}

/// Flags of every formatter and of the program itself.
pub const GLOBAL: &[Flag] = &[
    Flag {
        short: Some('c'),
        ..flag(
            "config",
            Kind::Text,
            ".terraform-docs.yml",
            "",
            "config file name",
        )
    },
    flag(
        "footer-from",
        Kind::Text,
        "",
        "footer-from",
        "relative path of a file to read the footer from",
    ),
    flag(
        "header-from",
        Kind::Text,
        "main.tf",
        "header-from",
        "relative path of a file to read the header from",
    ),
    flag("hide", Kind::List, "", "sections.hide", "sections to hide"),
    flag(
        "lockfile",
        Kind::Bool,
        "true",
        "settings.lockfile",
        "read .terraform.lock.hcl if there is one",
    ),
    flag(
        "output-check",
        Kind::Bool,
        "false",
        "output.check",
        "only tell whether the output file is up to date",
    ),
    flag(
        "output-file",
        Kind::Text,
        "",
        "output.file",
        "file in the module's directory to write to",
    ),
    flag(
        "output-mode",
        Kind::Text,
        "inject",
        "output.mode",
        "how to write the file: inject or replace",
    ),
    flag(
        "output-template",
        Kind::Text,
        "<!-- BEGIN_TF_DOCS -->\\n{{ .Content }}\\n<!-- END_TF_DOCS -->",
        "output.template",
        "the lines around the content",
    ),
    flag(
        "output-values",
        Kind::Bool,
        "false",
        "output-values.enabled",
        "show the values of outputs",
    ),
    flag(
        "output-values-from",
        Kind::Text,
        "",
        "output-values.from",
        "file with the values of outputs (terraform output -json)",
    ),
    flag(
        "read-comments",
        Kind::Bool,
        "true",
        "settings.read-comments",
        "use comments as descriptions where there are none",
    ),
    flag(
        "recursive",
        Kind::Bool,
        "false",
        "recursive.enabled",
        "document submodules, too",
    ),
    flag(
        "recursive-exclude",
        Kind::List,
        "",
        "recursive.exclude",
        "names of directories to leave out",
    ),
    flag(
        "recursive-include-main",
        Kind::Bool,
        "true",
        "recursive.include-main",
        "document the main module, too",
    ),
    flag(
        "recursive-path",
        Kind::Text,
        "modules",
        "recursive.path",
        "where the submodules are",
    ),
    flag("show", Kind::List, "", "sections.show", "sections to show"),
    flag("sort", Kind::Bool, "true", "sort.enabled", "sort items"),
    flag(
        "sort-by",
        Kind::Text,
        "name",
        "sort.by",
        "what to sort by: name, required or type",
    ),
    // Ours, beyond the original.
    flag(
        "compat",
        Kind::Bool,
        "true",
        "settings.compat",
        "keep the quirks of terraform-docs",
    ),
    flag(
        "diff",
        Kind::Bool,
        "false",
        "",
        "with --output-check, show what differs",
    ),
];

pub const MARKDOWN: &[Flag] = &[
    flag(
        "anchor",
        Kind::Bool,
        "true",
        "settings.anchor",
        "create anchor links",
    ),
    flag(
        "atx-closed",
        Kind::Bool,
        "false",
        "settings.atx-closed",
        "close headings with the marks they begin with",
    ),
    flag(
        "default",
        Kind::Bool,
        "true",
        "settings.default",
        "show the Default column or section",
    ),
    flag(
        "escape",
        Kind::Bool,
        "true",
        "settings.escape",
        "escape special characters",
    ),
    flag(
        "hide-empty",
        Kind::Bool,
        "false",
        "settings.hide-empty",
        "hide empty sections",
    ),
    flag(
        "html",
        Kind::Bool,
        "true",
        "settings.html",
        "use HTML tags where markdown has none",
    ),
    flag(
        "indent",
        Kind::Int,
        "2",
        "settings.indent",
        "level of the section headings, 1 to 5",
    ),
    flag(
        "required",
        Kind::Bool,
        "true",
        "settings.required",
        "show the Required column or section",
    ),
    flag(
        "sensitive",
        Kind::Bool,
        "true",
        "settings.sensitive",
        "show the Sensitive column or section",
    ),
    flag(
        "type",
        Kind::Bool,
        "true",
        "settings.type",
        "show the Type column or section",
    ),
];

pub const ASCIIDOC: &[Flag] = &[
    flag(
        "anchor",
        Kind::Bool,
        "true",
        "settings.anchor",
        "create anchor links",
    ),
    flag(
        "default",
        Kind::Bool,
        "true",
        "settings.default",
        "show the Default column or section",
    ),
    flag(
        "hide-empty",
        Kind::Bool,
        "false",
        "settings.hide-empty",
        "hide empty sections",
    ),
    flag(
        "indent",
        Kind::Int,
        "2",
        "settings.indent",
        "level of the section headings, 1 to 5",
    ),
    flag(
        "required",
        Kind::Bool,
        "true",
        "settings.required",
        "show the Required column or section",
    ),
    flag(
        "sensitive",
        Kind::Bool,
        "true",
        "settings.sensitive",
        "show the Sensitive column or section",
    ),
    flag(
        "type",
        Kind::Bool,
        "true",
        "settings.type",
        "show the Type column or section",
    ),
];

pub const JSON: &[Flag] = &[flag(
    "escape",
    Kind::Bool,
    "true",
    "settings.escape",
    "escape special characters",
)];
pub const PRETTY: &[Flag] = &[flag(
    "color",
    Kind::Bool,
    "true",
    "settings.color",
    "use colors",
)];
pub const TFVARS_HCL: &[Flag] = &[flag(
    "description",
    Kind::Bool,
    "false",
    "settings.description",
    "show descriptions as comments",
)];

/// Flags of a command line by name: what they were set to, lists joined in order.
pub type Values = BTreeMap<&'static str, Vec<String>>;

/// A command line without its command: flags and the rest.
#[derive(Debug, Default)]
pub struct Parsed {
    pub values: Values,
    pub positional: Vec<String>,
    pub help: bool,
    pub version: bool,
}

/// Reads the arguments of a command that has these flags (and `help`, and `version` when `root`).
///
/// # Errors
/// pflag's messages.
pub fn parse(args: &[String], flags: &[Flag], root: bool) -> Result<Parsed, String> {
    let mut parsed = Parsed::default();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        if arg == "--" {
            parsed.positional.extend(args.by_ref().cloned());
        } else if let Some(long) = arg.strip_prefix("--") {
            if long.starts_with('-') || long.starts_with('=') {
                return Err(format!("bad flag syntax: {arg}"));
            }
            let (name, value) = long
                .split_once('=')
                .map_or((long, None), |(name, value)| (name, Some(value.to_owned())));
            let shown = format!("--{name}");
            match flags.iter().find(|flag| flag.name == name) {
                Some(flag) => {
                    let value = match (value, flag.kind) {
                        (Some(value), _) => value,
                        (None, Kind::Bool) => "true".to_owned(),
                        (None, _) => args
                            .next()
                            .cloned()
                            .ok_or_else(|| format!("flag needs an argument: {shown}"))?,
                    };
                    set(&mut parsed, flag, &value)?;
                }
                None if name == "help" => parsed.help = switch(value, "-h, --help")?,
                None if name == "version" && root => {
                    parsed.version = switch(value, "-v, --version")?
                }
                None => return Err(format!("unknown flag: {shown}")),
            }
        } else if arg.len() > 1 && arg.starts_with('-') {
            shorthands(arg, flags, root, &mut args, &mut parsed)?;
        } else {
            parsed.positional.push(arg.clone());
        }
    }
    Ok(parsed)
}

fn switch(value: Option<String>, shown: &str) -> Result<bool, String> {
    value.map_or(Ok(true), |value| {
        parse_bool(&value).ok_or_else(|| invalid(&value, shown, "ParseBool", "invalid syntax"))
    })
}

/// `-c FILE`, `-cFILE`, `-c=FILE`, `-hv`.
fn shorthands<'a>(
    arg: &str,
    flags: &[Flag],
    root: bool,
    rest: &mut impl Iterator<Item = &'a String>,
    parsed: &mut Parsed,
) -> Result<(), String> {
    let mut letters = arg.chars();
    letters.next();
    while let Some(letter) = letters.next() {
        match flags.iter().find(|flag| flag.short == Some(letter)) {
            Some(flag) => {
                let inline = letters.as_str();
                let value = if inline.is_empty() {
                    rest.next()
                        .cloned()
                        .ok_or_else(|| format!("flag needs an argument: '{letter}' in {arg}"))?
                } else {
                    inline.strip_prefix('=').unwrap_or(inline).to_owned()
                };
                set(parsed, flag, &value)?;
                return Ok(());
            }
            None if letter == 'h' => parsed.help = true,
            None if letter == 'v' && root => parsed.version = true,
            None => return Err(format!("unknown shorthand flag: '{letter}' in {arg}")),
        }
    }
    Ok(())
}

fn set(parsed: &mut Parsed, flag: &Flag, value: &str) -> Result<(), String> {
    let shown = flag.short.map_or_else(
        || format!("--{}", flag.name),
        |short| format!("-{short}, --{}", flag.name),
    );
    let fault = |function: &str, why: &str| invalid(value, &shown, function, why);
    match flag.kind {
        Kind::Bool => {
            let value = parse_bool(value).ok_or_else(|| fault("ParseBool", "invalid syntax"))?;
            parsed.values.insert(flag.name, vec![value.to_string()]);
        }
        Kind::Int => {
            let value = parse_int(value).map_err(|why| fault("ParseInt", why))?;
            parsed.values.insert(flag.name, vec![value.to_string()]);
        }
        Kind::Text => {
            parsed.values.insert(flag.name, vec![value.to_owned()]);
        }
        Kind::List => parsed
            .values
            .entry(flag.name)
            .or_default()
            .extend(split_list(value)),
    }
    Ok(())
}

fn invalid(value: &str, shown: &str, function: &str, why: &str) -> String {
    format!(
        "invalid argument {value:?} for {shown:?} flag: strconv.{function}: parsing {value:?}: {why}"
    )
}

/// A line of comma separated values; quotes protect commas.
fn split_list(value: &str) -> Vec<String> {
    if value.is_empty() {
        return Vec::new();
    }
    if !value.contains('"') {
        return value.split(',').map(str::to_owned).collect();
    }
    let (mut out, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = value.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                field.push('"');
                chars.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    out.push(field);
    out
}

/// Go's `strconv.ParseBool`.
pub fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// Go's `strconv.ParseInt` with base 0: decimal, `0x`, `0o`, `0b`, underscores between digits.
///
/// # Errors
/// The reason in Go's words.
pub fn parse_int(text: &str) -> Result<i64, &'static str> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', ..] => (true, text.get(1..).unwrap_or_default()),
        [b'+', ..] => (false, text.get(1..).unwrap_or_default()),
        _ => (false, text),
    };
    let lower = digits.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, lower.get(2..).unwrap_or_default()),
        [b'0', b'o', ..] => (8, lower.get(2..).unwrap_or_default()),
        [b'0', b'b', ..] => (2, lower.get(2..).unwrap_or_default()),
        [b'0', _, ..] => (8, lower.get(1..).unwrap_or_default()),
        _ => (10, lower.as_str()),
    };
    let digits = digits.replace('_', "");
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err("invalid syntax");
    }
    let value = i128::from_str_radix(&digits, radix).map_err(|_| "value out of range")?;
    i64::try_from(if negative { -value } else { value }).map_err(|_| "value out of range")
}
