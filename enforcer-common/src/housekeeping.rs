//! Link housekeeping: what a device must say for its link to work at all. Each kind is bound to
//! the link, because "ping, port 67 or a solicitation to anywhere" is a way out.

use crate::{
    address::Address,
    flow::{Flow, Piece},
    frame::Frame,
    header::{Arp, icmp, icmpv6, protocol, truncated},
    reason::DropReason,
    table::{Camera, Neighbour, Tables},
};

const DHCP_SERVER: u16 = 67;
const DHCP_CLIENT: u16 = 68;
const DHCPV6_CLIENT: u16 = 546;
const DHCPV6_SERVER: u16 = 547;

/// How many options a neighbour discovery message may hold.
const MAX_ND_OPTIONS: usize = 4;

/// Multicast groups that a device on a link speaks to (RFC 4291, RFC 8415).
const ALL_NODES: Address = link_scope(0, 0x01);
const ALL_ROUTERS: Address = link_scope(0, 0x02);
const DHCPV6_SERVERS: Address = link_scope(1, 0x02);

const fn link_scope(group: u8, member: u8) -> Address {
    Address::v6([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, group, 0, member])
}

/// ARP: requests and replies about the camera's own addresses, and probes.
#[inline(always)]
pub(crate) fn judge_arp(
    frame: &(impl Frame + ?Sized),
    camera: &Camera,
    flow: &mut Flow,
) -> Result<(), DropReason> {
    let arp = truncated(frame.read::<Arp>(usize::from(flow.network)))?;
    if !camera.has(Camera::ARP) {
        return Err(DropReason::Housekeeping);
    }
    if arp.sender_mac != flow.source_mac {
        return Err(DropReason::Spoofed);
    }
    // A probe has no sender yet and is the first step to claiming its target; whoever probes for
    // that address too then gives it up (RFC 5227, section 2.1.1).
    let probes = arp.is_request() && flow.source.is_unspecified();
    let claim = if probes {
        flow.destination
    } else {
        flow.source
    };
    if claim.is_martian() || claim.is_multicast() || claim.is_limited_broadcast() {
        return Err(DropReason::Malformed);
    }
    flow.claims = [claim, Address::NONE];
    flow.is_housekeeping = true;
    Ok(())
}

/// Messages that only a router or a DHCP server sends, in any wrapping.
#[inline(always)]
pub(crate) fn refuse_rogue(flow: &Flow) -> Result<(), DropReason> {
    if flow.fragment == Piece::Later {
        return Ok(());
    }
    let v4 = flow.source.family == 4;
    match flow.protocol {
        protocol::IPPROTO_ICMP if v4 => match flow.icmp_type {
            icmp::ICMP_REDIRECT | icmp::ICMP_ROUTER_ADVERTISEMENT => Err(DropReason::RogueRouter),
            _ => Ok(()),
        },
        protocol::IPPROTO_ICMPV6 if !v4 => match flow.icmp_type {
            icmpv6::NDISC_ROUTER_ADVERTISEMENT | icmpv6::NDISC_REDIRECT => {
                Err(DropReason::RogueRouter)
            }
            _ => Ok(()),
        },
        // A client takes what comes to its port, from whatever port it comes; and a relay takes what
        // comes from a server's.
        protocol::IPPROTO_UDP
            if matches!(flow.source_port, DHCP_SERVER | DHCPV6_SERVER)
                || matches!(flow.destination_port, DHCP_CLIENT | DHCPV6_CLIENT) =>
        {
            Err(DropReason::RogueDhcp)
        }
        _ => Ok(()),
    }
}

/// Whether a packet has the ports of DHCP from client to server.
#[inline(always)]
pub(crate) fn is_to_dhcp_server(flow: &Flow) -> bool {
    if flow.protocol != protocol::IPPROTO_UDP || flow.fragment != Piece::Whole {
        return false;
    }
    match (flow.source_port, flow.destination_port) {
        (DHCP_CLIENT, DHCP_SERVER) => flow.source.family == 4,
        (DHCPV6_CLIENT, DHCPV6_SERVER) => flow.source.family == 6,
        _ => false,
    }
}

