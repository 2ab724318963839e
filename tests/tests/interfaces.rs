//! Interfaces come, go and change, and the policy holds on those that it names.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::thread;
use std::time::{Duration, Instant};

use enforcer_tests::actor::{Receiver, Wire};
use enforcer_tests::daemon::{PATIENCE, Status, TICK};
use enforcer_tests::frame::{Layers, data, ethernet, ipv4, udp, vlan};
use enforcer_tests::network::{Device, RECORDER, STRANGER};
use enforcer_tests::sandbox::Namespace;
use enforcer_tests::site::{
    ALLOWED, FLOODER, FORBIDDEN, POLICY, ROUTER, STEADY, Site, Traffic, forbidden,
};

const NO_OPTIONS: [&str; 0] = [];

/// Frames enough to tell whether a port is enforced.
const SOME: u64 = 50;

/// A port that comes late, and what comes back in its place.
const LATE: Device = Device {
    name: "late",
    port: "lan-late",
    ..STRANGER
};
const AGAIN: Device = Device {
    name: "again",
    ..LATE
};

/// How long it may take to notice that the program is gone, and to put it on again; twice what the daemon
/// takes at most, for a machine that does much else.
const NOTICED: Duration = Duration::from_secs(2);

#[test]
fn a_program_that_is_taken_off_by_force_is_put_on_again_within_a_second_counted_and_told() {
    let site = Site::new("interfaces_forced").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let leaks = site.leaks().unwrap();
    let flood = site.flood().unwrap();
    flood.wait_for(100).unwrap();
    for times in 1..=3 {
        assert!(site.enforcer.status().unwrap().is_enforcing("lan-cam1"));
        let before = leaks.settled();
        site.detach_by_force().unwrap();
        let open = Instant::now();
        let again = |status: &Status| status.is_enforcing("lan-cam1") && status.taken_off == times;
        site.status_when(again).unwrap();
        assert!(open.elapsed() < NOTICED, "{:?}", open.elapsed());
        let leaked = leaks.settled();
        assert!(leaked > before, "the gap is real, and so is what closes it");
        flood.wait_for(500).unwrap();
        assert_eq!(leaks.settled(), leaked);
    }
    daemon
        .wait_for("lan-cam1: the program was taken off, and cameras behind it were not enforced")
        .unwrap();
}

#[test]
fn an_interface_that_is_not_there_is_waited_for_and_enforced_when_it_comes_and_comes_again() {
    let mut site = Site::new("interfaces_late").unwrap();
    site.write(&POLICY.replace("lan-cam*", "lan-late")).unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    daemon
        .wait_for("no interface lan-late now; waiting for it")
        .unwrap();
    let status = site.enforcer.status().unwrap();
    assert_eq!(status.waiting, ["lan-late"]);
    assert_eq!(status.interfaces, []);

    for device in [LATE, AGAIN] {
        let namespace = site.network.plug_in(&mut site.sandbox, &device).unwrap();
        let status = site
            .status_when(|status| status.is_enforcing("lan-late"))
            .unwrap();
        assert_eq!(
            status.interface("lan-late").unwrap().mode.as_deref(),
            Some("native")
        );
        assert_eq!(status.waiting, [""; 0]);
        site.ensure_enforced(&namespace).unwrap();

        site.network.router.ip("link del lan-late").unwrap();
        let status = site
            .status_when(|status| !status.waiting.is_empty())
            .unwrap();
        assert_eq!(status.interfaces, []);
    }
}

#[test]
fn a_second_port_that_the_pattern_names_is_enforced_without_a_gap_on_the_first() {
    let mut site = Site::new("interfaces_second").unwrap();
    let _daemon = site.started(&[]).unwrap();
    let traffic = Traffic::begin(&site).unwrap();
    let second = site.network.plug_in(&mut site.sandbox, &STRANGER).unwrap();
    site.status_when(|status| status.is_enforcing(STRANGER.port))
        .unwrap();
    traffic.go_on_briefly().unwrap();
    traffic.end().unwrap();
    site.ensure_enforced(&second).unwrap();
}

