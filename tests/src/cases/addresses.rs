//! Addresses that may not stand where they stand, whatever the policy.

use enforcer_common::DropReason::{Malformed, Spoofed};

use super::network::{ARCHIVE, ARCHIVE_V6, GATE, GATE_V4, GATE_V6, HALL, HALL_V4, YARD, under};
use super::{Cases, Ports, Suite};
use crate::frame::{ethernet, icmp, icmpv6, ipv4, ipv6, protocol, udp, vlan};
use crate::threats::Threat;

/// Everything is allowed, so that nothing but the address decides.
const POLICY: &str = r#"
version: 1
interfaces: {lan-cam*: {unlisted: drop}}
groups:
  open: {allow: [{to: [0.0.0.0/0, "::/0"]}]}
cameras:
  gate: {match: {mac: "02:00:00:00:50:21", ip: [192.168.50.21, "fd00:50::21"]}, group: open}
  hall: {match: {mac: "02:00:00:00:50:22"}, group: open}
  yard: {match: {vlan: 50, interface: lan-cam2}, group: open}
"#;

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    cases.closes(Threat::ImpossibleAddresses);
    destinations(&mut cases);
    cases.camera("hall", ports.cameras);
    sources(&mut cases);
    cases.camera("yard", ports.trunk).drops(
        Malformed,
        "an Ethernet source that is a group",
        ethernet([3, 0, 0, 0, 0, 9]) / vlan(50) / ipv4("192.168.51.21", ARCHIVE) / udp(1, 2),
    );
    cases.allows(
        "an Ethernet source that is one station",
        ethernet(YARD) / vlan(50) / ipv4("192.168.51.21", ARCHIVE) / udp(1, 2),
    );
    under(POLICY, "addresses that may not stand there", ports, cases)
}

fn destinations(cases: &mut Cases) {
    for (name, address) in [
        ("to no address", "0.0.0.0"),
        ("to this network", "0.1.2.3"),
        ("to loopback", "127.0.0.1"),
        ("to the end of loopback", "127.255.255.255"),
        ("to a reserved address", "240.0.0.1"),
        ("to the last reserved address", "255.255.255.254"),
        ("to itself", GATE_V4),
        ("to the last address of this network", "0.255.255.255"),
    ] {
        cases.drops(
            Malformed,
            name,
            ethernet(GATE) / ipv4(GATE_V4, address) / udp(5000, 5000),
        );
    }
    for (name, address) in [
        ("to no IPv6 address", "::"),
        ("to IPv6 loopback", "::1"),
        ("to itself by IPv6", GATE_V6),
    ] {
        cases.drops(
            Malformed,
            name,
            ethernet(GATE) / ipv6(GATE_V6, address) / udp(5000, 5000),
        );
    }
    for (name, address) in [
        ("to the first address that is none of these", "1.0.0.0"),
        ("to the last before loopback", "126.255.255.255"),
        ("to the first after loopback", "128.0.0.0"),
        ("to the last before multicast", "223.255.255.255"),
    ] {
        cases.allows(
            name,
            ethernet(GATE) / ipv4(GATE_V4, address) / udp(5000, 5000),
        );
    }
}

fn sources(cases: &mut Cases) {
    for (name, address) in [
        ("from no address", "0.0.0.0"),
        ("from this network", "0.1.2.3"),
        ("from loopback", "127.0.0.1"),
        ("from a reserved address", "240.0.0.1"),
        ("from a multicast address", "224.0.0.1"),
        ("from the limited broadcast", "255.255.255.255"),
    ] {
        cases.drops(
            Malformed,
            name,
            ethernet(HALL) / ipv4(address, ARCHIVE) / icmp(8, 0),
        );
    }
    for (name, address) in [
        ("from no IPv6 address", "::"),
        ("from IPv6 loopback", "::1"),
        ("from an IPv6 multicast address", "ff02::1"),
    ] {
        cases.drops(
            Malformed,
            name,
            ethernet(HALL) / ipv6(address, ARCHIVE_V6) / icmpv6(128, 0),
        );
    }
    for (name, address) in [
        ("from the link's broadcast address", "192.168.50.255"),
        ("from the link's all-zero address", "192.168.50.0"),
        ("from another link's broadcast address", "198.51.100.255"),
    ] {
        cases.drops(
            Spoofed,
            name,
            ethernet(HALL) / ipv4(address, ARCHIVE) / udp(5000, 5000),
        );
    }
    cases
        .drops(
            Malformed,
            "from loopback to loopback",
            ethernet(HALL) / ipv4("127.0.0.1", "127.0.0.1") / udp(5000, 5000),
        )
        .drops(
            Malformed,
            "from the router to the router",
            ethernet(HALL) / ipv4("192.168.50.1", "192.168.50.1") / udp(5000, 5000),
        )
        .drops(
            Malformed,
            "a fragment to loopback",
            ethernet(HALL) / ipv4(HALL_V4, "127.0.0.1").fragment_offset(1) / protocol(17, &[0; 8]),
        )
        .drops(
            Malformed,
            "loopback behind a tag and options",
            ethernet(HALL)
                / vlan(0)
                / ipv4(HALL_V4, "127.0.0.1").option(148, &[0, 0])
                / udp(5000, 5000),
        )
        .drops(
            Spoofed,
            "from the router's address on its uplink",
            ethernet(HALL) / ipv4("198.51.100.2", ARCHIVE) / udp(5000, 5000),
        );
    cases.allows(
        "from an address that is nobody's",
        ethernet(HALL) / ipv4(HALL_V4, ARCHIVE) / udp(5000, 5000),
    );
}
