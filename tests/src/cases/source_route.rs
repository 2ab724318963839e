//! Packets that ask routers to send them on to somewhere else.

use enforcer_common::DropReason::{ExtensionHeaders, Malformed, SourceRoute};

use super::network::{
    ARCHIVE, ARCHIVE_V6, DENIED, ELSEWHERE_V6, GATE, GATE_V4, ROUTER, gate_to, home,
};
use super::{Cases, Ports, Suite};
use crate::frame::{
    Ipv4, data, destination_options, ethernet, fragment, hop_by_hop, ipv4, routing, udp,
};
use crate::threats::Threat;

/// Loose and strict source and record route (RFC 791), by way of 198.18.0.7.
const LOOSE: u8 = 131;
const STRICT: u8 = 137;
const ROUTE: [u8; 5] = [4, 198, 18, 0, 7];
/// Home address (RFC 6275).
const HOME_ADDRESS: u8 = 201;

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    cases.closes(Threat::SourceRoute);
    routes(&mut cases);
    routing_headers(&mut cases);
    home_addresses(&mut cases);
    home("source routes", ports, cases)
}

fn routes(cases: &mut Cases) {
    for (name, ip) in [
        ("a loose source route", archive().option(LOOSE, &ROUTE)),
        ("a strict source route", archive().option(STRICT, &ROUTE)),
        (
            "a source route behind padding",
            archive().raw_options(&[1, 1, 1]).option(LOOSE, &ROUTE),
        ),
        (
            "a source route behind as much padding as is read",
            archive().raw_options(&[1; 11]).option(LOOSE, &ROUTE),
        ),
        (
            "a source route behind a recorded route",
            archive().option(7, &[4, 0, 0, 0, 0]).option(LOOSE, &ROUTE),
        ),
        (
            "a source route behind a router alert",
            archive().option(148, &[0, 0]).option(STRICT, &ROUTE),
        ),
        (
            "a source route that was walked to its end",
            archive().option(LOOSE, &[8, 198, 18, 0, 7]),
        ),
        (
            "a source route whose length makes no sense",
            archive().raw_options(&[LOOSE, 0, 4, 0]),
        ),
        (
            "a source route that is the last byte of the options",
            archive().raw_options(&[1, 1, 1, STRICT]),
        ),
        (
            "a source route in a later fragment",
            archive().fragment_offset(1).option(LOOSE, &ROUTE),
        ),
    ] {
        cases.drops(SourceRoute, name, ethernet(GATE) / ip / udp(5000, 5000));
    }
    cases
        .drops(
            Malformed,
            "a source route behind more padding than anybody sends",
            ethernet(GATE)
                / archive().raw_options(&[1; 12]).option(LOOSE, &ROUTE)
                / udp(5000, 5000),
        )
        .drops(
            SourceRoute,
            "a source route to an allowed port",
            ethernet(GATE) / ipv4(GATE_V4, ROUTER).option(LOOSE, &ROUTE) / udp(40000, 53),
        )
        .drops(
            SourceRoute,
            "a source route to a denied destination",
            ethernet(GATE) / ipv4(GATE_V4, DENIED).option(STRICT, &ROUTE) / udp(5000, 5000),
        )
        .allows(
            "a recorded route, which leads nowhere else",
            ethernet(GATE) / archive().option(7, &[4, 0, 0, 0, 0]) / udp(5000, 5000),
        );
}

fn routing_headers(cases: &mut Cases) {
    let through = |kind, segments| routing(kind, segments, ELSEWHERE_V6);
    for (name, kind, segments) in [
        ("a routing header of type 0", 0, 1),
        ("a routing header of type 1", 1, 1),
        ("a routing header of type 2", 2, 1),
        ("a routing header of type 3", 3, 1),
        ("a segment routing header", 4, 1),
        ("a routing header of an unknown type", 99, 1),
        ("a routing header without segments left", 0, 0),
    ] {
        let frame = gate_to(ARCHIVE_V6) / through(kind, segments) / udp(5000, 5000);
        cases.drops(SourceRoute, name, frame);
    }
    cases
        .drops(
            SourceRoute,
            "a routing header behind others",
            gate_to(ARCHIVE_V6)
                / hop_by_hop()
                / destination_options()
                / through(0, 1)
                / udp(5000, 5000),
        )
        .drops(
            SourceRoute,
            "a routing header in a first fragment",
            gate_to(ARCHIVE_V6) / fragment(0, true) / through(0, 1) / udp(5000, 5000),
        )
        .drops(
            SourceRoute,
            "a routing header as the last thing that a first fragment shows",
            gate_to(ARCHIVE_V6)
                / fragment(0, true)
                / destination_options().next_header(43)
                / data(&[]),
        )
        .drops(
            ExtensionHeaders,
            "a routing header in a later fragment",
            gate_to(ARCHIVE_V6) / fragment(1, false) / through(0, 1),
        );
}

fn home_addresses(cases: &mut Cases) {
    let behind = |padding: &[u8]| {
        destination_options()
            .raw(padding)
            .option(HOME_ADDRESS, &[0x20; 16])
    };
    cases
        .drops(
            SourceRoute,
            "a home address",
            gate_to(ARCHIVE_V6) / behind(&[1, 2, 0, 0]) / udp(5000, 5000),
        )
        .drops(
            SourceRoute,
            "a home address behind a fragment header",
            gate_to(ARCHIVE_V6) / fragment(0, false) / behind(&[1, 2, 0, 0]) / udp(5000, 5000),
        )
        .drops(
            SourceRoute,
            "a home address among hop-by-hop options",
            gate_to(ARCHIVE_V6)
                / hop_by_hop().raw(&[0; 4]).option(HOME_ADDRESS, &[0x20; 16])
                / udp(5000, 5000),
        )
        .drops(
            ExtensionHeaders,
            "a home address behind more padding than anybody sends",
            gate_to(ARCHIVE_V6) / behind(&[0; 12]) / udp(5000, 5000),
        );
}

fn archive() -> Ipv4 {
    ipv4(GATE_V4, ARCHIVE)
}
