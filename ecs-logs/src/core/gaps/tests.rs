//! What the streams' readers are told of what is lost; the words are those of `scene`.

use super::scene::{check, run};
use crate::core::{Settings, batch::Limits};
use expect_test::expect;

#[test]
fn a_gap_that_journald_explains_is_marked_once_in_its_stream() {
    check(
        "web:a1 api:b1 web:a2 Suppressed(5) web:a8 api:b2 70s",
        expect![[r#"
            4.999 s web: 5 lines lost here: journald rate limit
            LostRateLimited 5
        "#]],
    );
}

#[test]
fn a_gap_without_an_explanation_has_a_cause_of_its_own() {
    check(
        "web:a1 web:a4 40s",
        expect![[r#"
        1.999 s web: 2 lines lost here: sent by Docker and not in the journal
        LostMissing 2
    "#]],
    );
}

#[test]
fn an_explanation_may_come_after_the_gap() {
    // stderr has a limit of its own, so its lines go on while those of stdout are dropped.
    check(
        "web:a1 web:a4 10s web:a5 Suppressed(2) web:a6 70s",
        expect![[r#"
            1.999 s web: 2 lines lost here: journald rate limit
            LostRateLimited 2
        "#]],
    );
}

#[test]
fn an_explanation_that_comes_too_late_counts_nothing_twice() {
    check(
        "web:a1 web:a4 50s Suppressed(5) web:a8 70s",
        expect![[r#"
        1.999 s web: 2 lines lost here: sent by Docker and not in the journal
        53.999 s web: 3 lines lost here: journald rate limit
        LostRateLimited 3, LostMissing 2
    "#]],
    );
}

#[test]
fn what_no_number_explains_may_have_been_of_those_that_went_silent() {
    // web has said since that it lost 3, api that it lost nothing; idle has not said anything.
    check(
        "web:a1 api:b1 idle:c1 Suppressed(9) web:a5 api:b2 70s",
        expect![[r#"
            4.999 s web: 3 lines lost here: journald rate limit
            4 s idle: up to 6 lines lost here: journald rate limit
            LostRateLimited 9
        "#]],
    );
}

#[test]
fn before_docker_24_every_stream_of_the_unit_says_up_to_and_at_once() {
    check(
        "web:- nginx.service/own:- api:- Suppressed(9) 10s",
        expect![[r#"
            4 s web: up to 9 lines lost here: journald rate limit
            4 s api: up to 9 lines lost here: journald rate limit
            LostRateLimited 9
        "#]],
    );
}

#[test]
fn what_is_late_is_not_lost() {
    check(
        "web:a1 web:a3 web:a2 web:a4 70s",
        expect![[r#"
            nothing
        "#]],
    );
}

#[test]
fn a_container_that_starts_again_has_lost_nothing() {
    check(
        "web:a1 web:a2 web:b1 web:b2 70s",
        expect![[r#"
            nothing
        "#]],
    );
}

#[test]
fn what_was_deleted_while_the_agent_was_down_is_told_by_number() {
    check(
        "web:a1 api:b1 10s restart vacuum(20) web:a9 api:b2 new:c1 old:d5 plain:- 70s",
        expect![[r#"
            72 s web: up to 20 lines lost here: deleted from the journal before they were read
            72 s api: up to 20 lines lost here: deleted from the journal before they were read
            72 s new: up to 20 lines lost here: deleted from the journal before they were read
            72 s old: up to 20 lines lost here: deleted from the journal before they were read
            72 s plain: up to 20 lines lost here: deleted from the journal before they were read
            LostVacuumed 20
        "#]],
    );
    let words = "web:a1 api:b1 10s stop vacuum(20) web:a9 api:b2 new:c1 old:d5 plain:- 70s";
    check(
        words,
        expect![[r#"
            12.999 s web: 7 lines lost here: deleted from the journal before they were read
            72 s new: up to 20 lines lost here: deleted from the journal before they were read
            72 s old: up to 20 lines lost here: deleted from the journal before they were read
            72 s plain: up to 20 lines lost here: deleted from the journal before they were read
            LostVacuumed 20
        "#]],
    );
}

#[test]
fn entries_that_are_read_again_after_a_restart_say_nothing_new() {
    check(
        "web:a1 web:a4 api:b1 Suppressed(2) 10s restart again(4) web:a5 70s",
        expect![[r#"
            1.999 s web: 2 lines lost here: journald rate limit
        "#]],
    );
}

#[test]
fn a_gap_that_was_open_when_the_agent_stopped_is_told_by_the_next() {
    check(
        "web:a1 web:a4 10s restart again(1) web:a5 40s",
        expect![[r#"
        1.999 s web: 2 lines lost here: sent by Docker and not in the journal
        LostMissing 2
    "#]],
    );
    check(
        "web:a1 web:a4 10s restart web:a2 web:a3 web:a5 40s",
        expect![[r#"
            nothing
        "#]],
    );
}

#[test]
fn a_gap_over_a_restart_is_seen() {
    check(
        "web:a1 web:a2 10s restart web:a9 40s",
        expect![[r#"
        12.999 s web: 6 lines lost here: sent by Docker and not in the journal
        LostMissing 6
    "#]],
    );
}

#[test]
fn corrupt_entries_are_told_by_number_too() {
    check(
        "web:a1 api:b1 corrupt(1) corrupt(1) web:a3 70s",
        expect![[r#"
            2.999 s web: 1 lines lost here: corrupt journal entries
            2 s api: up to 1 lines lost here: corrupt journal entries
            LostUnreadable 2
        "#]],
    );
}

#[test]
fn a_container_that_is_not_believed_makes_no_gap() {
    check(
        "web:a1 evil.service/web:a99 web:a2 70s",
        expect![[r#"
            nothing
        "#]],
    );
}

#[test]
fn a_run_that_ends_by_itself_decides_before_it_does() {
    let settings = Settings {
        once: true,
        ..Settings::default()
    };
    run(
        "web:a1 api:b1 web:a4 Suppressed(9) web:a5 1s",
        &settings,
        expect![[r#"
            2.999 s web: 2 lines lost here: journald rate limit
            4 s api: up to 7 lines lost here: journald rate limit
            LostRateLimited 9
        "#]],
    );
}

#[test]
fn what_is_deleted_may_have_been_of_any_stream_whose_numbers_do_not_tell() {
    // The gap may be of lines that were dropped, and whose "Suppressed" entry is deleted, so none of the three is surely web's.
    check(
        "web:a1 old:- vacuum(3) web:a5 old:- 70s",
        expect![[r#"
        2.999 s web: 3 lines lost here: deleted from the journal before they were read
        1.999 s old: up to 3 lines lost here: deleted from the journal before they were read
        LostVacuumed 3
    "#]],
    );
}

#[test]
fn who_was_silent_since_is_told_by_the_run_behind_a_crash() {
    check(
        "web:a1 old:- 10s vacuum(3) web:a5 2s restart web:a6 70s",
        expect![[r#"
            12.999 s web: 3 lines lost here: deleted from the journal before they were read
            1.999 s old: up to 3 lines lost here: deleted from the journal before they were read
        "#]],
    );
    check(
        "web:a1 old:- 10s restart vacuum(5) web:a2 70s",
        expect![[r#"
            72 s web: up to 5 lines lost here: deleted from the journal before they were read
            72 s old: up to 5 lines lost here: deleted from the journal before they were read
            LostVacuumed 5
        "#]],
    );
}

#[test]
fn who_spoke_long_before_the_crash_is_not_told() {
    check(
        "old:- 70s web:- 10s restart vacuum(5) web:- 70s",
        expect![[r#"
            142 s web: up to 5 lines lost here: deleted from the journal before they were read
            LostVacuumed 5
        "#]],
    );
}

#[test]
fn a_stop_tells_those_who_are_known_and_leaves_the_rest_to_the_next_run() {
    check(
        "web:a1 silent:- vacuum(3) web:a2 stop old:- web:a3 70s",
        expect![[r#"
            1.999 s silent: up to 3 lines lost here: deleted from the journal before they were read
            1.999 s old: up to 3 lines lost here: deleted from the journal before they were read
        "#]],
    );
}

#[test]
fn a_piece_that_waited_for_its_rest_at_a_stop_is_not_delivered() {
    check(
        "web:a1 web:a2+ stop vacuum(5) web:a4 70s",
        expect![[r#"
            62 s web: up to 5 lines lost here: deleted from the journal before they were read
            LostVacuumed 5
        "#]],
    );
}

#[test]
fn what_is_read_again_says_nothing_of_what_is_deleted_meanwhile() {
    // A run that was killed had numbered all three and had maybe not delivered the second.
    check(
        "web:a1 web:a2 web:a3 10s restart web:a1 vacuum(1) web:a3 web:a4 70s",
        expect![[r#"
            13.999 s web: up to 1 lines lost here: deleted from the journal before they were read
            LostVacuumed 1
        "#]],
    );
    check(
        "web:a1 web:a2 web:a3 10s restart web:a1 vacuum(1) web:a4 70s",
        expect![[r#"
            13.999 s web: up to 1 lines lost here: deleted from the journal before they were read
            LostVacuumed 1
        "#]],
    );
}

#[test]
fn a_run_that_read_nothing_knows_no_more_than_the_one_before() {
    // What the killed run had numbered was deleted before a third one could read it.
    check(
        "web:a1 web:a2 10s restart stop vacuum(1) web:a3 70s",
        expect![[r#"
            72 s web: up to 1 lines lost here: deleted from the journal before they were read
            LostVacuumed 1
        "#]],
    );
    // A proper end had delivered it.
    check(
        "web:a1 web:a2 10s stop stop vacuum(1) web:a3 70s",
        expect![[r#"
            LostVacuumed 1
        "#]],
    );
}

#[test]
fn a_gap_that_an_earlier_run_may_have_delivered_is_no_certainty() {
    // web speaks when the deletion has long been told of.
    check(
        "web:a1 10s restart vacuum(5) api:b1 70s web:a5 40s",
        expect![[r#"
            71 s web: up to 5 lines lost here: deleted from the journal before they were read
            71 s api: up to 5 lines lost here: deleted from the journal before they were read
            82.999 s web: up to 3 lines lost here: deleted from the journal before they were read
            LostVacuumed 5
        "#]],
    );
}

#[test]
fn a_container_whose_first_number_is_late_may_lose_it() {
    check(
        "web:a2 vacuum(2) web:a3 70s",
        expect![[r#"
        0.999 s web: up to 2 lines lost here: deleted from the journal before they were read
        LostVacuumed 2
    "#]],
    );
    // A number that comes seconds later than the next was never sent to the journal that we read.
    check(
        "web:a2 api:b1 api:b2 vacuum(2) web:a3 api:b3 70s",
        expect![[r#"
            LostVacuumed 2
        "#]],
    );
}

#[test]
fn a_gap_that_shows_when_its_cause_has_ended_is_counted_once() {
    check(
        "web:a1 api:b1 Suppressed(5) api:b2 70s web:a6 40s",
        expect![[r#"
            3 s web: up to 5 lines lost here: journald rate limit
            74.999 s web: 4 lines lost here: journald rate limit
            LostRateLimited 5
        "#]],
    );
}

#[test]
fn a_cause_is_charged_with_no_more_lines_than_journald_named() {
    check(
        "web:a1 web:a5 Suppressed(2) web:a6 70s",
        expect![[r#"
            1.999 s web: 2 lines lost here: journald rate limit
            1.999 s web: 1 lines lost here: sent by Docker and not in the journal
            LostRateLimited 2, LostMissing 1
        "#]],
    );
}

#[test]
fn a_mark_that_fills_its_batch_is_written_once() {
    let settings = Settings {
        limits: Limits {
            events: 1,
            ..Limits::default()
        },
        ..Settings::default()
    };
    run(
        "web:a1 web:a4 40s web:a5 restart 10s restart 10s",
        &settings,
        expect![[r#"
            1.999 s web: 2 lines lost here: sent by Docker and not in the journal
        "#]],
    );
}
