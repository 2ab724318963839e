//! A ledger made up, for tests.

use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use super::{Period, Report};
use crate::ledger::{Line, Span};

/// What a name server answered to a camera that asked for it.
pub(super) const HOSTILE: &str = "</td><script>alert(1)</script><img src=x onerror=alert(1)>";

pub(super) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A week on a router with two cameras, a stranger, and what stays on the link.
pub(super) fn period() -> Period {
    Period {
        host: "router".to_owned(),
        made: at("2030-01-31T18:00:00Z"),
        since: at("2030-01-24T00:00:00Z"),
        until: at("2030-01-31T18:00:00Z"),
        asked_since: None,
        asked_until: None,
        new_since: at("2030-01-30T09:00:00Z"),
        is_first: false,
        makers: [("gate".to_owned(), "Hikvision".to_owned())].into(),
    }
}

/// A line of the ledger: whose, what became of it, where to (without a protocol: ARP), how many frames, the first and
/// the last.
pub(super) fn line(
    camera: Option<&str>,
    action: (&str, Option<&str>, Option<&str>),
    to: (Option<&str>, &str, &str),
    packets: u64,
    times: [&str; 2],
) -> Line {
    let (action, reason, rule) = action;
    let (address, proto, port) = to;
    let (key, port) = match port.split_once(' ') {
        Some(("from", port)) => ("src_port", port),
        _ => ("dest_port", port),
    };
    let proto = Some(proto).filter(|proto| !proto.is_empty());
    let mut line = json!({
        "camera": camera, "others": address.is_none(), "dest_ip": address,
        "proto": proto, "dest_port": null, "src_port": null,
        "icmp_type": null, "icmp_code": null, "ether_type": null,
        "action": action, "reason": reason, "rule": rule,
        "packets": packets, "bytes": packets * 100, "first": times[0], "last": times[1],
    });
    line[key] = port.parse().map_or(Value::Null, |port: u16| port.into());
    if address.is_some() && proto.is_none() {
        line["ether_type"] = 0x0806.into();
    }
    serde_json::from_value(line).unwrap()
}

pub(super) fn lines() -> Vec<Line> {
    let dropped = ("dropped", Some("not_allowed"), None);
    let allowed = ("allowed", None, Some("policy.yaml:12"));
    let audited = ("audited", Some("port"), Some("policy.yaml:12"));
    let housekeeping = ("allowed", None, None);
    let old = ["2030-01-25T06:12:09Z", "2030-01-31T17:40:51Z"];
    let new = ["2030-01-31T03:00:00Z", "2030-01-31T17:59:59Z"];
    vec![
        line(
            Some("gate"),
            dropped,
            (Some("203.0.113.7"), "TCP", "443"),
            1_204,
            old,
        ),
        line(
            Some("gate"),
            dropped,
            (Some("198.51.100.9"), "UDP", "8800"),
            40,
            new,
        ),
        line(Some("gate"), dropped, (None, "", ""), 7, old),
        line(
            Some("gate"),
            allowed,
            (Some("192.168.50.10"), "TCP", "from 554"),
            310_771,
            old,
        ),
        line(
            Some("yard"),
            allowed,
            (Some("192.168.50.1"), "UDP", "123"),
            42,
            new,
        ),
        line(
            Some("yard"),
            audited,
            (Some("192.168.50.1"), "TCP", "443"),
            9,
            new,
        ),
        line(
            None,
            ("dropped", Some("unlisted"), None),
            (Some("2001:db8::7"), "UDP", "53"),
            3,
            old,
        ),
        line(
            Some("yard"),
            housekeeping,
            (Some("192.168.50.77"), "", ""),
            120,
            new,
        ),
        line(
            Some("yard"),
            housekeeping,
            (Some("255.255.255.255"), "UDP", "67"),
            4,
            new,
        ),
        line(
            Some("gate"),
            ("dropped", Some("discovery"), None),
            (Some("239.255.255.250"), "UDP", "37020"),
            30,
            new,
        ),
    ]
}

pub(super) fn spans() -> Vec<Span> {
    let span = |camera: Option<&str>, begin: &str, hours: u32, action: &str, packets: u64| {
        serde_json::from_value(json!({
            "camera": camera, "begin": begin, "hours": hours, "action": action,
            "packets": packets, "bytes": packets * 100,
        }))
        .unwrap()
    };
    vec![
        span(None, "2030-01-25T00:00:00Z", 24, "dropped", 3),
        span(Some("gate"), "2030-01-25T00:00:00Z", 24, "dropped", 1_000),
        span(Some("gate"), "2030-01-25T00:00:00Z", 24, "allowed", 300_000),
        span(Some("gate"), "2030-01-31T03:00:00Z", 1, "dropped", 270),
        span(Some("gate"), "2030-01-31T17:00:00Z", 1, "dropped", 11),
        span(Some("gate"), "2030-01-31T17:00:00Z", 1, "allowed", 10_771),
        span(Some("yard"), "2030-01-31T03:00:00Z", 1, "allowed", 166),
        span(Some("yard"), "2030-01-31T17:00:00Z", 1, "audited", 9),
    ]
}

/// With names and owners, one of them made up by somebody who means harm.
pub(super) fn report() -> Report {
    let before = line(
        Some("yard"),
        ("allowed", None, Some("policy.yaml:12")),
        (Some("192.168.50.1"), "UDP", "123"),
        1,
        ["2030-01-02T00:00:00Z", "2030-01-02T00:00:00Z"],
    );
    let mut lines = lines();
    for line in &mut lines {
        let address = line.dest_ip.map(|address| address.to_string());
        let (name, system, owner, country) = match address.as_deref() {
            Some("203.0.113.7") => ("relay.example.com", 64_500, "Example Cloud", "NL"),
            Some("198.51.100.9") => (HOSTILE, 64_501, "=cmd|' /C calc'!A0", "XX"),
            _ => continue,
        };
        line.dest_domain = Some(name.to_owned());
        line.dest_asn = Some(system);
        line.dest_organization = Some(owner.to_owned());
        line.dest_country = Some(country.to_owned());
    }
    let kept = [&lines[..], &[before]].concat();
    Report::new(&period(), &lines, &kept, &spans())
}

pub(super) const ZONE: TimeZone = TimeZone::UTC;
