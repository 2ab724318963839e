//! What the verdict asks of a policy, and the rows that answer it.
//!
//! The rows are shared by the kernel's maps and the host's model; how they are found is each
//! one's own affair ([`Tables`]).

use zerocopy::{FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned};

use crate::{
    address::Address,
    flow::{Flow, Piece},
    header::{Tcp, icmp, icmpv6, protocol},
    housekeeping,
    reason::DropReason,
    source::Source,
};

/// Number of a camera, stable for as long as its name stands in the policy. Zero stands for all
/// sources that are no camera's.
pub type CameraId = u32;

/// The sources that are no camera's.
pub const STRANGERS: CameraId = 0;

/// Number of a group within one generation.
pub type GroupId = u32;

/// Number of a rule within one generation, from one; zero for none.
pub type RuleId = u32;

/// What the verdict asks of a policy.
pub trait Tables {
    /// What holds for an interface. One that is not known gets [`Interface::UNKNOWN`].
    fn interface(&self, index: u32) -> Interface;

    /// The camera that the most specific identity makes of this source.
    fn camera(&self, source: &Source) -> Option<Camera>;

    /// Whether `address` is one of those that this camera is bound to; with [`STRANGERS`],
    /// whether any camera is bound to it.
    fn is_bound(&self, camera: CameraId, address: &Address) -> bool;

    /// What the router knows of an address on the link of this interface.
    fn neighbour(&self, interface: u32, address: &Address) -> Neighbour;

    /// What the rules of a group say of a request.
    fn rule(&self, group: GroupId, request: &Request<'_>) -> Ruling;
}

/// What holds for an interface, whoever sends.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout, Unaligned,
)]
#[repr(C)]
pub struct Interface {
    /// Not zero: a source that no camera claims is none of our business.
    pub pass_unlisted: u8,
    /// Not zero: what happens to such a source is counted and told only.
    pub audit: u8,
}

impl Interface {
    /// The program sits on an interface that the tables do not hold, which should not happen.
    /// Fails closed: cameras are still judged, and whoever is no camera is dropped.
    pub const UNKNOWN: Self = Self {
        pass_unlisted: 0,
        audit: 0,
    };
}

/// What an identity says of the camera it stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromBytes, Immutable, IntoBytes, KnownLayout)]
#[repr(C)]
pub struct Camera {
    /// Whose counters, events and bound addresses.
    pub id: CameraId,
    /// Whose rules.
    pub group: GroupId,
    /// Bits of `Camera::*`.
    pub flags: u32,
}

impl Camera {
    /// Count and tell, but drop nothing.
    pub const AUDIT: u32 = 1;
    /// Frames come from its bound addresses only.
    pub const BOUND: u32 = 1 << 1;
    /// The MAC address is this camera's and the VLAN or the interface is not.
    pub const MISPLACED: u32 = 1 << 2;
    /// ARP is allowed.
    pub const ARP: u32 = 1 << 3;
    /// DHCP is allowed.
    pub const DHCP: u32 = 1 << 4;
    /// Neighbour discovery is allowed.
    pub const NEIGHBOURS: u32 = 1 << 5;
    /// Discovery of services is allowed.
    pub const DISCOVERY: u32 = 1 << 6;
    /// No address is part of what it is known by: frames come from addresses of its link.
    pub const LOCAL: u32 = 1 << 7;

    /// Whether all bits of `flag` are set.
    #[inline(always)]
    pub const fn has(&self, flag: u32) -> bool {
        self.flags & flag == flag
    }
}

/// What the router knows of an address on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Neighbour {
    /// Nothing.
    Elsewhere,
    /// It lies in a prefix of this link.
    OnLink,
    /// It is the router's own.
    Router,
    /// It is the broadcast address of one of the router's networks.
    Broadcast,
    /// It is somewhere behind a router: the router is in networks of this family on the link, and
    /// it lies in none of them.
    Foreign,
}

impl Neighbour {
    /// From the number in a table row.
    #[inline(always)]
    pub const fn from_number(number: u32) -> Self {
        match number {
            1 => Self::OnLink,
            2 => Self::Router,
            3 => Self::Broadcast,
            4 => Self::Foreign,
            _ => Self::Elsewhere,
        }
    }

    /// The number in a table row.
    pub const fn number(self) -> u32 {
        match self {
            Self::Elsewhere => 0,
            Self::OnLink => 1,
            Self::Router => 2,
            Self::Broadcast => 3,
            Self::Foreign => 4,
        }
    }
}

