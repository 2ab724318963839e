//! Protocols besides TCP, UDP and ICMP: tunnels to an allowed host above all.

use enforcer_common::DropReason::{
    Denied, Discovery, ExtensionHeaders, Fragment, Malformed, Multicast, NotAllowed, Port,
    PortMapping, Protocol,
};

use super::network::{
    ARCHIVE, ARCHIVE_V6, DENIED, ELSEWHERE, ELSEWHERE_V6, GATE, GATE_V4, GATE_V6, RECORDER,
    ROUTER_V6, gate_to, home, under,
};
use super::{Cases, Ports, Suite};
use crate::frame::{
    ethernet, fragment, hop_by_hop, icmp, icmpv6, igmp, ipv4, ipv6, protocol, tcp, udp,
};
use crate::threats::Threat;

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
    cases.closes(Threat::Tunnels);
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

const LISTED: &str = r#"
version: 1
interfaces: {lan-cam1: {unlisted: drop}}
groups:
  tunnelled:
    allow:
      - {to: [203.0.113.0/24, "2001:db8:a::/48", 224.0.0.0/3], protocols: [gre, sctp, esp]}
      - {to: 192.168.50.10, protocols: ipv4, ports: tcp/443}
      - {to: [224.0.0.22, "ff02::16"], protocols: [igmp, 200]}
    deny: [{to: 203.0.113.13}]
cameras:
  gate: {match: {mac: "02:00:00:00:50:21", ip: [192.168.50.21, "fd00:50::21"]}, group: tunnelled}
"#;

/// Where a rule lists protocols, these pass whole, and nothing else does.
pub(super) fn listed(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    cases.closes(Threat::Tunnels);
    whole(&mut cases);
    in_pieces(&mut cases);
    beside_ports(&mut cases);
    to_groups(&mut cases);
    under(LISTED, "protocols that are listed", ports, cases)
}

fn whole(cases: &mut Cases) {
    for (v4, v6, number) in TUNNELS {
        for (name, destination) in [(v4, ARCHIVE), (v6, ARCHIVE_V6)] {
            let frame = gate_to(destination) / protocol(number, &[0; 24]);
            if matches!(number, 47 | 132) {
                cases.allows(name, frame);
            } else {
                cases.drops(Protocol, name, frame);
            }
        }
    }
    cases
        .allows("nothing in GRE", gate_to(ARCHIVE) / protocol(47, &[]))
        .allows(
            "encryption in IPv4",
            gate_to(ARCHIVE) / protocol(50, &[0; 24]),
        )
        .drops(
            ExtensionHeaders,
            "encryption in IPv6, which nobody looks behind",
            gate_to(ARCHIVE_V6) / protocol(50, &[0; 24]),
        )
        .allows(
            "a listed protocol behind options",
            gate_to(ARCHIVE_V6) / hop_by_hop().option(5, &[0, 0]) / protocol(47, &[0; 24]),
        )
        .drops(
            Protocol,
            "TCP where protocols alone are listed",
            gate_to(ARCHIVE) / tcp(40000, 443).syn(),
        )
        .drops(
            Protocol,
            "UDP where protocols alone are listed",
            gate_to(ARCHIVE_V6) / udp(5000, 5000),
        )
        .drops(
            PortMapping,
            "a port mapping where protocols alone are listed",
            gate_to(ARCHIVE) / udp(5000, 5351),
        )
        .drops(
            Protocol,
            "ICMP where protocols alone are listed",
            gate_to(ARCHIVE) / icmp(8, 0),
        )
        .drops(
            Denied,
            "a listed protocol to a denied destination",
            gate_to(DENIED) / protocol(47, &[0; 24]),
        )
        .drops(
            NotAllowed,
            "a listed protocol to another destination",
            gate_to(ELSEWHERE) / protocol(47, &[0; 24]),
        );
}

/// Every fragment says its protocol.
fn in_pieces(cases: &mut Cases) {
    cases
        .allows(
            "the first fragment of GRE",
            ethernet(GATE) / ipv4(GATE_V4, ARCHIVE).more_fragments() / protocol(47, &[0; 16]),
        )
        .allows(
            "a later fragment of GRE",
            ethernet(GATE) / ipv4(GATE_V4, ARCHIVE).fragment_offset(2) / protocol(47, &[0; 16]),
        )
        .drops(
            Protocol,
            "a later fragment of another protocol",
            ethernet(GATE) / ipv4(GATE_V4, ARCHIVE).fragment_offset(2) / protocol(48, &[0; 16]),
        )
        .drops(
            Protocol,
            "a later fragment of UDP",
            ethernet(GATE) / ipv4(GATE_V4, ARCHIVE).fragment_offset(2) / protocol(17, &[0; 16]),
        )
        .allows(
            "the first fragment of GRE in IPv6",
            gate_to(ARCHIVE_V6) / fragment(0, true) / protocol(47, &[0; 16]),
        )
        .allows(
            "a later fragment of GRE in IPv6",
            gate_to(ARCHIVE_V6) / fragment(2, false) / protocol(47, &[0; 16]),
        )
        .drops(
            ExtensionHeaders,
            "a later fragment that does not say what is behind its options",
            gate_to(ARCHIVE_V6) / fragment(2, false) / protocol(60, &[0; 16]),
        )
        .drops(
            ExtensionHeaders,
            "a later fragment of encryption in IPv6",
            gate_to(ARCHIVE_V6) / fragment(2, false) / protocol(50, &[0; 16]),
        )
        .drops(
            Malformed,
            "GRE that ends behind its frame",
            ethernet(GATE) / ipv4(GATE_V4, ARCHIVE).total_length(100) / protocol(47, &[0; 16]),
        );
}

fn beside_ports(cases: &mut Cases) {
    cases
        .allows(
            "a tunnel to a host with an allowed port",
            gate_to(RECORDER) / ipv4(GATE_V4, ELSEWHERE) / udp(5000, 5000),
        )
        .allows(
            "the port beside the tunnel",
            gate_to(RECORDER) / tcp(40000, 443).syn(),
        )
        .drops(
            Port,
            "another port beside the tunnel",
            gate_to(RECORDER) / tcp(40000, 444).syn(),
        )
        .drops(
            Fragment,
            "a fragment of the port beside the tunnel",
            ethernet(GATE) / ipv4(GATE_V4, RECORDER).fragment_offset(2) / protocol(6, &[0; 16]),
        )
        .drops(
            Protocol,
            "another tunnel to it",
            gate_to(RECORDER) / protocol(47, &[0; 24]),
        );
}

fn to_groups(cases: &mut Cases) {
    cases
        .allows(
            "a report of group membership",
            gate_to("224.0.0.22") / igmp(0x22),
        )
        .allows(
            "a question who is in which group",
            gate_to("224.0.0.22") / igmp(0x11),
        )
        .allows(
            "a listed number to a named group",
            gate_to("ff02::16") / protocol(200, &[0; 8]),
        )
        .drops(
            Discovery,
            "a report of group membership elsewhere",
            gate_to("224.0.0.23") / igmp(0x22),
        )
        .drops(
            Multicast,
            "GRE to a group that is only covered",
            gate_to("239.1.2.3") / protocol(47, &[0; 24]),
        );
}
