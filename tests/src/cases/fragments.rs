//! Fragments: they pass where the destination alone decides, and nowhere else.

use enforcer_common::DropReason::{
    Denied, ExtensionHeaders, Fragment, Malformed, Multicast, NotAllowed, PortMapping, Protocol,
};

use super::network::{
    ARCHIVE, ARCHIVE_V6, DENIED, DENIED_V6, ELSEWHERE, GATE, GATE_V4, GATE_V6, RECORDER,
    RECORDER_V6, ROUTER, ROUTER_V6, gate_to, home,
};
use super::{Cases, Ports, Suite};
use crate::frame::{
    Ethernet, data, destination_options, ethernet, fragment, icmp, icmpv6, ipv4, ipv6,
    neighbour_solicitation, protocol, tcp, udp,
};
use crate::threats::Threat;

/// The first eight bytes of a datagram from port 40000 to port 53.
const LIKE_DNS: [u8; 8] = [0x9c, 0x40, 0, 53, 0, 8, 0, 0];

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    cases.closes(Threat::Fragments);
    pieces(&mut cases);
    beginnings(&mut cases);
    atoms(&mut cases);
    housekeeping(&mut cases);
    home("fragments", ports, cases)
}

fn pieces(cases: &mut Cases) {
    let first = |destination| ipv4(GATE_V4, destination).more_fragments();
    let later = |destination| ipv4(GATE_V4, destination).fragment_offset(1);
    cases
        .allows(
            "a first fragment to where anything is allowed",
            gate() / first(ARCHIVE) / udp(5000, 5000).length(1480) / data(&[0; 16]),
        )
        .allows(
            "a middle fragment to where anything is allowed",
            gate() / later(ARCHIVE).more_fragments() / protocol(17, &[0; 16]),
        )
        .allows(
            "a last fragment to where anything is allowed",
            gate() / later(ARCHIVE) / protocol(6, &[0; 3]),
        )
        .allows(
            "a later fragment of a ping",
            gate() / later(ARCHIVE) / protocol(1, &[0; 3]),
        )
        .drops(
            Fragment,
            "a first fragment to an allowed port",
            gate() / first(ROUTER) / udp(40000, 53).length(1480) / data(&[0; 16]),
        )
        .drops(
            Fragment,
            "a later fragment whose data look like an allowed port",
            gate() / later(ROUTER) / protocol(17, &LIKE_DNS),
        )
        .drops(
            Fragment,
            "a fragment that starts at the first byte and is not the last, in answer",
            gate() / first(RECORDER) / tcp(554, 40000).ack() / data(&[0; 4]),
        )
        .allows(
            "a packet that may not be fragmented",
            gate() / ipv4(GATE_V4, ROUTER).do_not_fragment() / udp(40000, 53),
        )
        .drops(
            NotAllowed,
            "a later fragment to a destination that is not allowed",
            gate() / later(ELSEWHERE) / protocol(17, &LIKE_DNS),
        )
        .drops(
            Denied,
            "a later fragment to a denied destination",
            gate() / later(DENIED) / protocol(17, &LIKE_DNS),
        )
        .drops(
            Protocol,
            "a later fragment of a tunnel",
            gate() / later(ARCHIVE) / protocol(4, &[0x45; 20]),
        )
        .drops(
            Malformed,
            "the flag that is reserved",
            gate() / ipv4(GATE_V4, ARCHIVE).reserved_flag() / udp(5000, 5000),
        );
}

fn beginnings(cases: &mut Cases) {
    let first = || gate() / ipv4(GATE_V4, ARCHIVE).more_fragments();
    let first_v6 = || gate() / ipv6(GATE_V6, ARCHIVE_V6) / fragment(0, true);
    cases
        .drops(
            Fragment,
            "a first fragment that holds eight bytes of TCP",
            first() / protocol(6, &[0; 8]),
        )
        .drops(
            Fragment,
            "a first fragment that ends within the options of TCP",
            first() / tcp(40000, 443).syn().data_offset(8) / data(&[0; 4]),
        )
        .drops(
            Fragment,
            "a first fragment without anything",
            first() / protocol(17, &[]),
        )
        .drops(
            Fragment,
            "a fragment that overlaps the TCP header, to an allowed port",
            gate() / ipv4(GATE_V4, RECORDER).fragment_offset(1) / protocol(6, &[0; 16]),
        )
        .drops(
            PortMapping,
            "a second first fragment, which shows other ports than the first",
            first() / udp(5000, 5351).length(1480) / data(&[0; 16]),
        )
        .drops(
            Fragment,
            "a first fragment that holds seven bytes of UDP",
            first() / protocol(17, &[0x13, 0x88, 0x13, 0x88, 0, 60, 0]),
        )
        .drops(
            Fragment,
            "a first fragment that holds four bytes of a ping",
            first() / protocol(1, &[8, 0, 0, 0]),
        )
        .drops(
            Fragment,
            "a first IPv6 fragment that ends behind its destination options",
            first_v6() / destination_options().next_header(17) / data(&[]),
        )
        .drops(
            Malformed,
            "a first fragment with a UDP length within the header",
            first() / udp(5000, 5000).length(7) / data(&[0; 16]),
        )
        .allows(
            "the last place where a fragment can start",
            gate() / ipv4(GATE_V4, ARCHIVE).fragment_offset(0x1fff) / protocol(17, &[0; 8]),
        )
        .allows(
            "a fragment that overlaps the TCP header",
            gate() / ipv4(GATE_V4, ARCHIVE).fragment_offset(1) / protocol(6, &[0; 16]),
        )
        .allows(
            "the first fragment of a ping",
            first() / icmp(8, 0) / data(&[0; 16]),
        )
        .drops(
            Fragment,
            "a first IPv6 fragment that holds eight bytes of TCP",
            first_v6() / protocol(6, &[0; 8]),
        )
        .drops(
            Malformed,
            "a first IPv6 fragment that ends within its destination options",
            first_v6() / destination_options().units(3) / data(&[0; 8]),
        )
        .allows(
            "a first IPv6 fragment to where anything is allowed",
            first_v6() / udp(5000, 5000).length(1480) / data(&[0; 16]),
        );
}

