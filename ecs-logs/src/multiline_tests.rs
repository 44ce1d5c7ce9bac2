use super::*;
use crate::{
    entry::FieldTable,
    intern::Interner,
    lines::{Lines, LinesSettings},
};

/// Lines pushed at a second each into a stream of `group`; what comes out, an event a line, its lines separated by `/`.
fn check(group: &str, lines: &[(u64, &str)], expected: &[&str]) {
    let rule = MultilineRule {
        group: "java-*".into(),
        start: Regex::new(r"^\S").unwrap(),
        timeout: Duration::from_secs(2),
    };
    let mut assembler = Lines::new(LinesSettings {
        multiline: vec![rule],
        ..LinesSettings::default()
    });
    let mut names = Interner::default();
    let key = StreamKey {
        group: group.into(),
        stream: "s".into(),
    };
    let mut out = Vec::new();
    let mut keep = |line: Assembled<'_, usize>| {
        out.push(format!(
            "{}:{}",
            line.entries,
            String::from_utf8_lossy(line.line.text).replace('\n', "/")
        ));
    };
    for (at, (second, text)) in lines.iter().enumerate() {
        let now = Duration::from_secs(*second);
        assembler.flush_due(now, &mut keep);
        let mut entry = Entry::default();
        entry.reset(FieldTable::default().len());
        let (priority, text) = text.split_at(1);
        entry.set_symbol(field::PRIORITY, names.intern(priority.as_bytes()));
        entry.set_bytes(field::MESSAGE, text.as_bytes());
        assembler.push(StreamId(0), &key, &entry, &names, at, now, &mut keep);
    }
    assembler.drain(&mut keep);
    assert_eq!(out, expected);
}

#[test]
fn a_stack_trace_is_one_event() {
    check(
        "java-api",
        &[
            (0, "6start"),
            (0, "6  at a"),
            (0, "6  at b"),
            (0, "6next"),
            (0, "6  at c"),
        ],
        &["3:start/  at a/  at b", "2:next/  at c"],
    );
}

#[test]
fn other_groups_are_left_alone() {
    check(
        "web",
        &[(0, "6start"), (0, "6  at a")],
        &["1:start", "1:  at a"],
    );
}

#[test]
fn the_two_outputs_of_a_container_do_not_mix() {
    check(
        "java-api",
        &[
            (0, "6out"),
            (0, "3err"),
            (0, "6  more out"),
            (0, "3  more err"),
        ],
        &["2:out/  more out", "2:err/  more err"],
    );
}

#[test]
fn a_group_leaves_when_nothing_follows() {
    check(
        "java-api",
        &[(0, "6start"), (2, "6  late")],
        &["1:start", "1:  late"],
    );
}

#[test]
fn globs_match_runs_of_characters() {
    for (pattern, name, matches) in [
        ("*", "anything", true),
        ("a*", "abc", true),
        ("a*", "ba", false),
        ("*c", "abc", true),
        ("a*c*e", "abcde", true),
        ("a*c*e", "abde", false),
        ("abc", "abc", true),
        ("abc", "abcd", false),
        ("a*a", "a", false),
    ] {
        assert_eq!(matches_glob(pattern, name), matches, "{pattern} {name}");
    }
}

#[test]
fn a_line_in_pieces_that_was_waited_for_keeps_its_place_in_the_group_it_joins() {
    let rule = MultilineRule {
        group: "*".into(),
        start: Regex::new(r"^\S").unwrap(),
        timeout: Duration::from_secs(2),
    };
    for (ended, last) in [(true, 2), (false, 1)] {
        let mut assembler = Lines::new(LinesSettings {
            multiline: vec![rule.clone()],
            ..LinesSettings::default()
        });
        let mut names = Interner::default();
        let key = StreamKey {
            group: "g".into(),
            stream: "s".into(),
        };
        let mut out = Vec::new();
        let mut keep = |line: Assembled<'_, usize>| out.push((line.first, line.last, line.entries));
        let (piece, end) = (
            Some(field::CONTAINER_PARTIAL_MESSAGE),
            Some(field::CONTAINER_PARTIAL_LAST),
        );
        let entries = [("  a piece", piece), ("start", None), (" and its end", end)];
        for (at, (text, of_line)) in entries[..=last].iter().enumerate() {
            let mut entry = Entry::default();
            entry.reset(FieldTable::default().len());
            entry.set_bytes(field::MESSAGE, text.as_bytes());
            if let Some(mark) = *of_line {
                entry.set_symbol(mark, names.intern(b"true"));
                entry.set_bytes(field::CONTAINER_PARTIAL_ID, b"7");
            }
            let now = Duration::ZERO;
            assembler.push(StreamId(0), &key, &entry, &names, at, now, &mut keep);
        }
        if !ended {
            // Its end never came: it leaves as far as it came, into the group that was opened meanwhile.
            assembler.flush_due(Duration::from_secs(5), &mut keep);
        } else {
            // Delivery must not be thought to be past the first piece.
            assert_eq!(assembler.oldest(), Some(0));
        }
        assembler.drain(&mut keep);
        assert_eq!(out, [(0, last, last as u32 + 1)]);
    }
}
