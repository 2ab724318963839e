//! What a camera needs, and the fewest rules that allow it.

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
};

use crate::policy::{PortRange, Protocol, Service, Target, Transport};

/// A destination has no more ranges of ports than this for each protocol and side; the kernel's tables have room for
/// 64 of all kinds.
const MOST_RANGES: usize = 8;

/// NAT-PMP and PCP (RFC 6886, RFC 6887).
pub(super) const PORT_MAPPING: u16 = 5_351;

/// What one line needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Need {
    /// Where it ends up.
    pub(super) destination: IpAddr,
    /// What of it.
    pub(super) what: What,
}

/// A service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// A port there is sent to.
    Open(Transport, u16),
    /// It is answered from a port of the camera's own.
    Answer(Transport, u16),
    /// What only a rule for all ports lets pass.
    Any,
    /// Another protocol.
    Protocol(Protocol),
}

/// What a camera needs, by destination.
#[derive(Debug, Default)]
pub(super) struct Needs(BTreeMap<Target, Services>);

#[derive(Debug, Default)]
struct Services {
    open: BTreeSet<(Transport, u16)>,
    answer: BTreeSet<(Transport, u16)>,
    any: bool,
    protocols: BTreeSet<Protocol>,
}

/// One item of `allow`, of a draft.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct DraftRule {
    pub(super) to: Vec<Target>,
    pub(super) ports: Vec<PortRange>,
    pub(super) answer: Vec<PortRange>,
    pub(super) protocols: Vec<Protocol>,
}

impl Needs {
    pub(super) fn add(&mut self, target: Target, need: &Need) {
        let services = self.0.entry(target).or_default();
        match need.what {
            What::Open(transport, port) => drop(services.open.insert((transport, port))),
            What::Answer(transport, port) => drop(services.answer.insert((transport, port))),
            What::Any => services.any = true,
            What::Protocol(protocol) => drop(services.protocols.insert(protocol)),
        }
    }

    /// A rule for all destinations of which the same is needed.
    pub(super) fn rules(&self) -> Vec<DraftRule> {
        let mut rules: Vec<DraftRule> = Vec::new();
        for (target, services) in &self.0 {
            for rule in services.rules() {
                let same = rules.iter_mut().find(|other| {
                    (&other.ports, &other.answer, &other.protocols)
                        == (&rule.ports, &rule.answer, &rule.protocols)
                });
                match same {
                    Some(same) => same.to.push(target.clone()),
                    None => rules.push(DraftRule {
                        to: vec![target.clone()],
                        ..rule
                    }),
                }
            }
        }
        rules
    }
}

impl Services {
    /// One, or where all ports are needed one more for what that leaves out.
    fn rules(&self) -> Vec<DraftRule> {
        let mut open = self.open.clone();
        let mut answer = self.answer.clone();
        let mut rules = Vec::new();
        if self.any {
            open.retain(|&port| port == (Transport::Udp, PORT_MAPPING));
            answer.clear();
            rules.push(DraftRule {
                to: Vec::new(),
                ports: Vec::new(),
                answer: Vec::new(),
                protocols: Vec::new(),
            });
        }
        if !open.is_empty() || !answer.is_empty() || !self.protocols.is_empty() {
            rules.push(DraftRule {
                to: Vec::new(),
                ports: ranges(&open),
                answer: ranges(&answer),
                protocols: self.protocols.iter().copied().collect(),
            });
        }
        rules
    }
}

impl DraftRule {
    /// As a policy has it.
    pub(super) fn service(&self) -> Service {
        if self.ports.is_empty() && self.answer.is_empty() && self.protocols.is_empty() {
            return Service::Any;
        }
        Service::Only {
            ports: self.ports.clone(),
            answer: self.answer.clone(),
            protocols: self.protocols.clone(),
        }
    }
}

