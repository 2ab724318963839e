//! The policies that ship, as they ship: what their first comment promises, sentence by sentence.

use enforcer::topology::{Link, Topology};
use enforcer_common::DropReason::{self, Discovery, Multicast, RogueDhcp, RogueRouter};

use super::{Cases, Ports, Suite};
use crate::frame::{
    BROADCAST, Layers, Mac, arp_reply, arp_request, data, ethernet, icmp, icmpv6, igmp, ipv4, ipv6,
    neighbour_advertisement, neighbour_solicitation, redirect, router_advertisement,
    router_solicitation, udp, vlan,
};

mod audit_first;
mod closed_network;
mod isp_edge;
mod mixed_lan;
mod recorder_only;

/// One suite for each policy, of the name that its file has.
pub(super) fn suites(ports: &Ports) -> [Suite; 5] {
    [
        recorder_only::suite(ports),
        closed_network::suite(ports),
        mixed_lan::suite(ports),
        audit_first::suite(ports),
        isp_edge::suite(ports),
    ]
}

/// The router on the link, where it is a bridge.
const ROUTER: &str = "192.168.50.1";
const ROUTER_V6: &str = "fd00:50::1";
const RECORDER: &str = "192.168.50.10";
const RECORDER_V6: &str = "fd00:50::10";
/// Where a vendor might be.
const CLOUD: &str = "203.0.113.7";
const CLOUD_V6: &str = "2001:db8:c::7";

const GATE: Device = Device {
    mac: [2, 0, 0, 0, 0x50, 0x21],
    vlan: None,
    v4: "192.168.50.21",
    v6: "fd00:50::21",
    link_local: "fe80::21",
    router: ROUTER,
};
const HALL: Device = Device {
    mac: [2, 0, 0, 0, 0x50, 0x22],
    v4: "192.168.50.22",
    v6: "fd00:50::22",
    link_local: "fe80::22",
    ..GATE
};
/// In no policy.
const STRANGER: Device = Device {
    mac: [2, 0, 0, 0, 0x50, 0x66],
    v4: "192.168.50.66",
    v6: "fd00:50::66",
    link_local: "fe80::66",
    ..GATE
};

