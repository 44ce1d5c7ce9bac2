//! Filter patterns over plain text: terms that must all be there, `?one ?of`, `-without`, "a phrase".

use crate::error::ApiError;

/// A pattern that was understood.
#[derive(Debug, Default)]
pub(crate) struct Pattern {
    all: Vec<String>,
    any: Vec<String>,
    none: Vec<String>,
}

impl Pattern {
    pub(crate) fn parse(text: &str) -> Result<Pattern, ApiError> {
        if text.trim_start().starts_with(['{', '[', '%']) {
            return Err(ApiError::invalid(format!(
                "cloudwatch-local knows filter patterns of terms only, not {text:?}: leave JSON, space-delimited and regular expressions to AWS"
            )));
        }
        let mut pattern = Pattern::default();
        let mut rest = text.trim_start();
        while let Some(first) = rest.chars().next() {
            let (list, behind) = match first {
                '?' => (&mut pattern.any, rest.split_at(1).1),
                '-' => (&mut pattern.none, rest.split_at(1).1),
                _ => (&mut pattern.all, rest),
            };
            let (term, after) = match behind.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"').ok_or_else(|| {
                    ApiError::invalid(format!(
                        "Invalid filter pattern: {text:?} has an open quote"
                    ))
                })?,
                None => behind
                    .split_once(char::is_whitespace)
                    .unwrap_or((behind, "")),
            };
            if !term.is_empty() {
                list.push(term.to_owned());
            }
            rest = after.trim_start();
        }
        Ok(pattern)
    }

    pub(crate) fn matches(&self, message: &str) -> bool {
        let has = |term: &String| message.contains(term.as_str());
        self.all.iter().all(has)
            && !self.none.iter().any(has)
            && (self.any.is_empty() || self.any.iter().any(has))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_phrases_alternatives_and_exclusions_are_understood() {
        for (pattern, message, expected) in [
            ("", "anything", true),
            ("ERROR", "an ERROR here", true),
            ("ERROR", "an error here", false),
            ("ERROR here", "here an ERROR", true),
            ("\"ERROR here\"", "here an ERROR", false),
            ("?a ?b", "b", true),
            ("?a ?b", "c", false),
            ("a -b", "a", true),
            ("a -b", "a b", false),
        ] {
            let parsed = Pattern::parse(pattern).unwrap();
            assert_eq!(parsed.matches(message), expected, "{pattern:?} {message:?}");
        }
        assert!(Pattern::parse("{ $.a = 1 }").is_err());
        assert!(Pattern::parse("\"open").is_err());
    }
}
