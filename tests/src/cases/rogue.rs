//! What only a router sends.

use enforcer_common::DropReason::{Fragment, IcmpType, Malformed, Multicast, Port, RogueRouter};

use super::network::{
    ARCHIVE, ARCHIVE_V6, GATE, GATE_LINK_LOCAL, GATE_V4, ROUTER, ROUTER_LINK_LOCAL, gate_to, home,
};
use super::{Cases, Ports, Suite};
use crate::frame::{
    data, destination_options, ethernet, fragment, hop_by_hop, icmp, icmpv6, igmp, ipv4, ipv6,
    protocol, redirect, router_advertisement, tcp, udp, vlan,
};
use crate::threats::Threat;

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    cases.closes(Threat::RogueRouter);
    advertisements(&mut cases);
    redirects(&mut cases);
    protocols(&mut cases);
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
            "a router advertisement from no address",
            ethernet(GATE) / ipv6("::", "ff02::1").hop_limit(255) / router_advertisement(),
        )
        .drops(
            RogueRouter,
            "a router advertisement that a router passed on",
            ethernet(GATE)
                / ipv6(GATE_LINK_LOCAL, "ff02::1").hop_limit(64)
                / router_advertisement(),
        )
        .drops(
            RogueRouter,
            "a router advertisement behind two tags",
            ethernet(GATE)
                / vlan(0)
                / vlan(7)
                / ipv6(GATE_LINK_LOCAL, "ff02::1").hop_limit(255)
                / router_advertisement(),
        )
        .drops(
            Fragment,
            "a router advertisement whose first fragment ends within it",
            to_all() / destination_options() / fragment(0, true) / protocol(58, &[134, 0, 0, 0]),
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
        )
        .drops(
            RogueRouter,
            "a redirect for a network",
            gate_to(ARCHIVE) / icmp(5, 0) / old() / data(&[0; 8]),
        )
        .drops(
            RogueRouter,
            "a redirect from the router's own address",
            ethernet(GATE) / ipv4(ROUTER, ARCHIVE) / icmp(5, 1) / old() / data(&[0; 8]),
        )
        .drops(
            RogueRouter,
            "a redirect behind a tag and options",
            ethernet(GATE)
                / vlan(0)
                / ipv4(GATE_V4, ARCHIVE).option(148, &[0, 0])
                / icmp(5, 1)
                / old()
                / data(&[0; 8]),
        )
        .drops(
            Malformed,
            "half a redirect",
            gate_to(ARCHIVE) / protocol(1, &[5, 1, 0, 0]),
        );
}

/// What routers say to each other, and to switches about groups.
fn protocols(cases: &mut Cases) {
    for (name, group, port) in [
        ("RIP", "224.0.0.9", 520),
        ("RIP to everybody", "255.255.255.255", 520),
        ("RIP by IPv6", "ff02::9", 521),
        ("Babel", "ff02::1:6", 6696),
        ("a standby router (HSRP)", "224.0.0.2", 1985),
        ("a balance of gateways (GLBP)", "224.0.0.102", 3222),
        ("labels of MPLS (LDP)", "224.0.0.2", 646),
    ] {
        cases.drops(
            Multicast,
            name,
            gate_to(group) / udp(port, port) / data(&[2; 24]),
        );
    }
    for (name, group, number) in [
        ("OSPF", "224.0.0.5", 89),
        ("OSPF by IPv6", "ff02::5", 89),
        ("EIGRP", "224.0.0.10", 88),
        ("a virtual router (VRRP)", "224.0.0.18", 112),
        ("a virtual router by IPv6", "ff02::12", 112),
        ("PIM", "224.0.0.13", 103),
        ("PIM by IPv6", "ff02::d", 103),
    ] {
        cases.drops(Multicast, name, gate_to(group) / protocol(number, &[2; 24]));
    }
    cases
        .drops(
            Multicast,
            "a router of multicast (IGMP)",
            gate_to("224.0.0.106") / igmp(0x30),
        )
        .drops(
            Multicast,
            "a router of multicast (MLD)",
            gate_to("ff02::6a") / icmpv6(151, 0),
        )
        .drops(
            IcmpType,
            "a question who is in which group, at one host",
            gate_to(ARCHIVE_V6) / icmpv6(130, 0) / data(&[0; 16]),
        )
        .drops(
            IcmpType,
            "a router of multicast, at one host",
            gate_to(ARCHIVE_V6) / icmpv6(151, 0),
        )
        .drops(
            Port,
            "RIP at the router",
            gate_to(ROUTER) / udp(520, 520) / data(&[2; 24]),
        )
        .drops(
            Port,
            "BGP at the router",
            gate_to(ROUTER) / tcp(40000, 179).syn(),
        );
}
