//! `enforcer events`: what an operator sees.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::time::{Duration, Instant};

use enforcer_tests::daemon::{PATIENCE, TICK};
use enforcer_tests::site::Site;

use super::{ALL, is_missed, json, port, provoke, send, wait_for_followers};

/// Longer than one that takes nothing is waited for.
const LONG: Duration = Duration::from_secs(7);

#[test]
fn the_last_events_are_shown_and_what_cannot_be_meant_is_not() {
    let site = Site::new("events_command").unwrap();
    for verb in [&["events"][..], &["events", "--follow"]] {
        let outcome = site.enforcer.run(verb).unwrap();
        assert_eq!(outcome.code, Some(3), "{outcome:?}");
        assert!(outcome.stderr.contains("the daemon does not run"));
    }
    let _daemon = site.started(ALL).unwrap();
    let outcome = site.enforcer.run(&["events"]).unwrap();
    assert_eq!((outcome.code, &*outcome.stdout), (Some(0), ""));
    provoke(&site, 1..=20);
    let shown = |options: &[&str]| {
        let outcome = site.enforcer.run(&[&["events"], options].concat()).unwrap();
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        assert_eq!(outcome.stderr, "");
        outcome.stdout
    };
    let all = shown(&[]);
    assert_eq!(all.lines().count(), 20);
    let first = all.lines().next().unwrap();
    for words in [
        "  DROP   flooder (timed)  ",
        "-> 203.0.113.7:1  ",
        "  not_allowed  ",
    ] {
        assert!(first.contains(words), "{words}: {first}");
    }
    assert_eq!(shown(&["-n", "2"]).lines().count(), 2);
    assert_eq!(shown(&["--camera", "steady"]), "");
    let some = [
        "--camera",
        "flooder",
        "--to",
        "203.0.113.0/24",
        "--reason",
        "not_allowed",
    ];
    assert_eq!(shown(&some), all);
    let last = shown(&["--json", "--last", "1"]);
    assert_eq!(port(&json(last.trim_end())), 20);
    assert_eq!(shown(&["--format", "eve", "--last", "1"]), last);

    for follow in [&[][..], &["--follow"]] {
        let wrong = ["events", "--camera", "floder", "--reason", "ports"];
        let outcome = site.enforcer.run(&[&wrong, follow].concat()).unwrap();
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(
            outcome.stderr.contains("did you mean `port`?"),
            "{outcome:?}"
        );
        let wrong = ["events", "--camera", "floder"];
        let outcome = site.enforcer.run(&[&wrong, follow].concat()).unwrap();
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(
            outcome.stderr.contains("did you mean `flooder`?"),
            "{outcome:?}"
        );
    }
}

#[test]
fn who_follows_goes_on_when_the_daemon_is_started_anew_and_misses_nothing() {
    let site = Site::new("events_restart").unwrap();
    let mut daemon = site.started(ALL).unwrap();
    provoke(&site, 1..=12);
    let mut verb = site
        .enforcer
        .spawn(&["events", "--follow", "--json"])
        .unwrap();
    let expect = |verb: &mut enforcer_tests::daemon::Verb, ports: std::ops::RangeInclusive<u64>| {
        for expected in ports {
            assert_eq!(port(&json(&verb.line().unwrap())), expected);
        }
    };
    expect(&mut verb, 3..=12);
    provoke(&site, 13..=14);
    expect(&mut verb, 13..=14);
    daemon.terminate().unwrap();
    let told = verb.wait_for("waiting for it").unwrap();
    assert_eq!(
        told,
        "the daemon has ended; waiting for it, 2 minutes at most"
    );
    // The ring keeps them.
    send(&site, 15..=17);
    let mut daemon = site.started(ALL).unwrap();
    verb.wait_for("the daemon is there again").unwrap();
    expect(&mut verb, 15..=17);
    daemon.kill().unwrap();
    verb.wait_for("waiting for it").unwrap();
    send(&site, 18..=19);
    let _daemon = site.started(ALL).unwrap();
    expect(&mut verb, 18..=19);
    provoke(&site, 20..=20);
    expect(&mut verb, 20..=20);
}

#[test]
fn it_ends_with_whoever_reads_it_and_by_ctrl_c() {
    let site = Site::new("events_pipe").unwrap();
    let _daemon = site.started(ALL).unwrap();
    let soon = PATIENCE;
    // Nothing comes that it could fail to write.
    let mut unread = site.enforcer.spawn(&["events", "--follow"]).unwrap();
    wait_for_followers(&site, 1);
    drop(unread.output().unwrap());
    assert_eq!(unread.end(soon).unwrap().code(), Some(0));
    assert_eq!(unread.errors(), "");

    let mut interrupted = site.enforcer.spawn(&["events", "--follow"]).unwrap();
    wait_for_followers(&site, 1);
    provoke(&site, 1..=1);
    assert!(interrupted.line().unwrap().contains("DROP"));
    interrupted.interrupt().unwrap();
    // As of any program that it ends, so that a script ends, too.
    assert_eq!(interrupted.end(soon).unwrap().signal(), Some(2));
    assert_eq!(interrupted.errors(), "");
    wait_for_followers(&site, 0);
}

#[test]
fn whose_pager_stands_still_is_told_what_is_missing_when_it_goes_on() {
    let site = Site::new("events_pager").unwrap();
    let mut daemon = site.started(ALL).unwrap();
    let options = ["events", "--follow", "--json", "--last", "0"];
    let mut verb = site.enforcer.spawn(&options).unwrap();
    wait_for_followers(&site, 1);
    let flood = site.flood().unwrap();
    let begun = Instant::now();
    while begun.elapsed() < LONG {
        std::thread::sleep(TICK);
    }
    let sent = flood.stop().unwrap();
    let status = site.status_when(|status| status.dropped() == sent).unwrap();
    wait_for_followers(&site, 0);
    let (mut received, mut missed) = (0, 0);
    let mut lines = BufReader::new(verb.output().unwrap()).lines();
    while received + missed < status.events.told {
        let line = lines.next().unwrap().unwrap();
        if is_missed(&line) {
            missed += super::missed(&line);
        } else {
            received += 1;
        }
    }
    println!(
        "{} told: {received} shown, {missed} missed",
        status.events.told
    );
    assert_eq!(received + missed, status.events.told);
    assert!(missed > 0 && received > 0);
    provoke(&site, 7..=7);
    let next = lines.next().unwrap().unwrap();
    assert_eq!(port(&json(&next)), 7);
    daemon.terminate().unwrap();
}
