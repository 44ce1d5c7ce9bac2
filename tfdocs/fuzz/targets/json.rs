//! Any bytes as `main.tf.json`: loaded and rendered with compat on and off, never a panic and never a hang.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tfdocs::{Config, Format};

fuzz_target!(|bytes: &[u8]| {
    thread_local! {
        static DIR: tempfile::TempDir = tempfile::tempdir().expect("a directory for the module");
    }
    DIR.with(|dir| {
        std::fs::write(dir.path().join("main.tf.json"), bytes).expect("the module's file");
        for compat in [true, false] {
            let mut config = Config::default();
            config.settings.compat = compat;
            let (module, _) = tfdocs::load(dir.path(), &config);
            for format in [Format::MarkdownTable, Format::AsciidocDocument, Format::Yaml, Format::Toml] {
                let _text = tfdocs::render(&module, format, &config);
            }
        }
    });
});