#[test]
fn a_renamed_interface_is_let_go_and_taken_back_by_its_name() {
    let site = Site::new("interfaces_renamed").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    site.ensure_enforced(&site.camera).unwrap();

    rename(&site, "lan-cam1", "spare");
    daemon.wait_for("no longer enforced").unwrap();
    let status = site.status_when(|status| status.interfaces.is_empty());
    assert_eq!(status.unwrap().waiting, ["lan-cam*"]);
    // The kernel takes a program off a little after its link is gone.
    let deadline = Instant::now() + PATIENCE;
    while site.program_on("spare").unwrap().is_some() {
        assert!(Instant::now() < deadline, "still there");
        thread::sleep(TICK);
    }
    let leaks = site.leaks().unwrap();
    send(&site.camera, &forbidden());
    assert_eq!(leaks.wait_for(SOME), SOME);

    rename(&site, "spare", "lan-cam1");
    site.status_when(|status| status.is_enforcing("lan-cam1"))
        .unwrap();
    drop(leaks);
    site.ensure_enforced(&site.camera).unwrap();
}

#[test]
fn an_interface_that_is_renamed_into_the_pattern_is_enforced_under_its_new_name() {
    let mut site = Site::new("interfaces_renamed_into").unwrap();
    let spare = Device {
        port: "spare",
        ..STRANGER
    };
    let second = site.network.plug_in(&mut site.sandbox, &spare).unwrap();
    let _daemon = site.started(&[]).unwrap();
    assert_eq!(site.program_on("spare").unwrap(), None);
    rename(&site, "spare", "lan-cam2");
    site.status_when(|status| status.is_enforcing("lan-cam2"))
        .unwrap();
    site.ensure_enforced(&second).unwrap();
    // From one name of the pattern to another: the same interface, and the same link.
    let ours = site.program_on("lan-cam2").unwrap();
    rename(&site, "lan-cam2", "lan-cam3");
    site.status_when(|status| status.is_enforcing("lan-cam3"))
        .unwrap();
    assert!(ours.is_some());
    site.ensure_enforced(&second).unwrap();
}

#[test]
fn an_interface_that_is_moved_elsewhere_is_let_go_and_enforced_when_it_is_back() {
    let mut site = Site::new("interfaces_moved").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let elsewhere = site.sandbox.add_namespace("elsewhere").unwrap();
    for _ in 0..2 {
        site.ensure_enforced(&site.camera).unwrap();
        let router = &site.network.router;
        router
            .ip(&format!("link set lan-cam1 netns {}", elsewhere.name()))
            .unwrap();
        daemon.wait_for("lan-cam1 is no longer enforced").unwrap();
        let status = site.status_when(|status| status.interfaces.is_empty());
        assert_eq!(status.unwrap().waiting, ["lan-cam*"]);
        let links = site.enforcer.directories().links();
        assert_eq!(std::fs::read_dir(links).unwrap().count(), 0);

        elsewhere
            .ip(&format!("link set lan-cam1 netns {}", router.name()))
            .unwrap();
        router.ip("link set lan-cam1 master br-lan up").unwrap();
        site.status_when(|status| status.is_enforcing("lan-cam1"))
            .unwrap();
    }
    site.ensure_enforced(&site.camera).unwrap();
}

#[test]
fn an_interface_that_goes_down_and_up_is_enforced_all_the_while() {
    let site = Site::new("interfaces_down").unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    let ours = site.program_on("lan-cam1").unwrap();
    assert!(ours.is_some());
    let router = &site.network.router;
    for _ in 0..3 {
        router.ip("link set lan-cam1 down").unwrap();
        assert_eq!(site.program_on("lan-cam1").unwrap(), ours);
        router.ip("link set lan-cam1 up").unwrap();
        site.ensure_enforced(&site.camera).unwrap();
    }
    let status = site.enforcer.status().unwrap();
    assert_eq!((status.generation, status.taken_off), (1, 0));
}

