//! Neighbour discovery: a camera speaks for itself alone, and on the link.

use enforcer_common::DropReason::{Housekeeping, Malformed, Spoofed};

use super::network::{
    GATE, GATE_LINK_LOCAL, GATE_V6, HALL, HALL_V6, RECORDER_V6, ROUTER_LINK_LOCAL, ROUTER_V6, home,
};
use super::{Cases, Ports, Suite};
use crate::frame::{
    Layers, Neighbour, ethernet, hop_by_hop, ipv6, neighbour_advertisement, neighbour_solicitation,
    router_solicitation, vlan,
};
use crate::threats::Threat;

const ALL_NODES: &str = "ff02::1";
const ALL_ROUTERS: &str = "ff02::2";
/// The group of the router's addresses and of whoever else ends in `::1`.
const LIKE_ROUTER: &str = "ff02::1:ff00:1";
/// The group of `gate`'s addresses.
const LIKE_GATE: &str = "ff02::1:ff00:21";

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    own(&mut cases);
    cases.closes(Threat::NeighbourClaims);
    others(&mut cases);
    cases.closes(Threat::CarveOuts);
    off_link(&mut cases);
    cases.closes(Threat::Contradictions);
    broken(&mut cases);
    cases.camera("hall", ports.cameras);
    unbound(&mut cases);
    home("neighbour discovery", ports, cases)
}

fn own(cases: &mut Cases) {
    cases
        .allows(
            "a solicitation for the router",
            from(GATE_LINK_LOCAL, LIKE_ROUTER)
                / neighbour_solicitation(ROUTER_LINK_LOCAL).source_link(GATE),
        )
        .allows(
            "a solicitation from its own global address",
            from(GATE_V6, LIKE_ROUTER) / neighbour_solicitation(ROUTER_V6).source_link(GATE),
        )
        .allows(
            "a solicitation to see whether the router is still there",
            from(GATE_V6, ROUTER_V6) / neighbour_solicitation(ROUTER_V6),
        )
        .allows(
            "a solicitation that detects a duplicate of its own address",
            from("::", LIKE_GATE) / neighbour_solicitation(GATE_V6),
        )
        .allows(
            "a solicitation that detects a duplicate of its link-local address",
            from("::", LIKE_GATE) / neighbour_solicitation(GATE_LINK_LOCAL).option(14, &[7; 6]),
        )
        .allows(
            "an advertisement of its own address",
            from(GATE_V6, ROUTER_V6) / neighbour_advertisement(GATE_V6).target_link(GATE),
        )
        .allows(
            "an advertisement of its own address to all",
            from(GATE_V6, ALL_NODES) / neighbour_advertisement(GATE_V6).target_link(GATE),
        )
        .allows(
            "an advertisement of its link-local address",
            from(GATE_LINK_LOCAL, ROUTER_LINK_LOCAL)
                / neighbour_advertisement(GATE_LINK_LOCAL).target_link(GATE),
        )
        .allows(
            "a router solicitation",
            from(GATE_LINK_LOCAL, ALL_ROUTERS) / router_solicitation().source_link(GATE),
        )
        .allows(
            "a router solicitation from no address",
            from("::", ALL_ROUTERS) / router_solicitation(),
        )
        .allows(
            "a solicitation with something behind it",
            (from(GATE_V6, LIKE_ROUTER) / neighbour_solicitation(ROUTER_V6).source_link(GATE))
                .with_trailer(&[0x55; 8]),
        );
}

fn others(cases: &mut Cases) {
    let claim = |target| neighbour_advertisement(target).target_link(GATE);
    cases
        .drops(
            Spoofed,
            "an advertisement of the router's address",
            from(GATE_V6, ALL_NODES) / claim(ROUTER_V6),
        )
        .drops(
            Spoofed,
            "an advertisement of the router's link-local address",
            from(GATE_LINK_LOCAL, ALL_NODES) / claim(ROUTER_LINK_LOCAL),
        )
        .drops(
            Spoofed,
            "an advertisement of the recorder's address",
            from(GATE_V6, ALL_NODES) / claim(RECORDER_V6),
        )
        .drops(
            Spoofed,
            "an advertisement of the router's address to one neighbour",
            from(GATE_V6, RECORDER_V6) / claim(ROUTER_V6),
        )
        .drops(
            Spoofed,
            "an advertisement of the router's address behind a tag and options",
            ethernet(GATE)
                / vlan(0)
                / ipv6(GATE_V6, ALL_NODES).hop_limit(255)
                / hop_by_hop()
                / claim(ROUTER_V6),
        )
        .drops(
            Spoofed,
            "an advertisement from the router's link-local address",
            from(ROUTER_LINK_LOCAL, ALL_NODES) / claim(GATE_V6),
        )
        .drops(
            Spoofed,
            "a solicitation that detects a duplicate of the router's address",
            from("::", LIKE_ROUTER) / neighbour_solicitation(ROUTER_LINK_LOCAL),
        )
        .drops(
            Spoofed,
            "a solicitation from another address",
            from("fd00:50::99", LIKE_ROUTER) / neighbour_solicitation(ROUTER_V6),
        )
        .drops(
            Spoofed,
            "an advertisement of its own address at another MAC address",
            from(GATE_V6, ALL_NODES) / neighbour_advertisement(GATE_V6).target_link(HALL),
        )
        .drops(
            Spoofed,
            "a solicitation from its own address at another MAC address",
            from(GATE_V6, LIKE_ROUTER) / neighbour_solicitation(ROUTER_V6).source_link(HALL),
        )
        .drops(
            Spoofed,
            "another MAC address behind its own",
            from(GATE_V6, LIKE_ROUTER)
                / neighbour_solicitation(ROUTER_V6)
                    .source_link(GATE)
                    .source_link(HALL),
        )
        .drops(
            Spoofed,
            "a router solicitation from another MAC address",
            from(GATE_LINK_LOCAL, ALL_ROUTERS) / router_solicitation().source_link(HALL),
        );
}

