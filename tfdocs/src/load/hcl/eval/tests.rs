//! The values of constant expressions, and what is said of those that have none.

use super::super::parse;
use super::evaluate;

fn check(expression: &str, expected: &str) {
    let source = format!("x = {expression}\n");
    let (body, mut problems) = parse(source.as_bytes());
    let value = evaluate(&body.attributes[0].value, &mut problems);
    let text = match (value, problems.first()) {
        (Some(value), None) => value
            .with_floats()
            .to_json(false)
            .replace('\n', "")
            .replace("  ", ""),
        (_, Some(problem)) => problem.summary.clone(),
        (None, None) => "unknown".into(),
    };
    assert_eq!(text, expected, "{expression}");
}

#[test]
fn constant_expressions_have_the_values_that_hcl_gives_them() {
    let cases = [
        ("1 + 2", "3"),
        ("0.1 + 0.2", "0.3"),
        ("-(1)", "-1"),
        ("7 / 2", "3.5"),
        ("!true", "false"),
        ("true ? 1 : 2", "1"),
        ("true ? 1 : \"a\"", "\"1\""),
        ("[\"a\"][0]", "\"a\""),
        ("[{ a = 1 }][*].a", "[1]"),
        ("[for x in [1, 2] : x * 2 if x > 1]", "[4]"),
        ("{ for k, v in { a = 1 } : v => k... }", "{\"1\": [\"a\"]}"),
        ("\"a-${1}\"", "\"a-1\""),
        ("\"${true}\"", "true"),
        (
            "{ (1 + 1) = \"x\", a = 1, a = 2 }",
            "{\"2\": \"x\",\"a\": 2}",
        ),
        ("<<-EOT\n    a\n    b\n\n    EOT", "\"a\\nb\\n\\n\""),
        ("<<EOT\n%{ if true }y%{ else }n%{ endif }\nEOT", "\"y\\n\""),
        ("\"$${a} %%{b} \\u00e9 \\\"\"", "\"${a} %{b} é \\\"\""),
        ("var.x", "Variables not allowed"),
        ("file(\"x\")", "Function calls not allowed"),
        ("1 +", "Invalid expression"),
        ("\"a\" + 1", "Invalid operand"),
    ];
    for (expression, expected) in cases {
        check(expression, expected);
    }
}
