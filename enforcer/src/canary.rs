//! Canary frames: what a policy's own words say should pass or drop, and a little beside it.

use std::{collections::BTreeSet, net::IpAddr};

use enforcer_common::{Flow, Tables, header::Tcp};
use ipnet::{IpNet, Ipv6Net};

use crate::{
    frame::{Draft, Message, senders},
    policy::nat64,
    policy::{Camera, Group, Policy, PortRange, Protocol, Service, Transport},
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

/// The canaries of a policy: every camera with the ends of every rule of its group and what lies
/// just beyond them; evenly sampled where that would be too many.
pub fn canaries(policy: &Policy, topology: &Topology) -> Vec<Canary> {
    // Sampled before anything is made of it: cameras times prefixes can be more than memory holds.
    let cameras = sample(&policy.cameras, MAX_CANARIES);
    let most = (MAX_CANARIES / cameras.len().max(1)).max(2);
    let mut all = Vec::new();
    for camera in cameras {
        let interface = interface(policy, camera, topology);
        let Some(group) = policy.groups.get(camera.group) else {
            continue;
        };
        let on_link = OnLink::new(topology, interface);
        let drafts = drafts(camera, group, &policy.nat64, &on_link, most).into_iter();
        all.extend(drafts.map(|(draft, what)| (draft, what, camera, interface)));
    }
    // Odd, since every second frame is the neighbour's: an even step would never meet one.
    let step = (2 * all.len()).div_ceil(MAX_CANARIES) | 1;
    let both = all
        .iter()
        .flat_map(|drafted| [(drafted, false), (drafted, true)]);
    let sampled = both.step_by(step);
    let frames = sampled.map(|(&(mut draft, what, camera, interface), is_neighbour)| {
        if is_neighbour {
            // The next MAC address: another camera's, or nobody's.
            draft.sender.mac[5] ^= 1;
            canary(&draft, camera, interface, "its neighbour")
        } else {
            canary(&draft, camera, interface, what)
        }
    });
    frames.collect()
}

/// Every address that rules are asked about when these are judged.
pub fn asked(canaries: &[Canary], tables: &impl Tables) -> BTreeSet<IpAddr> {
    let flows = canaries.iter().filter_map(|canary| {
        let frame = canary.frame.as_slice();
        let mut flow = Flow::default();
        flow.read_link(frame).ok()?;
        flow.read_network(frame).ok()?;
        flow.translate(tables).ok()?;
        Some(flow)
    });
    let addresses = flows.flat_map(|flow| [flow.destination, flow.translated]);
    addresses.filter_map(|address| address.ip()).collect()
}

/// At most so many of them, evenly spaced, the first always among them.
fn sample<T>(all: &[T], most: usize) -> impl ExactSizeIterator<Item = &T> {
    let step = all.len().div_ceil(most).max(1);
    all.iter().step_by(step)
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

/// Where packets of a camera that is bound to no address come from: free addresses on the link of its
/// interface, if the router is in a network there.
struct OnLink {
    v4: Option<IpAddr>,
    v6: Option<IpAddr>,
}

impl OnLink {
    fn new(topology: &Topology, interface: u32) -> Self {
        let sharing = topology.sharing(interface);
        let networks = sharing.iter().flat_map(|link| link.networks());
        let free = networks.filter_map(|network| {
            let mut hosts = network.hosts();
            hosts.find(|host| *host != network.addr())
        });
        let is_local =
            |host: &IpAddr| matches!(host, IpAddr::V6(host) if host.is_unicast_link_local());
        let mut free = free.filter(|host| !is_local(host));
        Self {
            v4: free.clone().find(IpAddr::is_ipv4),
            v6: free.find(IpAddr::is_ipv6),
        }
    }
}

/// What a camera is asked about, with at most so many prefixes of each list of its group's rules.
fn drafts(
    camera: &Camera,
    group: &Group,
    nat64: &[Ipv6Net],
    on_link: &OnLink,
    most: usize,
) -> Vec<(Draft, &'static str)> {
    let mut drafts = Vec::new();
    let mut add = |destination, message, what| {
        let draft = draft(camera, on_link, destination, message);
        drafts.extend(draft.map(|draft| (draft, what)));
    };
    let any = PortRange {
        protocol: Transport::Tcp,
        first: 443,
        last: 443,
    };
    for allow in &group.allow {
        let (ports, answer, protocols) = match &allow.service {
            Service::Any => (vec![any], Vec::new(), Vec::new()),
            Service::Only {
                ports,
                answer,
                protocols,
            } => (ports.clone(), answer.clone(), protocols.clone()),
        };
        for &prefix in sample(&allow.to, most).chain(sample(&allow.except, most)) {
            for destination in ends(prefix) {
                for range in &ports {
                    for port in [range.first, range.last.saturating_add(1)] {
                        add(
                            destination,
                            message(*range, 40_000, port, Tcp::SYN),
                            "allow",
                        );
                    }
                }
                for protocol in &protocols {
                    let next = Protocol::from(protocol.number().wrapping_add(1));
                    for protocol in [*protocol, next] {
                        add(destination, Message::Other(protocol), "protocol");
                    }
                }
                for range in &answer {
                    for (port, flags) in [
                        (range.first, Tcp::ACK),
                        (range.last, Tcp::SYN),
                        (1, Tcp::ACK),
                    ] {
                        add(destination, message(*range, port, 40_000, flags), "answer");
                    }
                }
            }
        }
    }
    for deny in &group.deny {
        let prefixes = sample(&deny.to, most).chain(sample(&deny.except, most));
        for destination in prefixes.flat_map(|&prefix| ends(prefix)) {
            add(destination, message(any, 40_000, 443, Tcp::SYN), "deny");
        }
    }
    let nowhere = IpAddr::from([203, 0, 113, 7]);
    add(nowhere, message(any, 40_000, 443, Tcp::SYN), "no rule");
    let is_v4 = |prefix: &&IpNet| prefix.addr().is_ipv4();
    let denied = group.deny.iter().flat_map(|deny| &deny.to).find(is_v4);
    let mut allowed = group.allow.iter().flat_map(|allow| &allow.to);
    for prefix in [denied, allowed.find(is_v4)] {
        let inside = prefix.map_or(nowhere, IpNet::network);
        for &by in nat64 {
            if let IpAddr::V4(inside) = inside {
                let destination = nat64::address(by, inside).into();
                add(destination, message(any, 40_000, 443, Tcp::SYN), "NAT64");
            }
        }
    }
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

/// What a camera says to a destination.
fn draft(
    camera: &Camera,
    on_link: &OnLink,
    destination: IpAddr,
    message: Message,
) -> Option<Draft> {
    let mut sender = senders(&camera.identity, destination.is_ipv4()).next()?;
    if camera.identity.ip.is_empty() {
        let own = if destination.is_ipv4() {
            on_link.v4
        } else {
            on_link.v6
        };
        sender.address = own.unwrap_or(sender.address);
    }
    Some(Draft {
        sender,
        destination,
        message,
    })
}

/// A segment or datagram between two ports.
const fn message(range: PortRange, source_port: u16, destination_port: u16, flags: u8) -> Message {
    match range.protocol {
        Transport::Tcp => Message::Tcp {
            source_port,
            destination_port,
            flags,
        },
        Transport::Udp => Message::Udp {
            source_port,
            destination_port,
        },
    }
}

fn canary(draft: &Draft, camera: &Camera, interface: u32, what: &str) -> Canary {
    let port = match draft.message {
        Message::Tcp {
            destination_port, ..
        }
        | Message::Udp {
            destination_port, ..
        } => format!(" port {destination_port}"),
        Message::Other(protocol) => format!(" by {protocol}"),
        Message::Echo | Message::Icmp { .. } | Message::Later(_) => String::new(),
    };
    let about = format!(
        "camera `{}` ({what}) sending to {}{port}",
        camera.name, draft.destination
    );
    Canary {
        about,
        frame: draft.frame(),
        interface,
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

    #[test]
    fn of_many_prefixes_for_many_cameras_few_are_asked_about() {
        let many: String = (0..100_000_u32).fold(String::new(), |mut many, number| {
            let [_, a, b, c] = number.to_be_bytes();
            write!(many, "10.{a}.{b}.{c}, ").unwrap();
            many
        });
        let mut text = format!(
            "version: 1\ninterfaces: {{lan1: {{}}}}\n\
             groups: {{recorded: {{allow: [{{to: [{many}]}}]}}}}\ncameras:\n"
        );
        for camera in 0..1000 {
            let (high, low) = (camera / 256, camera % 256);
            writeln!(
                text,
                "  c{camera}: {{match: {{mac: \"44:19:b6:00:{high:02x}:{low:02x}\"}}, group: recorded}}"
            )
            .unwrap();
        }
        let policy = Policy::parse("policy.yaml", &text).unwrap();
        assert_eq!(sample(&policy.cameras, MAX_CANARIES).len(), 500);
        let group = &policy.groups[0];
        let on_link = OnLink::new(&Topology::default(), 1);
        // The four ends of two prefixes on two ports each, and what no rule names.
        let drafts = drafts(&policy.cameras[0], group, &[], &on_link, 2);
        assert_eq!(drafts.len(), 2 * 4 * 2 + 1);
        let canaries = canaries(&policy, &Topology::default());
        assert!((MAX_CANARIES / 2..=MAX_CANARIES).contains(&canaries.len()));
    }

    #[test]
    fn of_a_protocol_that_is_listed_and_of_the_next_there_are_frames() {
        let text = "version: 1\ninterfaces: {lan1: {}}\n\
            groups: {recorded: {allow: [{to: 192.0.2.1, protocols: [sctp]}]}}\n\
            cameras: {gate: {match: {mac: \"44:19:b6:5d:3a:01\"}, group: recorded}}\n";
        let policy = Policy::parse("policy.yaml", text).unwrap();
        let canaries = canaries(&policy, &Topology::default());
        for protocol in [132, 133] {
            // The byte of the protocol in an IPv4 header.
            let mut frames = canaries.iter().map(|canary| &canary.frame);
            assert!(frames.any(|frame| frame[14 + 9] == protocol), "{protocol}");
        }
    }

    #[test]
    fn of_every_way_of_translation_there_are_frames() {
        let text = "version: 1\nnat64: [\"2001:db8:64::/96\", \"2001:db8:122::/48\"]\n\
            interfaces: {lan1: {}}\n\
            groups: {recorded: {allow: [{to: 192.0.2.33}]}}\n\
            cameras: {gate: {match: {mac: \"44:19:b6:5d:3a:01\"}, group: recorded}}\n";
        let policy = Policy::parse("policy.yaml", text).unwrap();
        let canaries = canaries(&policy, &Topology::default());
        for address in ["2001:db8:64::192.0.2.33", "2001:db8:122:c000:2:2100::"] {
            let address: std::net::Ipv6Addr = address.parse().unwrap();
            let destination = address.octets();
            let mut frames = canaries.iter().map(|canary| &canary.frame);
            // The destination in an IPv6 header.
            let is_it = |frame: &Vec<u8>| frame.get(14 + 24..14 + 40) == Some(&destination);
            assert!(frames.any(is_it), "{address}");
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
