//! Headers as they are on the wire. A field that needs a check before it means anything is
//! private, and a method makes the check.

use zerocopy::{
    FromBytes, Immutable, KnownLayout, Unaligned,
    network_endian::{U16, U32},
};

use crate::reason::DropReason;

/// `EtherType`s, with the kernel's names (`linux/if_ether.h`).
#[expect(missing_docs, reason = "the names are the kernel's")]
pub mod ethertype {
    pub const ETH_P_IP: u16 = 0x0800;
    pub const ETH_P_ARP: u16 = 0x0806;
    pub const ETH_P_8021Q: u16 = 0x8100;
    pub const ETH_P_IPV6: u16 = 0x86dd;
    pub const ETH_P_8021AD: u16 = 0x88a8;
    /// Used for service tags before 802.1ad was there.
    pub const ETH_P_QINQ1: u16 = 0x9100;
}

/// Protocol numbers, with the kernel's names (`linux/in.h`, `linux/in6.h`).
#[expect(missing_docs, reason = "the names are the kernel's")]
pub mod protocol {
    pub const IPPROTO_HOPOPTS: u8 = 0;
    pub const IPPROTO_ICMP: u8 = 1;
    pub const IPPROTO_IGMP: u8 = 2;
    pub const IPPROTO_TCP: u8 = 6;
    pub const IPPROTO_UDP: u8 = 17;
    pub const IPPROTO_ROUTING: u8 = 43;
    pub const IPPROTO_FRAGMENT: u8 = 44;
    pub const IPPROTO_AH: u8 = 51;
    pub const IPPROTO_ESP: u8 = 50;
    pub const IPPROTO_ICMPV6: u8 = 58;
    pub const IPPROTO_DSTOPTS: u8 = 60;
    pub const IPPROTO_MH: u8 = 135;
    pub const IPPROTO_HIP: u8 = 139;
    pub const IPPROTO_SHIM6: u8 = 140;
}

/// Ethernet (IEEE 802.3, clause 3).
#[derive(Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Ethernet {
    /// Destination address.
    pub destination: [u8; 6],
    /// Source address.
    pub source: [u8; 6],
    /// `EtherType`, or the length of an 802.3 frame when below 0x600.
    pub ethertype: U16,
}

/// What follows a tag protocol identifier (IEEE 802.1Q, clause 9.6).
#[derive(Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct VlanTag {
    control: U16,
    /// `EtherType` of what the tag encloses.
    pub ethertype: U16,
}

impl VlanTag {
    /// VLAN identifier; zero for a tag that carries only a priority.
    #[inline(always)]
    pub const fn identifier(&self) -> u16 {
        self.control.get() & 0x0fff
    }
}

/// ARP for IPv4 over Ethernet (RFC 826).
#[derive(Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Arp {
    hardware_type: U16,
    protocol_type: U16,
    hardware_length: u8,
    protocol_length: u8,
    operation: U16,
    /// Who claims [`Self::sender`].
    pub sender_mac: [u8; 6],
    /// The address claimed; 0.0.0.0 in a probe (RFC 5227).
    pub sender: [u8; 4],
    target_mac: [u8; 6],
    /// The address asked for or answered.
    pub target: [u8; 4],
}

impl Arp {
    /// A request or a reply about IPv4 on Ethernet.
    #[inline(always)]
    pub const fn is_sane(&self) -> bool {
        self.hardware_type.get() == 1
            && self.protocol_type.get() == ethertype::ETH_P_IP
            && self.hardware_length == 6
            && self.protocol_length == 4
            && (self.is_request() || self.operation.get() == 2)
    }

    /// A request rather than a reply.
    #[inline(always)]
    pub const fn is_request(&self) -> bool {
        self.operation.get() == 1
    }
}

/// IPv4 without options (RFC 791).
#[derive(Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Ipv4 {
    version_ihl: u8,
    /// Type of service, now DSCP and ECN.
    pub type_of_service: u8,
    total_length: U16,
    /// Identification, shared by the fragments of a datagram.
    pub identification: U16,
    flags_fragment_offset: U16,
    /// Time to live.
    pub time_to_live: u8,
    /// Protocol number.
    pub protocol: u8,
    checksum: U16,
    /// Source address.
    pub source: [u8; 4],
    /// Destination address.
    pub destination: [u8; 4],
}

impl Ipv4 {
    /// Header length in bytes, options included; `None` if the header is not sane IPv4.
    #[inline(always)]
    pub fn header_length(&self) -> Option<usize> {
        let length = usize::from(self.version_ihl & 0x0f) * 4;
        (self.version_ihl >> 4 == 4
            && length >= size_of::<Self>()
            && self.flags_fragment_offset.get() & 0x8000 == 0)
            .then_some(length)
    }

    /// Length in bytes of the header and what follows it.
    #[inline(always)]
    pub fn total_length(&self) -> usize {
        usize::from(self.total_length.get())
    }

