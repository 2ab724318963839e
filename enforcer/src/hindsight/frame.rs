//! What a line of the ledger most likely stands for.

use std::net::IpAddr;

use enforcer_common::{
    DropReason,
    header::{Tcp, icmpv6, protocol},
};

use crate::{
    events,
    explain::ANY_PORT,
    frame::{Message, to_address},
    ledger::{Action, Line},
    policy::Protocol,
};

/// DHCP: where servers and clients listen, in IPv4 and IPv6.
const DHCP: [(u16, u16); 2] = [(67, 68), (547, 546)];

/// Where a frame of it goes, and what it holds; nothing where a line does not say enough: what was no packet, did
/// not fit, could not be read, or broke a rule that is not about destinations.
///
/// Of TCP to a port that is a segment that opens a connection; whatever has no port stands for a later fragment.
pub(crate) fn stands_for(line: &Line) -> Option<(IpAddr, Message)> {
    let destination = line.dest_ip.filter(|_| !line.others)?;
    let address = to_address(destination);
    let to_group = address.is_multicast() || address.is_limited_broadcast();
    // None within: a later version's.
    let reason = line.reason.as_deref().map(DropReason::named);
    match reason {
        Some(reason) if !reason.is_some_and(|reason| is_told(reason, to_group)) => return None,
        // Link housekeeping with a neighbour, of which there are none here.
        None if line.action == Action::Allowed && line.rule.is_none() && !to_group => return None,
        _ => {}
    }
    let number = number(line)?;
    let is_fragment = reason == Some(Some(DropReason::Fragment));
    let message = match number {
        protocol::IPPROTO_TCP | protocol::IPPROTO_UDP if is_fragment => Message::Later(number),
        protocol::IPPROTO_TCP | protocol::IPPROTO_UDP => ports(line, number),
        protocol::IPPROTO_ICMP | protocol::IPPROTO_ICMPV6 => {
            let kind = line.icmp_type?;
            // Neighbour discovery says what is not in a line: whom it is about.
            let is_about_neighbours =
                (icmpv6::NDISC_ROUTER_SOLICITATION..=icmpv6::NDISC_REDIRECT).contains(&kind);
            if number == protocol::IPPROTO_ICMPV6 && is_about_neighbours {
                return None;
            }
            Message::Icmp {
                kind,
                code: line.icmp_code.unwrap_or_default(),
            }
        }
        // A line does not say of which type.
        protocol::IPPROTO_IGMP => return None,
        other => Message::Other(Protocol::from(other)),
    };
    Some((destination, message))
}

/// The number of a line's protocol.
pub(crate) fn number(line: &Line) -> Option<u8> {
    line.proto.as_deref().and_then(events::protocol_number)
}

fn ports(line: &Line, number: u8) -> Message {
    let is_tcp = number == protocol::IPPROTO_TCP;
    let (source_port, destination_port, flags) = match (line.src_port, line.dest_port) {
        (Some(port), _) => (port, ANY_PORT, Tcp::ACK),
        (None, None | Some(0)) => return Message::Later(number),
        (None, Some(port)) => (client(line, port), port, Tcp::SYN),
    };
    if is_tcp {
        Message::Tcp {
            source_port,
            destination_port,
            flags,
        }
    } else {
        Message::Udp {
            source_port,
            destination_port,
        }
    }
}

/// The port of who sends to a port.
fn client(line: &Line, port: u16) -> u16 {
    let is_housekeeping = line.action == Action::Allowed && line.rule.is_none();
    let dhcp = DHCP.iter().find(|(server, _)| *server == port);
    match dhcp {
        Some((_, client)) if is_housekeeping => *client,
        _ => ANY_PORT,
    }
}

/// Whether a frame that was dropped for a reason can be told from its line.
const fn is_told(reason: DropReason, to_group: bool) -> bool {
    match reason {
        DropReason::Denied
        | DropReason::NotAllowed
        | DropReason::Port
        | DropReason::NotAnAnswer
        | DropReason::Protocol
        | DropReason::Fragment
        | DropReason::IcmpType
        | DropReason::PortMapping => true,
        // Elsewhere the router knew the address as a broadcast address, or the frame was to all of the link.
        DropReason::Multicast | DropReason::Discovery => to_group,
        DropReason::Unlisted
        | DropReason::Truncated
        | DropReason::Malformed
        | DropReason::VlanDepth
        | DropReason::Ethertype
        | DropReason::ExtensionHeaders
        | DropReason::Spoofed
        | DropReason::SourceRoute
        | DropReason::EmbeddedIpv4
        | DropReason::Housekeeping
        | DropReason::RogueRouter
        | DropReason::RogueDhcp => false,
    }
}
