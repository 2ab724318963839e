//! Who sent it: the most specific identity wins, and what is bound stays bound.

use enforcer_common::DropReason::{NotAllowed, Spoofed, Unlisted};

use super::network::{
    ARCHIVE, ARCHIVE_V6, ELSEWHERE, ELSEWHERE_V6, GATE, GATE_LINK_LOCAL, GATE_V4, GATE_V6, HALL,
    HALL_V4, RECORDER, RECORDER_V6, ROUTER, ROUTER_LINK_LOCAL, ROUTER_V6, STRANGER, home, under,
};
use super::{Cases, Ports, Suite};
use crate::frame::{
    BROADCAST, Layers, Mac, arp_request, data, ethernet, ipv4, ipv6, neighbour_advertisement, udp,
    vlan,
};
use crate::threats::Threat;

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    cases.closes(Threat::BorrowedIdentity);
    bound(&mut cases);
    cases.camera("hall", ports.cameras);
    unbound(&mut cases);
    cases
        .strangers(ports.cameras)
        .drops(
            Unlisted,
            "a new MAC address with a camera's address",
            from_v4(STRANGER, GATE_V4),
        )
        .drops(
            Unlisted,
            "the router's own MAC address with a camera's address",
            from_v4([2, 0, 0, 0, 0, 1], GATE_V4),
        )
        .drops(
            Unlisted,
            "a camera's MAC address as that of a group",
            from_v4([3, 0, 0, 0, 0x50, 0x21], GATE_V4),
        )
        .drops(
            Unlisted,
            "everybody's MAC address with a camera's address",
            from_v4(BROADCAST, GATE_V4),
        )
        .camera("gate", ports.mixed)
        .allows(
            "a camera that nobody tied to a place, in another",
            from_v4(GATE, GATE_V4),
        )
        .drops(
            Spoofed,
            "a camera's MAC address with another address, in another place",
            from_v4(GATE, "192.168.70.30"),
        );
    home("who sent it", ports, cases)
}

fn bound(cases: &mut Cases) {
    cases
        .allows("from its own address", from_v4(GATE, GATE_V4))
        .allows("from its own IPv6 address", from_v6(GATE, GATE_V6))
        .drops(
            Spoofed,
            "from the address next to its own",
            from_v4(GATE, "192.168.50.20"),
        )
        .drops(
            Spoofed,
            "from the recorder's address",
            from_v4(GATE, RECORDER),
        )
        .drops(Spoofed, "from the router's address", from_v4(GATE, ROUTER))
        .drops(
            Spoofed,
            "from another camera's address",
            from_v4(GATE, HALL_V4),
        )
        .drops(
            Spoofed,
            "from the address of the destination's neighbour, which sends the answer there",
            from_v4(GATE, "203.0.113.8"),
        )
        .drops(
            Spoofed,
            "from another address, in a fragment",
            ethernet(GATE) / ipv4("192.168.50.20", ARCHIVE).fragment_offset(1) / data(&[0; 8]),
        )
        .drops(
            Spoofed,
            "from another address, behind a tag and options",
            ethernet(GATE)
                / vlan(0)
                / ipv4("192.168.50.20", ARCHIVE).option(148, &[0, 0])
                / udp(5000, 5000),
        )
        .drops(
            Spoofed,
            "from another IPv6 address: bound means bound in both families",
            from_v6(GATE, "fd00:50::2121"),
        )
        .drops(
            Spoofed,
            "from a link-local address to somewhere else",
            from_v6(GATE, GATE_LINK_LOCAL),
        );
}

fn unbound(cases: &mut Cases) {
    cases
        .allows(
            "from whatever address of its link",
            from_v4(HALL, "192.168.50.99"),
        )
        .allows(
            "from whatever IPv6 address of its link",
            from_v6(HALL, "fd00:50::9999"),
        )
        .drops(
            Spoofed,
            "from an address that it gave itself, to which the answer would go past the link",
            from_v4(HALL, "169.254.50.22"),
        )
        .drops(
            Spoofed,
            "from an address elsewhere, to which the answer would go",
            from_v4(HALL, ELSEWHERE),
        )
        .drops(
            Spoofed,
            "from an IPv6 address elsewhere, to which the answer would go",
            from_v6(HALL, ELSEWHERE_V6),
        )
        .drops(
            Spoofed,
            "a packet that expires at the router, which quotes it to an address elsewhere",
            ethernet(HALL) / ipv4(ELSEWHERE, ARCHIVE).ttl(1) / udp(5000, 5000),
        )
        .drops(
            Spoofed,
            "a claim to an address elsewhere",
            ethernet(HALL) / arp_request(HALL, ELSEWHERE, ROUTER),
        )
        .drops(
            Spoofed,
            "from an address that another camera is bound to",
            from_v4(HALL, GATE_V4),
        )
        .drops(
            Spoofed,
            "from an IPv6 address that another camera is bound to",
            from_v6(HALL, GATE_V6),
        )
        .drops(
            Spoofed,
            "from the router's address, unbound",
            from_v4(HALL, ROUTER),
        )
        .drops(
            Spoofed,
            "from the router's IPv6 address",
            from_v6(HALL, ROUTER_V6),
        )
        .drops(
            Spoofed,
            "from the router's link-local address",
            from_v6(HALL, ROUTER_LINK_LOCAL),
        );
}

