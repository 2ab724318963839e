//! Canary frames: what a policy's own words say should pass or drop, and a little beside it.

use std::net::IpAddr;

use enforcer_common::header::{ethertype, protocol};
use ipnet::IpNet;

use crate::{
    policy::{Camera, Group, Policy, PortRange, Service, Transport},
    topology::Topology,
};

/// Each costs a system call; what a policy has beyond that is sampled.
const MAX_CANARIES: usize = 512;

/// A frame to be judged by the loaded program and by the host.
#[derive(Clone, Debug)]
pub struct Canary {
    /// What it is about, in words.
    pub about: String,
    /// The frame.
    pub frame: Vec<u8>,
    /// Index of the interface that it comes in on.
    pub interface: u32,
}

/// What a canary frame is made of.
struct Draft {
    mac: [u8; 6],
    vlan: Option<u16>,
    source: IpAddr,
    destination: IpAddr,
    protocol: u8,
    source_port: u16,
    destination_port: u16,
    tcp_flags: u8,
}

/// The canaries of a policy: every camera with the ends of every rule of its group and what lies
/// just beyond them; evenly sampled where that would be too many.
pub fn canaries(policy: &Policy, topology: &Topology) -> Vec<Canary> {
    let mut all = Vec::new();
    for camera in &policy.cameras {
        let interface = interface(policy, camera, topology);
        let Some(group) = policy.groups.get(camera.group) else {
            continue;
        };
        let senders = Senders::new(topology, interface);
        for (mut draft, what) in drafts(camera, group, &senders) {
            all.push(draft.canary(camera, interface, what));
            // The next MAC address: another camera's, or nobody's.
            draft.mac[5] ^= 1;
            all.push(draft.canary(camera, interface, "its neighbour"));
        }
    }
    // Odd, since every second frame is the neighbour's: an even step would never meet one.
    let step = all.len().div_ceil(MAX_CANARIES) | 1;
    all.into_iter().step_by(step).collect()
}

/// An interface that the camera may sit behind; the loopback interface where there is none yet.
fn interface(policy: &Policy, camera: &Camera, topology: &Topology) -> u32 {
    let patterns = &camera.identity.interface;
    let mut links = topology.links.iter().filter(|link| {
        policy.interface_for(&link.name).is_some()
            && (patterns.is_empty() || patterns.iter().any(|name| name.matches(&link.name)))
    });
    links.next().map_or(1, |link| link.index)
}

/// Where packets of a camera that is bound to no address come from.
struct Senders {
    v4: IpAddr,
    v6: IpAddr,
}

impl Senders {
    /// Addresses on the link of an interface; others where the router is in no network there.
    fn new(topology: &Topology, interface: u32) -> Self {
        let sharing = topology.sharing(interface);
        let networks = sharing.iter().flat_map(|link| link.networks());
        let on_link = |elsewhere: IpAddr| {
            let numbers = networks
                .clone()
                .filter(|network| network.addr().is_ipv4() == elsewhere.is_ipv4());
            let mut free = numbers.filter_map(|network| {
                let mut hosts = network.hosts();
                hosts.find(|host| *host != network.addr())
            });
            free.find(|host| !matches!(host, IpAddr::V6(host) if host.is_unicast_link_local()))
                .unwrap_or(elsewhere)
        };
        Self {
            v4: on_link(IpAddr::from([192, 0, 2, 77])),
            v6: on_link(IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, 0x77])),
        }
    }
}

fn drafts(camera: &Camera, group: &Group, senders: &Senders) -> Vec<(Draft, &'static str)> {
    const SYN: u8 = 0x02;
    const ACK: u8 = 0x10;
    let mut drafts = Vec::new();
    let any = PortRange {
        protocol: Transport::Tcp,
        first: 443,
        last: 443,
    };
    for allow in &group.allow {
        let (ports, answer) = match &allow.service {
            Service::Any => (vec![any], Vec::new()),
            Service::Ports { ports, answer } => (ports.clone(), answer.clone()),
        };
        for &prefix in &allow.to {
            for destination in ends(prefix) {
                for range in &ports {
                    for port in [range.first, range.last.saturating_add(1)] {
                        let draft = Draft::new(camera, senders, destination, *range);
                        drafts.push((draft.ports(40_000, port, SYN), "allow"));
                    }
                }
                for range in &answer {
                    for (port, flags) in [(range.first, ACK), (range.last, SYN), (1, ACK)] {
                        let draft = Draft::new(camera, senders, destination, *range);
                        drafts.push((draft.ports(port, 40_000, flags), "answer"));
                    }
                }
            }
        }
    }
    for deny in &group.deny {
        for destination in deny.to.iter().flat_map(|&prefix| ends(prefix)) {
            let draft = Draft::new(camera, senders, destination, any);
            drafts.push((draft.ports(40_000, 443, SYN), "deny"));
        }
    }
    let nowhere = IpAddr::from([203, 0, 113, 7]);
    let draft = Draft::new(camera, senders, nowhere, any);
    drafts.push((draft.ports(40_000, 443, SYN), "no rule"));
    drafts
}

