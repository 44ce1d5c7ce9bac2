//! Any README: injecting twice is injecting once.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tfdocs::inject::{Markers, inject};

fuzz_target!(|readme: &str| {
    let template = "<!-- A -->\nnew\n<!-- B -->";
    let markers = Markers::of(template);
    if let Ok(once) = inject(readme, template, &markers, &[]) {
        let twice = inject(&once, template, &markers, &[]);
        assert_eq!(twice.as_deref(), Ok(once.as_str()));
    }
});
