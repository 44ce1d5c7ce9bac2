//! Input that cannot be documented: a message with the place and the way out, exit 1, and no file is touched.

use crate::{module, tfdocs};

/// Runs `md .` with an output file and checks what is told; nothing may be written.
fn check(files: &[(&str, &str)], args: &[&str], told: &[&str]) {
    let dir = module(files);
    let run = tfdocs(dir.path(), args);
    let name: String = files
        .first()
        .map_or("", |(_, text)| text)
        .chars()
        .take(200)
        .collect();
    assert_eq!(run.code, 1, "{name}: {}", run.stderr);
    assert!(run.stderr.starts_with("Error: "), "{name}: {}", run.stderr);
    for text in told {
        assert!(
            run.stderr.contains(text),
            "{name}: {text:?} is not in\n{}",
            run.stderr
        );
    }
    for (file, text) in files {
        let now = std::fs::read_to_string(dir.path().join(file)).expect("the file is still there");
        assert_eq!(now, *text, "{file} was touched");
    }
}

const TO_FILE: &[&str] = &["md", ".", "--output-file", "README.md"];
const README: (&str, &str) = (
    "README.md",
    "mine\n<!-- BEGIN_TF_DOCS -->\nold\n<!-- END_TF_DOCS -->\n",
);

#[test]
fn broken_syntax_is_told_with_file_line_column_and_caret() {
    let cases: &[(&str, &[&str])] = &[
        (
            "variable \"a\" {\n  description = \"x\n}\n",
            &["Invalid multi-line string", "main.tf:2:19", "^"],
        ),
        (
            "variable \"a\" {\n  description = <<EOT\nx\n}\n",
            &["Unterminated template string", "main.tf:"],
        ),
        (
            "variable \"a\" {\n  type = string\n",
            &["Unclosed configuration block", "main.tf:1:14"],
        ),
        (
            "variable \"a\" \"b\" {\n}\n",
            &["Extraneous label for variable", "main.tf:1:15"],
        ),
        (
            "variable \"a\" {\n  default = [1 2]\n}\n",
            &["Missing item separator", "main.tf:2:16"],
        ),
        (
            "locals {\n  x = 1 +\n}\n",
            &["Invalid expression", "main.tf:2:10"],
        ),
        (
            "variable \"a\" {\n  default = var.b\n}\n",
            &["Variables not allowed", "main.tf:2:13", "default = var.b"],
        ),
        (
            "variable \"a\" {\n  a = b\n  a = b\n}\n",
            &["Attribute redefined", "main.tf:2,3-4"],
        ),
    ];
    for (text, told) in cases {
        check(&[("main.tf", text), README], TO_FILE, told);
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = "variable \"a\" {\n  default = var.x\n}\nvariable \"b\" {\n  default = var.y\n}\n";
    check(
        &[("main.tf", text), README],
        TO_FILE,
        &["(and 1 other messages)", "main.tf:2:13", "main.tf:5:13"],
    );
}

#[test]
fn nesting_without_end_is_refused_and_not_followed() {
    for (open, close) in [("[", "]"), ("(", ")"), ("{a=", "}")] {
        let depth = 100_000;
        let text = format!(
            "locals {{\n  x = {}1{}\n}}\n",
            open.repeat(depth),
            close.repeat(depth)
        );
        check(
            &[("main.tf", &text), README],
            TO_FILE,
            &["Nesting too deep"],
        );
    }
    let blocks = "a {\n".repeat(100_000);
    check(
        &[("main.tf", &blocks), README],
        TO_FILE,
        &["Nesting too deep"],
    );
}

#[test]
fn half_the_markers_and_wrong_names_are_told() {
    let module = ("main.tf", "variable \"a\" {}\n");
    let cases: &[(&str, &[&str], &str)] = &[
        (
            "<!-- BEGIN_TF_DOCS -->\n",
            TO_FILE,
            "end comment is missing",
        ),
        (
            "<!-- END_TF_DOCS -->\n",
            TO_FILE,
            "begin comment is missing",
        ),
        (
            "<!-- END_TF_DOCS -->\n<!-- BEGIN_TF_DOCS -->\n",
            TO_FILE,
            "end comment is before begin comment",
        ),
        (
            "x",
            &["md", ".", "--show", "inptus"],
            "'inptus' is not a valid section",
        ),
        (
            "x",
            &["md", ".", "--sort-by", "size"],
            "'size' is not a valid sort type",
        ),
        (
            "x",
            &["md", ".", "--header-from", "absent.md"],
            "stat absent.md: no such file or directory",
        ),
        (
            "x",
            &["md", "absent"],
            "Module directory absent does not exist or cannot be read.",
        ),
        ("x", &["md", ".", "--bogus"], "unknown flag: --bogus"),
        (
            "x",
            &["md", ".", "-c", "absent.yml"],
            "absent.yml not found",
        ),
        ("x", &["md"], "accepts 1 arg(s), received 0"),
    ];
    for (readme, args, told) in cases {
        check(&[module, ("README.md", readme)], args, &[told]);
    }
}

#[test]
fn bytes_that_are_not_utf_8_are_named() {
    let dir = tempfile::tempdir().expect("a directory");
    std::fs::write(
        dir.path().join("main.tf"),
        b"variable \"a\" {\n  description = \"x\xff\"\n}\n",
    )
    .expect("a file");
    let run = tfdocs(dir.path(), &["md", "."]);
    assert!(
        run.stderr
            .starts_with("Error: Invalid character encoding: All input files must be UTF-8"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("main.tf:2:19"), "{}", run.stderr);
}

#[test]
#[cfg(unix)]
fn a_loop_of_links_is_an_error_and_no_loop() {
    let dir = module(&[("modules/a/main.tf", "variable \"a\" {}\n")]);
    std::os::unix::fs::symlink("x.tf", dir.path().join("x.tf")).expect("a link");
    let run = tfdocs(dir.path(), &["md", "."]);
    assert_eq!(
        (run.code, run.stderr.contains("x.tf")),
        (1, true),
        "{}",
        run.stderr
    );
    std::fs::remove_file(dir.path().join("x.tf")).expect("removed");
    std::os::unix::fs::symlink("..", dir.path().join("modules/up")).expect("a link");
    let run = tfdocs(
        dir.path(),
        &["md", ".", "--recursive", "--output-file", "R.md"],
    );
    assert_eq!(
        run.stdout, "R.md updated successfully\nmodules/a/R.md updated successfully\n",
        "{}",
        run.stderr
    );
}

#[test]
#[cfg(unix)]
fn a_directory_without_permission_is_named() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = module(&[("m/main.tf", "variable \"a\" {}\n")]);
    let inner = dir.path().join("m");
    std::fs::set_permissions(&inner, std::fs::Permissions::from_mode(0o000)).expect("permissions");
    // Root reads it all the same, unless it gives that right away.
    let done = std::process::Command::new("setpriv")
        .arg("--bounding-set=-dac_override,-dac_read_search")
        .arg(env!("CARGO_BIN_EXE_tfdocs"))
        .args(["md", "m"])
        .current_dir(dir.path())
        .output();
    let by_root = std::fs::read_dir(&inner).is_ok();
    let stderr = match (by_root, done) {
        (true, done) => {
            String::from_utf8_lossy(&done.expect("setpriv, of util-linux, runs").stderr)
                .into_owned()
        }
        (false, _) => tfdocs(dir.path(), &["md", "m"]).stderr,
    };
    std::fs::set_permissions(&inner, std::fs::Permissions::from_mode(0o755)).expect("permissions");
    assert!(
        stderr.contains("Module directory m does not exist or cannot be read."),
        "{stderr}"
    );
}

#[test]
fn a_configuration_may_end_within_a_block_of_text() {
    for (tail, want) in [
        ("content: |-\n  x", "x\n"),
        ("content: |\n  x", "x\n"),
        ("content: >-\n  x\n  y", "x y\n"),
        ("content: |-\n  x\n  ", "x\n"),
        ("content: |-\n  x\n    ", "x\n  \n"),
        ("content: |+\n  x\n ", "x\n"),
    ] {
        let config = format!("formatter: md\n{tail}");
        let dir = module(&[
            ("a.tf", "variable \"a\" {}\n"),
            (".terraform-docs.yml", &config),
        ]);
        let run = tfdocs(dir.path(), &["."]);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (0, want),
            "{tail:?}: {}",
            run.stderr
        );
    }
}

