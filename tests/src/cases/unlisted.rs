//! Strangers: dropped where only cameras live, and elsewhere none of our business.

use enforcer_common::DropReason::{Malformed, NotAllowed, Unlisted};

use super::network::{ARCHIVE, ELSEWHERE, GATE, GATE_V4, PORCH, ROUTER, STRANGER, gate_to, home};
use super::{Cases, Ports, Suite};
use crate::frame::{
    BROADCAST, Ethernet, arp_request, data, ethernet, ipv4, ipv6, neighbour_solicitation,
    router_advertisement, tcp, udp, vlan,
};
use crate::threats::Threat;

const ADDRESS: &str = "192.168.70.30";

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("porch", ports.mixed);
    cases.strangers(ports.mixed);
    passed(&mut cases);
    broken(&mut cases);
    cases
        .closes(Threat::BorrowedIdentity)
        .camera("porch", ports.mixed);
    porch(&mut cases);
    cases.strangers(ports.cameras);
    dropped(&mut cases);
    cases.strangers(ports.uplink).everyday().drops(
        Unlisted,
        "a stranger where no row of the policy says what to do",
        stranger() / ipv4(ADDRESS, ARCHIVE) / udp(5000, 5000),
    );
    cases
        .camera("gate", ports.uplink)
        .allows(
            "a camera there, to where it may go",
            gate_to(ARCHIVE) / udp(5000, 5000),
        )
        .drops(
            NotAllowed,
            "a camera there, to somewhere else",
            gate_to(ELSEWHERE) / udp(5000, 5000),
        );
    home("strangers", ports, cases)
}

fn passed(cases: &mut Cases) {
    cases
        .ignores(
            "a stranger's connection",
            stranger() / ipv4(ADDRESS, ELSEWHERE) / tcp(1, 2).syn(),
        )
        .ignores(
            "a stranger's connection to what is denied to cameras",
            stranger() / ipv4(ADDRESS, "203.0.113.13") / tcp(1, 2).syn(),
        )
        .ignores(
            "a stranger's request for an address",
            stranger().to(BROADCAST) / ipv4("0.0.0.0", "255.255.255.255") / udp(68, 67),
        )
        .ignores(
            "a stranger's ARP",
            stranger().to(BROADCAST) / arp_request(STRANGER, ADDRESS, ROUTER),
        )
        .ignores(
            "another router's advertisement",
            stranger() / ipv6("fe80::99", "ff02::1").hop_limit(255) / router_advertisement(),
        )
        .ignores(
            "a stranger with a camera's address",
            stranger() / ipv4(GATE_V4, ELSEWHERE) / udp(5000, 5000),
        )
        .ignores(
            "a stranger in the VLAN of a camera elsewhere",
            stranger() / vlan(50) / ipv4(ADDRESS, ELSEWHERE) / udp(5000, 5000),
        )
        .ignores(
            "a MAC address that differs from a camera's in its last bit",
            ethernet([2, 0, 0, 0, 0x70, 0x20]) / ipv4(ADDRESS, ELSEWHERE) / udp(5000, 5000),
        );
}

fn broken(cases: &mut Cases) {
    let packet = || stranger() / ipv4(ADDRESS, ELSEWHERE) / udp(5000, 5000);
    cases
        .closes(Threat::Contradictions)
        .ignores(
            "nothing but a stranger's Ethernet header",
            packet().first(14),
        )
        .ignores("half of a stranger's IPv4 header", packet().first(24))
        .ignores(
            "a stranger's LLDP",
            stranger().ethertype(0x88cc) / data(&[0; 46]),
        )
        .ignores(
            "half of a stranger's tag",
            (stranger() / vlan(1) / data(&[])).first(16),
        )
        .ignores(
            "a stranger's nonsense",
            stranger() / ipv4(ADDRESS, ELSEWHERE).ihl(0).total_length(3) / data(&[0; 4]),
        )
        .ignores(
            "a frame from a group address",
            ethernet([3, 0, 0, 0, 0, 1]) / ipv4(ADDRESS, ELSEWHERE) / udp(5000, 5000),
        );
    cases
        .closes(Threat::VlanTags)
        .drops(
            Unlisted,
            "a stranger's fourth tag",
            stranger() / vlan(1) / vlan(2) / vlan(3) / vlan(4) / data(&[0; 46]),
        )
        .drops(
            Unlisted,
            "an address behind three priority tags, which Linux takes off",
            stranger() / vlan(0) / vlan(0) / vlan(0) / ipv4(ADDRESS, ELSEWHERE) / udp(5000, 5000),
        );
}

fn porch(cases: &mut Cases) {
    let to = |destination| ethernet(PORCH) / ipv4("192.168.70.21", destination) / udp(5000, 5000);
    cases
        .allows("a camera among strangers, to where it may go", to(ARCHIVE))
        .drops(
            NotAllowed,
            "a camera among strangers, to somewhere else",
            to(ELSEWHERE),
        )
        .drops(
            NotAllowed,
            "a camera among strangers, to one of them",
            to("192.168.70.30"),
        )
        .drops(
            Malformed,
            "a camera among strangers, cut short",
            to(ARCHIVE).without_last(1),
        );
}

fn dropped(cases: &mut Cases) {
    cases
        .drops(
            Unlisted,
            "a new device, to where cameras may go",
            stranger() / ipv4("192.168.50.30", ARCHIVE) / udp(5000, 5000),
        )
        .drops(
            Unlisted,
            "a new device's request for an address",
            stranger().to(BROADCAST) / ipv4("0.0.0.0", "255.255.255.255") / udp(68, 67),
        )
        .drops(
            Unlisted,
            "a new device's ARP",
            stranger().to(BROADCAST) / arp_request(STRANGER, "192.168.50.30", ROUTER),
        )
        .drops(
            Unlisted,
            "a new device's neighbour solicitation",
            stranger()
                / ipv6("fe80::99", "ff02::1:ff00:1").hop_limit(255)
                / neighbour_solicitation("fe80::1"),
        )
        .drops(
            Unlisted,
            "a MAC address next to a camera's",
            ethernet([2, 0, 0, 0, 0x50, 0x20]) / ipv4(GATE_V4, ARCHIVE) / udp(5000, 5000),
        )
        .drops(
            Unlisted,
            "a camera's MAC address as the destination",
            stranger().to(GATE) / ipv4("192.168.50.30", GATE_V4) / udp(5000, 5000),
        )
        .drops(
            Unlisted,
            "nothing but a new device's Ethernet header",
            (stranger() / data(&[])).first(14),
        );
}

const fn stranger() -> Ethernet {
    ethernet(STRANGER)
}
