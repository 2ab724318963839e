//! What is told about one drop, as it goes through the ring buffer.

use zerocopy::{Immutable, IntoBytes, KnownLayout, TryFromBytes};

use crate::{
    address::Address,
    flow::{Flow, MAX_VLAN_TAGS, Piece},
    reason::DropReason,
    rule::RuleId,
    table::CameraId,
};

/// How much of a frame is told at most: headers behind two tags, and some of what they carry.
pub const SNAPSHOT: usize = 128;

/// What is told about one drop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Immutable, IntoBytes, KnownLayout, TryFromBytes)]
#[repr(C)]
pub struct Report {
    /// What was made of the frame.
    pub event: DropEvent,
    /// The first bytes of the frame, as many as [`DropEvent::captured`] says; the rest has no meaning.
    pub frame: [u8; SNAPSHOT],
}

impl Report {
    /// The first bytes of the frame.
    pub fn captured(&self) -> &[u8] {
        let length = usize::from(self.event.captured);
        self.frame.get(..length).unwrap_or(&self.frame)
    }
}

/// One record about one drop. Numbers are in host order, addresses in network order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Immutable, IntoBytes, KnownLayout, TryFromBytes)]
#[repr(C)]
pub struct DropEvent {
    /// Nanoseconds on the kernel's monotonic clock.
    pub at: u64,
    /// How many drops of this camera were not told since the one told before.
    pub suppressed: u64,
    /// Who sent the frame.
    pub camera: CameraId,
    /// The rule that denies it or came nearest to allowing it; zero for none.
    pub rule: RuleId,
    /// The generation that judged it.
    pub generation: u32,
    /// Interface index.
    pub interface: u32,
    /// Bytes of the frame.
    pub frame_length: u32,
    /// Bytes of the packet from the IP header on; zero if there is none.
    pub packet_length: u32,
    /// IPv6 flow label.
    pub flow_label: u32,
    /// IPv4 identification.
    pub identification: u16,
    /// Source port.
    pub source_port: u16,
    /// Destination port.
    pub destination_port: u16,
    /// Behind the VLAN tags.
    pub ethertype: u16,
    /// Identifiers of the VLAN tags, outermost first.
    pub vlans: [u16; MAX_VLAN_TAGS],
    /// Ethernet source.
    pub source_mac: [u8; 6],
    /// Ethernet destination.
    pub destination_mac: [u8; 6],
    /// Why.
    pub reason: DropReason,
    /// Not zero: audit, the frame passed.
    pub audit: u8,
    /// How many tags there are.
    pub vlan_tags: u8,
    /// Transport protocol.
    pub protocol: u8,
    /// Number of a [`Piece`].
    pub piece: u8,
    /// TCP control bits.
    pub tcp_flags: u8,
    /// ICMP message type.
    pub icmp_type: u8,
    /// ICMP code.
    pub icmp_code: u8,
    /// Time to live or hop limit.
    pub hop_limit: u8,
    /// Type of service or traffic class.
    pub traffic_class: u8,
    /// How many bytes of the frame are told with it; zero where the kernel has no way to copy them (before
    /// 5.18).
    pub captured: u16,
    /// Sender.
    pub source: Address,
    /// Receiver.
    pub destination: Address,
}

/// What an event says that is not in the flow.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// See [`DropEvent::at`].
    pub at: u64,
    /// See [`DropEvent::suppressed`].
    pub suppressed: u64,
    /// See [`DropEvent::camera`].
    pub camera: CameraId,
    /// See [`DropEvent::rule`].
    pub rule: RuleId,
    /// See [`DropEvent::generation`].
    pub generation: u32,
    /// See [`DropEvent::interface`].
    pub interface: u32,
    /// See [`DropEvent::frame_length`].
    pub frame_length: u32,
    /// See [`DropEvent::captured`].
    pub captured: u16,
    /// See [`DropEvent::reason`].
    pub reason: DropReason,
    /// See [`DropEvent::audit`].
    pub audit: bool,
}

impl DropEvent {
    /// A record of a drop.
    #[inline(always)]
    pub fn new(about: &Circumstances, flow: &Flow) -> Self {
        Self {
            at: about.at,
            suppressed: about.suppressed,
            camera: about.camera,
            rule: about.rule,
            generation: about.generation,
            interface: about.interface,
            frame_length: about.frame_length,
            packet_length: flow.length,
            flow_label: flow.flow_label,
            identification: flow.identification,
            source_port: flow.source_port,
            destination_port: flow.destination_port,
            ethertype: flow.ethertype,
            vlans: flow.vlans,
            source_mac: flow.source_mac,
            destination_mac: flow.destination_mac,
            reason: about.reason,
            audit: u8::from(about.audit),
            vlan_tags: flow.vlan_tags,
            protocol: flow.protocol,
            piece: flow.fragment as u8,
            tcp_flags: flow.tcp_flags,
            icmp_type: flow.icmp_type,
            icmp_code: flow.icmp_code,
            hop_limit: flow.hop_limit,
            traffic_class: flow.traffic_class,
            captured: about.captured,
            source: flow.source,
            destination: flow.destination,
        }
    }

    /// The packet is a later fragment, so that nothing of its transport header is known.
    pub const fn is_later_fragment(&self) -> bool {
        self.piece == Piece::Later as u8
    }
}