/// Frames with the names that a suite gives them.
type Named = Vec<(&'static str, Layers)>;

/// A device with one address of each kind.
#[derive(Clone, Copy)]
struct Device {
    mac: Mac,
    vlan: Option<u16>,
    v4: &'static str,
    v6: &'static str,
    link_local: &'static str,
    /// The router's IPv4 address on its link; `fe80::1` is its link-local one.
    router: &'static str,
}

impl Device {
    /// A frame to one MAC address, or to all.
    fn link(&self, to_all: bool) -> Layers {
        let ethernet = ethernet(self.mac);
        let link = Layers::from(if to_all {
            ethernet.to(BROADCAST)
        } else {
            ethernet
        });
        match self.vlan {
            Some(identifier) => link / vlan(identifier),
            None => link,
        }
    }

    /// A packet from its own address of the destination's family.
    fn to(&self, destination: &str) -> Layers {
        let is_v6 = destination.contains(':');
        self.from(if is_v6 { self.v6 } else { self.v4 }, destination)
    }

    /// A packet from any address.
    fn from(&self, source: &str, destination: &str) -> Layers {
        if destination.contains(':') {
            self.link(false) / ipv6(source, destination)
        } else {
            self.link(false) / ipv4(source, destination)
        }
    }

    /// Who has which MAC address: ARP and IPv6 neighbour discovery.
    fn finds_neighbours(&self) -> Named {
        let v6 = |source, destination| self.link(false) / ipv6(source, destination).hop_limit(255);
        vec![
            (
                "ARP: who is the router",
                self.link(true) / arp_request(self.mac, self.v4, self.router),
            ),
            (
                "ARP: here it is itself",
                self.link(false) / arp_reply(self.mac, self.v4, self.router),
            ),
            (
                "ARP: does anybody have its address",
                self.link(true) / arp_request(self.mac, "0.0.0.0", self.v4),
            ),
            (
                "IPv6: who is the router",
                v6(self.link_local, "ff02::1:ff00:1")
                    / neighbour_solicitation("fe80::1").source_link(self.mac),
            ),
            (
                "IPv6: here it is itself",
                v6(self.v6, "ff02::1") / neighbour_advertisement(self.v6).target_link(self.mac),
            ),
            (
                "IPv6: is there a router",
                v6("::", "ff02::2") / router_solicitation(),
            ),
        ]
    }

    /// DHCP, and its renewal.
    fn asks_for_addresses(&self) -> Named {
        vec![
            (
                "DHCP: an address, please",
                self.link(true) / ipv4("0.0.0.0", "255.255.255.255") / udp(68, 67),
            ),
            (
                "DHCP: the same again",
                self.to(self.router) / udp(68, 67) / data(&[1; 240]),
            ),
            (
                "DHCPv6: an address, please",
                self.from(self.link_local, "ff02::1:2") / udp(546, 547),
            ),
        ]
    }

    /// Looks for others on the link.
    fn searches(&self) -> Named {
        vec![
            ("SSDP", self.to("239.255.255.250") / udp(40000, 1900)),
            (
                "WS-Discovery by IPv6",
                self.to("ff02::c") / udp(40000, 3702),
            ),
            ("multicast DNS", self.to("224.0.0.251") / udp(5353, 5353)),
            (
                "SADP to everybody",
                self.to("255.255.255.255") / udp(40000, 37020),
            ),
            (
                "a report of multicast memberships",
                self.to("224.0.0.22") / igmp(0x22),
            ),
        ]
    }

    /// What no policy lets a camera do.
    fn poses(&self) -> Vec<(DropReason, &'static str, Layers)> {
        let v6 = |destination| self.link(false) / ipv6(self.link_local, destination).hop_limit(255);
        vec![
            (
                RogueRouter,
                "poses as a router",
                v6("ff02::1") / router_advertisement(),
            ),
            (
                RogueRouter,
                "leads others to itself by IPv6",
                v6("ff02::1") / redirect(self.link_local, CLOUD_V6),
            ),
            (
                RogueRouter,
                "leads others to itself",
                self.to(RECORDER) / icmp(5, 1),
            ),
            (
                RogueDhcp,
                "poses as a DHCP server",
                self.to("255.255.255.255") / udp(67, 68),
            ),
            (
                Multicast,
                "speaks to all on the link",
                self.to("255.255.255.255") / udp(5000, 5000),
            ),
            (
                Multicast,
                "pings all on the link by IPv6",
                self.to("ff02::1") / icmpv6(128, 0),
            ),
        ]
    }
}

impl Cases {
    /// What any device needs to be on a network at all passes.
    fn allows_all(&mut self, frames: Named) -> &mut Self {
        for (name, frame) in frames {
            self.allows(name, frame);
        }
        self
    }

    /// Searches are dropped, and whoever poses as somebody else.
    fn drops_noise(&mut self, camera: &Device) -> &mut Self {
        for (name, frame) in camera.searches() {
            self.drops(Discovery, name, frame);
        }
        for (reason, name, frame) in camera.poses() {
            self.drops(reason, name, frame);
        }
        self
    }
}

/// Cases under a policy that ships.
fn shipped(name: &'static str, policy: &'static str, topology: Topology, cases: Cases) -> Suite {
    Suite {
        name,
        policy,
        topology,
        cases: cases.written,
    }
}

/// A router whose bridge, 192.168.50.1/24, has three ports of these names: they have the indexes
/// `cameras`, `trunk` and `mixed`.
fn bridge(ports: &Ports, names: [&str; 3]) -> Topology {
    let bridge = ports.vlan;
    let members = [ports.cameras, ports.trunk, ports.mixed];
    let members = members.into_iter().zip(names);
    let members = members.map(|(index, name)| Link {
        master: Some(bridge),
        ..link(index, name, &[])
    });
    let above = [
        link(
            bridge,
            "br-lan",
            &["192.168.50.1/24", "fd00:50::1/64", "fe80::1/64"],
        ),
        link(
            ports.uplink,
            "wan0",
            &["198.51.100.2/24", "2001:db8:1::2/64", "fe80::1/64"],
        ),
    ];
    in_order(members.chain(above).collect())
}

fn link(index: u32, name: &str, addresses: &[&str]) -> Link {
    let addresses = addresses.iter().filter_map(|text| text.parse().ok());
    Link {
        index,
        name: name.to_owned(),
        addresses: addresses.collect(),
        ..Link::default()
    }
}

fn in_order(mut links: Vec<Link>) -> Topology {
    links.sort_by_key(|link| link.index);
    Topology { links }
}
