//! Makes log group and stream names valid. A name that had to be changed gets `-` and 8 hex digits of a hash of the original:
//! equal on every host, and two names never become one.

use crate::hash::name_hash;
use std::borrow::Cow;

/// Characters in a name, by
/// <https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html> and API_CreateLogStream.
/// Counted in bytes here, which is never more.
const MAX_NAME: usize = 512;
const SUFFIX: usize = 9;

/// A group's name: `[A-Za-z0-9_\-/.#]`, not beginning with `aws/`.
pub(crate) fn group_name(name: &[u8]) -> Cow<'_, str> {
    let reserved = name.starts_with(b"aws/");
    repair(name, reserved, |character| match character {
        'A'..='Z' | 'a'..='z' | '0'..='9' | '_' | '-' | '/' | '.' | '#' => character,
        _ => '_',
    })
}

/// A stream's name: anything but `:` and `*`, which become `/` as they always did.
pub(crate) fn stream_name(name: &[u8]) -> Cow<'_, str> {
    repair(name, false, |character| match character {
        ':' | '*' => '/',
        _ => character,
    })
}

fn repair(name: &[u8], reserved: bool, valid: impl Fn(char) -> char) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(name);
    let as_it_is = matches!(text, Cow::Borrowed(_))
        && name.len() <= MAX_NAME
        && !reserved
        && text.chars().all(|character| valid(character) == character);
    if as_it_is {
        return text;
    }
    let mut repaired: String = text.chars().map(valid).collect();
    if reserved {
        repaired.insert(0, '_');
    }
    let mut end = repaired.len().min(MAX_NAME - SUFFIX);
    while !repaired.is_char_boundary(end) {
        end -= 1;
    }
    repaired.truncate(end);
    repaired.push_str(&format!("-{:08x}", name_hash(name)));
    Cow::Owned(repaired)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn valid_names_stay_and_others_are_told_apart() {
        for name in ["app", "/prod/eu/web-1", "a_b.c#d", &"g".repeat(512)] {
            assert_eq!(group_name(name.as_bytes()), name);
            assert_eq!(stream_name(name.as_bytes()), name);
        }
        assert_eq!(stream_name("naïve 🎉 name".as_bytes()), "naïve 🎉 name");
        assert_ne!(stream_name(b"a:b"), stream_name(b"a*b"));
        assert!(stream_name(b"a:b").starts_with("a/b-"));
        assert!(group_name(b"aws/x").starts_with("_aws/x-"));
    }

    fn awkward() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            prop::collection::vec(any::<u8>(), 1..20),
            "[a:*/é🎉 -]{1,8}".prop_map(String::into_bytes),
            ("[ab:]{0,3}", 505usize..520).prop_map(|(end, length)| {
                let mut name = "é".repeat(length / 2).into_bytes();
                name.extend_from_slice(end.as_bytes());
                name
            }),
        ]
    }

    proptest! {
        #[test]
        fn every_name_becomes_valid_and_two_stay_two(a in awkward(), b in awkward()) {
            for repair in [group_name, stream_name] {
                let name = repair(&a);
                prop_assert!(!name.is_empty() && name.len() <= MAX_NAME);
                prop_assert_eq!(&*repair(name.as_bytes()), &*name, "valid names stay");
                prop_assert_eq!(a == b, name == repair(&b));
            }
            prop_assert!(!stream_name(&a).contains([':', '*']));
            let group = group_name(&a);
            prop_assert!(group.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-/.#".contains(&byte)));
        }
    }
}
