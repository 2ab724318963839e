use serde_json::{Value, json};

use super::*;

const OLD: &str = "
version: 1
interfaces: {lan-cam*: }
groups:
  recorded:
    allow:
      - {to: 192.168.50.10, answer: tcp/554}
      - {to: 198.51.100.0/24, ports: tcp/443}
cameras:
  gate: {match: {mac: '02:00:00:00:00:01'}, group: recorded}
  yard: {match: {mac: '02:00:00:00:00:02'}, group: recorded}
  attic: {match: {mac: '02:00:00:00:00:03'}, group: recorded}
";

#[test]
fn flows_of_which_something_else_becomes_are_told_with_what_and_by_which_line() {
    let new = OLD
        .replace(
            "198.51.100.0/24, ports: tcp/443",
            "192.168.50.1, ports: udp/123",
        )
        .replace(
            "02'}, group: recorded",
            "02'}, group: recorded, mode: audit",
        )
        .replace(
            "  attic: {match: {mac: '02:00:00:00:00:03'}, group: recorded}\n",
            "",
        );
    let lines = vec![
        line("gate", "TCP", "192.168.50.10", json!({"src_port": 554})),
        line(
            "gate",
            "TCP",
            "198.51.100.7",
            json!({"dest_port": 443, "packets": 1_204}),
        ),
        line(
            "gate",
            "UDP",
            "192.168.50.1",
            json!({"dest_port": 123, "packets": 42}),
        ),
        line("gate", "UDP", "203.0.113.7", json!({"dest_port": 123})),
        line("yard", "TCP", "198.51.100.7", json!({"dest_port": 443})),
        line(
            "attic",
            "TCP",
            "192.168.50.10",
            json!({"src_port": 554, "packets": 7}),
        ),
        line("gone", "TCP", "198.51.100.7", json!({"dest_port": 443})),
        line(
            "gate",
            "TCP",
            "198.51.100.7",
            json!({"dest_port": 1, "reason": "spoofed", "packets": 5}),
        ),
        line(
            "gate",
            "TCP",
            "198.51.100.7",
            json!({"others": true, "packets": 6, "rule": null}),
        ),
        line(
            "gate",
            "UDP",
            "192.168.50.1",
            json!({"dest_port": 67, "rule": null}),
        ),
    ];
    let impact = impact(OLD, &new, lines);
    let told = impact.changes.iter().map(|Change { now, was }| {
        let words = format!("{} {}", now.camera.as_deref().unwrap_or("-"), now.service());
        (words, was.action.name(), now.action.name(), now.packets)
    });
    let told: Vec<_> = told.collect();
    let expected = [
        ("gate tcp/443", "allowed", "dropped", 1_204),
        ("attic from tcp/554", "allowed", "dropped", 7),
        ("yard tcp/443", "allowed", "audited", 10),
        ("gate udp/123", "dropped", "allowed", 42),
    ];
    let expected = expected.map(|(words, was, is, packets)| (words.to_owned(), was, is, packets));
    assert_eq!(told, expected);
    let unjudged = Unjudged {
        flows: 4,
        packets: 31,
        strangers: 1,
        housekeeping: 1,
    };
    assert_eq!(impact.unjudged, unjudged);
    assert_eq!(impact.changes[0].was.rule.as_deref(), Some("old.yaml:8"));
    let shown = shown(&impact, Tense::Would);
    insta::assert_snapshot!(timeless(&shown));
}

#[test]
fn of_many_flows_a_few_are_shown_and_the_rest_is_counted() {
    let lines = (0..50).map(|number| {
        let to = format!("198.51.100.{number}");
        line(
            "gate",
            "TCP",
            &to,
            json!({"dest_port": 443, "packets": number + 1}),
        )
    });
    let new = OLD.replace("tcp/443", "tcp/80");
    let impact = impact(OLD, &new, lines.collect());
    assert_eq!(impact.changes.len(), 50);
    let shown = shown(&impact, Tense::Now);
    assert_eq!(shown.lines().count(), 22);
    assert!(
        shown.contains("dropped now, and was not: 1,275 frames"),
        "{shown}"
    );
    assert!(
        shown.ends_with("and 30 more flows: 465 frames\n"),
        "{shown}"
    );
}

#[test]
fn where_nothing_changes_that_is_said() {
    let lines = vec![line(
        "gate",
        "TCP",
        "192.168.50.10",
        json!({"src_port": 554}),
    )];
    let shown = shown(&impact(OLD, OLD, lines), Tense::Would);
    assert!(shown.starts_with("nothing seen since 20"), "{shown}");
}

