//! A policy that is put in force to be confirmed: kept when it is, gone back from when it is not, whatever
//! happens to the daemon meanwhile.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use enforcer::unconfirmed::Unconfirmed;
use enforcer_tests::daemon::{Daemon, Outcome, PATIENCE, TICK};
use enforcer_tests::site::{POLICY, Site, Traffic, forbidden, wider};

const NO_OPTIONS: [&str; 0] = [];

/// Longer than it takes to notice a change of the file.
const LULL: Duration = Duration::from_millis(900);

/// Frames enough to tell by which policy they are judged.
const SOME: u64 = 20;

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
    assert_judged(&site, true);

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
    assert_judged(&site, true);
    assert!(!daemon.log().contains("going back"), "{}", daemon.log());
    // It can be gone back from like any other.
    assert_eq!(site.enforcer.run(&["revert"]).unwrap().code, Some(0));
    assert_judged(&site, false);
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
    assert_judged(&site, true);
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
    assert_judged(&site, true);

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
    assert_judged(&site, true);
    let outcome = site.enforcer.run(&["reload"]).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_judged(&site, false);
}

#[test]
fn a_daemon_that_is_killed_and_started_in_time_keeps_the_time() {
    let site = Site::new("confirm_killed").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    site.write(&wider()).unwrap();
    let begun = Instant::now();
    assert_eq!(reload(&site, "15s").code, Some(0));
    daemon.kill().unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    let status = site.enforcer.status().unwrap();
    assert_eq!(status.unconfirmed.unwrap().back_to, 1);
    assert_judged(&site, true);
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    assert!(begun.elapsed() >= Duration::from_secs(15));
    assert!(
        begun.elapsed() < Duration::from_secs(22),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(daemon.wait_in_force().unwrap(), 3, "made anew");
    assert_judged(&site, false);

    // And whoever is confirmed after such a start is not gone back from.
    assert_eq!(reload(&site, "1h").code, Some(0));
    daemon.kill().unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 4);
    assert_eq!(site.enforcer.run(&["confirm"]).unwrap().code, Some(0));
    // Its policy is read again, since this daemon did not know it.
    daemon.wait_for("generation 5 in force").unwrap();
    assert_judged(&site, true);
}

#[test]
fn a_daemon_that_is_started_too_late_goes_back_at_once_whatever_the_files_are() {
    let site = Site::new("confirm_late").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    site.write(&wider()).unwrap();
    assert_eq!(reload(&site, "2s").code, Some(0));
    daemon.kill().unwrap();
    assert_judged(&site, true);
    thread::sleep(Duration::from_secs(2));
    assert_judged(&site, true);
    site.write("version: 1\ngroups: [\n").unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    daemon
        .wait_for("going back from generation 2 to generation 1")
        .unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    assert!(
        !daemon.log().contains("generation 2 in force on"),
        "{}",
        daemon.log()
    );
    assert_judged(&site, false);
}

#[test]
fn without_a_daemon_the_command_that_the_timer_runs_goes_back_in_time() {
    let site = Site::new("confirm_timer").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    site.write(&wider()).unwrap();
    let begun = Instant::now();
    assert_eq!(reload(&site, "4s").code, Some(0));
    daemon.kill().unwrap();
    let unless = |generation| {
        site.enforcer
            .run(&["revert", "--unless-confirmed", generation])
            .unwrap()
    };
    let outcome = unless("1");
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome.stdout.contains("nothing was changed"),
        "{outcome:?}"
    );
    assert_judged(&site, true);
    let outcome = unless("2");
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome
            .stdout
            .starts_with("went back from generation 2 to generation 1")
    );
    assert!(begun.elapsed() >= Duration::from_secs(4));
    assert_judged(&site, false);
    assert!(unless("2").stdout.contains("nothing was changed"));
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(
        daemon.wait_in_force().unwrap(),
        3,
        "its files are left alone"
    );

    // A daemon that lives does it first, and the command finds it done.
    assert_eq!(reload(&site, "2s").code, Some(0));
    let outcome = unless("4");
    assert!(
        outcome.stdout.contains("nothing was changed"),
        "{outcome:?}"
    );
    assert_eq!(daemon.wait_in_force().unwrap(), 4);
    assert_eq!(daemon.wait_in_force().unwrap(), 3);
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
    assert_judged(&site, false);
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
    assert_judged(&site, false);
    thread::sleep(Duration::from_secs(11));
    waits_for_nothing(&mut daemon);
    thread::sleep(Duration::from_secs(2));
    assert_judged(&site, false);
    assert!(!daemon.log().contains("going back"), "{}", daemon.log());
}

