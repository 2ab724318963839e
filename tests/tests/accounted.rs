//! Of each camera and reason every drop is told, suppressed or lost: as many as were sent, whatever happens to the daemon.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

use std::collections::BTreeMap;

use enforcer_tests::actor::{Flood, Pace};
use enforcer_tests::daemon::wait;
use enforcer_tests::frame::{Mac, data, ethernet, ipv4, udp};
use enforcer_tests::site::{EventFile, FLOODER, ROUTER, STEADY, Site};
use serde_json::Value;

/// A share that a flood uses up, and a frame every millisecond does not.
const RATE: &str = "5000";

/// More events than the ring has room for.
const MANY: u64 = 12_000;

/// What is sent: by whom, where to, how fast, and why it is dropped.
const KINDS: [(&str, Mac, &str, Pace, &str); 3] = [
    (
        "flooder",
        FLOODER,
        "203.0.113.7",
        Pace::STORM,
        "not_allowed",
    ),
    ("flooder", FLOODER, "192.168.50.1", Pace::FLOOD, "port"),
    ("steady", STEADY, "203.0.113.7", Pace::STREAM, "not_allowed"),
];

#[test]
fn of_each_camera_and_reason_as_many_are_told_suppressed_and_lost_as_were_sent() {
    let site = Site::new("accounted").unwrap();
    let file = site.events();
    let options = ["--event-rate", RATE, "--events", file.path()];
    let mut daemon = site.started(&options).unwrap();
    let floods = KINDS.map(|(_, mac, to, pace, _)| {
        let frame = ethernet(mac).to(ROUTER) / ipv4("192.168.50.99", to) / udp(40_000, 9999);
        let frames = vec![(frame / data(b"home")).build()];
        Flood::start(&site.camera, "eth0", frames, pace).unwrap()
    });
    floods[0].wait_for(MANY).unwrap();
    for _ in 0..3 {
        daemon.reload().unwrap();
        daemon.wait_in_force().unwrap();
        floods[0].wait_for(MANY).unwrap();
    }
    // Nobody reads, until nobody is told any more.
    daemon.terminate().unwrap();
    wait("a ring without room", || {
        let lost = site.enforcer.status().unwrap().events.lost;
        (lost > MANY).then_some(())
    });
    let mut daemon = site.started(&options).unwrap();
    daemon.reload().unwrap();
    daemon.wait_in_force().unwrap();
    floods[2].wait_for(1000).unwrap();
    let sent = floods.map(|flood| flood.stop().unwrap());
    site.status_when(|status| status.dropped() == sent.iter().sum::<u64>())
        .unwrap();
    let metrics = site.enforcer.ask("GET", "/metrics", "").unwrap();
    daemon.terminate().unwrap();

    let written = written(&file);
    for ((camera, _, _, pace, reason), sent) in KINDS.into_iter().zip(sent) {
        let labels = format!("camera=\"{camera}\",reason=\"{reason}\"");
        let events = ["told", "suppressed", "lost"].map(|outcome| {
            let name = format!("enforcer_events_total{{{labels},outcome=\"{outcome}\"}}");
            metrics.metric(&name).unwrap_or(0)
        });
        let dropped = format!("enforcer_dropped_packets_total{{{labels}}}");
        assert_eq!(metrics.metric(&dropped), Some(sent), "{labels}");
        let [told, suppressed, lost] = events;
        assert_eq!(events.iter().sum::<u64>(), sent, "{labels}: {events:?}");
        let kind = (camera.to_owned(), reason.to_owned());
        assert_eq!(written.get(&kind), Some(&told), "{labels}: {events:?}");
        // Whoever keeps to their share is told of, whatever others do.
        let is_slow = pace.burst == 1;
        assert_eq!(suppressed == 0, is_slow, "{labels}: {events:?}");
        assert!(told > 0 && lost > 0, "{labels}: {events:?}");
    }
}

/// Events in a file, by camera and reason.
fn written(file: &EventFile) -> BTreeMap<(String, String), u64> {
    let mut written = BTreeMap::new();
    for event in file.all().unwrap() {
        let text = |at: &str| {
            event
                .pointer(at)
                .and_then(Value::as_str)
                .unwrap()
                .to_owned()
        };
        let kind = (text("/alert/metadata/camera/0"), text("/drop/reason"));
        *written.entry(kind).or_default() += 1;
    }
    written
}