fn off_link(cases: &mut Cases) {
    cases
        .drops(
            Housekeeping,
            "a solicitation to a host that is not on the link",
            from(GATE_V6, "2001:db8:ffff::7") / neighbour_solicitation("2001:db8:ffff::7"),
        )
        .drops(
            Housekeeping,
            "an advertisement to a host that is not on the link",
            from(GATE_V6, "2001:db8:a::7") / neighbour_advertisement(GATE_V6),
        )
        .drops(
            Housekeeping,
            "a router solicitation to a host that is not on the link",
            from(GATE_V6, "2001:db8:ffff::7") / router_solicitation(),
        )
        .drops(
            Housekeeping,
            "a solicitation to another group than its target's",
            from(GATE_V6, "ff02::1:ff00:2") / neighbour_solicitation(ROUTER_V6),
        )
        .drops(
            Housekeeping,
            "a solicitation to all",
            from(GATE_V6, ALL_NODES) / neighbour_solicitation(ROUTER_V6),
        )
        .drops(
            Housekeeping,
            "an advertisement to a group beyond the link",
            from(GATE_V6, "ff0e::1") / neighbour_advertisement(GATE_V6),
        )
        .drops(
            Housekeeping,
            "a router solicitation to all nodes",
            from(GATE_LINK_LOCAL, ALL_NODES) / router_solicitation(),
        )
        .drops(
            Malformed,
            "a solicitation with a hop limit that a router could have left",
            ethernet(GATE)
                / ipv6(GATE_V6, LIKE_ROUTER).hop_limit(254)
                / neighbour_solicitation(ROUTER_V6).source_link(GATE),
        );
}

fn broken(cases: &mut Cases) {
    let solicit = || neighbour_solicitation(ROUTER_V6);
    for (name, message) in [
        ("a solicitation with a code", solicit().code(1)),
        (
            "an option of no length",
            solicit().raw(&[14, 0, 0, 0, 0, 0, 0, 0]),
        ),
        (
            "an option that ends past the message",
            solicit().raw(&[14, 2, 0, 0, 0, 0, 0, 0]),
        ),
        ("half of an option", solicit().raw(&[1, 1, 2, 0])),
        ("a byte where an option could start", solicit().raw(&[1])),
        (
            "more options than anybody sends",
            (0..5).fold(solicit(), |message, _| message.option(14, &[0; 6])),
        ),
        (
            "a multicast target",
            neighbour_solicitation("ff02::1:ff00:1"),
        ),
        (
            "a target that hides an IPv4 address",
            neighbour_solicitation("::ffff:0.0.0.1"),
        ),
        ("a target that is no address", neighbour_solicitation("::")),
    ] {
        cases.drops(Malformed, name, from(GATE_V6, LIKE_ROUTER) / message);
    }
    cases
        .drops(
            Malformed,
            "a solicitation without half of its target",
            ethernet(GATE)
                / ipv6(GATE_V6, LIKE_ROUTER).hop_limit(255).payload_length(16)
                / solicit(),
        )
        .drops(
            Malformed,
            "an advertisement from no address",
            from("::", ALL_NODES) / neighbour_advertisement(GATE_V6),
        );
}

fn unbound(cases: &mut Cases) {
    let from = |source, destination| ethernet(HALL) / ipv6(source, destination).hop_limit(255);
    let claim = |target| -> Neighbour { neighbour_advertisement(target).target_link(HALL) };
    cases
        .closes(Threat::NeighbourClaims)
        .allows(
            "an advertisement of whatever address",
            from(HALL_V6, ALL_NODES) / claim(HALL_V6),
        )
        .drops(
            Spoofed,
            "an advertisement of an address that another camera is bound to",
            from(HALL_V6, ALL_NODES) / claim(GATE_V6),
        )
        .drops(
            Spoofed,
            "an advertisement of the router's address by an unbound camera",
            from(HALL_V6, ALL_NODES) / claim(ROUTER_V6),
        )
        .drops(
            Spoofed,
            "a solicitation that detects a duplicate of another camera's address",
            from("::", LIKE_GATE) / neighbour_solicitation(GATE_V6),
        );
}

fn from(source: &str, destination: &str) -> Layers {
    ethernet(GATE) / ipv6(source, destination).hop_limit(255)
}
