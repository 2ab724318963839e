//! What a frame says about where it goes.

use core::hint::black_box;

use crate::{
    address::Address,
    claim::MAX_CLAIMS,
    frame::Frame,
    header::{Arp, Ethernet, VlanTag, ethertype, truncated},
    network,
    reason::DropReason,
    table::Tables,
    translator::Translator,
    transport,
};

/// How many VLAN tags a frame may carry: 802.1ad has one service tag and one customer tag.
pub const MAX_VLAN_TAGS: usize = 2;

/// Lengths of the headers of the link layer, in bytes.
const ETHERNET: u16 = 14;
const VLAN_TAG: u16 = 4;

const _: () = assert!(
    size_of::<Ethernet>() == ETHERNET as usize && size_of::<VlanTag>() == VLAN_TAG as usize
);

/// What a frame says about where it goes, as far as it could be read.
///
/// Plain fields and zeroes rather than enums and options: LLVM copies an enum's unused bytes from
/// whatever register is at hand, and the verifier rejects the program when that was a pointer.
/// Facts that outlive a table look-up are kept here rather than in variables: the verifier then
/// forgets which path they came by and checks what follows once, not once a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct Flow {
    /// Ethernet source.
    pub source_mac: [u8; 6],
    /// Ethernet destination.
    pub destination_mac: [u8; 6],
    /// Behind the VLAN tags; host order.
    pub ethertype: u16,
    /// Identifiers of the VLAN tags, outermost first; host order.
    pub vlans: [u16; MAX_VLAN_TAGS],
    /// How many tags there are.
    pub vlan_tags: u8,
    /// Transport protocol, or the last IPv6 extension header that could be read.
    pub protocol: u8,
    /// Sender: of the packet, or of an ARP claim.
    pub source: Address,
    /// Receiver: of the packet, or the target of an ARP request.
    pub destination: Address,
    /// What a translator makes of the destination; [`Address::NONE`] if none does.
    pub translated: Address,
    /// Zero for a protocol without ports, and for all but the first fragment.
    pub source_port: u16,
    /// Zero for a protocol without ports, and for all but the first fragment.
    pub destination_port: u16,
    /// TCP control bits.
    pub tcp_flags: u8,
    /// ICMP or IGMP message type.
    pub icmp_type: u8,
    /// ICMP code within the type.
    pub icmp_code: u8,
    /// Time to live or hop limit.
    pub hop_limit: u8,
    /// Type of service or traffic class.
    pub traffic_class: u8,
    /// Which piece of a datagram this is.
    pub fragment: Piece,
    /// IPv4 only.
    pub identification: u16,
    /// IPv6 only.
    pub flow_label: u32,
    /// Bytes of the packet from the IP header on.
    pub length: u32,
    /// Where the network header stands in the frame.
    pub network: u16,
    /// Where the transport header stands in the frame; zero if there is none to read.
    pub transport: u16,
    /// Where the packet ends in the frame; what follows is Ethernet padding.
    pub end: u16,
    /// The destination is multicast or broadcast.
    pub to_group: bool,
    /// The flag of [`crate::table::Camera`] for the protocol by which it looks for others on the
    /// link; zero if it does not.
    pub discovers: u32,
    /// The addresses that the sender calls its own; [`Address::NONE`] in the place of none.
    pub claims: [Address; MAX_CLAIMS],
    /// A link-local address may be among them, whatever the camera is bound to.
    pub claims_link_local: bool,
    /// It is for one neighbour on the link; known only of neighbour discovery and DHCP.
    pub to_neighbour: bool,
    /// It is DHCP from client to server on this link.
    pub is_dhcp: bool,
    /// It is link housekeeping, to which no rule for destinations applies.
    pub is_housekeeping: bool,
    /// Where a walk through options or extension headers has come to.
    pub cursor: u16,
    /// Housekeeping that the camera's group allows: passes unless its destination is denied.
    pub excused: bool,
}

/// Which piece of a datagram a packet is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum Piece {
    /// All of it.
    #[default]
    Whole = 0,
    /// The first fragment; also an IPv6 atomic fragment (RFC 6946), because what a router or a
    /// receiver makes of one differs.
    First = 1,
    /// A later fragment: what looks like a transport header is data.
    Later = 2,
}

