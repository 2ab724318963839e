//! Looking for others on the link: dropped, unless the group allows it, and then on the link alone.

use enforcer_common::DropReason::{
    Denied, Discovery, Ethertype, IcmpType, Malformed, Multicast, NotAllowed, Spoofed,
};

use super::network::{
    ARCHIVE, ELSEWHERE, GATE, GATE_LINK_LOCAL, GATE_V4, GATE_V6, HALL, HALL_V4, HALL_V6, gate_to,
    hall_to, home, under,
};
use super::{Cases, Ports, Suite};
use crate::frame::{BROADCAST, data, ethernet, hop_by_hop, icmpv6, igmp, ipv4, ipv6, udp, vlan};
use crate::threats::Threat;

pub(super) mod alone;

const EVERYBODY: &str = "255.255.255.255";
/// Router alert, which goes with reports about multicast groups.
const ROUTER_ALERT: u8 = 5;

/// What cameras look for others with: by IPv4 and by IPv6 or broadcast.
const SEARCHES: [(&str, &str, u16); 11] = [
    ("SSDP", "239.255.255.250", 1900),
    ("WS-Discovery", "239.255.255.250", 3702),
    ("multicast DNS", "224.0.0.251", 5353),
    ("LLMNR", "224.0.0.252", 5355),
    ("SADP", "239.255.255.250", 37020),
    ("DHIP", "239.255.255.251", 37810),
    ("SADP to everybody", EVERYBODY, 37020),
    ("SSDP by IPv6", "ff02::c", 1900),
    ("WS-Discovery by IPv6", "ff02::c", 3702),
    ("multicast DNS by IPv6", "ff02::fb", 5353),
    ("LLMNR by IPv6", "ff02::1:3", 5355),
];

/// Reports and leaves of IGMP (RFC 1112, RFC 2236, RFC 3376) and where they go.
const IPV4_REPORTS: [(&str, u8, &str); 4] = [
    ("a report of IGMPv1", 0x12, "239.255.255.250"),
    ("a report of IGMPv2", 0x16, "239.255.255.250"),
    ("a leave of IGMPv2", 0x17, "224.0.0.2"),
    ("a report of IGMPv3", 0x22, "224.0.0.22"),
];

/// Reports and dones of MLD (RFC 2710, RFC 3810) and where they go.
const IPV6_REPORTS: [(&str, u8, &str); 3] = [
    ("a report of MLD", 131, "ff02::fb"),
    ("a done of MLD", 132, "ff02::2"),
    ("a report of MLDv2", 143, "ff02::16"),
];

pub(super) fn dropped(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    cases.closes(Threat::Discovery);
    for (name, destination, port) in SEARCHES {
        cases.drops(
            Discovery,
            name,
            gate_to(destination) / udp(40000, port) / data(b"?"),
        );
    }
    for (name, kind, group) in IPV4_REPORTS {
        cases.drops(Discovery, name, gate_to(group) / igmp(kind));
    }
    for (name, kind, group) in IPV6_REPORTS {
        cases.drops(
            Discovery,
            name,
            ethernet(GATE)
                / ipv6(GATE_LINK_LOCAL, group).hop_limit(1)
                / hop_by_hop().option(ROUTER_ALERT, &[0, 0])
                / icmpv6(kind, 0)
                / data(&[0; 16]),
        );
    }
    cases
        .drops(
            Discovery,
            "a report of MLDv2 from no address",
            ethernet(GATE) / ipv6("::", "ff02::16").hop_limit(1) / icmpv6(143, 0),
        )
        .drops(
            Ethertype,
            "SADP in a raw Ethernet broadcast",
            ethernet(GATE).to(BROADCAST).ethertype(0x8033) / data(&[0; 46]),
        )
        .drops(
            NotAllowed,
            "a search at one host that is not allowed",
            gate_to(ELSEWHERE) / udp(40000, 1900),
        )
        .drops(
            Multicast,
            "a vendor's search at a port that is nobody's",
            gate_to(EVERYBODY) / udp(40000, 5050),
        )
        .drops(
            Discovery,
            "DHIP to everybody on the link",
            ethernet(GATE).to(BROADCAST) / ipv4(GATE_V4, "192.168.50.255") / udp(40000, 37810),
        )
        .drops(
            Discovery,
            "a search in a frame to one station",
            ethernet(GATE).to([2, 0, 0, 0, 0, 1])
                / ipv4(GATE_V4, "239.255.255.250")
                / udp(40000, 1900),
        )
        .drops(
            Discovery,
            "a search behind a tag and options",
            ethernet(GATE)
                / vlan(0)
                / ipv4(GATE_V4, "239.255.255.250").option(148, &[0, 0])
                / udp(40000, 1900),
        )
        .drops(
            Multicast,
            "a later fragment of a search",
            ethernet(GATE) / ipv4(GATE_V4, "239.255.255.250").fragment_offset(1) / data(&[b'?'; 8]),
        )
        .closes(Threat::GroupAddresses)
        .drops(
            Multicast,
            "a question who is in which group",
            gate_to("224.0.0.1") / igmp(0x11),
        )
        .drops(
            Multicast,
            "a question who is in which IPv6 group",
            gate_to("ff02::1") / icmpv6(130, 0) / data(&[0; 16]),
        )
        .closes(Threat::BorrowedIdentity)
        .drops(
            Spoofed,
            "a search from another address",
            ethernet(GATE) / ipv4("192.168.50.99", "239.255.255.250") / udp(40000, 1900),
        )
        .closes(Threat::ImpossibleAddresses)
        .drops(
            Malformed,
            "a search from no address",
            ethernet(GATE) / ipv4("0.0.0.0", "239.255.255.250") / udp(40000, 1900),
        );
    home("discovery, dropped", ports, cases)
}

