//! An audit ends when the policy says, without anybody touching the daemon.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs;
use std::thread;
use std::time::Duration;

use enforcer_tests::daemon::Daemon;
use enforcer_tests::site::{POLICY, Site};
use jiff::Timestamp;
use serde_json::Value;

const NO_OPTIONS: [&str; 0] = [];

/// How long the audits here last: long enough to be in force before they end, on a busy machine too.
const AUDIT: Duration = Duration::from_secs(5);

/// What may be on its way through the machine when a policy goes in force is there by then.
const ON_THE_WAY: Duration = Duration::from_millis(200);

#[test]
fn an_audit_ends_by_itself_and_is_over_for_the_next_daemon() {
    let site = Site::new("until_ends").unwrap();
    let events = site.events();
    let options = ["--events", events.path()];
    let mut daemon = site.enforcer.start(site.policy(), &options).unwrap();
    let until = begin_audit(&site, &mut daemon);
    let leaks = site.leaks().unwrap();
    let flood = site.flood().unwrap();
    assert!(leaks.wait_for(100) >= 100);
    let status = site.enforcer.status().unwrap();
    let flooder = status.camera("flooder").unwrap();
    assert_eq!(flooder.mode, "audit");
    assert_eq!(flooder.until, Some(until.to_string()));
    assert!(!flooder.overdue && Timestamp::now() < until);

    assert_eq!(daemon.wait_in_force().unwrap(), 3);
    assert!(Timestamp::now() >= until);
    let told = format!("audit of camera `flooder` ended at {until}: enforcing");
    daemon.wait_for(&told).unwrap();
    thread::sleep(ON_THE_WAY);
    let leaked = leaks.settled();
    flood.wait_for(1000).unwrap();
    assert_eq!(leaks.settled(), leaked);
    let status = site.enforcer.status().unwrap();
    let flooder = status.camera("flooder").unwrap();
    assert_eq!((flooder.mode.as_str(), &flooder.until), ("enforce", &None));
    assert_eq!(daemon.in_force_within(ON_THE_WAY).unwrap(), None);
    daemon.terminate().unwrap();
    let told = events.all().unwrap();
    let action = |event: Option<&Value>| event.unwrap()["alert"]["action"].clone();
    assert_eq!(action(told.first()), "allowed");
    assert_eq!(action(told.last()), "blocked");

    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    let told = format!("policy.yaml:16:12: this audit ended at {until}");
    daemon.wait_for(&told).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 4);
    flood.wait_for(1000).unwrap();
    assert_eq!(leaks.settled(), leaked);
}

#[test]
fn an_audit_that_cannot_be_ended_is_told_and_ended_when_it_can() {
    let site = Site::new("until_fails").unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    let until = begin_audit(&site, &mut daemon);
    let in_the_way = site.enforcer.directories().bpffs.join("program-next");
    fs::create_dir(&in_the_way).unwrap();
    let told = format!("audit of camera `flooder` ended at {until}, and it is NOT ENFORCED yet");
    daemon.wait_for(&told).unwrap();
    let status = site.enforcer.status().unwrap();
    assert_eq!(status.generation, 2);
    assert!(status.camera("flooder").unwrap().overdue);
    let outcome = site.enforcer.run(&["status"]).unwrap();
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.stdout.contains("AN AUDIT IS OVER AND NOT ENFORCED"));

    fs::remove_dir(&in_the_way).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 3);
    let status = site.status_when(|status| status.generation == 3).unwrap();
    let flooder = status.camera("flooder").unwrap();
    assert!(flooder.mode == "enforce" && !flooder.overdue);
}

/// Puts `flooder` under an audit; when that ends.
fn begin_audit(site: &Site, daemon: &mut Daemon) -> Timestamp {
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    let until = Timestamp::now() + AUDIT;
    let group = "    group: timed\n";
    let audit = format!("{group}    mode: audit\n    until: {until}\n");
    site.write(&POLICY.replacen(group, &audit, 1)).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    until
}