/// The first and last address of a prefix and those just outside.
fn ends(prefix: IpNet) -> Vec<IpAddr> {
    let (first, last) = (prefix.network(), prefix.broadcast());
    let outside = match (first, last) {
        (IpAddr::V4(first), IpAddr::V4(last)) => [
            u32::from(first)
                .checked_sub(1)
                .map(|address| IpAddr::V4(address.into())),
            u32::from(last)
                .checked_add(1)
                .map(|address| IpAddr::V4(address.into())),
        ],
        (IpAddr::V6(first), IpAddr::V6(last)) => [
            u128::from(first)
                .checked_sub(1)
                .map(|address| IpAddr::V6(address.into())),
            u128::from(last)
                .checked_add(1)
                .map(|address| IpAddr::V6(address.into())),
        ],
        _ => [None, None],
    };
    [first, last]
        .into_iter()
        .chain(outside.into_iter().flatten())
        .collect()
}

impl Draft {
    fn new(camera: &Camera, senders: &Senders, destination: IpAddr, range: PortRange) -> Self {
        let identity = &camera.identity;
        let mac = identity
            .mac
            .first()
            .map_or([2, 0, 0, 0, 0, 1], |mac| mac.address);
        let own = identity.ip.iter().map(IpNet::addr);
        let mut own = own.filter(|own| own.is_ipv4() == destination.is_ipv4());
        let source = own.next().unwrap_or(match destination {
            IpAddr::V4(_) => senders.v4,
            IpAddr::V6(_) => senders.v6,
        });
        Self {
            mac,
            vlan: identity.vlan.first().copied(),
            source,
            destination,
            protocol: match range.protocol {
                Transport::Tcp => protocol::IPPROTO_TCP,
                Transport::Udp => protocol::IPPROTO_UDP,
            },
            source_port: 0,
            destination_port: 0,
            tcp_flags: 0,
        }
    }

    const fn ports(mut self, source: u16, destination: u16, tcp_flags: u8) -> Self {
        self.source_port = source;
        self.destination_port = destination;
        self.tcp_flags = tcp_flags;
        self
    }

    fn canary(&self, camera: &Camera, interface: u32, what: &str) -> Canary {
        let about = format!(
            "camera `{}` ({what}) sending to {} port {}",
            camera.name, self.destination, self.destination_port
        );
        Canary {
            about,
            frame: self.frame(),
            interface,
        }
    }

    /// The bytes; checksums stay zero, since nobody between camera and verdict looks at them.
    fn frame(&self) -> Vec<u8> {
        let mut frame = vec![2, 0, 0, 0, 0, 0xfe];
        frame.extend(self.mac);
        if let Some(vlan) = self.vlan {
            frame.extend(ethertype::ETH_P_8021Q.to_be_bytes());
            frame.extend(vlan.to_be_bytes());
        }
        let transport = self.transport();
        let length = u16::try_from(transport.len()).unwrap_or(u16::MAX);
        match (self.source, self.destination) {
            (IpAddr::V4(source), IpAddr::V4(destination)) => {
                frame.extend(ethertype::ETH_P_IP.to_be_bytes());
                frame.extend([0x45, 0]);
                frame.extend((length + 20).to_be_bytes());
                frame.extend([0, 0, 0, 0, 64, self.protocol, 0, 0]);
                frame.extend(source.octets());
                frame.extend(destination.octets());
            }
            (source, destination) => {
                frame.extend(ethertype::ETH_P_IPV6.to_be_bytes());
                frame.extend([0x60, 0, 0, 0]);
                frame.extend(length.to_be_bytes());
                frame.extend([self.protocol, 64]);
                for address in [source, destination] {
                    if let IpAddr::V6(address) = address {
                        frame.extend(address.octets());
                    }
                }
            }
        }
        frame.extend(transport);
        frame
    }

    fn transport(&self) -> Vec<u8> {
        let mut transport = Vec::new();
        transport.extend(self.source_port.to_be_bytes());
        transport.extend(self.destination_port.to_be_bytes());
        if self.protocol == protocol::IPPROTO_UDP {
            transport.extend([0, 8, 0, 0]);
        } else {
            transport.extend([0; 8]);
            transport.extend([0x50, self.tcp_flags, 0, 0, 0, 0, 0, 0]);
        }
        transport
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    #[test]
    fn a_sample_of_a_large_policy_holds_frames_of_cameras_and_of_their_neighbours() {
        for rules in [10, 100, 200, 300, 1000] {
            let canaries = canaries(&policy(rules), &Topology::default());
            let neighbours = canaries
                .iter()
                .filter(|canary| canary.about.contains("its neighbour"))
                .count();
            let others = canaries.len() - neighbours;
            assert!(canaries.len() <= MAX_CANARIES, "{rules} rules");
            assert!(neighbours.abs_diff(others) <= 1, "{rules} rules");
        }
    }

    fn policy(rules: u32) -> Policy {
        let mut text = "version: 1\n\
            interfaces: {lan1: {}}\n\
            cameras: {gate: {match: {mac: \"44:19:b6:5d:3a:01\"}, group: recorded}}\n\
            groups:\n  recorded:\n    allow:\n"
            .to_owned();
        for rule in 0..rules {
            let (high, low) = (rule / 256, rule % 256);
            writeln!(text, "      - to: 10.{high}.{low}.1").unwrap();
        }
        Policy::parse("policy.yaml", &text).unwrap()
    }
}
