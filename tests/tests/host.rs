//! The named cases, on the host.

use std::collections::BTreeSet;

use enforcer_common::DropReason;
use enforcer_tests::cases::{Case, Expected, Ports, Suite, suites};
use enforcer_tests::frame::SHORTEST;
use enforcer_tests::host::Host;

#[test]
fn every_frame_meets_its_fate() {
    let mut wrong = Vec::new();
    for suite in suites(&Ports::default()) {
        let host = Host::new(&suite);
        for case in &suite.cases {
            let (verdict, _) = host.judge(&case.frame, case.interface);
            let found = host.read(verdict);
            let expected = (case.camera, case.expected);
            if found != expected {
                wrong.push(format!(
                    "{}: {}: {found:?} instead of {expected:?}",
                    suite.name, case.name
                ));
            }
        }
    }
    assert!(
        wrong.is_empty(),
        "{} cases:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

#[test]
fn the_compiled_tables_say_what_the_policy_says() {
    for suite in suites(&Ports::default()) {
        let host = Host::new(&suite);
        let compiled = host.compiled();
        for case in &suite.cases {
            let (verdict, _) = host.judge(&case.frame, case.interface);
            let found = compiled(&case.frame, case.interface);
            assert_eq!(found, verdict, "{}: {}", suite.name, case.name);
        }
    }
}

#[test]
fn fates_do_not_depend_on_the_numbers_of_interfaces() {
    let ports = Ports {
        cameras: 40,
        trunk: 3,
        vlan: 70,
        mixed: 1,
        uplink: 69,
    };
    for suite in suites(&ports) {
        let host = Host::new(&suite);
        for case in &suite.cases {
            let (verdict, _) = host.judge(&case.frame, case.interface);
            assert_eq!(host.read(verdict).1, case.expected, "{}", case.name);
        }
    }
}

#[test]
fn every_reason_to_drop_has_a_case() {
    let shown: BTreeSet<DropReason> = all()
        .iter()
        .filter_map(|case| match case.expected {
            Expected::Drop(reason) => Some(reason),
            Expected::Ignore | Expected::Allow | Expected::Audit(_) => None,
        })
        .collect();
    let missing: Vec<_> = DropReason::ALL
        .iter()
        .filter(|reason| !shown.contains(reason))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn every_case_has_a_name_of_its_own_and_a_frame_that_the_kernel_takes() {
    let mut suite_names = BTreeSet::new();
    for Suite { name, cases, .. } in suites(&Ports::default()) {
        assert!(suite_names.insert(name), "{name} twice");
        let mut names = BTreeSet::new();
        for case in &cases {
            assert!(names.insert(case.name), "{name}: {} twice", case.name);
            assert!(case.frame.len() >= SHORTEST, "{name}: {}", case.name);
        }
    }
}

fn all() -> Vec<Case> {
    let suites = suites(&Ports::default());
    suites.into_iter().flat_map(|suite| suite.cases).collect()
}
