//! What a rule says: which destinations it covers ([`Destination`]), what it allows there
//! ([`Clause`]), and what the rules of a group together make of a frame ([`Ruling`]).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout};

use crate::{
    address::Address,
    flow::{Flow, Piece},
    header::{Tcp, icmp, icmpv6, protocol},
    reason::DropReason,
};

const PORT_MAPPING_SERVER: u16 = 5351;

/// Number of a rule within one generation, from one; zero for none.
pub type RuleId = u32;

/// The rules that cover an address of a group, whatever their order and the length of their
/// prefixes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Default, FromBytes, Immutable, IntoBytes, KnownLayout,
)]
#[repr(C)]
pub struct Destination {
    /// The rule that denies it, or zero.
    pub deny: RuleId,
    /// Index of the first clause.
    pub first: u32,
    /// How many clauses follow from there.
    pub count: u32,
}

/// How many clauses may cover one address. The kernel takes as long whatever their number; what grows
/// with it is the time and the memory that settling them takes.
pub const MAX_CLAUSES: u32 = 1024;

/// One thing that a rule allows.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Default, FromBytes, Immutable, IntoBytes, KnownLayout,
)]
#[repr(C)]
pub struct Clause {
    /// The rule.
    pub rule: RuleId,
    /// First port, host order.
    pub first: u16,
    /// Last port, host order.
    pub last: u16,
    /// One of `Clause::*`.
    pub service: u8,
    /// Not zero: the rule names this multicast or broadcast address, or multicast itself, and
    /// does not just cover it by a wide unicast prefix.
    pub names_groups: u8,
    /// TCP or UDP; for [`Self::PROTOCOL`] another; zero for [`Self::ANY`].
    pub protocol: u8,
    /// Zero.
    pub reserved: u8,
}

impl Clause {
    /// TCP, UDP, ICMP echo and errors; no port mapping.
    pub const ANY: u8 = 0;
    /// Destination ports.
    pub const PORTS: u8 = 1;
    /// Source ports to answer from.
    pub const ANSWER: u8 = 2;
    /// All of one protocol that is neither TCP, UDP nor ICMP, fragments included.
    pub const PROTOCOL: u8 = 3;

    /// Whether this clause lets a request through, and why not.
    #[inline(always)]
    pub fn admit(&self, request: &Request<'_>) -> Result<(), DropReason> {
        if request.flow.to_group && self.names_groups == 0 {
            return Err(DropReason::Multicast);
        }
        let ports = matches!(
            request.flow.protocol,
            protocol::IPPROTO_TCP | protocol::IPPROTO_UDP
        );
        if self.service == Self::ANY {
            return match ports {
                true if request.is_port_mapping() => Err(DropReason::Port),
                true => Ok(()),
                false => request.admit_icmp(),
            };
        }
        if request.flow.protocol != self.protocol {
            return Err(if ports && self.service != Self::PROTOCOL {
                DropReason::Port
            } else {
                DropReason::Protocol
            });
        }
        if self.service == Self::PROTOCOL {
            return Ok(());
        }
        if request.flow.fragment != Piece::Whole {
            return Err(DropReason::Fragment);
        }
        let port = if self.service == Self::ANSWER {
            request.flow.source_port
        } else {
            request.flow.destination_port
        };
        let maps = self.service == Self::ANSWER && request.is_port_mapping();
        if port < self.first || port > self.last || maps {
            return Err(DropReason::Port);
        }
        let opens = self.service == Self::ANSWER
            && request.flow.protocol == protocol::IPPROTO_TCP
            && request.flow.tcp_flags & (Tcp::SYN | Tcp::ACK) == Tcp::SYN;
        if opens {
            Err(DropReason::NotAnAnswer)
        } else {
            Ok(())
        }
    }
}

/// What the rules are asked about.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// What the frame says.
    pub flow: &'a Flow,
    /// Where the packet ends up: for NAT64 the IPv4 address inside, else as written.
    pub destination: Address,
}

impl<'a> Request<'a> {
    /// What a flow asks for.
    #[inline(always)]
    pub const fn new(flow: &'a Flow) -> Self {
        let destination = if flow.translated.family == 0 {
            flow.destination
        } else {
            flow.translated
        };
        Self { flow, destination }
    }

    /// A translator makes another address of the destination on its way.
    #[inline(always)]
    pub const fn is_translated(&self) -> bool {
        self.destination.family != self.flow.destination.family
    }

