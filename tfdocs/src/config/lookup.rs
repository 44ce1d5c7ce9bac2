//! Where the configuration file is, and its values.

use std::path::{Path, PathBuf};

use super::yaml::{self, Node};
use crate::os::describe;
use crate::path::{clean, join};

/// The file that is looked for when none is named.
pub(crate) const DEFAULT_NAME: &str = ".terraform-docs.yml";

/// Extensions in the order in which they are tried; whatever it is, the file is YAML.
const EXTENSIONS: [&str; 12] = [
    "json",
    "toml",
    "yaml",
    "yml",
    "properties",
    "props",
    "prop",
    "hcl",
    "tfvars",
    "dotenv",
    "env",
    "ini",
];

/// A configuration file's values.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    pub(crate) path: PathBuf,
    pub(crate) items: Vec<(String, Node)>,
}

/// The file for a module: the one named by `--config`, or the first found beside the module, here, and at home.
///
/// # Errors
/// The original's messages.
pub(crate) fn find(named: Option<&str>, module: &str) -> Result<Option<Found>, String> {
    match named {
        Some("") => Err("value of '--config' can't be empty".into()),
        None => match search(module) {
            Some(path) => read_yaml(&path).map(Some),
            None => Ok(None),
        },
        Some(name) => named_file(name).map(Some),
    }
}

fn search(module: &str) -> Option<PathBuf> {
    let home = std::env::var("HOME").unwrap_or_default();
    let dirs = [
        join("", module),
        join(module, ".config"),
        ".".into(),
        ".config".into(),
        join(&home, ".tfdocs.d"),
    ];
    // Mostly none of the folders is there but the module's: no need to ask for thirteen files in each.
    let mut there = dirs.iter().filter(|dir| Path::new(dir).is_dir());
    there.find_map(|dir| {
        let base = Path::new(dir).join(".terraform-docs");
        let with = EXTENSIONS
            .iter()
            .map(|extension| base.with_file_name(format!(".terraform-docs.{extension}")));
        with.chain([base.clone()]).find(|path| path.is_file())
    })
}

fn named_file(name: &str) -> Result<Found, String> {
    let absolute = if name.starts_with('/') {
        clean(name)
    } else {
        let here = std::env::current_dir().unwrap_or_default();
        join(&here.to_string_lossy(), name)
    };
    let path = PathBuf::from(&absolute);
    if !path.exists() {
        return Err(format!("config file {absolute} not found"));
    }
    let file = name.rsplit('/').next().unwrap_or_default();
    let extension = file
        .rfind('.')
        .and_then(|dot| file.get(dot + 1..))
        .unwrap_or_default();
    let parsing = |error: String| format!("While parsing config: {error}");
    match extension {
        "yaml" | "yml" => read_yaml(&path),
        "json" => {
            let items = serde_json::from_slice::<serde_json::Map<String, serde_json::Value>>(
                &bytes(&path)?,
            );
            let items = items.map_err(|error| parsing(error.to_string()))?;
            Ok(Found {
                path,
                items: items
                    .into_iter()
                    .map(|(key, value)| (key, from_json(value)))
                    .collect(),
            })
        }
        "toml" => {
            let text = String::from_utf8_lossy(&bytes(&path)?).into_owned();
            let table: toml::Table = text
                .parse()
                .map_err(|error: toml::de::Error| parsing(error.to_string()))?;
            Ok(Found {
                path,
                items: table
                    .into_iter()
                    .map(|(key, value)| (key, from_toml(value)))
                    .collect(),
            })
        }
        "env" | "dotenv" => {
            let text = String::from_utf8_lossy(&bytes(&path)?).into_owned();
            Ok(Found {
                path,
                items: dotenv(&text),
            })
        }
        "ini" | "hcl" | "properties" | "props" | "prop" | "tfvars" => {
            Err(parsing("decoder not found for this format".into()))
        }
        other => Err(format!("Unsupported Config Type {other:?}")),
    }
}

fn bytes(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("open {}: {}", path.display(), describe(&error)))
}

/// Reads a file as YAML, whatever its name.
///
/// # Errors
/// When it cannot be read or is no map.
pub(crate) fn read_yaml(path: &Path) -> Result<Found, String> {
    let bytes = bytes(path)?;
    let items = yaml::parse(&bytes).map_err(|error| format!("While parsing config: {error}"))?;
    Ok(Found {
        path: path.to_owned(),
        items,
    })
}

fn from_json(value: serde_json::Value) -> Node {
    match value {
        serde_json::Value::Null => Node::Null,
        serde_json::Value::Bool(value) => Node::Bool(value),
        serde_json::Value::Number(number) => Node::Float(number.as_f64().unwrap_or(0.0)),
        serde_json::Value::String(text) => Node::Text(text),
        serde_json::Value::Array(items) => Node::List(items.into_iter().map(from_json).collect()),
        serde_json::Value::Object(items) => Node::Map(
            items
                .into_iter()
                .map(|(key, item)| (key, from_json(item)))
                .collect(),
        ),
    }
}

fn from_toml(value: toml::Value) -> Node {
    match value {
        toml::Value::String(text) => Node::Text(text),
        toml::Value::Integer(value) => Node::Int(value),
        toml::Value::Float(value) => Node::Float(value),
        toml::Value::Boolean(value) => Node::Bool(value),
        toml::Value::Datetime(value) => Node::Text(value.to_string()),
        toml::Value::Array(items) => Node::List(items.into_iter().map(from_toml).collect()),
        toml::Value::Table(items) => Node::Map(
            items
                .into_iter()
                .map(|(key, item)| (key, from_toml(item)))
                .collect(),
        ),
    }
}

fn dotenv(text: &str) -> Vec<(String, Node)> {
    let lines = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let pairs =
        lines.filter_map(|line| line.strip_prefix("export ").unwrap_or(line).split_once('='));
    pairs
        .map(|(key, value)| {
            let value = value.trim();
            let value = value
                .strip_prefix(['"', '\''])
                .and_then(|value| value.strip_suffix(['"', '\'']))
                .unwrap_or(value);
            (key.trim().to_owned(), Node::Text(value.to_owned()))
        })
        .collect()
}
