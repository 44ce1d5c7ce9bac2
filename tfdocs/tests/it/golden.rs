//! `tests/cases`: a folder a case. `args` holds a command line a line; what each prints is in `expected-N`.
//! `UPDATE_EXPECT=1` writes them anew.

use std::path::Path;

use crate::tfdocs;

#[test]
fn every_case_prints_what_it_is_expected_to() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut count = 0;
    for entry in std::fs::read_dir(&cases).expect("the cases") {
        let case = entry.expect("a case").path();
        let args = std::fs::read_to_string(case.join("args")).expect("the case's command lines");
        for (number, line) in args.lines().enumerate() {
            let args: Vec<&str> = line.split_whitespace().collect();
            let run = tfdocs(&case.join("in"), &args);
            let shown = format!(
                "exit {}\n--- stdout\n{}--- stderr\n{}",
                run.code, run.stdout, run.stderr
            );
            expect_test::expect_file![case.join(format!("expected-{number}"))].assert_eq(&shown);
            count += 1;
        }
    }
    assert!(count > 0, "no case in {}", cases.display());
}
