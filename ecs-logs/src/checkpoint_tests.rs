//! The checkpoint file, whole, damaged, locked, and on a disk that fails.

use super::*;
use proptest::prelude::*;

fn cursor() -> impl Strategy<Value = Cursor> {
    (any::<[u64; 2]>(), any::<[u64; 2]>(), any::<[u64; 4]>()).prop_map(|(id, boot, rest)| {
        let wide = |[high, low]: [u64; 2]| (u128::from(high) << 64) | u128::from(low);
        Cursor {
            seqnum_id: wide(id),
            seqnum: rest[0],
            boot_id: wide(boot),
            monotonic_usec: rest[1],
            realtime_usec: rest[2],
            xor_hash: rest[3],
        }
    })
}

fn key() -> impl Strategy<Value = StreamKey> {
    (".{0,40}", ".{0,40}").prop_map(|(group, stream)| StreamKey {
        group: group.into(),
        stream: stream.into(),
    })
}

fn ranges() -> impl Strategy<Value = Vec<Range>> {
    let point = || (cursor(), any::<bool>()).prop_map(|(cursor, exact)| Point { cursor, exact });
    let range = (point(), point()).prop_map(|(from, to)| Range { from, to });
    proptest::collection::vec(range, 0..4)
}

fn ledger() -> impl Strategy<Value = Ledger> {
    use crate::ledger::{Heard, KnownCause, OpenGap, OwedMark};
    let text = || ".{0,20}";
    let at = || proptest::option::of(any::<u64>());
    let gap = (text(), any::<[u64; 4]>()).prop_map(|(name, numbers)| OpenGap {
        group: name.clone(),
        stream: name.clone(),
        epoch: numbers[0],
        from: numbers[1],
        to: numbers[2],
        unit: name,
        at_usec: numbers[3],
    });
    let mark =
        (text(), any::<(u64, bool)>(), at(), at()).prop_map(|(name, told, at_usec, cause)| {
            OwedMark {
                group: name.clone(),
                stream: name.clone(),
                loss: name,
                lines: told.0,
                up_to: told.1,
                at_usec,
                cause,
            }
        });
    let cause = (text(), proptest::option::of(text()), any::<[u64; 4]>());
    let cause = cause.prop_map(|(loss, unit, [id, lines, unmarked, at_usec])| KnownCause {
        id,
        loss,
        unit,
        lines,
        unmarked,
        at_usec,
    });
    let heard = (
        text(),
        proptest::collection::vec(text(), 0..3),
        any::<[bool; 2]>(),
    );
    let heard = heard.prop_map(|(name, units, [numbered, suspect])| Heard {
        group: name.clone(),
        stream: name,
        units,
        numbered,
        suspect,
    });
    let many = 0..3;
    (
        any::<(bool, Vec<(u64, u64)>)>(),
        proptest::collection::vec(gap, many.clone()),
        proptest::collection::vec(mark, many.clone()),
        proptest::collection::vec(cause, many.clone()),
        any::<Vec<u64>>(),
        proptest::collection::vec(heard, many),
    )
        .prop_map(
            |((clean, ordinals), gaps, marks, causes, told, heard)| Ledger {
                clean,
                ordinals,
                gaps,
                marks,
                causes,
                told,
                heard,
            },
        )
}

fn checkpoint() -> impl Strategy<Value = Checkpoint> {
    let parked =
        (key(), cursor(), ranges(), ".{0,80}").prop_map(|(key, from, accepted, reason)| Parked {
            key,
            from,
            accepted,
            reason,
        });
    (
        proptest::option::of(cursor()),
        proptest::collection::vec((key(), ranges()), 0..4),
        proptest::collection::vec(parked, 0..4),
        ledger(),
    )
        .prop_map(|(resume, accepted, parked, ledger)| Checkpoint {
            ledger,
            resume,
            accepted,
            parked,
        })
}

