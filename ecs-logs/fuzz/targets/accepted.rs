//! Any bytes as a log of accepted ranges: what is read is written back as it was, and says the same when it is read twice. Each line
//! is tried as it is and with the checksum that it should have, for no fuzzer guesses those.
#![no_main]

use ecs_logs::{
    accepted::{decode, encode, merge_text},
    checkpoint::{self, Checkpoint, checksum},
};
use libfuzzer_sys::fuzz_target;
use std::io::Write as _;

fuzz_target!(|bytes: &[u8]| {
    let mut text = Vec::new();
    for line in bytes.split(|&byte| byte == b'\n') {
        text.extend_from_slice(line);
        write!(text, "\n{:016x} ", checksum(line)).expect("memory");
        text.extend_from_slice(line);
        text.push(b'\n');
    }
    for line in text.split(|&byte| byte == b'\n') {
        if let Some((key, range)) = decode(line) {
            let mut again = Vec::new();
            encode(&key, &range, &mut again).expect("memory");
            assert_eq!(again.pop(), Some(b'\n'));
            assert_eq!(decode(&again), Some((key, range)), "what was written can be read");
        }
    }
    let mut checkpoint = Checkpoint::default();
    merge_text(&text, &mut checkpoint);
    for (key, ranges) in &checkpoint.accepted {
        let mut line = Vec::new();
        for range in ranges {
            assert!(range.from.cursor.seqnum < range.to.cursor.seqnum, "{key:?}: an empty range");
            encode(key, range, &mut line).expect("memory");
        }
        let mut again = Checkpoint::default();
        merge_text(&line, &mut again);
        let (_, of_again) = again.accepted.first().expect("a range was written");
        let covers = |cursor| of_again.iter().any(|range| range.contains(cursor));
        assert!(ranges.iter().all(|range| covers(&range.to.cursor)), "{key:?}: a range is lost on the way");
    }
    assert_eq!(
        checkpoint::decode(checkpoint::encode(&checkpoint).as_bytes()).expect("what was written can be read"),
        checkpoint
    );
});
