//! VLAN tags: judged behind two of them, and never deeper.

use enforcer_common::DropReason::{
    Denied, Ethertype, Malformed, NotAllowed, Truncated, Unlisted, VlanDepth,
};

use super::network::{
    ARCHIVE, ARCHIVE_V6, DENIED, ELSEWHERE, GATE, GATE_V4, GATE_V6, ROUTER, YARD, home,
};
use super::{Cases, Ports, Suite};
use crate::frame::{Ethernet, Vlan, arp_request, data, ethernet, ipv4, ipv6, udp, vlan};
use crate::threats::Threat;

const SERVICE: u16 = 0x88a8;
const OLD_SERVICE: u16 = 0x9100;

pub(super) fn suite(ports: &Ports) -> Suite {
    let mut cases = Cases::of("gate", ports.cameras);
    cases.closes(Threat::VlanTags);
    depths(&mut cases);
    cut_short(&mut cases);
    other_tags(&mut cases);
    members(&mut cases, ports);
    home("VLAN tags", ports, cases)
}

fn depths(cases: &mut Cases) {
    let to = |destination| ipv4(GATE_V4, destination);
    cases
        .allows("no tag", gate() / to(ARCHIVE) / udp(5000, 5000))
        .allows("one tag", gate() / vlan(50) / to(ARCHIVE) / udp(5000, 5000))
        .drops(
            NotAllowed,
            "one tag before a destination that is not allowed",
            gate() / vlan(50) / to(ELSEWHERE) / udp(5000, 5000),
        )
        .allows(
            "a priority tag",
            gate() / vlan(0).priority(7) / to(ARCHIVE) / udp(5000, 5000),
        )
        .drops(
            Denied,
            "a priority tag before a denied destination",
            gate() / vlan(0) / to(DENIED) / udp(5000, 5000),
        )
        .allows(
            "one tag before IPv6",
            gate() / vlan(50) / ipv6(GATE_V6, ARCHIVE_V6) / udp(5000, 5000),
        )
        .allows(
            "one tag before ARP",
            gate() / vlan(50) / arp_request(GATE, GATE_V4, ROUTER),
        )
        .drops(
            Ethertype,
            "one tag before something unknown",
            gate() / vlan(50) / data(&[0; 40]),
        );
    for (allowed, denied, outer) in [
        (
            "a service and a customer tag",
            "a service and a customer tag before a denied destination",
            SERVICE,
        ),
        (
            "two customer tags",
            "two customer tags before a denied destination",
            0x8100,
        ),
        (
            "an old service tag and a customer tag",
            "an old service tag and a customer tag before a denied destination",
            OLD_SERVICE,
        ),
    ] {
        let tagged = || gate() / vlan(7).tpid(outer) / vlan(50);
        cases
            .allows(allowed, tagged() / to(ARCHIVE) / udp(5000, 5000))
            .drops(Denied, denied, tagged() / to(DENIED) / udp(5000, 5000));
    }
    for (name, tags) in [
        ("three customer tags", [vlan(1), vlan(2), vlan(3)]),
        ("three priority tags", [vlan(0), vlan(0), vlan(0)]),
        (
            "a service tag and two customer tags",
            [vlan(1).tpid(SERVICE), vlan(2), vlan(3)],
        ),
        (
            "a third tag that is an old service tag",
            [vlan(1), vlan(2), vlan(3).tpid(OLD_SERVICE)],
        ),
        (
            "two old service tags and a customer tag",
            [
                vlan(1).tpid(OLD_SERVICE),
                vlan(2).tpid(OLD_SERVICE),
                vlan(3),
            ],
        ),
        (
            "three service tags",
            [
                vlan(1).tpid(SERVICE),
                vlan(2).tpid(SERVICE),
                vlan(3).tpid(SERVICE),
            ],
        ),
    ] {
        let [outer, middle, inner]: [Vlan; 3] = tags;
        cases.drops(
            VlanDepth,
            name,
            gate() / outer / middle / inner / to(ARCHIVE) / udp(5000, 5000),
        );
    }
}

