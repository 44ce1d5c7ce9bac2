//! The file that is written: only when it changed, as a whole, with its mode and line ends.

use crate::{module, tfdocs};

const MODULE: (&str, &str) = ("main.tf", "variable \"a\" {}\n");
const TO_FILE: &[&str] = &["md", ".", "--output-file", "README.md"];

#[test]
fn writing_twice_changes_nothing_the_second_time() {
    let dir = module(&[
        MODULE,
        (
            "README.md",
            "# Mine\r\n\r\n<!-- BEGIN_TF_DOCS -->\r\nold\r\n<!-- END_TF_DOCS -->\r\nend\r\n",
        ),
    ]);
    let path = dir.path().join("README.md");
    assert_eq!(
        tfdocs(dir.path(), TO_FILE).stdout,
        "README.md updated successfully\n"
    );
    let first = std::fs::read_to_string(&path).expect("the file");
    assert!(
        first.starts_with("# Mine\r\n\r\n<!-- BEGIN")
            && first.ends_with("<!-- END_TF_DOCS -->\r\nend\r\n"),
        "{first:?}"
    );
    let written = std::fs::metadata(&path)
        .and_then(|known| known.modified())
        .expect("a time");
    assert_eq!(tfdocs(dir.path(), TO_FILE).code, 0);
    let again = std::fs::metadata(&path)
        .and_then(|known| known.modified())
        .expect("a time");
    assert_eq!(
        (written, first),
        (again, std::fs::read_to_string(&path).expect("the file"))
    );
    let left: Vec<_> = std::fs::read_dir(dir.path())
        .expect("a directory")
        .collect();
    assert_eq!(left.len(), 2, "nothing is left aside: {left:?}");
}

#[test]
#[cfg(unix)]
fn mode_and_links_are_kept() {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = module(&[MODULE, ("docs/real.md", "x\n")]);
    let real = dir.path().join("docs/real.md");
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).expect("permissions");
    std::os::unix::fs::symlink("docs/real.md", dir.path().join("README.md")).expect("a link");
    assert_eq!(tfdocs(dir.path(), TO_FILE).code, 0);
    let mode = std::fs::metadata(&real)
        .expect("the file")
        .permissions()
        .mode()
        & 0o777;
    assert_eq!(mode, 0o640);
    assert!(std::fs::read_link(dir.path().join("README.md")).is_ok());
    assert!(
        std::fs::read_to_string(&real)
            .expect("the file")
            .contains("BEGIN_TF_DOCS")
    );
}

#[test]
fn a_check_tells_the_difference_when_asked() {
    let dir = module(&[MODULE, ("README.md", "")]);
    assert_eq!(tfdocs(dir.path(), TO_FILE).code, 0);
    let check = ["md", ".", "--output-file", "README.md", "--output-check"];
    assert_eq!(
        tfdocs(dir.path(), &check).stdout,
        "README.md is up to date\n"
    );
    std::fs::write(dir.path().join("main.tf"), "variable \"b\" {}\n").expect("a file");
    let run = tfdocs(dir.path(), &[&check[..], &["--diff"]].concat());
    assert_eq!(
        (run.code, run.stderr.as_str()),
        (1, "Error: README.md is out of date\n")
    );
    assert!(
        run.stdout.contains("\n-| <a name=\"input_a\"></a>")
            && run.stdout.contains("\n+| <a name=\"input_b\"></a>"),
        "{}",
        run.stdout
    );
}

#[test]
fn submodules_are_documented_in_order_up_to_the_first_mistake() {
    let dir = module(&[
        MODULE,
        ("modules/b/main.tf", "variable \"b\" {}\n"),
        ("modules/a/main.tf", "variable \"a\" {}\n"),
        ("modules/c/main.tf", "variable \"c\" {\n"),
        ("modules/d/main.tf", "variable \"d\" {}\n"),
        (
            "modules/a/.terraform-docs.yml",
            "sections:\n  show: [inputs]\n",
        ),
    ]);
    let run = tfdocs(
        dir.path(),
        &["md", ".", "--recursive", "--output-file", "R.md"],
    );
    assert_eq!(
        run.stdout,
        "R.md updated successfully\nmodules/a/R.md updated successfully\nmodules/b/R.md updated successfully\n"
    );
    assert!(
        run.stderr.contains("modules/c/main.tf:1:14"),
        "{}",
        run.stderr
    );
    assert!(!dir.path().join("modules/d/R.md").exists());
    let own = std::fs::read_to_string(dir.path().join("modules/a/R.md")).expect("the file");
    assert!(
        own.starts_with("<!-- BEGIN_TF_DOCS -->\n## Inputs\n"),
        "{own}"
    );
}

#[test]
fn another_program_can_be_a_format() {
    let dir = module(&[MODULE, (".terraform-docs.yml", "formatter: names\n")]);
    let plugins = dir.path().join(".tfdocs.d/plugins");
    std::fs::create_dir_all(&plugins).expect("a directory");
    let program = plugins.join("tfdocs-format-names");
    std::fs::write(&program, "#!/bin/sh\ngrep '\"name\"'\n").expect("a program");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755))
            .expect("permissions");
    }
    let run = tfdocs(dir.path(), &["."]);
    assert_eq!(run.stdout, "      \"name\": \"a\",\n\n", "{}", run.stderr);
}

#[test]
fn bytes_that_are_no_text_are_binary_in_yaml_and_stay_in_templates() {
    let dir = module(&[("a.tf", "variable \"a\" {}\n")]);
    let header = dir.path().join("header.md");
    let args = ["yaml", ".", "--header-from", "header.md"];
    for (bytes, want) in [
        (
            b"a\xffb\n".to_vec(),
            "header: !!binary Yf9iCg==\nfooter:".to_owned(),
        ),
        (
            [b"x".repeat(60).as_slice(), b"\xff"].concat(),
            format!(
                "header: !!binary |\n  {}eH\n  h4eHh4eHh4/w==\nfooter:",
                "eHh4".repeat(17)
            ),
        ),
    ] {
        std::fs::write(&header, &bytes).expect("the header");
        let run = tfdocs(dir.path(), &args);
        assert!(run.stdout.starts_with(&want), "{}", run.stdout);
    }
    let config = "formatter: md\ncontent: '{{ include \"header.md\" }}'\noutput:\n  file: R.md\n  mode: replace\n  template: ''\n";
    std::fs::write(dir.path().join(".terraform-docs.yml"), config).expect("the configuration");
    std::fs::write(&header, b"a\xffb\n").expect("the header");
    assert_eq!(tfdocs(dir.path(), &["."]).code, 0);
    let written = std::fs::read(dir.path().join("R.md")).expect("the file");
    assert_eq!(written, b"a\xffb");
}

#[test]
fn a_number_beyond_all_floats_keeps_its_digits() {
    let dir = module(&[("a.tf", "variable \"a\" {\n  default = [-1e400, 1.50]\n}\n")]);
    for format in ["json", "yaml", "toml", "xml", "md"] {
        let run = tfdocs(dir.path(), &[format, "."]);
        assert!(
            run.stdout.contains("-1e400") && !run.stdout.contains("1.50"),
            "{format}: {}{}",
            run.stdout,
            run.stderr
        );
    }
}
