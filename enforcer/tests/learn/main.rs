//! Drafts of policies: what they say, and that they do what they say, whatever was seen.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "what the helpers cannot do fails the test"
)]

mod properties;

use enforcer::{
    hindsight::Hindsight,
    learn::{self, Basis, Covered, Draft, Why, text::About},
    ledger::Line,
    policy::{Outline, Policy, Reading, Texts},
};
use enforcer_common::ledger::Outcome;
use ipnet::IpNet;
use serde_json::{Value, json};

/// A policy that names what there is, and lets nothing pass that it names. The list files are beside it.
const POLICY: &str = r#"
version: 1
mode: audit
nat64: "2001:db8:64::/96"
interfaces:
  lan-cam*: {unlisted: drop}
  "*": {unlisted: pass}
prefixes:
  recorder: [192.168.50.10, "fd00:50::10"]
  everything: [recorder, router]
  router: [192.168.50.1]
  office: [198.51.100.0/24]
  wide: [0.0.0.0/1]
  bad: [{file: bad.txt}, 10.66.0.0/16]
groups:
  recorded:
    allow: [{to: recorder, ports: tcp/7}]
    deny: [{to: 192.168.50.13}]
    link: {discovery: [mdns]}
  "12":
    allow: [{to: wide, ports: tcp/9, except: office}]
    deny: [{to: bad}]
cameras:
  gate: {match: {mac: "02:00:00:00:00:01", ip: [192.168.50.21, "fd00:50::21"]}, group: recorded}
  "true": {match: {mac: "02:00:00:00:00:02"}, group: recorded, mode: audit, until: 2100-01-01}
  attic: {match: {mac: "02:00:00", vlan: 7, interface: lan-cam*}, group: "12"}
"#;

#[test]
fn what_stayed_in_the_network_is_covered_and_the_rest_is_listed_with_the_reason() {
    let lines = vec![
        line(
            "gate",
            "TCP",
            "192.168.50.10",
            json!({"src_port": 554, "packets": 310_771}),
        ),
        line("gate", "UDP", "192.168.50.1", json!({"dest_port": 123})),
        line("gate", "UDP", "192.168.50.1", json!({"dest_port": 53})),
        line("true", "TCP", "fd00:50::10", json!({"src_port": 554})),
        line("true", "UDP", "192.168.50.1", json!({"dest_port": 53})),
        line("true", "UDP", "192.168.50.1", json!({"dest_port": 123})),
        line("attic", "TCP", "198.51.100.7", json!({"dest_port": 443})),
        line(
            "attic",
            "TCP",
            "2001:db8:64::c0a8:320a",
            json!({"dest_port": 8000}),
        ),
        line(
            "gate",
            "TCP",
            "203.0.113.7",
            json!({"dest_port": 443, "packets": 1_204, "dest_cloud": "EZVIZ"}),
        ),
        line(
            "gate",
            "UDP",
            "192.168.50.9",
            json!({"dest_port": 9, "packets": 2}),
        ),
        line("gate", "UDP", "192.168.50.13", json!({"dest_port": 9})),
        line("gate", "UDP", "10.66.1.1", json!({"dest_port": 9})),
        line(
            "gate",
            "UDP",
            "239.255.255.250",
            json!({"dest_port": 3702, "reason": "discovery"}),
        ),
        line("gate", "ICMP", "192.168.50.1", json!({"icmp_type": 8})),
        line(
            "gate",
            "UDP",
            "192.168.50.10",
            json!({"dest_port": 0, "reason": "fragment"}),
        ),
        line(
            "gate",
            "GRE",
            "192.168.50.10",
            json!({"reason": "protocol"}),
        ),
        line(
            "gate",
            "UDP",
            "192.168.50.1",
            json!({"dest_port": 5351, "reason": "port_mapping"}),
        ),
        line(
            "gate",
            "TCP",
            "192.168.50.10",
            json!({"dest_port": 1, "reason": "spoofed"}),
        ),
        line(
            "gate",
            "UDP",
            "255.255.255.255",
            json!({"dest_port": 67, "rule": null}),
        ),
    ];
    let (draft, text) = drafted(&lines, &[]);
    insta::assert_snapshot!(timeless(&text));
    assert_eq!(draft.packets(), (310_771 + 8 * 100, 1_204 + 2 + 8 * 100));
    let mut summary = Vec::new();
    draft.summary(&about(), &mut summary).unwrap();
    insta::assert_snapshot!(timeless(&String::from_utf8(summary).unwrap()));
}

