//! What is wrong with a configuration is told with its place, and is no reason not to enforce.

use std::fs;
use std::os::unix::fs::symlink;

use enforcer_tests::daemon::wait;
use enforcer_tests::site::{Site, forbidden};

use super::{provoke, records, start};

#[test]
fn a_wrong_configuration_keeps_no_policy_from_being_in_force_and_is_told_wherever_somebody_looks() {
    let site = Site::new("sinks_wrong").unwrap();
    let path = site.file("enforcer.yaml");
    let (policy, config) = (site.policy().to_str().unwrap(), path.to_str().unwrap());
    fs::write(&path, "sinks:\n  - file:\n      paht: /events\n").unwrap();
    let wrong = format!("{config}:3:7: sinks[0].file: there is no `paht`; did you mean `path`?");

    // It can be known beforehand.
    let check = |code| {
        let outcome = site.enforcer.run(&["check", policy, "--config", config]);
        let outcome = outcome.unwrap();
        assert_eq!(outcome.code, Some(code), "{outcome:?}");
        outcome.stdout
    };
    let told = check(2);
    assert!(told.contains(&format!("error: {wrong}")), "{told}");

    let options = ["--config", config];
    let mut daemon = site.started(&options).unwrap();
    site.wire().unwrap().send(&forbidden()).unwrap();
    site.status_when(|status| status.dropped() == 1).unwrap();
    let log = daemon.log();
    let line = log.lines().find(|line| line.contains(&wrong)).unwrap();
    assert!(line.contains(" ERROR "), "{line}");
    assert!(line.contains("`enforcer check --config"), "{line}");
    let status = || site.enforcer.run(&["status"]).unwrap();
    let outcome = status();
    assert_eq!(outcome.code, Some(0), "all is enforced: {outcome:?}");
    let told = format!("\nSETTINGS: {wrong}");
    assert!(outcome.stdout.contains(&told), "{outcome:?}");
    let answer = site.enforcer.ask("GET", "/v1/status", "").unwrap();
    let told = answer.at("/settings_amiss/0");
    assert!(told.as_str().unwrap().starts_with(&wrong), "{told}");
    assert_eq!(answer.at("/troubles/0/kind"), "settings");
    assert_eq!(answer.at("/troubles/0/level"), "warning");
    assert_eq!(answer.at("/troubles/0/words"), told);
    daemon.terminate().unwrap();

    // It is mended.
    let events = site.file("events.json");
    let text = format!("sinks: [{{file: {{path: {}}}}}]\n", events.display());
    fs::write(&path, text).unwrap();
    check(0);
    let _daemon = site.started(&options).unwrap();
    assert!(!status().stdout.contains("SETTINGS"));
    assert!(events.exists());
}

#[test]
fn a_file_that_cannot_be_opened_is_told_and_the_other_sinks_and_enforcement_go_on() {
    let site = Site::new("sinks_unopened").unwrap();
    let absent = site.file("absent/events.json");
    let path = absent.to_str().unwrap();
    let mut daemon = site.started(&["--events", path]).unwrap();
    let words = format!("events: {path}: No such file or directory");
    assert!(daemon.log().contains(&words), "{}", daemon.log());
    let outcome = site.enforcer.run(&["status"]).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let told = format!("\nSETTINGS: {words}");
    assert!(outcome.stdout.contains(&told), "{outcome:?}");
    daemon.terminate().unwrap();

    let config = site.file("enforcer.yaml");
    let text = format!("sinks: [{{file: {{path: {path}}}}}, {{stdout: {{format: text}}}}]\n");
    fs::write(&config, text).unwrap();
    let options = ["--config", config.to_str().unwrap()];
    let mut daemon = site.started(&options).unwrap();
    assert!(daemon.log().contains(&words), "{}", daemon.log());
    site.wire().unwrap().send(&forbidden()).unwrap();
    let event = daemon.event(enforcer_tests::daemon::PATIENCE).unwrap();
    assert!(event.contains("203.0.113.7:9999"), "{event}");
    daemon.terminate().unwrap();

    let _daemon = site.started(&[]).unwrap();
    let outcome = site.enforcer.run(&["status"]).unwrap();
    assert!(!outcome.stdout.contains("SETTINGS"), "{outcome:?}");
}

#[test]
fn a_file_that_cannot_be_opened_at_the_start_is_written_once_it_can_be() {
    let site = Site::new("sinks_mended").unwrap();
    let path = site.file("log/events.json");
    fs::create_dir(path.parent().unwrap()).unwrap();
    symlink(site.file("absent/events.json"), &path).unwrap();
    let _daemon = start(&site, &[format!("file: {{path: {}}}", path.display())], &[]);
    let metric = |name: &str| {
        let told = site.enforcer.ask("GET", "/metrics", "").unwrap();
        told.metric(name)
    };
    let of_sink = |name: &str, more: &str| format!("{name}{{sink=\"{}\"{more}}}", path.display());
    let waiting = of_sink("enforcer_sink_waiting_events", "");
    let written = of_sink("enforcer_sink_events_total", ",outcome=\"written\"");
    assert_eq!(metric("enforcer_settings_amiss"), Some(1));
    provoke(&site, 3);
    wait("three that wait", || {
        (metric(&waiting) == Some(3)).then_some(())
    });
    fs::remove_file(&path).unwrap();
    assert_eq!(records(&path, 3).len(), 3);
    wait("three that are written", || {
        (metric(&written) == Some(3)).then_some(())
    });
    assert_eq!(metric("enforcer_settings_amiss"), Some(0));
    let status = site.enforcer.run(&["status"]).unwrap();
    assert!(!status.stdout.contains("SETTINGS"), "{status:?}");
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