const ALLOWING: &str = r#"
version: 1
interfaces: {lan-cam1: {unlisted: drop}}
groups:
  seekers:
    allow: [{to: 203.0.113.0/24}]
    deny: [{to: [239.255.255.251, "ff02::2"]}]
    link: {discovery: allow}
cameras:
  gate: {match: {mac: "02:00:00:00:50:21", ip: [192.168.50.21, "fd00:50::21"]}, group: seekers}
  hall: {match: {mac: "02:00:00:00:50:22"}, group: seekers}
"#;

pub(super) fn allowed(ports: &Ports) -> Suite {
    let mut cases = Cases::of("hall", ports.cameras);
    let denied = |group| group == "239.255.255.251" || group == "ff02::2";
    for (name, destination, port) in SEARCHES {
        let frame = hall_to(destination) / udp(40000, port) / data(b"?");
        if denied(destination) {
            cases
                .closes(Threat::OverlappingRules)
                .drops(Denied, name, frame)
                .everyday();
        } else {
            cases.allows(name, frame);
        }
    }
    for (name, kind, group) in IPV4_REPORTS {
        cases.allows(
            name,
            ethernet(HALL) / ipv4(HALL_V4, group).ttl(1) / igmp(kind),
        );
    }
    for (name, kind, group) in IPV6_REPORTS {
        let frame = ethernet(HALL) / ipv6(HALL_V6, group).hop_limit(1) / icmpv6(kind, 0);
        if denied(group) {
            cases
                .closes(Threat::OverlappingRules)
                .drops(Denied, name, frame)
                .everyday();
        } else {
            cases.allows(name, frame);
        }
    }
    before_an_address(&mut cases);
    cases.closes(Threat::Discovery);
    beyond_the_link(&mut cases);
    cases.camera("gate", ports.cameras);
    from_itself(&mut cases);
    under(ALLOWING, "discovery, allowed", ports, cases)
}

/// Memberships are told before there is an address at all (RFC 3376, RFC 3590).
fn before_an_address(cases: &mut Cases) {
    cases
        .allows(
            "a report of MLDv2 from no address",
            ethernet(HALL) / ipv6("::", "ff02::16").hop_limit(1) / icmpv6(143, 0),
        )
        .allows(
            "a report of IGMPv3 from no address",
            ethernet(HALL) / ipv4("0.0.0.0", "224.0.0.22").ttl(1) / igmp(0x22),
        )
        .closes(Threat::OverlappingRules)
        .drops(
            Denied,
            "a report from no address to a denied group",
            ethernet(HALL) / ipv4("0.0.0.0", "239.255.255.251").ttl(1) / igmp(0x16),
        )
        .closes(Threat::ImpossibleAddresses)
        .drops(
            Malformed,
            "a search from no address",
            ethernet(HALL) / ipv4("0.0.0.0", "239.255.255.250") / udp(40000, 1900),
        )
        .drops(
            Malformed,
            "a search from no IPv6 address",
            ethernet(HALL) / ipv6("::", "ff02::c") / udp(40000, 3702),
        );
}

fn beyond_the_link(cases: &mut Cases) {
    cases
        .allows(
            "a search at everybody on the link",
            ethernet(HALL).to(BROADCAST) / ipv4(HALL_V4, "192.168.50.255") / udp(40000, 37810),
        )
        .drops(
            Multicast,
            "a search at everybody on another link, by way of the router",
            hall_to("192.168.70.255") / udp(40000, 1900),
        )
        .drops(
            Multicast,
            "a search at everybody on the link, in a frame to the router",
            hall_to("192.168.50.255") / udp(40000, 37810),
        )
        .drops(
            Discovery,
            "a search in the whole world",
            hall_to("224.0.1.1") / udp(40000, 1900),
        )
        .drops(
            Discovery,
            "a search in the whole site by IPv6",
            hall_to("ff05::c") / udp(40000, 1900),
        )
        .drops(
            NotAllowed,
            "a search at one host that is not allowed",
            hall_to(ELSEWHERE) / udp(40000, 1900),
        )
        .allows(
            "a search at one host that is allowed",
            hall_to(ARCHIVE) / udp(40000, 1900),
        )
        .drops(
            Multicast,
            "another port of a group where others search",
            hall_to("239.255.255.250") / udp(40000, 1901),
        )
        .drops(
            Multicast,
            "a question who is in which group",
            hall_to("224.0.0.1") / igmp(0x11),
        );
}

fn from_itself(cases: &mut Cases) {
    cases
        .closes(Threat::BorrowedIdentity)
        .drops(
            Spoofed,
            "a search from another address",
            ethernet(GATE) / ipv4("192.168.50.99", "239.255.255.250") / udp(40000, 1900),
        )
        .allows(
            "a search from its own address",
            ethernet(GATE) / ipv4(GATE_V4, "239.255.255.250") / udp(40000, 1900),
        )
        .allows(
            "a report from its link-local address",
            ethernet(GATE) / ipv6(GATE_LINK_LOCAL, "ff02::16").hop_limit(1) / icmpv6(143, 0),
        )
        .drops(
            IcmpType,
            "a report to one host where anything is allowed",
            ethernet(GATE) / ipv4(GATE_V4, ARCHIVE) / crate::frame::icmp(143, 0),
        )
        .closes(Threat::GroupAddresses)
        .drops(
            Multicast,
            "a group that nobody searches in",
            ethernet(GATE) / ipv6(GATE_V6, "ff02::6a") / udp(40000, 5000),
        );
}
