//! Under a daemon that lives: whoever asks to confirm a policy has until the time that they said.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use enforcer_tests::daemon::Daemon;
use enforcer_tests::site::{POLICY, Site, Traffic, wider};

use super::{LULL, NO_OPTIONS, assert_forgotten, reload};

#[test]
fn a_policy_that_is_confirmed_in_time_stays() {
    let site = Site::new("confirm_in_time").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    site.write(&wider()).unwrap();
    let outcome = reload(&site, "8s");
    let begun = Instant::now();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let waits = site.enforcer.status().unwrap();
    let unconfirmed = waits.unconfirmed.unwrap();
    assert_eq!(unconfirmed.generation, waits.generation);
    assert_eq!(unconfirmed.back_to, 1);
    let told = "waits for `enforcer confirm` until ";
    assert!(outcome.stdout.contains(told), "{outcome:?}");
    assert!(
        outcome
            .stdout
            .contains(", else goes back to generation 1\n")
    );
    let status = site.enforcer.run(&["status"]).unwrap();
    assert!(status.stdout.contains(told), "{status:?}");
    site.ensure_judged(true).unwrap();

    let outcome = site.enforcer.run(&["confirm"]).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome
            .stdout
            .starts_with("confirmed: generation 2 in force on lan-cam1")
    );
    assert_eq!(site.enforcer.status().unwrap().unconfirmed, None);
    assert!(!site.enforcer.directories().unconfirmed().exists());
    assert_eq!(site.enforcer.run(&["confirm"]).unwrap().code, Some(1));
    thread::sleep(Duration::from_secs(9).saturating_sub(begun.elapsed()));
    site.ensure_judged(true).unwrap();
    assert!(!daemon.log().contains("going back"), "{}", daemon.log());
    // It can be gone back from like any other.
    assert_eq!(site.enforcer.run(&["revert"]).unwrap().code, Some(0));
    site.ensure_judged(false).unwrap();
}

#[test]
fn a_policy_that_is_not_confirmed_is_gone_back_from_in_time_under_traffic() {
    let site = Site::new("confirm_not").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    // Lets pass no more than the other.
    let traffic = Traffic::begin(&site).unwrap();
    site.write(&POLICY.replace("[udp/123]", "[udp/123, udp/124]"))
        .unwrap();
    let begun = Instant::now();
    assert_eq!(reload(&site, "4s").code, Some(0));
    let put = Instant::now();
    traffic.go_on_briefly().unwrap();
    daemon.wait_for("generation 2 is not confirmed").unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(4));
    assert!(
        put.elapsed() < Duration::from_secs(10),
        "{:?}",
        put.elapsed()
    );
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    traffic.go_on_briefly().unwrap();
    let sent = traffic.end().unwrap();
    let status = site.enforcer.status().unwrap();
    sent.ensure_counted(&status).unwrap();
    assert_eq!(status.generation, 1);
    assert_eq!(status.unconfirmed, None);

    assert_eq!(
        daemon.in_force_within(LULL).unwrap(),
        None,
        "its files are left alone"
    );
    daemon.kill().unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 3, "made anew");
    assert_eq!(
        daemon.in_force_within(LULL).unwrap(),
        None,
        "by the next one, too"
    );
    site.write(&wider()).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 4);
    assert_forgotten(&site);
    site.ensure_judged(true).unwrap();
}

#[test]
fn a_change_that_was_noticed_before_it_was_asked_for_waits_all_the_same() {
    let site = Site::new("confirm_noticed").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    site.write(&wider()).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    let outcome = reload(&site, "2s");
    assert!(
        outcome.stdout.contains("else goes back to generation 1"),
        "{outcome:?}"
    );
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    site.ensure_judged(false).unwrap();
}

#[test]
fn a_reload_that_is_refused_or_changes_nothing_waits_for_nothing() {
    let site = Site::new("confirm_refused").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let waits_for_nothing = |code, told: &str| {
        let outcome = reload(&site, "2s");
        assert_eq!(outcome.code, Some(code), "{outcome:?}");
        let said = format!("{}{}", outcome.stdout, outcome.stderr);
        assert!(said.contains(told), "{outcome:?}");
        assert!(!site.enforcer.directories().unconfirmed().exists());
        assert_eq!(site.enforcer.status().unwrap().unconfirmed, None);
    };
    waits_for_nothing(0, "this policy is in force already: nothing waits");
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    site.write("version: 1\ngroups: [\n").unwrap();
    waits_for_nothing(4, ":3:1");
    // What is refused when it is armed already: stands where the program would be pinned.
    let in_the_way = site.enforcer.directories().bpffs.join("program-next");
    fs::create_dir(&in_the_way).unwrap();
    site.write(&wider()).unwrap();
    waits_for_nothing(1, "program-next");
    fs::remove_dir(&in_the_way).unwrap();
    thread::sleep(Duration::from_secs(2));
    assert_eq!(site.enforcer.status().unwrap().generation, 2);
    assert!(!daemon.log().contains("going back"), "{}", daemon.log());
}

