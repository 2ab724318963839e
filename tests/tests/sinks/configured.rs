//! What is wrong with a configuration is told with its place, before anything is done.

use std::fs;

use enforcer_tests::site::Site;

#[test]
fn a_wrong_configuration_is_refused_with_its_place() {
    let site = Site::new("sinks_wrong").unwrap();
    let path = site.file("enforcer.yaml");
    let (policy, config) = (site.policy().to_str().unwrap(), path.to_str().unwrap());
    fs::write(&path, "sinks:\n  - file:\n      paht: /events\n").unwrap();
    let arguments = ["run", "--policy", policy, "--config", config];
    let outcome = site.enforcer.run(&arguments).unwrap();
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    let told = format!("error: {config}:3:7: ");
    assert!(outcome.stderr.starts_with(&told), "{outcome:?}");
    assert!(outcome.stderr.contains("`paht`"), "{outcome:?}");
    let status = site.enforcer.run(&["status"]).unwrap();
    assert_eq!(status.stdout, "nothing is in force\n");
}

#[test]
fn events_are_asked_for_in_one_way_or_the_other() {
    let site = Site::new("sinks_both").unwrap();
    let policy = site.policy().to_str().unwrap();
    let both = ["run", "--policy", policy, "--config", "/x", "--events", "-"];
    let outcome = site.enforcer.run(&both).unwrap();
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(
        outcome.stderr.contains("cannot be used with"),
        "{outcome:?}"
    );
}
