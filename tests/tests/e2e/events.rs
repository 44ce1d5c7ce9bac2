//! Lines of every kind: damaged, forged, huge, in pieces, with times and names that CloudWatch would not take.

use crate::scene::{PUT, Scene, entry, now_usec};
use cloudwatch_local::{Config, Effect, Fault};

const SECOND: u64 = 1_000_000;
const DAY: u64 = 86_400 * SECOND;

/// Entries a millisecond apart, of one container.
fn journal(messages: &[&[u8]]) -> Option<Scene> {
    let start = now_usec() - 60 * SECOND;
    let entries: Vec<Vec<u8>> = messages
        .iter()
        .zip(0..)
        .map(|(message, place)| entry(start + place * 1000, "web", "c1", message, ""))
        .collect();
    Scene::with(&entries, Config::default())
}

#[test]
fn case_15_one_event_that_is_refused_for_good_costs_no_other() {
    let lines: Vec<String> = (1..=200)
        .map(|number| {
            format!(
                "id=c1-{number} {}",
                if number == 77 { "poison" } else { "fine" }
            )
        })
        .collect();
    let lines: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
    let Some(scene) = journal(&lines) else { return };
    scene.server.ledger().expect("c1", 1, 200);
    let fault = Fault::on(PUT, Effect::error("InvalidParameterException"));
    scene.fault(Fault {
        body_contains: Some("poison".into()),
        ..fault
    });
    let outcome = scene.run();
    assert_eq!(
        (outcome.report.lost, outcome.report.duplicated),
        (1, 0),
        "{}\n{:?}",
        outcome.log,
        outcome.report.samples
    );
    assert!(
        outcome.report.samples.contains(&"lost id=c1-77".to_owned()),
        "{:?}",
        outcome.report.samples
    );
    assert!(
        outcome.report.without_id > 0,
        "the stream says that a line is missing: {}",
        outcome.log
    );
}

