//! `.terraform.lock.hcl`: the version chosen for each provider. A file with anything unexpected counts as absent.

use std::collections::BTreeMap;
use std::path::Path;

use super::hcl::{self, Kind, eval};
use crate::value::Value;

/// Versions by the last segment of the provider's address.
pub(super) fn read(dir: &Path) -> BTreeMap<String, String> {
    std::fs::read(dir.join(".terraform.lock.hcl"))
        .ok()
        .and_then(|bytes| parse(&bytes))
        .unwrap_or_default()
}

fn parse(bytes: &[u8]) -> Option<BTreeMap<String, String>> {
    let (body, mut problems) = hcl::parse(bytes);
    if !problems.is_empty() || !body.attributes.is_empty() {
        return None;
    }
    let mut versions = BTreeMap::new();
    for block in &body.blocks {
        let [label] = block.labels.as_slice() else {
            return None;
        };
        let known = |name: &str| matches!(name, "version" | "constraints" | "hashes");
        if block.kind != "provider"
            || !block.body.blocks.is_empty()
            || block.body.attributes.iter().any(|a| !known(a.name))
        {
            return None;
        }
        let version = eval::string(&block.body.attribute("version")?.value, &mut problems)?;
        let hashes = &block.body.attribute("hashes")?.value;
        let all_text = |items: &[Value]| {
            items
                .iter()
                .all(|item| matches!(item, Value::String(_) | Value::Number(_) | Value::Bool(_)))
        };
        match eval::evaluate(hashes, &mut problems)? {
            Value::List(items) if all_text(&items) => {}
            Value::Null if matches!(hashes.kind, Kind::Literal(_)) => {}
            _ => return None,
        }
        if let Some(constraints) = block.body.attribute("constraints")
            && !matches!(constraints.value.kind, Kind::Literal(Value::Null))
        {
            eval::string(&constraints.value, &mut problems)?;
        }
        let name = label.text.rsplit('/').next().unwrap_or_default();
        versions.insert(name.to_owned(), version);
    }
    problems.is_empty().then_some(versions)
}