#[test]
fn what_is_no_camera_s_of_either_policy_is_counted_and_not_passed_over() {
    let nobodys = json!({"camera": null, "action": "dropped", "reason": "unlisted", "rule": null, "packets": 9});
    let lines = vec![
        line("gone", "TCP", "198.51.100.7", json!({"dest_port": 443})),
        line("", "UDP", "203.0.113.7", nobodys),
        line("gate", "TCP", "192.168.50.10", json!({"src_port": 554})),
    ];
    let impact = impact(OLD, OLD, lines);
    let unjudged = Unjudged {
        flows: 2,
        packets: 19,
        strangers: 2,
        housekeeping: 0,
    };
    assert_eq!(impact.unjudged, unjudged);
    assert_eq!(impact.unseen, []);
    let told = "2 more flows cannot be judged: 19 frames, 2 of no camera of the two\n";
    assert!(shown(&impact, Tense::Now).ends_with(told));
}

#[test]
fn link_housekeeping_that_passed_is_counted_and_where_link_differs_that_is_said() {
    let dhcp = json!({"dest_port": 67, "rule": null, "packets": 2});
    let solicitation = json!({"icmp_type": 133, "rule": null, "packets": 3});
    let arp = json!({"dest_ip": "192.168.50.1", "proto": null, "rule": null, "packets": 4});
    let lines = || {
        vec![
            line("gate", "UDP", "192.168.50.1", dhcp.clone()),
            line("gate", "IPv6-ICMP", "ff02::2", solicitation.clone()),
            line("gate", "ARP", "192.168.50.1", arp.clone()),
        ]
    };
    for (link, is_told) in [
        ("arp: drop", true),
        ("dhcp: drop", true),
        ("neighbours: drop", true),
        ("discovery: ssdp", false),
        ("arp: allow", false),
    ] {
        let new = OLD.replace(
            "  recorded:\n",
            &format!("  recorded:\n    link: {{{link}}}\n"),
        );
        let impact = impact(OLD, &new, lines());
        let unjudged = Unjudged {
            flows: 3,
            packets: 9,
            strangers: 0,
            housekeeping: 3,
        };
        assert_eq!(impact.unjudged, unjudged, "{link}");
        assert_eq!(impact.unseen == [Unseen::Link], is_told, "{link}");
        let shown = shown(&impact, Tense::Would);
        let counted =
            "3 more flows cannot be judged: 9 frames, 3 of ARP, DHCP or neighbour discovery\n";
        assert!(shown.contains(counted), "{shown}");
        assert_eq!(shown.contains("`link` differs"), is_told, "{shown}");
    }
}

#[test]
fn where_strangers_come_to_another_end_it_is_said_that_this_is_not_told() {
    for (from, to) in [
        ("{lan-cam*: }", "{lan-cam*: {unlisted: pass}}"),
        ("{lan-cam*: }", "{lan-cam*: , lan-yard: }"),
        ("version: 1", "version: 1\nmode: audit"),
    ] {
        let impact = impact(OLD, &OLD.replace(from, to), Vec::new());
        assert_eq!(impact.unseen, [Unseen::Unlisted], "{to}");
        let shown = shown(&impact, Tense::Would);
        assert!(
            shown.contains("frames that are no camera's is not told\n"),
            "{shown}"
        );
    }
}

fn impact(old: &str, new: &str, lines: Vec<Line>) -> Impact {
    let old = Policy::parse("old.yaml", old).unwrap();
    let new = Policy::parse("new.yaml", new).unwrap();
    let since = "2030-01-30T18:00:00Z".parse().unwrap();
    Impact::new(&old, &new, since, lines).unwrap()
}

fn shown(impact: &Impact, tense: Tense) -> String {
    let mut out = Vec::new();
    impact.show(tense, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

/// Without the times, which are told in the machine's zone.
fn timeless(shown: &str) -> String {
    let times = ["2030-01-30T18:00:00Z", "2030-01-31T18:00:00Z"];
    let times = times.map(|text| crate::ledger::text::time(text.parse().unwrap()));
    let [since, last] = times;
    shown.replace(&since, "SINCE").replace(&last, "LAST")
}

/// A line of a camera, allowed by some rule unless more is said.
fn line(camera: &str, proto: &str, to: &str, more: Value) -> Line {
    let mut line = json!({
        "camera": camera, "others": false, "dest_ip": to, "proto": proto,
        "action": "allowed", "rule": "old.yaml:1", "packets": 10, "bytes": 1_000,
        "first": "2030-01-31T06:00:00Z", "last": "2030-01-31T18:00:00Z",
    });
    let Value::Object(more) = more else {
        panic!("not an object");
    };
    for (key, value) in more {
        line[key] = value;
    }
    serde_json::from_value(line).unwrap()
}
