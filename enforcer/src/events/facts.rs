//! What an event says, with absence where the kernel's flat record has zeroes.

use std::net::IpAddr;

use enforcer_common::{
    Address, DropReason,
    event::DropEvent,
    flow::Piece,
    header::{Tcp, ethertype, icmp, icmpv6, protocol},
};

use super::community_id::{Ends, FlowHash};

/// What an event says.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    /// Sender of the packet, or the address that an ARP frame claims.
    pub(super) source: Option<IpAddr>,
    /// Receiver of the packet, or the target of an ARP frame.
    pub(super) destination: Option<IpAddr>,
    is_ip: bool,
    /// None if the frame holds no IP packet, or its header was not read: a stranger's never is.
    pub(super) packet: Option<Packet>,
}

/// What is known of an IP packet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet {
    /// Sender.
    pub(super) source: IpAddr,
    /// Receiver.
    pub(super) destination: IpAddr,
    /// Transport protocol, or the extension header where reading ended.
    pub(super) protocol: u8,
    /// Which piece of a datagram it is.
    pub(super) piece: Piece,
    /// The transport header.
    pub(super) transport: Transport,
}

/// What is known of a transport header.
#[derive(Clone, Copy, Debug)]
pub(super) enum Transport {
    /// Nothing: a later fragment, a protocol without one that we read, or reading ended before.
    Unread,
    /// TCP.
    Tcp {
        /// Source and destination.
        ports: (u16, u16),
        /// Control bits.
        flags: u8,
    },
    /// UDP.
    Udp {
        /// Source and destination.
        ports: (u16, u16),
    },
    /// ICMP, `ICMPv6` or IGMP.
    Message {
        /// Message type.
        kind: u8,
        /// Code within the type.
        code: u8,
    },
}

impl Facts {
    pub(super) fn new(event: &DropEvent) -> Self {
        let family = match event.ethertype {
            ethertype::ETH_P_IP | ethertype::ETH_P_ARP => 4,
            ethertype::ETH_P_IPV6 => 6,
            _ => 0,
        };
        let source = address(&event.source, family);
        let destination = address(&event.destination, family);
        let is_ip = event.ethertype != ethertype::ETH_P_ARP;
        let packet = source
            .zip(destination)
            .filter(|_| is_ip)
            .map(|(source, destination)| Packet {
                source,
                destination,
                protocol: event.protocol,
                piece: piece(event.piece),
                transport: transport(event),
            });
        Self {
            source,
            destination,
            is_ip,
            packet,
        }
    }

    /// 4 or 6, if it is a packet of which at least the sender is known.
    pub(super) const fn version(&self) -> Option<u8> {
        match (self.is_ip, self.source) {
            (true, Some(IpAddr::V4(_))) => Some(4),
            (true, Some(IpAddr::V6(_))) => Some(6),
            _ => None,
        }
    }
}

impl Packet {
    /// Source and destination port.
    pub(super) const fn ports(&self) -> Option<(u16, u16)> {
        match self.transport {
            Transport::Tcp { ports, .. } | Transport::Udp { ports } => Some(ports),
            Transport::Unread | Transport::Message { .. } => None,
        }
    }

    /// Type and code of an ICMP message of either family, not of an IGMP message.
    pub(super) const fn icmp(&self) -> Option<(u8, u8)> {
        match self.transport {
            Transport::Message { kind, code } if self.protocol != protocol::IPPROTO_IGMP => {
                Some((kind, code))
            }
            Transport::Message { .. }
            | Transport::Unread
            | Transport::Tcp { .. }
            | Transport::Udp { .. } => None,
        }
    }

