//! Values of outputs, from a file that `terraform output -json` wrote, or from that command itself.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use crate::config::Config;
use crate::os::describe;
use crate::value::Value;

#[derive(Deserialize)]
pub(super) struct OutputValue {
    #[serde(default)]
    pub(super) sensitive: bool,
    #[serde(default)]
    pub(super) value: Value,
}

/// Values by name; none when they were not asked for.
///
/// # Errors
/// The original's message for a file that is not there or not JSON.
pub(super) fn read(
    dir: &Path,
    config: &Config,
) -> Result<Option<BTreeMap<String, OutputValue>>, String> {
    let wanted = &config.output_values;
    if !wanted.enabled {
        return Ok(None);
    }
    let bytes = if wanted.from.is_empty() {
        from_terraform(dir)?
    } else {
        let from = &wanted.from;
        std::fs::read(from).map_err(|error| {
            let why = describe(&error);
            format!("caught error while reading the terraform outputs file at {from}: open {from}: {why}")
        })?
    };
    let values: Option<BTreeMap<String, Option<OutputValue>>> =
        serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    let present = values
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    Ok(Some(present.collect()))
}

fn from_terraform(dir: &Path) -> Result<Vec<u8>, String> {
    let told = |why: String| format!("caught error while reading the terraform outputs: {why}");
    let done = Command::new("terraform")
        .args(["output", "-json"])
        .current_dir(dir)
        .output();
    match done {
        Ok(done) if done.status.success() => Ok(done.stdout),
        Ok(done) => Err(told(format!(
            "exit status {}",
            done.status.code().unwrap_or(-1)
        ))),
        Err(_) => Err(told(
            "exec: \"terraform\": executable file not found in $PATH".into(),
        )),
    }
}
