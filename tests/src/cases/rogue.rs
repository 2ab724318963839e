//! What only a router sends.

use enforcer_common::DropReason::RogueRouter;

use super::network::{
    ARCHIVE, ARCHIVE_V6, GATE, GATE_LINK_LOCAL, GATE_V4, ROUTER_LINK_LOCAL, gate_to, home,
};
use super::{Cases, Ports, Suite};
use crate::frame::{
    data, destination_options, ethernet, fragment, hop_by_hop, icmp, ipv4, ipv6, redirect,
    router_advertisement,
};
use crate::threats::Threat;

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    cases.closes(Threat::RogueRouter);
    advertisements(&mut cases);
    redirects(&mut cases);
    home("posing as a router", ports, cases)
}

fn advertisements(cases: &mut Cases) {
    let to_all = || ethernet(GATE) / ipv6(GATE_LINK_LOCAL, "ff02::1").hop_limit(255);
    cases
        .drops(
            RogueRouter,
            "a router advertisement",
            to_all() / router_advertisement(),
        )
        .drops(
            RogueRouter,
            "a router advertisement from the router's own address",
            ethernet(GATE)
                / ipv6(ROUTER_LINK_LOCAL, "ff02::1").hop_limit(255)
                / router_advertisement().source_link(GATE),
        )
        .drops(
            RogueRouter,
            "a router advertisement behind hop-by-hop options",
            to_all() / hop_by_hop() / router_advertisement(),
        )
        .drops(
            RogueRouter,
            "a router advertisement in a fragment",
            to_all() / fragment(0, false) / router_advertisement(),
        )
        .drops(
            RogueRouter,
            "a router advertisement whose first fragment shows its type",
            to_all() / destination_options() / fragment(0, true) / router_advertisement(),
        )
        .drops(
            RogueRouter,
            "a router advertisement to one host where anything is allowed",
            gate_to(ARCHIVE_V6) / router_advertisement(),
        )
        .drops(
            RogueRouter,
            "an IPv4 router advertisement",
            ethernet(GATE) / ipv4(GATE_V4, "224.0.0.1").ttl(1) / icmp(9, 0) / data(&[0; 8]),
        )
        .drops(
            RogueRouter,
            "an IPv4 router advertisement to one host where anything is allowed",
            gate_to(ARCHIVE) / icmp(9, 0) / data(&[0; 8]),
        );
}

fn redirects(cases: &mut Cases) {
    let old = || ipv4(ARCHIVE, GATE_V4);
    cases
        .drops(
            RogueRouter,
            "a redirect for one host",
            gate_to(ARCHIVE) / icmp(5, 1) / old() / data(&[0; 8]),
        )
        .drops(
            RogueRouter,
            "a redirect for one host, in the first fragment",
            ethernet(GATE) / ipv4(GATE_V4, ARCHIVE).more_fragments() / icmp(5, 1) / old(),
        )
        .drops(
            RogueRouter,
            "an IPv6 redirect",
            ethernet(GATE)
                / ipv6(GATE_LINK_LOCAL, "fe80::99").hop_limit(255)
                / redirect(GATE_LINK_LOCAL, ARCHIVE_V6).target_link(GATE),
        )
        .drops(
            RogueRouter,
            "an IPv6 redirect to where anything is allowed",
            gate_to(ARCHIVE_V6) / redirect(GATE_LINK_LOCAL, ARCHIVE_V6),
        );
}