const RANKED: &str = r#"
version: 1
interfaces:
  lan-cam*: {unlisted: drop}
  lan: {unlisted: pass}
groups:
  # Numbered from zero: the last has the number that the address 1.0.0.7 starts with.
  first: {allow: [{to: 203.0.113.1}]}
  second: {allow: [{to: [203.0.113.2, 1.0.0.0/8]}]}
cameras:
  by-mac: {match: {mac: "02:00:5e:10:00:01", interface: lan-cam1}, group: first}
  by-long-vendor: {match: {mac: "02:00:5e:10:00:00/36"}, group: second}
  by-vendor: {match: {mac: "02:00:5e"}, group: first}
  by-address: {match: {ip: [192.168.50.77, 198.18.5.7, "fd00:50::77"]}, group: second}
  by-prefix: {match: {ip: 192.168.50.64/27}, group: first}
  by-vlan: {match: {vlan: 7}, group: second}
  by-interface: {match: {interface: lan-cam2}, group: first}
"#;

/// Two groups that allow different prefixes tell which identity it was.
pub(super) fn placed(ports: &Ports) -> Suite {
    let mac = [2, 0, 0x5e, 0x10, 0, 1];
    let long_vendor = [2, 0, 0x5e, 0x10, 0, 2];
    let vendor = [2, 0, 0x5e, 0xff, 0, 1];
    let to = |mac: Mac, source, destination| {
        ethernet(mac) / vlan(7) / ipv4(source, destination) / udp(5000, 5000)
    };
    let mut cases = Cases::of("by-mac", ports.cameras);
    cases
        .closes(Threat::BorrowedIdentity)
        .allows(
            "a whole MAC address wins",
            to(mac, "192.168.50.77", "203.0.113.1"),
        )
        .drops(
            NotAllowed,
            "a whole MAC address wins over what others may reach",
            to(mac, "192.168.50.77", "203.0.113.2"),
        )
        .camera("by-long-vendor", ports.cameras)
        .allows(
            "then the longest MAC prefix",
            to(long_vendor, "192.168.50.77", "203.0.113.2"),
        )
        .camera("by-vendor", ports.cameras)
        .allows(
            "then a shorter one",
            to(vendor, "192.168.50.77", "203.0.113.1"),
        )
        .drops(
            NotAllowed,
            "an address that starts with another group's number",
            to(vendor, "192.168.50.77", "1.0.0.7"),
        )
        .camera("by-address", ports.cameras)
        .allows(
            "then the longest prefix",
            to(STRANGER, "192.168.50.77", "1.0.0.7"),
        )
        .allows(
            "known by an address elsewhere: behind another router",
            to(STRANGER, "198.18.5.7", "203.0.113.2"),
        )
        .drops(
            NotAllowed,
            "known by an IPv6 address",
            ethernet(STRANGER) / vlan(7) / ipv6("fd00:50::77", ARCHIVE_V6) / udp(5000, 5000),
        )
        .allows(
            "who is known by an address advertises it",
            advertised("fd00:50::77", "fd00:50::77"),
        )
        .drops(
            Spoofed,
            "who is known by an address advertises the recorder's",
            advertised("fd00:50::77", RECORDER_V6),
        )
        .camera("by-vlan", ports.cameras)
        .drops(
            NotAllowed,
            "not known by the IPv6 address beside it",
            ethernet(STRANGER) / vlan(7) / ipv6("fd00:50::78", ARCHIVE_V6) / udp(5000, 5000),
        )
        .camera("by-prefix", ports.cameras)
        .allows(
            "then a shorter prefix",
            to(STRANGER, "192.168.50.78", "203.0.113.1"),
        )
        .camera("by-vlan", ports.trunk)
        .allows("then the VLAN", to(STRANGER, "192.168.60.9", "203.0.113.2"))
        .camera("by-interface", ports.trunk)
        .allows(
            "then the interface",
            from(STRANGER, "192.168.60.9", "203.0.113.1"),
        )
        .camera("by-mac", ports.trunk)
        .drops(
            Spoofed,
            "a MAC address that belongs to another place",
            from(mac, "192.168.60.9", "203.0.113.1"),
        )
        .camera("by-mac", ports.mixed)
        .drops(
            Spoofed,
            "a MAC address that belongs to another place, among strangers",
            from(mac, "192.168.70.9", "203.0.113.1"),
        )
        .strangers(ports.mixed)
        .ignores(
            "nothing that anybody is known by",
            from(STRANGER, "192.168.70.9", "203.0.113.1"),
        );
    under(RANKED, "the most specific identity", ports, cases)
}

fn advertised(source: &str, target: &str) -> Layers {
    ethernet(STRANGER)
        / vlan(7)
        / ipv6(source, "ff02::1").hop_limit(255)
        / neighbour_advertisement(target).target_link(STRANGER)
}

fn from(mac: Mac, source: &str, destination: &str) -> Layers {
    ethernet(mac) / ipv4(source, destination) / udp(5000, 5000)
}

fn from_v4(mac: Mac, source: &str) -> Layers {
    from(mac, source, ARCHIVE)
}

fn from_v6(mac: Mac, source: &str) -> Layers {
    ethernet(mac) / ipv6(source, ARCHIVE_V6) / udp(5000, 5000)
}