    /// Where this piece of the datagram starts, in units of eight bytes.
    #[inline(always)]
    pub const fn fragment_offset(&self) -> u16 {
        self.flags_fragment_offset.get() & 0x1fff
    }

    /// More pieces follow.
    #[inline(always)]
    pub const fn more_fragments(&self) -> bool {
        self.flags_fragment_offset.get() & 0x2000 != 0
    }
}

/// IPv6 (RFC 8200, section 3).
#[derive(Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Ipv6 {
    version_class_label: U32,
    payload_length: U16,
    /// What follows: an extension header or the transport protocol.
    pub next_header: u8,
    /// Hop limit.
    pub hop_limit: u8,
    /// Source address.
    pub source: [u8; 16],
    /// Destination address.
    pub destination: [u8; 16],
}

impl Ipv6 {
    /// The version nibble says IPv6.
    #[inline(always)]
    pub const fn is_sane(&self) -> bool {
        self.version_class_label.get() >> 28 == 6
    }

    /// Traffic class.
    #[inline(always)]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the traffic class is eight bits"
    )]
    pub const fn traffic_class(&self) -> u8 {
        (self.version_class_label.get() >> 20) as u8
    }

    /// Flow label.
    #[inline(always)]
    pub const fn flow_label(&self) -> u32 {
        self.version_class_label.get() & 0x000f_ffff
    }

    /// Length in bytes of what follows this header; zero announces a jumbogram (RFC 2675).
    #[inline(always)]
    pub fn payload_length(&self) -> usize {
        usize::from(self.payload_length.get())
    }
}

/// The first bytes of the extension headers that share one form (RFC 6564).
#[derive(Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Extension {
    /// What follows.
    pub next_header: u8,
    length: u8,
}

impl Extension {
    /// Length in bytes, these included.
    #[inline(always)]
    pub fn length(&self) -> usize {
        (usize::from(self.length) + 1) * 8
    }
}

/// IPv6 fragment header (RFC 8200, section 4.5).
#[derive(Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Fragment {
    /// What follows in the first fragment.
    pub next_header: u8,
    reserved: u8,
    offset_flags: U16,
    identification: U32,
}

impl Fragment {
    /// The reserved bits are zero, as every sender must leave them.
    #[inline(always)]
    pub const fn is_sane(&self) -> bool {
        self.reserved == 0 && self.offset_flags.get() & 0b110 == 0
    }

    /// Where this piece of the datagram starts, in units of eight bytes.
    #[inline(always)]
    pub const fn offset(&self) -> u16 {
        self.offset_flags.get() >> 3
    }
}

/// TCP without options (RFC 9293).
#[derive(Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Tcp {
    /// Source port.
    pub source: U16,
    /// Destination port.
    pub destination: U16,
    sequence: U32,
    acknowledgement: U32,
    data_offset: u8,
    /// Control bits, FIN lowest.
    pub flags: u8,
    window: U16,
    checksum: U16,
    urgent: U16,
}

impl Tcp {
    /// No more data from the sender.
    pub const FIN: u8 = 0x01;
    /// The sender opens a connection or takes part in opening it.
    pub const SYN: u8 = 0x02;
    /// The connection is reset.
    pub const RST: u8 = 0x04;
    /// Push.
    pub const PSH: u8 = 0x08;
    /// The acknowledgement number means something.
    pub const ACK: u8 = 0x10;
    /// The urgent pointer means something.
    pub const URG: u8 = 0x20;

    /// Header length in bytes, options included; `None` below the least there can be.
    #[inline(always)]
    pub fn header_length(&self) -> Option<usize> {
        let length = usize::from(self.data_offset >> 4) * 4;
        (length >= size_of::<Self>()).then_some(length)
    }
}

/// UDP (RFC 768).
#[derive(Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Udp {
    /// Source port.
    pub source: U16,
    /// Destination port.
    pub destination: U16,
    length: U16,
    checksum: U16,
}

impl Udp {
    /// Length in bytes of this header and the data.
    #[inline(always)]
    pub fn length(&self) -> usize {
        usize::from(self.length.get())
    }
}

/// What every ICMP and `ICMPv6` message starts with (RFC 792, RFC 4443).
#[derive(Clone, Copy, FromBytes, Immutable, KnownLayout, Unaligned)]
#[repr(C)]
pub struct Icmp {
    /// Message type.
    pub kind: u8,
    /// Code within the type.
    pub code: u8,
    checksum: U16,
    rest: [u8; 4],
}

/// Message types of ICMP (RFC 792).
#[expect(missing_docs, reason = "the names are the kernel's")]
pub mod icmp {
    pub const ICMP_ECHOREPLY: u8 = 0;
    pub const ICMP_DEST_UNREACH: u8 = 3;
    pub const ICMP_REDIRECT: u8 = 5;
    pub const ICMP_ECHO: u8 = 8;
    /// RFC 1256.
    pub const ICMP_ROUTER_ADVERTISEMENT: u8 = 9;
    pub const ICMP_TIME_EXCEEDED: u8 = 11;
    pub const ICMP_PARAMETERPROB: u8 = 12;
}

