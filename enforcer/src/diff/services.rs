//! What is allowed of a destination, written in one way however the rules say it.

use std::collections::BTreeSet;
use std::fmt;

use enforcer_common::{header::protocol, rule::Clause};

use super::ports::PortSet;
use crate::policy::{PortRange, Protocol, Transport};

/// NAT-PMP and PCP, which a rule without ports leaves out.
const PORT_MAPPING: (u16, u16) = (5351, 5351);

/// What is allowed of a destination. Two that let the same frames through are equal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Services {
    /// Ports there that may be opened: TCP by a SYN, UDP from any port.
    pub open: PerTransport,
    /// The camera's own ports, from which it may send to any port there, but no SYN.
    pub answer: PerTransport,
    /// ICMP echo and errors, and fragments.
    pub icmp: bool,
    /// Other protocols, whole.
    pub protocols: BTreeSet<Protocol>,
}

/// Ports of both protocols that have some.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct PerTransport {
    /// TCP.
    pub tcp: PortSet,
    /// UDP.
    pub udp: PortSet,
}

impl Services {
    /// What clauses allow together. To a multicast or broadcast address only those count that name
    /// it.
    pub(super) fn of(clauses: &[Clause], to_group: bool) -> Self {
        let counting = clauses.iter();
        let counting = counting.filter(|clause| !to_group || clause.names_groups != 0);
        let ports = |service, protocol| {
            let of_kind = counting
                .clone()
                .filter(move |clause| clause.service == service && clause.protocol == protocol);
            PortSet::of(of_kind.map(|clause| (clause.first, clause.last)).collect())
        };
        let per_transport = |service| PerTransport {
            tcp: ports(service, protocol::IPPROTO_TCP),
            udp: ports(service, protocol::IPPROTO_UDP),
        };
        let others = counting
            .clone()
            .filter(|clause| clause.service == Clause::PROTOCOL);
        let protocols = others.map(|clause| clause.protocol.into()).collect();
        let open = per_transport(Clause::PORTS);
        if counting.clone().any(|clause| clause.service == Clause::ANY) {
            let mut any = Self::any();
            any.open.udp = any.open.udp.with(&open.udp);
            any.protocols = protocols;
            return any;
        }
        Self {
            open,
            answer: per_transport(Clause::ANSWER),
            icmp: false,
            protocols,
        }
    }

    /// What a rule without ports allows.
    fn any() -> Self {
        let all = PortSet::all();
        Self {
            open: PerTransport {
                tcp: all.clone(),
                udp: all.without(&PortSet::of(vec![PORT_MAPPING])),
            },
            answer: PerTransport {
                tcp: all.clone(),
                udp: all,
            },
            icmp: true,
            protocols: BTreeSet::new(),
        }
    }

    /// What of these is not among the others.
    pub(super) fn without(&self, others: &Self) -> Self {
        Self {
            open: self.open.without(&others.open),
            answer: self.answer.without(&others.answer),
            icmp: self.icmp && !others.icmp,
            protocols: self
                .protocols
                .difference(&others.protocols)
                .copied()
                .collect(),
        }
    }

    /// Whether nothing is allowed.
    pub fn is_empty(&self) -> bool {
        let ports = self.open.is_empty() && self.answer.is_empty();
        ports && !self.icmp && self.protocols.is_empty()
    }
}

impl PerTransport {
    fn without(&self, others: &Self) -> Self {
        Self {
            tcp: self.tcp.without(&others.tcp),
            udp: self.udp.without(&others.udp),
        }
    }

    const fn is_empty(&self) -> bool {
        self.tcp.is_empty() && self.udp.is_empty()
    }

    /// `tcp/443`, `udp/8000-8010`.
    pub(super) fn list(&self) -> Vec<String> {
        let of = |protocol, ports: &PortSet| -> Vec<String> {
            let ranges = ports.iter().map(|(first, last)| PortRange {
                protocol,
                first,
                last,
            });
            ranges.map(|range| range.to_string()).collect()
        };
        let mut list = of(Transport::Tcp, &self.tcp);
        list.extend(of(Transport::Udp, &self.udp));
        list
    }
}

/// `tcp/443, udp/53, gre, answers from tcp/554`, or `any TCP, UDP and ICMP, except tcp/443, gre
/// included`.
impl fmt::Display for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.icmp {
            return f.write_str(&self.listed());
        }
        f.write_str("any TCP, UDP and ICMP")?;
        if self.open.udp.contains(PORT_MAPPING.0) {
            f.write_str(", udp/5351 included")?;
        }
        let left_out = Self::any().without(self);
        if !left_out.is_empty() {
            write!(f, ", except {}", left_out.listed())?;
        }
        for protocol in &self.protocols {
            write!(f, ", {protocol} included")?;
        }
        Ok(())
    }
}

impl Services {
    fn listed(&self) -> String {
        let mut parts = self.open.list();
        parts.extend(self.protocols.iter().map(Protocol::to_string));
        let answers = self.answer.list();
        if !answers.is_empty() {
            parts.push(format!("answers from {}", answers.join(", ")));
        }
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_told_as_a_policy_writes_them() {
        let clause = |service, protocol, first, last| Clause {
            rule: 1,
            service,
            protocol,
            first,
            last,
            ..Clause::default()
        };
        let https = clause(Clause::PORTS, 6, 443, 443);
        let next = clause(Clause::PORTS, 6, 444, 450);
        let dns = clause(Clause::PORTS, 17, 53, 53);
        let rtsp = clause(Clause::ANSWER, 6, 554, 554);
        let mapping = clause(Clause::PORTS, 17, 5351, 5351);
        let any = clause(Clause::ANY, 0, 0, 0);
        let sctp = clause(Clause::PROTOCOL, 132, 0, 0);
        let other = clause(Clause::PROTOCOL, 200, 0, 0);
        for (clauses, expected) in [
            (&[][..], ""),
            (&[dns, next, https], "tcp/443-450, udp/53"),
            (&[https, rtsp], "tcp/443, answers from tcp/554"),
            (&[https, any, rtsp], "any TCP, UDP and ICMP"),
            (&[mapping, any], "any TCP, UDP and ICMP, udp/5351 included"),
            (&[sctp, any], "any TCP, UDP and ICMP, sctp included"),
            (
                &[rtsp, other, sctp, dns],
                "udp/53, sctp, protocol 200, answers from tcp/554",
            ),
        ] {
            assert_eq!(Services::of(clauses, false).to_string(), expected);
            assert!(Services::of(clauses, true).is_empty(), "nothing is named");
        }
        let of = |clauses| Services::of(clauses, false);
        for (more, less, expected) in [
            (
                &[any][..],
                &[https, rtsp][..],
                "any TCP, UDP and ICMP, except tcp/443, answers from tcp/554",
            ),
            (&[any, mapping], &[any], "udp/5351"),
            (&[https, dns], &[dns], "tcp/443"),
            (&[any, sctp, other], &[any, other], "sctp"),
            (&[any, sctp], &[any], "sctp"),
        ] {
            assert_eq!(of(more).without(&of(less)).to_string(), expected);
            assert!(of(less).without(&of(more)).is_empty());
        }
    }
}
