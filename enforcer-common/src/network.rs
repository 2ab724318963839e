//! The network header: where a packet goes, checked until nothing about it is in doubt.

use crate::{
    address::Address,
    flow::{Flow, Piece},
    frame::Frame,
    header::{Extension, Fragment, Ipv4, Ipv6, protocol, truncated},
    reason::DropReason,
};

/// How many options or padding bytes an IPv4 header may hold. No sender pads with more than three.
const MAX_IPV4_OPTIONS: usize = 12;

/// How many extension headers an IPv6 packet may have: one of each kind that is let through, and
/// destination options a second time (RFC 8200, section 4.1).
const MAX_EXTENSION_HEADERS: usize = 4;

/// How many options an IPv6 options header may hold.
const MAX_IPV6_OPTIONS: usize = 8;

/// Loose source and record route (RFC 791).
const IPOPT_LSRR: u8 = 131;
/// Strict source and record route (RFC 791).
const IPOPT_SSRR: u8 = 137;

/// Home address (RFC 6275): the receiver takes it for the source.
const IPV6_TLV_HAO: u8 = 201;
/// Router alert (RFC 2711): MLD carries it.
const IPV6_TLV_ROUTERALERT: u8 = 5;

/// Reads an IPv4 header and returns where the transport header stands.
#[inline(always)]
pub(crate) fn read_ipv4(
    flow: &mut Flow,
    frame: &(impl Frame + ?Sized),
    network: usize,
) -> Result<usize, DropReason> {
    let ip = truncated(frame.read::<Ipv4>(network))?;
    flow.source = Address::v4(ip.source);
    flow.destination = Address::v4(ip.destination);
    flow.protocol = ip.protocol;
    flow.hop_limit = ip.time_to_live;
    flow.traffic_class = ip.type_of_service;
    flow.identification = ip.identification.get();
    let Some(header_length) = ip.header_length() else {
        return Err(DropReason::Malformed);
    };
    if ip.total_length() < header_length {
        return Err(DropReason::Malformed);
    }
    set_extent(flow, frame, network, ip.total_length())?;
    flow.fragment = match (ip.fragment_offset(), ip.more_fragments()) {
        (0, false) => Piece::Whole,
        (0, true) => Piece::First,
        _ => Piece::Later,
    };
    refuse_source_route(
        flow,
        frame,
        network + size_of::<Ipv4>(),
        network + header_length,
    )?;
    Ok(network + header_length)
}

/// Reads an IPv6 header and its extension headers and returns where the transport header stands.
#[inline(always)]
pub(crate) fn read_ipv6(
    flow: &mut Flow,
    frame: &(impl Frame + ?Sized),
    network: usize,
) -> Result<usize, DropReason> {
    let ip = truncated(frame.read::<Ipv6>(network))?;
    flow.source = Address::v6(ip.source);
    flow.destination = Address::v6(ip.destination);
    flow.protocol = ip.next_header;
    flow.hop_limit = ip.hop_limit;
    flow.traffic_class = ip.traffic_class();
    flow.flow_label = ip.flow_label();
    if !ip.is_sane() {
        return Err(DropReason::Malformed);
    }
    if ip.payload_length() == 0 && ip.next_header == protocol::IPPROTO_HOPOPTS {
        // A jumbogram says its length in an option (RFC 2675).
        return Err(DropReason::ExtensionHeaders);
    }
    set_extent(
        flow,
        frame,
        network,
        size_of::<Ipv6>() + ip.payload_length(),
    )?;
    let mut offset = network + size_of::<Ipv6>();
    for position in 0..=MAX_EXTENSION_HEADERS {
        offset = flow.walk_to(offset);
        // In one place, so that they stand in the program once.
        let has_options = flow.protocol == protocol::IPPROTO_DSTOPTS
            || (flow.protocol == protocol::IPPROTO_HOPOPTS && position == 0);
        if has_options {
            offset = pass_options(flow, frame, offset)?;
            continue;
        }
        match flow.protocol {
            protocol::IPPROTO_FRAGMENT => {
                offset = pass_fragment(flow, frame, offset)?;
                if flow.fragment == Piece::Later {
                    return after_later_fragment(flow, offset);
                }
            }
            protocol::IPPROTO_ROUTING => return Err(DropReason::SourceRoute),
            // Hop-by-hop options anywhere but first (RFC 8200, section 4.1), and what this
            // parser cannot look behind.
            protocol::IPPROTO_HOPOPTS
            | protocol::IPPROTO_AH
            | protocol::IPPROTO_ESP
            | protocol::IPPROTO_MH
            | protocol::IPPROTO_HIP
            | protocol::IPPROTO_SHIM6
            | 253
            | 254 => return Err(DropReason::ExtensionHeaders),
            _ => return Ok(offset),
        }
    }
    Err(DropReason::ExtensionHeaders)
}