    /// NAT-PMP and PCP: a request to open a port to the camera (RFC 6886, RFC 6887). The port is
    /// both protocols'.
    #[inline(always)]
    pub(crate) const fn is_port_mapping(&self) -> bool {
        self.flow.protocol == protocol::IPPROTO_UDP
            && self.flow.destination_port == PORT_MAPPING_SERVER
    }

    /// Echo and errors, in the protocol of the packet's own family. A later fragment shows no
    /// type; without a first one that passed it stays a fragment.
    #[inline(always)]
    pub(crate) fn admit_icmp(&self) -> Result<(), DropReason> {
        let admitted = match (self.flow.destination.family, self.flow.protocol) {
            (4, protocol::IPPROTO_ICMP) => matches!(
                self.flow.icmp_type,
                icmp::ICMP_ECHOREPLY
                    | icmp::ICMP_ECHO
                    | icmp::ICMP_DEST_UNREACH
                    | icmp::ICMP_TIME_EXCEEDED
                    | icmp::ICMP_PARAMETERPROB
            ),
            (6, protocol::IPPROTO_ICMPV6) => matches!(
                self.flow.icmp_type,
                icmpv6::ICMPV6_ECHO_REQUEST
                    | icmpv6::ICMPV6_ECHO_REPLY
                    | icmpv6::ICMPV6_DEST_UNREACH
                    | icmpv6::ICMPV6_PKT_TOOBIG
                    | icmpv6::ICMPV6_TIME_EXCEED
                    | icmpv6::ICMPV6_PARAMPROB
            ),
            _ => return Err(DropReason::Protocol),
        };
        if admitted || self.flow.fragment == Piece::Later {
            Ok(())
        } else {
            Err(DropReason::IcmpType)
        }
    }
}

/// What the rules of a group say of a request, gathered clause by clause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ruling {
    /// A rule that denies the destination, or zero.
    pub deny: RuleId,
    /// A rule that allows the request, or zero.
    pub allow: RuleId,
    /// Why the nearest rule does not allow it.
    pub refusal: DropReason,
    /// That rule, or zero if none covers the destination.
    pub nearest: RuleId,
}

impl Ruling {
    /// Before any rule was asked.
    pub const NOTHING: Self = Self {
        deny: 0,
        allow: 0,
        refusal: DropReason::NotAllowed,
        nearest: 0,
    };

    /// Asks one more clause. The first that admits the request is the one that decides; of those
    /// that do not, the one that came nearest explains.
    pub fn consider(&mut self, clause: &Clause, request: &Request<'_>) {
        if self.allow != 0 {
            return;
        }
        match clause.admit(request) {
            Ok(()) => {
                *self = Self {
                    allow: clause.rule,
                    ..Self::NOTHING
                }
            }
            Err(refusal) if nearness(refusal) > nearness(self.refusal) => {
                self.refusal = refusal;
                self.nearest = clause.rule;
            }
            Err(_) => {}
        }
    }
}

