//! A policy that cannot be put in force everywhere is in force nowhere: what was in force before is.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs;

use enforcer::kernel::{counters, links};
use enforcer_common::table::CameraId;
use enforcer_tests::actor::Wire;
use enforcer_tests::daemon::Daemon;
use enforcer_tests::network::{Device, STRANGER};
use enforcer_tests::sandbox::Namespace;
use enforcer_tests::site::{POLICY, Site, forbidden};

const NO_OPTIONS: [&str; 0] = [];

/// Frames enough to tell by which policy they are judged.
const SOME: u64 = 20;

const THIRD: Device = Device {
    name: "third",
    port: "lan-cam3",
    ..STRANGER
};

/// In force on the first two ports; [`new`] is for all three.
const OLD: &str = "interfaces:\n  lan-cam1: {}\n  lan-cam2: {}\n";

#[test]
fn an_interface_that_somebody_else_holds_leaves_the_others_as_they_were() {
    let mut site = Site::new("undone_held").unwrap();
    let second = site.network.plug_in(&mut site.sandbox, &STRANGER).unwrap();
    site.network.plug_in(&mut site.sandbox, &THIRD).unwrap();
    let theirs = site.file("theirs.yaml");
    fs::write(&theirs, POLICY.replace("lan-cam*", "lan-cam3")).unwrap();
    let other = site.enforcer.beside("other");
    let mut holder = other.start(&theirs, &NO_OPTIONS).unwrap();
    holder.wait_in_force().unwrap();

    let (mut daemon, before) = old_in_force(&site, &second);
    // By index: the one that is refused comes last, when the others have the new program already.
    assert!(index(&site, "lan-cam1") < index(&site, "lan-cam3"));
    assert!(index(&site, "lan-cam2") < index(&site, "lan-cam3"));
    site.write(&new()).unwrap();
    daemon.wait_for("what was in force stays in force").unwrap();
    assert_eq!(State::of(&site), before);
    assert_judged_by_the_old(&site, &second);
    assert!(
        daemon
            .log()
            .contains("attach to lan-cam3: another XDP program is on it")
    );

    // Nobody need say anything for the next one.
    assert_eq!(other.run(&["detach", "--yes"]).unwrap().code, Some(0));
    daemon.reload().unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    assert_eq!(State::of(&site).programs.len(), 3);
}

#[test]
fn pins_that_cannot_be_changed_leave_all_interfaces_as_they_were() {
    let mut site = Site::new("undone_pins").unwrap();
    let second = site.network.plug_in(&mut site.sandbox, &STRANGER).unwrap();
    site.network.plug_in(&mut site.sandbox, &THIRD).unwrap();
    let (mut daemon, before) = old_in_force(&site, &second);
    // Stands where the program in force would be kept, and is none.
    let in_the_way = site.enforcer.directories().kept_program();
    fs::create_dir(&in_the_way).unwrap();
    site.write(&new()).unwrap();
    daemon.wait_for("what was in force stays in force").unwrap();
    assert_eq!(State::of(&site), before);
    assert_judged_by_the_old(&site, &second);
    fs::remove_dir(&in_the_way).unwrap();
    daemon.reload().unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
}

#[test]
fn what_cannot_be_gone_back_to_everywhere_is_not_gone_back_to() {
    let mut site = Site::new("undone_revert").unwrap();
    let second = site.network.plug_in(&mut site.sandbox, &STRANGER).unwrap();
    site.network.plug_in(&mut site.sandbox, &THIRD).unwrap();
    // The policy to go back to is for all three, the one in force for two.
    site.write(&new()).unwrap();
    let mut daemon = site.started(&[]).unwrap();
    site.write(&POLICY.replace("interfaces:\n  lan-cam*: {}\n", OLD))
        .unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    let theirs = site.file("theirs.yaml");
    fs::write(&theirs, POLICY.replace("lan-cam*", "lan-cam3")).unwrap();
    let other = site.enforcer.beside("other");
    let mut holder = other.start(&theirs, &NO_OPTIONS).unwrap();
    holder.wait_in_force().unwrap();
    daemon.kill().unwrap();
    let before = State::of(&site);

    let outcome = site.enforcer.run(&["revert"]).unwrap();
    assert_eq!(outcome.code, Some(7), "{outcome:?}");
    assert!(outcome.stderr.contains("attach to lan-cam3"), "{outcome:?}");
    assert_eq!(State::of(&site), before);
    assert_judged_by_the_old(&site, &second);
}

