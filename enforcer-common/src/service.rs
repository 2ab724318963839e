//! What the rules that cover an address allow there, settled as far as it can be before a frame
//! comes: the kernel's answer to what [`crate::rule`] says clause by clause.

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::{
    flow::Piece,
    header::{Tcp, protocol},
    reason::DropReason,
    rule::{Request, RuleId, Ruling},
    steps::{Head, Steps, value_at},
};

/// What the rules of a group that cover an address come to together. Of several that would decide
/// alike it names the first in file order, which has the least number.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, FromBytes, Immutable, IntoBytes, KnownLayout,
)]
#[repr(C)]
pub struct Services {
    /// The rule that denies it, or zero.
    pub deny: RuleId,
    /// The first rule that allows anything; zero for none.
    pub first: RuleId,
    /// The first rule that allows any TCP, UDP and ICMP; zero for none.
    pub any: RuleId,
    /// The first rule with TCP ports of either kind; zero for none.
    pub tcp: RuleId,
    /// The first rule with UDP ports of either kind; zero for none.
    pub udp: RuleId,
    /// The first rule of those that would allow something but for the group that it is sent to; zero
    /// if there is none, or if others allow something all the same.
    pub unicast: RuleId,
    /// By destination port of TCP: how far after [`Self::first`] the rule comes that allows it,
    /// counted from one; zero for none. Without a line: none.
    pub tcp_ports: Head,
    /// The same of UDP.
    pub udp_ports: Head,
    /// The same by source port of TCP, to answer from.
    pub tcp_answers: Head,
    /// The same of UDP.
    pub udp_answers: Head,
    /// The same by protocol, of those that have no ports.
    pub protocols: Head,
}

/// How rows of [`Services`] come: what holds for one address, and what is left of it for a group.
pub const UNICAST: u32 = 0;
/// What is left for multicast and broadcast.
pub const GROUP: u32 = 1;

impl Services {
    /// What the rules make of a request.
    #[inline(always)]
    pub fn rule<S: Steps>(&self, steps: &S, request: &Request<'_>) -> Ruling {
        if self.deny != 0 {
            return Ruling {
                deny: self.deny,
                ..Ruling::NOTHING
            };
        }
        if self.first == 0 {
            return if self.unicast == 0 {
                Ruling::NOTHING
            } else {
                refused(DropReason::Multicast, self.unicast)
            };
        }
        let flow = request.flow;
        let (with_ports, ports, answers) = match flow.protocol {
            protocol::IPPROTO_TCP => (self.tcp, self.tcp_ports, self.tcp_answers),
            protocol::IPPROTO_UDP => (self.udp, self.udp_ports, self.udp_answers),
            _ => return self.rule_without_ports(steps, request),
        };
        let any = if request.is_port_mapping() {
            0
        } else {
            self.any
        };
        if flow.fragment != Piece::Whole {
            return match (any, with_ports) {
                (0, 0) => self.refuse_port(),
                (0, with_ports) => refused(DropReason::Fragment, with_ports),
                (any, _) => allowed(any),
            };
        }
        let by_port = self.found(steps, ports, flow.destination_port);
        let by_answer = if request.is_port_mapping() {
            0
        } else {
            self.found(steps, answers, flow.source_port)
        };
        let opens = flow.protocol == protocol::IPPROTO_TCP
            && flow.tcp_flags & (Tcp::SYN | Tcp::ACK) == Tcp::SYN;
        let answer = if opens { 0 } else { by_answer };
        let rule = least(least(any, by_port), answer);
        if rule != 0 {
            return allowed(rule);
        }
        if by_answer == 0 {
            self.refuse_port()
        } else {
            refused(DropReason::NotAnAnswer, by_answer)
        }
    }

    /// By the first rule that is about ports at all, or for want of one.
    #[inline(always)]
    const fn refuse_port(&self) -> Ruling {
        match least(self.any, least(self.tcp, self.udp)) {
            0 => refused(DropReason::Protocol, self.first),
            rule => refused(DropReason::Port, rule),
        }
    }

    #[inline(always)]
    fn rule_without_ports<S: Steps>(&self, steps: &S, request: &Request<'_>) -> Ruling {
        let listed = self.found(steps, self.protocols, request.flow.protocol.into());
        match request.admit_icmp() {
            Ok(()) if least(self.any, listed) != 0 => allowed(least(self.any, listed)),
            _ if listed != 0 => allowed(listed),
            Err(DropReason::IcmpType) if self.any != 0 => refused(DropReason::IcmpType, self.any),
            _ => refused(DropReason::Protocol, self.first),
        }
    }

    /// The rule that a function names at a number.
    #[inline(always)]
    fn found<S: Steps>(&self, steps: &S, head: Head, number: u16) -> RuleId {
        if head.first == 0 {
            return 0;
        }
        match value_at(steps, head, number) {
            0 => 0,
            distance => self.first + u32::from(distance) - 1,
        }
    }
}

/// The lesser of two rules, if both are there.
#[inline(always)]
const fn least(one: RuleId, other: RuleId) -> RuleId {
    if one == 0 || (other != 0 && other < one) {
        other
    } else {
        one
    }
}

#[inline(always)]
const fn allowed(rule: RuleId) -> Ruling {
    Ruling {
        allow: rule,
        ..Ruling::NOTHING
    }
}

#[inline(always)]
const fn refused(refusal: DropReason, nearest: RuleId) -> Ruling {
    Ruling {
        refusal,
        nearest,
        ..Ruling::NOTHING
    }
}