fn cut_short(cases: &mut Cases) {
    let tagged = || gate() / vlan(50) / vlan(51) / ipv4(GATE_V4, ARCHIVE) / udp(5000, 5000);
    let cut = |length| tagged().first(length);
    let tags = || gate() / vlan(7).tpid(SERVICE) / vlan(50);
    cases
        .drops(Malformed, "nothing behind the first tag protocol", cut(14))
        .drops(Malformed, "half of the first tag", cut(16))
        .drops(Malformed, "nothing behind the second tag protocol", cut(18))
        .drops(Malformed, "all but a byte of the second tag", cut(21))
        .drops(
            VlanDepth,
            "a third tag protocol and nothing behind it",
            (tags() / vlan(51) / data(&[])).first(22),
        )
        .drops(
            Truncated,
            "nothing behind two tags that say IPv4",
            (tags() / ipv4(GATE_V4, ARCHIVE)).first(22),
        )
        .drops(
            Malformed,
            "IPv6 behind two tags that say IPv4",
            gate() / vlan(7) / vlan(50).encloses(0x0800) / ipv6(GATE_V6, ARCHIVE_V6) / udp(1, 2),
        );
}

/// What tags frames elsewhere, and is no tag here.
fn other_tags(cases: &mut Cases) {
    for (name, tpid) in [
        ("the tag of a backbone (802.1ah)", 0x88e7),
        ("the tag of a port extender (802.1BR)", 0x893f),
        ("the tag of a virtual interface", 0x8926),
        ("another old service tag", 0x9200),
        ("the last of the old service tags", 0x9300),
        ("the tag of a switch chip", 0xdada),
    ] {
        let tag = || vlan(50).tpid(tpid);
        cases.drops(
            Ethertype,
            name,
            gate() / tag() / ipv4(GATE_V4, ARCHIVE) / udp(5000, 5000),
        );
    }
    let archive = || ipv4(GATE_V4, ARCHIVE);
    cases
        .drops(
            Ethertype,
            "a backbone's tag behind one of the known",
            gate() / vlan(7) / vlan(50).tpid(0x88e7) / archive() / udp(5000, 5000),
        )
        .drops(
            Ethertype,
            "a length behind a tag",
            gate() / vlan(50).encloses(28) / archive() / udp(5000, 5000),
        )
        .drops(
            Ethertype,
            "PPPoE behind two tags",
            gate() / vlan(7).tpid(SERVICE) / vlan(50).encloses(0x8864) / archive() / udp(1, 2),
        );
}

fn members(cases: &mut Cases, ports: &Ports) {
    let packet = || ipv4("192.168.51.21", ARCHIVE);
    cases
        .camera("yard", ports.trunk)
        .allows(
            "a camera that is known by its VLAN",
            yard() / vlan(50) / packet() / udp(5000, 5000),
        )
        .drops(
            NotAllowed,
            "a camera that is known by its VLAN, to a destination that is not allowed",
            yard() / vlan(50) / ipv4("192.168.51.21", ELSEWHERE) / udp(5000, 5000),
        )
        .allows(
            "its VLAN with a priority",
            yard() / vlan(50).priority(0b1101) / packet() / udp(5000, 5000),
        )
        .allows(
            "its VLAN behind a priority tag",
            yard() / vlan(0) / vlan(50) / packet() / udp(5000, 5000),
        )
        .allows(
            "its VLAN around another",
            yard() / vlan(50) / vlan(7) / packet() / udp(5000, 5000),
        )
        .drops(
            Malformed,
            "its VLAN and half of another tag",
            (yard() / vlan(50) / vlan(7) / packet()).first(20),
        )
        .drops(
            VlanDepth,
            "its VLAN and two more",
            yard() / vlan(50) / vlan(7) / vlan(8) / packet() / udp(5000, 5000),
        )
        .strangers(ports.trunk)
        .drops(
            Unlisted,
            "no VLAN where cameras are known by one",
            yard() / packet() / udp(5000, 5000),
        )
        .drops(
            Unlisted,
            "the VLAN next to it",
            yard() / vlan(51) / packet() / udp(5000, 5000),
        )
        .drops(
            Unlisted,
            "its VLAN inside another",
            yard() / vlan(7) / vlan(50) / packet() / udp(5000, 5000),
        )
        .strangers(ports.cameras)
        .drops(
            Unlisted,
            "its VLAN on another interface",
            yard() / vlan(50) / packet() / udp(5000, 5000),
        );
}

const fn gate() -> Ethernet {
    ethernet(GATE)
}

const fn yard() -> Ethernet {
    ethernet(YARD)
}
