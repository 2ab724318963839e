//! Protocols besides TCP, UDP and ICMP: tunnels to an allowed host above all.

use enforcer_common::DropReason::{Denied, ExtensionHeaders, NotAllowed, Protocol};

use super::network::{
    ARCHIVE, ARCHIVE_V6, DENIED, ELSEWHERE, ELSEWHERE_V6, GATE_V4, GATE_V6, RECORDER, ROUTER_V6,
    gate_to, home,
};
use super::{Cases, Ports, Suite};
use crate::frame::{icmp, icmpv6, ipv4, ipv6, protocol, tcp, udp};

/// What goes over IPv4 as over IPv6.
const TUNNELS: [(&str, &str, u8); 12] = [
    ("GRE in IPv4", "GRE in IPv6", 47),
    ("Ethernet in IPv4", "Ethernet in IPv6", 97),
    ("L2TP in IPv4", "L2TP in IPv6", 115),
    ("SCTP in IPv4", "SCTP in IPv6", 132),
    ("DCCP in IPv4", "DCCP in IPv6", 33),
    ("UDP-Lite in IPv4", "UDP-Lite in IPv6", 136),
    ("MPLS in IPv4", "MPLS in IPv6", 137),
    ("OSPF in IPv4", "OSPF in IPv6", 89),
    ("VRRP in IPv4", "VRRP in IPv6", 112),
    ("EGP in IPv4", "EGP in IPv6", 8),
    (
        "the reserved number, in IPv4",
        "the reserved number, in IPv6",
        255,
    ),
    ("IGMP to one host, in IPv4", "IGMP to one host, in IPv6", 2),
];

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    cases.row(7);
    tunnels(&mut cases);
    for (v4, v6, number) in TUNNELS {
        cases
            .drops(Protocol, v4, gate_to(ARCHIVE) / protocol(number, &[0; 24]))
            .drops(
                Protocol,
                v6,
                gate_to(ARCHIVE_V6) / protocol(number, &[0; 24]),
            );
    }
    only_in_ipv4(&mut cases);
    home("protocols", ports, cases)
}

fn tunnels(cases: &mut Cases) {
    cases
        .drops(
            Protocol,
            "IPv4 in IPv4",
            gate_to(ARCHIVE) / ipv4(GATE_V4, ELSEWHERE) / tcp(40000, 443).syn(),
        )
        .drops(
            Protocol,
            "IPv6 in IPv4",
            gate_to(ARCHIVE) / ipv6(GATE_V6, ELSEWHERE_V6) / tcp(40000, 443).syn(),
        )
        .drops(
            Protocol,
            "IPv4 in IPv6",
            gate_to(ARCHIVE_V6) / ipv4(GATE_V4, ELSEWHERE) / tcp(40000, 443).syn(),
        )
        .drops(
            Protocol,
            "IPv6 in IPv6",
            gate_to(ARCHIVE_V6) / ipv6(GATE_V6, ELSEWHERE_V6) / tcp(40000, 443).syn(),
        )
        .drops(
            Protocol,
            "a tunnel to a host that may be answered",
            gate_to(RECORDER) / ipv4(GATE_V4, ELSEWHERE) / udp(5000, 5000),
        )
        .drops(
            Protocol,
            "a tunnel to a host with allowed ports",
            gate_to(ROUTER_V6) / ipv4(GATE_V4, ELSEWHERE) / udp(5000, 5000),
        )
        .drops(
            NotAllowed,
            "a tunnel to a destination that is not allowed",
            gate_to(ELSEWHERE) / ipv4(GATE_V4, ARCHIVE) / udp(5000, 5000),
        )
        .drops(
            Denied,
            "a tunnel to a denied destination",
            gate_to(DENIED) / ipv4(GATE_V4, ARCHIVE) / udp(5000, 5000),
        );
}

fn only_in_ipv4(cases: &mut Cases) {
    for (name, number) in [
        ("encryption in IPv4", 50),
        ("authentication in IPv4", 51),
        ("hop-by-hop options in IPv4", 0),
        ("a routing header in IPv4", 43),
        ("a fragment header in IPv4", 44),
        ("no next header in IPv4", 59),
        ("destination options in IPv4", 60),
    ] {
        cases.drops(
            Protocol,
            name,
            gate_to(ARCHIVE) / protocol(number, &[0; 24]),
        );
    }
    cases
        .drops(
            Protocol,
            "ICMPv6 in IPv4",
            gate_to(ARCHIVE) / icmpv6(128, 0),
        )
        .drops(Protocol, "ICMP in IPv6", gate_to(ARCHIVE_V6) / icmp(8, 0))
        .drops(
            ExtensionHeaders,
            "encryption in IPv6",
            gate_to(ARCHIVE_V6) / protocol(50, &[0; 24]),
        );
}