#[test]
fn a_policy_that_is_in_force_already_is_not_gone_back_from() {
    let site = Site::new("confirm_already").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let waits_for_nothing = |daemon: &mut Daemon| {
        let outcome = reload(&site, "1s");
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        let told = "this policy is in force already: nothing waits";
        assert!(outcome.stdout.contains(told), "{outcome:?}");
        assert_eq!(site.enforcer.status().unwrap().unconfirmed, None);
        daemon.wait_in_force().unwrap();
    };
    // Confirmed, so that it was asked for; the one before can be gone back to.
    site.write(&wider()).unwrap();
    assert_eq!(reload(&site, "1h").code, Some(0));
    assert_eq!(site.enforcer.run(&["confirm"]).unwrap().code, Some(0));
    daemon.wait_for("generation 2 is confirmed").unwrap();

    // Written anew, as an editor does, and noticed.
    site.write(&wider()).unwrap();
    daemon.wait_in_force().unwrap();
    waits_for_nothing(&mut daemon);

    // Broken and mended, both of which are noticed.
    site.write("version: 1\ngroups: [\n").unwrap();
    daemon.wait_for("what was in force stays in force").unwrap();
    site.write(&wider()).unwrap();
    daemon.wait_in_force().unwrap();
    waits_for_nothing(&mut daemon);

    // Put in force by itself, and long ago.
    site.write(POLICY).unwrap();
    daemon.wait_in_force().unwrap();
    site.ensure_judged(false).unwrap();
    thread::sleep(Duration::from_secs(11));
    waits_for_nothing(&mut daemon);
    thread::sleep(Duration::from_secs(2));
    site.ensure_judged(false).unwrap();
    assert!(!daemon.log().contains("going back"), "{}", daemon.log());
}

#[test]
fn while_one_waits_no_other_is_put_in_force_and_files_that_change_are_left_alone() {
    let site = Site::new("confirm_others").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    site.write(&wider()).unwrap();
    assert_eq!(reload(&site, "1h").code, Some(0));
    for verb in [&["reload"][..], &["reload", "--confirm", "60s"]] {
        let outcome = site.enforcer.run(verb).unwrap();
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        let told = "waits for `enforcer confirm` until ";
        assert!(outcome.stderr.contains(told), "{outcome:?}");
        assert!(
            outcome.stderr.contains("`enforcer revert` comes first"),
            "{outcome:?}"
        );
    }
    let answer = site.enforcer.ask("POST", "/v1/reload", "").unwrap();
    assert_eq!(answer.status, 409, "{answer:?}");
    assert_eq!(answer.at("/kind"), "unconfirmed");
    daemon.reload().unwrap();
    daemon
        .wait_for("what was in force stays in force: generation 2 waits")
        .unwrap();
    site.ensure_judged(true).unwrap();

    let changed = format!("{}# changed\n", wider());
    site.write(&changed).unwrap();
    daemon
        .wait_for("files have changed and are left alone")
        .unwrap();
    assert_eq!(site.enforcer.status().unwrap().generation, 2);
    let metrics = site.enforcer.ask("GET", "/metrics", "").unwrap();
    assert_eq!(metrics.metric("enforcer_policy_stale"), Some(1));
    assert_eq!(site.enforcer.run(&["confirm"]).unwrap().code, Some(0));
    daemon.wait_for("generation 3 in force").unwrap();

    // Where it is gone back, they are not put in force by that.
    site.write(POLICY).unwrap();
    assert_eq!(reload(&site, "1h").code, Some(0));
    assert_eq!(site.enforcer.status().unwrap().generation, 4);
    site.write(&format!("{POLICY}# changed\n")).unwrap();
    daemon
        .wait_for("files have changed and are left alone")
        .unwrap();
    assert_eq!(site.enforcer.run(&["revert"]).unwrap().code, Some(0));
    daemon.wait_for("generation 3 in force").unwrap();
    assert_eq!(daemon.in_force_within(LULL).unwrap(), None);
    daemon.kill().unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 5, "made anew");
    site.ensure_judged(true).unwrap();
    let outcome = site.enforcer.run(&["reload"]).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    site.ensure_judged(false).unwrap();
}
