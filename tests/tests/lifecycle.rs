//! What is in force stays in force, whatever becomes of the daemon or the link; and when root ends it,
//! that is told.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::fs;
use std::time::Instant;

use enforcer::record::Record;
use enforcer::status::Trouble;
use enforcer_common::table::CameraId;
use enforcer_tests::daemon::{PATIENCE, Status};
use enforcer_tests::site::{POLICY, Site, Traffic, allowed, forbidden};
use serde_json::{Value, json};

const NO_OPTIONS: [&str; 0] = [];

#[test]
fn without_a_policy_in_force_the_flood_gets_through() {
    let site = Site::new("lifecycle_open").unwrap();
    let leaks = site.leaks().unwrap();
    let flood = site.flood().unwrap();
    flood.wait_for(100).unwrap();
    assert!(leaks.wait_for(100) >= 100);
}

#[test]
fn nothing_gets_through_and_nothing_is_lost_when_the_daemon_stops() {
    let site = Site::new("lifecycle_stop").unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    let traffic = Traffic::begin(&site).unwrap();
    daemon.terminate().unwrap();
    traffic.go_on().unwrap();
    let sent = traffic.end().unwrap();
    sent.ensure_counted(&site.enforcer.status().unwrap())
        .unwrap();
}

#[test]
fn each_rule_counts_the_frames_that_it_decided() {
    let site = Site::new("lifecycle_rules").unwrap();
    let policy = POLICY.replace(
        "        ports: [udp/123]\n",
        "        ports: [udp/123]\n    deny:\n      - to: 203.0.113.0/24\n",
    );
    site.write(&policy).unwrap();
    let _daemon = site.started(&[]).unwrap();
    let wire = site.wire().unwrap();
    for (frame, count) in [(allowed(), 3), (forbidden(), 5)] {
        for _ in 0..count {
            wire.send(&frame).unwrap();
        }
    }
    let status = site.status_when(|status| status.dropped() >= 5).unwrap();
    let path = site.policy().display();
    let length = u64::try_from(allowed().len()).unwrap();
    let rules = status.rules.iter();
    let rules: Vec<_> = rules
        .map(|rule| (rule.at.clone(), rule.packets, rule.bytes))
        .collect();
    assert_eq!(
        rules,
        [
            (format!("{path}:9"), 3, 3 * length),
            (format!("{path}:12"), 5, 5 * length)
        ]
    );
}

#[test]
fn nothing_gets_through_and_nothing_is_lost_when_the_daemon_is_killed_and_another_takes_over() {
    let site = Site::new("lifecycle_kill").unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 1);
    let traffic = Traffic::begin(&site).unwrap();
    for generation in 2..5 {
        daemon.kill().unwrap();
        traffic.go_on().unwrap();
        daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
        assert_eq!(daemon.wait_in_force().unwrap(), generation);
    }
    let sent = traffic.end().unwrap();
    sent.ensure_counted(&site.enforcer.status().unwrap())
        .unwrap();
}

#[test]
fn a_camera_keeps_its_number_and_its_counters_under_the_next_daemon() {
    let site = Site::new("lifecycle_adopt").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let traffic = Traffic::begin(&site).unwrap();
    traffic.end().unwrap();
    let before = site.enforcer.status().unwrap();
    let given = numbers(&site);
    daemon.kill().unwrap();
    let alone = Status {
        daemon: "not_running".to_owned(),
        troubles: vec![Trouble::daemon_not_running()],
        ..before.clone()
    };
    assert_eq!(site.enforcer.status().unwrap(), alone);

    // A camera whose name comes first in every order but that of their coming.
    let another =
        "cameras:\n  a-new-one:\n    match: {mac: \"02:00:00:00:50:01\"}\n    group: timed\n";
    let policy = POLICY.replace("cameras:\n", another);
    site.write(&policy).unwrap();
    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    daemon.wait_for("generation 1 is in force already").unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    let after = site.enforcer.status().unwrap();
    for name in ["flooder", "steady"] {
        assert_eq!(after.camera(name), before.camera(name));
    }
    assert_eq!(after.camera("a-new-one").unwrap().sent(), 0);
    assert_eq!(after.events, before.events);
    assert_eq!(numbers(&site), given);
}

