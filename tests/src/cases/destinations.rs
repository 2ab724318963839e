//! Destinations: where prefixes end, and what happens where they overlap.

use enforcer_common::DropReason::{Denied, NotAllowed, Port};

use super::network::{GATE, HALL, HALL_V4, HALL_V6, packet, under};
use super::{Cases, Ports, Suite};
use crate::frame::{Layers, Mac, data, ethernet, ipv4, tcp, udp};
use crate::threats::Threat;

const POLICY: &str = r#"
version: 1
interfaces: {lan-cam1: {unlisted: drop}}
groups:
  edges:
    allow:
      - to: [198.18.5.0/24, 198.18.7.7, 198.18.8.0/31, "2001:db8:5::/48", "2001:db8:7::7"]
      # One prefix within another: any of them allows.
      - to: 198.18.64.0/18
        ports: [tcp/443]
      - to: 198.18.64.0/24
        ports: [udp/5000]
      - to: [203.0.113.0/24, "2001:db8:a::/48"]
      # Allowed once more, more narrowly, and after the denial.
      - to: [203.0.113.130, 203.0.113.192/27, "2001:db8:a:8000::1"]
    deny:
      - to: [203.0.113.128/25, "2001:db8:a:8000::/49"]
      - to: [198.18.64.200, 198.18.5.128/32]
  six: {allow: [{to: "::/0"}]}
  all:
    allow: [{to: 0.0.0.0/0}]
    deny: [{to: [198.18.0.0/15, 203.0.113.13]}]
cameras:
  hall: {match: {mac: "02:00:00:00:50:22"}, group: edges}
  gate: {match: {mac: "02:00:00:00:50:21"}, group: all}
  shed: {match: {mac: "02:00:00:00:50:23"}, group: six}
"#;

/// Of the group that allows IPv6 alone.
const SHED: Mac = [2, 0, 0, 0, 0x50, 0x23];

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("hall", ports.cameras);
    edges(&mut cases);
    cases.closes(Threat::OverlappingRules);
    overlaps(&mut cases);
    cases.camera("gate", ports.cameras);
    everything(&mut cases);
    cases.camera("shed", ports.cameras);
    one_family(&mut cases);
    under(POLICY, "destinations", ports, cases)
}

fn edges(cases: &mut Cases) {
    for (name, address) in [
        ("first of a /24", "198.18.5.0"),
        ("last of a /24", "198.18.5.255"),
        ("a /32", "198.18.7.7"),
        ("first of a /31", "198.18.8.0"),
        ("last of a /31", "198.18.8.1"),
        ("first of a /48", "2001:db8:5::"),
        ("last of a /48", "2001:db8:5:ffff:ffff:ffff:ffff:ffff"),
        ("a /128", "2001:db8:7::7"),
    ] {
        cases.allows(name, hall_to(address) / udp(5000, 5000));
    }
    for (name, address) in [
        ("one below a /24", "198.18.4.255"),
        ("one above a /24", "198.18.6.0"),
        ("one below a /32", "198.18.7.6"),
        ("one above a /32", "198.18.7.8"),
        ("one below a /31", "198.18.7.255"),
        ("one above a /31", "198.18.8.2"),
        ("one below a /48", "2001:db8:4:ffff:ffff:ffff:ffff:ffff"),
        ("one above a /48", "2001:db8:6::"),
        ("one below a /128", "2001:db8:7::6"),
        ("one above a /128", "2001:db8:7::8"),
        (
            "an IPv6 address that starts with the bytes of an allowed one",
            "c612:700::",
        ),
    ] {
        cases.drops(NotAllowed, name, hall_to(address) / udp(5000, 5000));
    }
}

fn overlaps(cases: &mut Cases) {
    cases
        .allows(
            "an outer prefix allows",
            hall_to("198.18.64.7") / tcp(40000, 443).syn(),
        )
        .allows(
            "an inner prefix allows",
            hall_to("198.18.64.7") / udp(40000, 5000),
        )
        .drops(
            Port,
            "neither prefix allows",
            hall_to("198.18.64.7") / udp(40000, 443),
        )
        .drops(
            Port,
            "what the inner prefix allows, next to it",
            hall_to("198.18.65.7") / udp(40000, 5000),
        )
        .drops(
            Denied,
            "one denied address in both",
            hall_to("198.18.64.200") / tcp(40000, 443).syn(),
        )
        .drops(
            Denied,
            "one denied address in a /24",
            hall_to("198.18.5.128") / udp(5000, 5000),
        )
        .allows(
            "one below a denied address",
            hall_to("198.18.5.127") / udp(5000, 5000),
        )
        .allows(
            "one above a denied address",
            hall_to("198.18.5.129") / udp(5000, 5000),
        );
    for (name, address) in [
        ("a wider denial beats an allowed address", "203.0.113.130"),
        ("a wider denial beats an allowed prefix", "203.0.113.200"),
        ("first of a denied half", "203.0.113.128"),
        ("last of a denied half", "203.0.113.255"),
        (
            "a wider denial beats an allowed IPv6 address",
            "2001:db8:a:8000::1",
        ),
        ("first of a denied half of a /48", "2001:db8:a:8000::"),
        (
            "last of a denied half of a /48",
            "2001:db8:a:ffff:ffff:ffff:ffff:ffff",
        ),
    ] {
        cases.drops(Denied, name, hall_to(address) / udp(5000, 5000));
    }
    cases
        .allows(
            "last of an allowed half",
            hall_to("203.0.113.127") / udp(5000, 5000),
        )
        .allows(
            "last of an allowed half of a /48",
            hall_to("2001:db8:a:7fff:ffff:ffff:ffff:ffff") / udp(5000, 5000),
        );
}

