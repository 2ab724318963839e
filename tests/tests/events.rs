//! Every drop is told, or counted as one that was not; and who reads the events holds up nothing.

use std::thread;
use std::time::Duration;

use enforcer_tests::daemon::{PATIENCE, Reader};
use enforcer_tests::frame::{data, ethernet, ipv4, udp};
use enforcer_tests::site::{FLOODER, FORBIDDEN, POLICY, ROUTER, Site, Traffic, audited, forbidden};
use serde_json::Value;

/// The rate of no limit.
const ALL: &str = "1000000000";

#[test]
fn an_event_says_which_camera_did_what_where_and_which_line_decided() {
    let site = Site::new("events_facts").unwrap();
    // Line 9 allows, and line 12 denies.
    site.write(&POLICY.replace(
        "cameras:\n",
        "    deny:\n      - to: 192.168.50.13\ncameras:\n",
    ))
    .unwrap();
    let events = site.events();
    let mut daemon = site.started(&["--events", events.path()]).unwrap();
    let policy = site.policy().to_str().unwrap();
    let rows = [
        ("203.0.113.7", 443, "not_allowed", None),
        ("192.168.50.1", 80, "port", Some(format!("{policy}:9"))),
        ("192.168.50.13", 123, "denied", Some(format!("{policy}:12"))),
    ];
    let wire = site.wire().unwrap();
    for (to, port, ..) in &rows {
        let packet = ipv4("192.168.50.99", to);
        let frame = ethernet(FLOODER).to(ROUTER) / packet / udp(40_000, *port) / data(b"home");
        wire.send(&frame.build()).unwrap();
    }
    site.status_when(|status| status.events.told == 3).unwrap();
    daemon.terminate().unwrap();

    let told = events.all().unwrap();
    assert_eq!(told.len(), rows.len());
    for (event, (to, port, reason, rule)) in told.iter().zip(rows) {
        let metadata = &event["alert"]["metadata"];
        assert_eq!(event["event_type"], "drop");
        assert_eq!(event["in_iface"], "lan-cam1");
        assert_eq!(event["src_ip"], "192.168.50.99");
        assert_eq!(event["src_port"], 40_000);
        assert_eq!(event["dest_ip"], to);
        assert_eq!(event["dest_port"], port);
        assert_eq!(event["proto"], "UDP");
        assert_eq!(event["ether"]["src_mac"], "02:00:00:00:50:99");
        assert_eq!(event["drop"]["reason"], reason);
        assert_eq!(event["verdict"]["action"], "drop");
        assert_eq!(event["alert"]["action"], "blocked");
        assert_eq!(metadata["camera"][0], "flooder");
        assert_eq!(metadata["group"][0], "timed");
        assert_eq!(metadata["generation"][0], "1");
        assert_eq!(metadata["rule"][0].as_str(), rule.as_deref());
    }
}

#[test]
fn events_go_to_the_standard_output_as_json_and_as_text() {
    let site = Site::new("events_stdout").unwrap();
    for format in ["eve", "text"] {
        let options = ["--events", "-", "--format", format];
        let mut daemon = site.started(&options).unwrap();
        site.wire().unwrap().send(&forbidden()).unwrap();
        let line = daemon.event(PATIENCE).unwrap();
        if format == "eve" {
            let event: Value = serde_json::from_str(&line).unwrap();
            assert_eq!(event["drop"]["reason"], "not_allowed");
        } else {
            for words in [
                "  DROP   flooder (timed)  ",
                "  udp 192.168.50.99:40000 -> 203.0.113.7:9999  ",
                "  not_allowed  ",
                "  lan-cam1",
            ] {
                assert!(line.contains(words), "{words}: {line}");
            }
        }
        daemon.terminate().unwrap();
    }
}

