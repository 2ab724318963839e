//! `docs/threats.md` says what the cases and the tests say: every row has a test of its name, every
//! reason is met by a case, and every test and every passage that it names is there.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use enforcer_common::DropReason;
use enforcer_tests::cases::{Expected, Ports, suites};
use enforcer_tests::threats::Threat;

/// Where tests are that the document names.
const TESTS: [&str; 2] = ["tests/tests", "enforcer/tests"];

#[test]
fn every_way_round_has_a_row_and_a_test_of_its_name_and_the_other_way_round() {
    let known: Vec<_> = Threat::ALL.iter().map(|threat| threat.slug()).collect();
    let document = read("docs/threats.md");
    let rows: Vec<_> = rows(&document)
        .iter()
        .map(|cells| inside_ticks(cells[0])[0])
        .collect();
    assert_eq!(rows, known);
    let ours: BTreeSet<_> = tests_in(&root().join("tests/tests/threats.rs")).collect();
    let named: BTreeSet<_> = known.iter().map(|slug| slug.replace('-', "_")).collect();
    assert_eq!(ours, named);
    for cells in self::rows(&document) {
        let test = inside_ticks(cells[0])[0].replace('-', "_");
        let named = inside_ticks(cells[3])[0];
        assert_eq!(named, format!("threats::{test}"));
    }
}

#[test]
fn every_row_tells_the_reasons_that_its_frames_are_dropped_for_and_no_other() {
    let mut met: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for case in suites(&Ports::default())
        .iter()
        .flat_map(|suite| &suite.cases)
    {
        if let (Some(threat), Expected::Drop(reason)) = (case.threat, case.expected) {
            met.entry(threat.slug()).or_default().insert(reason.name());
        }
    }
    let document = read("docs/threats.md");
    for cells in rows(&document) {
        let row = inside_ticks(cells[0])[0];
        let told = inside_ticks(cells[2]);
        let reasons = DropReason::ALL.iter().map(|reason| reason.name());
        let told: BTreeSet<_> = reasons.filter(|reason| told.contains(reason)).collect();
        assert_eq!(told, met[row], "{row}");
    }
}

#[test]
fn every_test_that_it_names_is_there() {
    let mut there = BTreeSet::new();
    for directory in TESTS {
        for file in fs::read_dir(root().join(directory)).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "rs") {
                let file = path.file_stem().unwrap().to_str().unwrap();
                there.extend(tests_in(&path).map(|test| format!("{file}::{test}")));
            }
        }
    }
    let document = read("docs/threats.md");
    let words = inside_ticks(&document).into_iter();
    let named: BTreeSet<_> = words
        .filter(|word| word.contains("::") && *word != "file::name")
        .map(str::to_owned)
        .collect();
    assert!(named.len() > Threat::ALL.len());
    let missing: Vec<_> = named.difference(&there).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_passage_of_the_limits_that_it_names_is_there() {
    let limits = read("docs/limits.md");
    let mut sections: BTreeMap<String, String> = BTreeMap::new();
    for section in limits.split("\n## ").skip(1) {
        let (title, text) = section.split_once('\n').unwrap();
        let anchor = title.to_lowercase().replace(' ', "-");
        sections.insert(anchor, format!("**{title}.**\n{text}"));
    }
    let document = read("docs/threats.md");
    let (_, unseen) = document
        .split_once("\n## What the program does not see")
        .unwrap();
    let mut named = 0;
    for link in document.split("](limits.md#").skip(1) {
        let anchor = link.split(')').next().unwrap();
        assert!(sections.contains_key(anchor), "{anchor}");
    }
    for link in unseen
        .split('[')
        .skip(1)
        .filter(|link| link.contains("](limits.md#"))
    {
        let (words, place) = link.split_once("](limits.md#").unwrap();
        let section = &sections[place.split(')').next().unwrap()];
        assert!(section.contains(&format!("**{words}.**")), "{words}");
        named += 1;
    }
    assert!(named > 10, "{named}");
}

/// The cells of each row of the first table.
fn rows(document: &str) -> Vec<Vec<&str>> {
    let lines = document.lines().filter(|line| line.starts_with("| `"));
    lines
        .map(|line| line.trim_matches('|').split(" | ").collect())
        .collect()
}

/// What stands between backticks on one line.
fn inside_ticks(text: &str) -> Vec<&str> {
    let lines = text.lines();
    lines
        .flat_map(|line| line.split('`').skip(1).step_by(2))
        .collect()
}

/// The names of the tests in a file.
fn tests_in(path: &Path) -> impl Iterator<Item = String> + use<> {
    let text = fs::read_to_string(path).unwrap();
    let tests: Vec<_> = text
        .split("#[test]\nfn ")
        .skip(1)
        .map(|test| test.split('(').next().unwrap().to_owned())
        .collect();
    tests.into_iter()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
