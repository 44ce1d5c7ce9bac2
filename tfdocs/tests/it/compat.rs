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
