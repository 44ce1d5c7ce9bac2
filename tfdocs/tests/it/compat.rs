//! What `--compat=false` fixes and tells.

use crate::{module, tfdocs};

#[test]
fn without_compat_the_readable_rest_is_printed_but_never_written() {
    let dir = module(&[
        ("a.tf", "variable \"good\" {}\n"),
        ("b.tf", "variable \"bad\" {\n  default = var.x\n}\n"),
    ]);
    let run = tfdocs(dir.path(), &["md", ".", "--compat=false"]);
    assert_eq!(run.code, 1);
    assert!(
        run.stdout.contains("good") && run.stderr.contains("b.tf:2:13"),
        "{}{}",
        run.stdout,
        run.stderr
    );
    let run = tfdocs(
        dir.path(),
        &["md", ".", "--compat=false", "--output-file", "R.md"],
    );
    assert_eq!((run.code, dir.path().join("R.md").exists()), (1, false));
}

#[test]
fn without_compat_unknown_keys_and_versions_are_warnings() {
    let config = "formatter: md\nversion: < 0.1\nsettings:\n  hide-emtpy: true\n  compat: false\n";
    let dir = module(&[
        ("a.tf", "variable \"a\" {}\n"),
        (".terraform-docs.yml", config),
    ]);
    let run = tfdocs(dir.path(), &["."]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(
        run.stderr.contains(
            "unknown key \"settings.hide-emtpy\" (did you mean \"settings.hide-empty\"?)"
        ),
        "{}",
        run.stderr
    );
    assert!(
        run.stderr
            .contains("current version: 0.24.0, constraints: '< 0.1'"),
        "{}",
        run.stderr
    );
}

#[test]
fn without_compat_numbers_keep_their_digits() {
    let dir = module(&[(
        "a.tf",
        "variable \"a\" {\n  default = 9007199254740993\n}\n",
    )]);
    assert!(
        tfdocs(dir.path(), &["md", "."])
            .stdout
            .contains("`9007199254740992`")
    );
    assert!(
        tfdocs(dir.path(), &["md", ".", "--compat=false"])
            .stdout
            .contains("`9007199254740993`")
    );
}

#[test]
fn a_flag_beats_the_file_always() {
    let dir = module(&[
        ("a.tf", "variable \"a\" {}\n"),
        (
            ".terraform-docs.yml",
            "formatter: md\nsettings:\n  atx-closed: true\n",
        ),
    ]);
    assert!(
        tfdocs(dir.path(), &["md", "."])
            .stdout
            .starts_with("## Requirements ##\n")
    );
    assert!(
        tfdocs(dir.path(), &["md", ".", "--atx-closed=false"])
            .stdout
            .starts_with("## Requirements\n")
    );
}

#[test]
fn without_compat_override_files_are_merged_and_tofu_shadows_tf() {
    let dir = module(&[
        (
            "a.tf",
            "variable \"x\" {\n  type        = string\n  description = \"first\"\n}\n",
        ),
        ("a_override.tf", "variable \"x\" {\n  default = \"y\"\n}\n"),
        ("b.tf", "variable \"terraform\" {}\n"),
        ("b.tofu", "variable \"tofu\" {}\n"),
    ]);
    let names =
        ["terraform", "first"].map(|word| tfdocs(dir.path(), &["json", "."]).stdout.contains(word));
    assert_eq!(names, [true, false]);
    let names = ["terraform", "first"].map(|word| {
        tfdocs(dir.path(), &["json", ".", "--compat=false"])
            .stdout
            .contains(word)
    });
    assert_eq!(names, [false, true]);
}

/// The same arguments with compat on and off: what is there only with compat off.
fn only_fixed(files: &[(&str, &str)], args: &[&str], cases: &[(&str, &str)]) {
    let dir = module(files);
    let kept = tfdocs(dir.path(), args);
    let fixed = tfdocs(dir.path(), &[args, &["--compat=false"]].concat());
    assert_eq!((kept.code, fixed.code), (0, 0), "{}", fixed.stderr);
    for (by_default, better) in cases {
        assert!(
            kept.stdout.contains(by_default),
            "{by_default}: {}",
            kept.stdout
        );
        assert!(!kept.stdout.contains(better), "{better}: {}", kept.stdout);
        assert!(fixed.stdout.contains(better), "{better}: {}", fixed.stdout);
    }
}

#[test]
fn without_compat_comments_of_all_styles_keep_their_lines() {
    let source = "# one\n#\n# two\nvariable \"a\" {}\n\n/*\n * block\n * of two\n */\nvariable \"b\" {}\n\n  // indented\n  variable \"c\" {}\n\n/* short */\nvariable \"d\" {}\nx = 1 /* no\n comment */\nvariable \"e\" {}\n";
    only_fixed(
        &[("a.tf", source)],
        &["md", "document", "."],
        &[
            ("Description: one  two\n", "Description: one\n\ntwo\n"),
            ("Description: n/a\n", "Description: block"),
            ("", "of two\n"),
            ("", "Description: indented\n"),
            ("", "Description: short\n"),
        ],
    );
}

#[test]
fn without_compat_sensitive_inputs_say_so() {
    let source = "variable \"a\" {\n  sensitive = true\n}\nvariable \"b\" {}\n";
    let files = [("a.tf", source)];
    let table = &[
        ("| Required |\n", "| Required | Sensitive |\n"),
        ("", "| yes | yes |"),
        ("", "| yes | no |"),
    ];
    only_fixed(&files, &["md", "."], table);
    only_fixed(
        &files,
        &["md", "doc", "."],
        &[("Type: `any`", "Sensitive: yes")],
    );
    only_fixed(
        &files,
        &["adoc", "."],
        &[("|yes\n", "|yes\n|yes\n"), ("", "|Required |Sensitive")],
    );
    only_fixed(&files, &["adoc", "doc", "."], &[("", "Sensitive: yes")]);
    only_fixed(
        &files,
        &["json", "."],
        &[("\"required\": true\n", "\"sensitive\": true")],
    );
    let dir = module(&files);
    let off = tfdocs(
        dir.path(),
        &["md", ".", "--compat=false", "--sensitive=false"],
    );
    assert!(!off.stdout.contains("Sensitive"), "{}", off.stdout);
}

#[test]
fn without_compat_aliases_given_to_modules_and_asked_of_callers_are_providers() {
    let source = "terraform {\n  required_providers {\n    aws = {\n      source                = \"hashicorp/aws\"\n      version               = \">= 6\"\n      configuration_aliases = [aws.west]\n    }\n  }\n}\nmodule \"m\" {\n  source    = \"./m\"\n  providers = { aws = aws.east, aws.other = aws.third }\n}\n";
    let json =
        "{\"module\": {\"n\": {\"source\": \"./n\", \"providers\": {\"aws\": \"aws.json\"}}}}";
    let rows = ["west", "east", "third", "json"].map(|alias| format!("| aws.{alias}"));
    let cases: Vec<_> = rows
        .iter()
        .map(|row| ("No providers.", row.as_str()))
        .collect();
    let files = [("a.tf", source), ("b.tf.json", json)];
    only_fixed(&files, &["md", ".", "--anchor=false"], &cases);
}

#[test]
fn without_compat_public_registries_named_in_full_are_linked() {
    let source = "terraform {\n  required_providers {\n    a = { source = \"registry.terraform.io/x/a\" }\n    b = { source = \"registry.opentofu.org/x/b\", version = \"1.2.3\" }\n    c = { source = \"example.com/x/c\" }\n  }\n}\nresource \"a_r\" \"r\" {}\ndata \"b_r\" \"r\" {}\nresource \"c_r\" \"r\" {}\n";
    let cases = [
        (
            "| a_r.r |",
            "[a_r.r](https://registry.terraform.io/providers/x/a/latest/docs/resources/r)",
        ),
        (
            "| b_r.r |",
            "[b_r.r](https://search.opentofu.org/provider/x/b/v1.2.3/docs/datasources/r)",
        ),
    ];
    only_fixed(&[("a.tf", source)], &["md", ".", "--escape=false"], &cases);
    let dir = module(&[("a.tf", source)]);
    let off = tfdocs(dir.path(), &["md", ".", "--escape=false", "--compat=false"]);
    assert!(off.stdout.contains("| c_r.r |"), "{}", off.stdout);
}

#[test]
fn without_compat_emphasis_is_what_markdown_takes_for_it() {
    let source = "variable \"a\" {\n  description = \"_whole_ and a_b\"\n}\n";
    let cases = [("\\_whole\\_ and a\\_b", "_whole_ and a\\_b")];
    let dir = module(&[("a.tf", source)]);
    let fixed = tfdocs(dir.path(), &["md", ".", "--compat=false"]);
    assert!(
        fixed.stdout.contains(&format!("| {} |", cases[0].1)),
        "{}",
        fixed.stdout
    );
    let kept = tfdocs(dir.path(), &["md", "."]);
    assert!(kept.stdout.contains(cases[0].0), "{}", kept.stdout);
}

#[test]
fn without_compat_a_file_keeps_its_line_ends() {
    let source = "variable \"a\" {\r\n  type = object({\r\n    x = string\r\n  })\r\n}\r\n";
    let dir = module(&[("a.tf", source)]);
    let args = ["md", ".", "--compat=false", "--output-file", "R.md"];
    let readme = dir.path().join("R.md");
    for (before, windows) in [
        ("", false),
        ("# T\n", false),
        ("# T\r\nx\n", false),
        ("# T\r\n\r\n", true),
    ] {
        std::fs::write(&readme, before).expect("the file before");
        let run = tfdocs(dir.path(), &args);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let once = std::fs::read_to_string(&readme).expect("the file after");
        let (lines, returns) = (once.matches('\n').count(), once.matches("\r\n").count());
        let kept = if windows {
            lines
        } else {
            before.matches("\r\n").count()
        };
        assert_eq!(returns, kept, "{once:?}");
        assert!(once.starts_with(before), "{once:?}");
        tfdocs(dir.path(), &args);
        assert_eq!(
            std::fs::read_to_string(&readme).ok().as_deref(),
            Some(once.as_str())
        );
    }
}

#[test]
fn without_compat_templates_know_which_inputs_are_sensitive() {
    let config = "formatter: md\ncontent: '{{ range .Module.Inputs }}{{ .Name }}={{ .Sensitive }} {{ end }}'\n";
    let variables = "variable \"a\" {}\nvariable \"b\" {\n  sensitive = true\n}\n";
    let dir = module(&[("a.tf", variables), (".terraform-docs.yml", config)]);
    let run = tfdocs(dir.path(), &["md", ".", "--compat=false"]);
    assert_eq!(run.stdout, "a=false b=true \n", "{}", run.stderr);
    let run = tfdocs(dir.path(), &["md", "."]);
    assert!(
        run.stderr
            .contains("can't evaluate field Sensitive in type *terraform.Input"),
        "{}",
        run.stderr
    );
}
