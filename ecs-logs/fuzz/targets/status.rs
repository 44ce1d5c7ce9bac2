//! Any bytes as the status file of an agent: told or refused, never a panic; and a refused event of any text is kept as a line of JSON.
#![no_main]

use ecs_logs::{
    quarantine::Quarantine,
    route::StreamKey,
    status::{look, path_of, to_json, to_text},
};
use libfuzzer_sys::fuzz_target;
use std::{fs, path::PathBuf, sync::OnceLock};

fn checkpoint() -> &'static PathBuf {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("ecs-logs-fuzz-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("the folder for temporary files can be written to");
        folder.join("checkpoint")
    })
}

fuzz_target!(|bytes: &[u8]| {
    let checkpoint = checkpoint();
    fs::write(path_of(checkpoint), bytes).expect("a folder of our own");
    for now_ms in [0, i64::MAX, 1_700_000_000_000] {
        let report = look(checkpoint, false, now_ms);
        assert!(!to_text(&report, now_ms).is_empty());
        serde_json::from_str::<serde_json::Value>(&to_json(&report)).expect("the report is JSON");
    }
    let text = String::from_utf8_lossy(bytes);
    let key = StreamKey { group: text.as_ref().into(), stream: "s".into() };
    let event = serde_json::json!({ "timestamp": 1, "message": text }).to_string();
    let quarantine = Quarantine::beside(checkpoint);
    quarantine.keep(&key, event.as_bytes(), &text).expect("a folder of our own");
    drop(quarantine.keep(&key, bytes, "no event at all"));
    let mut path = checkpoint.clone().into_os_string();
    path.push(".quarantine");
    let kept = fs::read_to_string(&path).expect("it is text");
    for line in kept.lines() {
        serde_json::from_str::<serde_json::Value>(line).expect("a line is JSON");
    }
    fs::remove_file(&path).expect("a folder of our own");
});
