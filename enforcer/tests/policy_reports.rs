//! Does an operator understand what is wrong? Each policy under `policies/invalid` is named after
//! the problem that it shows, and its report is kept beside these tests.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use enforcer::policy::{Policy, PolicyError, Problem, ReadError};

#[test]
fn every_problem_is_told_where_it_is() {
    insta::glob!("../../policies/invalid", "*.yaml", |path| {
        let report = refused(path).to_string();
        insta::assert_snapshot!(report.replace("../policies/", "policies/"));
    });
}

#[test]
fn every_file_shows_the_problem_that_it_is_named_after() {
    for path in invalid() {
        let codes = codes(&refused(&path));
        assert!(
            codes.contains(stem(&path).as_str()),
            "{} shows {codes:?}",
            path.display()
        );
    }
}

#[test]
fn every_problem_has_a_file() {
    let files: BTreeSet<String> = invalid().iter().map(|path| stem(path)).collect();
    let codes: BTreeSet<String> = Problem::CODES.iter().map(ToString::to_string).collect();
    assert_eq!(files, codes);
}

#[test]
fn a_report_in_colour_says_the_same() {
    for path in invalid() {
        let report = refused(&path);
        assert_eq!(without_colour(&report.render(true)), report.render(false));
    }
}

#[test]
fn a_report_ends_where_nobody_reads_on() {
    let ports = vec!["0"; 60].join(", ");
    let text = format!(
        "version: 1\ninterfaces: {{lan1: {{}}}}\ngroups: {{a: {{allow: [{{to: 192.0.2.1, ports: [{ports}]}}]}}}}\n"
    );
    let report = Policy::parse("policy.yaml", &text).unwrap_err().to_string();
    assert_eq!(report.matches("error[").count(), 50);
    assert!(report.ends_with("\n\n... and 10 more"), "{report}");
}

fn refused(path: &Path) -> PolicyError {
    let relative = Path::new("../policies/invalid").join(path.file_name().unwrap());
    let refused = Policy::read(&relative).map_err(|error| match error {
        ReadError::Policy(report) => Some(report),
        ReadError::Unreadable { .. } | ReadError::NothingThere { .. } => None,
    });
    refused.unwrap_err().unwrap()
}

fn invalid() -> Vec<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies/invalid");
    let entries = fs::read_dir(directory).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|kind| kind == "yaml"))
        .collect()
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap().to_str().unwrap().to_owned()
}

fn codes(report: &PolicyError) -> BTreeSet<&'static str> {
    report
        .findings
        .iter()
        .map(|finding| finding.value.code())
        .collect()
}

fn without_colour(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain + rest
}
