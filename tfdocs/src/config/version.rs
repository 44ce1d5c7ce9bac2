//! `version:` constraints, as hashicorp/go-version compares them.

/// Whether a version satisfies a list of constraints; none when the list cannot be read.
pub(crate) fn satisfies(version: &str, constraints: &str) -> Option<bool> {
    let version = segments(version)?;
    let mut all = true;
    for constraint in constraints.split(',') {
        let constraint = constraint.trim();
        let operator_end = constraint
            .find(|c: char| !"=!<>~".contains(c))
            .unwrap_or(constraint.len());
        let (operator, text) = constraint.split_at(operator_end);
        let wanted = segments(text.trim())?;
        all &= match operator {
            "" | "=" => version == wanted,
            "!=" => version != wanted,
            ">" => version > wanted,
            "<" => version < wanted,
            ">=" => version >= wanted,
            "<=" => version <= wanted,
            "~>" => pessimistic(&version, &wanted, count(text)),
            _ => return None,
        };
    }
    Some(all)
}

/// Release numbers padded to three, and whether it is a release: a prerelease sorts before.
type Version = (Vec<u64>, Prerelease);

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Prerelease {
    Before(String),
    Release,
}

fn segments(text: &str) -> Option<Version> {
    let text = text.strip_prefix('v').unwrap_or(text);
    let text = text.split('+').next()?;
    let (numbers, prerelease) = match text.split_once('-') {
        Some((numbers, name)) => (numbers, Prerelease::Before(name.to_owned())),
        None => (text, Prerelease::Release),
    };
    let mut numbers = numbers
        .split('.')
        .map(|number| number.parse().ok())
        .collect::<Option<Vec<u64>>>()?;
    while numbers.len() < 3 {
        numbers.push(0);
    }
    Some((numbers, prerelease))
}

fn count(text: &str) -> usize {
    text.trim()
        .split(['-', '+'])
        .next()
        .unwrap_or_default()
        .split('.')
        .count()
}

/// `~> 1.2`: at least that, and equal in all numbers but the last given.
fn pessimistic(version: &Version, wanted: &Version, given: usize) -> bool {
    let fixed = given.saturating_sub(1);
    version >= wanted
        && version
            .0
            .iter()
            .zip(&wanted.0)
            .take(fixed)
            .all(|(a, b)| a == b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn constraints_hold_as_in_terraform() {
        let cases = [
            ("0.24.0", Some(true)),
            (">= 0.20, < 1.0", Some(true)),
            ("~> 0.18", Some(true)),
            ("~> 0.18.0", Some(false)),
            ("< 0.1", Some(false)),
            ("!= 0.24.0", Some(false)),
            ("abc", None),
            ("=> 1", None),
        ];
        for (constraint, holds) in cases {
            assert_eq!(satisfies("0.24.0", constraint), holds, "{constraint}");
        }
    }
}