#[test]
fn an_address_that_the_router_takes_is_spoofed_by_a_camera_without_one() {
    let site = Site::new("interfaces_address").unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    let packet = ipv4("192.168.50.200", "192.168.50.1");
    let frame = (ethernet(STEADY).to(ROUTER) / packet / udp(40_000, ALLOWED)).build();
    let router = &site.network.router;
    for (address, allowed, spoofed) in [
        ("", SOME, 0),
        ("address add 192.168.50.200/24 dev br-lan", SOME, SOME),
        ("address del 192.168.50.200/24 dev br-lan", 2 * SOME, SOME),
    ] {
        if !address.is_empty() {
            router.ip(address).unwrap();
            daemon.wait_in_force().unwrap();
        }
        send(&site.camera, &frame);
        let status = site
            .status_when(|status| {
                status
                    .camera("steady")
                    .is_some_and(|steady| steady.sent() == allowed + spoofed)
            })
            .unwrap();
        let steady = status.camera("steady").unwrap();
        assert_eq!(steady.allowed.packets, allowed, "{address}");
        assert_eq!(steady.dropped_as("spoofed"), spoofed, "{address}");
    }
}

#[test]
fn a_bridge_is_enforced_in_generic_mode_and_that_is_said() {
    let site = Site::new("interfaces_bridge").unwrap();
    site.write(&POLICY.replace("lan-cam*", "br-lan")).unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    daemon.wait_for("br-lan: generic mode").unwrap();
    daemon.wait_for("in force on br-lan (generic)").unwrap();
    let traffic = Traffic::begin(&site).unwrap();
    daemon.reload().unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    traffic.go_on().unwrap();
    let sent = traffic.end().unwrap();
    let status = site.enforcer.status().unwrap();
    sent.ensure_counted(&status).unwrap();
    let bridge = status.interface("br-lan").unwrap();
    assert_eq!(bridge.mode.as_deref(), Some("generic"));
    assert!(bridge.enforcing);
}

#[test]
fn a_camera_is_known_by_its_vlan_and_judged_behind_its_tags() {
    let mut site = Site::new("interfaces_vlan").unwrap();
    site.write(
        "version: 1\n\
         interfaces: {lan-cam*: {}}\n\
         groups:\n  yard: {allow: [{to: 192.168.50.10, ports: [udp/123]}]}\n\
         cameras:\n  yard: {match: {vlan: 50}, group: yard}\n",
    )
    .unwrap();
    let recorder = site.network.plug_in(&mut site.sandbox, &RECORDER).unwrap();
    let arrivals = Receiver::frames(&recorder, FLOODER).unwrap();
    let untagged = || Layers::from(ethernet(FLOODER).to([2, 0, 0, 0, 0x50, 0x10]));
    let tagged = || untagged() / vlan(50);
    let frames = [
        (tagged(), ALLOWED),
        (tagged() / vlan(7), ALLOWED),
        (tagged(), FORBIDDEN),
        (tagged() / vlan(7), FORBIDDEN),
        (tagged() / vlan(7) / vlan(8), ALLOWED),
        (untagged() / vlan(51), ALLOWED),
        (untagged() / vlan(7).tpid(0x88a8) / vlan(50), ALLOWED),
        (untagged(), ALLOWED),
    ]
    .map(|(front, port)| {
        let packet = ipv4("192.168.50.77", "192.168.50.10");
        (front / packet / udp(40_000, port) / data(b"time")).build()
    });

    // Without a policy in force the bridge takes them to the recorder, tags and all.
    for frame in &frames {
        send(&site.camera, frame);
    }
    assert_eq!(arrivals.wait_for(8 * SOME), 8 * SOME);
    let _daemon = site.started(&[]).unwrap();
    for frame in &frames {
        send(&site.camera, frame);
    }
    assert_eq!(arrivals.wait_for(10 * SOME), 10 * SOME);
    assert_eq!(arrivals.settled(), 10 * SOME);
    let status = site.enforcer.status().unwrap();
    let yard = status.camera("yard").unwrap();
    assert_eq!(yard.allowed.packets, 2 * SOME);
    assert_eq!(yard.dropped_as("port"), 2 * SOME);
    assert_eq!(yard.dropped_as("vlan_depth"), SOME);
    assert_eq!(yard.dropped.packets, 3 * SOME);
    assert_eq!(status.unlisted.packets, 3 * SOME);
}

fn send(camera: &Namespace, frame: &[u8]) {
    let wire = Wire::open(camera, "eth0").unwrap();
    for _ in 0..SOME {
        wire.send(frame).unwrap();
    }
}

fn rename(site: &Site, from: &str, to: &str) {
    let router = &site.network.router;
    router
        .ip(&format!(
            "link set {from} down\nlink set {from} name {to}\nlink set {to} up\n"
        ))
        .unwrap();
}
