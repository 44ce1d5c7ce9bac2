//! Defaults in which nothing is to be computed, straight from their bytes: most are, and a tree of tokens and
//! expressions takes ten times as long. The scanner has found them valid; what is not plainly a value is left to the
//! parser.

use std::collections::BTreeMap;

use memchr::memchr;

use crate::value::{Number, Value};

/// The value of an expression of plain strings, numbers, `true`, `false`, `null`, lists and objects of these.
pub(super) fn literal(text: &str) -> Option<Value> {
    let mut reader = Reader { text, at: 0 };
    let value = reader.value()?;
    (reader.at == text.len()).then_some(value)
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a [u8] {
        self.text.as_bytes().get(self.at..).unwrap_or_default()
    }

    fn byte(&self) -> u8 {
        self.rest().first().copied().unwrap_or(0)
    }

    fn value(&mut self) -> Option<Value> {
        match self.byte() {
            b'"' => self.string().map(|text| Value::String(text.to_owned())),
            b'0'..=b'9' => self.number(),
            b'[' => self.list(),
            b'{' => self.object(),
            _ => match self.word()? {
                "true" => Some(Value::Bool(true)),
                "false" => Some(Value::Bool(false)),
                "null" => Some(Value::Null),
                _ => None,
            },
        }
    }

    /// What is between quotes, when each character means itself and is in normal form.
    fn string(&mut self) -> Option<&'a str> {
        let start = self.at + 1;
        let length = memchr(b'"', self.text.as_bytes().get(start..)?)?;
        let text = self.text.get(start..start + length)?;
        let plain = |byte: u8| byte.is_ascii() && !matches!(byte, b'\\' | b'$' | b'%' | b'\n');
        self.at = start + length + 1;
        text.bytes().all(plain).then_some(text)
    }

    fn word(&mut self) -> Option<&'a str> {
        let rest = self.rest();
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        let length = rest
            .iter()
            .position(|byte| !is_part(byte))
            .unwrap_or(rest.len());
        let word = self.text.get(self.at..self.at + length)?;
        self.at += length;
        word.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            .then_some(word)
    }

    fn number(&mut self) -> Option<Value> {
        let rest = self.rest();
        let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
        let length = rest
            .iter()
            .position(|byte| !is_part(byte))
            .unwrap_or(rest.len());
        let digits = self.text.get(self.at..self.at + length)?;
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if !plain(whole) || !plain(fraction) {
            return None;
        }
        self.at += length;
        Some(Value::Number(Number {
            float: digits.parse().ok()?,
            exact: Some(digits.into()),
        }))
    }

    fn list(&mut self) -> Option<Value> {
        self.at += 1;
        let mut items = Vec::new();
        loop {
            self.blanks();
            if self.byte() == b']' {
                self.at += 1;
                return Some(Value::List(items));
            }
            items.push(self.value()?);
            self.blanks();
            match self.byte() {
                b',' => self.at += 1,
                b']' => {}
                _ => return None,
            }
        }
    }

    fn object(&mut self) -> Option<Value> {
        self.at += 1;
        let mut items = BTreeMap::new();
        loop {
            self.blanks();
            let key = match self.byte() {
                b'}' => {
                    self.at += 1;
                    return Some(Value::Map(items));
                }
                b'"' => self.string()?,
                _ => self.word()?,
            };
            self.blanks();
            if !matches!(self.byte(), b'=' | b':') {
                return None;
            }
            self.at += 1;
            self.blanks();
            // The last of equal keys wins.
            items.insert(key.to_owned(), self.value()?);
            self.blanks();
            if self.byte() == b',' {
                self.at += 1;
            }
        }
    }

    /// Skips blanks, line ends and comments that go to the end of the line.
    fn blanks(&mut self) {
        loop {
            let rest = self.rest();
            match rest {
                [b' ' | b'\t' | b'\n' | b'\r', ..] => self.at += 1,
                [b'#', ..] | [b'/', b'/', ..] => {
                    self.at += memchr(b'\n', rest).unwrap_or(rest.len());
                }
                _ => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::agree::expression;
    use super::super::eval::evaluate;
    use super::super::parser::parse_expression;
    use super::super::scan::scan;
    use super::*;

    fn parsed(text: &str) -> Option<Value> {
        let mut problems = Vec::new();
        let expr = parse_expression(text.as_bytes(), 0..text.len(), &mut problems);
        let value = evaluate(&expr, &mut problems);
        value.filter(|_| problems.is_empty())
    }

    #[test]
    fn plain_values_are_read_as_the_parser_reads_them() {
        let cases = [
            "\"a b\"",
            "\"\"",
            "42",
            "007",
            "2.50",
            "true",
            "null",
            "[]",
            "[1, \"two\", true, null, [3],]",
            "[\n  1, # one\n  2 // two\n]",
            "{}",
            "{ a = 1, \"b c\" : 2, true = 3, null = 4, d-e = { f = [] } }",
            "{\n  a = 1 # one\n  a = 2\r\n\n  // three\n  b = \"x\",\n}",
        ];
        for text in cases {
            assert!(literal(text).is_some(), "{text}");
            assert_eq!(literal(text), parsed(text), "{text}");
        }
    }

    #[test]
    fn whatever_is_to_be_computed_is_left_to_the_parser() {
        let cases = [
            "\"a${1}\"",
            "\"a\\n\"",
            "\"é\"",
            "-1",
            "1 + 2",
            "1e3",
            "1.",
            "(1)",
            "var.x",
            "tolist([])",
            "truely",
            "true ? 1 : 2",
            "[1][0]",
            "[1][*]",
            "[[1][0]]",
            "[for x in [1] : x]",
            "{ for k, v in {} : k => v }",
            "{ a = 1 + 2 }",
            "{ a = 1 /* one */ }",
            "{ (a) = 1 }",
            "{ a.b = 1 }",
            "{ a = b }",
            "{ 1 = 2 }",
            "<<A\nx\nA\n",
        ];
        for text in cases {
            assert_eq!(literal(text), None, "{text}");
        }
    }
    proptest! {
        #[test]
        fn a_literal_is_what_the_parser_makes_of_it(
            text in prop_oneof![expression(), "[a1t\"{}\\[\\]=:, .#/\n$%-]{1,16}", "[{\\[][a1\"{}\\[\\]=:, \n]{1,16}[]}]"],
        ) {
            // Only what the scanner found valid is read.
            let file = format!("variable \"v\" {{\n  default = {}\n}}\n", text.trim());
            if let Some(value) = literal(text.trim()).filter(|_| scan(file.as_bytes()).is_some()) {
                prop_assert_eq!(Some(value), parsed(text.trim()));
            }
        }
    }
}
