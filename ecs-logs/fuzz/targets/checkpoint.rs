//! Any bytes as a checkpoint, and as the content of one whose head is right: read or refused, never a panic; and what is read is
//! written back as it was.
#![no_main]

use ecs_logs::checkpoint::{checksum, decode, encode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let head = format!("ecs-logs-checkpoint 1 {:016x}\n", checksum(bytes));
    for file in [bytes.to_vec(), [head.as_bytes(), bytes, b"\n"].concat()] {
        if let Ok(checkpoint) = decode(&file) {
            let text = encode(&checkpoint);
            assert_eq!(decode(text.as_bytes()).expect("what was written can be read"), checkpoint);
        }
    }
});