/// Message types of `ICMPv6` (RFC 4443, RFC 4861, RFC 2710, RFC 3810).
#[expect(missing_docs, reason = "the names are the kernel's")]
pub mod icmpv6 {
    pub const ICMPV6_DEST_UNREACH: u8 = 1;
    pub const ICMPV6_PKT_TOOBIG: u8 = 2;
    pub const ICMPV6_TIME_EXCEED: u8 = 3;
    pub const ICMPV6_PARAMPROB: u8 = 4;
    pub const ICMPV6_ECHO_REQUEST: u8 = 128;
    pub const ICMPV6_ECHO_REPLY: u8 = 129;
    pub const ICMPV6_MGM_REPORT: u8 = 131;
    pub const ICMPV6_MGM_REDUCTION: u8 = 132;
    pub const NDISC_ROUTER_SOLICITATION: u8 = 133;
    pub const NDISC_ROUTER_ADVERTISEMENT: u8 = 134;
    pub const NDISC_NEIGHBOUR_SOLICITATION: u8 = 135;
    pub const NDISC_NEIGHBOUR_ADVERTISEMENT: u8 = 136;
    pub const NDISC_REDIRECT: u8 = 137;
    pub const ICMPV6_MLD2_REPORT: u8 = 143;
}

/// What a read of a header means when the frame ends too early.
#[inline(always)]
pub(crate) fn truncated<T>(header: Option<T>) -> Result<T, DropReason> {
    match header {
        Some(header) => Ok(header),
        None => Err(DropReason::Truncated),
    }
}

#[cfg(test)]
mod tests {
    use crate::frame::Frame as _;

    use super::*;

    #[test]
    fn a_tag_keeps_its_priority_apart_from_its_identifier() {
        for (control, identifier) in [
            ([0x00, 0x00], 0),
            ([0x00, 0x32], 50),
            ([0xf0, 0x32], 50),
            ([0xe0, 0x00], 0),
            ([0xff, 0xff], 4095),
        ] {
            let bytes = [control[0], control[1], 0x08, 0x00];
            let tag = bytes[..].read::<VlanTag>(0).unwrap();
            assert_eq!(tag.identifier(), identifier, "{control:02x?}");
            assert_eq!(tag.ethertype.get(), ethertype::ETH_P_IP);
        }
    }

    #[test]
    fn arp_is_a_request_or_a_reply_about_ipv4_on_ethernet() {
        let request = [0, 1, 0x08, 0x00, 6, 4, 0, 1];
        let of = |start: [u8; 8]| {
            let mut bytes = [0; size_of::<Arp>()];
            bytes[..8].copy_from_slice(&start);
            let arp = bytes[..].read::<Arp>(0).unwrap();
            (arp.is_sane(), arp.is_request())
        };
        assert_eq!(of(request), (true, true));
        assert_eq!(of([0, 1, 0x08, 0x00, 6, 4, 0, 2]), (true, false));
        for (place, byte) in [
            (1, 2),
            (0, 1),
            (2, 9),
            (3, 6),
            (4, 8),
            (5, 16),
            (7, 3),
            (7, 0),
        ] {
            let mut wrong = request;
            wrong[place] = byte;
            assert!(!of(wrong).0, "{wrong:02x?}");
        }
    }

    #[test]
    fn a_header_of_ipv4_has_at_least_five_words() {
        for (first, length) in [
            (0x45, Some(20)),
            (0x46, Some(24)),
            (0x4f, Some(60)),
            (0x44, None),
            (0x40, None),
            (0x55, None),
            (0x65, None),
        ] {
            let mut bytes = [0; size_of::<Ipv4>()];
            bytes[0] = first;
            let ip = bytes[..].read::<Ipv4>(0).unwrap();
            assert_eq!(ip.header_length(), length, "{first:#x}");
        }
    }

    #[test]
    fn a_fragment_of_ipv4_says_where_it_starts_and_whether_more_follow() {
        for (field, offset, more) in [
            ([0x00, 0x00], 0, false),
            ([0x40, 0x00], 0, false),
            ([0x20, 0x00], 0, true),
            ([0x00, 0x01], 1, false),
            ([0x3f, 0xff], 0x1fff, true),
        ] {
            let mut bytes = [0; size_of::<Ipv4>()];
            bytes[6..8].copy_from_slice(&field);
            let ip = bytes[..].read::<Ipv4>(0).unwrap();
            assert_eq!(ip.fragment_offset(), offset, "{field:02x?}");
            assert_eq!(ip.more_fragments(), more, "{field:02x?}");
        }
    }
}
