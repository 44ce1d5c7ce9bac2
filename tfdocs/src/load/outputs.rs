//! Values of outputs, from a file that `terraform output -json` wrote.

use std::collections::BTreeMap;

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
pub(super) fn read(config: &Config) -> Result<Option<BTreeMap<String, OutputValue>>, String> {
    let wanted = &config.output_values;
    if !wanted.enabled {
        return Ok(None);
    }
    let from = &wanted.from;
    let bytes = std::fs::read(from).map_err(|error| {
        let why = describe(&error);
        format!(
            "caught error while reading the terraform outputs file at {from}: open {from}: {why}"
        )
    })?;
    let values: Option<BTreeMap<String, Option<OutputValue>>> =
        serde_json::from_slice(&bytes).map_err(|error| error.to_string())?;
    let present = values
        .unwrap_or_default()
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)));
    Ok(Some(present.collect()))
}