/// Ports in a row are a range; where that makes too many, those that are next to each other are joined.
fn ranges(ports: &BTreeSet<(Transport, u16)>) -> Vec<PortRange> {
    let mut all: Vec<PortRange> = Vec::new();
    for transport in [Transport::Tcp, Transport::Udp] {
        let of = ports.iter().filter(|(other, _)| *other == transport);
        let mut ranges: Vec<PortRange> = Vec::new();
        for &(protocol, port) in of {
            match ranges.last_mut() {
                Some(last) if last.last.checked_add(1) == Some(port) => last.last = port,
                _ => ranges.push(PortRange {
                    protocol,
                    first: port,
                    last: port,
                }),
            }
        }
        join(&mut ranges);
        all.extend(ranges);
    }
    all
}

/// Closes the smallest gaps until there are few enough ranges; never that in which a port stands by which a device
/// asks a router to open one, since a range that holds it allows that.
fn join(ranges: &mut Vec<PortRange>) {
    let Some(too_many) = ranges
        .len()
        .checked_sub(MOST_RANGES)
        .filter(|&many| many > 0)
    else {
        return;
    };
    let next = ranges.iter().skip(1);
    let gaps = ranges.iter().zip(next).zip(1..);
    let mut gaps: Vec<(u16, usize)> = gaps
        .map(|((one, next), at)| {
            let maps = one.protocol == Transport::Udp
                && one.last < PORT_MAPPING
                && next.first > PORT_MAPPING;
            let gap = if maps {
                u16::MAX
            } else {
                next.first - one.last
            };
            (gap, at)
        })
        .collect();
    gaps.sort_unstable();
    let closed: BTreeSet<usize> = gaps.into_iter().take(too_many).map(|(_, at)| at).collect();
    let mut joined: Vec<PortRange> = Vec::new();
    for (at, range) in ranges.drain(..).enumerate() {
        match joined.last_mut() {
            Some(last) if closed.contains(&at) => last.last = range.last,
            _ => joined.push(range),
        }
    }
    *ranges = joined;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_in_a_row_are_a_range_and_of_many_the_nearest_are_joined() {
        let set = |ports: &[u16]| ports.iter().map(|&port| (Transport::Udp, port)).collect();
        let shown = |ports: &[u16]| -> Vec<String> {
            let ranges = ranges(&set(ports));
            ranges.iter().map(ToString::to_string).collect()
        };
        assert_eq!(shown(&[8_000, 8_001, 8_003]), ["udp/8000-8001", "udp/8003"]);
        assert_eq!(shown(&[65_534, 65_535, 1]), ["udp/1", "udp/65534-65535"]);
        let many: Vec<u16> = (1..=20).map(|number| number * number * 10).collect();
        let ranges = ranges(&set(&many));
        assert_eq!(ranges.len(), MOST_RANGES);
        assert!(many.iter().all(|&port| {
            let mut ranges = ranges.iter();
            ranges.any(|range| range.contains(Transport::Udp, port))
        }));
        assert_eq!(ranges[0].to_string(), "udp/10-1690", "the gaps grow");
        let around: Vec<u16> = (5_330..5_372)
            .step_by(2)
            .filter(|&port| port != 5_351)
            .collect();
        let around = super::ranges(&set(&around));
        assert!(
            around
                .iter()
                .all(|range| !range.contains(Transport::Udp, 5_351))
        );
    }

    #[test]
    fn what_is_needed_of_several_destinations_is_one_rule_and_all_ports_leave_one_out() {
        let mut needs = Needs::default();
        let target = |text: &str| Target::Prefix(text.parse().unwrap());
        let destination = "192.168.50.10".parse().unwrap();
        for (to, what) in [
            ("192.168.50.10/32", What::Answer(Transport::Tcp, 554)),
            ("192.168.50.11/32", What::Answer(Transport::Tcp, 554)),
            ("192.168.50.1/32", What::Open(Transport::Udp, 5_351)),
            ("192.168.50.1/32", What::Open(Transport::Udp, 123)),
            ("192.168.50.1/32", What::Any),
        ] {
            needs.add(target(to), &Need { destination, what });
        }
        let rules = needs.rules();
        let told: Vec<_> = rules
            .iter()
            .map(|rule| (rule.to.len(), rule.ports.len(), rule.answer.len()))
            .collect();
        assert_eq!(told, [(1, 0, 0), (1, 1, 0), (2, 0, 1)]);
        assert_eq!(rules[0].service(), Service::Any);
    }
}