#[test]
fn after_a_reboot_a_policy_that_nobody_confirmed_does_not_come_up() {
    let site = Site::new("confirm_reboot").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    site.write(&wider()).unwrap();
    assert_eq!(reload(&site, "1h").code, Some(0));
    daemon.kill().unwrap();
    // What a reboot leaves of it all.
    let directories = site.enforcer.directories();
    let mut unconfirmed = Unconfirmed::read(directories).unwrap().unwrap();
    unconfirmed.boot = "another".to_owned();
    unconfirmed.write(directories).unwrap();
    site.sandbox.directories().remount_bpffs().unwrap();
    fs::remove_file(directories.record()).unwrap();

    // The last good policy does, also at another start.
    for _ in 0..2 {
        let _daemon = site.started(&[]).unwrap();
        let status = site.enforcer.status().unwrap();
        let stand_in = status.stand_in.unwrap();
        assert!(stand_in.because.contains("put in force to be confirmed"));
        assert_judged(&site, false);
    }
    // Without one there is nothing.
    assert_eq!(
        site.enforcer.run(&["detach", "--yes"]).unwrap().code,
        Some(0)
    );
    unconfirmed.write(directories).unwrap();
    fs::remove_file(directories.last_good()).unwrap();
    let policy = site.policy().to_str().unwrap();
    for _ in 0..2 {
        let outcome = site.enforcer.run(&["run", "--policy", policy]).unwrap();
        assert_eq!(outcome.code, Some(4), "{outcome:?}");
        let path = directories.unconfirmed();
        let told = format!("Change it; or remove {} to have it", path.display());
        assert!(outcome.stderr.contains(&told), "{outcome:?}");
    }
    site.write(&format!("{}# changed\n", wider())).unwrap();
    let _daemon = site.started(&[]).unwrap();
    assert_forgotten(&site);
}

#[test]
fn who_is_killed_before_it_was_in_force_has_put_nothing_in_force_later_either() {
    let site = Site::new("confirm_before").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    site.write(&wider()).unwrap();
    assert_eq!(reload(&site, "1h").code, Some(0));
    let directories = site.enforcer.directories();
    let armed = Unconfirmed::read(directories).unwrap().unwrap();
    assert_eq!(site.enforcer.run(&["revert"]).unwrap().code, Some(0));
    daemon.kill().unwrap();
    // As it was written down, and what was before it in force still.
    armed.write(directories).unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    daemon
        .wait_for("the policy of generation 2 was not confirmed")
        .unwrap();
    assert_eq!(daemon.in_force_within(LULL).unwrap(), None);
    assert_eq!(site.enforcer.status().unwrap().generation, 3);
    assert_judged(&site, false);
}

/// Nothing waits, and nothing was gone back from. It is forgotten when the other is in force.
fn assert_forgotten(site: &Site) {
    let path = site.enforcer.directories().unconfirmed();
    let deadline = Instant::now() + PATIENCE;
    while path.exists() {
        assert!(Instant::now() < deadline, "{}", path.display());
        thread::sleep(TICK);
    }
}

fn reload(site: &Site, patience: &str) -> Outcome {
    site.enforcer
        .run(&["reload", "--confirm", patience])
        .unwrap()
}

/// Frames that [`POLICY`] forbids and [`wider`] allows, and what becomes of them.
fn assert_judged(site: &Site, passes: bool) {
    let counts = || {
        let status = site.enforcer.status().unwrap();
        let flooder = status.camera("flooder").unwrap();
        (flooder.allowed.packets, flooder.dropped_as("not_allowed"))
    };
    let (allowed, dropped) = counts();
    let leaks = site.leaks().unwrap();
    let wire = site.wire().unwrap();
    for _ in 0..SOME {
        wire.send(&forbidden()).unwrap();
    }
    let expected = if passes {
        (allowed + SOME, dropped)
    } else {
        (allowed, dropped + SOME)
    };
    site.status_when(|_| counts() == expected).unwrap();
    if passes {
        assert_eq!(leaks.wait_for(SOME), SOME);
    } else {
        assert_eq!(leaks.settled(), 0);
    }
}
