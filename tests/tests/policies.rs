//! Every policy that ships is proved: `host.rs` and `verdicts.rs` judge frames by it, and those leave
//! out none of its cameras and none of its rules.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use enforcer::numbering::Rules;
use enforcer_common::{Verdict, rule::RuleId};
use enforcer_tests::cases::{Expected, Ports, Suite, shipped, suites};
use enforcer_tests::host::Host;

#[test]
fn every_policy_that_ships_has_cases_under_the_file_itself() {
    let judged: BTreeMap<&str, &str> = suites(&Ports::default())
        .iter()
        .map(|suite| (suite.name, suite.policy))
        .collect();
    let files = files();
    assert!(!files.is_empty());
    for (name, text) in files {
        assert_eq!(judged.get(name.as_str()), Some(&text.as_str()), "{name}");
    }
}

#[test]
fn every_camera_sends_something_that_passes_and_something_that_does_not() {
    for suite in shipped(&Ports::default()) {
        let host = Host::new(&suite);
        for camera in &host.policy().cameras {
            let fates = fates_of(&suite, &camera.name);
            let allowed = fates.contains(&Expected::Allow);
            let refused = fates.iter().any(|fate| *fate != Expected::Allow);
            assert!(allowed && refused, "{}: {}", suite.name, camera.name);
        }
    }
}

#[test]
fn every_rule_decides_something() {
    for suite in shipped(&Ports::default()) {
        let host = Host::new(&suite);
        let decided: BTreeSet<RuleId> = suite
            .cases
            .iter()
            .filter_map(|case| match host.judge(&case.frame, case.interface).0 {
                Verdict::Allow { rule, .. } | Verdict::Drop { rule, .. } => Some(rule),
                Verdict::Ignore => None,
            })
            .collect();
        for (number, rule) in Rules::new(host.policy()).iter() {
            assert!(decided.contains(&number), "{}", rule.at);
        }
    }
}

fn fates_of(suite: &Suite, camera: &str) -> Vec<Expected> {
    let cases = suite.cases.iter();
    let its = cases.filter(|case| case.camera == Some(camera));
    its.map(|case| case.expected).collect()
}

/// The policies that ship, by the names of their files.
fn files() -> BTreeMap<String, String> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../policies");
    let entries = fs::read_dir(directory).unwrap();
    let files = entries.map(|entry| entry.unwrap().path());
    let policies = files.filter(|path| path.extension().is_some_and(|kind| kind == "yaml"));
    policies
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            (name.to_owned(), fs::read_to_string(&path).unwrap())
        })
        .collect()
}
