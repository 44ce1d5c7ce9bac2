//! Upper and lower case, word by word: title, snake, kebab and camel case, initials.

use super::super::function::{Function, Type, text};
use super::super::value::Val;

pub(super) fn lookup(name: &str) -> Option<Function> {
    use Type::Str;
    match name {
        "title" => Function::fixed(&[Str], |args| Ok(title(text(args, 0)).into())),
        "untitle" => Function::fixed(&[Str], |args| Ok(untitle(text(args, 0)).into())),
        "swapcase" => Function::fixed(&[Str], |args| Ok(swap(text(args, 0)).into())),
        "initials" => Function::fixed(&[Str], |args| {
            let words = text(args, 0).split_whitespace();
            let letters: String = words.filter_map(|word| word.chars().next()).collect();
            Ok(letters.into())
        }),
        "snakecase" => Function::fixed(&[Str], |args| Ok(joined(text(args, 0), '_'))),
        "kebabcase" => Function::fixed(&[Str], |args| Ok(joined(text(args, 0), '-'))),
        "camelcase" => Function::fixed(&[Str], |args| Ok(camel(text(args, 0)).into())),
        _ => None,
    }
}

fn upper(c: char) -> char {
    c.to_uppercase().next().unwrap_or(c)
}

fn lower(c: char) -> char {
    c.to_lowercase().next().unwrap_or(c)
}

/// The first letter of each word in upper case; letters, digits, `_` and `'`… make a word as in Go.
fn title(text: &str) -> String {
    let mut before = ' ';
    text.chars()
        .map(|c| {
            let starts = is_separator(before);
            before = c;
            if starts { upper(c) } else { c }
        })
        .collect()
}

fn is_separator(c: char) -> bool {
    if c.is_ascii() {
        return !(c.is_ascii_alphanumeric() || c == '_');
    }
    !c.is_alphanumeric() && c.is_whitespace()
}

fn untitle(text: &str) -> String {
    let mut starts = true;
    text.chars()
        .map(|c| {
            if c.is_whitespace() {
                starts = true;
                return c;
            }
            let changed = if starts { lower(c) } else { c };
            starts = false;
            changed
        })
        .collect()
}

fn swap(text: &str) -> String {
    let mut blank = true;
    text.chars()
        .map(|c| {
            if c.is_uppercase() {
                blank = false;
                lower(c)
            } else if c.is_lowercase() {
                blank = false;
                upper(c)
            } else {
                blank = c.is_whitespace();
                c
            }
        })
        .collect()
}

fn is_connector(c: char) -> bool {
    c == '-' || c == '_' || c.is_whitespace()
}

/// `foo_bar` and `foo bar` as `FooBar`; connectors at the ends stay.
fn camel(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    let mut last = loop {
        match chars.next() {
            None => return out,
            Some(c) if is_connector(c) => out.push(c),
            Some(c) => break upper(c),
        }
    };
    for c in chars {
        let before = last;
        last = c;
        if is_connector(c) && is_connector(before) {
            out.push(before);
        } else if is_connector(before) {
            last = upper(c);
        } else {
            last = lower(c);
            out.push(before);
        }
    }
    out.push(last);
    out
}

/// What kind of word a run of characters is.
#[derive(Clone, Copy, PartialEq)]
enum Word {
    None,
    Number,
    Upper,
    Letters,
    Connector,
    Punctuation,
    Other,
}

fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation() && !"$+<=>^`|~".contains(c)
}

/// The first word of `text` and what follows it.
fn next_word(text: &str) -> (Word, &str, &str) {
    let Some(first) = text.chars().next() else {
        return (Word::None, "", "");
    };
    let take = |belongs: &dyn Fn(char) -> bool| {
        text.char_indices()
            .skip(1)
            .find(|(_, c)| !belongs(*c))
            .map_or(text.len(), |(at, _)| at)
    };
    let (kind, end) = if is_connector(first) {
        (Word::Connector, take(&is_connector))
    } else if is_punctuation(first) {
        (Word::Punctuation, take(&is_punctuation))
    } else if first.is_uppercase() {
        (Word::Upper, upper_end(text))
    } else if first.is_alphabetic() {
        let lower = |c: char| c.is_alphabetic() && !c.is_uppercase();
        (Word::Letters, take(&lower))
    } else if first.is_numeric() {
        (Word::Number, take(&char::is_numeric))
    } else {
        let other = |c: char| {
            !(is_connector(c) || c.is_alphabetic() || c.is_numeric() || is_punctuation(c))
        };
        (Word::Other, take(&other))
    };
    let (word, rest) = text.split_at(end);
    (kind, word, rest)
}

/// Where a word that begins with a capital ends: `HTTPServer` is `HTTP` and `Server`.
fn upper_end(text: &str) -> usize {
    let capitals = text.chars().take_while(|c| c.is_uppercase()).count();
    let size = |count: usize| text.chars().take(count).map(char::len_utf8).sum::<usize>();
    let follows = text.chars().nth(capitals);
    let goes_on = follows.is_some_and(|c| c.is_alphabetic() && !c.is_uppercase());
    match (capitals, goes_on) {
        (1, _) => {
            let tail = text.chars().skip(1);
            size(
                1 + tail
                    .take_while(|c| c.is_alphabetic() && !c.is_uppercase())
                    .count(),
            )
        }
        (capitals, true) => size(capitals - 1),
        (capitals, false) => size(capitals),
    }
}

/// Words in lower case with a connector between; digits stay with the letters after them.
fn joined(text: &str, connector: char) -> Val {
    let mut out = String::new();
    let push = |out: &mut String, kind: Word, word: &str| match kind {
        Word::Connector => out.extend(word.chars().map(|_| connector)),
        Word::Upper => out.extend(word.chars().map(lower)),
        _ => out.push_str(word),
    };
    let apart = |kind: Word| !matches!(kind, Word::None | Word::Connector | Word::Punctuation);
    let (mut kind, mut word, mut rest) = next_word(text);
    while !rest.is_empty() {
        if kind != Word::Connector {
            push(&mut out, kind, word);
        }
        let before = (kind, word);
        (kind, word, rest) = next_word(rest);
        match before.0 {
            Word::Number => {
                while matches!(kind, Word::Letters | Word::Number) {
                    push(&mut out, kind, word);
                    (kind, word, rest) = next_word(rest);
                }
                if apart(kind) {
                    out.push(connector);
                }
            }
            Word::Connector => push(&mut out, before.0, before.1),
            Word::Punctuation => {}
            _ if kind != Word::Number => {
                if apart(kind) {
                    out.push(connector);
                }
            }
            _ if rest.is_empty() => {}
            _ => {
                let digits = word;
                (kind, word, rest) = next_word(rest);
                if kind == Word::Letters {
                    out.push(connector);
                    push(&mut out, Word::Number, digits);
                    while matches!(kind, Word::Letters | Word::Number) {
                        push(&mut out, kind, word);
                        (kind, word, rest) = next_word(rest);
                    }
                } else {
                    push(&mut out, Word::Number, digits);
                }
                if apart(kind) {
                    out.push(connector);
                }
            }
        }
    }
    push(&mut out, kind, word);
    out.into()
}