fn everything(cases: &mut Cases) {
    cases
        .allows("anything in a /0", gate_to("192.0.2.1") / udp(5000, 5000))
        .allows(
            "the lowest address in a /0",
            gate_to("1.0.0.0") / udp(5000, 5000),
        )
        .drops(
            Denied,
            "a prefix denied in a /0",
            gate_to("198.19.255.255") / udp(5000, 5000),
        )
        .drops(
            Denied,
            "an address denied in a /0",
            gate_to("203.0.113.13") / udp(5000, 5000),
        )
        .closes(Threat::OtherFamily)
        .drops(
            NotAllowed,
            "an IPv6 address where a /0 allows all of IPv4",
            gate_to("2001:db8:5::1") / udp(5000, 5000),
        );
}

fn one_family(cases: &mut Cases) {
    let to = |address| packet(SHED, ["192.168.50.23", "fd00:50::23"], address);
    cases
        .allows("anything in ::/0", to("2001:db8:5::1") / udp(5000, 5000))
        .drops(
            NotAllowed,
            "an IPv4 address where ::/0 allows all of IPv6",
            to("192.0.2.1") / udp(5000, 5000),
        )
        .drops(
            NotAllowed,
            "an IPv4 fragment where ::/0 allows all of IPv6",
            ethernet(SHED) / ipv4("192.168.50.23", "192.0.2.1").fragment_offset(1) / data(&[0; 8]),
        );
}

const GROUPS: &str = r#"
version: 1
interfaces: {lan-cam1: {unlisted: drop}}
groups:
  nothing: {}
  only-denied: {deny: [{to: 203.0.113.13}]}
  first: {allow: [{to: [203.0.113.0/24, "2001:db8:a::/48"]}], deny: [{to: 198.51.100.0/24}]}
  second: {allow: [{to: [198.51.100.0/24, "2001:db8:b::/48"]}], deny: [{to: 203.0.113.0/24}]}
cameras:
  empty: {match: {mac: "02:00:00:00:00:01"}, group: nothing}
  strict: {match: {mac: "02:00:00:00:00:02"}, group: only-denied}
  one: {match: {mac: "02:00:00:00:00:03"}, group: first}
  two: {match: {mac: "02:00:00:00:00:04"}, group: second}
"#;

/// What one group may reach is nothing to another.
pub(super) fn groups(ports: &Ports) -> Suite {
    let to = |last, address| {
        packet([2, 0, 0, 0, 0, last], [HALL_V4, HALL_V6], address) / udp(5000, 5000)
    };
    let mut cases = Cases::of("empty", ports.cameras);
    cases
        .closes(Threat::EmptyGroups)
        .drops(
            NotAllowed,
            "a group that allows nothing reaches nothing",
            to(1, "203.0.113.7"),
        )
        .drops(NotAllowed, "by IPv6 neither", to(1, "2001:db8:a::7"))
        .drops(NotAllowed, "nor its router", to(1, "192.168.50.1"))
        .camera("strict", ports.cameras)
        .drops(
            NotAllowed,
            "a group that only denies reaches nothing",
            to(2, "203.0.113.7"),
        )
        .drops(Denied, "least of all what it denies", to(2, "203.0.113.13"))
        .everyday()
        .camera("one", ports.cameras)
        .allows("the first group's prefix", to(3, "203.0.113.7"))
        .drops(
            NotAllowed,
            "the second group's IPv6 prefix",
            to(3, "2001:db8:b::7"),
        )
        .drops(Denied, "the second group's prefix", to(3, "198.51.100.7"))
        .camera("two", ports.cameras)
        .allows(
            "the second group's prefix, for its own camera",
            to(4, "198.51.100.7"),
        )
        .allows(
            "the second group's IPv6 prefix, for its own camera",
            to(4, "2001:db8:b::7"),
        )
        .drops(
            NotAllowed,
            "the first group's IPv6 prefix",
            to(4, "2001:db8:a::7"),
        )
        .drops(
            Denied,
            "the first group's prefix, for another camera",
            to(4, "203.0.113.7"),
        );
    under(GROUPS, "groups", ports, cases)
}

fn hall_to(destination: &str) -> Layers {
    packet(HALL, [HALL_V4, HALL_V6], destination)
}

fn gate_to(destination: &str) -> Layers {
    packet(GATE, ["192.168.50.21", "fd00:50::21"], destination)
}
