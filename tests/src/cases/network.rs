//! The network that the cases are sent on: the router's links, who is on them, and the policy that
//! most cases are judged by.

use enforcer::topology::{Kind, Link, Topology};
use enforcer_common::DropReason::Housekeeping;

use super::{Cases, Suite};
use crate::frame::{
    Layers, Mac, arp_request, ethernet, ipv4, ipv6, neighbour_solicitation, router_solicitation,
    udp,
};

/// Indexes of the router's interfaces, all different.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ports {
    /// `lan-cam1`, 192.168.50.1/24: cameras and their recorder.
    pub cameras: u32,
    /// `lan-cam2`, 192.168.60.1/24: a trunk of VLANs with a camera in each.
    pub trunk: u32,
    /// `lan-cam2.50`, 192.168.51.1/24: VLAN 50 of that trunk.
    pub vlan: u32,
    /// `lan`, 192.168.70.1/24: whatever people have at home, and a camera.
    pub mixed: u32,
    /// `wan`, 198.51.100.2/24: no row of the policy names it.
    pub uplink: u32,
}

impl Default for Ports {
    fn default() -> Self {
        Self {
            cameras: 7,
            trunk: 8,
            vlan: 9,
            mixed: 10,
            uplink: 11,
        }
    }
}

/// The policy that most cases are judged by.
pub const HOME: &str = r#"
version: 1
interfaces:
  lan-cam*: {unlisted: drop}
  lan: {unlisted: pass}
prefixes:
  recorder: [192.168.50.10, "fd00:50::10"]
  router: [192.168.50.1, "fd00:50::1"]
  archive: [203.0.113.0/24, "2001:db8:a::/48"]
groups:
  recorded:
    allow:
      - to: recorder
        answer: [tcp/554, tcp/80, udp/8000-8010]
      - to: router
        ports: [udp/53, udp/123]
      - to: archive
    deny:
      - to: [203.0.113.13, "2001:db8:a::13", 192.168.50.13]
cameras:
  gate:
    match: {mac: "02:00:00:00:50:21", ip: [192.168.50.21, "fd00:50::21"]}
    group: recorded
  hall:
    match: {mac: "02:00:00:00:50:22"}
    group: recorded
  yard:
    match: {vlan: 50, interface: lan-cam2}
    group: recorded
  porch:
    match: {mac: "02:00:00:00:70:21"}
    group: recorded
"#;

/// `gate`, bound to the two addresses below.
pub(super) const GATE: Mac = [2, 0, 0, 0, 0x50, 0x21];
pub(super) const GATE_V4: &str = "192.168.50.21";
pub(super) const GATE_V6: &str = "fd00:50::21";
pub(super) const GATE_LINK_LOCAL: &str = "fe80::21";
/// `hall`, bound to no address.
pub(super) const HALL: Mac = [2, 0, 0, 0, 0x50, 0x22];
pub(super) const HALL_V4: &str = "192.168.50.22";
pub(super) const HALL_V6: &str = "fd00:50::22";
/// `yard` has no MAC address that anybody knows.
pub(super) const YARD: Mac = [2, 0, 0, 0, 0x60, 0x21];
/// `porch`, on the mixed link.
pub(super) const PORCH: Mac = [2, 0, 0, 0, 0x70, 0x21];
/// No camera.
pub(super) const STRANGER: Mac = [2, 0, 0, 0, 0x99, 0x99];

/// May be answered.
pub(super) const RECORDER: &str = "192.168.50.10";
pub(super) const RECORDER_V6: &str = "fd00:50::10";
/// May be asked for names and time.
pub(super) const ROUTER: &str = "192.168.50.1";
pub(super) const ROUTER_V6: &str = "fd00:50::1";
pub(super) const ROUTER_LINK_LOCAL: &str = "fe80::1";
/// May be reached in any way.
pub(super) const ARCHIVE: &str = "203.0.113.7";
pub(super) const ARCHIVE_V6: &str = "2001:db8:a::7";
/// In the archive's prefix and denied.
pub(super) const DENIED: &str = "203.0.113.13";
pub(super) const DENIED_V6: &str = "2001:db8:a::13";
/// Nobody says anything of it.
pub(super) const ELSEWHERE: &str = "198.18.0.7";
pub(super) const ELSEWHERE_V6: &str = "2001:db8:ffff::7";

