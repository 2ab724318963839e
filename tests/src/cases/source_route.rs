//! Packets that ask routers to send them on to somewhere else.

use enforcer_common::DropReason::SourceRoute;

use super::network::{ARCHIVE, ARCHIVE_V6, ELSEWHERE_V6, GATE, GATE_V4, gate_to, home};
use super::{Cases, Ports, Suite};
use crate::frame::{Ipv4, destination_options, ethernet, fragment, hop_by_hop, ipv4, routing, udp};
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
    for (name, ip) in [
        ("a loose source route", archive().option(LOOSE, &ROUTE)),
        ("a strict source route", archive().option(STRICT, &ROUTE)),
        (
            "a source route behind padding",
            archive().raw_options(&[1, 1, 1]).option(LOOSE, &ROUTE),
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
    for (name, kind, segments) in [
        ("a routing header of type 0", 0, 1),
        ("a routing header of type 2", 2, 1),
        ("a routing header of type 3", 3, 1),
        ("a segment routing header", 4, 1),
        ("a routing header of an unknown type", 99, 1),
        ("a routing header without segments left", 0, 0),
    ] {
        cases.drops(
            SourceRoute,
            name,
            gate_to(ARCHIVE_V6) / routing(kind, segments, ELSEWHERE_V6) / udp(5000, 5000),
        );
    }
    cases
        .drops(
            SourceRoute,
            "a routing header behind others",
            gate_to(ARCHIVE_V6)
                / hop_by_hop()
                / destination_options()
                / routing(0, 1, ELSEWHERE_V6)
                / udp(5000, 5000),
        )
        .drops(
            SourceRoute,
            "a routing header in a first fragment",
            gate_to(ARCHIVE_V6) / fragment(0, true) / routing(0, 1, ELSEWHERE_V6) / udp(5000, 5000),
        )
        .drops(
            SourceRoute,
            "a home address",
            gate_to(ARCHIVE_V6)
                / destination_options()
                    .raw(&[1, 2, 0, 0])
                    .option(HOME_ADDRESS, &[0x20; 16])
                / udp(5000, 5000),
        )
        .drops(
            SourceRoute,
            "a home address among hop-by-hop options",
            gate_to(ARCHIVE_V6)
                / hop_by_hop().raw(&[0; 4]).option(HOME_ADDRESS, &[0x20; 16])
                / udp(5000, 5000),
        )
        .allows(
            "a recorded route, which leads nowhere else",
            ethernet(GATE) / archive().option(7, &[4, 0, 0, 0, 0]) / udp(5000, 5000),
        );
    home("source routes", ports, cases)
}

fn archive() -> Ipv4 {
    ipv4(GATE_V4, ARCHIVE)
}