impl Flow {
    /// Reads the link layer.
    #[inline(always)]
    pub fn read_link(&mut self, frame: &(impl Frame + ?Sized)) -> Result<(), DropReason> {
        let Some(ethernet) = frame.read::<Ethernet>(0) else {
            return Err(DropReason::Truncated);
        };
        self.source_mac = ethernet.source;
        self.destination_mac = ethernet.destination;
        self.ethertype = ethernet.ethertype.get();
        self.network = ETHERNET;
        for tag in 0..MAX_VLAN_TAGS {
            if !is_tag(self.ethertype) {
                return Ok(());
            }
            let Some(vlan) = frame.read::<VlanTag>(usize::from(self.network)) else {
                return Err(DropReason::Malformed);
            };
            if let Some(slot) = self.vlans.get_mut(tag) {
                *slot = vlan.identifier();
            }
            self.vlan_tags += 1;
            self.ethertype = vlan.ethertype.get();
            self.network += VLAN_TAG;
        }
        if is_tag(self.ethertype) {
            Err(DropReason::VlanDepth)
        } else {
            Ok(())
        }
    }

    /// Reads what the link layer holds: an ARP message, or the network and transport headers of an
    /// IP packet.
    #[inline(always)]
    pub fn read_network(&mut self, frame: &(impl Frame + ?Sized)) -> Result<(), DropReason> {
        let network = usize::from(self.network);
        let transport = match self.ethertype {
            ethertype::ETH_P_IP => network::read_ipv4(self, frame, network)?,
            ethertype::ETH_P_IPV6 => network::read_ipv6(self, frame, network)?,
            ethertype::ETH_P_ARP => return self.read_arp(frame),
            _ => return Err(DropReason::Ethertype),
        };
        transport::read(self, frame, transport)
    }

    /// Reads who claims what, and asks for what.
    #[inline(always)]
    fn read_arp(&mut self, frame: &(impl Frame + ?Sized)) -> Result<(), DropReason> {
        let arp = truncated(frame.read::<Arp>(usize::from(self.network)))?;
        self.source = Address::v4(arp.sender);
        self.destination = Address::v4(arp.target);
        if arp.is_sane() {
            Ok(())
        } else {
            Err(DropReason::Malformed)
        }
    }

    /// Finds out whether a translator makes another address of the destination.
    #[inline(always)]
    pub fn translate(&mut self, tables: &(impl Tables + ?Sized)) -> Result<(), DropReason> {
        let address = &self.destination;
        let Some(translator) = Translator::of(address, |address| tables.translator(address)) else {
            return Ok(());
        };
        let Some(inside) = translator.inside(address) else {
            return Err(DropReason::EmbeddedIpv4);
        };
        self.translated = inside;
        Ok(())
    }

    /// Notes how far a walk has come and gives it back.
    ///
    /// By way of memory that the compiler must believe changed: the verifier then knows no more of
    /// the place than its type says, so that every round of a loop looks the same to it and it
    /// checks one, not one for each way that could have led there.
    #[inline(always)]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a walk that has come past 65,535 reads nothing there"
    )]
    pub(crate) fn walk_to(&mut self, offset: usize) -> usize {
        self.cursor = if offset < usize::from(u16::MAX) {
            offset as u16
        } else {
            u16::MAX
        };
        usize::from(*black_box(&mut self.cursor))
    }

    /// The VLAN that the frame belongs to: its outermost tag that names one, or zero.
    #[inline(always)]
    pub const fn vlan(&self) -> u16 {
        let [outer, inner] = self.vlans;
        if outer == 0 { inner } else { outer }
    }

    /// The Ethernet destination is a group address (IEEE 802, clause 8.2).
    #[inline(always)]
    pub const fn is_link_group(&self) -> bool {
        let [first, ..] = self.destination_mac;
        first & 1 != 0
    }
}

#[inline(always)]
const fn is_tag(ethertype: u16) -> bool {
    matches!(
        ethertype,
        ethertype::ETH_P_8021Q | ethertype::ETH_P_8021AD | ethertype::ETH_P_QINQ1
    )
}