/// Notes where the packet ends. Whatever it announces must be in the frame; what the frame holds
/// beyond it is Ethernet padding.
#[inline(always)]
#[expect(
    clippy::cast_possible_truncation,
    reason = "a packet is at most 40 + 65,535 bytes, and a frame that ends past 65,535 is refused"
)]
fn set_extent(
    flow: &mut Flow,
    frame: &(impl Frame + ?Sized),
    network: usize,
    length: usize,
) -> Result<(), DropReason> {
    let end = network + length;
    if end > frame.length() || end > usize::from(u16::MAX) {
        return Err(DropReason::Malformed);
    }
    flow.length = length as u32;
    flow.end = end as u16;
    Ok(())
}

/// Walks the options of an IPv4 header (RFC 791, section 3.1).
#[inline(always)]
fn refuse_source_route(
    flow: &mut Flow,
    frame: &(impl Frame + ?Sized),
    mut offset: usize,
    end: usize,
) -> Result<(), DropReason> {
    for _ in 0..MAX_IPV4_OPTIONS {
        offset = flow.walk_to(offset);
        if offset >= end {
            return Ok(());
        }
        match truncated(frame.read::<u8>(offset))? {
            // End of list: the rest is padding that nobody reads.
            0 => return Ok(()),
            1 => offset += 1,
            IPOPT_LSRR | IPOPT_SSRR => return Err(DropReason::SourceRoute),
            _ => {
                if offset + 1 == end {
                    return Err(DropReason::Malformed);
                }
                let length = usize::from(truncated(frame.read::<u8>(offset + 1))?);
                // An option longer than all options together; also keeps the offset within
                // bounds that the verifier can see.
                if !(2..=40).contains(&length) {
                    return Err(DropReason::Malformed);
                }
                offset += length;
                if offset > end {
                    return Err(DropReason::Malformed);
                }
            }
        }
    }
    if offset >= end {
        Ok(())
    } else {
        Err(DropReason::Malformed)
    }
}

/// Checks a hop-by-hop or destination options header and returns where the next one stands.
#[inline(always)]
fn pass_options(
    flow: &mut Flow,
    frame: &(impl Frame + ?Sized),
    start: usize,
) -> Result<usize, DropReason> {
    if start + size_of::<Extension>() > usize::from(flow.end) {
        return Err(DropReason::Malformed);
    }
    let header = truncated(frame.read::<Extension>(start))?;
    let end = start + header.length();
    if end > usize::from(flow.end) {
        return Err(DropReason::Malformed);
    }
    let mut offset = start + size_of::<Extension>();
    for _ in 0..MAX_IPV6_OPTIONS {
        offset = flow.walk_to(offset);
        if offset >= end {
            break;
        }
        let kind = truncated(frame.read::<u8>(offset))?;
        if kind == 0 {
            offset += 1;
            continue;
        }
        if kind == IPV6_TLV_HAO {
            return Err(DropReason::SourceRoute);
        }
        if !matches!(kind, 1 | IPV6_TLV_ROUTERALERT) {
            return Err(DropReason::ExtensionHeaders);
        }
        if offset + 1 == end {
            return Err(DropReason::ExtensionHeaders);
        }
        offset += 2 + usize::from(truncated(frame.read::<u8>(offset + 1))?);
    }
    if offset != end {
        return Err(DropReason::ExtensionHeaders);
    }
    flow.protocol = header.next_header;
    Ok(end)
}

/// Checks a fragment header and returns where the next header stands.
#[inline(always)]
fn pass_fragment(
    flow: &mut Flow,
    frame: &(impl Frame + ?Sized),
    start: usize,
) -> Result<usize, DropReason> {
    let end = start + size_of::<Fragment>();
    if end > usize::from(flow.end) {
        return Err(DropReason::Malformed);
    }
    let header = truncated(frame.read::<Fragment>(start))?;
    if !header.is_sane() || flow.fragment != Piece::Whole {
        return Err(DropReason::ExtensionHeaders);
    }
    flow.fragment = if header.offset() == 0 {
        Piece::First
    } else {
        Piece::Later
    };
    flow.protocol = header.next_header;
    Ok(end)
}

/// What a later fragment names is what its first one held at that place: if that was another
/// extension header, the transport protocol stays unknown. Whether it named the same is decided where
/// the first one is judged: without that nobody puts the packet together.
#[inline(always)]
const fn after_later_fragment(flow: &Flow, offset: usize) -> Result<usize, DropReason> {
    if is_extension(flow.protocol) {
        Err(DropReason::ExtensionHeaders)
    } else {
        Ok(offset)
    }
}

/// The extension headers there are, and numbers for experiments that may be some (RFC 7045).
#[inline(always)]
const fn is_extension(protocol: u8) -> bool {
    matches!(
        protocol,
        protocol::IPPROTO_HOPOPTS
            | protocol::IPPROTO_ROUTING
            | protocol::IPPROTO_FRAGMENT
            | protocol::IPPROTO_ESP
            | protocol::IPPROTO_AH
            | protocol::IPPROTO_DSTOPTS
            | protocol::IPPROTO_MH
            | protocol::IPPROTO_HIP
            | protocol::IPPROTO_SHIM6
            | 253
            | 254
    )
}
