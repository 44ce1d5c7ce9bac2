//! The table of faults in `ecs-logs/FAULTS.md` and the tests are of one mind.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

const CASES: u32 = 50;

/// Where a test runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Runs {
    Unit,
    Live,
    Long,
}

impl Runs {
    fn name(self) -> &'static str {
        match self {
            Runs::Unit => "unit",
            Runs::Live => "live",
            Runs::Long => "long",
        }
    }
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// `case_21_22_words` → the cases 21 and 22.
fn cases_of(name: &str) -> Vec<u32> {
    let words = name.strip_prefix("case_").unwrap_or_default().split('_');
    words.map_while(|word| word.parse().ok()).collect()
}

/// Every test function in the sources by name, and where it runs.
fn all(root: &Path) -> BTreeMap<String, Runs> {
    let mut files = Vec::new();
    for folder in ["tests", "ecs-logs", "journal-reader"] {
        sources(&root.join(folder), &mut files);
    }
    let mut tests = BTreeMap::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let mut runs = None;
        for line in text.lines().map(str::trim) {
            if line == "#[test]" {
                runs = Some(Runs::Unit);
            } else if line.starts_with("#[ignore") {
                let long = file.ends_with("long.rs");
                runs = runs.map(|_| if long { Runs::Long } else { Runs::Live });
            } else if let Some(rest) = line.strip_prefix("fn ")
                && let Some(runs) = runs.take()
            {
                let name = rest.split('(').next().unwrap_or_default();
                tests.insert(name.to_owned(), runs);
            }
        }
    }
    tests
}

#[test]
fn the_table_of_faults_names_every_test_and_every_case_has_one() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut by_case: BTreeMap<u32, Vec<(String, Runs)>> = BTreeMap::new();
    for (name, runs) in all(&root) {
        for case in cases_of(&name) {
            by_case.entry(case).or_default().push((name.clone(), runs));
        }
    }
    let path = root.join("ecs-logs/FAULTS.md");
    let table = fs::read_to_string(&path).unwrap();
    let (mut written, mut next) = (String::new(), 1);
    for line in table.lines() {
        let mut cells = line.split(" | ");
        let number = cells.next().and_then(|cell| cell.strip_prefix("| "));
        let number = number.and_then(|cell| cell.parse::<u32>().ok());
        let (Some(number), Some(what)) = (number, cells.next()) else {
            writeln!(written, "{line}").unwrap();
            continue;
        };
        assert_eq!(number, next, "cases in order, each once");
        next += 1;
        let tests = by_case.remove(&number).unwrap_or_default();
        assert!(!tests.is_empty(), "case {number} ({what}) has no test");
        let names: Vec<String> = tests.iter().map(|(name, _)| format!("`{name}`")).collect();
        let mut runs: Vec<Runs> = tests.iter().map(|(_, runs)| *runs).collect();
        runs.sort();
        runs.dedup();
        let runs: Vec<&str> = runs.into_iter().map(Runs::name).collect();
        writeln!(
            written,
            "| {number} | {what} | {} | {} |",
            names.join("<br>"),
            runs.join(", ")
        )
        .unwrap();
    }
    assert_eq!(next, CASES + 1, "rows");
    assert!(
        by_case.is_empty(),
        "cases that the table lacks: {by_case:?}"
    );
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&path, &written).unwrap();
    } else {
        assert!(
            table == written,
            "{} is not what the tests are: UPDATE_EXPECT=1 writes it",
            path.display()
        );
    }
}

#[test]
fn cases_are_the_numbers_in_front_of_a_name() {
    for (name, expected) in [
        ("case_01_a_burst", &[1][..]),
        ("case_21_22_24_two", &[21, 22, 24]),
        ("case_40_50_megabytes_x", &[40, 50]),
        ("a_lock", &[]),
        ("case_of_need", &[]),
    ] {
        assert_eq!(cases_of(name), expected, "{name}");
    }
}