fn atoms(cases: &mut Cases) {
    let to = |destination| gate() / ipv6(GATE_V6, destination);
    cases
        .allows(
            "an atomic fragment to where anything is allowed",
            to(ARCHIVE_V6) / fragment(0, false) / udp(5000, 5000),
        )
        .drops(
            Fragment,
            "an atomic fragment to an allowed port",
            to(ROUTER_V6) / fragment(0, false) / udp(40000, 53),
        )
        .drops(
            Denied,
            "an atomic fragment to a denied destination",
            to(DENIED_V6) / fragment(0, false) / udp(5000, 5000),
        )
        .drops(
            Fragment,
            "an atomic fragment that answers from an allowed port",
            to(RECORDER_V6) / fragment(0, false) / tcp(554, 40000).ack(),
        )
        .drops(
            Protocol,
            "an atomic fragment of a tunnel",
            to(ARCHIVE_V6) / fragment(0, false) / ipv6(GATE_V6, DENIED_V6) / udp(5000, 5000),
        )
        .allows(
            "a later IPv6 fragment to where anything is allowed",
            to(ARCHIVE_V6) / fragment(185, false) / protocol(17, &[0; 8]),
        )
        .drops(
            Fragment,
            "a later IPv6 fragment whose data look like an allowed port",
            to(ROUTER_V6) / fragment(1, false) / protocol(17, &LIKE_DNS),
        )
        .drops(
            ExtensionHeaders,
            "a later IPv6 fragment that names an extension header",
            to(ARCHIVE_V6) / fragment(1, false).next_header(60) / udp(5000, 5000),
        )
        .drops(
            ExtensionHeaders,
            "a fragment within a fragment",
            to(ARCHIVE_V6) / fragment(0, true) / fragment(0, true) / udp(5000, 5000),
        )
        .drops(
            Malformed,
            "a fragment header past the end of the packet",
            to(ARCHIVE_V6) / protocol(44, &[17, 0, 0, 0]),
        );
    cases
        .closes(Threat::ExtensionHeaders)
        .drops(
            ExtensionHeaders,
            "a fragment header with something in its reserved byte",
            to(ARCHIVE_V6) / fragment(0, false).reserved(1) / udp(5000, 5000),
        )
        .drops(
            ExtensionHeaders,
            "a fragment header with something in its reserved bits",
            to(ARCHIVE_V6) / fragment(0, false).reserved_bits(2) / udp(5000, 5000),
        )
        .closes(Threat::Fragments);
}

fn housekeeping(cases: &mut Cases) {
    cases
        .drops(
            Malformed,
            "a neighbour solicitation in a fragment",
            gate()
                / ipv6("fe80::21", "ff02::1:ff00:1").hop_limit(255)
                / fragment(0, false)
                / neighbour_solicitation("fe80::1").source_link(GATE),
        )
        .drops(
            Multicast,
            "a request for an address in a fragment",
            gate() / ipv4(GATE_V4, "255.255.255.255").more_fragments() / udp(68, 67),
        )
        .drops(
            Malformed,
            "a request for an address in a fragment, from no address",
            gate() / ipv4("0.0.0.0", "255.255.255.255").more_fragments() / udp(68, 67),
        )
        .allows(
            "the first fragment of an IPv6 ping",
            gate_to(ARCHIVE_V6) / fragment(0, true) / icmpv6(128, 0) / data(&[0; 16]),
        );
}

const fn gate() -> Ethernet {
    ethernet(GATE)
}
