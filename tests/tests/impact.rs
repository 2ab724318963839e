//! What a policy would change of what was seen is told before it does, and when it does; and where that is not known,
//! it is said.

use std::{fs, path::Path};

use enforcer_tests::daemon::Nobody;
use enforcer_tests::site::{POLICY, Site, allowed, forbidden};
use serde_json::Value;

const NO_OPTIONS: [&str; 0] = [];

#[test]
fn a_comparison_and_a_reload_tell_which_flows_that_were_seen_come_to_another_end() {
    let site = Site::new("impact").unwrap();
    // Where the daemon was started is nowhere that anybody else is.
    let root = site.policy().parent().unwrap();
    let here = site
        .enforcer
        .clone()
        .started_by(&["env", "-C", root.to_str().unwrap()]);
    let mut daemon = here.start(Path::new("policy.yaml"), &NO_OPTIONS).unwrap();
    daemon.wait_in_force().unwrap();
    let wire = site.wire().unwrap();
    for _ in 0..5 {
        wire.send(&allowed()).unwrap();
    }
    for _ in 0..3 {
        wire.send(&forbidden()).unwrap();
    }
    site.status_when(|status| status.dropped() == 3).unwrap();

    let other = POLICY
        .replace("[192.168.50.1]", "[203.0.113.0/24]")
        .replace("udp/123", "udp/9999");
    let new = site.file("new.yaml");
    fs::write(&new, &other).unwrap();
    let (old, new) = (site.policy().to_str().unwrap(), new.to_str().unwrap());
    let diff = |more: &[&str]| {
        let mut arguments = vec!["diff", old, new];
        arguments.extend(more);
        let outcome = site.enforcer.run(&arguments).unwrap();
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        outcome
    };
    let told = diff(&[]).stdout;
    for words in [
        "would be dropped, and is not: 5 frames\n  steady to 192.168.50.1 udp/123: 5 frames, last 20",
        "would be allowed, and is not: 3 frames\n  flooder to 203.0.113.7 udp/9999: 3 frames, last 20",
    ] {
        assert!(told.contains(words), "{told}");
    }
    let seen = |json: &str| -> Value {
        let document: Value = serde_json::from_str(json).unwrap();
        document["seen"].clone()
    };
    let changes = &seen(&diff(&["--json"]).stdout)["changes"];
    assert_eq!(changes[0]["packets"], 5);
    assert_eq!(changes[0]["action"], "dropped");
    assert_eq!(changes[0]["was"]["action"], "allowed");
    let later = &seen(&diff(&["--json", "--since", "2100-01-01"]).stdout)["changes"];
    assert_eq!(later.as_array().unwrap().len(), 0);
    let same = site.enforcer.run(&["diff", old, old, "--json"]).unwrap();
    assert_eq!((same.code, seen(&same.stdout)), (Some(0), Value::Null));

    site.write(&other).unwrap();
    let elsewhere = site.file("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    fs::write(elsewhere.join("policy.yaml"), POLICY).unwrap();
    let there = site
        .enforcer
        .clone()
        .started_by(&["env", "-C", elsewhere.to_str().unwrap()]);
    let reload = there.run(&["reload", "--confirm", "60s"]).unwrap();
    assert_eq!(reload.code, Some(0), "{reload:?}");
    for words in [
        "dropped now, and was not: 5 frames\n  steady to 192.168.50.1 udp/123: 5 frames, last 20",
        "allowed now, and was not: 3 frames\n  flooder to 203.0.113.7 udp/9999: 3 frames, last 20",
    ] {
        assert!(reload.stdout.contains(words), "{reload:?}");
    }
    assert_eq!(reload.stderr, "");
    let confirm = site.enforcer.run(&["confirm"]).unwrap();
    assert_eq!(confirm.code, Some(0), "{confirm:?}");

    daemon.terminate().unwrap();
    daemon.wait_end().unwrap();
    site.write(POLICY).unwrap();
    let alone = diff(&[]);
    assert!(!alone.stdout.contains("seen since"), "{alone:?}");
    assert!(diff(&["--ledger"]).stdout.contains("is not: 5 frames"));
    assert!(alone.stderr.is_empty(), "{alone:?}");
    let nothing = ["--ledger", "--state-dir", "/nonexistent"];
    let words = "what was seen is not known: /nonexistent: no ledger was kept here yet";
    assert!(diff(&nothing).stderr.contains(words));
}

#[test]
fn where_it_is_not_known_what_was_seen_that_is_said_and_not_passed_over() {
    let site = Site::new("impact_unknown").unwrap();
    let _daemon = site.started(&[]).unwrap();
    let nobody = Nobody::new(&site.enforcer, POLICY).unwrap();
    let old = nobody.policy().to_str().unwrap();
    let new = nobody.policy().with_file_name("new.yaml");
    let other = POLICY.replace("udp/123", "udp/124");
    fs::write(&new, &other).unwrap();
    let diff = nobody.run(&["diff", old, new.to_str().unwrap()]).unwrap();
    assert_eq!(diff.code, Some(1), "{diff:?}");
    assert!(diff.stdout.contains("udp/124"), "{diff:?}");
    assert!(
        diff.stderr.starts_with("what was seen is not known: "),
        "{diff:?}"
    );

    let directories = site.enforcer.directories();
    fs::remove_file(directories.last_good()).unwrap();
    site.write(&other).unwrap();
    let reload = site.enforcer.run(&["reload", "--confirm", "60s"]).unwrap();
    assert_eq!(reload.code, Some(0), "{reload:?}");
    assert!(!reload.stdout.contains("nothing seen"), "{reload:?}");
    let words = "what was seen is not known: the policy of generation 1 is not kept";
    assert!(reload.stderr.contains(words), "{reload:?}");
}