/// A prefix of addresses within a scope, as the kernel's longest-prefix trie takes it: the scope
/// and the family are part of the key, so that neither ever matches another.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    FromBytes,
    Immutable,
    IntoBytes,
    KnownLayout,
    Unaligned,
)]
#[repr(C)]
pub struct PrefixKey {
    /// Number of a group, a camera or an interface, in network order.
    pub scope: [u8; 4],
    /// The address; bits past the prefix do not matter.
    pub address: Address,
    /// Past every prefix: the kernel aligns the value by the size of the key.
    reserved: [u8; 3],
}

impl PrefixKey {
    /// Bits in front of the address.
    pub const SCOPE_BITS: u32 = u32::BITS + u8::BITS;

    /// Bits of the scope, the family and a whole address.
    pub const BITS: u32 = Self::SCOPE_BITS + 128;

    /// The key of an address within a scope.
    #[inline(always)]
    pub const fn new(scope: u32, address: Address) -> Self {
        Self {
            scope: scope.to_be_bytes(),
            address,
            reserved: [0; 3],
        }
    }
}

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

/// How many kinds of identity a policy may mix: masks under which a source is looked up.
pub const MAX_SHAPES: u32 = 32;

/// How many clauses may cover one address.
pub const MAX_CLAUSES: u32 = 64;

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
    /// TCP or UDP; zero for [`Self::ANY`].
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

    /// Whether this clause lets a request through, and why not.
    #[inline(always)]
    pub fn admit(&self, request: &Request<'_>) -> Result<(), DropReason> {
        if request.flow.to_group && self.names_groups == 0 {
            return Err(DropReason::Multicast);
        }
        if self.service != Self::PORTS && housekeeping::is_port_mapping(request.flow) {
            return Err(DropReason::PortMapping);
        }
        let ports = matches!(
            request.flow.protocol,
            protocol::IPPROTO_TCP | protocol::IPPROTO_UDP
        );
        if self.service == Self::ANY {
            return if ports { Ok(()) } else { request.admit_icmp() };
        }
        if request.flow.protocol != self.protocol {
            return Err(if ports {
                DropReason::Port
            } else {
                DropReason::Protocol
            });
        }
        if request.flow.fragment != Piece::Whole {
            return Err(DropReason::Fragment);
        }
        let port = if self.service == Self::ANSWER {
            request.flow.source_port
        } else {
            request.flow.destination_port
        };
        if port < self.first || port > self.last {
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
    pub fn new(flow: &'a Flow) -> Self {
        let destination = flow.destination.inside_nat64().unwrap_or(flow.destination);
        Self { flow, destination }
    }

    /// A translator makes another address of the destination on its way.
    #[inline(always)]
    pub const fn is_translated(&self) -> bool {
        self.destination.family != self.flow.destination.family
    }

    /// Echo and errors, in the protocol of the packet's own family. A later fragment shows no
    /// type; without a first one that passed it stays a fragment.
    #[inline(always)]
    fn admit_icmp(&self) -> Result<(), DropReason> {
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
    /// How near it came.
    pub nearness: u8,
}

impl Ruling {
    /// Before any rule was asked.
    pub const NOTHING: Self = Self {
        deny: 0,
        allow: 0,
        refusal: DropReason::NotAllowed,
        nearest: 0,
        nearness: 0,
    };

    /// Asks one more clause. The first that admits the request is the one that decides; of those
    /// that do not, the one that came nearest explains.
    #[inline(always)]
    pub fn consider(&mut self, clause: &Clause, request: &Request<'_>) {
        match clause.admit(request) {
            Ok(()) => {
                if self.allow == 0 {
                    self.allow = clause.rule;
                }
            }
            Err(refusal) => {
                let nearness = nearness(refusal);
                if nearness > self.nearness {
                    self.nearness = nearness;
                    self.refusal = refusal;
                    self.nearest = clause.rule;
                }
            }
        }
    }
}

/// How far a request came with a clause before it was refused.
#[inline(always)]
const fn nearness(refusal: DropReason) -> u8 {
    match refusal {
        DropReason::NotAnAnswer => 6,
        DropReason::IcmpType => 5,
        DropReason::Fragment => 4,
        DropReason::Port | DropReason::PortMapping => 3,
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
        let refused = Err(DropReason::PortMapping);
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
