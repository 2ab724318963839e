//! When the daemon has ended: the time goes on, and what was not confirmed in it does not stay or come back.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use enforcer::unconfirmed::Unconfirmed;
use enforcer_tests::site::{Site, wider};

use super::{LULL, NO_OPTIONS, assert_forgotten, reload};

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
    site.ensure_judged(true).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    assert!(begun.elapsed() >= Duration::from_secs(15));
    assert!(
        begun.elapsed() < Duration::from_secs(22),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(daemon.wait_in_force().unwrap(), 3, "made anew");
    site.ensure_judged(false).unwrap();

    // And whoever is confirmed after such a start is not gone back from.
    assert_eq!(reload(&site, "1h").code, Some(0));
    daemon.kill().unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 4);
    assert_eq!(site.enforcer.run(&["confirm"]).unwrap().code, Some(0));
    // Its policy is read again, since this daemon did not know it.
    daemon.wait_for("generation 5 in force").unwrap();
    site.ensure_judged(true).unwrap();
}

#[test]
fn a_daemon_that_is_started_too_late_goes_back_at_once_whatever_the_files_are() {
    let site = Site::new("confirm_late").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    site.write(&wider()).unwrap();
    assert_eq!(reload(&site, "2s").code, Some(0));
    daemon.kill().unwrap();
    site.ensure_judged(true).unwrap();
    thread::sleep(Duration::from_secs(2));
    site.ensure_judged(true).unwrap();
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
    site.ensure_judged(false).unwrap();
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
    site.ensure_judged(true).unwrap();
    let outcome = unless("2");
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome
            .stdout
            .starts_with("went back from generation 2 to generation 1")
    );
    assert!(begun.elapsed() >= Duration::from_secs(4));
    site.ensure_judged(false).unwrap();
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
        site.ensure_judged(false).unwrap();
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
    site.ensure_judged(false).unwrap();
}
