//! Another XDP program is on an interface that the policy names: it is told of and never replaced, the others
//! are enforced, and this one is once it is free.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs;
use std::time::{Duration, Instant};

use aya::programs::ProgramInfo;
use enforcer_tests::daemon::{Daemon, Enforcer, Outcome};
use enforcer_tests::network::{Device, STRANGER};
use enforcer_tests::site::{POLICY, Site, Traffic};

const NO_OPTIONS: [&str; 0] = [];

/// How long a free interface may stay open: less than the five seconds after which everything is tried
/// again, since it is looked every second whether another's program has gone.
const FREE: Duration = Duration::from_secs(3);

#[test]
fn a_daemon_that_starts_beside_another_program_enforces_the_other_interfaces_and_names_it() {
    let mut site = Site::new("held_start").unwrap();
    let second = site.network.plug_in(&mut site.sandbox, &STRANGER).unwrap();
    let other = occupy_second_port(&site);
    let theirs = site.program_on("lan-cam2").unwrap();
    assert!(theirs.is_some());

    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    let info = ProgramInfo::from_pin(other.directories().program()).unwrap();
    let told = daemon.wait_for("lan-cam2 is NOT ENFORCED").unwrap();
    let name = info.name_as_str().unwrap();
    let named = format!(
        "another XDP program is on it: program {} (`{name}`, tag {:016x})",
        info.id(),
        info.tag()
    );
    assert!(told.contains(&named), "{told}");
    site.ensure_enforced(&site.camera).unwrap();
    assert_eq!(site.program_on("lan-cam2").unwrap(), theirs);
    let outcome = site.enforcer.run(&["status"]).unwrap();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let shown = |name: &str| {
        let mut lines = outcome.stdout.lines();
        let line = lines.find(|line| line.contains(name)).unwrap();
        line.contains("NOT ENFORCING")
    };
    assert!(!shown("lan-cam1") && shown("lan-cam2"), "{outcome:?}");

    // Its end is nobody's to tell: the kernel says nothing of a link that is gone.
    let before = site.enforcer.status().unwrap().generation;
    assert_eq!(detach(&other).code, Some(0));
    let free = Instant::now();
    let status = site.status_when(|status| status.is_enforcing("lan-cam2"));
    assert!(free.elapsed() < FREE, "{:?}", free.elapsed());
    assert_eq!(status.unwrap().generation, before);
    site.ensure_enforced(&second).unwrap();
    assert_eq!(site.enforcer.run(&["status"]).unwrap().code, Some(0));
    assert_eq!(daemon.log().matches("NOT ENFORCED").count(), 1);
}

#[test]
fn a_program_that_was_put_on_without_a_link_is_waited_for_too() {
    let mut site = Site::new("held_without_link").unwrap();
    site.network.plug_in(&mut site.sandbox, &STRANGER).unwrap();
    // A program that judges nothing here: that of another installation, pinned and not in force.
    let other = site.enforcer.beside("other");
    drop(occupy(&site, &other, "lan-cam9"));
    let pin = other.directories().program();
    let router = &site.network.router;
    router
        .ip(&format!(
            "link set dev lan-cam2 xdpgeneric pinned {}",
            pin.display()
        ))
        .unwrap();
    let theirs = site.program_on("lan-cam2").unwrap();
    assert!(theirs.is_some());
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    daemon.wait_for("lan-cam2 is NOT ENFORCED").unwrap();
    assert_eq!(site.program_on("lan-cam2").unwrap(), theirs);
    router.ip("link set dev lan-cam2 xdpgeneric off").unwrap();
    let free = Instant::now();
    site.status_when(|status| status.is_enforcing("lan-cam2"))
        .unwrap();
    assert!(free.elapsed() < FREE, "{:?}", free.elapsed());
}

#[test]
fn a_daemon_ends_at_once_where_every_interface_is_held_and_leaves_nothing() {
    let site = Site::new("held_all").unwrap();
    occupy(&site, &site.enforcer.beside("other"), "lan-cam1");
    let theirs = site.program_on("lan-cam1").unwrap();
    assert!(theirs.is_some());

    let policy = site.policy().to_str().unwrap();
    let outcome = site.enforcer.run(&["run", "--policy", policy]).unwrap();
    assert_eq!(outcome.code, Some(7), "{outcome:?}");
    let told: Vec<&str> = outcome.stderr.lines().collect();
    let [line] = told[..] else { panic!("{told:?}") };
    assert!(
        line.starts_with("error: attach to lan-cam1: another XDP program is on it: program "),
        "{line}"
    );
    assert_eq!(site.program_on("lan-cam1").unwrap(), theirs);
    let links = site.enforcer.directories().links();
    assert_eq!(fs::read_dir(links).unwrap().count(), 0);
    assert_eq!(site.enforcer.run(&["status"]).unwrap().code, Some(1));
}