/// DHCP from client to server on this link, of what has its ports. Not so, and it is judged like any
/// other packet.
#[inline(always)]
pub(crate) fn is_dhcp(flow: &Flow) -> bool {
    // Renewal goes straight to the server (RFC 2131, section 4.4.5).
    flow.destination.is_limited_broadcast()
        || flow.destination == DHCPV6_SERVERS
        || (!flow.source.is_unspecified() && flow.to_neighbour)
}

/// Neighbour and router solicitations and neighbour advertisements (RFC 4861).
#[inline(always)]
pub(crate) fn is_neighbour_discovery(flow: &Flow) -> bool {
    flow.source.family == 6
        && flow.protocol == protocol::IPPROTO_ICMPV6
        && flow.fragment != Piece::Later
        && matches!(
            flow.icmp_type,
            icmpv6::NDISC_ROUTER_SOLICITATION
                | icmpv6::NDISC_NEIGHBOUR_SOLICITATION
                | icmpv6::NDISC_NEIGHBOUR_ADVERTISEMENT
        )
}

/// Judges what [`is_neighbour_discovery`] recognizes, but for the addresses that it claims.
#[inline(always)]
pub(crate) fn judge_neighbour_discovery(
    frame: &(impl Frame + ?Sized),
    camera: &Camera,
    flow: &mut Flow,
) -> Result<(), DropReason> {
    if !camera.has(Camera::NEIGHBOURS) {
        return Err(DropReason::Housekeeping);
    }
    // A message that crossed a router, or that is hidden in a fragment (RFC 6980), is no
    // neighbour's; and the receiver ignores both.
    if flow.hop_limit != 255 || flow.icmp_code != 0 || flow.fragment != Piece::Whole {
        return Err(DropReason::Malformed);
    }
    flow.is_housekeeping = true;
    flow.claims_link_local = true;
    let unspecified = flow.source.is_unspecified();
    if !unspecified {
        flow.claims = [flow.source, Address::NONE];
    }
    let message = usize::from(flow.transport);
    if flow.icmp_type == icmpv6::NDISC_ROUTER_SOLICITATION {
        if flow.destination != ALL_ROUTERS && !flow.to_neighbour {
            return Err(DropReason::Housekeeping);
        }
        return check_link_addresses(frame, flow, message + 8);
    }
    if message + 24 > usize::from(flow.end) {
        return Err(DropReason::Malformed);
    }
    let target = Address::v6(truncated(frame.read::<[u8; 16]>(message + 8))?);
    if target.is_multicast() || target.is_martian() || target.embeds_ipv4() {
        return Err(DropReason::Malformed);
    }
    let advertises = flow.icmp_type == icmpv6::NDISC_NEIGHBOUR_ADVERTISEMENT;
    if advertises && unspecified {
        return Err(DropReason::Malformed);
    }
    // An advertisement claims its target, and so does the solicitation by which duplicate
    // addresses are detected (RFC 4862, section 5.4.2).
    if advertises || unspecified {
        let [sender, _] = flow.claims;
        flow.claims = [sender, target];
    }
    let to_group = if advertises {
        flow.destination == ALL_NODES
    } else {
        is_solicited_node(&flow.destination, &target)
    };
    if !to_group && !flow.to_neighbour {
        return Err(DropReason::Housekeeping);
    }
    check_link_addresses(frame, flow, message + 24)
}

