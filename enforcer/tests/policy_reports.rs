//! Does an operator understand what is wrong? Each policy under `policies/invalid` is named after
//! the problem that it shows, each under `policies/warned` after the warning, and its report is kept
//! beside these tests.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use enforcer::policy::{Policy, PolicyError, Problem, ReadError, Warning};

#[test]
fn every_problem_is_told_where_it_is() {
    insta::glob!("../../policies/invalid", "*.yaml", |path| {
        let report = refused(path).to_string();
        insta::assert_snapshot!(report.replace("../policies/", "policies/"));
    });
}

#[test]
fn every_warning_is_told_where_it_is() {
    insta::glob!("../../policies/warned", "*.yaml", |path| {
        let report = warned(path).warnings().to_string();
        insta::assert_snapshot!(report.replace("../policies/", "policies/"));
    });
}

#[test]
fn every_file_with_a_warning_shows_that_one_alone() {
    let files = policies("warned");
    for path in &files {
        let policy = warned(path);
        let codes: BTreeSet<&str> = policy.warnings().told().map(|told| told.code).collect();
        assert_eq!(codes, BTreeSet::from([stem(path).as_str()]));
    }
    let files: BTreeSet<String> = files.iter().map(|path| stem(path)).collect();
    let codes: BTreeSet<String> = Warning::CODES.iter().map(ToString::to_string).collect();
    assert_eq!(files, codes);
}

#[test]
fn an_address_that_yaml_takes_apart_is_shown_in_quotes() {
    for (to, meant) in [
        ("{to: fd00:50::}", "fd00:50::"),
        ("{to: [192.0.2.1, fd00:50::]}", "fd00:50::"),
        ("{to: ::1}", "::1"),
        ("{to: [::/0]}", "::/0"),
        ("\n    - to: fd00:50::", "fd00:50::"),
        (
            "\n    - to:\n      - fd00:50::\n      - 192.0.2.1",
            "fd00:50::",
        ),
    ] {
        let to = to
            .strip_prefix('\n')
            .map_or_else(|| format!(" [{to}]"), |to| format!("\n{to}"));
        let text = format!("version: 1\ninterfaces: {{lan1: }}\ngroups:\n  g:\n   allow:{to}\n");
        let report = Policy::parse("policy.yaml", &text).unwrap_err().to_string();
        let help = format!("= help: write it in quotes: \"{meant}\"");
        assert!(report.contains(&help), "{text}\n{report}");
    }
}

#[test]
fn what_other_readers_take_for_a_number_is_read_as_written() {
    let text = "version: 1\ninterfaces: {on: , 1e3: }\ngroups: {no: {allow: [{to: fd00:50::10}]}}\n\
                cameras: {yes: {match: {mac: [44:19:36, 10:20:30:40:50:60]}, group: no}}\n";
    let policy = Policy::parse("policy.yaml", text).unwrap();
    let macs = policy.cameras[0].identity.mac.iter();
    let macs: Vec<String> = macs.map(ToString::to_string).collect();
    assert_eq!(macs, ["44:19:36", "10:20:30:40:50:60"]);
    assert_eq!(policy.cameras[0].name, "yes");
    assert_eq!(policy.groups[0].name, "no");
    assert_eq!(
        policy.groups[0].allow[0].to[0].to_string(),
        "fd00:50::10/128"
    );
    assert_eq!(policy.interfaces[1].name.as_str(), "1e3");
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

fn warned(path: &Path) -> Policy {
    let relative = Path::new("../policies/warned").join(path.file_name().unwrap());
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    Policy::read(&relative).unwrap().at(now)
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
    policies("invalid")
}

fn policies(kind: &str) -> Vec<PathBuf> {
    let policies = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies");
    let directory = policies.join(kind);
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
