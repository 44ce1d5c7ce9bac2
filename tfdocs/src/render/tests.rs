//! Renderers by data: the styles that are decided by rule, what compat off changes, and that any module is rendered.

use super::*;
use crate::model::{Input, Resource, Value};

fn input(name: &str, description: &str, default: Value) -> Input {
    Input {
        name: name.into(),
        type_text: "any".into(),
        description: description.into(),
        default,
        ..Input::default()
    }
}

fn module(inputs: Vec<Input>) -> Module {
    Module {
        inputs,
        ..Module::default()
    }
}

fn only_inputs() -> Config {
    let mut config = Config::default();
    config.sections.show = vec!["inputs".into()];
    config
}

fn shown(module: &Module, format: Format, config: &Config) -> String {
    render(module, format, config).unwrap_or_else(|error| format!("error: {error}"))
}

#[test]
fn yaml_quotes_what_would_read_back_as_another_type() {
    let cases = [
        ("plain text", "plain text"),
        ("null", "\"null\""),
        ("12", "\"12\""),
        ("1.5e3", "\"1.5e3\""),
        ("0x1f", "\"0x1f\""),
        ("2026-01-02", "\"2026-01-02\""),
        ("2026-13-02", "2026-13-02"),
        ("1:30", "\"1:30\""),
        ("yes", "\"yes\""),
        (">= 1.0", "'>= 1.0'"),
        ("it's: fine", "'it''s: fine'"),
        ("a\tb", "\"a\\tb\""),
        ("1.2.3", "1.2.3"),
        ("<<", "<<"),
        ("😀", "\"\\U0001F600\""),
        ("a\nb", "|-\n      a\n      b"),
        ("a\nb\n", "|\n      a\n      b"),
        ("a \nb", "\"a \\nb\""),
    ];
    for (text, want) in cases {
        let module = module(vec![input("v", text, Value::Null)]);
        let yaml = shown(&module, Format::Yaml, &only_inputs());
        let want = format!("    description: {want}\n    default: null");
        assert!(yaml.contains(&want), "{text}: {yaml}");
    }
}

#[test]
fn toml_refuses_a_null_in_a_list_and_leaves_it_out_of_a_map() {
    let list = Value::List(vec![Value::Null]);
    let text = shown(
        &module(vec![input("v", "", list)]),
        Format::Toml,
        &only_inputs(),
    );
    assert_eq!(text, "error: toml: cannot encode array with nil element");
    let map = Value::Map([("a".to_owned(), Value::Null)].into());
    let text = shown(
        &module(vec![input("v", "", map)]),
        Format::Toml,
        &only_inputs(),
    );
    assert!(text.ends_with("  [inputs.default]"), "{text}");
}

#[test]
fn compat_off_keeps_tables_whole_and_names_right() {
    let mut config = only_inputs();
    config.settings.compat = false;
    let piped = input("v", "```hcl\nx\n```", Value::String("a|b".into()));
    let text = shown(&module(vec![piped]), Format::MarkdownTable, &config);
    assert!(text.contains("`\"a\\|b\"`"), "{text}");
    assert!(text.contains("<pre>x</pre>"), "{text}");

    let mut config = Config::default();
    config.settings.compat = false;
    config.settings.hide_empty = true;
    let resource = Resource {
        type_name: "google_compute_disk".into(),
        name: "x".into(),
        provider_name: "google-beta".into(),
        provider_source: "hashicorp/google-beta".into(),
        version: "latest".into(),
        ..Resource::default()
    };
    let module = Module {
        resources: vec![resource],
        ..Module::default()
    };
    let text = shown(&module, Format::MarkdownTable, &config);
    assert!(text.starts_with("## Resources"), "{text}");
    assert!(text.contains("[google_compute_disk.x]("), "{text}");
    assert!(text.contains("/docs/resources/compute_disk)"), "{text}");
}

#[test]
fn a_content_template_sees_sections_items_and_settings() {
    let mut config = Config {
        formatter: "markdown table".into(),
        content: "{{ range .Module.Inputs }}{{ .Name }}={{ .GetValue }} {{ end }}{{ .Config.Formatter }}\n"
            .into(),
        ..only_inputs()
    };
    let module = module(vec![input("v", "", Value::Bool(true))]);
    let text = shown(&module, Format::MarkdownTable, &config);
    assert_eq!(text, "v=true markdown table");
    config.content = "{{ include \"nope.txt\" }}".into();
    let text = shown(&module, Format::MarkdownTable, &config);
    assert_eq!(
        text,
        "error: template: content:1:3: executing \"content\" at <include \"nope.txt\">: error calling include: open nope.txt: no such file or directory"
    );
}

proptest::proptest! {
    #[test]
    fn any_texts_are_rendered_in_every_format(name in ".{0,12}", text in "[a_|`\n\r\t \"'<\\\\é:#-]{0,40}") {
        let default = Value::List(vec![Value::String(text.clone()), Value::Map([(name.clone(), Value::Bool(true))].into())]);
        let module = module(vec![input(&name, &text, default)]);
        for format in [
            Format::MarkdownTable, Format::MarkdownDocument, Format::AsciidocTable, Format::AsciidocDocument,
            Format::Json, Format::Yaml, Format::Toml, Format::Xml, Format::Pretty, Format::TfvarsHcl, Format::TfvarsJson,
        ] {
            for compat in [true, false] {
                let mut config = Config::default();
                config.settings.compat = compat;
                proptest::prop_assert!(render(&module, format, &config).is_ok());
            }
        }
        let json = render(&module, Format::Json, &Config::default()).unwrap_or_default();
        proptest::prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok());
    }
}