/// What must be the same again.
#[derive(Debug, PartialEq, Eq)]
struct State {
    programs: Vec<links::PinnedProgram>,
    /// What the kernel says of the interfaces themselves.
    attached: Vec<(&'static str, Option<u64>)>,
    pinned: u32,
    record: String,
    cameras: Vec<CameraId>,
    pins: Vec<String>,
}

impl State {
    fn of(site: &Site) -> Self {
        let directories = site.enforcer.directories();
        let program = links::in_force(directories).unwrap().unwrap();
        let pins = fs::read_dir(&directories.bpffs).unwrap();
        let pins = pins.map(|pin| pin.unwrap().file_name().into_string().unwrap());
        let mut pins: Vec<String> = pins.filter(|name| name != "program-previous").collect();
        pins.sort();
        let tallies = counters::read(directories).unwrap();
        Self {
            programs: links::pinned_programs(directories).unwrap(),
            attached: ["lan-cam1", "lan-cam2", "lan-cam3"]
                .map(|name| (name, program_on(site, name)))
                .to_vec(),
            pinned: program.info().unwrap().id(),
            record: fs::read_to_string(directories.record()).unwrap(),
            cameras: tallies.into_keys().collect(),
            pins,
        }
    }
}

/// Other frames may pass, another camera is named, and a third interface.
fn new() -> String {
    let all = POLICY.replace(
        "router: [192.168.50.1]",
        "router: [192.168.50.1, 203.0.113.7]",
    );
    let all = all.replace("ports: [udp/123]", "ports: [udp/123, udp/9999]");
    all + "  another:\n    match: {mac: \"02:00:00:00:50:97\"}\n    group: timed\n"
}

fn old_in_force(site: &Site, second: &Namespace) -> (Daemon, State) {
    site.write(&POLICY.replace("interfaces:\n  lan-cam*: {}\n", OLD))
        .unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    assert_judged_by_the_old(site, second);
    (daemon, State::of(site))
}

/// Frames through both ports: none arrives, and all are counted.
fn assert_judged_by_the_old(site: &Site, second: &Namespace) {
    let leaks = site.leaks().unwrap();
    let dropped = || {
        let status = site.enforcer.status().unwrap();
        status.camera("flooder").unwrap().dropped_as("not_allowed")
    };
    for camera in [&site.camera, second] {
        let before = dropped();
        let wire = Wire::open(camera, "eth0").unwrap();
        for _ in 0..SOME {
            wire.send(&forbidden()).unwrap();
        }
        site.status_when(|status| {
            status.camera("flooder").unwrap().dropped_as("not_allowed") == before + SOME
        })
        .unwrap();
    }
    assert_eq!(leaks.settled(), 0);
}

fn link(site: &Site, interface: &str) -> serde_json::Value {
    let router = &site.network.router;
    let words = router
        .ask_ip(&format!("-json link show {interface}"))
        .unwrap();
    let links: serde_json::Value = serde_json::from_str(&words).unwrap();
    links.get(0).unwrap().clone()
}

fn index(site: &Site, interface: &str) -> u64 {
    link(site, interface)
        .get("ifindex")
        .unwrap()
        .as_u64()
        .unwrap()
}

fn program_on(site: &Site, interface: &str) -> Option<u64> {
    link(site, interface).pointer("/xdp/prog/id")?.as_u64()
}
