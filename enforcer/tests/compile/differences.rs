//! A difference between two policies is what the model answers differently, and nothing else.

use std::net::IpAddr;

use enforcer::diff::{Diff, Kind, Part, Services};
use enforcer::model::Model;
use enforcer::policy::{Policy, Service};
use enforcer_common::{Address, Flow, Tables as _, header::Tcp, rule::Request};
use ipnet::IpNet;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::world::{World, world};

proptest! {
    #[test]
    fn other_words_for_the_same_are_no_difference(
        world in world(), order in vec(any::<Index>(), 40), splits in vec(any::<bool>(), 60),
    ) {
        let other = reworded(&world.policy, &order, &splits);
        let diff = Diff::new(&world.policy, &other).unwrap();
        prop_assert!(diff.is_empty(), "{}\n{}", diff, world.text);
        let back = Diff::new(&other, &world.policy).unwrap();
        prop_assert!(back.is_empty(), "{}\n{}", back, world.text);
    }

    #[test]
    fn what_flips_is_told_and_what_is_told_flips(old in world(), new in world()) {
        let diff = Diff::new(&old.policy, &new.policy).unwrap();
        let models = [&old, &new].map(World::model);
        for camera in &new.policy.cameras {
            let mut before = old.policy.cameras.iter();
            let Some(was) = before.find(|was| was.name == camera.name) else {
                continue;
            };
            let told = diff.changes.iter().find(|change| {
                !change.reach.is_empty() && change.cameras.contains(&camera.name)
            });
            let reach = told.map(|change| change.reach.clone()).unwrap_or_default();
            for address in old.addresses().into_iter().filter_map(|address| address.ip()) {
                // What one alone translates is told in words.
                let translates = |world: &World| {
                    let mut ways = world.policy.nat64.iter();
                    ways.any(|&way| IpNet::from(way).contains(&address))
                };
                if translates(&old) != translates(&new) {
                    continue;
                }
                for probe in probes() {
                    let flow = probe.to(address);
                    let [before, after] = [(&models[0], was.group), (&models[1], camera.group)]
                        .map(|(model, group)| passes(model, group, &flow));
                    let told = |parts: &[Part]| parts.iter().any(|part| {
                        part.covers(address) && probe.is_among(&part.services)
                    });
                    prop_assert_eq!(told(&reach.gained), after && !before,
                        "gained {} {:?}\n{}\n{}\n{}", address, probe, diff, old.text, new.text);
                    prop_assert_eq!(told(&reach.lost), before && !after,
                        "lost {} {:?}\n{}\n{}\n{}", address, probe, diff, old.text, new.text);
                }
            }
        }
    }

    #[test]
    fn the_way_back_is_the_same_the_other_way_round(old in world(), new in world()) {
        let there = Diff::new(&old.policy, &new.policy).unwrap();
        let back = Diff::new(&new.policy, &old.policy).unwrap();
        prop_assert_eq!(there.is_empty(), back.is_empty());
        let reaches = |diff: &Diff| {
            let changed = diff.changes.iter().filter(|change| {
                change.kind == Kind::Changed && !change.reach.is_empty()
            });
            let mut reaches: Vec<_> = changed
                .flat_map(|change| change.cameras.iter().map(|name| (name.clone(), change.reach.clone())))
                .collect();
            reaches.sort_by(|one, other| one.0.cmp(&other.0));
            reaches
        };
        for ((name, mut there), (other, back)) in reaches(&there).into_iter().zip(reaches(&back)) {
            prop_assert_eq!(name, other);
            std::mem::swap(&mut there.gained, &mut there.lost);
            prop_assert_eq!(there, back);
        }
    }
}

/// The same rules under other names, in another order, with prefixes split.
fn reworded(policy: &Policy, order: &[Index], splits: &[bool]) -> Policy {
    let mut other = policy.clone();
    let mut order = order.iter().cycle();
    let mut splits = splits.iter().cycle();
    for group in &mut other.groups {
        group.name = format!("other-{}", group.name);
        shuffle(&mut group.allow, &mut order);
        shuffle(&mut group.deny, &mut order);
        for allow in &mut group.allow {
            for prefixes in [&mut allow.to, &mut allow.except] {
                let mut halved: Vec<IpNet> = split(prefixes, &mut splits);
                shuffle(&mut halved, &mut order);
                *prefixes = halved.into_iter().collect();
            }
            if let Service::Only {
                ports,
                answer,
                protocols,
            } = &mut allow.service
            {
                shuffle(ports, &mut order);
                shuffle(answer, &mut order);
                shuffle(protocols, &mut order);
            }
        }
        for deny in &mut group.deny {
            for prefixes in [&mut deny.to, &mut deny.except] {
                *prefixes = split(prefixes, &mut splits);
            }
        }
    }
    other.groups.reverse();
    for camera in &mut other.cameras {
        camera.group = other.groups.len() - 1 - camera.group;
    }
    shuffle(&mut other.cameras, &mut order);
    // Of patterns that match the same name and are equally narrow the first holds.
    other.interfaces.sort_by_key(|row| row.name.specificity());
    other
}