#[test]
fn what_was_told_while_no_daemon_ran_the_next_one_delivers() {
    let site = Site::new("lifecycle_ring").unwrap();
    let events = site.events();
    let options = ["--events", events.path()];
    let mut daemon = site.started(&options).unwrap();
    daemon.kill().unwrap();
    assert_eq!(events.all().unwrap(), Vec::<Value>::new());

    let wire = site.wire().unwrap();
    for _ in 0..50 {
        wire.send(&forbidden()).unwrap();
    }
    let status = site.status_when(|status| status.dropped() >= 50).unwrap();
    assert_eq!(status.events.told, 50);

    let mut daemon = site.started(&options).unwrap();
    daemon.terminate().unwrap();
    let told = events.all().unwrap();
    assert_eq!(told.len(), 50);
    // They were told by the first generation, and that is what they say.
    for event in told {
        let metadata = &event["alert"]["metadata"];
        assert_eq!(metadata["camera"], json!(["flooder"]), "{event}");
        assert_eq!(metadata["generation"], json!(["1"]), "{event}");
    }
}

#[test]
fn a_link_that_goes_down_and_up_is_enforced_throughout() {
    let site = Site::new("lifecycle_link").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    daemon.kill().unwrap();
    let router = &site.network.router;
    for _ in 0..3 {
        router
            .ip("link set lan-cam1 down\nlink set lan-cam1 up\n")
            .unwrap();
        assert_enforced_from_the_first_frame(&site);
    }
}

#[test]
fn an_interface_that_moves_to_another_namespace_and_back_is_still_enforced() {
    let site = Site::new("lifecycle_moved").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    daemon.kill().unwrap();
    let (router, cloud) = (&site.network.router, &site.network.cloud);
    router
        .ip(&format!("link set lan-cam1 netns {}\n", cloud.name()))
        .unwrap();
    cloud
        .ip(&format!("link set lan-cam1 netns {}\n", router.name()))
        .unwrap();
    router.ip("link set lan-cam1 master br-lan up\n").unwrap();
    assert_enforced_from_the_first_frame(&site);
}

#[test]
fn pins_that_are_taken_away_come_back_and_nothing_gets_through_meanwhile() {
    let site = Site::new("lifecycle_pins").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    let traffic = Traffic::begin(&site).unwrap();
    let links = site.enforcer.directories().links();
    for _ in 0..3 {
        for link in fs::read_dir(&links).unwrap() {
            fs::remove_file(link.unwrap().path()).unwrap();
        }
        daemon
            .wait_for("the pins of 1 link were taken away, and are back; enforcement went on")
            .unwrap();
        traffic.go_on().unwrap();
    }
    let sent = traffic.end().unwrap();
    let status = site.enforcer.status().unwrap();
    assert!(status.is_enforcing("lan-cam1"));
    assert_eq!(status.taken_off, 0);
    sent.ensure_counted(&status).unwrap();
    daemon.kill().unwrap();
    assert_enforced_from_the_first_frame(&site);
}

#[test]
fn what_is_among_the_pins_and_not_ours_is_named_and_left_alone() {
    let site = Site::new("lifecycle_leftovers").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    assert!(!daemon.log().contains("among the pins"), "{}", daemon.log());
    daemon.terminate().unwrap();
    let directories = site.enforcer.directories();
    let strange = [
        directories.bpffs.join("tail-calls"),
        directories.links().join("eth7"),
        directories.maps().join("LEDGER"),
    ];
    for folder in &strange {
        fs::create_dir(folder).unwrap();
    }
    let mut daemon = site.started(&[]).unwrap();
    for folder in &strange {
        let words = format!(
            "{}: among the pins, and not of this program",
            folder.display()
        );
        assert_eq!(daemon.log().matches(&words).count(), 1, "{}", daemon.log());
    }
    assert_eq!(
        daemon.log().matches("among the pins").count(),
        strange.len()
    );
    assert!(strange.iter().all(|folder| folder.is_dir()));
}

