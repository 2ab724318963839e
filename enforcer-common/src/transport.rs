//! The transport header: ports, flags, message types, and whether they are there to be read.

use crate::{
    flow::{Flow, Piece},
    frame::Frame,
    header::{Icmp, Tcp, Udp, protocol, truncated},
    reason::DropReason,
};

/// Reads the transport header at `offset`. A protocol that has none that we know stays unread:
/// only a rule that names the protocol lets it through.
#[inline(always)]
#[expect(
    clippy::cast_possible_truncation,
    reason = "offsets end before `end`, itself 16 bits"
)]
pub(crate) fn read(
    flow: &mut Flow,
    frame: &(impl Frame + ?Sized),
    offset: usize,
) -> Result<(), DropReason> {
    if flow.fragment == Piece::Later {
        return Ok(());
    }
    let available = usize::from(flow.end).saturating_sub(offset);
    let header = match flow.protocol {
        protocol::IPPROTO_TCP => size_of::<Tcp>(),
        protocol::IPPROTO_UDP => size_of::<Udp>(),
        protocol::IPPROTO_ICMP | protocol::IPPROTO_ICMPV6 | protocol::IPPROTO_IGMP => {
            size_of::<Icmp>()
        }
        _ => return Ok(()),
    };
    if available < header {
        return Err(too_short(flow));
    }
    flow.transport = offset as u16;
    match flow.protocol {
        protocol::IPPROTO_TCP => read_tcp(flow, frame, offset, available),
        protocol::IPPROTO_UDP => read_udp(flow, frame, offset, available),
        _ => read_icmp(flow, frame, offset),
    }
}

#[inline(always)]
fn read_tcp(
    flow: &mut Flow,
    frame: &(impl Frame + ?Sized),
    offset: usize,
    available: usize,
) -> Result<(), DropReason> {
    let tcp = truncated(frame.read::<Tcp>(offset))?;
    flow.source_port = tcp.source.get();
    flow.destination_port = tcp.destination.get();
    flow.tcp_flags = tcp.flags;
    match tcp.header_length() {
        Some(length) if length <= available => Ok(()),
        Some(_) => Err(too_short(flow)),
        None => Err(DropReason::Malformed),
    }
}

#[inline(always)]
fn read_udp(
    flow: &mut Flow,
    frame: &(impl Frame + ?Sized),
    offset: usize,
    available: usize,
) -> Result<(), DropReason> {
    let udp = truncated(frame.read::<Udp>(offset))?;
    flow.source_port = udp.source.get();
    flow.destination_port = udp.destination.get();
    // The length is the datagram's, so only a whole one must hold it.
    let whole = flow.fragment == Piece::Whole;
    if udp.length() < size_of::<Udp>() || (whole && udp.length() > available) {
        return Err(DropReason::Malformed);
    }
    Ok(())
}

#[inline(always)]
fn read_icmp(
    flow: &mut Flow,
    frame: &(impl Frame + ?Sized),
    offset: usize,
) -> Result<(), DropReason> {
    let icmp = truncated(frame.read::<Icmp>(offset))?;
    flow.icmp_type = icmp.kind;
    flow.icmp_code = icmp.code;
    Ok(())
}

/// A first fragment that ends within its transport header hides it on purpose (RFC 1858).
#[inline(always)]
fn too_short(flow: &Flow) -> DropReason {
    if flow.fragment == Piece::First {
        DropReason::Fragment
    } else {
        DropReason::Malformed
    }
}
