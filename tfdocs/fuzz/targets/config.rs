//! Any bytes as `.terraform-docs.yml`: settings or a message.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _config = tfdocs::read_config(bytes);
});