proptest! {
    #[test]
    fn what_is_written_reads_back(checkpoint in checkpoint()) {
        prop_assert_eq!(decode(encode(&checkpoint).as_bytes()).unwrap(), checkpoint);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assert!(decode(&bytes).is_err());
    }

    #[test]
    fn one_changed_byte_is_found(checkpoint in checkpoint(), at in any::<prop::sample::Index>(), bit in 0..8u8) {
        let mut bytes = encode(&checkpoint).into_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        prop_assert!(decode(&bytes).is_err(), "byte {} changed and not found", at);
    }

    #[test]
    fn a_file_that_was_cut_off_is_found(checkpoint in checkpoint(), at in any::<prop::sample::Index>()) {
        let bytes = encode(&checkpoint).into_bytes();
        prop_assert!(decode(&bytes[..at.index(bytes.len())]).is_err());
    }
}

fn some_checkpoint() -> Checkpoint {
    Checkpoint {
        resume: Some(Cursor {
            seqnum_id: 1,
            seqnum: 2,
            boot_id: 3,
            monotonic_usec: 4,
            realtime_usec: 5,
            xor_hash: 6,
        }),
        ..Checkpoint::default()
    }
}

#[test]
fn a_checkpoint_is_found_again_and_a_first_start_finds_none() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("made/here/checkpoint")).unwrap();
    assert_eq!(store.load().unwrap(), Found::Nothing);
    store.save(&some_checkpoint()).unwrap();
    assert_eq!(
        store.load().unwrap(),
        Found::Checkpoint(Box::new(some_checkpoint()))
    );
}

#[test]
fn what_cannot_be_used_is_set_aside_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let newer = encode(&some_checkpoint()).replacen(" 1 ", " 2 ", 1);
    for (place, (bytes, expected)) in [
        (
            &b"{\"cursor\":\"s=1\"}\n"[..],
            "it does not begin with \"ecs-logs-checkpoint\"",
        ),
        (&b"\xff\xfe"[..], "it is not text"),
        (&b""[..], "it does not begin with \"ecs-logs-checkpoint\""),
        (&b"ecs-logs-checkpoint 1"[..], "it has no second line"),
        (
            newer.as_bytes(),
            "it is of version \"2\", and this ecs-logs knows version 1",
        ),
        (
            &b"ecs-logs-checkpoint 1 0000000000000000\n{}\n"[..],
            "its checksum is not that of its content",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        fs::write(&path, bytes).unwrap();
        let store = Store::open(&path).unwrap();
        match store.load().unwrap() {
            Found::SetAside { to, reason } => {
                assert!(reason.contains(expected), "{reason}");
                assert_eq!(
                    to,
                    folder.path().join(format!("checkpoint.unusable-{place}"))
                );
                assert_eq!(fs::read(to).unwrap(), bytes);
            }
            other => panic!("{other:?}"),
        }
        assert_eq!(store.load().unwrap(), Found::Nothing);
    }
}

#[test]
fn a_second_agent_is_kept_from_the_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let first = Store::open(&path).unwrap();
    let error = format!("{:#}", Store::open(&path).unwrap_err());
    assert!(error.contains("another ecs-logs uses"), "{error}");
    assert!(error.contains("--checkpoint"), "{error}");
    drop(first);
    Store::open(&path).unwrap();
}

#[test]
fn a_save_that_was_killed_half_way_leaves_the_old_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    let store = Store::open(&path).unwrap();
    store.save(&some_checkpoint()).unwrap();
    fs::write(folder.path().join("checkpoint.new"), "ecs-logs-che").unwrap();
    assert_eq!(
        store.load().unwrap(),
        Found::Checkpoint(Box::new(some_checkpoint()))
    );
    store.save(&Checkpoint::default()).unwrap();
    assert_eq!(store.load().unwrap(), Found::Checkpoint(Box::default()));
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = format!("{:#}", Store::open(&file.join("checkpoint")).unwrap_err());
    assert!(
        error.contains("cannot make") && error.contains("--checkpoint"),
        "{error}"
    );
}