/// How far a request came with a clause before it was refused.
const fn nearness(refusal: DropReason) -> u8 {
    match refusal {
        DropReason::NotAnAnswer => 6,
        DropReason::IcmpType => 5,
        DropReason::Fragment => 4,
        DropReason::Port => 3,
        DropReason::Protocol => 2,
        DropReason::Multicast => 1,
        DropReason::Unlisted
        | DropReason::Truncated
        | DropReason::Malformed
        | DropReason::VlanDepth
        | DropReason::Ethertype
        | DropReason::ExtensionHeaders
        | DropReason::SourceRoute
        | DropReason::EmbeddedIpv4
        | DropReason::Spoofed
        | DropReason::RogueRouter
        | DropReason::RogueDhcp
        | DropReason::Discovery
        | DropReason::Housekeeping
        | DropReason::PortMapping
        | DropReason::Denied
        | DropReason::NotAllowed => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RTSP: Clause = Clause {
        rule: 7,
        first: 554,
        last: 554,
        service: Clause::ANSWER,
        names_groups: 0,
        protocol: protocol::IPPROTO_TCP,
        reserved: 0,
    };

    fn tcp(source_port: u16, tcp_flags: u8) -> Flow {
        Flow {
            destination: Address::v4([192, 0, 2, 1]),
            protocol: protocol::IPPROTO_TCP,
            tcp_flags,
            source_port,
            destination_port: 40000,
            ..Flow::default()
        }
    }

    fn admit(clause: &Clause, flow: &Flow) -> Result<(), DropReason> {
        clause.admit(&Request::new(flow))
    }

    #[test]
    fn an_answer_is_anything_but_a_syn_alone() {
        for (port, flags, expected) in [
            (554, Tcp::SYN | Tcp::ACK, Ok(())),
            (554, Tcp::ACK, Ok(())),
            (554, Tcp::RST, Ok(())),
            (554, Tcp::SYN, Err(DropReason::NotAnAnswer)),
            (554, Tcp::SYN | Tcp::FIN, Err(DropReason::NotAnAnswer)),
            (553, Tcp::ACK, Err(DropReason::Port)),
            (555, Tcp::ACK, Err(DropReason::Port)),
        ] {
            assert_eq!(
                admit(&RTSP, &tcp(port, flags)),
                expected,
                "port {port} flags {flags:#x}"
            );
        }
    }

    #[test]
    fn a_fragment_meets_no_rule_with_ports() {
        let any = Clause {
            rule: 1,
            service: Clause::ANY,
            ..Clause::default()
        };
        for fragment in [Piece::First, Piece::Later] {
            let flow = Flow {
                fragment,
                ..tcp(554, Tcp::ACK)
            };
            assert_eq!(admit(&RTSP, &flow), Err(DropReason::Fragment));
            assert_eq!(admit(&any, &flow), Ok(()));
        }
    }

    #[test]
    fn a_protocol_passes_in_any_piece_and_no_other_does() {
        let gre = Clause {
            rule: 1,
            service: Clause::PROTOCOL,
            protocol: 47,
            ..Clause::default()
        };
        let flow = |protocol| Flow {
            protocol,
            ..tcp(1, Tcp::ACK)
        };
        for fragment in [Piece::Whole, Piece::First, Piece::Later] {
            let flow = Flow {
                fragment,
                ..flow(47)
            };
            assert_eq!(admit(&gre, &flow), Ok(()));
        }
        for other in [1, 4, 6, 17, 46, 48, 58] {
            let refused = Err(DropReason::Protocol);
            assert_eq!(admit(&gre, &flow(other)), refused, "{other}");
        }
        let to_group = Flow {
            to_group: true,
            ..flow(47)
        };
        assert_eq!(admit(&gre, &to_group), Err(DropReason::Multicast));
        let naming = Clause {
            names_groups: 1,
            ..gre
        };
        assert_eq!(admit(&naming, &to_group), Ok(()));
    }

    #[test]
    fn only_a_rule_that_lists_its_port_allows_a_port_mapping() {
        let clause = |service| Clause {
            rule: 1,
            first: 5351,
            last: 5351,
            service,
            protocol: protocol::IPPROTO_UDP,
            ..Clause::default()
        };
        let flow = Flow {
            protocol: protocol::IPPROTO_UDP,
            source_port: 5351,
            destination_port: 5351,
            ..tcp(0, 0)
        };
        let refused = Err(DropReason::Port);
        assert_eq!(admit(&clause(Clause::ANY), &flow), refused);
        assert_eq!(admit(&clause(Clause::ANSWER), &flow), refused);
        assert_eq!(admit(&clause(Clause::PORTS), &flow), Ok(()));
    }

    #[test]
    fn the_first_clause_that_admits_decides_and_the_nearest_refusal_explains() {
        let (syn, ack) = (tcp(554, Tcp::SYN), tcp(554, Tcp::ACK));
        let (syn, ack) = (Request::new(&syn), Request::new(&ack));
        let mut ruling = Ruling::NOTHING;
        let https = Clause {
            rule: 3,
            first: 443,
            last: 443,
            service: Clause::PORTS,
            ..RTSP
        };
        ruling.consider(&https, &syn);
        assert_eq!((ruling.refusal, ruling.nearest), (DropReason::Port, 3));
        ruling.consider(&RTSP, &syn);
        assert_eq!(
            (ruling.refusal, ruling.nearest),
            (DropReason::NotAnAnswer, 7)
        );
        ruling.consider(&https, &syn);
        assert_eq!((ruling.allow, ruling.nearest), (0, 7));
        ruling.consider(&RTSP, &ack);
        ruling.consider(&Clause { rule: 9, ..RTSP }, &ack);
        assert_eq!(ruling.allow, 7);
    }
}