/// A device that looks for others: the flag of the camera that allows it to, or zero if it does not.
/// Queries and adverts of a router are not among the protocols of `discovery:`.
#[inline(always)]
pub(crate) const fn discovery(flow: &Flow) -> u32 {
    let v4 = flow.source.family == 4;
    match flow.protocol {
        protocol::IPPROTO_UDP => match flow.destination_port {
            1900 => Camera::SSDP,
            3702 => Camera::WS_DISCOVERY,
            5353 => Camera::MDNS,
            5355 => Camera::LLMNR,
            37020 => Camera::SADP,
            37810 => Camera::DHIP,
            _ => 0,
        },
        // Membership reports and leave (RFC 1112, RFC 2236, RFC 3376).
        protocol::IPPROTO_IGMP if v4 => match flow.icmp_type {
            0x12 | 0x16 | 0x17 | 0x22 => Camera::IGMP,
            _ => 0,
        },
        protocol::IPPROTO_ICMPV6 if !v4 => match flow.icmp_type {
            icmpv6::ICMPV6_MGM_REPORT
            | icmpv6::ICMPV6_MGM_REDUCTION
            | icmpv6::ICMPV6_MLD2_REPORT => Camera::IGMP,
            _ => 0,
        },
        _ => 0,
    }
}

/// Whether an address is one neighbour's on the link.
#[inline(always)]
pub(crate) fn is_neighbour(tables: &impl Tables, interface: u32, address: &Address) -> bool {
    if address.is_multicast() {
        return false;
    }
    match tables.neighbour(interface, address) {
        Neighbour::OnLink | Neighbour::Router => true,
        Neighbour::Broadcast | Neighbour::Foreign => false,
        Neighbour::Elsewhere => address.is_link_local(),
    }
}

/// The group that a node with this address listens to (RFC 4291, section 2.7.1).
#[inline(always)]
fn is_solicited_node(group: &Address, target: &Address) -> bool {
    let [.., a, b, c] = target.bytes;
    *group == Address::v6([0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, a, b, c])
}

/// Every link-layer address option must name the sender itself (RFC 4861, section 4.6.1).
#[inline(always)]
fn check_link_addresses(
    frame: &(impl Frame + ?Sized),
    flow: &mut Flow,
    mut offset: usize,
) -> Result<(), DropReason> {
    let end = usize::from(flow.end);
    for _ in 0..MAX_ND_OPTIONS {
        offset = flow.walk_to(offset);
        if offset >= end {
            break;
        }
        if offset + 8 > end {
            return Err(DropReason::Malformed);
        }
        let [kind, units] = truncated(frame.read::<[u8; 2]>(offset))?;
        if units == 0 {
            return Err(DropReason::Malformed);
        }
        if matches!(kind, 1 | 2) && truncated(frame.read::<[u8; 6]>(offset + 2))? != flow.source_mac
        {
            return Err(DropReason::Spoofed);
        }
        offset += usize::from(units) * 8;
    }
    if offset == end {
        Ok(())
    } else {
        Err(DropReason::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_protocol_of_discovery_has_a_flag_of_its_own() {
        let flow = |v4: bool, protocol, destination_port, icmp_type| Flow {
            source: if v4 {
                Address::v4([192, 0, 2, 1])
            } else {
                ALL_NODES
            },
            protocol,
            destination_port,
            icmp_type,
            ..Flow::default()
        };
        for (port, flag) in [
            (1900, Camera::SSDP),
            (3702, Camera::WS_DISCOVERY),
            (5353, Camera::MDNS),
            (5355, Camera::LLMNR),
            (37020, Camera::SADP),
            (37810, Camera::DHIP),
            (1901, 0),
            (0, 0),
        ] {
            assert_eq!(discovery(&flow(true, 17, port, 0)), flag, "{port}");
            assert_eq!(discovery(&flow(false, 17, port, 0)), flag, "{port}");
            assert_eq!(discovery(&flow(true, 6, port, 0)), 0, "{port}");
        }
        for (v4, protocol, kind, flag) in [
            (true, 2, 0x16, Camera::IGMP),
            (true, 2, 0x11, 0),
            (false, 2, 0x16, 0),
            (false, 58, 143, Camera::IGMP),
            (false, 58, 130, 0),
            (true, 58, 143, 0),
        ] {
            assert_eq!(discovery(&flow(v4, protocol, 0, kind)), flag, "{kind}");
        }
    }
}
