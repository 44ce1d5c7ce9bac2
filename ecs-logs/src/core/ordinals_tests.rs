//! Which numbers count as missing, for words like `a3` (epoch a, number 3).

use super::*;
use crate::entry::FieldTable;
use expect_test::{Expect, expect};

/// Feeds the words; `/` is a restart from the state that was saved there, `~` retires all symbols.
fn check(words: &str, expected: Expect) {
    let mut names = Interner::default();
    let mut ordinals = Ordinals::default();
    let mut entry = Entry::default();
    let mut told = Vec::new();
    for (position, word) in (1..).zip(words.split_whitespace()) {
        match word {
            "/" => {
                let mut restarted = Ordinals::default();
                restarted.restore(&ordinals.state(), Millis(0));
                restarted.open = std::mem::take(&mut ordinals.open);
                ordinals = restarted;
                continue;
            }
            "~" => {
                for value in 0..1 << 16 {
                    names.intern(format!("other-{value}").as_bytes());
                }
                continue;
            }
            _ => {}
        }
        let (epoch, number) = word.split_at(1);
        entry.reset(FieldTable::default().len());
        entry.realtime_usec = position * 1_000_000;
        entry.set_symbol(field::CONTAINER_LOG_EPOCH, names.intern(epoch.as_bytes()));
        entry.set_bytes(field::CONTAINER_LOG_ORDINAL, number.as_bytes());
        let seen = ordinals.see(StreamId(0), &entry, &names, position, Millis(0));
        let seen = seen.map(|(seen, _)| seen);
        let said = match seen {
            Some(Seen::Next) => continue,
            None => "no number".to_owned(),
            Some(Seen::First { late: false }) => "First".to_owned(),
            Some(Seen::First { late: true }) => "First of some".to_owned(),
            Some(seen) => format!("{seen:?}"),
        };
        told.push(format!("{word} {said}"));
    }
    let open = ordinals.open.iter().map(|open| {
        let gap = &open.gap;
        format!("{}..{} at {} s", gap.from, gap.to, gap.at_usec as f64 / 1e6)
    });
    expected.assert_eq(&format!(
        "{} | open: {}",
        told.join(", "),
        open.collect::<Vec<_>>().join(", ")
    ));
}

#[test]
fn a_jump_within_an_epoch_is_a_gap_just_before_the_entry_behind_it() {
    check(
        "a1 a2 a5",
        expect!["a1 First, a5 Gap(2) | open: 3..5 at 2.999 s"],
    );
    check(
        "a1 a3 a4 a7",
        expect!["a1 First, a3 Gap(1), a7 Gap(2) | open: 2..3 at 1.999 s, 5..7 at 3.999 s"],
    );
}

#[test]
fn a_new_epoch_begins_anew() {
    check("a1 a2 b1 b2 a3", expect!["a1 First, b1 First | open: "]);
}

#[test]
fn an_agent_that_starts_in_the_middle_takes_the_first_number_as_it_is() {
    check(
        "a1000 a1001 a1003",
        expect!["a1000 First of some, a1003 Gap(1) | open: 1002..1003 at 2.999 s"],
    );
}

#[test]
fn containers_interleave_and_each_is_counted_alone() {
    check(
        "a1 b1 a2 b3 a3 b4",
        expect!["a1 First, b1 First, b3 Gap(1) | open: 2..3 at 3.999 s"],
    );
}

#[test]
fn what_is_read_again_is_no_gap_and_no_news() {
    check(
        "a1 a2 a3 a1 a2 a3 a4",
        expect!["a1 First, a1 Old, a2 Old, a3 Old | open: "],
    );
    check(
        "a1 a2 a3 / a2 a3 a4",
        expect!["a1 First, a2 Old, a3 Old | open: "],
    );
    check(
        "a4 a4 a4 a5",
        expect!["a4 First of some, a4 Old, a4 Old | open: "],
    );
}

#[test]
fn a_gap_over_a_restart_is_seen() {
    check(
        "a1 a2 / a9",
        expect!["a1 First, a9 Gap(6) | open: 3..9 at 3.999 s"],
    );
    check(
        "a1 a3 / a2 a4",
        expect!["a1 First, a3 Gap(1), a2 Late | open: "],
    );
}

#[test]
fn what_comes_late_closes_its_gap() {
    check(
        "a1 a3 a2 a4",
        expect!["a1 First, a3 Gap(1), a2 Late | open: "],
    );
    check(
        "a1 a9 a5 a2 a8",
        expect![
            "a1 First, a9 Gap(7), a5 Late, a2 Late, a8 Late | open: 3..5 at 1.999 s, 6..8 at 1.999 s"
        ],
    );
}

#[test]
fn forgotten_symbols_do_not_make_a_container_new() {
    check(
        "a1 a2 ~ a3 a5",
        expect!["a1 First, a5 Gap(1) | open: 4..5 at 4.999 s"],
    );
}

#[test]
fn what_is_no_number_is_left_alone() {
    check(
        "a1 ax a a-3 a99999999999999999999 a2",
        expect![
            "a1 First, ax no number, a no number, a-3 no number, a99999999999999999999 no number | open: "
        ],
    );
}

#[test]
fn silent_containers_are_forgotten_and_the_others_are_not() {
    let mut ordinals = Ordinals::default();
    ordinals.restore(&[(1, 10)], Millis(0));
    ordinals.restore(&[(2, 20)], Millis(50_000));
    ordinals.forget(Duration::from_secs(60), Millis(70_000));
    assert_eq!(ordinals.state(), [(2, 20)]);
}

#[test]
fn the_containers_that_are_followed_have_a_limit() {
    let mut ordinals = Ordinals::default();
    let mut names = Interner::default();
    let mut entry = Entry::default();
    for at in 0..MOST_CONTAINERS as u64 + 10 {
        entry.reset(FieldTable::default().len());
        entry.set_symbol(field::CONTAINER_LOG_EPOCH, names.intern(&at.to_le_bytes()));
        entry.set_bytes(field::CONTAINER_LOG_ORDINAL, b"1");
        ordinals.see(StreamId(0), &entry, &names, at, Millis(at as i64));
    }
    assert!(ordinals.state().len() <= MOST_CONTAINERS);
    assert!(ordinals.state().len() > MOST_CONTAINERS / 3);
}
