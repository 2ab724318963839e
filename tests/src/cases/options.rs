//! IPv4 options: they move the ports, and the header says how far.

use enforcer_common::DropReason::{Malformed, Port};

use super::network::{ARCHIVE, GATE, GATE_V4, ROUTER, home};
use super::{Cases, Ports, Suite};
use crate::frame::{data, ethernet, ipv4, udp};
use crate::threats::Threat;

/// Router alert (RFC 2113) and timestamp (RFC 791).
const ROUTER_ALERT: u8 = 148;
const TIMESTAMP: u8 = 68;

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    cases.closes(Threat::Ipv4Options);
    shifts(&mut cases);
    nonsense(&mut cases);
    home("IPv4 options", ports, cases)
}

fn shifts(cases: &mut Cases) {
    // Where the ports would be without options, there are those of a question about names.
    let like_dns = [1, 1, 0, 53];
    cases
        .allows(
            "an allowed port behind a router alert",
            ethernet(GATE) / ipv4(GATE_V4, ROUTER).option(ROUTER_ALERT, &[0, 0]) / udp(40000, 53),
        )
        .drops(
            Port,
            "another port behind options that look like an allowed one",
            ethernet(GATE) / ipv4(GATE_V4, ROUTER).raw_options(&like_dns) / udp(40000, 54),
        )
        .allows(
            "an allowed port behind as many options as there can be",
            ethernet(GATE) / ipv4(GATE_V4, ROUTER).option(TIMESTAMP, &[5; 38]) / udp(40000, 53),
        )
        .drops(
            Port,
            "another port behind as many options as there can be",
            ethernet(GATE) / ipv4(GATE_V4, ROUTER).option(TIMESTAMP, &[5; 38]) / udp(40000, 54),
        )
        .allows(
            "whatever stands behind the end of the options",
            ethernet(GATE) / ipv4(GATE_V4, ROUTER).raw_options(&[0, 131, 0, 0]) / udp(40000, 53),
        );
}

fn nonsense(cases: &mut Cases) {
    let to = || ipv4(GATE_V4, ARCHIVE);
    for (name, ip) in [
        ("a header of no length", to().ihl(0)),
        ("a header shorter than the shortest", to().ihl(4)),
        ("a header longer than the packet", to().ihl(15)),
        (
            "a header of one byte less than the shortest word",
            to().ihl(1),
        ),
        (
            "as many options as there can be, past the total length",
            to().option(TIMESTAMP, &[5; 38]).total_length(40),
        ),
        (
            "a header longer than the packet says it is",
            to().raw_options(&[1; 4]).total_length(20),
        ),
        (
            "an option without a length",
            to().raw_options(&[TIMESTAMP, 0, 0, 0]),
        ),
        (
            "an option shorter than its own length",
            to().raw_options(&[TIMESTAMP, 1, 0, 0]),
        ),
        (
            "an option that ends past the options",
            to().raw_options(&[TIMESTAMP, 5, 0, 0]),
        ),
        (
            "an option longer than all options can be",
            to().raw_options(&[TIMESTAMP, 41, 0, 0]),
        ),
        (
            "an option whose length is the first byte of what follows",
            to().raw_options(&[1, 1, 1, TIMESTAMP]),
        ),
        (
            "more padding than anybody sends",
            to().raw_options(&[1; 40]),
        ),
    ] {
        cases.drops(Malformed, name, ethernet(GATE) / ip / udp(5000, 5000));
    }
    cases.drops(
        Malformed,
        "options in place of everything else",
        ethernet(GATE) / to().ihl(7) / data(&[1; 4]),
    );
}