#[test]
fn what_the_command_line_names_is_drafted_but_never_what_is_denied_or_carries_packets_on() {
    let lines = vec![
        line("gate", "TCP", "203.0.113.7", json!({"dest_port": 443})),
        line(
            "gate",
            "UDP",
            "203.0.113.8",
            json!({"dest_port": 123, "packets": 1}),
        ),
        line("gate", "ICMP", "203.0.113.9", json!({"icmp_type": 8})),
        line("gate", "UDP", "192.168.50.13", json!({"dest_port": 9})),
        line("gate", "GRE", "203.0.113.7", json!({"reason": "protocol"})),
        line(
            "gate",
            "UDP",
            "239.255.255.250",
            json!({"dest_port": 3702, "reason": "discovery"}),
        ),
        line(
            "gate",
            "UDP",
            "192.168.50.1",
            json!({"dest_port": 5351, "reason": "port_mapping"}),
        ),
    ];
    let asked = ["203.0.113.0/24", "192.168.50.0/24", "239.255.255.250/32"];
    let (draft, _) = drafted(&lines, &asked);
    let left: Vec<_> = draft
        .left
        .iter()
        .map(|(_, why)| why.name().to_owned())
        .collect();
    assert_eq!(left, ["denied", "tunnel"]);
}

#[test]
fn cameras_that_are_not_drafted_for_keep_their_group_and_mode_as_they_are() {
    let lines = vec![
        line("gate", "UDP", "192.168.50.1", json!({"dest_port": 123})),
        line("attic", "UDP", "192.168.50.1", json!({"dest_port": 53})),
    ];
    let site = Site::new();
    let basis = Basis {
        cameras: &["gate".to_owned()],
        ..site.basis(&[])
    };
    let draft = learn::learn(&basis, lines).unwrap();
    let policy = &draft.policy;
    let groups: Vec<_> = policy
        .groups
        .iter()
        .map(|group| group.name.as_str())
        .collect();
    assert_eq!(groups, ["recorded-2", "recorded", "12"]);
    for (index, name) in ["true", "attic"]
        .iter()
        .zip(1..)
        .map(|(name, at)| (at, name))
    {
        let before = &site.policy.cameras[index];
        let after = &policy.cameras[index];
        assert_eq!((&*after.name, after.mode), (*name, before.mode));
        let [before, after] = [
            &site.policy.groups[before.group],
            &policy.groups[after.group],
        ];
        assert_eq!(before.link, after.link);
        let told = |group: &enforcer::policy::Group| -> Vec<_> {
            let allow = group.allow.iter();
            let allow = allow.map(|it| (it.to.clone(), it.except.clone(), it.service.clone()));
            let deny = group
                .deny
                .iter()
                .map(|it| (it.to.clone(), it.except.clone()));
            let deny = deny.map(|(to, except)| (to, except, enforcer::policy::Service::Any));
            allow.chain(deny).collect()
        };
        assert_eq!(told(before), told(after));
    }
    assert_eq!(draft.covered.len(), 1, "of `gate` alone");
}

#[test]
fn what_happened_once_in_a_long_time_is_no_habit_and_what_is_new_may_be_one() {
    let once = json!({
        "dest_port": 23, "packets": 7,
        "first": "2030-01-31T06:00:00Z", "last": "2030-01-31T06:02:07Z",
    });
    let scan = line("gate", "TCP", "192.168.50.77", once);
    let (draft, _) = drafted(std::slice::from_ref(&scan), &[]);
    assert_eq!((draft.covered.len(), draft.left.len()), (1, 0));
    let daily = json!({
        "dest_port": 123,
        "first": "2030-01-30T00:00:00Z", "last": "2030-01-31T00:00:00Z",
    });
    let (draft, _) = drafted(&[scan, line("gate", "UDP", "192.168.50.1", daily)], &[]);
    assert_eq!((draft.covered.len(), draft.left.len()), (1, 1));
    assert_eq!(draft.left[0].1.name(), "one_off");
}

/// The policy, read as an operator's is.
struct Site {
    policy: Policy,
    outline: Outline,
    texts: Texts,
}

impl Site {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("policy.yaml");
        std::fs::write(&path, POLICY).unwrap();
        std::fs::write(directory.path().join("bad.txt"), "203.0.113.128/25\n").unwrap();
        let Reading { policy, texts, .. } = Reading::new(&path);
        Self {
            policy: policy.unwrap(),
            outline: texts.outline().unwrap(),
            texts,
        }
    }

    const fn basis<'a>(&'a self, include: &'a [IpNet]) -> Basis<'a> {
        Basis {
            policy: &self.policy,
            outline: &self.outline,
            texts: &self.texts,
            cameras: &[],
            include,
        }
    }
}

