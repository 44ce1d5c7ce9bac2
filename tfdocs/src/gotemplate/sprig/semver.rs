//! Semantic versions: `semver` takes one apart, `semverCompare` holds it against a constraint.

use std::cmp::Ordering;
use std::rc::Rc;

use super::super::function::{Function, Outcome, Type, text};
use super::super::value::{IntType, Named, Val};

pub(super) fn lookup(name: &str) -> Option<Function> {
    use Type::Str;
    match name {
        "semver" => Function::fixed(&[Str], |args| {
            let version = Version::parse(text(args, 0)).ok_or("Invalid Semantic Version")?;
            Ok(version.value(text(args, 0)))
        }),
        "semverCompare" => Function::fixed(&[Str, Str], compare),
        _ => None,
    }
}

#[derive(Debug, Clone, PartialEq)]
struct Version {
    numbers: [u64; 3],
    /// How many of the numbers were given.
    given: usize,
    prerelease: String,
    metadata: String,
}

impl Version {
    /// `v1.2.3-rc.1+build`; missing numbers are 0.
    fn parse(text: &str) -> Option<Version> {
        let body = text.strip_prefix('v').unwrap_or(text);
        let (body, metadata) = body.split_once('+').unwrap_or((body, ""));
        let (core, prerelease) = body.split_once('-').unwrap_or((body, ""));
        let mut numbers = [0; 3];
        let parts: Vec<&str> = core.split('.').collect();
        if parts.len() > 3 || parts.iter().any(|p| p.is_empty() || p.starts_with('+')) {
            return None;
        }
        for (number, part) in numbers.iter_mut().zip(&parts) {
            *number = part.parse().ok()?;
        }
        let plain = |text: &str| {
            text.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.')
        };
        (plain(prerelease) && plain(metadata)).then(|| Version {
            numbers,
            given: parts.len(),
            prerelease: prerelease.to_owned(),
            metadata: metadata.to_owned(),
        })
    }

    fn value(&self, original: &str) -> Val {
        let [major, minor, patch] = self
            .numbers
            .map(|number| Val::Int(i64::try_from(number).unwrap_or(i64::MAX), IntType::Int64));
        let methods = vec![
            ("Major", major),
            ("Minor", minor),
            ("Patch", patch),
            ("Prerelease", Val::str(&self.prerelease)),
            ("Metadata", Val::str(&self.metadata)),
            ("Original", Val::str(original)),
            ("String", Val::str(&self.text())),
        ];
        // Printed, it is the text of the version.
        Val::Named(Rc::new(Named {
            type_name: "*semver.Version",
            value: Val::str(&self.text()),
            methods,
        }))
    }

    fn text(&self) -> String {
        let [major, minor, patch] = self.numbers;
        let mut text = format!("{major}.{minor}.{patch}");
        if !self.prerelease.is_empty() {
            text.push('-');
            text.push_str(&self.prerelease);
        }
        if !self.metadata.is_empty() {
            text.push('+');
            text.push_str(&self.metadata);
        }
        text
    }

    fn order(&self, other: &Version) -> Ordering {
        self.numbers
            .cmp(&other.numbers)
            .then_with(|| prerelease_order(&self.prerelease, &other.prerelease))
    }
}

/// None is later than any; numbers before words, parts one by one, a longer one later.
fn prerelease_order(a: &str, b: &str) -> Ordering {
    if a.is_empty() || b.is_empty() {
        return a.is_empty().cmp(&b.is_empty());
    }
    let mut others = b.split('.');
    for part in a.split('.') {
        let Some(other) = others.next() else {
            return Ordering::Greater;
        };
        let order = match (part.parse::<u64>(), other.parse::<u64>()) {
            (Ok(x), Ok(y)) => x.cmp(&y),
            (Ok(_), Err(_)) => Ordering::Less,
            (Err(_), Ok(_)) => Ordering::Greater,
            (Err(_), Err(_)) => part.cmp(other),
        };
        if order.is_ne() {
            return order;
        }
    }
    match others.next() {
        Some(_) => Ordering::Less,
        None => Ordering::Equal,
    }
}

