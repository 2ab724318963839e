//! ARP: a camera speaks for itself alone.

use enforcer_common::DropReason::{Ethertype, Malformed, Spoofed, Truncated};

use super::network::{GATE, GATE_V4, HALL, HALL_V4, RECORDER, ROUTER, home};
use super::{Cases, Ports, Suite};
use crate::frame::{BROADCAST, arp_reply, arp_request, ethernet, vlan};
use crate::threats::Threat;

const NOBODY: &str = "0.0.0.0";

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    own(&mut cases);
    cases.closes(Threat::NeighbourClaims);
    others(&mut cases);
    cases.camera("hall", ports.cameras);
    unbound(&mut cases);
    cases
        .camera("gate", ports.cameras)
        .closes(Threat::Contradictions);
    broken(&mut cases);
    home("ARP", ports, cases)
}

fn own(cases: &mut Cases) {
    cases
        .allows(
            "a request for the router",
            ethernet(GATE).to(BROADCAST) / arp_request(GATE, GATE_V4, ROUTER),
        )
        .allows(
            "a request for someone that it may not reach",
            ethernet(GATE).to(BROADCAST) / arp_request(GATE, GATE_V4, "192.168.50.99"),
        )
        .allows("a reply", ethernet(GATE) / arp_reply(GATE, GATE_V4, ROUTER))
        .allows(
            "an announcement of its own address",
            ethernet(GATE).to(BROADCAST) / arp_request(GATE, GATE_V4, GATE_V4),
        )
        .allows(
            "a probe for its own address",
            ethernet(GATE).to(BROADCAST) / arp_request(GATE, NOBODY, GATE_V4),
        )
        .allows(
            "a request with padding",
            (ethernet(GATE).to(BROADCAST) / arp_request(GATE, GATE_V4, ROUTER)).padded(),
        );
}

fn others(cases: &mut Cases) {
    for (claim, probe, address) in [
        (
            "a claim to the router's address",
            "a probe for the router's address",
            ROUTER,
        ),
        (
            "a claim to the recorder's address",
            "a probe for the recorder's address",
            RECORDER,
        ),
        (
            "a claim to another camera's address",
            "a probe for another camera's address",
            HALL_V4,
        ),
    ] {
        cases
            .drops(
                Spoofed,
                claim,
                ethernet(GATE) / arp_reply(GATE, address, GATE_V4),
            )
            .drops(
                Spoofed,
                probe,
                ethernet(GATE).to(BROADCAST) / arp_request(GATE, NOBODY, address),
            );
    }
    cases
        .drops(
            Spoofed,
            "an announcement of the router's address",
            ethernet(GATE).to(BROADCAST) / arp_request(GATE, ROUTER, ROUTER),
        )
        .drops(
            Spoofed,
            "a reply to everybody that the router is here",
            ethernet(GATE).to(BROADCAST) / arp_reply(GATE, ROUTER, ROUTER),
        )
        .drops(
            Spoofed,
            "a claim to the router's address behind a tag",
            ethernet(GATE) / vlan(0) / arp_reply(GATE, ROUTER, GATE_V4),
        )
        .drops(
            Spoofed,
            "a claim to the address that the router has on its uplink",
            ethernet(GATE) / arp_reply(GATE, "198.51.100.2", GATE_V4),
        )
        .drops(
            Spoofed,
            "a claim to the router's address by its MAC address",
            ethernet(GATE) / arp_reply([2, 0, 0, 0, 0, 1], ROUTER, GATE_V4),
        )
        .drops(
            Spoofed,
            "another MAC address at its own address",
            ethernet(GATE) / arp_reply(HALL, GATE_V4, ROUTER),
        )
        .drops(
            Spoofed,
            "a probe for another MAC address",
            ethernet(GATE) / arp_request(HALL, NOBODY, GATE_V4),
        );
}

fn unbound(cases: &mut Cases) {
    cases
        .allows(
            "an announcement of whatever address",
            ethernet(HALL) / arp_request(HALL, "192.168.50.99", "192.168.50.99"),
        )
        .allows(
            "a probe for whatever address",
            ethernet(HALL) / arp_request(HALL, NOBODY, "192.168.50.99"),
        )
        .drops(
            Spoofed,
            "an announcement of an address that another camera is bound to",
            ethernet(HALL) / arp_request(HALL, GATE_V4, GATE_V4),
        )
        .drops(
            Spoofed,
            "an announcement of the router's address by an unbound camera",
            ethernet(HALL) / arp_request(HALL, ROUTER, ROUTER),
        )
        .drops(
            Spoofed,
            "an announcement of the link's broadcast address",
            ethernet(HALL) / arp_request(HALL, "192.168.50.255", "192.168.50.255"),
        );
    for (name, address) in [
        ("an announcement of loopback", "127.0.0.1"),
        ("an announcement of a multicast address", "224.0.0.1"),
        (
            "an announcement of the limited broadcast",
            "255.255.255.255",
        ),
    ] {
        cases.drops(
            Malformed,
            name,
            ethernet(HALL) / arp_request(HALL, address, address),
        );
    }
}

fn broken(cases: &mut Cases) {
    let request = || arp_request(GATE, GATE_V4, ROUTER);
    for (name, arp) in [
        ("a reply from no address", arp_reply(GATE, NOBODY, ROUTER)),
        ("a probe for no address", arp_request(GATE, NOBODY, NOBODY)),
        ("another kind of hardware", request().hardware(6)),
        ("another network protocol", request().protocol(0x86dd)),
        ("no operation", request().operation(0)),
        ("the operation of reverse ARP", request().operation(3)),
    ] {
        cases.drops(Malformed, name, ethernet(GATE) / arp);
    }
    cases
        .closes(Threat::Ethertypes)
        .drops(
            Ethertype,
            "reverse ARP",
            ethernet(GATE).ethertype(0x8035) / request().operation(3),
        )
        .closes(Threat::CutShort)
        .drops(
            Truncated,
            "a request without its last byte",
            (ethernet(GATE) / request()).without_last(1),
        )
        .drops(
            Truncated,
            "nothing behind the EtherType of ARP",
            (ethernet(GATE) / request()).first(14),
        );
}
