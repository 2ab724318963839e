//! ICMP: echo and errors, to where anything is allowed.

use enforcer_common::DropReason::{Denied, IcmpType, Malformed, NotAllowed, Protocol};

use super::network::{
    ARCHIVE, ARCHIVE_V6, DENIED, DENIED_V6, ELSEWHERE, GATE, GATE_V4, RECORDER, ROUTER, ROUTER_V6,
    gate_to, home,
};
use super::{Cases, Ports, Suite};
use crate::frame::{data, ethernet, icmp, icmpv6, ipv4, protocol, udp};
use crate::threats::Threat;

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    for (name, kind) in [
        ("an echo reply", 0),
        ("destination unreachable", 3),
        ("an echo request", 8),
        ("time exceeded", 11),
        ("a parameter problem", 12),
    ] {
        cases.allows(name, gate_to(ARCHIVE) / icmp(kind, 0) / data(&[0; 28]));
    }
    for (name, kind) in [
        ("IPv6 destination unreachable", 1),
        ("an IPv6 packet too big", 2),
        ("IPv6 time exceeded", 3),
        ("an IPv6 parameter problem", 4),
        ("an IPv6 echo request", 128),
        ("an IPv6 echo reply", 129),
    ] {
        cases.allows(name, gate_to(ARCHIVE_V6) / icmpv6(kind, 0) / data(&[0; 48]));
    }
    cases.closes(Threat::Tunnels);
    for (name, kind) in [
        ("source quench", 4),
        ("a router solicitation", 10),
        ("a timestamp", 13),
        ("a request for a mask", 17),
        ("an extended echo", 42),
        ("a type that nobody has", 255),
    ] {
        cases.drops(IcmpType, name, gate_to(ARCHIVE) / icmp(kind, 0));
    }
    for (name, kind) in [
        ("no IPv6 type", 0),
        ("the first IPv6 error that there is not", 5),
        ("router renumbering", 138),
        ("a node information query", 139),
        ("an IPv6 type that nobody has", 255),
    ] {
        cases.drops(IcmpType, name, gate_to(ARCHIVE_V6) / icmpv6(kind, 0));
    }
    elsewhere(&mut cases);
    home("ICMP", ports, cases)
}

fn elsewhere(cases: &mut Cases) {
    cases
        .drops(
            Protocol,
            "a ping where only ports are allowed",
            gate_to(ROUTER) / icmp(8, 0),
        )
        .drops(
            Protocol,
            "an IPv6 ping where only ports are allowed",
            gate_to(ROUTER_V6) / icmpv6(128, 0),
        )
        .drops(
            Protocol,
            "a ping to whom it may answer",
            gate_to(RECORDER) / icmp(0, 0),
        )
        .drops(
            NotAllowed,
            "a ping to somewhere else",
            gate_to(ELSEWHERE) / icmp(8, 0),
        )
        .drops(
            Denied,
            "a ping to a denied destination",
            gate_to(DENIED) / icmp(8, 0),
        )
        .drops(
            Denied,
            "an IPv6 ping to a denied destination",
            gate_to(DENIED_V6) / icmpv6(128, 0),
        )
        .drops(
            NotAllowed,
            "an error about a packet that never was, to somewhere else",
            gate_to(ELSEWHERE) / icmp(3, 4) / ipv4(ELSEWHERE, ARCHIVE) / udp(1, 2),
        )
        .closes(Threat::Contradictions)
        .drops(
            Malformed,
            "half a ping",
            gate_to(ARCHIVE) / protocol(1, &[8, 0, 0, 0]),
        )
        .drops(
            Malformed,
            "a ping whose last byte is padding",
            ethernet(GATE) / ipv4(GATE_V4, ARCHIVE).total_length(27) / icmp(8, 0),
        )
        .drops(
            Malformed,
            "half an IPv6 ping",
            gate_to(ARCHIVE_V6) / protocol(58, &[128, 0, 0]),
        );
}
