//! How it ends: with the daemon, and well.

use enforcer_tests::daemon::Ends;
use enforcer_tests::site::Site;

use super::{ALL, follow, json, port, send};

#[test]
fn when_the_daemon_ends_who_follows_gets_the_last_events_and_an_end() {
    let site = Site::new("stream_end").unwrap();
    let mut daemon = site.started(ALL).unwrap();
    let mut following = follow(&site, "");
    let mut nothing = follow(&site, "?reason=spoofed");
    send(&site, 1..=200);
    site.status_when(|status| status.events.told == 200)
        .unwrap();
    daemon.terminate().unwrap();
    let (lines, ends) = following.rest().unwrap();
    assert_eq!(ends, Ends::Well);
    let ports = lines.iter().map(|line| port(&json(line)));
    assert_eq!(ports.collect::<Vec<_>>(), (1..=200).collect::<Vec<_>>());
    assert_eq!(nothing.rest().unwrap(), (Vec::new(), Ends::Well));
}

#[test]
fn a_daemon_that_is_killed_leaves_nobody_waiting() {
    let site = Site::new("stream_killed").unwrap();
    let mut daemon = site.started(ALL).unwrap();
    let mut following = follow(&site, "");
    daemon.kill().unwrap();
    assert_eq!(following.rest().unwrap(), (Vec::new(), Ends::CutOff));
}
