//! What `enforcer replay` says of captures: counts to the packet, by the kernel and by the host alike.

#![expect(
    clippy::unwrap_used,
    reason = "what the helpers cannot do fails the test"
)]

mod beside;
mod kinds;
mod live;
mod ways;

use std::fs;
use std::io::Cursor;

use enforcer::policy::Policy;
use enforcer::replay::{Report, capture::Capture, judge::Judge, replay};
use enforcer_tests::capture::{pcap, pcapng};
use enforcer_tests::cases::{Ports, suites};
use enforcer_tests::daemon::{Nobody, Outcome};
use enforcer_tests::frame::{Mac, data, ethernet, ipv4, udp};
use enforcer_tests::generate::any_frame;
use enforcer_tests::site::{FLOODER, POLICY, ROUTER, STEADY, Site};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};

const ETHERNET: u32 = 1;
const COOKED: u32 = 113;

#[test]
fn frames_are_counted_to_the_packet_by_the_kernel_and_by_the_host() {
    let site = Site::new("replay_counts").unwrap();
    let capture = write(&site, "monday.pcap", &pcap(ETHERNET, &frames(), 262_144));
    let by_kernel = told(&run(&site, &[&capture]));
    let by_host = told(&run(&site, &[&capture, "--host"]));
    assert_eq!(by_kernel["judged_by"], "kernel");
    assert_eq!(by_host["judged_by"], "host");
    for part in [
        "packets", "frames", "cameras", "reasons", "lines", "first", "last",
    ] {
        assert_eq!(by_kernel[part], by_host[part], "{part}");
    }
    let fates = json!({"allowed": 2, "dropped": 4, "audited": 0, "ignored": 0});
    assert_eq!(by_kernel["frames"], fates);
    let line = by_kernel["lines"].as_array().unwrap().iter();
    let mut line = line.filter(|line| line["camera"] == "flooder");
    let line = line.next().unwrap();
    assert_eq!(line["dest_ip"], "203.0.113.7");
    assert_eq!(
        (&line["dest_port"], &line["reason"]),
        (&json!(9999), &json!("not_allowed"))
    );
    assert_eq!(
        (&line["packets"], &line["bytes"]),
        (&json!(3), &json!(3 * 142))
    );
    assert_eq!(line["first"], "2030-03-17T17:46:40.25Z");

    let cameras = told(&run(&site, &[&capture, "--only-cameras"]));
    assert_eq!(cameras["frames"]["dropped"], 3);
    assert_eq!(cameras["strangers_left_out"], 1);
}

#[test]
fn who_has_no_privilege_gets_the_same_answer_from_the_host_and_is_told() {
    let site = Site::new("replay_nobody").unwrap();
    let nobody = Nobody::new(&site.enforcer, POLICY).unwrap();
    let policy = nobody.policy().to_str().unwrap();
    let capture = nobody.policy().with_file_name("monday.pcap");
    fs::write(&capture, pcap(ETHERNET, &frames(), 262_144)).unwrap();
    let capture = capture.to_str().unwrap();
    let arguments = ["replay", capture, "--policy", policy, "--json"];
    let outcome = nobody.run(&arguments).unwrap();
    assert!(outcome.stderr.contains("judged on the host"), "{outcome:?}");
    assert_eq!(told(&outcome)["frames"]["dropped"], 4);
}

