//! Tunnels that look like any other datagram: only their port tells, so only a rule with ports stops
//! them.

use enforcer_common::DropReason::{Denied, NotAllowed, Port};

use super::network::{
    ARCHIVE, DENIED, ELSEWHERE, GATE_V4, RECORDER, RECORDER_V6, ROUTER, ROUTER_V6, gate_to, home,
};
use super::{Cases, Ports, Suite};
use crate::frame::{data, ipv4, tcp, udp};
use crate::threats::Threat;

/// What the router's kernel unpacks, if somebody set it up, and what common daemons do.
const PORTS: [(&str, &str, u16); 11] = [
    ("VXLAN", "VXLAN by IPv6", 4789),
    (
        "VXLAN at its old port",
        "VXLAN at its old port by IPv6",
        8472,
    ),
    ("Geneve", "Geneve by IPv6", 6081),
    ("GRE in UDP", "GRE in UDP by IPv6", 4754),
    ("MPLS in UDP", "MPLS in UDP by IPv6", 6635),
    ("L2TP in UDP", "L2TP in UDP by IPv6", 1701),
    ("IPsec in UDP", "IPsec in UDP by IPv6", 4500),
    ("WireGuard", "WireGuard by IPv6", 51820),
    ("OpenVPN", "OpenVPN by IPv6", 1194),
    ("Teredo", "Teredo by IPv6", 3544),
    ("GTP", "GTP by IPv6", 2152),
];

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    cases.closes(Threat::Tunnels);
    let inside = || ipv4(GATE_V4, DENIED);
    for (v4, v6, port) in PORTS {
        let tunnel = || udp(40000, port);
        cases
            .drops(
                Port,
                v4,
                gate_to(ROUTER) / tunnel() / data(&[0; 8]) / inside() / udp(5000, 5000),
            )
            .drops(
                Port,
                v6,
                gate_to(ROUTER_V6) / tunnel() / data(&[0; 8]) / inside() / udp(5000, 5000),
            );
    }
    cases
        .drops(
            Port,
            "VXLAN to whom it may answer",
            gate_to(RECORDER) / udp(40000, 4789) / data(&[0; 8]),
        )
        .drops(
            Port,
            "a tunnel of ssh to whom it may answer",
            gate_to(RECORDER_V6) / tcp(40000, 22).syn(),
        )
        .drops(
            Denied,
            "VXLAN to a denied destination",
            gate_to(DENIED) / udp(40000, 4789) / data(&[0; 8]),
        )
        .drops(
            NotAllowed,
            "VXLAN to a destination that is not allowed",
            gate_to(ELSEWHERE) / udp(40000, 4789) / data(&[0; 8]),
        )
        .allows(
            "VXLAN to where anything is allowed, which is what that rule says",
            gate_to(ARCHIVE) / udp(40000, 4789) / data(&[0; 8]),
        );
    home("tunnels in UDP", ports, cases)
}