#[test]
fn a_configuration_in_utf_16_is_read_or_refused() {
    let text = "formatter: md\ncontent: é😀\n";
    let whole: Vec<u8> = std::iter::once(0xfeff)
        .chain(text.encode_utf16())
        .flat_map(u16::to_be_bytes)
        .collect();
    let dir = module(&[("a.tf", "variable \"a\" {}\n")]);
    let config = dir.path().join(".terraform-docs.yml");
    for (bytes, code, want) in [
        (whole.as_slice(), 0, "é😀\n"),
        (b"\xfe\xff\xd8\x00\x00a", 1, ""),
        (b"\xff\xfea\0b", 1, ""),
    ] {
        std::fs::write(&config, bytes).expect("the configuration");
        let run = tfdocs(dir.path(), &["."]);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (code, want),
            "{}",
            run.stderr
        );
        assert_eq!(run.stderr.contains("UTF-16"), code == 1, "{}", run.stderr);
    }
}

#[test]
fn a_configuration_that_the_yaml_library_panics_on_is_read_or_refused() {
    let text = "formatter: md\ncontent: |-\n  not !this,\t,that\n";
    for (config, code, want) in [
        (text, 0, "not !this,\t,that\n"),
        ("formatter: md\ncontent: 'a !b,c'\n", 0, "a !b,c\n"),
        ("formatter: md\nsections: {show: [!x,inputs]}\n", 1, ""),
        ("formatter: md\nsections: {show: [!<x>,inputs]}\n", 1, ""),
        ("formatter: md\ncontent: \"\\", 1, ""),
    ] {
        let dir = module(&[
            ("a.tf", "variable \"a\" {}\n"),
            (".terraform-docs.yml", config),
        ]);
        let run = tfdocs(dir.path(), &["."]);
        assert_eq!(
            (run.code, run.stdout.as_str()),
            (code, want),
            "{config:?}: {}",
            run.stderr
        );
    }
}