#[test]
fn another_policy_tells_what_becomes_allowed_and_what_becomes_dropped() {
    let site = Site::new("replay_against").unwrap();
    let capture = write(&site, "monday.pcap", &pcap(ETHERNET, &frames(), 262_144));
    let other = POLICY
        .replace("192.168.50.1]", "203.0.113.0/24]")
        .replace("udp/123", "udp/9999");
    let old = write(&site, "old.yaml", other.as_bytes());
    let outcome = run(&site, &[&capture, "--against", &old]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let against = &document["against"];
    assert_eq!(against["becomes_allowed"], 2);
    assert_eq!(against["becomes_dropped"], 3);
    assert_eq!(against["otherwise"], 0);
    let changes = against["changes"].as_array().unwrap();
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[0]["was"]["reason"], "not_allowed");
    assert_eq!(changes[1]["reason"], "not_allowed");

    let same = site.policy().to_str().unwrap().to_owned();
    let outcome = run(&site, &[&capture, "--against", &same]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
}

#[test]
fn captures_that_are_not_whole_are_told_as_far_as_they_go() {
    let site = Site::new("replay_broken").unwrap();
    let whole = pcap(ETHERNET, &frames(), 262_144);
    let mut huge = whole.clone();
    // The length of the second packet: behind the file's header and the first.
    let second = 24 + 16 + frames()[0].len();
    huge[second + 8..second + 12].fill(0xff);
    let mut ng = pcapng(&[("lan-cam1", &frames()[0])]);
    let length = ng.len();
    let block = ng.clone().split_off(28 + 36);
    ng.extend(&block[..8]);
    for (name, bytes, packets, words) in [
        (
            "cut.pcap",
            &whole[..whole.len() - 1],
            5,
            "cut short: it ends within a frame, frame 6",
        ),
        ("huge.pcap", &huge[..], 1, "frame 2, at byte 182"),
        ("cut.pcapng", &ng[..length + 8], 1, "cut short"),
    ] {
        let capture = write(&site, name, bytes);
        let outcome = run(&site, &[&capture]);
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(outcome.stderr.contains(words), "{outcome:?}");
        assert!(outcome.stderr.contains(name), "{outcome:?}");
        let document: Value = serde_json::from_str(&outcome.stdout).unwrap();
        assert_eq!(document["packets"], packets, "{name}");
        assert!(document["error"].as_str().unwrap().contains(words));
    }
    for (name, bytes, words) in [
        ("empty.pcap", &[][..], "empty"),
        (
            "letter.txt",
            b"Dear camera, this is no capture at all",
            "neither pcap nor pcapng",
        ),
        ("raw.pcap", &pcap(101, &[], 0), "link type 101"),
    ] {
        let capture = write(&site, name, bytes);
        let outcome = run(&site, &[&capture]);
        assert_eq!(outcome.code, Some(2), "{outcome:?}");
        assert!(outcome.stderr.contains(words), "{outcome:?}");
    }
}

#[test]
fn whatever_byte_of_a_capture_is_another_it_is_read_to_an_end() {
    // Short ones do: what is in a frame is nothing to the reader.
    let frame = &frames()[0][..40];
    for whole in [
        pcap(ETHERNET, &[frame.to_vec(), frame.to_vec()], 262_144),
        pcapng(&[("lan-cam1", frame), ("lan-cam2", frame)]),
    ] {
        let most = whole.len() / 16;
        for at in 0..whole.len() {
            for byte in [0, 0x7f, 0xff] {
                let mut bent = whole.clone();
                bent[at] = byte;
                assert!(packets_of(&bent) <= most, "byte {at} is {byte}");
            }
            assert!(packets_of(&whole[..at]) <= most, "cut at {at}");
        }
    }
}

#[test]
fn frames_of_which_the_beginning_is_there_are_judged_as_if_the_rest_were() {
    let policy = Policy::parse("policy.yaml", POLICY).unwrap();
    let report = judged(policy, &pcap(ETHERNET, &frames(), 60), true);
    assert_eq!((report.book.cut, report.book.unsure), (6, 0));
    assert_eq!(
        (report.book.fates.allowed, report.book.fates.dropped),
        (2, 4)
    );
    // Without ports nobody knows.
    let policy = Policy::parse("policy.yaml", POLICY).unwrap();
    let report = judged(policy, &pcap(ETHERNET, &frames(), 34), true);
    assert!(report.book.unsure >= 2, "{:?}", report.book);
    assert_eq!(report.book.fates.allowed, 0);
}

#[test]
fn cooked_packets_are_judged_by_their_sender_and_those_on_their_way_out_are_not() {
    let cooked = |way: u8, frame: &[u8]| {
        let mut packet = vec![0, way, 0, 1, 0, 6];
        packet.extend(&frame[6..12]);
        packet.extend([0, 0]);
        packet.extend(&frame[12..]);
        packet
    };
    let mut packets: Vec<Vec<u8>> = frames().iter().map(|frame| cooked(0, frame)).collect();
    packets.push(cooked(4, &frames()[0]));
    let policy = Policy::parse("policy.yaml", POLICY).unwrap();
    let report = judged(policy, &pcap(COOKED, &packets, 262_144), true);
    assert_eq!(report.book.outgoing, 1);
    assert_eq!(
        (report.book.fates.allowed, report.book.fates.dropped),
        (2, 4)
    );
}

#[test]
fn the_kernel_and_the_host_agree_on_captures_of_every_kind_of_frame() {
    let ports = Ports::default();
    let mut runner = TestRunner::deterministic();
    let any = any_frame(&ports);
    for suite in suites(&ports) {
        let mut frames: Vec<(u32, Vec<u8>)> = Vec::new();
        for case in &suite.cases {
            frames.push((case.interface, case.frame.clone()));
        }
        for _ in 0..500 {
            let made = any.new_tree(&mut runner).unwrap().current();
            frames.push((made.interface, made.frame));
        }
        let named: Vec<(&str, &[u8])> = frames
            .iter()
            .map(|(index, frame)| {
                let link = suite.topology.index(*index).unwrap();
                (link.name.as_str(), frame.as_slice())
            })
            .collect();
        let capture = pcapng(&named);
        let policy = || Policy::parse(suite.name, suite.policy).unwrap();
        // Where they disagree about one frame, that is an error.
        let by_kernel = judged(policy(), &capture, true);
        let by_host = judged(policy(), &capture, false);
        let all = u64::try_from(frames.len()).unwrap();
        assert_eq!(by_kernel.book.fates.all(), all, "{}", suite.name);
        assert_eq!(by_kernel.book.fates, by_host.book.fates, "{}", suite.name);
        assert_eq!(
            by_kernel.book.cameras, by_host.book.cameras,
            "{}",
            suite.name
        );
        assert_eq!(
            by_kernel.book.reasons, by_host.book.reasons,
            "{}",
            suite.name
        );
        assert_eq!(by_kernel.book.hosts, 0, "{}", suite.name);
    }
}

/// Three of a camera to the cloud, two of another to the router, and one of a stranger.
fn frames() -> Vec<Vec<u8>> {
    let frame = |from: Mac, source: &str, to: &str, port: u16| {
        let frame = ethernet(from) / ipv4(source, to) / udp(40_000, port);
        (frame / data(&[0; 100])).build()
    };
    let dropped = frame(FLOODER, "192.168.50.99", "203.0.113.7", 9999);
    let allowed = frame(STEADY, "192.168.50.98", "192.168.50.1", 123);
    let stranger = frame(ROUTER, "192.168.50.1", "192.168.50.98", 123);
    vec![
        dropped.clone(),
        allowed.clone(),
        dropped.clone(),
        stranger,
        allowed,
        dropped,
    ]
}

fn judged(policy: Policy, capture: &[u8], by_kernel: bool) -> Report {
    let mut judge = Judge::new(policy, None).unwrap();
    if by_kernel {
        judge.load().unwrap();
    }
    let capture = Capture::new("capture", Cursor::new(capture.to_vec())).unwrap();
    replay(capture, &mut judge, None, false, |_| true).unwrap()
}

/// How many packets are read of a capture until it ends in any way.
fn packets_of(bytes: &[u8]) -> usize {
    let Ok(mut capture) = Capture::new("capture", bytes) else {
        return 0;
    };
    let mut packets = 0;
    while let Ok(Some(_)) = capture.next() {
        packets += 1;
    }
    packets
}

fn write(site: &Site, name: &str, bytes: &[u8]) -> String {
    let path = site.policy().with_file_name(name);
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

fn run(site: &Site, arguments: &[&str]) -> Outcome {
    let policy = site.policy().to_str().unwrap();
    let mut all = vec!["replay", "--policy", policy, "--json"];
    all.extend(arguments);
    site.enforcer.run(&all).unwrap()
}

/// The document of one that was read to its end.
fn told(outcome: &Outcome) -> Value {
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    serde_json::from_str(&outcome.stdout).unwrap()
}