#[test]
fn case_20_times_that_an_application_made_up_do_not_cost_the_line() {
    let lines: Vec<String> = ["1970-01-01T00:00:00Z", "2262-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"]
        .iter()
        .zip(1..)
        .map(|(time, number)| format!(r#"{{"level":"INFO","time":"{time}","info":{{}},"data":{{}},"message":"id=c1-{number}"}}"#))
        .collect();
    let lines: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
    let Some(scene) = journal(&lines) else { return };
    scene.server.ledger().expect("c1", 1, 4);
    let outcome = scene.run();
    outcome.exact();
    assert_eq!(outcome.counters.too_old + outcome.counters.too_new, 0);
}

#[test]
fn case_20_a_journal_of_many_days_breaks_no_span() {
    let now = now_usec();
    let entries: Vec<Vec<u8>> = (0..400)
        .map(|number| {
            entry(
                now - 13 * DAY + number * DAY / 32,
                "web",
                "c1",
                format!("id=c1-{}", number + 1).as_bytes(),
                "",
            )
        })
        .collect();
    let Some(scene) = Scene::with(&entries, Config::default()) else {
        return;
    };
    scene.server.ledger().expect("c1", 1, 400);
    scene.run().exact();
}

#[test]
fn case_20_entries_older_than_cloudwatch_takes_are_skipped_and_counted() {
    let now = now_usec();
    let old = (1..=50).map(|number| {
        entry(
            now - 20 * DAY + number * 1000,
            "web",
            "c1",
            format!("id=c1-{number}").as_bytes(),
            "",
        )
    });
    let new = (51..=60).map(|number| {
        entry(
            now - 60 * SECOND + number * 1000,
            "web",
            "c1",
            format!("id=c1-{number}").as_bytes(),
            "",
        )
    });
    let entries: Vec<Vec<u8>> = old.chain(new).collect();
    let Some(scene) = Scene::with(&entries, Config::default()) else {
        return;
    };
    scene.server.ledger().expect("c1", 51, 60);
    let outcome = scene.run();
    outcome.exact();
    assert_eq!(outcome.counters.too_old, 0, "they are not even sent");
    assert!(
        outcome.log.contains("14 days") || outcome.log.contains("older"),
        "it is said: {}",
        outcome.log
    );
}

#[test]
fn case_39_an_entry_without_a_message_or_with_an_empty_one_stops_nothing() {
    let start = now_usec() - 60 * SECOND;
    let mut odd = entry(start + 1, "web", "c1", b"x", "");
    let place = odd
        .windows(8)
        .position(|window| window == b"MESSAGE\n")
        .unwrap();
    odd.truncate(place);
    odd.extend_from_slice(b"NOTHING=1\n\n");
    let twice = entry(start + 3, "web", "c1", b"id=c1-2", "MESSAGE=id=c1-1\n");
    let entries = [
        odd,
        entry(start + 2, "web", "c1", b"", ""),
        twice,
        entry(start + 4, "web", "c1", b"id=c1-3", ""),
    ];
    let Some(scene) = Scene::with(&entries, Config::default()) else {
        return;
    };
    scene.server.ledger().expect("c1", 3, 3);
    let outcome = scene.run();
    assert!(outcome.status.success(), "{}", outcome.log);
    assert_eq!(
        (outcome.report.lost, outcome.counters.over_limit),
        (0, 0),
        "{}",
        outcome.log
    );
}

#[test]
fn case_40_bytes_of_every_kind_arrive_as_valid_text() {
    let lines: &[&[u8]] = &[
        b"id=c1-1 nul \0 bell \x07 escape \x1b[31m",
        b"id=c1-2 broken \xff\xfe utf-8 \xc3",
        "id=c1-3 grüße 🚀 \u{2028}".as_bytes(),
        b"id=c1-4 \"quotes\" and \\ and \t tab",
        br#"{"msg":"id=c1-5","unknown":"schema"}"#,
    ];
    let Some(scene) = journal(lines) else { return };
    scene.server.ledger().expect("c1", 1, 5);
    scene.run().exact();
    let found = scene.lines("web", "c1");
    assert_eq!(found[0], "id=c1-1 nul \0 bell \x07 escape \x1b[31m");
    assert!(
        found[1].starts_with("id=c1-2 broken ") && found[1].contains('\u{fffd}'),
        "{:?}",
        found[1]
    );
    assert_eq!(found[2], "id=c1-3 grüße 🚀 \u{2028}");
}

#[test]
fn case_40_a_line_of_any_length_arrives_whole_in_numbered_parts() {
    let long = format!("id=c1-1 {}", "é".repeat(1_600_000));
    let Some(scene) = journal(&[long.as_bytes(), b"id=c1-2"]) else {
        return;
    };
    scene.server.ledger().expect("c1", 1, 2);
    let outcome = scene.run();
    assert!(outcome.status.success(), "{}", outcome.log);
    assert_eq!(
        (outcome.report.lost, outcome.counters.over_limit),
        (0, 0),
        "{}",
        outcome.log
    );
    let whole: usize = scene
        .messages("web", "c1")
        .iter()
        .map(|message| message.matches('é').count())
        .sum();
    assert_eq!(whole, 1_600_000, "no character is lost at a cut");
}

#[test]
fn case_40_a_server_with_the_old_event_limit_gets_smaller_parts() {
    let long = format!("id=c1-1 {}", "x".repeat(700_000));
    let start = now_usec() - SECOND;
    let entries = [
        entry(start, "web", "c1", long.as_bytes(), ""),
        entry(start + 1, "web", "c1", b"id=c1-2", ""),
    ];
    let config = Config {
        event_limit: cloudwatch_local::rules::OLD_MAX_EVENT_BYTES,
        ..Config::default()
    };
    let Some(scene) = Scene::with(&entries, config) else {
        return;
    };
    scene.server.ledger().expect("c1", 1, 2);
    let outcome = scene.run();
    assert_eq!(
        (outcome.report.lost, outcome.report.duplicated),
        (0, 0),
        "{}",
        outcome.log
    );
    let whole: usize = scene
        .messages("web", "c1")
        .iter()
        .map(|message| message.matches('x').count())
        .sum();
    assert!(whole >= 700_000, "{whole}: {}", outcome.log);
}

/// Pieces of a line as Docker writes them.
fn pieces(start: u64, id: &str, texts: &[&str], ended: bool) -> Vec<Vec<u8>> {
    texts
        .iter()
        .zip(1..)
        .map(|(text, ordinal)| {
            let last = ended && ordinal == texts.len();
            let flag = if last { "" } else { "CONTAINER_PARTIAL_MESSAGE=true\n" };
            let more = format!(
                "{flag}CONTAINER_PARTIAL_ID={id}\nCONTAINER_PARTIAL_ORDINAL={ordinal}\nCONTAINER_PARTIAL_LAST={last}\n"
            );
            entry(start + ordinal as u64 * 2000, "web", "c1", text.as_bytes(), &more)
        })
        .collect()
}

#[test]
fn case_40_pieces_that_interleave_are_joined_each_to_its_own_line() {
    let start = now_usec() - 60 * SECOND;
    let a = pieces(start, "aa", &["id=c1-1 one ", "two ", "three"], true);
    let b = pieces(start + 1000, "bb", &["id=c1-2 uno ", "due"], true);
    let mut entries: Vec<Vec<u8>> = Vec::new();
    for place in 0..3 {
        entries.extend(a.get(place).cloned());
        entries.extend(b.get(place).cloned());
    }
    let Some(scene) = Scene::with(&entries, Config::default()) else {
        return;
    };
    scene.server.ledger().expect("c1", 1, 2);
    scene.run().exact();
    let mut found = scene.lines("web", "c1");
    found.sort();
    assert_eq!(found, ["id=c1-1 one two three", "id=c1-2 uno due"]);
}

#[test]
fn case_40_a_line_whose_last_piece_never_came_is_sent_as_far_as_it_came() {
    let start = now_usec() - 60 * SECOND;
    let mut entries = pieces(
        start,
        "aa",
        &["id=c1-1 a container that was ", "killed in mid-"],
        false,
    );
    entries.push(entry(start + 9000, "web", "c1", b"id=c1-2", ""));
    let Some(scene) = Scene::with(&entries, Config::default()) else {
        return;
    };
    scene.server.ledger().expect("c1", 1, 2);
    scene.run().exact();
    assert!(
        scene
            .lines("web", "c1")
            .contains(&"id=c1-1 a container that was killed in mid-".to_owned())
    );
}

#[test]
fn case_40_an_id_of_pieces_that_is_used_again_begins_another_line() {
    let start = now_usec() - 60 * SECOND;
    let mut entries = pieces(start, "aa", &["id=c1-1 one ", "two"], true);
    entries.extend(pieces(start + 10_000, "aa", &["id=c1-2 uno ", "due"], true));
    // Unfinished, and its id used again from the first piece on.
    entries.extend(pieces(start + 20_000, "bb", &["id=c1-3 half "], false));
    entries.extend(pieces(start + 30_000, "bb", &["id=c1-4 a ", "b"], true));
    let Some(scene) = Scene::with(&entries, Config::default()) else {
        return;
    };
    scene.server.ledger().expect("c1", 1, 4);
    scene.run().exact();
    let mut found = scene.lines("web", "c1");
    found.sort();
    assert_eq!(
        found,
        [
            "id=c1-1 one two",
            "id=c1-2 uno due",
            "id=c1-3 half ",
            "id=c1-4 a b"
        ]
    );
}

#[test]
fn case_40_fifty_megabytes_in_pieces_arrive_whole_within_the_memory() {
    const PIECES: usize = 3200;
    let start = now_usec() - 60 * SECOND;
    let piece = "x".repeat(stack_tests::data::PIECE_BYTES);
    let mut texts = vec![piece.as_str(); PIECES];
    texts[0] = "id=c1-1 ";
    let mut entries = pieces(start, "aa", &texts, true);
    entries.push(entry(start + 3600 * SECOND, "web", "c1", b"id=c1-2", ""));
    let Some(scene) = Scene::with(&entries, Config::default()) else {
        return;
    };
    scene.server.ledger().expect("c1", 1, 2);
    let mut command = scene.command(&scene.server.url(), true);
    let process = stack_tests::process::Process::start(&mut command).unwrap();
    let (status, usage) = process.watch(crate::scene::PATIENCE).unwrap();
    let report = scene.server.ledger().report();
    assert!(status.success());
    assert_eq!(
        (report.lost, report.duplicated),
        (0, 0),
        "{:?}",
        report.samples
    );
    let whole: usize = scene
        .lines("web", "c1")
        .iter()
        .map(|line| line.matches('x').count())
        .sum();
    assert_eq!(whole, (PIECES - 1) * stack_tests::data::PIECE_BYTES);
    assert!(usage.anonymous < 128_000_000, "{} bytes", usage.anonymous);
}

#[test]
fn case_41_a_forged_container_line_is_not_shipped_but_named() {
    let start = now_usec() - 60 * SECOND;
    let honest = entry(start, "web", "c1", b"id=c1-1", "");
    let forged = String::from_utf8(entry(start + 1000, "web", "evil", b"id=evil-1", "")).unwrap();
    let forged = forged
        .replace("_SYSTEMD_UNIT=docker.service", "_SYSTEMD_UNIT=evil.service")
        .into_bytes();
    let Some(scene) = Scene::with(&[honest, forged.clone()], Config::default()) else {
        return;
    };
    scene.server.ledger().expect("c1", 1, 1);
    let outcome = scene.run();
    outcome.exact();
    assert_eq!(scene.server.store().groups["web"].streams.len(), 1);
    // And where it is wanted, it is.
    let Some(trusting) = Scene::with(&[forged], Config::default()) else {
        return;
    };
    let trusting = trusting.flags(&["--trust-container-fields"]);
    trusting.server.ledger().expect("evil", 1, 1);
    trusting.run().exact();
}

#[test]
fn case_41_names_that_cloudwatch_would_not_take_are_changed_and_stay_different() {
    let start = now_usec() - 60 * SECOND;
    let long = "n".repeat(600);
    let names = ["a:b", "a*b", "a/b", "🚀", &long, " "];
    let entries: Vec<Vec<u8>> = names
        .iter()
        .zip(1..)
        .map(|(name, number)| {
            entry(
                start + number * 1000,
                "web service",
                name,
                format!("id=w-{number}").as_bytes(),
                "",
            )
        })
        .collect();
    let Some(scene) = Scene::with(&entries, Config::default()) else {
        return;
    };
    scene.server.ledger().expect("w", 1, names.len() as u64);
    scene.run().exact();
    let store = scene.server.store();
    let streams: usize = store.groups.values().map(|group| group.streams.len()).sum();
    assert_eq!(
        streams,
        names.len(),
        "no two names become one: {:?}",
        store
            .groups
            .values()
            .map(|group| group.streams.keys().collect::<Vec<_>>())
            .collect::<Vec<_>>()
    );
}