fn shuffle<'i, T>(items: &mut [T], order: &mut impl Iterator<Item = &'i Index>) {
    for end in (1..items.len()).rev() {
        let with = order.next().unwrap().index(end + 1);
        items.swap(end, with);
    }
}

/// Halves of some prefixes in place of the whole. Half of what is wider than multicast may be
/// multicast, which is then named.
fn split<'s, C: FromIterator<IpNet>>(
    prefixes: &[IpNet],
    splits: &mut impl Iterator<Item = &'s bool>,
) -> C {
    let halved = prefixes.iter().flat_map(|&prefix| {
        let widest = if prefix.addr().is_ipv4() { 4 } else { 8 };
        let can = prefix.prefix_len() >= widest && prefix.prefix_len() < prefix.max_prefix_len();
        if can && *splits.next().unwrap() {
            prefix.subnets(prefix.prefix_len() + 1).unwrap().collect()
        } else {
            vec![prefix]
        }
    });
    halved.collect()
}

/// A frame that one part of what may be allowed lets through, and no other.
#[derive(Clone, Copy, Debug)]
enum Probe {
    /// A SYN to a port.
    TcpOpen(u16),
    /// A segment from a port to port zero, which no rule lists.
    TcpAnswer(u16),
    /// From port zero to a port.
    UdpOpen(u16),
    /// From a port to port zero.
    UdpAnswer(u16),
    /// An echo request.
    Ping,
    /// Some other protocol.
    Other(u8),
}

fn probes() -> Vec<Probe> {
    let ports = [
        0, 1, 53, 54, 80, 443, 554, 1023, 1024, 5351, 8000, 8010, 8011, 65535,
    ];
    let each = ports.into_iter().flat_map(|port| {
        [
            Probe::TcpOpen(port),
            Probe::TcpAnswer(port),
            Probe::UdpOpen(port),
            Probe::UdpAnswer(port),
        ]
    });
    let others = [46, 47, 132].map(Probe::Other);
    each.chain([Probe::Ping]).chain(others).collect()
}

impl Probe {
    fn to(self, address: IpAddr) -> Flow {
        let (protocol, source_port, destination_port, tcp_flags) = match self {
            Self::TcpOpen(port) => (6, 0, port, Tcp::SYN),
            Self::TcpAnswer(port) => (6, port, 0, Tcp::ACK),
            Self::UdpOpen(port) => (17, 0, port, 0),
            Self::UdpAnswer(port) => (17, port, 0, 0),
            Self::Other(protocol) => (protocol, 0, 0, 0),
            Self::Ping => (if address.is_ipv4() { 1 } else { 58 }, 0, 0, 0),
        };
        let destination = match address {
            IpAddr::V4(address) => Address::v4(address.octets()),
            IpAddr::V6(address) => Address::v6(address.octets()),
        };
        Flow {
            destination,
            protocol,
            source_port,
            destination_port,
            tcp_flags,
            icmp_type: if address.is_ipv4() { 8 } else { 128 },
            to_group: destination.is_multicast() || destination.is_limited_broadcast(),
            ..Flow::default()
        }
    }

    fn is_among(self, services: &Services) -> bool {
        match self {
            Self::TcpOpen(port) => services.open.tcp.contains(port),
            Self::TcpAnswer(port) => services.answer.tcp.contains(port),
            Self::UdpOpen(port) => services.open.udp.contains(port),
            Self::UdpAnswer(port) => services.answer.udp.contains(port),
            Self::Ping => services.icmp,
            Self::Other(protocol) => services.protocols.contains(&protocol.into()),
        }
    }
}

/// What the verdict makes of the model's ruling: a translator must not make a multicast of a unicast.
fn passes(model: &Model<'_>, group: usize, flow: &Flow) -> bool {
    let mut flow = *flow;
    if flow.translate(model).is_err() {
        return false;
    }
    let request = Request::new(&flow);
    let inside = &request.destination;
    let disguised =
        request.is_translated() && (inside.is_multicast() || inside.is_limited_broadcast());
    let ruling = model.ruling(u32::try_from(group).unwrap(), &request);
    ruling.deny == 0 && ruling.allow != 0 && !disguised
}
