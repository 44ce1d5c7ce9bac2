//! Any text as a configuration file: taken or refused with reasons, never a panic.
#![no_main]

use ecs_logs::config::{Config, Inputs, Layers};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let path = std::env::temp_dir().join(format!("ecs-logs-fuzz-{}.toml", std::process::id()));
    std::fs::write(&path, text).expect("the folder for temporary files can be written to");
    let layers = Layers::collect(&Inputs {
        flags: vec![("config".to_owned(), Some(path.to_string_lossy().into_owned()))],
        ..Inputs::default()
    });
    if let Err(errors) = Config::new(&layers) {
        assert!(!errors.0.is_empty());
    }
});