/// A packet of `gate` from its own address of the destination's family.
pub(super) fn gate_to(destination: &str) -> Layers {
    packet(GATE, [GATE_V4, GATE_V6], destination)
}

/// A packet of `hall`, likewise.
pub(super) fn hall_to(destination: &str) -> Layers {
    packet(HALL, [HALL_V4, HALL_V6], destination)
}

/// A packet from whichever of two addresses is of the destination's family.
pub(super) fn packet(mac: Mac, [v4, v6]: [&str; 2], destination: &str) -> Layers {
    if destination.contains(':') {
        ethernet(mac) / ipv6(v6, destination)
    } else {
        ethernet(mac) / ipv4(v4, destination)
    }
}

/// Cases under [`HOME`].
pub(super) fn home(name: &'static str, ports: &Ports, cases: Cases) -> Suite {
    under(HOME, name, ports, cases)
}

/// Cases under a policy of their own.
pub(super) fn under(
    policy: &'static str,
    name: &'static str,
    ports: &Ports,
    cases: Cases,
) -> Suite {
    Suite {
        name,
        policy,
        topology: topology(ports),
        cases: cases.written,
    }
}

/// A group may do without what any device needs to be on a link.
pub(super) fn without_housekeeping(ports: &Ports) -> Suite {
    let policy = r#"
version: 1
interfaces: {lan-cam1: {unlisted: drop}}
groups:
  mute:
    allow: [{to: 203.0.113.0/24}]
    link: {arp: drop, dhcp: drop, neighbours: drop, discovery: drop}
cameras:
  hall: {match: {mac: "02:00:00:00:50:22"}, group: mute}
"#;
    let mut cases = Cases::of("hall", ports.cameras);
    cases
        .allows("what its rules allow", hall_to(ARCHIVE) / udp(5000, 5000))
        .drops(
            Housekeeping,
            "a request for its router's MAC address",
            ethernet(HALL) / arp_request(HALL, HALL_V4, ROUTER),
        )
        .drops(
            Housekeeping,
            "a request for an address",
            ethernet(HALL) / ipv4("0.0.0.0", "255.255.255.255") / udp(68, 67),
        )
        .drops(
            Housekeeping,
            "a request for an IPv6 address",
            ethernet(HALL) / ipv6("fe80::22", "ff02::1:2") / udp(546, 547),
        )
        .drops(
            Housekeeping,
            "a neighbour solicitation",
            ethernet(HALL)
                / ipv6("fe80::22", "ff02::1:ff00:1").hop_limit(255)
                / neighbour_solicitation("fe80::1").source_link(HALL),
        )
        .drops(
            Housekeeping,
            "a router solicitation",
            ethernet(HALL) / ipv6("fe80::22", "ff02::2").hop_limit(255) / router_solicitation(),
        );
    under(
        policy,
        "link housekeeping that the group drops",
        ports,
        cases,
    )
}

fn topology(ports: &Ports) -> Topology {
    let link = |index, name: &str, addresses: &[&str]| Link {
        index,
        name: name.to_owned(),
        addresses: addresses
            .iter()
            .filter_map(|text| text.parse().ok())
            .collect(),
        ..Link::default()
    };
    let mut links = vec![
        link(
            ports.cameras,
            "lan-cam1",
            &["192.168.50.1/24", "fd00:50::1/64", "fe80::1/64"],
        ),
        link(
            ports.trunk,
            "lan-cam2",
            &["192.168.60.1/24", "fd00:60::1/64", "fe80::1/64"],
        ),
        Link {
            kind: Kind::Vlan,
            parent: Some(ports.trunk),
            ..link(
                ports.vlan,
                "lan-cam2.50",
                &["192.168.51.1/24", "fd00:51::1/64", "fe80::1/64"],
            )
        },
        link(
            ports.mixed,
            "lan",
            &["192.168.70.1/24", "fd00:70::1/64", "fe80::1/64"],
        ),
        link(
            ports.uplink,
            "wan",
            &["198.51.100.2/24", "2001:db8:1::2/64", "fe80::1/64"],
        ),
    ];
    links.sort_by_key(|link| link.index);
    Topology { links }
}