#[test]
fn what_is_above_the_rate_is_counted_and_the_next_event_says_how_many() {
    const MANY: u64 = 500;
    let site = Site::new("events_rate").unwrap();
    let events = site.events();
    let options = ["--event-rate", "5", "--events", events.path()];
    let mut daemon = site.started(&options).unwrap();
    let wire = site.wire().unwrap();
    for _ in 0..MANY {
        wire.send(&forbidden()).unwrap();
    }
    site.status_when(|status| status.dropped() == MANY).unwrap();
    // Longer than it takes to be allowed one more.
    thread::sleep(Duration::from_millis(400));
    wire.send(&forbidden()).unwrap();
    let status = site
        .status_when(|status| status.dropped() == MANY + 1)
        .unwrap();
    daemon.terminate().unwrap();

    assert_eq!(status.events.all(), MANY + 1);
    assert_eq!(status.events.lost, 0);
    assert!(
        status.events.told >= 6 && status.events.suppressed > MANY / 2,
        "{status:?}"
    );
    let told = events.all().unwrap();
    assert_eq!(u64::try_from(told.len()).unwrap(), status.events.told);
    let suppressed = told.iter().filter_map(|event| {
        let number = event["alert"]["metadata"]["suppressed"][0].as_str()?;
        number.parse::<u64>().ok()
    });
    assert_eq!(suppressed.sum::<u64>(), status.events.suppressed);
}

#[test]
fn what_the_ring_has_no_room_for_is_counted_as_lost() {
    const MANY: u64 = 20_000;
    let site = Site::new("events_lost").unwrap();
    let events = site.events();
    let options = ["--event-rate", ALL, "--events", events.path()];
    let mut daemon = site.started(&options).unwrap();
    daemon.kill().unwrap();
    let wire = site.wire().unwrap();
    for _ in 0..MANY {
        wire.send(&forbidden()).unwrap();
    }
    let status = site.status_when(|status| status.dropped() == MANY).unwrap();
    assert_eq!(status.events.suppressed, 0);
    assert_eq!(status.events.told + status.events.lost, MANY);
    assert!(status.events.lost > 0);

    let mut daemon = site.started(&options).unwrap();
    daemon.terminate().unwrap();
    let told = u64::try_from(events.all().unwrap().len()).unwrap();
    assert_eq!(told, status.events.told);
}

#[test]
fn a_reader_that_has_stopped_holds_up_neither_enforcement_nor_a_reload() {
    let site = Site::new("events_asleep").unwrap();
    let options = ["--event-rate", ALL, "--events", "-"];
    let mut daemon = site
        .enforcer
        .start_for(Reader::Asleep, site.policy(), &options)
        .unwrap();
    daemon.wait_in_force().unwrap();
    let traffic = Traffic::begin(&site).unwrap();
    // Pipe and queue are full.
    daemon.wait_for("events: the standard output: ").unwrap();
    for generation in 2..5 {
        daemon.reload().unwrap();
        assert_eq!(daemon.wait_in_force().unwrap(), generation);
    }
    traffic.go_on().unwrap();
    let sent = traffic.end().unwrap();
    let status = site.enforcer.status().unwrap();
    sent.ensure_counted(&status).unwrap();
    daemon.terminate().unwrap();
    let log = daemon.log();
    let told = format!(" of {} were missed", status.events.told);
    assert!(log.contains(&told), "{told}:\n{log}");
}

#[test]
fn in_audit_the_frames_pass_and_are_told_and_counted_all_the_same() {
    const MANY: u64 = 50;
    let site = Site::new("events_audit").unwrap();
    site.write(&audited()).unwrap();
    let events = site.events();
    let mut daemon = site.started(&["--events", events.path()]).unwrap();
    let arrivals = site.leaks().unwrap();
    let wire = site.wire().unwrap();
    for _ in 0..MANY {
        wire.send(&forbidden()).unwrap();
    }
    assert_eq!(arrivals.wait_for(MANY), MANY);
    let status = site.status_when(|status| status.events.told == MANY);
    let status = status.unwrap();
    let flooder = status.camera("flooder").unwrap();
    assert_eq!(flooder.mode, "audit");
    assert_eq!(flooder.dropped_as("not_allowed"), MANY);
    assert_eq!(flooder.allowed.packets, 0);

    // The same frames under a policy that means it.
    site.write(POLICY).unwrap();
    assert_eq!(daemon.wait_in_force().unwrap(), 2);
    wire.send(&forbidden()).unwrap();
    site.status_when(|status| status.events.told == MANY + 1)
        .unwrap();
    assert_eq!(arrivals.settled(), MANY);
    daemon.terminate().unwrap();
    let told = events.all().unwrap();
    let (last, audited) = told.split_last().unwrap();
    assert!(audited.iter().all(|event| {
        event["verdict"]["action"] == "alert" && event["alert"]["action"] == "allowed"
    }));
    assert_eq!(last["verdict"]["action"], "drop");
    assert_eq!(last["alert"]["action"], "blocked");
    let port = u64::from(FORBIDDEN);
    assert!(told.iter().all(|event| event["dest_port"] == port));
}
