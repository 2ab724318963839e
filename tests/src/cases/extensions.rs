//! IPv6 extension headers: a short chain of what is harmless, and nothing else.

use enforcer_common::DropReason::{Denied, ExtensionHeaders, Malformed, NotAllowed, Protocol};

use super::network::{
    ARCHIVE_V6, DENIED_V6, ELSEWHERE_V6, GATE, GATE_V6, ROUTER_V6, gate_to, home,
};
use super::{Cases, Ports, Suite};
use crate::frame::{
    authentication, data, destination_options, ethernet, fragment, hop_by_hop, ipv6, mobility,
    protocol, tcp, udp,
};
use crate::threats::Threat;

/// Router alert (RFC 2711).
const ROUTER_ALERT: u8 = 5;
/// Jumbo payload (RFC 2675).
const JUMBO: u8 = 0xc2;

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    cases.closes(Threat::ExtensionHeaders);
    chains(&mut cases);
    headers(&mut cases);
    options(&mut cases);
    home("IPv6 extension headers", ports, cases)
}

fn chains(cases: &mut Cases) {
    let chain = |destination| {
        gate_to(destination)
            / hop_by_hop()
            / destination_options()
            / fragment(0, true)
            / destination_options()
    };
    cases
        .allows(
            "hop-by-hop options that are padding",
            gate_to(ROUTER_V6) / hop_by_hop() / udp(40000, 53),
        )
        .allows(
            "destination options that are padding",
            gate_to(ROUTER_V6) / destination_options() / udp(40000, 53),
        )
        .allows("the longest chain", chain(ARCHIVE_V6) / udp(5000, 5000))
        .drops(
            ExtensionHeaders,
            "one header more than the longest chain",
            chain(ARCHIVE_V6) / destination_options() / udp(5000, 5000),
        )
        .drops(
            ExtensionHeaders,
            "a chain of eight",
            (0..8).fold(gate_to(ARCHIVE_V6), |chain, _| {
                chain / destination_options()
            }) / udp(5000, 5000),
        )
        .drops(
            Denied,
            "a chain to a denied destination",
            chain(DENIED_V6) / udp(5000, 5000),
        )
        .drops(
            NotAllowed,
            "a chain to a destination that is not allowed",
            chain(ELSEWHERE_V6) / udp(5000, 5000),
        )
        .drops(
            ExtensionHeaders,
            "an unreadable chain to a denied destination",
            gate_to(DENIED_V6) / authentication() / udp(5000, 5000),
        )
        .drops(
            ExtensionHeaders,
            "hop-by-hop options that are not the first header",
            gate_to(ARCHIVE_V6) / destination_options() / hop_by_hop() / udp(5000, 5000),
        )
        .drops(
            ExtensionHeaders,
            "hop-by-hop options twice",
            gate_to(ARCHIVE_V6) / hop_by_hop() / hop_by_hop() / udp(5000, 5000),
        );
}

fn headers(cases: &mut Cases) {
    cases.drops(
        ExtensionHeaders,
        "an authentication header",
        gate_to(ARCHIVE_V6) / authentication() / udp(5000, 5000),
    );
    for (name, number) in [
        ("encryption", 50),
        ("host identity", 139),
        ("shim6", 140),
        ("an experimental header", 253),
        ("another experimental header", 254),
    ] {
        cases.drops(
            ExtensionHeaders,
            name,
            gate_to(ARCHIVE_V6) / protocol(number, &[0; 24]),
        );
    }
    cases
        .drops(
            ExtensionHeaders,
            "a mobility header",
            gate_to(ARCHIVE_V6) / mobility() / udp(5000, 5000),
        )
        .drops(
            Protocol,
            "no next header",
            gate_to(ARCHIVE_V6) / data(&[0; 8]),
        )
        .drops(
            Protocol,
            "a number that nobody has",
            gate_to(ARCHIVE_V6) / protocol(200, &[0; 24]),
        )
        .drops(
            Malformed,
            "a header that ends past the packet",
            gate_to(ARCHIVE_V6) / destination_options().units(200) / udp(5000, 5000),
        )
        .drops(
            Malformed,
            "a header that ends past the packet and within its padding",
            (gate_to(ARCHIVE_V6) / destination_options().units(1)).with_trailer(&[0; 8]),
        )
        .drops(
            Malformed,
            "the first byte of a header",
            gate_to(ARCHIVE_V6) / protocol(60, &[17]),
        )
        .drops(
            Malformed,
            "a chain that ends without its last header",
            gate_to(ARCHIVE_V6) / destination_options().next_header(17),
        );
}

fn options(cases: &mut Cases) {
    cases
        .allows(
            "a router alert",
            gate_to(ROUTER_V6) / hop_by_hop().option(ROUTER_ALERT, &[0, 0]) / udp(40000, 53),
        )
        .allows(
            "single bytes of padding",
            gate_to(ROUTER_V6) / hop_by_hop().raw(&[0; 6]) / udp(40000, 53),
        )
        .drops(
            ExtensionHeaders,
            "an option that nobody knows",
            gate_to(ARCHIVE_V6) / hop_by_hop().option(0x1e, &[0, 0]) / udp(5000, 5000),
        )
        .drops(
            ExtensionHeaders,
            "a limit of tunnels around it",
            gate_to(ARCHIVE_V6) / destination_options().option(4, &[4]) / udp(5000, 5000),
        )
        .drops(
            ExtensionHeaders,
            "a label of a mesh (RPL)",
            gate_to(ARCHIVE_V6) / hop_by_hop().option(0x63, &[0; 4]) / udp(5000, 5000),
        )
        .drops(
            ExtensionHeaders,
            "a nonce of an identifier (ILNP)",
            gate_to(ARCHIVE_V6) / destination_options().option(0x8b, &[0; 4]) / udp(5000, 5000),
        )
        .drops(
            ExtensionHeaders,
            "an option that ends in the next header",
            gate_to(ARCHIVE_V6) / destination_options().raw(&[1, 12, 0, 0, 0, 0]) / udp(5000, 5000),
        )
        .drops(
            ExtensionHeaders,
            "an option whose length is the next header's first byte",
            gate_to(ARCHIVE_V6) / destination_options().raw(&[0, 0, 0, 0, 0, 1]) / udp(5000, 5000),
        )
        .drops(
            ExtensionHeaders,
            "more options than anybody sends",
            gate_to(ARCHIVE_V6) / hop_by_hop().raw(&[0; 14]) / udp(5000, 5000),
        )
        .drops(
            ExtensionHeaders,
            "a jumbogram",
            ethernet(GATE)
                / ipv6(GATE_V6, ARCHIVE_V6).payload_length(0)
                / hop_by_hop().option(JUMBO, &[0, 1, 0, 0])
                / udp(5000, 5000),
        )
        .drops(
            ExtensionHeaders,
            "a jumbogram to a denied destination",
            ethernet(GATE)
                / ipv6(GATE_V6, DENIED_V6).payload_length(0)
                / hop_by_hop().option(JUMBO, &[0, 1, 0, 0])
                / udp(5000, 5000),
        )
        .drops(
            ExtensionHeaders,
            "an authentication header behind a fragment header",
            gate_to(ARCHIVE_V6) / fragment(0, true) / authentication() / udp(5000, 5000),
        )
        .drops(
            ExtensionHeaders,
            "a jumbogram that also has a length",
            gate_to(ARCHIVE_V6) / hop_by_hop().option(JUMBO, &[0, 1, 0, 0]) / tcp(40000, 443).syn(),
        );
}
