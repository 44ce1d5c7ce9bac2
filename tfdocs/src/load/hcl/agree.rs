//! Properties: the scanner, the parser and another library see the same structure in generated files.

use std::ops::Range;

use proptest::prelude::*;

use super::parse;
use super::scan::{OutlineBlock, outline, scan};
use super::tree::Body;

/// Blocks, labels, attributes and the places of values, as lines.
fn of_outline(source: &str, block: &OutlineBlock, out: &mut Vec<String>) {
    let text = |span: &Range<usize>| source.get(span.clone()).unwrap_or_default().to_owned();
    for (name, value) in &block.attributes {
        out.push(format!("{} {value:?}", text(name)));
    }
    for inner in &block.blocks {
        let labels: Vec<String> = inner.labels.iter().map(text).collect();
        out.push(format!("{} {labels:?}", text(&inner.kind)));
        of_outline(source, inner, out);
    }
}

fn of_tree(body: &Body, out: &mut Vec<String>) {
    for attribute in &body.attributes {
        out.push(format!("{} {:?}", attribute.name, attribute.value.span));
    }
    for block in &body.blocks {
        let labels: Vec<&str> = block
            .labels
            .iter()
            .map(|label| label.text.as_str())
            .collect();
        out.push(format!("{} {labels:?}", block.kind));
        of_tree(&block.body, out);
    }
}

fn of_hcl_edit(body: &hcl_edit::structure::Body, out: &mut Vec<String>) {
    use hcl_edit::Span as _;
    for attribute in body.attributes() {
        let span = attribute.value.span().expect("a place");
        out.push(format!("{} {span:?}", attribute.key.as_str()));
    }
    for block in body.blocks() {
        let labels: Vec<&str> = block.labels.iter().map(|label| label.as_str()).collect();
        out.push(format!("{} {labels:?}", block.ident.as_str()));
        of_hcl_edit(&block.body, out);
    }
}

pub(super) fn expression() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("1".to_owned()),
        Just("2.5".to_owned()),
        Just("true".to_owned()),
        Just("null".to_owned()),
        Just("var.x".to_owned()),
        Just("a.b[0].c".to_owned()),
        Just("list[*].id".to_owned()),
        Just("\"\"".to_owned()),
        Just("\"a ${var.b} $${c} \\\" # no comment\"".to_owned()),
        "[a-z]{1,6}".prop_map(|word| format!("\"{word}\"")),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4)
                .prop_map(|items| format!("[{}]", items.join(", "))),
            proptest::collection::vec(inner.clone(), 1..4)
                .prop_map(|items| format!("[\n  {},\n]", items.join(",  # c\n  "))),
            proptest::collection::vec(inner.clone(), 0..4).prop_map(|items| {
                let items: Vec<String> = items
                    .iter()
                    .enumerate()
                    .map(|(at, item)| format!("  k{at} = {item}\n"))
                    .collect();
                format!("{{\n{}}}", items.concat())
            }),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a} == {b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("f({a}, {b}...)")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("true ? {a} : {b}")),
            inner
                .clone()
                .prop_map(|a| format!("[for x in {a} : x if x]")),
            inner
                .clone()
                .prop_map(|a| format!("{{ for k, v in {a} : k => v... }}")),
            inner.prop_map(|a| format!("\"x${{{a}}}y\"")),
        ]
    })
}

fn file() -> impl Strategy<Value = String> {
    let comment = prop_oneof![
        Just(""),
        Just("# c\n"),
        Just("// d\n"),
        Just("/* e\n */\n"),
        Just("\n\n")
    ];
    let attribute = (
        comment.clone(),
        expression(),
        prop_oneof![Just(""), Just(" # t"), Just(" // t"), Just(" /* t */")],
    );
    let attributes = proptest::collection::vec(attribute, 0..4)
        .prop_map(|items| {
            let lines = items
                .iter()
                .enumerate()
                .map(|(at, (comment, value, trail))| {
                    format!("{comment}  a{at} = {value}{trail}\n")
                });
            lines.collect::<String>()
        })
        .boxed();
    let heredoc = prop_oneof![
        Just(""),
        Just("  h = <<EOT\nx ${a} }\"\n EOTX\nEOT\n"),
        Just("  h = <<-EOT\n    x\n    EOT\n")
    ];
    let block = (
        comment,
        "[a-z]{3,8}",
        proptest::collection::vec("[a-z_]{1,5}", 0..3),
        attributes.clone(),
        heredoc,
        attributes,
    );
    let block = block.prop_map(|(comment, kind, labels, attributes, heredoc, inner)| {
        let labels: String = labels.iter().map(|label| format!(" \"{label}\"")).collect();
        format!("{comment}{kind}{labels} {{\n{attributes}{heredoc}  nested {{\n{inner}  }}\n}}\n")
    });
    proptest::collection::vec(block, 0..4).prop_map(|blocks| blocks.concat())
}

proptest! {
    #[test]
    fn scanner_parser_and_hcl_edit_see_the_same_structure(source in file()) {
        let (body, problems) = parse(source.as_bytes());
        prop_assert!(problems.is_empty(), "{}\n{:?}", source, problems);
        let mut parsed = Vec::new();
        of_tree(&body, &mut parsed);
        let outline = outline(source.as_bytes(), |_| true);
        prop_assert!(outline.is_some(), "the scanner gave up on\n{}", source);
        let top = OutlineBlock { kind: 0..0, labels: Vec::new(), attributes: Vec::new(), blocks: outline.unwrap().blocks };
        let mut scanned = Vec::new();
        of_outline(&source, &top, &mut scanned);
        prop_assert_eq!(&scanned, &parsed);
        // Where the other library reads the file at all.
        if let Ok(theirs) = hcl_edit::parser::parse_body(&source) {
            let mut found = Vec::new();
            of_hcl_edit(&theirs, &mut found);
            prop_assert_eq!(&found, &parsed);
        }
    }

    #[test]
    fn what_the_scanner_accepts_the_parser_accepts(words in proptest::collection::vec(proptest::sample::select(WORDS), 0..30)) {
        let source = words.concat();
        if scan(source.as_bytes()).is_some() {
            let (_, problems) = parse(source.as_bytes());
            prop_assert!(problems.is_empty(), "{:?}\n{:?}", source, problems);
        }
    }
}

/// Pieces of files.
const WORDS: &[&str] = &[
    "a ",
    "b = ",
    "{",
    "}",
    "{\n",
    "}\n",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "\"x\"",
    "${",
    "~}",
    "\n",
    "<<E\n",
    "E\n",
    "# c\n",
    "/* */",
    "1",
    "2.5",
    "-",
    "!",
    ".",
    ".*",
    "[*]",
    "for x in y : ",
    "if ",
    "=>",
    "...",
    "? ",
    ": ",
    ", ",
    "\\n",
    "$${",
    "null",
    "true",
    "==",
    "&&",
    "\r\n",
    "f(",
];