/// The draft, held to what it says.
fn drafted(lines: &[Line], include: &[&str]) -> (Draft, String) {
    let site = Site::new();
    let include: Vec<IpNet> = include.iter().map(|text| text.parse().unwrap()).collect();
    let draft = learn::learn(&site.basis(&include), lines.to_vec()).unwrap();
    let text = draft.text(&about(), &str::to_owned);
    let policy = site.texts.beside("draft.yaml".as_ref(), &text).policy();
    let policy = policy.unwrap_or_else(|error| panic!("{text}\n{error}"));
    assert_eq!(policy.warnings().to_string(), "", "{text}");
    let hindsight = Hindsight::new(&policy).unwrap();
    let passes = |line: &Line| {
        let fate = hindsight.judge(line);
        fate.map(|fate| fate.outcome == Some(Outcome::Allowed))
    };
    for covered in &draft.covered {
        let is_housekeeping = covered.rule.is_none() && covered.line.rule.is_none();
        let passes = passes(&covered.line);
        assert!(
            passes == Some(true) || is_housekeeping,
            "{covered:?}\n{text}"
        );
    }
    for (line, why) in &draft.left {
        assert_ne!(passes(line), Some(true), "{line:?} {why:?}\n{text}");
    }
    assert_eq!(draft.covered.len() + draft.left.len(), lines.len());
    assert_each_rule_is_needed(&draft);
    (draft, text)
}

/// Without any one of the rules that were drafted, something is dropped that the draft covers.
fn assert_each_rule_is_needed(draft: &Draft) {
    for (group, of) in draft.policy.groups.iter().enumerate() {
        // Where nothing is allowed there is a rule all the same, for an address that nothing passes to.
        let nowhere = |to: &IpNet| to.addr().is_loopback();
        let rules = of.allow.iter().enumerate();
        for (rule, allow) in rules.filter(|(_, allow)| !allow.to.iter().all(nowhere)) {
            let mut fewer = draft.policy.clone();
            fewer.groups[group].allow.remove(rule);
            let hindsight = Hindsight::new(&fewer).unwrap();
            let mut covered = draft.covered.iter();
            let is_needed = covered.any(|Covered { line, .. }| {
                let fate = hindsight.judge(line);
                fate.is_some_and(|fate| fate.outcome != Some(Outcome::Allowed))
            });
            // Of IGMP no frame can be made of a line, only seen in a capture.
            let is_for_a_capture = draft.left.iter().any(|(line, why)| {
                let is_to = |to: &IpNet| line.dest_ip.is_some_and(|ip| to.contains(&ip));
                *why == Why::Unknown && allow.to.iter().any(is_to)
            });
            assert!(is_needed || is_for_a_capture, "{}: {allow:?}", of.name);
        }
    }
}

/// Without the times, which are told in the machine's zone.
fn timeless(text: &str) -> String {
    const SHAPE: &[u8] = b"0000-00-00 00:00:00";
    let mut text = text.to_owned();
    let is_time = |at: &[u8]| {
        let mut pairs = at.iter().zip(SHAPE);
        pairs.all(|(byte, shape)| match shape {
            b'0' => byte.is_ascii_digit(),
            _ => byte == shape,
        })
    };
    while let Some(at) = text.as_bytes().windows(SHAPE.len()).position(is_time) {
        text.replace_range(at..at + SHAPE.len(), "TIME");
    }
    text
}

fn about() -> About<'static> {
    About {
        source: "the ledger".to_owned(),
        fates: None,
        cameras: vec!["gate", "true", "attic"],
        new: &[],
        strangers: learn::capture::Strangers::new(),
        notes: Vec::new(),
    }
}

/// A line of a camera, dropped as not allowed unless more is said.
fn line(camera: &str, proto: &str, to: &str, more: Value) -> Line {
    let mut line = json!({
        "camera": camera, "others": false, "dest_ip": to, "proto": proto,
        "action": "dropped", "reason": "not_allowed", "rule": "old.yaml:1",
        "packets": 100, "bytes": 10_000,
        "first": "2030-01-31T06:00:00Z", "last": "2030-01-31T18:00:00Z",
    });
    let Value::Object(more) = more else {
        panic!("not an object");
    };
    if more.get("rule") == Some(&Value::Null) {
        (line["action"], line["reason"]) = (json!("allowed"), Value::Null);
    }
    for (key, value) in more {
        line[key] = value;
    }
    serde_json::from_value(line).unwrap()
}