#[test]
fn what_root_took_off_without_a_daemon_is_told_and_the_next_one_puts_it_back() {
    let site = Site::new("lifecycle_root").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    daemon.kill().unwrap();
    let links = site.enforcer.directories().links();
    for link in fs::read_dir(&links).unwrap() {
        fs::remove_file(link.unwrap().path()).unwrap();
    }
    let status = site.enforcer.run(&["status"]).unwrap();
    assert_eq!(status.code, Some(1));
    assert!(status.stdout.contains("NOT ENFORCING"), "{status:?}");
    let wire = site.wire().unwrap();
    let leaks = site.leaks().unwrap();
    // The kernel lets go of a link a moment after its last pin is gone.
    let mut through = (0..20).map(|_| {
        wire.send(&forbidden()).unwrap();
        leaks.settled()
    });
    let through = through.find(|&frames| frames > 0).unwrap();

    let _daemon = site.started(&[]).unwrap();
    let before = site.enforcer.status().unwrap().dropped();
    wire.send(&forbidden()).unwrap();
    site.status_when(|status| status.dropped() == before + 1)
        .unwrap();
    assert_eq!(leaks.settled(), through);
}

#[test]
fn without_the_file_system_of_the_pins_nothing_is_in_force_until_the_next_daemon() {
    let site = Site::new("lifecycle_unmounted").unwrap();
    let mut daemon = site.started(&[]).unwrap();
    daemon.kill().unwrap();
    site.sandbox.directories().remount_bpffs().unwrap();
    let status = site.enforcer.run(&["status"]).unwrap();
    assert_eq!(status.code, Some(1));
    assert_eq!(status.stdout, "nothing is in force\n");

    let mut daemon = site.enforcer.start(site.policy(), &NO_OPTIONS).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    assert_enforced_from_the_first_frame(&site);
}

#[test]
fn nothing_gets_through_under_a_daemon_when_the_file_system_of_the_pins_is_unmounted_and_mounted_again()
 {
    let site = Site::new("lifecycle_unmounted_alive").unwrap();
    let events = site.events();
    let options = ["--events", events.path()];
    let mut daemon = site.started(&options).unwrap();
    let traffic = Traffic::begin(&site).unwrap();
    let directories = site.sandbox.directories();
    directories.unmount_bpffs().unwrap();
    let gone = "enforcement would end with this daemon: its pins in the BPF file system are gone: ";
    let told = daemon.wait_for(gone).unwrap();
    assert!(
        told.contains("what was in force stays in force")
            && told.ends_with("not on a BPF file system; run `mount -t bpf bpf /sys/fs/bpf`"),
        "{told}"
    );
    traffic.go_on().unwrap();
    daemon.reload().unwrap();
    daemon.wait_for(gone).unwrap();
    traffic.go_on().unwrap();

    directories.mount_bpffs().unwrap();
    daemon
        .wait_for("the pins of 1 link were taken away, and are back; enforcement went on")
        .unwrap();
    daemon.reload().unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    traffic.go_on().unwrap();
    let sent = traffic.end().unwrap();
    let status = site.enforcer.status().unwrap();
    sent.ensure_counted(&status).unwrap();
    daemon.terminate().unwrap();
    let told = u64::try_from(events.all().unwrap().len()).unwrap();
    assert_eq!(told, status.events.told, "the same ring goes on");
    assert_enforced_from_the_first_frame(&site);
}

/// Sends what is forbidden beside what is allowed until that gets through.
fn assert_enforced_from_the_first_frame(site: &Site) {
    let (leaks, arrivals) = (site.leaks().unwrap(), site.arrivals().unwrap());
    let wire = site.wire().unwrap();
    let dropped = || {
        let status = site.enforcer.status().unwrap();
        assert!(status.is_enforcing("lan-cam1"), "{status:#?}");
        status.camera("flooder").unwrap().dropped_as("not_allowed")
    };
    let before = dropped();
    let deadline = Instant::now() + PATIENCE;
    while arrivals.received() == 0 && Instant::now() < deadline {
        wire.send(&forbidden()).unwrap();
        wire.send(&allowed()).unwrap();
    }
    assert!(arrivals.received() > 0, "nothing gets through at all");
    assert_eq!(leaks.settled(), 0);
    assert!(dropped() > before);
}

/// The kernel's numbers of the cameras that were there first.
fn numbers(site: &Site) -> [Option<CameraId>; 2] {
    let record = Record::read(site.enforcer.directories()).unwrap().unwrap();
    ["flooder", "steady"].map(|name| record.ids.id(name))
}
