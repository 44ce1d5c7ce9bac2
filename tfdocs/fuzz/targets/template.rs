//! Any text as a content template, within limits that make a hang a matter of seconds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tfdocs::gotemplate::{Limits, Template, Val};

fuzz_target!(|text: &str| {
    let limits = Limits {
        steps: 10_000,
        output: 1 << 20,
        ..Limits::default()
    };
    if let Ok(template) = Template::parse("content", text, &|_| None) {
        let data = Val::list(vec![Val::int(1), Val::str("a_b"), Val::Nil]);
        let _text = template.execute(data, &|_| None, limits);
    }
});