    /// `first` or `later`, if the packet is a piece of a datagram.
    pub(super) const fn fragment(&self) -> Option<&'static str> {
        match self.piece {
            Piece::Whole => None,
            Piece::First => Some("first"),
            Piece::Later => Some("later"),
        }
    }

    /// The packet itself shows that it answers: the second step of TCP's handshake, or an echo
    /// reply. Anything else may be the first of its flow.
    pub(super) const fn is_answer(&self) -> bool {
        match self.transport {
            Transport::Tcp { flags, .. } => flags & Tcp::SYN != 0 && flags & Tcp::ACK != 0,
            Transport::Message { kind, .. } => matches!(
                (self.protocol, kind),
                (protocol::IPPROTO_ICMP, icmp::ICMP_ECHOREPLY)
                    | (protocol::IPPROTO_ICMPV6, icmpv6::ICMPV6_ECHO_REPLY)
            ),
            Transport::Unread | Transport::Udp { .. } => false,
        }
    }

    /// The hash of its flow, of as much as is known.
    pub(super) fn flow_hash(&self) -> FlowHash {
        let ends = match (self.ports(), self.icmp()) {
            (Some((source, destination)), _) => Ends::Ports(source, destination),
            (None, Some((kind, code))) => Ends::Message { kind, code },
            (None, None) => Ends::None,
        };
        FlowHash::new(self.source, self.destination, self.protocol, ends)
    }

    /// Nothing that the hash of its flow asks for is missing, so that others compute the same.
    pub(super) const fn is_flow_known(&self) -> bool {
        match self.transport {
            Transport::Tcp { .. } | Transport::Udp { .. } | Transport::Message { .. } => true,
            Transport::Unread => {
                matches!(self.piece, Piece::Whole)
                    && !has_ends(self.protocol)
                    && !is_extension_header(self.protocol)
            }
        }
    }
}

fn address(address: &Address, family: u8) -> Option<IpAddr> {
    address.ip().filter(|_| address.family == family)
}

const fn piece(number: u8) -> Piece {
    match number {
        1 => Piece::First,
        2 => Piece::Later,
        _ => Piece::Whole,
    }
}

const fn transport(event: &DropEvent) -> Transport {
    if event.is_later_fragment() {
        return Transport::Unread;
    }
    let ports = (event.source_port, event.destination_port);
    let (kind, code) = (event.icmp_type, event.icmp_code);
    let flags = event.tcp_flags;
    let may_be_zero = !may_end_early(event.reason);
    match event.protocol {
        protocol::IPPROTO_TCP if may_be_zero || ports.0 | ports.1 != 0 || flags != 0 => {
            Transport::Tcp { ports, flags }
        }
        protocol::IPPROTO_UDP if may_be_zero || ports.0 | ports.1 != 0 => Transport::Udp { ports },
        protocol::IPPROTO_ICMP | protocol::IPPROTO_ICMPV6 | protocol::IPPROTO_IGMP
            if may_be_zero || kind | code != 0 =>
        {
            Transport::Message { kind, code }
        }
        _ => Transport::Unread,
    }
}

/// Reading may have ended before the transport header, so that zeroes in it mean nothing.
const fn may_end_early(reason: DropReason) -> bool {
    matches!(
        reason,
        DropReason::Truncated
            | DropReason::Malformed
            | DropReason::ExtensionHeaders
            | DropReason::Fragment
            | DropReason::SourceRoute
    )
}

/// Protocols of whose flow the hash holds more than addresses: TCP, UDP, SCTP, ICMP and `ICMPv6` by
/// its specification, and DCCP and UDP-Lite to be safe.
const fn has_ends(number: u8) -> bool {
    const IPPROTO_DCCP: u8 = 33;
    const IPPROTO_SCTP: u8 = 132;
    const IPPROTO_UDPLITE: u8 = 136;
    matches!(
        number,
        protocol::IPPROTO_TCP
            | protocol::IPPROTO_UDP
            | protocol::IPPROTO_ICMP
            | protocol::IPPROTO_ICMPV6
            | IPPROTO_DCCP
            | IPPROTO_SCTP
            | IPPROTO_UDPLITE
    )
}

/// Headers that hide the transport protocol behind them.
const fn is_extension_header(number: u8) -> bool {
    matches!(
        number,
        protocol::IPPROTO_HOPOPTS
            | protocol::IPPROTO_ROUTING
            | protocol::IPPROTO_FRAGMENT
            | protocol::IPPROTO_AH
            | protocol::IPPROTO_DSTOPTS
            | protocol::IPPROTO_MH
            | protocol::IPPROTO_HIP
            | protocol::IPPROTO_SHIM6
    )
}

#[cfg(test)]
mod tests;
