//! Any bytes as a checkpoint: read or refused, never a panic; and what is read is written back as it was.
#![no_main]

use ecs_logs::checkpoint::{decode, encode};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(checkpoint) = decode(bytes) {
        let text = encode(&checkpoint);
        assert_eq!(decode(text.as_bytes()).expect("what was written can be read"), checkpoint);
    }
});
