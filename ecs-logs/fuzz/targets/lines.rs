//! Entries of a few containers with any CONTAINER_PARTIAL_* fields, under multi-line rules: every byte of every message comes out once
//! and in order, what is held stays within its limits, and nothing is held when all is drained.
#![no_main]

use ecs_logs::{
    entry::{Entry, FieldTable, field},
    intern::Interner,
    lines::{Assembled, Lines, LinesSettings},
    multiline::MultilineRule,
    partial::JoinerSettings,
    route::{StreamId, StreamKey},
};
use libfuzzer_sys::fuzz_target;
use std::time::Duration;

const MAX_LINE: usize = 64;
const MAX_HELD: usize = 256;

fuzz_target!(|bytes: &[u8]| {
    let mut lines: Lines<usize> = Lines::new(LinesSettings {
        joining: JoinerSettings {
            max_line_bytes: MAX_LINE,
            timeout: Duration::from_secs(5),
            max_held_bytes: MAX_HELD,
            max_held_lines: 4,
        },
        multiline: vec![MultilineRule {
            group: "*1".to_owned(),
            start: regex::bytes::Regex::new("^[^ \\t]").expect("a good pattern"),
            timeout: Duration::from_secs(2),
        }],
    });
    let keys = ["group-0", "group-1"].map(|group| StreamKey { group: group.into(), stream: "s".into() });
    let mut names = Interner::default();
    let mut entry = Entry::default();
    let (mut into, mut out) = (0_usize, 0_usize);
    let (mut entries, mut of_lines) = (0, 0);
    let mut now = Duration::ZERO;
    // An entry: what it has, where it belongs, the time since, then its text up to a zero.
    let mut rest = bytes;
    while let [has, place, after, tail @ ..] = rest {
        let end = tail.iter().position(|&byte| byte == 0).unwrap_or(tail.len());
        let (text, behind) = tail.split_at(end);
        rest = behind.get(1..).unwrap_or_default();
        now += Duration::from_millis(u64::from(*after) * 20);
        entry.reset(FieldTable::default().len());
        let stream = usize::from(place & 1);
        entry.set_symbol(field::CONTAINER_ID, names.intern(&[b'c', place >> 1 & 1]));
        entry.set_symbol(field::PRIORITY, names.intern(if place & 4 == 0 { b"6" } else { b"3" }));
        for (bit, id) in [(1, field::CONTAINER_PARTIAL_MESSAGE), (2, field::CONTAINER_PARTIAL_LAST)] {
            if has & bit != 0 {
                let value: &[u8] = if has & bit << 2 == 0 { b"true" } else { b"false" };
                entry.set_symbol(id, names.intern(value));
            }
        }
        // The number may be any text.
        let number = text.split(|&byte| byte == b' ').next().unwrap_or_default();
        if has & 16 != 0 {
            entry.set_bytes(field::CONTAINER_PARTIAL_ORDINAL, number);
        }
        if has & 32 != 0 {
            entry.set_bytes(field::CONTAINER_PARTIAL_ID, &[has >> 6]);
        }
        entry.set_bytes(field::MESSAGE, text);
        into += sum(text);
        entries += 1;
        let mut emit = |line: Assembled<'_, usize>| {
            assert!(line.first <= line.last && line.last <= entries);
            // Lines that a rule puts together have a newline between; all other bytes are the messages' own.
            out += sum(line.line.text);
            of_lines += line.entries;
        };
        lines.push(StreamId(stream as u32), &keys[stream], &entry, &names, entries, now, &mut emit);
        lines.flush_due(now, &mut emit);
        assert!(lines.next_due().is_none_or(|due| due > now));
        assert!(lines.oldest().is_none_or(|oldest| oldest <= entries));
        assert!(lines.held_bytes() <= MAX_HELD + (8 << 20), "{} bytes held", lines.held_bytes());
    }
    lines.drain(&mut |line| {
        out += sum(line.line.text);
        of_lines += line.entries;
    });
    assert_eq!((lines.held_bytes(), lines.oldest()), (0, None));
    assert_eq!(out, into, "bytes");
    assert!(of_lines as usize >= entries, "{of_lines} of {entries} entries");
});

/// Of all bytes but newlines, each with a weight of its own.
fn sum(text: &[u8]) -> usize {
    let own = text.iter().filter(|&&byte| byte != b'\n');
    own.map(|&byte| 1 + (usize::from(byte) << 20)).sum()
}
