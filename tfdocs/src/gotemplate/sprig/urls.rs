//! URLs taken apart and put together.

use std::collections::BTreeMap;

use super::super::function::{Function, Outcome, Type, any, text};
use super::super::value::Val;

pub(super) fn lookup(name: &str) -> Option<Function> {
    match name {
        "urlParse" => Function::fixed(&[Type::Str], |args| Ok(parsed(text(args, 0)))),
        "urlJoin" => Function::fixed(&[Type::Map], joined),
        _ => None,
    }
}

fn parsed(url: &str) -> Val {
    let (rest, fragment) = url.split_once('#').unwrap_or((url, ""));
    let is_scheme = |text: &str| {
        text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c))
    };
    let (scheme, rest) = match rest.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) => (scheme.to_lowercase(), rest),
        _ => (String::new(), rest),
    };
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let mut opaque = "";
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None if !scheme.is_empty() && !rest.starts_with('/') => {
            opaque = rest;
            ("", "")
        }
        None => ("", rest),
    };
    let (userinfo, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let hostname = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split(':').next().unwrap_or_default(),
    };
    let entries = [
        ("scheme", scheme.as_str()),
        ("host", host),
        ("hostname", hostname),
        ("path", path),
        ("query", query),
        ("opaque", opaque),
        ("fragment", fragment),
        ("userinfo", userinfo),
    ];
    let items = entries.map(|(key, value)| (key.to_owned(), Val::str(value)));
    Val::map(BTreeMap::from(items))
}

fn joined(args: &[Val]) -> Outcome {
    let Val::Map(map) = any(args, 0).base() else {
        return Ok("".into());
    };
    let items = map.items.borrow();
    let part = |key: &str| -> Result<String, std::borrow::Cow<'static, str>> {
        match items.get(key) {
            None => Ok(String::new()),
            Some(value) => value.text().map(str::to_owned).ok_or_else(|| {
                let kind = value.kind();
                format!("unable to parse {key} key, must be of type string, but {kind} found")
                    .into()
            }),
        }
    };
    let (scheme, host, path) = (part("scheme")?, part("host")?, part("path")?);
    let (opaque, userinfo) = (part("opaque")?, part("userinfo")?);
    let (query, fragment) = (part("query")?, part("fragment")?);
    let mut url = String::new();
    if !scheme.is_empty() {
        url.push_str(&format!("{scheme}:"));
    }
    if !opaque.is_empty() {
        url.push_str(&opaque);
    } else {
        if !scheme.is_empty() || !host.is_empty() || !userinfo.is_empty() {
            if !host.is_empty() || !path.is_empty() || !userinfo.is_empty() {
                url.push_str("//");
            }
            if !userinfo.is_empty() {
                url.push_str(&format!("{userinfo}@"));
            }
            url.push_str(&host);
        }
        if !path.is_empty() && !path.starts_with('/') && !host.is_empty() {
            url.push('/');
        }
        url.push_str(&path);
    }
    if !query.is_empty() {
        url.push_str(&format!("?{query}"));
    }
    if !fragment.is_empty() {
        url.push_str(&format!("#{fragment}"));
    }
    Ok(url.into())
}
