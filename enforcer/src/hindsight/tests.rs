use enforcer_common::DropReason;
use serde_json::{Value, json};

use super::*;

const POLICY: &str = "
version: 1
interfaces: {lan-cam*: }
groups:
  recorded:
    allow:
      - {to: 192.168.50.10, answer: tcp/554}
      - {to: 192.168.50.1, ports: udp/123}
      - {to: 192.168.50.2}
      - {to: 239.1.2.3, ports: udp/5004}
    link: {discovery: ssdp}
cameras:
  gate: {match: {mac: '02:00:00:00:00:01', ip: [192.168.50.21, 'fd00::21']}, group: recorded}
  attic: {match: {mac: '02:00:00:00:00:02', interface: lan-cam2}, group: recorded, mode: audit}
";

#[test]
fn a_line_is_judged_as_the_frames_are_that_it_counts() {
    let policy = Policy::parse("policy.yaml", POLICY).unwrap();
    let hindsight = Hindsight::new(&policy).unwrap();
    let dropped = |reason: &'static str| Some(("dropped", Some(reason)));
    let allowed = Some(("allowed", None));
    for (line, expected) in [
        (tcp("192.168.50.10", json!({"src_port": 554})), allowed),
        (
            tcp("192.168.50.10", json!({"dest_port": 554})),
            dropped("port"),
        ),
        (udp("192.168.50.1", json!({"dest_port": 123})), allowed),
        (
            udp(
                "192.168.50.1",
                json!({"dest_port": 0, "reason": "fragment"}),
            ),
            dropped("fragment"),
        ),
        (
            udp(
                "192.168.50.1",
                json!({"dest_port": 123, "reason": "fragment"}),
            ),
            dropped("fragment"),
        ),
        (udp("192.168.50.2", json!({"dest_port": 0})), allowed),
        (
            udp("fd00::1", json!({"dest_port": 0})),
            dropped("not_allowed"),
        ),
        (
            tcp("198.51.100.7", json!({"dest_port": 443})),
            dropped("not_allowed"),
        ),
        (
            line("ICMP", "192.168.50.2", json!({"icmp_type": 8})),
            allowed,
        ),
        (
            line("ICMP", "192.168.50.2", json!({"icmp_type": 13})),
            dropped("icmp_type"),
        ),
        (line("SCTP", "192.168.50.1", json!({})), dropped("protocol")),
        (udp("239.1.2.3", json!({"dest_port": 5004})), allowed),
        (
            udp("239.255.255.250", json!({"dest_port": 1900, "rule": null})),
            allowed,
        ),
        (
            udp("255.255.255.255", json!({"dest_port": 67, "rule": null})),
            allowed,
        ),
        (
            tcp("198.51.100.7", json!({"dest_port": 443, "camera": "attic"})),
            Some(("audited", Some("not_allowed"))),
        ),
    ] {
        let fate = hindsight.judge(&line).map(|fate| {
            let outcome = fate.outcome.unwrap();
            let reason = outcome.reason().map(DropReason::name);
            (crate::ledger::Action::of(outcome).name(), reason)
        });
        assert_eq!(fate, expected, "{line:?}");
    }
}

#[test]
fn what_no_frame_can_be_made_of_is_not_judged() {
    let policy = Policy::parse("policy.yaml", POLICY).unwrap();
    let hindsight = Hindsight::new(&policy).unwrap();
    for line in [
        line("TCP", "192.168.50.10", json!({"others": true})),
        tcp("192.168.50.10", json!({"dest_port": 554, "camera": null})),
        tcp("192.168.50.10", json!({"dest_port": 554, "camera": "gone"})),
        tcp(
            "192.168.50.10",
            json!({"dest_port": 554, "reason": "spoofed"}),
        ),
        tcp(
            "192.168.50.10",
            json!({"dest_port": 554, "reason": "of_a_later_version"}),
        ),
        udp(
            "192.168.50.255",
            json!({"dest_port": 9, "reason": "multicast"}),
        ),
        udp("192.168.50.1", json!({"dest_port": 67, "rule": null})),
        line(
            "IPv6-ICMP",
            "ff02::2",
            json!({"icmp_type": 133, "rule": null}),
        ),
        line("IGMP", "224.0.0.22", json!({"reason": "discovery"})),
    ] {
        assert_eq!(hindsight.judge(&line), None, "{line:?}");
    }
}

#[test]
fn a_frame_of_another_policy_s_camera_is_judged_as_whoever_s_it_is_here() {
    let policy = Policy::parse("policy.yaml", POLICY).unwrap();
    let hindsight = Hindsight::new(&policy).unwrap();
    let sent = hindsight
        .sent(&tcp("192.168.50.10", json!({"src_port": 554})))
        .unwrap();
    assert!(hindsight.judge_sent(&sent).passes());
    for (text, passes) in [
        (
            "{version: 1, interfaces: {lan-cam*: {unlisted: drop}}}",
            false,
        ),
        (
            "{version: 1, interfaces: {lan-cam*: {unlisted: pass}}}",
            true,
        ),
        ("{version: 1, interfaces: {lan7: {unlisted: drop}}}", true),
    ] {
        let other = Policy::parse("other.yaml", text).unwrap();
        let other = Hindsight::new(&other).unwrap();
        assert_eq!(other.judge_sent(&sent).passes(), passes, "{text}");
    }
}

fn tcp(to: &str, more: Value) -> Line {
    line("TCP", to, more)
}

fn udp(to: &str, more: Value) -> Line {
    line("UDP", to, more)
}

/// A line of `gate`, allowed by some rule unless more is said.
fn line(proto: &str, to: &str, more: Value) -> Line {
    let mut line = json!({
        "camera": "gate", "others": false, "dest_ip": to, "proto": proto,
        "action": "allowed", "rule": "old.yaml:1", "packets": 10, "bytes": 1_000,
        "first": "2030-01-31T06:00:00Z", "last": "2030-01-31T18:00:00Z",
    });
    let Value::Object(more) = more else {
        panic!("not an object");
    };
    if more.contains_key("reason") {
        line["action"] = json!("dropped");
    }
    for (key, value) in more {
        line[key] = value;
    }
    serde_json::from_value(line).unwrap()
}
