//! Whatever was seen, a draft is a policy without a warning, lets pass what it says that it covers, and nothing of what
//! it leaves out.

use enforcer::ledger::Line;
use enforcer_common::DropReason;
use proptest::{collection::vec, option, prelude::*, sample::select};
use serde_json::{Value, json};

use super::{drafted, line};

/// Destinations in and around all that the policy names.
const DESTINATIONS: &[&str] = &[
    "192.168.50.10",
    "192.168.50.1",
    "192.168.50.9",
    "192.168.50.13",
    "192.168.50.255",
    "10.66.3.4",
    "10.1.2.3",
    "198.51.100.7",
    "203.0.113.7",
    "203.0.113.200",
    "127.0.0.1",
    "0.0.0.0",
    "255.255.255.255",
    "224.0.0.22",
    "239.255.255.250",
    "fd00:50::10",
    "fd00::77",
    "fe80::1",
    "ff02::fb",
    "2001:db8::7",
    "2001:db8:64::c0a8:320a",
    "2001:db8:64::cb00:7107",
    "64:ff9b::c0a8:3209",
    "::ffff:192.168.50.10",
    "2002:c0a8:320a::1",
];

const PROTOCOLS: &[&str] = &[
    "TCP",
    "UDP",
    "ICMP",
    "IPv6-ICMP",
    "IGMP",
    "GRE",
    "SCTP",
    "IPv6-Frag",
    "061",
    "253",
    "nonsense",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_draft_does_what_it_says(
        lines in vec(any_line(), 1..60),
        include in vec(select(&["0.0.0.0/0", "203.0.113.0/24", "192.168.50.255/32", "ff00::/8"][..]), 0..2),
    ) {
        drafted(&lines, &include);
    }
}

fn any_line() -> impl Strategy<Value = Line> {
    let port = prop_oneof![
        select(&[0, 53, 67, 123, 554, 5351, 8000, 65_535][..]),
        any::<u16>(),
        8_000..8_040_u16,
    ];
    let reasons: Vec<Option<&str>> = DropReason::ALL
        .iter()
        .map(|reason| Some(reason.name()))
        .chain([None, Some("not_allowed"), Some("not_allowed")])
        .collect();
    let whose = select(&["gate", "true", "attic", "gone", ""][..]);
    let what = (
        select(PROTOCOLS),
        select(DESTINATIONS),
        port,
        any::<bool>(),
        option::of(0..20_u8),
    );
    let fate = (select(reasons), any::<bool>(), 1..6_u64, 0..3_000_i64);
    (whose, what, fate).prop_map(|(camera, what, (reason, has_rule, packets, seconds))| {
        let (proto, to, port, is_own, icmp) = what;
        let first: jiff::Timestamp = "2030-01-31T06:00:00Z".parse().unwrap();
        let last = first + jiff::SignedDuration::from_secs(seconds * 60);
        let mut more = json!({
            "packets": packets, "first": first.to_string(), "last": last.to_string(),
            "reason": reason, "action": if reason.is_some() { "dropped" } else { "allowed" },
        });
        match proto {
            "TCP" | "UDP" if is_own => more["src_port"] = json!(port),
            "TCP" | "UDP" => more["dest_port"] = json!(port),
            "ICMP" | "IPv6-ICMP" => more["icmp_type"] = json!(icmp.unwrap_or(8)),
            _ => {}
        }
        if camera.is_empty() {
            more["camera"] = Value::Null;
        }
        let mut line = line(camera, proto, to, more);
        if !has_rule && reason.is_none() {
            line.rule = None;
        }
        line.others = icmp == Some(19);
        line
    })
}