#[test]
fn a_policy_is_reloaded_and_gone_back_from_while_an_interface_is_held() {
    let mut site = Site::new("held_reload").unwrap();
    site.network.plug_in(&mut site.sandbox, &STRANGER).unwrap();
    let other = occupy_second_port(&site);
    let theirs = site.program_on("lan-cam2").unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    daemon.wait_for("lan-cam2 is NOT ENFORCED").unwrap();

    site.write(&POLICY.replace("udp/123", "udp/124")).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    site.ensure_enforced(&site.camera).unwrap();
    let outcome = site.enforcer.run(&["revert"]).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    site.status_when(|status| status.generation == 1).unwrap();
    daemon.kill().unwrap();
    let outcome = site.enforcer.run(&["revert"]).unwrap();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let told = outcome.stdout.contains("lan-cam2 is NOT ENFORCED");
    assert!(told, "{outcome:?}");
    let status = site.enforcer.status().unwrap();
    assert_eq!(status.generation, 2);
    assert!(status.is_enforcing("lan-cam1") && !status.is_enforcing("lan-cam2"));
    assert_eq!(site.program_on("lan-cam2").unwrap(), theirs);
    assert_eq!(detach(&other).code, Some(0));
}

#[test]
fn a_reload_that_names_an_interface_that_is_held_leaves_everything_as_it_was() {
    let mut site = Site::new("held_named").unwrap();
    site.network.plug_in(&mut site.sandbox, &STRANGER).unwrap();
    occupy_second_port(&site);
    let theirs = site.program_on("lan-cam2").unwrap();
    site.write(&POLICY.replace("lan-cam*", "lan-cam1")).unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let ours = site.program_on("lan-cam1").unwrap();

    let traffic = Traffic::begin(&site).unwrap();
    site.write(POLICY).unwrap();
    daemon.wait_for("attach to lan-cam2").unwrap();
    traffic.go_on_briefly().unwrap();
    let sent = traffic.end().unwrap();
    let status = site.enforcer.status().unwrap();
    assert_eq!(status.generation, 1);
    sent.ensure_counted(&status).unwrap();
    assert_eq!(site.program_on("lan-cam1").unwrap(), ours);
    assert_eq!(site.program_on("lan-cam2").unwrap(), theirs);
}

#[test]
fn a_port_that_comes_with_another_program_is_told_once_and_taken_when_it_is_free() {
    let mut site = Site::new("held_late").unwrap();
    let spare = Device {
        port: "spare",
        ..STRANGER
    };
    site.network.plug_in(&mut site.sandbox, &spare).unwrap();
    let other = site.enforcer.beside("other");
    occupy(&site, &other, "spare").terminate().unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);

    site.network
        .router
        .ip("link set spare down\nlink set spare name lan-cam2\nlink set lan-cam2 up\n")
        .unwrap();
    daemon.wait_for("lan-cam2 is NOT ENFORCED").unwrap();
    let held = site.enforcer.status().unwrap();
    assert!(held.is_enforcing("lan-cam1") && !held.is_enforcing("lan-cam2"));
    site.ensure_enforced(&site.camera).unwrap();
    assert_eq!(detach(&other).code, Some(0));
    let free = site
        .status_when(|status| status.is_enforcing("lan-cam2"))
        .unwrap();
    assert_eq!(free.generation, held.generation);
    daemon.wait_for("(native), lan-cam2 (native)").unwrap();
    assert_eq!(daemon.log().matches("NOT ENFORCED").count(), 1);
}

/// Another installation has the second port, without a daemon.
fn occupy_second_port(site: &Site) -> Enforcer {
    let other = site.enforcer.beside("other");
    occupy(site, &other, "lan-cam2").terminate().unwrap();
    other
}

fn occupy(site: &Site, other: &Enforcer, port: &str) -> Daemon {
    let policy = site.file("theirs.yaml");
    fs::write(&policy, POLICY.replace("lan-cam*", port)).unwrap();
    let mut daemon = other.start(&policy, &NO_OPTIONS).unwrap();
    daemon.wait_in_force().unwrap();
    daemon
}

fn detach(enforcer: &Enforcer) -> Outcome {
    enforcer.run(&["detach", "--yes"]).unwrap()
}
