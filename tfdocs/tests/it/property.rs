//! What holds for any input.

use proptest::prelude::*;
use tfdocs::inject::{Markers, inject};
use tfdocs::{Config, Format, load, render};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn injecting_twice_equals_injecting_once(before in "[a-z \n]{0,40}", old in "[a-z \n]{0,40}", after in "[a-z \n]{0,40}", marked: bool, new in "[a-z \n]{0,40}") {
        let markers = Markers { begin: "<!-- B -->".into(), end: "<!-- E -->".into() };
        let generated = format!("<!-- B -->\n{new}\n<!-- E -->");
        let readme = if marked { format!("{before}<!-- B -->{old}<!-- E -->{after}") } else { before };
        let once = inject(&readme, &generated, &markers, &[]).unwrap();
        let twice = inject(&once, &generated, &markers, &[]).unwrap();
        prop_assert_eq!(once, twice);
    }

    #[test]
    fn any_bytes_are_loaded_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400), json: bool) {
        documents(&bytes, if json { "a.tf.json" } else { "a.tf" });
    }

    #[test]
    fn any_soup_of_tokens_is_loaded_without_panic(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..60)) {
        documents(words.concat().as_bytes(), "a.tf");
    }

    #[test]
    fn any_description_is_rendered_without_panic(description in "[ -~\n_`|*\\\\é]{0,80}") {
        let input = tfdocs::model::Input { name: "a".into(), description, ..Default::default() };
        let module = tfdocs::Module { inputs: vec![input], ..Default::default() };
        for format in [Format::MarkdownTable, Format::MarkdownDocument, Format::AsciidocTable, Format::AsciidocDocument, Format::Yaml, Format::Toml, Format::Xml] {
            render(&module, format, &Config::default()).unwrap();
        }
        for line in render(&module, Format::MarkdownTable, &Config::default()).unwrap().lines() {
            prop_assert!(!line.starts_with("| <a") || line.ends_with('|'), "a row is one line: {}", line);
        }
    }
}

/// Pieces that valid and broken files are made of.
const WORDS: &[&str] = &[
    "variable \"a\" {\n",
    "}\n",
    "}",
    "{",
    "[",
    "]",
    "(",
    ")",
    "default = ",
    "type = ",
    "description = ",
    "\"",
    "${",
    "%{",
    "~}",
    "\n",
    "<<EOT\n",
    "<<-EOT\n",
    "EOT\n",
    "# c\n",
    "/*",
    "*/",
    "// x",
    "1",
    ".5",
    "-",
    "!",
    "a",
    ".",
    "*",
    "for ",
    " in ",
    ":",
    "=>",
    "...",
    "if ",
    "?",
    ",",
    "\\",
    "\\u00",
    "$${",
    "null",
    "true",
    "=",
    "==",
    "&&",
    "|",
    "`",
    "'",
    ";",
    "\u{feff}",
    "\r\n",
    "é",
    "resource \"x_y\" \"z\" {\n",
    "provider = ",
    "terraform {\n",
    "required_providers {\n",
    "output \"o\" {}\n",
    "<",
    "::",
    "f(",
];

fn documents(bytes: &[u8], name: &str) {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(dir.path().join(name), bytes).expect("a file");
    for compat in [true, false] {
        let mut config = Config::default();
        config.settings.compat = compat;
        let (module, diagnostics) = load(dir.path(), &config);
        render(&module, Format::MarkdownTable, &config).expect("markdown never fails");
        for diagnostic in diagnostics {
            assert!(!diagnostic.to_string().is_empty());
        }
    }
}