fn compare(args: &[Val]) -> Outcome {
    let constraint = text(args, 0);
    let improper = || format!("improper constraint: {constraint}");
    let mut ranges = Vec::new();
    for range in constraint.split("||") {
        let bounds: Option<Vec<Bound>> = bounds(range);
        ranges.push(bounds.ok_or_else(improper)?);
    }
    let version = Version::parse(text(args, 1)).ok_or("Invalid Semantic Version")?;
    let holds = ranges
        .iter()
        .any(|bounds| bounds.iter().all(|bound| bound.admits(&version)));
    Ok(holds.into())
}

struct Bound {
    sign: String,
    version: Version,
}

/// `>= 1.2, < 2` or `1.2 - 1.4`: comparisons between commas or blanks.
fn bounds(range: &str) -> Option<Vec<Bound>> {
    let hyphens = range.replace(" - ", " <=");
    let spread = if hyphens == range {
        hyphens
    } else {
        format!(">={}", hyphens.trim_start())
    };
    let mut bounds = Vec::new();
    let mut rest = spread.trim();
    while !rest.is_empty() {
        let end = rest.find(|c| !"<>=!~^".contains(c)).unwrap_or(rest.len());
        let (sign, after) = rest.split_at(end);
        let after = after.trim_start();
        let end = after
            .find(|c: char| c == ',' || c.is_whitespace())
            .unwrap_or(after.len());
        let (version, after) = after.split_at(end);
        let known = [
            "", "=", "!=", ">", "<", ">=", "=>", "<=", "=<", "~", "~>", "^",
        ];
        if !known.contains(&sign) {
            return None;
        }
        bounds.push(Bound {
            sign: sign.to_owned(),
            version: wildcard(version)?,
        });
        rest = after.trim_start_matches(|c: char| c == ',' || c.is_whitespace());
    }
    (!bounds.is_empty()).then_some(bounds)
}

/// A version whose numbers may be `x`, `X` or `*`.
fn wildcard(text: &str) -> Option<Version> {
    let body = text.strip_prefix('v').unwrap_or(text);
    let parts: Vec<&str> = body.splitn(3, '.').collect();
    let given = parts
        .iter()
        .position(|part| matches!(*part, "x" | "X" | "*"))
        .unwrap_or(parts.len());
    if given == 0 {
        let mut any = Version::parse("0")?;
        any.given = 0;
        return Some(any);
    }
    let mut version = Version::parse(&parts.get(..given)?.join("."))?;
    version.given = version.given.min(given);
    Some(version)
}

impl Bound {
    fn admits(&self, version: &Version) -> bool {
        let bound = &self.version;
        // A pre-release only counts where the constraint names one.
        if !version.prerelease.is_empty() && bound.prerelease.is_empty() {
            return false;
        }
        let order = version.order(bound);
        let same = |count: usize| {
            let numbers = version.numbers.iter().zip(&bound.numbers);
            numbers.take(count).all(|(a, b)| a == b)
        };
        let partial = bound.given < 3;
        match self.sign.as_str() {
            "" | "=" if partial => same(bound.given),
            "" | "=" => order.is_eq(),
            "!=" if partial => !same(bound.given),
            "!=" => order.is_ne(),
            ">" if partial => order.is_gt() && !same(bound.given),
            ">" => order.is_gt(),
            "<" => order.is_lt(),
            ">=" | "=>" => order.is_ge(),
            "<=" | "=<" if partial => order.is_lt() || same(bound.given),
            "<=" | "=<" => order.is_le(),
            "~" | "~>" => order.is_ge() && same(bound.given.min(2)),
            _ => order.is_ge() && same(self.caret()),
        }
    }

    /// How many numbers `^` holds fast: up to the first that is not 0.
    fn caret(&self) -> usize {
        let zeros = self.version.numbers.iter().take_while(|&&n| n == 0).count();
        (zeros + 1).min(self.version.given.max(1)).min(3)
    }
}
